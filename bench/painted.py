"""docs/quality.webp, made of painted photos: `python -m bench.painted`.

The figures that count are those of real photos (bench/quality.py), of which no picture is committed.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from bench.brush import painted
from bench.material import describe, targets
from bench.optimum import reveals
from bench.peers import Peers
from bench.quality import LIVE, lay_out, sharper
from bench.score import Pixels
from bench.walls import Wall
from worker.pictures.builtin.gallery import draw
from worker.pictures.targets import prepare_target

PICTURE = Path(__file__).parent.parent / "docs" / "quality.webp"


def main() -> None:
    """Write the picture, and print what it shows."""
    pictures = painted(1000)
    walls = []
    for name, target in {"balloons": _fitted(draw("balloons")), "logo": targets()["logo"]}.items():
        prepared = prepare_target(target)
        wall = Wall(name, target, prepared.picture, prepared.changed)
        sharper(wall, pictures, describe(pictures), (10, 30, 100, 300, 600, 1000))
        walls.append(wall)
    with Peers(pictures) as peers:
        reveals(walls, pictures, peers)
    names = ("target", *LIVE, "reveal of 1,000", "metapixel local")
    print(lay_out(walls, names, PICTURE, width=256))


def _fitted(picture: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(picture).resize((1280, 800), Image.Resampling.LANCZOS))


if __name__ == "__main__":
    main()
