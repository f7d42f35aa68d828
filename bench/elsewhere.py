"""The same walls with photos and targets that nobody tuned on.

    python -m bench.elsewhere --photos FOLDER --targets PICTURE [PICTURE ...]

FOLDER is searched for pictures, in all its folders; what is transparent lies on white, the middle square is the photo,
and parts of the large ones are further photos until there are enough. Prints for each target the live wall at 10, 100,
1,000 photos, its reveal, and metapixel on the same photos, whole and in details.
"""

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from bench.live import Run, arrivals
from bench.material import TARGET_SIZE, Known, describe
from bench.optimum import reveals
from bench.peers import Peers
from bench.quality import reveals_of_few
from bench.score import Pixels
from bench.walls import Wall, copied, drawn, sides, size, table, twins
from worker.pictures.details import LARGE_KINDS
from worker.pictures.targets import prepare_target

STEPS = (10, 100, 1000)
SIDE = 120
LEAST_PX = 100  # smaller ones are icons
ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
PARTS = ((0.6, 3), (0.4, 4))  # further photos from a large one: of its side, and so many across


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.elsewhere")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--targets", type=Path, nargs="+", required=True)
    options = parser.parse_args()
    pictures, files = found(options.photos, STEPS[-1])
    print(f"{len(pictures)} photos from {files} files")
    known = describe(pictures)
    walls = [opened(each) for each in options.targets]
    for wall in walls:
        grows(wall, pictures, known)
    reveals_of_few(walls, pictures, known[:100])
    with Peers(pictures) as peers, Peers(pictures, LARGE_KINDS) as in_details:
        reveals(walls, pictures, peers, in_details)


def opened(path: Path) -> Wall:
    picture = np.asarray(_square(path, TARGET_SIZE[0] / TARGET_SIZE[1]).resize(TARGET_SIZE))
    prepared = prepare_target(picture)
    return Wall(path.stem, picture, prepared.picture, prepared.changed)


def found(folder: Path, count: int) -> tuple[Pixels, int]:
    """`count` photos in a random order of arrival, (count, 120, 120, 3), and how many files they are from."""
    whole, parts, files = [], [], 0
    for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() in ENDINGS):
        try:
            picture = _square(path)
        except (UnidentifiedImageError, OSError):
            continue
        if picture.width < LEAST_PX:
            continue
        files += 1
        whole.append(_small(picture))
        parts += _parts(picture)
    rng = np.random.default_rng(0)
    order = [whole[each] for each in rng.permutation(len(whole))]
    order += [parts[each] for each in rng.permutation(len(parts))]
    if len(order) < count:
        raise SystemExit(f"only {len(order)} photos in {folder}")
    return np.stack(order[:count]), files


def _parts(picture: Image.Image) -> list[Pixels]:
    """Parts of a picture that is large enough to hold several motifs."""
    parts = []
    for share, across in PARTS:
        side = round(picture.width * share)
        if side < LEAST_PX:
            continue
        corners = np.linspace(0, picture.width - side, across).astype(int)
        parts += [_small(picture.crop((x, y, x + side, y + side))) for x in corners for y in corners]
    return parts


def _small(picture: Image.Image) -> Pixels:
    return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _square(path: Path, aspect: float = 1.0) -> Image.Image:
    """The middle of a picture, of that aspect, on white."""
    with Image.open(path) as opened:
        picture = opened.convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    shown = Image.alpha_composite(white, picture).convert("RGB")
    width = min(shown.width, round(shown.height * aspect))
    height = round(width / aspect)
    left, top = (shown.width - width) // 2, (shown.height - height) // 2
    return shown.crop((left, top, left + width, top + height))


def grows(wall: Wall, pictures: Pixels, known: Known) -> None:
    rows: list[list[object]] = []
    for board in arrivals(wall.prepared, known, Run()):
        if board.photos in STEPS:
            plain = drawn(board, pictures)
            rows.append([board.photos, size(board.grid), wall.score(plain), sides(board), twins(board)])
    wall.thousand = copied(board)
    table(f"Live: {wall.name}", ["photos", "grid", "untinted", "whole 60 40 25 %", "twins"], rows)


if __name__ == "__main__":
    main()
