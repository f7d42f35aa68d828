"""From cells and thumbs to the pictures of a wall: overview, patches and atlas tiles. Pure.

Cells are row-major: `row * columns + column`. `cell_px` is the width of one cell in a rendition. A photo id
of 0 is an empty cell; a detail is a number of `worker.pictures.details`, 0 for the whole photo. A tint is a percentage
per cell, 0 for homes: so much of the target shows through.
Everything is drawn from thumbs each time; our own JPEG files are never read again, so nothing wears out.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from worker.pictures.color import Pixels
from worker.pictures.details import WHOLE
from worker.pictures.thumbs import ThumbStore

OVERVIEW_PX = 1024
OVERVIEW_CELL_PX = 24
SMALLEST_CELL_PX = 2
FINE_CELLS = 4000  # walls of more cells have the level between overview and 64 px
PATCH_COLUMNS = 32
TARGET_PX = 2048  # a longer target is reduced to this before it is kept
TARGET_SMALL_PX = 640
BLEND_BYTES = 1 << 16  # blended at once: what fits into the processor's cache takes a quarter of the time
KEPT_TARGET_PIXELS = 6_000_000  # 18 MB

# Measured by bench/render.py on walls of real photos. A mosaic is all edges and colour steps: at the same
# number of bytes, colour at full resolution and a lower quality is nearer to the pixels than the usual
# halved colour (by a tenth of the mean error), keeps colours inside their cells, and is no worse than WebP,
# which takes seven to thirty times as long to write.
OVERVIEW_QUALITY = 36
TILE_QUALITY = 66
PATCH_QUALITY = 75
TARGET_QUALITY = 80

EMPTY_PAPER = 238  # the light that empty cells fade into
EMPTY_SHARE = 35  # per cent of the target's colour in an empty cell
EMPTY_GAP_FROM_PX = 8  # thinner cells have no line of paper between them

Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Level:
    """A zoom level of the atlas: square tiles of `tile_cells` x `tile_cells` cells, smaller at the edges."""

    cell_px: int
    tile_cells: int

    def tiles(self, columns: int, rows: int) -> tuple[int, int]:
        """How many tiles across and down cover the wall. Tile (x, y) has the index y * across + x."""
        return -(-columns // self.tile_cells), -(-rows // self.tile_cells)


NEAR = Level(64, 8)
MIDDLE = Level(16, 32)


def overview_cell_px(columns: int, rows: int) -> int:
    """Cell width of the overview: its long side is at most 1024 px, a cell at most 24 and at least 2 px."""
    return max(SMALLEST_CELL_PX, min(OVERVIEW_CELL_PX, OVERVIEW_PX // max(columns, rows)))


def levels_for(columns: int, rows: int) -> tuple[Level, ...]:
    """The atlas levels of a wall, nearest first."""
    return (NEAR, MIDDLE) if columns * rows > FINE_CELLS else (NEAR,)


def tiles_of(cells: Iterable[int], columns: int, level: Level) -> set[tuple[int, int]]:
    """The tiles (x, y) of a level that show any of the cells."""
    span = level.tile_cells
    return {(cell % columns // span, cell // columns // span) for cell in map(int, cells)}


def encode_jpeg(pixels: Pixels, quality: int) -> bytes:
    """(height, width, 3) uint8 as a baseline JPEG, colour at full resolution: see the qualities above."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling="4:4:4")
    return buffer.getvalue()


def target_small(target: Pixels) -> bytes:
    """The target for panels to draw with: a JPEG whose long side is at most 640 px."""
    return encode_jpeg(np.asarray(_at_most(target, TARGET_SMALL_PX)), TARGET_QUALITY)


def _at_most(pixels: Pixels, long_side: int) -> Image.Image:
    image = Image.fromarray(pixels)
    scale = long_side / max(image.size)
    if scale >= 1:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BOX, reducing_gap=3.0)


class Canvas:
    """The wall as it looks now, kept as pixels at one `cell_px` and changed cell by cell.

    `target` is (height, width, 3) uint8 of any size; it is stretched over the grid, as placement does.
    `cell_px` is the overview's unless given. All cells start empty; `empty_share` is how much of the target's colour
    an empty cell has, per cent. Cells are drawn when somebody wants to see them: a wall that is loaded and grows at
    once is drawn only as it is in the end.
    """

    def __init__(
        self,
        columns: int,
        rows: int,
        target: Pixels,
        thumbs: ThumbStore,
        cell_px: int | None = None,
        empty_share: int = EMPTY_SHARE,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.cell_px = cell_px or overview_cell_px(columns, rows)
        self.shown = np.zeros(columns * rows, np.uint32)
        self.tints = np.zeros(columns * rows, np.uint8)
        self.details = np.zeros(columns * rows, np.uint8)
        self._thumbs = thumbs
        self._target = _at_most(target, TARGET_PX)
        self._under: dict[int, Pixels] = {}
        self._empty = self._empty_colours(empty_share)
        self._wall = np.empty((rows, self.cell_px, columns, self.cell_px, 3), np.uint8)
        self._is_drawn = np.zeros(columns * rows, np.bool_)
        self._twin: Canvas | None = None

    @property
    def pixels(self) -> Pixels:
        """The whole wall, (rows * cell_px, columns * cell_px, 3): a view, not to be written to."""
        self._draw(np.arange(self.columns * self.rows))
        return self._wall.reshape(self.rows * self.cell_px, self.columns * self.cell_px, 3)

    def paint(
        self, cells: ArrayLike, photo_ids: ArrayLike, tints: ArrayLike, details: ArrayLike = WHOLE
    ) -> None:
        """Show these details of these photos in these cells: (n,) each, or one number for all."""
        where = np.asarray(cells, np.intp).reshape(-1)
        self.shown[where] = photo_ids
        self.tints[where] = tints
        self.details[where] = details
        self._is_drawn[where] = False

    def paint_as(self, other: Canvas, cells: ArrayLike) -> None:
        """Show in these cells what another canvas of the same wall and size does, none of them empty."""
        where = np.asarray(cells, np.intp).reshape(-1)
        for mine, theirs in self._beside(other):
            mine[where] = theirs[where]
        self._is_drawn[where] = False
        self._twin = other

    def _beside(self, other: Canvas) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
        """What each cell shows, here and on another canvas."""
        return (self.shown, other.shown), (self.tints, other.tints), (self.details, other.details)

    def _draw(self, cells: NDArray[np.intp]) -> None:
        """Bring the pixels of these cells up to date; what the twin shows as well is copied from there."""
        where = np.unique(cells[~self._is_drawn[cells]])
        if not where.size:
            return
        self._is_drawn[where] = True
        if self._twin is not None:
            is_same = self.shown[where] != 0
            for mine, theirs in self._beside(self._twin):
                is_same &= mine[where] == theirs[where]
            same, where = where[is_same], where[~is_same]
            self._twin._draw(same)
            row, column = np.divmod(same, self.columns)
            self._wall[row, :, column] = self._twin._wall[row, :, column]
        if where.size:
            row, column = np.divmod(where, self.columns)
            self._wall[row, :, column] = self._drawn(where, self.cell_px)

    def encode_overview(self) -> bytes:
        """The whole wall as one JPEG."""
        return encode_jpeg(self.pixels, OVERVIEW_QUALITY)

    def patch(self, cells: ArrayLike) -> bytes:
        """Only these cells, as a JPEG strip: cell i at column i % 32, row i // 32.

        Fewer than 32 cells make a narrower strip. ValueError when there is no cell.
        """
        where = np.asarray(cells, np.intp).reshape(-1)
        if not where.size:
            raise ValueError("a patch needs at least one cell")
        self._draw(where)
        across = min(where.size, PATCH_COLUMNS)
        down = -(-where.size // across)
        slots = np.resize(where, across * down)  # the free slots of the last row repeat cells
        row, column = np.divmod(slots, self.columns)
        strip = self._wall[row, :, column].reshape(down, across, self.cell_px, self.cell_px, 3)
        return encode_jpeg(_joined(strip), PATCH_QUALITY)

    def tile(self, level: Level, x: int, y: int) -> bytes:
        """Tile (x, y) of a level as a JPEG, as the wall is now. IndexError when there is no such tile."""
        return encode_jpeg(self.tile_pixels(level, x, y), TILE_QUALITY)

    def tile_pixels(self, level: Level, x: int, y: int) -> Pixels:
        """The same as pixels: 512 x 512 at most, smaller at the right and bottom edges."""
        return self.block(self._box(level, x, y), level.cell_px)

    def block(self, box: tuple[int, int, int, int], cell_px: int) -> Pixels:
        """Any rectangle of cells (left, top, right, bottom) at any cell width, drawn from the thumbs."""
        where = self._cells_in(box)
        drawn = self._drawn(where.reshape(-1), cell_px)
        return _joined(drawn.reshape(*where.shape, cell_px, cell_px, 3))

    def have_at_hand(self, level: Level, tiles: Iterable[tuple[int, int]]) -> None:
        """Ask for the thumbs of many tiles (x, y) of a level, photo by photo: drawn one after the other, each would
        open photos that another one has just opened.
        """
        cells = np.concatenate([self._cells_in(self._box(level, x, y)).reshape(-1) for x, y in tiles])
        for photo_id, detail in sorted(set(self._looks(cells))):
            if photo_id:
                self._thumbs(photo_id, level.cell_px, detail)

    def _box(self, level: Level, x: int, y: int) -> tuple[int, int, int, int]:
        across, down = level.tiles(self.columns, self.rows)
        if not (0 <= x < across and 0 <= y < down):
            raise IndexError(f"no tile {x}, {y} in {across} x {down}")
        span = level.tile_cells
        left, top = x * span, y * span
        return left, top, min(left + span, self.columns), min(top + span, self.rows)

    def _cells_in(self, box: tuple[int, int, int, int]) -> NDArray[np.intp]:
        left, top, right, bottom = box
        return np.arange(top, bottom)[:, None] * self.columns + np.arange(left, right)

    def _looks(self, where: NDArray[np.intp]) -> list[tuple[int, int]]:
        """The photo and the detail that each of these cells shows."""
        return list(zip(self.shown[where].tolist(), self.details[where].tolist(), strict=True))

    def _drawn(self, where: NDArray[np.intp], px: int) -> Pixels:
        """These cells at this width, (n, px, px, 3)."""
        shown, tints = self.shown[where], self.tints[where]
        blank = np.zeros((px, px, 3), np.uint8)
        looks = self._looks(where)
        squares = {
            look: self._thumbs(look[0], px, look[1]) if look[0] else blank for look in sorted(set(looks))
        }
        drawn = np.concatenate([squares[look] for look in looks]).reshape(-1, px, px, 3)
        tinted = np.flatnonzero((tints > 0) & (shown > 0))
        at_once = max(1, BLEND_BYTES // (3 * px * px))
        for first in range(0, tinted.size, at_once):
            part = tinted[first : first + at_once]
            drawn[part] = blend(drawn[part], self._target_under(where[part], px), tints[part])
        empty = shown == 0
        if empty.any():
            drawn[empty] = _slots(self._empty[where[empty]], px)
        return drawn

    def _target_under(self, where: NDArray[np.intp], px: int) -> Pixels:
        """The target's own pixels in these cells, (n, px, px, 3).

        Kept for each width in use, because scaling it is dearer than encoding a tile. On large walls at half,
        a quarter ... of the width: nobody sees the difference below a photo, and memory stays bounded.
        """
        detail = px
        while detail % 2 == 0 and self.columns * self.rows * detail**2 > KEPT_TARGET_PIXELS:
            detail //= 2
        if detail not in self._under:
            size = (self.columns * detail, self.rows * detail)
            whole = np.asarray(self._target.resize(size, Image.Resampling.BICUBIC))
            self._under[detail] = whole.reshape(self.rows, detail, self.columns, detail, 3)
        row, column = np.divmod(where, self.columns)
        squares = self._under[detail][row, :, column]
        factor = px // detail
        return squares if factor == 1 else squares.repeat(factor, 2).repeat(factor, 1)

    def _empty_colours(self, share: int) -> Pixels:
        """One soft colour for each empty cell, (cells, 3): the target's mean there, faded into paper."""
        colours = np.asarray(self._target.resize((self.columns, self.rows), Image.Resampling.BOX), np.uint16)
        soft = (colours * share + EMPTY_PAPER * (100 - share) + 50) // 100
        return soft.astype(np.uint8).reshape(-1, 3)


def blend(over: Pixels, under: Pixels, percent: Ints) -> Pixels:
    """`percent` of `under` in `over`, per cell, rounded: (n, px, px, 3) and (n,)."""
    share = percent.astype(np.uint16)[:, None, None, None]
    # cast first: NumPy takes longer to cast while it multiplies
    mixed, added = over.astype(np.uint16), under.astype(np.uint16)
    mixed *= 100 - share
    added *= share
    mixed += added
    mixed += 50
    mixed //= 100
    return mixed.astype(np.uint8)


def _slots(colours: Pixels, px: int) -> Pixels:
    """Empty cells: flat squares (n, px, px, 3) of the colours (n, 3), a line of paper at right and bottom."""
    squares = np.broadcast_to(colours[:, None, None, :], (len(colours), px, px, 3)).copy()
    if px >= EMPTY_GAP_FROM_PX:
        gap = max(1, px // 16)
        squares[:, -gap:] = EMPTY_PAPER
        squares[:, :, -gap:] = EMPTY_PAPER
    return squares


def _joined(cells: Pixels) -> Pixels:
    """(rows, columns, px, px, 3) as one picture (rows * px, columns * px, 3)."""
    rows, columns, px = cells.shape[:3]
    return cells.transpose(0, 2, 1, 3, 4).reshape(rows * px, columns * px, 3)
