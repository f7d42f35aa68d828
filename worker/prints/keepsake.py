"""A keepsake for one person: the finished wall with "you are here", their photo and their line. Pure."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from worker.pictures.color import Pixels
from worker.pictures.lettering import Colour, lettered
from worker.pictures.thumbs import ThumbStore
from worker.prints.poster import DPI, FinishedWall, bands

WALL_PX = 1800  # the wall's long side
COLUMN_PX = 560
MARGIN = 90
GAP = 28
PAPER: Colour = (252, 251, 248)
INK: Colour = (28, 28, 36)
QUIET: Colour = (110, 110, 122)
ACCENT: Colour = (204, 44, 32)
RING_PX = 34  # a ring is never smaller, however small the cells are
CORNER = 20
ROOM = 12  # around the drawn lines, for their width
SMOOTH = 2  # lines are drawn at this scale and reduced


@dataclass(frozen=True)
class Mine:
    """The person whose keepsake it is: home cell, photo (n, n, 3), name and story; both may be empty."""

    home: int
    photo: Pixels
    name: str
    story: str


def wall_picture(wall: FinishedWall, thumbs: ThumbStore) -> Pixels:
    """The wall for keepsakes, long side at most 1,800 px: made once, used for everybody of an event."""
    px = max(1, WALL_PX // max(wall.columns, wall.rows))
    return np.concatenate([band.copy() for band in bands(wall, thumbs, px)])


def render_keepsake(
    picture: Pixels,
    columns: int,
    mine: Mine,
    event: str,
    credit: str = "",
    here: str = "You are here",
) -> bytes:
    """A JPEG: the wall, a ring around the own home, a line from there to the own photo with name and story.

    `picture` is from `wall_picture`; `event`, `credit` and `here` are words in the person's language. Raises
    ValueError when the home is not on the wall.
    """
    px = picture.shape[1] // columns
    row, column = divmod(mine.home, columns)
    if not 0 <= mine.home < columns * (picture.shape[0] // px):
        raise ValueError(f"cell {mine.home} is not on the wall")
    beside = _column(mine, event, credit, here)
    wall = Image.fromarray(picture)
    height = 2 * MARGIN + max(wall.height, beside.height)
    page = Image.new("RGB", (3 * MARGIN + wall.width + COLUMN_PX, height), PAPER)
    left, top = MARGIN, (height - wall.height) // 2
    page.paste(wall, (left, top))
    column_at = (2 * MARGIN + wall.width, (height - beside.height) // 2)
    page.paste(beside, column_at, beside)
    cell = (left + column * px, top + row * px, left + (column + 1) * px, top + (row + 1) * px)
    _point_out(page, cell, (column_at[0], column_at[1] + COLUMN_PX // 2))
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=90, subsampling="4:4:4", dpi=(DPI, DPI))
    return buffer.getvalue()


def _column(mine: Mine, event: str, credit: str, here: str) -> Image.Image:
    """What stands beside the wall, from the top: photo, "you are here", story, name, event, credit."""
    lines = [
        (here, 30, ACCENT),
        (mine.story, 50, INK),
        (mine.name, 34, INK),
        (event, 26, QUIET),
        (credit, 18, QUIET),
    ]
    blocks = [lettered(text, size, COLUMN_PX, colour) for text, size, colour in lines]
    texts = [block for block in blocks if block]
    height = COLUMN_PX + sum(GAP + block.height for block in texts)
    column = Image.new("RGBA", (COLUMN_PX, height), (*PAPER, 0))
    photo = Image.fromarray(mine.photo).resize((COLUMN_PX, COLUMN_PX), Image.Resampling.LANCZOS)
    column.paste(photo, (0, 0), _rounded(COLUMN_PX))
    y = COLUMN_PX
    for block in texts:
        column.alpha_composite(block, (0, y + GAP))
        y += GAP + block.height
    return column


def _rounded(size: int) -> Image.Image:
    mask = Image.new("L", (size * SMOOTH, size * SMOOTH))
    ImageDraw.Draw(mask).rounded_rectangle(
        (0, 0, size * SMOOTH - 1, size * SMOOTH - 1), radius=CORNER * SMOOTH, fill=255
    )
    return mask.resize((size, size), Image.Resampling.BOX)


def _point_out(page: Image.Image, cell: tuple[int, int, int, int], to: tuple[int, int]) -> None:
    """Draw a ring around the cell and a line to a point; the cell itself stays as it is."""
    middle = (cell[0] + cell[2]) / 2, (cell[1] + cell[3]) / 2
    reach = max(RING_PX / 2, (cell[2] - cell[0]) / 2 + 5)
    box = (middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach)
    left, top = (int(min(box[axis], to[axis])) - ROOM for axis in (0, 1))
    right, bottom = (int(max(box[axis + 2], to[axis])) + ROOM for axis in (0, 1))

    def scaled(*places: float) -> list[float]:
        return [(place - (left, top)[axis % 2]) * SMOOTH for axis, place in enumerate(places)]

    size = right - left, bottom - top
    lines = Image.new("RGBA", (size[0] * SMOOTH, size[1] * SMOOTH), (255, 255, 255, 0))
    pen = ImageDraw.Draw(lines)
    for colour, width in (((255, 255, 255, 255), 9), ((*ACCENT, 255), 4)):
        pen.line(scaled(*middle, *to), fill=colour, width=width * SMOOTH)
    pen.rounded_rectangle(scaled(*box), radius=7 * SMOOTH, fill=(255, 255, 255, 0))
    for colour, width, out in (((255, 255, 255, 255), 9, 4.5), ((*ACCENT, 255), 5, 2.5)):
        around = (box[0] - out, box[1] - out, box[2] + out, box[3] + out)
        pen.rounded_rectangle(scaled(*around), radius=9 * SMOOTH, outline=colour, width=width * SMOOTH)
    lines = lines.resize(size, Image.Resampling.BOX)
    page.paste(lines, (left, top), lines)
