"""The state of a wall that placement works on: which photo every cell shows, and every photo's home. Pure.

A board is built from plain persisted data and holds nothing else that matters: the arrays derived from it are
caches, so a board kept in memory and one restored from the database go on identically.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.placement.grids import Grid
from worker.placement.home_prices import Demand
from worker.placement.metric import DESCRIPTOR, cost_of_pairs, features

Ints = npt.NDArray[np.int32]

CAP_TIMES_MEAN = 10  # no photo is shown in more than ten times the mean number of cells


class WallFull(Exception):  # noqa: N818 - a state of the wall, in the design's words
    """More photos than the grid has cells: the wall has to grow before these photos can be placed."""

    def __init__(self, photos: int, cells: int) -> None:
        super().__init__(f"{photos} photos do not fit on {cells} cells")
        self.photos = photos
        self.cells = cells


@dataclass(frozen=True)
class Changes:
    """Cells whose shown photo, or whose being a home, changed: ascending int32."""

    cells: Ints

    def __bool__(self) -> bool:
        return bool(self.cells.size)


@dataclass
class Board:
    """A wall's cells and photos.

    grid, target     the slots, and their descriptors: (cells, 48) float32 Lab
    ids              photo ids, ascending: (n,) int64
    descriptors      (n, 48) float32 Lab
    homes            each photo's home: (n,) int32 cell, always a cell of the grid
    slots            what each cell shows: (cells,) int32 index into ids, -1 = nothing (only on an empty wall, and
                     where each photo is shown once)
    once             whether each photo is shown once, in its home: no echoes
    """

    grid: Grid
    target: Floats
    ids: npt.NDArray[np.int64]
    descriptors: Floats
    homes: Ints
    slots: Ints
    once: bool = False
    demand: Demand = field(init=False, repr=False, default_factory=Demand)
    photo_features: Floats = field(init=False, repr=False)
    cell_features: Floats = field(init=False, repr=False)
    is_home: npt.NDArray[np.bool_] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.target.shape != (self.grid.cells, DESCRIPTOR):
            raise ValueError(
                f"the target has the shape {self.target.shape}, the grid {self.grid.cells} cells"
            )
        self.cell_features = features(self.target, self.grid.cells)
        self.photo_features = features(self.descriptors, self.grid.cells)
        self.is_home = np.zeros(self.grid.cells, dtype=np.bool_)
        self.is_home[self.homes] = True

    @classmethod
    def empty(cls, grid: Grid, target: Floats) -> Self:
        """A wall without photos."""
        nothing = np.zeros(0, dtype=np.int32)
        return cls(
            grid=grid,
            target=target,
            ids=np.zeros(0, dtype=np.int64),
            descriptors=np.zeros((0, DESCRIPTOR), dtype=np.float32),
            homes=nothing,
            slots=np.full(grid.cells, -1, dtype=np.int32),
        )

    @classmethod
    def restore(
        cls,
        grid: Grid,
        target: Floats,
        shown: npt.ArrayLike,
        homes: Iterable[tuple[int, int]],
        descriptors: Mapping[int, Floats],
        once: bool = False,
    ) -> Self:
        """Build a board from persisted data.

        shown        photo id of each cell, 0 = none: (cells,)
        homes        (photo id, cell) of every photo, in any order
        descriptors  (48,) float32 by photo id

        Raises ValueError for data that is no wall: a cell or photo twice, a home that shows another photo...
        """
        pairs = sorted(homes)
        ids = np.array([photo for photo, _ in pairs], dtype=np.int64)
        cells = np.array([cell for _, cell in pairs], dtype=np.int32)
        rows = [np.asarray(descriptors[photo], dtype=np.float32) for photo, _ in pairs]
        slots = _slots(np.asarray(shown, dtype=np.int64), ids)
        table = np.stack(rows) if rows else np.zeros((0, DESCRIPTOR), dtype=np.float32)
        if slots.shape != (grid.cells,) or (cells < 0).any() or (cells >= grid.cells).any():
            raise ValueError(f"cells that are not on a grid of {grid.columns} x {grid.rows}")
        board = cls(grid, target, ids, table, cells, slots, once)
        board.check()
        return board

    @property
    def photos(self) -> int:
        return len(self.ids)

    @property
    def shown(self) -> Ints:
        """The photo id that each cell shows, 0 = none: (cells,) int32."""
        if not self.photos:
            return np.zeros(self.grid.cells, dtype=np.int32)
        shown: Ints = np.where(self.slots >= 0, self.ids[self.slots], 0).astype(np.int32)
        return shown

    @property
    def home_cells(self) -> dict[int, int]:
        """Each photo's home: {photo id: cell}."""
        return dict(zip(self.ids.tolist(), self.homes.tolist(), strict=True))

    @property
    def counts(self) -> npt.NDArray[np.intp]:
        """In how many cells each photo is shown, its home included: (n,)."""
        return np.bincount(self.slots[self.slots >= 0], minlength=self.photos)

    @property
    def wanted(self) -> Floats:
        """How much each cell would be liked as a home, 1 on average: (cells,) float32."""
        return self.demand.among(self.ids, self.photo_features, self.cell_features)

    @property
    def fit(self) -> Floats:
        """The cost of what each cell shows: (cells,) float32, infinite where nothing is shown."""
        fit = np.full(self.grid.cells, np.inf, dtype=np.float32)
        used = np.flatnonzero(self.slots >= 0)
        fit[used] = cost_of_pairs(self.photo_features[self.slots[used]], self.cell_features[used])
        return fit

    def add(self, ids: npt.NDArray[np.int64], descriptors: Floats, homes: Ints) -> None:
        """Take photos into the board, each showing in its home. Raises ValueError for an id that is there."""
        both = np.concatenate([self.ids, ids])
        order = np.argsort(both, kind="stable")
        if (np.diff(both[order]) == 0).any():
            raise ValueError("a photo that is already on the wall")
        moved = np.empty(len(both), dtype=np.int32)
        moved[order] = np.arange(len(both), dtype=np.int32)
        used = self.slots >= 0
        self.slots[used] = moved[self.slots[used]]
        self.ids = both[order]
        self.descriptors = np.concatenate([self.descriptors, descriptors])[order]
        self.photo_features = np.concatenate([self.photo_features, features(descriptors, self.grid.cells)])[
            order
        ]
        self.homes = np.concatenate([self.homes, homes])[order].astype(np.int32)
        self.slots[homes] = moved[len(both) - len(ids) :]
        self.is_home[homes] = True

    def settle(self, homes: Ints) -> None:
        """Give all photos their homes, on a board where nothing is shown yet."""
        self.homes = homes
        self.slots[homes] = np.arange(self.photos, dtype=np.int32)
        self.is_home[homes] = True

    def drop(self, ids: npt.NDArray[np.int64]) -> Ints:
        """Take photos out; their cells show nothing until refilled. Returns those cells. Unknown ids are ignored."""
        keep = ~np.isin(self.ids, ids)
        moved = np.where(keep, np.cumsum(keep) - 1, -1).astype(np.int32)
        used = np.flatnonzero(self.slots >= 0)
        self.slots[used] = moved[self.slots[used]]
        self.is_home[self.homes[~keep]] = False
        self.ids = self.ids[keep]
        self.descriptors = self.descriptors[keep]
        self.photo_features = self.photo_features[keep]
        self.homes = self.homes[keep]
        empty: Ints = used[self.slots[used] < 0].astype(np.int32)
        return empty

    def look(self) -> npt.NDArray[np.int64]:
        """What `changes_since` compares with: (cells,) photo id, negative in its home."""
        shown = self.shown.astype(np.int64)
        return np.where(self.is_home, -shown, shown)

    def changes_since(self, look: npt.NDArray[np.int64]) -> Changes:
        """The cells that look different from an earlier `look`."""
        return Changes(np.flatnonzero(self.look() != look).astype(np.int32))

    def check(self) -> None:
        """Raise ValueError unless every photo has one home that shows it, no cell has two, and no cell is empty; where
        each photo is shown once, unless all other cells are.
        """
        if len(np.unique(self.ids)) != self.photos or (self.ids <= 0).any():
            raise ValueError("photo ids must be positive and different")
        if len(np.unique(self.homes)) != self.photos:
            raise ValueError("two photos with the same home")
        if (self.slots[self.homes] != np.arange(self.photos)).any():
            raise ValueError("a home that does not show its photo")
        if self.once and (self.slots >= 0).sum() != self.photos:
            raise ValueError("an echo on a wall that shows each photo once")
        if self.photos and not self.once and (self.slots < 0).any():
            raise ValueError("an empty cell on a wall that has photos")


def _slots(shown: npt.NDArray[np.int64], ids: npt.NDArray[np.int64]) -> Ints:
    """Photo ids of cells -> indices into the ascending ids; -1 for 0."""
    place = np.searchsorted(ids, shown)
    known = np.append(ids, 0)[place] == shown
    if (~known & (shown != 0)).any():
        raise ValueError("a cell that shows a photo without a home")
    return np.where(shown == 0, -1, place).astype(np.int32)


def cap(photos: int, cells: int) -> int:
    """In how many cells one photo may be shown, its home included."""
    return -(-CAP_TIMES_MEAN * cells // photos) if photos else cells


def spacing(photos: int) -> int:
    """How far apart two cells with the same photo are at least (Chebyshev: the larger of columns and rows).

    3 from 30 photos on; 2 from 9 on, and 1 (no rule) below, because fewer photos than a cell has neighbours cannot
    be kept further apart: with these bounds some photo that is neither near nor at its cap always remains. On a
    grid of whole cells, 3 apart by Chebyshev and by Euclid is the same rule: both forbid offsets up to (2, 2).
    """
    if photos >= 30:
        return 3
    return 2 if photos >= 9 else 1
