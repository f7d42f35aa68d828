"""The built-in target pictures, drawn by us: one module a picture. Pure.

Made for a mosaic of 40 x 25 to 250 x 160 photos: one large subject, light against dark, the colours that photos have,
and no region without texture. `python -m worker.pictures.builtin.gallery FOLDER` writes previews for the start page;
that is part of building the browser code.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from worker.pictures.builtin import balloons, coffee, lighthouse, sunrise
from worker.pictures.canvas import encode_jpeg
from worker.pictures.color import Pixels
from worker.pictures.paint import HEIGHT, WIDTH

PREVIEW_WIDTH = 640
PREVIEW_QUALITY = 85

PICTURES: dict[str, Callable[[], Pixels]] = {
    "sunrise": sunrise.draw,
    "coffee": coffee.draw,
    "balloons": balloons.draw,
    "lighthouse": lighthouse.draw,
}


def draw(name: str) -> Pixels:
    """A built-in picture by its name, (800, 1280, 3) uint8. KeyError for a name that there is not."""
    return PICTURES[name]()


def main(folder: Path) -> None:
    """Write the previews, one JPEG for each picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PICTURES:
        size = (PREVIEW_WIDTH, PREVIEW_WIDTH * HEIGHT // WIDTH)
        small = Image.fromarray(draw(name)).resize(size, Image.Resampling.LANCZOS)
        (folder / f"{name}.jpg").write_bytes(encode_jpeg(np.asarray(small), PREVIEW_QUALITY))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
