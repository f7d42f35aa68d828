"""A wall in a worker's memory: its board, its two canvases, and the pictures made from them. Pure of any state outside.

The panel's canvas shows everybody. The stage's canvas shows only those who may be on it; in the cells of others it
shows stand-ins, so that it is whole, too. With nobody on it, it is empty, in the target's soft colours.
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
from worker.placement.stand_ins import stand_ins
from worker.placement.tint import tint_map

Tile = tuple[int, int, int]  # index of the level, x, y
Cells = npt.NDArray[np.integer[Any]]

# Up to so many rarely need the same photo twice.
FEW_TILES = 16
# A stage that nobody is on yet invites.
STAGE_EMPTY_SHARE = 80


@dataclass(frozen=True)
class OnStage:
    """The photo id (uint32, 0 = none) and the detail (uint8) that the stage shows in each cell: (cells,) each."""

    shown: npt.NDArray[np.uint32]
    details: npt.NDArray[np.uint8]


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
    on_stage: OnStage | None = None  # what it shows in each cell, where that is known; None: to be chosen
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
        known, self.on_stage = self.on_stage, None
        self.paint(np.arange(grid.cells), known)

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

    def paint(self, cells: Cells, known: OnStage | None = None) -> None:
        """Draw these cells on both canvases, and note the tiles that show them. `known`: what the stage shows."""
        if not cells.size:
            return
        shown = self.board.shown[cells].astype(np.uint32)
        details = self.board.details[cells]
        tints = np.where(self.board.is_home[cells] | (shown == 0), 0, self._tints[cells])
        self.panel.paint(cells, shown, tints, details)
        self._paint_stage(cells, known or self._staging(cells, shown, details), tints)
        self.dirty |= self.tiles_with(cells)

    def _paint_stage(self, cells: Cells, seen: OnStage, tints: npt.NDArray[np.uint8]) -> None:
        same = (seen.shown == self.panel.shown[cells]) & (seen.details == self.panel.details[cells])
        if same.all() and seen.shown.all():
            self.stage.paint_as(self.panel, cells)
            return
        stands_in = (seen.shown != self.board.shown[cells]) & (seen.shown != 0)
        self.stage.paint(cells, seen.shown, np.where(stands_in, self._tints[cells], tints), seen.details)

    def _staging(
        self, cells: Cells, shown: npt.NDArray[np.uint32], details: npt.NDArray[np.uint8]
    ) -> OnStage:
        """What the stage shows in these cells: what panels do, or a stand-in."""
        may_be_seen = np.fromiter(self.staged, np.uint32, len(self.staged))
        hidden = (shown != 0) & ~np.isin(shown, may_be_seen)
        if not hidden.any():
            return OnStage(shown, details)
        board = self.board
        allowed = np.flatnonzero(
            np.isin(board.ids, may_be_seen) & (not board.once)
        )  # then nobody is shown twice
        where = cells[hidden].astype(np.int32)
        slots, parts = stand_ins(board, where, allowed, self._stage_slots())
        shown, details = shown.copy(), details.copy()
        shown[hidden] = np.where(slots >= 0, board.ids[slots], 0) if board.photos else 0
        details[hidden] = parts
        return OnStage(shown, details)

    def _stage_slots(self) -> npt.NDArray[np.int32]:
        """What the stage shows so far, as slots of the board; -1 for nothing and for what is not on the wall."""
        ids, shown = self.board.ids, self.stage.shown
        slots = np.searchsorted(ids, shown).astype(np.int32)
        known = slots < len(ids)
        known[known] = ids[slots[known]] == shown[known]
        return np.where(known, slots, -1).astype(np.int32)

    def to_restage(self, gone: Iterable[int], changed: Iterable[int]) -> npt.NDArray[np.intp]:
        """The cells that the stage has to look at again once photos left the wall or the stage, or came onto it."""
        seen = self.stage.shown
        again = np.isin(seen, list({*gone, *changed}))
        if self.staged:
            again |= (seen == 0) & (self.board.shown != 0)
        return np.union1d(np.flatnonzero(again), self.cells_of(changed))

    def is_same_on_stage(self) -> bool:
        """Whether both canvases hold the same picture. Empty cells have other colours on the stage."""
        mine, others = self.panel, self.stage
        return bool(mine.shown.all()) and all(
            np.array_equal(here, there)
            for here, there in (
                (mine.shown, others.shown),
                (mine.details, others.details),
                (mine.tints, others.tints),
            )
        )

    def packed_stage(self) -> tuple[bytes | None, bytes | None]:
        """What the stage shows, as a wall's row keeps it; nothing where it shows what panels do."""
        if (self.stage.shown == self.board.shown).all():
            return None, None
        return self.stage.shown.astype("<u4").tobytes(), self.stage.details.tobytes()

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
        for index, level in enumerate(levels):
            tiles = [(x, y) for at, x, y in self.dirty if at == index]
            if len(tiles) > FEW_TILES:
                self.panel.have_at_hand(level, tiles)
        for index, x, y in sorted(self.dirty):
            level = levels[index]
            across, _ = level.tiles(self.grid.columns, self.grid.rows)
            drawn[tile_name(level.cell_px, x, y, revision)] = self.panel.tile(level, x, y)
            self.tiles[index][y * across + x] = revision
        self.dirty.clear()
        return drawn

    def change_on_stage(self, cells: Cells) -> list[list[int]]:
        """The same for the stage, of those among them where it shows something else than panels do."""
        where = cells[self.stage.shown[cells] != self.board.shown[cells]]
        stage = self.stage
        listed = np.stack(
            [where, stage.shown[where], np.zeros(len(where), np.int64), stage.details[where]], axis=1
        )
        cells_listed: list[list[int]] = listed.astype(np.int64).tolist()
        return cells_listed

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
