"""All that a wall's echoes may show: every photo whole, and its details at a price. Pure, NumPy only.

A detail costs more than it differs: by `PRICE` times (1 / side - 1) of that, and `PRICE` times `PATCH` times the same
on top. So a larger part of a photo is shown wherever it does nearly as well. One with nothing on it costs up to `PLAIN`
more, the fewer differences it has inside: a close view is to be full of people's things, not of plain patches. From
`MANY` photos on the smallest details are not needed any more, and are not shown (bench/sweep.py).

Spacing and cap count photos, and so do tables of costs: of each photo the best that it can show. Which detail that is
follows from photo and cell.

The rows lie detail by detail, (details, photos, 48): so that what is worked on at a time is long, and stays in the
processor's cache. All sums are of whole numbers or in a fixed order: a cost is the same number however it is asked for.
"""

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.pictures.details import DETAILS, KINDS, LARGE_KINDS, NUMBERS, SIDE_OF, Bytes, lab_of
from worker.placement.metric import features

Ints = npt.NDArray[np.int32]
Indices = npt.NDArray[np.integer]

PRICE = 0.3
PRICE_OF_MANY = 0.25  # from `MANY` photos on: what goes with the smallest details would be missed else
PATCH = 2_160.0
PLAIN = 20_000.0
LIVELY = 60_000.0  # squared differences inside, from which on a detail is not plain at all
MANY = 300  # photos from which on details of 25 % are not shown
NEVER = np.float32(1e12)  # the cost of what is not to be shown
_FEWEST = 64  # photos that there is always room for
_AT_ONCE = 1 << 16  # costs worked on at a time: what fits into the processor's cache
_PHOTOS_AT_ONCE = 1 << 10  # photos that they are of, at most: their rows are to stay there as well
_PAIRS_AT_ONCE = 1 << 8  # pairs of a photo and a cell of which all details are weighed at a time


def no_details(photos: int) -> Bytes:
    """The details of photos that are shown whole only: zeros, a colour that there is not."""
    return np.zeros((photos, DETAILS, NUMBERS), dtype=np.uint8)


def kinds_for(photos: int) -> int:
    """How many of the details, the whole among them, a wall of so many photos shows."""
    return LARGE_KINDS if photos >= MANY else KINDS


class Library:
    """What the photos of a board can show, in the board's order, on a grid of `cells` cells."""

    def __init__(self, cells: int, wholes: Floats, details: Bytes, kinds: int) -> None:
        """wholes: features (n, 48); details: (n, 61, 48), zeros where there are none; kinds: so many of them count."""
        self.kinds, self.photos = kinds, len(wholes)
        self._cells = cells
        away = 1 / SIDE_OF[:kinds] - 1
        price = PRICE_OF_MANY if kinds == LARGE_KINDS else PRICE
        self._times = (1 + np.float32(price) * away).astype(np.float32)
        self._plus = (np.float32(price * PATCH) * away).astype(np.float32)
        room = _room_for(self.photos)
        self._described = np.concatenate([details, no_details(room - self.photos)])
        self._rows = np.zeros((kinds, room, NUMBERS), dtype=np.float32)
        self._added = np.full((kinds, room), NEVER, dtype=np.float32)
        self._describe(slice(0, self.photos), wholes)

    @property
    def described(self) -> Bytes:
        """The details' descriptors, (n, 61, 48): not to be written to."""
        return self._described[: self.photos]

    @property
    def wholes(self) -> Floats:
        """Features (n, 48) of the whole photos."""
        return self._rows[0, : self.photos]

    def add(self, wholes: Floats, details: Bytes) -> None:
        """Take in photos that are last in the board's order."""
        first, last = self.photos, self.photos + len(wholes)
        if last > len(self._described):
            self._make_room(_room_for(last))
        self._described[first:last] = details
        self.photos = last
        self._describe(slice(first, last), wholes)

    def change(self, photo: int, details: Bytes) -> None:
        """Give a photo other details, (61, 48)."""
        self._described[photo] = details
        self._describe(slice(photo, photo + 1), self._rows[0, photo : photo + 1].copy())

    def _make_room(self, room: int) -> None:
        more = room - len(self._described)
        self._described = np.concatenate([self._described, no_details(more)])
        rows = np.zeros((self.kinds, more, NUMBERS), dtype=np.float32)
        self._rows = np.concatenate([self._rows, rows], axis=1)
        added = np.full((self.kinds, more), NEVER, dtype=np.float32)
        self._added = np.concatenate([self._added, added], axis=1)

    def _describe(self, where: slice, wholes: Floats) -> None:
        self._rows[0, where] = wholes
        self._added[0, where] = np.einsum("ij,ij->i", wholes, wholes)
        details = self._described[where]
        has_any = details[:, 0].any(axis=1)
        self._added[1:, where] = NEVER
        if self.kinds == 1 or not has_any.any():
            return
        shown = details[:, : self.kinds - 1].transpose(1, 0, 2).reshape(-1, NUMBERS)
        rows = features(lab_of(shown), self._cells).reshape(self.kinds - 1, -1, NUMBERS)
        self._rows[1:, where] = rows
        squares = np.einsum("kij,kij->ki", rows, rows) * self._times[1:, None]
        squares += self._plus[1:, None]
        inside = np.einsum("kij,kij->ki", rows[..., 3:], rows[..., 3:])  # all but the mean
        squares += np.float32(PLAIN) * np.maximum(1 - inside / np.float32(LIVELY), 0)
        self._added[1:, where] = np.where(has_any, squares, NEVER)

    def costs(self, cells: Floats, photos: Indices | None = None) -> Floats:
        """What each photo costs in each cell, at its best: features (c, 48) -> (c, n), or of some photos only."""
        chosen = np.arange(self.photos) if photos is None else photos
        table = np.empty((len(cells), len(chosen)), dtype=np.float32)
        step = max(1, _AT_ONCE // max(1, min(len(chosen), _PHOTOS_AT_ONCE)))
        for first in range(0, len(chosen), _PHOTOS_AT_ONCE):
            some = slice(first, first + _PHOTOS_AT_ONCE)
            rows, added = self._of(some if photos is None else photos[some])
            for start in range(0, len(cells), step):
                part = slice(start, start + step)
                self._least(cells[part], rows, added, table[part, some])
        return table

    def _of(self, photos: Indices | slice) -> tuple[Floats, Floats]:
        if isinstance(photos, slice):
            return self._rows[:, : self.photos][:, photos], self._added[:, : self.photos][:, photos]
        return np.take(self._rows, photos, axis=1), np.take(self._added, photos, axis=1)

    def _least(self, cells: Floats, rows: Floats, added: Floats, table: Floats) -> None:
        own = np.einsum("ij,ij->i", cells, cells)
        if len(cells) == 1:  # nothing is used twice: all kinds are gone through together
            table[0] = self._priced_all(rows @ cells[0], added, own).min(axis=0)
            return
        for kind in range(self.kinds):
            one = self._priced(kind, cells @ rows[kind].T, added[kind], own[:, None])
            if kind:
                np.minimum(table, one, out=table)
            else:
                table[:] = one

    def _priced(self, kind: int, dots: Floats, added: Floats, own: Floats) -> Floats:
        """Costs from dot products, in place: always in this order, so that they are the same numbers."""
        dots *= np.float32(-2) * self._times[kind]
        dots += added
        dots += own * self._times[kind]
        return dots

    def costs_of_one(self, photo: int, cells: Floats, own: Floats) -> Floats:
        """What one photo costs at its best in each of many cells: features (c, 48) and their squares (c,) -> (c,)."""
        costs = np.empty(len(cells), dtype=np.float32)
        rows, added = np.ascontiguousarray(self._rows[:, photo]), self._added[:, photo, None]
        step = max(1, _AT_ONCE // self.kinds)
        for start in range(0, len(cells), step):
            part = slice(start, start + step)
            costs[part] = self._priced_all(rows @ cells[part].T, added, own[part]).min(axis=0)
        return costs

    def best_details(self, photos: Indices, cells: Floats) -> npt.NDArray[np.uint8]:
        """Which detail of each photo fits its cell best: (m,) photos and (m, 48) features of m cells -> (m,)."""
        own = np.einsum("ij,ij->i", cells, cells)
        best = np.zeros(len(photos), dtype=np.uint8)
        for start in range(0, len(photos), _PAIRS_AT_ONCE):
            part = slice(start, start + _PAIRS_AT_ONCE)
            rows, added = self._of(photos[part])
            dots = np.einsum("kij,ij->ki", rows, cells[part])
            best[part] = self._priced_all(dots, added, own[part]).argmin(axis=0)  # of equals the larger
        return best

    def _priced_all(self, dots: Floats, added: Floats, own: Floats) -> Floats:
        """The same as `_priced` for all kinds at once: (kinds, m) each, (m,) or (1,)."""
        dots *= (np.float32(-2) * self._times)[:, None]
        dots += added
        dots += self._times[:, None] * own
        return dots

    def costs_of_shown(self, details: npt.NDArray[np.uint8], photos: Indices, cells: Floats) -> Floats:
        """What cells cost that show these details of these photos: (m,), (m,), (m, 48) -> (m,); `NEVER` for
        what is not to be shown any more.
        """
        kinds = np.minimum(details, self.kinds - 1)
        costs: Floats = np.einsum("ij,ij->i", self._rows[kinds, photos], cells)
        costs *= (np.float32(-2) * self._times)[kinds]
        costs += self._added[kinds, photos]
        costs += np.einsum("ij,ij->i", cells, cells) * self._times[kinds]
        costs[details >= self.kinds] = NEVER
        return costs

    def costs_of_swaps(self, details: npt.NDArray[np.uint8], photos: Indices, cells: Floats) -> Floats:
        """The same for every pair of a cell and what another one shows: (m, m), a row a cell."""
        kinds = np.minimum(details, self.kinds - 1)
        table: Floats = cells @ self._rows[kinds, photos].T
        table *= (np.float32(-2) * self._times)[kinds]
        table += np.where(details < self.kinds, self._added[kinds, photos], NEVER)
        table += np.einsum("ij,ij->i", cells, cells)[:, None] * self._times[kinds]
        return table


def _room_for(photos: int) -> int:
    return photos + max(_FEWEST, photos // 4)
