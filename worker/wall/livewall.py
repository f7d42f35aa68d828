"""A wall in a worker's memory: its board, its two canvases, and the pictures made from them. Pure of any state outside.

The panel's canvas shows everybody. The stage's canvas shows only the photos of those who said yes to stage and
recordings; their cells alone are drawn there, the others stay empty, in the target's soft colours.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from worker.pictures.canvas import Canvas, levels_for, tiles_of
from worker.pictures.color import Pixels
from worker.pictures.thumbs import ThumbStore
from worker.placement.rules import Board, Grid
from worker.placement.tint import tint_map

Tile = tuple[int, int, int]  # index of the level, x, y
Cells = npt.NDArray[np.integer[Any]]

# On the stage empty cells lie between photos: there they carry the picture, on an empty wall they invite.
STAGE_EMPTY_SHARE = 80


@dataclass
class LiveWall:
    id: int
    media_key: str
    revision: int
    generation: int
    tint: int  # per cent, on average
    target: Pixels
    board: Board
    thumbs: ThumbStore
    revealed: bool = False
    once: bool = False
    whole: bool = False  # whole photos only
    prepared: bool = True  # made by the prepared picture, where that differs from the original
    drawing: bool = False  # whether it differs
    target_used: int = 0  # which of the opened pictures
    target_revision: int = 0  # since when
    before: bytes | None = None  # the live wall, while it is finished
    band: int = 0  # the next one that a quiet moment improves
    idle_bands: int = 0  # so many in a row had nothing to gain
    drawn_at: float = 0.0  # when tiles were drawn last, seconds since 1970
    staged: set[int] = field(default_factory=set)  # photos that the stage shows
    tiles: list[npt.NDArray[np.uint32]] = field(init=False)  # a revision a tile, an array a level
    panel: Canvas = field(init=False)
    stage: Canvas = field(init=False)
    dirty: set[Tile] = field(default_factory=set)  # tiles whose cells changed since they were drawn

    def __post_init__(self) -> None:
        grid = self.board.grid
        self.panel = Canvas(grid.columns, grid.rows, self.target, self.thumbs)
        self.stage = Canvas(grid.columns, grid.rows, self.target, self.thumbs, empty_share=STAGE_EMPTY_SHARE)
        self.tiles = tiles_by_level(b"", grid)
        self._tints = tint_map(Board.empty(grid, self.board.target), self.tint)  # of echoes; homes have none
        self.paint(np.arange(grid.cells))

    @property
    def grid(self) -> Grid:
        return self.board.grid

    @property
    def aspect(self) -> float:
        height, width = self.target.shape[:2]
        return float(width / height)

    @property
    def tints(self) -> npt.NDArray[np.uint8]:
        """Per cent of the target in each cell, if an echo is there: (cells,)."""
        return self._tints

    def load_tiles(self, packed: bytes) -> None:
        self.tiles = tiles_by_level(packed, self.grid)

    def packed_tiles(self) -> bytes:
        """The tiles' revisions as a wall's row keeps them: uint32 LE, level after level."""
        return np.concatenate(self.tiles).astype("<u4").tobytes()

    def levels(self) -> list[dict[str, int]]:
        """The atlas levels as a wall's row keeps them."""
        return [
            {"cell_px": level.cell_px, "tile_cells": level.tile_cells, "tile_count": len(revisions)}
            for level, revisions in zip(
                levels_for(self.grid.columns, self.grid.rows), self.tiles, strict=True
            )
        ]

    def move_to(self, board: Board) -> None:
        """Show another board, on its own grid: growth or reveal. All tiles are to be drawn anew."""
        self.board = board
        self.generation += 1
        self.dirty = set()
        self.__post_init__()

    def paint(self, cells: Cells) -> None:
        """Draw these cells on both canvases, and note the tiles that show them."""
        if not cells.size:
            return
        shown = self.board.shown[cells].astype(np.uint32)
        details = self.board.details[cells]
        tints = np.where(self.board.is_home[cells] | (shown == 0), 0, self._tints[cells])
        self.panel.paint(cells, shown, tints, details)
        visible = np.isin(shown, np.fromiter(self.staged, np.uint32, len(self.staged)))
        self.stage.paint(cells, *(np.where(visible, each, 0) for each in (shown, tints, details)))
        self.dirty |= self.tiles_with(cells)

    def tiles_with(self, cells: Iterable[int]) -> set[Tile]:
        columns = self.grid.columns
        listed = list(cells)
        return {
            (index, x, y)
            for index, level in enumerate(levels_for(columns, self.grid.rows))
            for x, y in tiles_of(listed, columns, level)
        }

    def cells_of(self, photo_ids: Iterable[int]) -> npt.NDArray[np.intp]:
        """All cells that show any of these photos."""
        return np.flatnonzero(np.isin(self.board.shown, list(photo_ids)))

    def draw_tiles(self, revision: int) -> dict[str, bytes]:
        """Draw every dirty tile as of `revision`: {file name: JPEG}. They are clean afterwards."""
        drawn = {}
        levels = levels_for(self.grid.columns, self.grid.rows)
        for index, x, y in sorted(self.dirty):
            level = levels[index]
            across, _ = level.tiles(self.grid.columns, self.grid.rows)
            drawn[tile_name(level.cell_px, x, y, revision)] = self.panel.tile(level, x, y)
            self.tiles[index][y * across + x] = revision
        self.dirty.clear()
        return drawn

    def change_cells(self, cells: Cells) -> list[list[int]]:
        """Cells as a change lists them: [cell, photo id, 1 in its home, which detail of the photo]."""
        board = self.board
        listed = np.stack([np.arange(board.grid.cells), board.shown, board.is_home, board.details], axis=1)
        cells_listed: list[list[int]] = listed[cells].tolist()
        return cells_listed


def tile_name(cell_px: int, x: int, y: int, revision: int) -> str:
    """What a tile of the level with cells of that width is called among a wall's pictures."""
    return f"tile-{cell_px}-{x}-{y}-{revision}.jpg"


def tiles_by_level(packed: bytes, grid: Grid) -> list[npt.NDArray[np.uint32]]:
    """A row's tile revisions, an array a level; all 0 where the row has none for this grid yet."""
    counts = [
        across * down
        for across, down in (
            level.tiles(grid.columns, grid.rows) for level in levels_for(grid.columns, grid.rows)
        )
    ]
    whole = np.frombuffer(packed, "<u4").astype(np.uint32)
    if whole.size != sum(counts):
        whole = np.zeros(sum(counts), np.uint32)
    return [part.copy() for part in np.split(whole, np.cumsum(counts)[:-1])]
