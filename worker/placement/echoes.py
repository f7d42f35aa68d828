"""Echoes: repeats of photos in all cells that are nobody's home. Pure, NumPy only.

Three ways to choose them, all under the same two rules (`spacing`: how far apart a photo's cells are; `cap`: how many
cells a photo has):

fill    all echoes anew. Prices are raised on photos that too many cells want, until the cap holds (Lagrangian
        relaxation), and cells are taken in classes that cannot come too near each other, so that a class is one
        NumPy step.
adopt   a new photo takes the echo cells in which it gains most, a bounded number.
refill  a few empty cells, one after the other, each gets the best photo that the rules allow.
"""

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.placement.board import Board, Ints, cap, spacing
from worker.placement.grids import Grid
from worker.placement.metric import costs, scatter

CANDIDATES = 64  # best photos looked at for each cell; more than a cell has near neighbours
PRICE_ROUNDS = 16
SCATTER = np.float32(0.03)  # costs that differ by less count as equal
_CHUNK = 4_000_000  # costs computed at a time, so that memory stays small whatever the wall


def near_cells(grid: Grid, cells: npt.NDArray[np.integer], reach: int) -> Ints:
    """The other cells less than `reach` away from each cell: (n, (2 reach - 1)**2 - 1), -1 outside the grid."""
    steps = np.arange(1 - reach, reach)
    down, right = (offset.ravel() for offset in np.meshgrid(steps, steps, indexing="ij"))
    others = (down != 0) | (right != 0)
    rows = cells[:, None] // grid.columns + down[others]
    columns = cells[:, None] % grid.columns + right[others]
    inside = (rows >= 0) & (rows < grid.rows) & (columns >= 0) & (columns < grid.columns)
    return np.where(inside, rows * grid.columns + columns, -1).astype(np.int32)


def near_slots(board: Board, cells: npt.NDArray[np.integer], reach: int) -> Ints:
    """What the cells near each cell show; -1 outside the grid and in empty cells."""
    near = near_cells(board.grid, cells, reach)
    return np.where(near >= 0, board.slots[near], -1).astype(np.int32)


def classes(grid: Grid, cells: Ints, reach: int) -> list[Ints]:
    """The cells in groups of which no two are less than `reach` apart."""
    key = cells // grid.columns % reach * reach + cells % grid.columns % reach
    return [group for group in (cells[key == k] for k in range(reach * reach)) if group.size]


def candidates(board: Board, cells: Ints, most: int = CANDIDATES) -> tuple[Ints, Floats]:
    """The photos that fit each cell best, and their costs: two (len(cells), k), best first, k = min(most, photos)."""
    k = min(most, board.photos)
    photos = np.empty((len(cells), k), dtype=np.int32)
    fits = np.empty((len(cells), k), dtype=np.float32)
    step = max(1, _CHUNK // board.photos)
    for start in range(0, len(cells), step):
        part = slice(start, start + step)
        table = costs(board.cell_features[cells[part]], board.photo_features)
        best = np.argpartition(table, k - 1, axis=1)[:, :k] if k < board.photos else _all(table)
        best.sort(axis=1)  # ties are then broken by the older photo, however the partition left them
        fit = np.take_along_axis(table, best, axis=1)
        order = np.argsort(fit, axis=1, kind="stable")
        photos[part] = np.take_along_axis(best, order, axis=1)
        fits[part] = np.take_along_axis(fit, order, axis=1)
    return photos, fits


def _all(table: Floats) -> npt.NDArray[np.intp]:
    return np.broadcast_to(np.arange(table.shape[1]), table.shape).copy()


def fill(board: Board, nearest: tuple[Ints, Floats] | None = None) -> None:
    """Choose all echoes anew. `nearest`: the candidates of all cells, if the caller has them already."""
    if not board.photos:
        board.slots[:] = -1
        return
    cells = np.flatnonzero(~board.is_home).astype(np.int32)
    board.slots[cells] = -1
    if not cells.size:
        return
    photos, fits = candidates(board, cells) if nearest is None else (nearest[0][cells], nearest[1][cells])
    fits *= 1 + SCATTER * scatter(cells[:, None], board.ids[photos])
    prices = np.zeros(board.photos, dtype=np.float32)
    most = cap(board.photos, board.grid.cells)
    step = np.float32(np.median(fits[:, fits.shape[1] // 4] - fits[:, 0]) + 1)
    for round_ in range(PRICE_ROUNDS):
        _choose(board, cells, photos, fits + prices[photos])
        over = (board.counts - most) / np.float32(most)
        if over.max() <= 0 and not prices.any():
            break
        prices = np.maximum(prices + step / (1 + round_ / 4) * np.clip(over, -1, 2), 0).astype(np.float32)
    enforce_cap(board)


def _choose(board: Board, cells: Ints, photos: Ints, priced: Floats) -> None:
    """Each cell takes its cheapest candidate that is not near already."""
    reach = spacing(board.photos)
    row = np.full(board.grid.cells, -1, dtype=np.int32)
    row[cells] = np.arange(len(cells), dtype=np.int32)
    for group in classes(board.grid, cells, reach):
        rows = row[group]
        near = near_slots(board, group, reach)
        price = priced[rows].copy()
        for column in range(near.shape[1]):
            price[photos[rows] == near[:, column, None]] = np.inf
        board.slots[group] = photos[rows, price.argmin(axis=1)]


def enforce_cap(board: Board) -> None:
    """Photos in too many cells give up those echoes that fit worst; the cells are refilled."""
    most = cap(board.photos, board.grid.cells)
    counts = board.counts
    over = np.flatnonzero(counts > most)
    if not over.size:
        return
    fit = board.fit
    emptied = []
    for photo in over:
        shown = np.flatnonzero((board.slots == photo) & ~board.is_home)
        worst = np.argsort(-fit[shown], kind="stable")[: counts[photo] - most]
        emptied.append(shown[worst])
    cells: Ints = np.concatenate(emptied).astype(np.int32)
    board.slots[cells] = -1
    refill(board, cells)


def refill(board: Board, cells: Ints) -> None:
    """Give each of a few empty cells the best photo that spacing and cap allow; best fits first."""
    if not cells.size or not board.photos:
        return
    reach = spacing(board.photos)
    most = cap(board.photos, board.grid.cells)
    counts = board.counts
    step = max(1, _CHUNK // board.photos)
    for start in range(0, len(cells), step):
        part = cells[start : start + step]
        table = costs(board.cell_features[part], board.photo_features)
        near = near_cells(board.grid, part, reach)
        for row in np.argsort(table.min(axis=1), kind="stable"):
            fit = table[row]
            fit[counts >= most] = np.inf
            around = near[row][near[row] >= 0]
            beside = board.slots[around]
            fit[beside[beside >= 0]] = np.inf
            photo = int(fit.argmin())
            board.slots[part[row]] = photo
            counts[photo] += 1


def adopt(board: Board, photo: int, cost: Floats, most: int, fit: Floats) -> None:
    """Let one photo take up to `most` echo cells, where it gains most.

    `cost` is what it costs in each cell; `fit` what each echo costs now, kept up to date.
    """
    reach = spacing(board.photos)
    spread = 1 + SCATTER * scatter(np.arange(board.grid.cells), board.ids[photo])
    gain = np.where(board.is_home, 0, fit - cost * spread).reshape(board.grid.rows, board.grid.columns)
    for shown in np.flatnonzero(board.slots == photo).tolist():
        _block(gain, shown, reach)
    for _ in range(most):
        cell = int(gain.argmax())
        if gain.flat[cell] <= 0:
            return
        board.slots[cell] = photo
        fit[cell] = cost[cell]
        _block(gain, cell, reach)


def _block(gain: Floats, cell: int, reach: int) -> None:
    row, column = divmod(cell, gain.shape[1])
    gain[max(0, row - reach + 1) : row + reach, max(0, column - reach + 1) : column + reach] = 0
