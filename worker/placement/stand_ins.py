"""Stand-ins: what an audience sees in cells whose photo it may not see. Pure, NumPy only.

The picture stays whole: such a cell shows another photo, or a detail of one, of those that this audience may see; the
best one that is not near already.
"""

import numpy as np
import numpy.typing as npt

from worker.placement.board import Board, Details, Ints, spacing
from worker.placement.echoes import SCATTER, classes, near_cells
from worker.placement.library import NEVER
from worker.placement.metric import scatter

CANDIDATES = 32  # photos looked at for each cell
_CHUNK = 2_000_000  # costs computed at a time


def stand_ins(
    board: Board, cells: Ints, allowed: npt.NDArray[np.integer], slots: Ints
) -> tuple[Ints, Details]:
    """What to show in these cells, of the photos in the slots `allowed`: (their slots, which detail), each (m,).

    `slots` says what all cells show to this audience so far, -1 for nothing: (cells,). Where nobody is allowed it is
    (-1, 0).
    """
    if not len(allowed) or not len(cells):
        return np.full(len(cells), -1, np.int32), np.zeros(len(cells), np.uint8)
    photos, prices = _candidates(board, cells, np.asarray(allowed, np.int32))
    shown = slots.copy()
    shown[cells] = -1
    row = np.full(board.grid.cells, -1, np.int32)
    row[cells] = np.arange(len(cells), dtype=np.int32)
    apart = spacing(len(allowed))
    for group in classes(board.grid, cells, apart):
        rows = row[group]
        near = near_cells(board.grid, group, apart)
        beside = np.where(near >= 0, shown[near], -1)
        price = prices[rows].copy()
        for column in range(beside.shape[1]):
            price[photos[rows] == beside[:, column, None]] += NEVER
        shown[group] = photos[rows, price.argmin(axis=1)]
    chosen = shown[cells]
    return chosen, board.library.best_details(chosen, board.cell_features[cells])


def _candidates(board: Board, cells: Ints, allowed: Ints) -> tuple[Ints, npt.NDArray[np.float32]]:
    """The allowed photos that fit each cell best, and what they cost there: two (m, k)."""
    k = min(CANDIDATES, len(allowed))
    photos = np.empty((len(cells), k), np.int32)
    prices = np.empty((len(cells), k), np.float32)
    step = max(1, _CHUNK // len(allowed))
    for start in range(0, len(cells), step):
        part = slice(start, start + step)
        table = board.library.costs(board.cell_features[cells[part]], allowed)
        best = np.argpartition(table, k - 1, axis=1)[:, :k]
        photos[part] = allowed[best]
        prices[part] = np.take_along_axis(table, best, axis=1)
    prices *= 1 + SCATTER * scatter(cells[:, None], board.ids[photos])
    return photos, prices
