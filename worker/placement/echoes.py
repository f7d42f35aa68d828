"""Echoes: repeats of photos, whole or in details, in all cells that are nobody's home. Pure, NumPy only.

Three ways to choose them, all under the same two rules (`spacing`: how far apart a photo's cells are; `cap`: how many
cells a photo has):

fill    all echoes anew. Prices are raised on photos that too many cells want, until the cap holds (Lagrangian
        relaxation), and cells are taken in classes that cannot come too near each other, so that a class is one
        NumPy step.
adopt   a new photo takes the echo cells in which it gains most, a bounded number.
refill  a few empty cells, one after the other, each gets the best photo that the rules allow.

Which photo is chosen here; which detail of it follows (`Board.show`).
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.placement.alike import alike, shortlists
from worker.placement.board import Board, Ints, cap, spacing
from worker.placement.grids import Grid
from worker.placement.library import NEVER
from worker.placement.metric import scatter

CANDIDATES = 64  # best photos looked at for each cell; more than a cell has near neighbours
PRICE_ROUNDS = 16
SCATTER = np.float32(0.03)  # costs that differ by less count as equal
_CHUNK = 4_000_000  # costs computed at a time, so that memory stays small whatever the wall


@cache
def _offsets(apart: float) -> tuple[Ints, Ints]:
    """The other cells nearer than `apart`: so many down, so many to the right."""
    steps = np.arange(1 - math.ceil(apart), math.ceil(apart), dtype=np.int32)
    down, right = (offset.ravel() for offset in np.meshgrid(steps, steps, indexing="ij"))
    away = np.hypot(down, right)
    others = (away > 0) & (away < apart)
    return down[others], right[others]


def near_cells(grid: Grid, cells: npt.NDArray[np.integer], apart: float) -> Ints:
    """The other cells nearer than `apart` to each cell: (n, as many as there may be), -1 outside the grid."""
    down, right = _offsets(apart)
    rows = cells[:, None] // grid.columns + down
    columns = cells[:, None] % grid.columns + right
    inside = (rows >= 0) & (rows < grid.rows) & (columns >= 0) & (columns < grid.columns)
    return np.where(inside, rows * grid.columns + columns, -1).astype(np.int32)


def classes(grid: Grid, cells: Ints, apart: float) -> list[Ints]:
    """The cells in groups of which no two are nearer than `apart`."""
    reach = math.ceil(apart)
    key = cells // grid.columns % reach * reach + cells % grid.columns % reach
    return [group for group in (cells[key == k] for k in range(reach * reach)) if group.size]


def candidates(board: Board, cells: Ints, most: int = CANDIDATES) -> tuple[Ints, Floats]:
    """The photos that fit each cell best, and their costs: two (len(cells), k), best first, k = min(most, photos)."""
    k = min(most, board.photos)
    photos = np.empty((len(cells), k), dtype=np.int32)
    fits = np.empty((len(cells), k), dtype=np.float32)
    groups = alike(board.cell_features[cells])
    lists = shortlists(board, [cells[group] for group in groups])
    for group, known in zip(groups, lists, strict=True):
        table = board.library.costs(board.cell_features[cells[group]], known)
        best = np.argpartition(table, k - 1, axis=1)[:, :k] if k < table.shape[1] else _all(table)
        best.sort(axis=1)  # ties are then broken by the older photo, however the partition left them
        fit = np.take_along_axis(table, best, axis=1)
        order = np.argsort(fit, axis=1, kind="stable")
        chosen = np.take_along_axis(best, order, axis=1)
        photos[group] = chosen if known is None else known[chosen]
        fits[group] = np.take_along_axis(fit, order, axis=1)
    return photos, fits


def _all(table: Floats) -> npt.NDArray[np.intp]:
    return np.broadcast_to(np.arange(table.shape[1]), table.shape).copy()


def fill(board: Board, nearest: tuple[Ints, Floats] | None = None) -> None:
    """Choose all echoes anew. `nearest`: the candidates of all cells, if the caller has them already."""
    if not board.photos:
        board.slots[:] = -1
        board.details[:] = 0
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
    turns = _turns(board, cells, photos, fits)
    for round_ in range(PRICE_ROUNDS):
        _choose(board, turns, prices)
        over = (board.counts - most) / np.float32(most)
        if over.max() <= 0 and not prices.any():
            break
        prices = np.maximum(prices + step / (1 + round_ / 4) * np.clip(over, -1, 2), 0).astype(np.float32)
    board.show(cells, board.slots[cells])
    enforce_cap(board)


class _Turn(NamedTuple):
    """Cells that choose together, as no two of them are near each other."""

    cells: Ints  # (n,)
    near: Ints  # the cells near each, (n, as many as there may be), -1 outside the grid
    photos: Ints  # their candidates and what those cost, (n, k)
    fits: Floats


def _turns(board: Board, cells: Ints, photos: Ints, fits: Floats) -> list[_Turn]:
    apart = spacing(board.photos)
    row = np.full(board.grid.cells, -1, dtype=np.int32)
    row[cells] = np.arange(len(cells), dtype=np.int32)
    return [
        _Turn(group, near_cells(board.grid, group, apart), photos[row[group]], fits[row[group]])
        for group in classes(board.grid, cells, apart)
    ]


def _choose(board: Board, turns: list[_Turn], prices: Floats) -> None:
    """Each cell takes its cheapest candidate that is not near already; if all are, the one that is so least often."""
    for cells, near, photos, fits in turns:
        beside = np.where(near >= 0, board.slots[near], -1)
        price = fits + prices[photos]
        for column in range(near.shape[1]):
            np.add(price, NEVER, out=price, where=photos == beside[:, column, None])
        board.slots[cells] = photos[np.arange(len(cells)), price.argmin(axis=1)]


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
    counts = board.counts
    step = max(1, _CHUNK // board.photos)
    for start in range(0, len(cells), step):
        part = cells[start : start + step]
        _refill_in_turn(board, part, counts)
        board.show(part, board.slots[part])


def _refill_in_turn(board: Board, cells: Ints, counts: npt.NDArray[np.intp]) -> None:
    most = cap(board.photos, board.grid.cells)
    table = board.library.costs(board.cell_features[cells])
    near = near_cells(board.grid, cells, spacing(board.photos))
    for row in np.argsort(table.min(axis=1), kind="stable"):
        fit = table[row]
        fit[counts >= most] = np.inf
        beside = board.slots[near[row][near[row] >= 0]]
        np.add.at(fit, beside[beside >= 0], NEVER)
        photo = int(fit.argmin())
        board.slots[cells[row]] = photo
        counts[photo] += 1


def adopt(board: Board, photo: int, cost: Floats, most: int, fit: Floats) -> Ints:
    """Let one photo take up to `most` echo cells, where it gains most: these cells.

    `cost` is what it costs in each cell; `fit` what each echo costs now, kept up to date.
    """
    apart = spacing(board.photos)
    spread = 1 + SCATTER * scatter(np.arange(board.grid.cells), board.ids[photo])
    gain = np.where(board.is_home, 0, fit - cost * spread).reshape(board.grid.rows, board.grid.columns)
    for shown in np.flatnonzero(board.slots == photo).tolist():
        _block(gain, shown, apart)
    taken: list[int] = []
    while len(taken) < most:
        cell = int(gain.argmax())
        if gain.flat[cell] <= 0:
            break
        taken.append(cell)
        fit[cell] = cost[cell]
        _block(gain, cell, apart)
    cells = np.array(taken, dtype=np.int32)
    board.slots[cells] = photo
    return cells


def _block(gain: Floats, cell: int, apart: float) -> None:
    """Nothing is to be gained at a cell and near it."""
    row, column = divmod(cell, gain.shape[1])
    down, right = _offsets(apart)
    rows, columns = row + down, column + right
    inside = (rows >= 0) & (rows < gain.shape[0]) & (columns >= 0) & (columns < gain.shape[1])
    gain[rows[inside], columns[inside]] = 0
    gain[row, column] = 0
