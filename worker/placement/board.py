"""The state of a wall that placement works on: what every cell shows, and every photo's home. Pure.

A board is built from plain persisted data and holds nothing else that matters: the arrays derived from it are
caches, so a board kept in memory and one restored from the database go on identically.
"""

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.pictures.details import DETAILS, WHOLE, Bytes
from worker.placement.grids import Grid
from worker.placement.home_prices import Demand
from worker.placement.library import Library, kinds_for, no_details
from worker.placement.metric import DESCRIPTOR, costs, features

Ints = npt.NDArray[np.int32]
Details = npt.NDArray[np.uint8]

BESIDE = 1.4  # just below the distance of two cells that touch at a corner
NEIGHBOURS = 4  # cells beside, above and under one: with no more photos than that, all of them may be near
FEW = 8  # photos for which it is quicker to look at all cells than to gather some of them
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
    whole            whether photos are shown whole only
    details          which detail of its photo each cell shows: (cells,) uint8, 0 = the whole, as in every home
    known            the descriptors of each photo's details, (n, 61, 48) uint8, all zeros where it is shown whole only;
                     afterwards `described`
    """

    grid: Grid
    target: Floats
    ids: npt.NDArray[np.int64]
    descriptors: Floats
    homes: Ints
    slots: Ints
    once: bool = False
    whole: bool = False
    details: Details = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))
    known: InitVar[Bytes | None] = None
    demand: Demand = field(init=False, repr=False, default_factory=Demand)
    library: Library = field(init=False, repr=False)
    cell_features: Floats = field(init=False, repr=False)
    cell_squares: Floats = field(init=False, repr=False)
    is_home: npt.NDArray[np.bool_] = field(init=False, repr=False)
    _known_fit: Floats = field(init=False, repr=False)  # of what cells showed when they were looked at last:
    _known_looks: npt.NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self, known: Bytes | None) -> None:
        if self.target.shape != (self.grid.cells, DESCRIPTOR):
            raise ValueError(
                f"the target has the shape {self.target.shape}, the grid {self.grid.cells} cells"
            )
        if not self.details.size:
            self.details = np.zeros(self.grid.cells, dtype=np.uint8)
        self.cell_features = features(self.target, self.grid.cells)
        self.cell_squares = np.einsum("ij,ij->i", self.cell_features, self.cell_features)
        self._stock(no_details(self.photos) if known is None else known)
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
        *,
        whole: bool = False,
        details: Details | None = None,
        described: Mapping[int, Bytes] | None = None,
    ) -> Self:
        """Build a board from persisted data.

        shown        photo id of each cell, 0 = none: (cells,)
        homes        (photo id, cell) of every photo, in any order
        descriptors  (48,) float32 by photo id
        details      which detail each cell shows: (cells,); None: whole photos everywhere
        described    (61, 48) uint8 by photo id, of the photos that may be shown in details

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
        known = no_details(len(ids))
        for row, photo in enumerate(ids.tolist()):
            if described and photo in described:
                known[row] = described[photo]
        seen = np.zeros(grid.cells, dtype=np.uint8) if details is None else details.copy()
        board = cls(grid, target, ids, table, cells, slots, once, whole, seen, known)
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
        shown: Ints = self.ids.astype(np.int32)[self.slots]
        shown[self.slots < 0] = 0
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
    def photo_features(self) -> Floats:
        """Of the whole photos: (n, 48)."""
        return self.library.wholes

    @property
    def described(self) -> Bytes:
        """The descriptors of all details, (n, 61, 48): not to be written to."""
        return self.library.described

    @property
    def kinds(self) -> int:
        """How many of a photo's details, the whole among them, this wall shows."""
        return 1 if self.whole or self.once else kinds_for(self.photos)

    @property
    def wanted(self) -> Floats:
        """How much each cell would be liked as a home, 1 on average: (cells,) float32."""
        return self.demand.among(self.ids, self.photo_features, self.cell_features)

    @property
    def fit(self) -> Floats:
        """The cost of what each cell shows: (cells,) float32, infinite where nothing is shown."""
        looks = self._looks()
        stale = np.flatnonzero(looks != self._known_looks)
        self._known_looks = looks
        self._known_fit[stale] = np.inf
        used = stale[self.slots[stale] >= 0]
        self._known_fit[used] = self.library.costs_of_shown(
            self.details[used], self.slots[used], self.cell_features[used]
        )
        return self._known_fit.copy()

    def costs_of_homes(self, photos: Floats, cells: npt.NDArray[np.intp]) -> Floats:
        """What whole photos cost in cells of the grid: features (n, 48), (m,) cells -> (n, m)."""
        if len(photos) > FEW:
            return costs(photos, self.cell_features[cells])
        return costs(photos, self.cell_features, self.cell_squares)[:, cells]

    def show(self, cells: npt.NDArray[np.integer], photos: npt.NDArray[np.integer]) -> None:
        """Let cells show these photos (indices into ids), each with the detail that fits best."""
        self.slots[cells] = photos
        self.details[cells] = self.library.best_details(photos, self.cell_features[cells])

    def add(
        self,
        ids: npt.NDArray[np.int64],
        descriptors: Floats,
        homes: Ints,
        described: Bytes | None = None,
    ) -> None:
        """Take photos into the board, each showing in its home. Raises ValueError for an id that is there."""
        new = no_details(len(ids)) if described is None else described
        both = np.concatenate([self.ids, ids])
        order = np.argsort(both, kind="stable")
        if (np.diff(both[order]) == 0).any():
            raise ValueError("a photo that is already on the wall")
        moved = np.empty(len(both), dtype=np.int32)
        moved[order] = np.arange(len(both), dtype=np.int32)
        used = self.slots >= 0
        self.slots[used] = moved[self.slots[used]]
        come_last = (np.diff(order) == 1).all()
        self.ids = both[order]
        self.descriptors = np.concatenate([self.descriptors, descriptors])[order]
        self.homes = np.concatenate([self.homes, homes])[order].astype(np.int32)
        if come_last and self.library.kinds == self.kinds:
            self.library.add(features(descriptors, self.grid.cells), new)
        else:
            self._stock(np.concatenate([self.described, new])[order])
        self.slots[homes] = moved[len(both) - len(ids) :]
        self.details[homes] = WHOLE
        self.is_home[homes] = True

    def _stock(self, described: Bytes) -> None:
        wholes = features(self.descriptors, self.grid.cells)
        self.library = Library(self.grid.cells, wholes, described, self.kinds)
        self._forget_fit()

    def _forget_fit(self) -> None:
        """Before the first look, and where photos and details have other costs now."""
        self._known_looks = np.full(self.grid.cells, -1, dtype=np.int64)
        self._known_fit = np.full(self.grid.cells, np.inf, dtype=np.float32)

    def restock(self) -> None:
        """Take notice that `whole` or `once` has changed."""
        self._stock(self.described.copy())

    def redescribe(self, described: Mapping[int, Bytes]) -> Ints:
        """Let these photos, by id, be shown in other details (61, 48), or whole only (zeros).

        Returns the cells that show what is not to be shown any more: refill them. Unknown ids are ignored.
        """
        lost = []
        for photo_id, details in described.items():
            photo = int(np.searchsorted(self.ids, photo_id))
            if photo < self.photos and self.ids[photo] == photo_id:
                self.library.change(photo, details)
                self._forget_fit()
                if not details.any():
                    lost.append(np.flatnonzero((self.slots == photo) & (self.details != WHOLE)))
        return np.concatenate(lost).astype(np.int32) if lost else np.zeros(0, dtype=np.int32)

    def settle(self, homes: Ints) -> None:
        """Give all photos their homes, on a board where nothing is shown yet."""
        self.homes = homes
        self.slots[homes] = np.arange(self.photos, dtype=np.int32)
        self.details[homes] = WHOLE
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
        self.homes = self.homes[keep]
        if not keep.all():
            self._stock(self.described[keep])
        empty: Ints = used[self.slots[used] < 0].astype(np.int32)
        return empty

    def look(self) -> npt.NDArray[np.int64]:
        """What `changes_since` compares with: (cells,) a number for each photo and detail, negative in a home."""
        looks = self._looks()
        return np.where(self.is_home, -looks, looks)

    def _looks(self) -> npt.NDArray[np.int64]:
        return self.shown.astype(np.int64) * (DETAILS + 1) + self.details

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
        if self.details.shape != self.slots.shape or (self.details > DETAILS).any():
            raise ValueError("a cell that shows a detail that there is not")
        if self.details[self.homes].any():
            raise ValueError("a home that does not show the whole photo")
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


def spacing(photos: int) -> float:
    """How far apart two cells with the same photo are at least, by the straight line between their middles.

    2.8 from 100 photos on, 2.2 from 30 on, 2 from 9 on; below, no cell shows the photo of the one beside, above or
    under it. With these bounds some photo that is neither near nor at its cap always remains: a cell has 20 others
    nearer than 2.8, 12 nearer than 2.2, 8 nearer than 2 and 4 nearer than 1.4. Only with two to four photos it may
    happen that all of them are near: then some cells have to show what their neighbour shows.
    """
    bounds = ((100, 2.8), (30, 2.2), (9, 2.0), (2, BESIDE))
    return next((apart for fewest, apart in bounds if photos >= fewest), 1.0)
