"""Moving a wall to another grid: growth while live, and the reveal. Pure, NumPy only.

Homes move as little as it takes: each looks for its new cell within a reach of its old place, and every step away has
its price, set so that the mean move stays within what the eye follows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.placement.board import Board, Ints, WallFull
from worker.placement.echoes import candidates, fill
from worker.placement.grids import Grid
from worker.placement.homes import RATHER_BAD, TIE, Offers, settle
from worker.placement.matching import assign
from worker.placement.metric import cost_of_pairs, costs, features, scatter

_CHUNK = 100_000  # offers priced at a time
_TRIES = 6
_ASKED = 4_000  # homes that tell how dear distance must be: more say the same


@dataclass(frozen=True)
class Leash:
    """How far homes may move, in parts of the picture's width: each at most `reach`, all together `mean` on average."""

    reach: float
    mean: float


GROWTH = Leash(reach=0.05, mean=0.018)
REVEAL = Leash(reach=0.08, mean=0.04)
FEW = 30  # photos up to which nobody has got used to a place yet


def grow(board: Board, grid: Grid, target: Floats) -> Board:
    """The wall on a finer grid: each home in the best cell near its old place, all echoes chosen anew.

    target is the picture described on the new grid, (cells, 48). Homes move at most 5 % of the picture's width, and
    1.8 % on average, unless homes crowd so that some find no free cell within reach. Raises WallFull when the grid has
    fewer cells than the wall has photos.
    """
    return _move(board, grid, target, GROWTH)


def reveal(board: Board, grid: Grid, target: Floats) -> Board:
    """The finish: the wall on the finest grid, homes free to look further (8 %, on average 4 %).

    Leaves the board as it is, so that the reveal can be undone.
    """
    return _move(board, grid, target, REVEAL)


def retarget(board: Board, grid: Grid, target: Floats) -> Board:
    """The wall made by another picture. A few photos are placed anew; many keep near their place, as in the reveal, so
    that people find them again.
    """
    if board.photos > FEW:
        return _move(board, grid, target, REVEAL)
    new = Board.empty(grid, target)
    if board.photos:
        prices = costs(features(board.descriptors, grid.cells), new.cell_features)
        new.whole = board.whole
        new.add(board.ids, board.descriptors, assign(prices).astype(np.int32), board.described)
        fill(new)
    return new


def _move(board: Board, grid: Grid, target: Floats, leash: Leash) -> Board:
    if board.photos > grid.cells:
        raise WallFull(board.photos, grid.cells)
    new = Board(
        grid=grid,
        target=target,
        ids=board.ids,
        descriptors=board.descriptors,
        homes=np.zeros(0, dtype=np.int32),
        slots=np.full(grid.cells, -1, dtype=np.int32),
        whole=board.whole,
        known=board.described,
    )
    if board.photos:
        nearest = candidates(new, np.arange(grid.cells, dtype=np.int32))
        new.settle(_new_homes(board, new, nearest[1][:, 0], leash))
        fill(new, nearest)
    return new


def _new_homes(board: Board, new: Board, best: Floats, leash: Leash) -> Ints:
    cells, away = _within_reach(board, new, leash.reach)
    prices = np.empty(cells.shape, dtype=np.float32)
    rows = max(1, _CHUNK // cells.shape[1])
    for start in range(0, len(cells), rows):
        part = slice(start, start + rows)
        prices[part] = _prices(new, np.arange(len(cells))[part], cells[part], best)
    return _leashed(cells, prices, away, leash.mean, new.grid.cells)


def _leashed(cells: Ints, prices: Floats, away: Floats, mean: float, size: int) -> Ints:
    """Settle with distance at a price; where homes crowd they push each other further, and the price is raised."""
    step = _price_of_a_step(prices, away, mean)
    for _ in range(_TRIES):
        homes = settle(Offers(cells, np.where(np.isfinite(away), prices + away * step, np.inf)), size)
        moved = np.where(cells == homes[:, None], away, 0).sum(axis=1)
        if moved.mean() <= mean:
            break
        step *= np.float32(1.5)
    return homes


def _prices(new: Board, photos: npt.NDArray[np.intp], cells: Ints, best: Floats) -> Floats:
    """What each offered cell costs its photo, less what an ill-fitting echo there would: (n, offers)."""
    inside = np.maximum(cells, 0)
    flat = inside.ravel()
    own = cost_of_pairs(
        np.repeat(new.photo_features[photos], cells.shape[1], axis=0), new.cell_features[flat]
    )
    spread = 1 + TIE * scatter(inside, new.ids[photos][:, None])
    prices: Floats = own.reshape(cells.shape) * spread - RATHER_BAD * best[inside]
    return prices


def _within_reach(board: Board, new: Board, reach: float) -> tuple[Ints, Floats]:
    """The new cells within reach of each home's old place, -1 where there is none, and how far away (inf)."""
    grid = new.grid
    middles = places(board.grid, board.homes, grid)
    side = int(reach * grid.columns) + 1
    steps = np.arange(-side, side + 1)
    down, right = (offset.ravel() for offset in np.meshgrid(steps, steps, indexing="ij"))
    close = (
        np.hypot(down, right) <= reach * grid.columns + 1
    )  # the old place is within half a cell of the middle one
    offsets = np.stack([right[close], down[close]]).astype(np.int32)
    cells = np.empty((len(middles), offsets.shape[1]), dtype=np.int32)
    away = np.empty(cells.shape, dtype=np.float32)
    rows = max(1, _CHUNK // cells.shape[1])
    for start in range(0, len(cells), rows):
        part = slice(start, start + rows)
        cells[part], away[part] = _around(grid, middles[part], offsets, reach)
    return cells, away


def _around(grid: Grid, middles: npt.NDArray[np.float64], offsets: Ints, reach: float) -> tuple[Ints, Floats]:
    x, y = middles[:, :1], middles[:, 1:]
    columns = np.rint(x * grid.columns - 0.5).astype(np.int32) + offsets[0]
    rows = np.rint(y * grid.columns - 0.5).astype(np.int32) + offsets[1]
    away = np.hypot((columns + 0.5) / grid.columns - x, (rows + 0.5) / grid.columns - y)
    inside = (rows >= 0) & (rows < grid.rows) & (columns >= 0) & (columns < grid.columns) & (away <= reach)
    cells = np.where(inside, rows * grid.columns + columns, -1).astype(np.int32)
    return cells, np.where(inside, away, np.inf).astype(np.float32)


def _price_of_a_step(prices: Floats, away: Floats, mean: float) -> np.float32:
    """The price of distance at which the homes' mean move is `mean`, were they alone: found by bisection, for some
    thousands of them."""
    some = slice(None, None, max(1, len(prices) // _ASKED))
    prices, away = prices[some], away[some]
    near = np.where(np.isfinite(away), away, 0)
    low, high = np.float32(0), np.float32(1e9)
    for _ in range(40):
        step = np.float32((low * high) ** 0.5 if low else high / 32)
        choice = np.where(np.isfinite(away), prices + near * step, np.inf).argmin(axis=1)
        if np.take_along_axis(near, choice[:, None], axis=1).mean() > mean:
            low = step
        else:
            high = step
        if high < 1 or (low and high < 1.02 * low):
            break
    return high


def places(grid: Grid, cells: npt.NDArray[np.integer], view: Grid) -> npt.NDArray[np.float64]:
    """The middles of cells in parts of the picture's width, the picture having `view`'s aspect: (n, 2) x, y."""
    x = (cells % grid.columns + 0.5) / grid.columns
    y = (cells // grid.columns + 0.5) / grid.rows * (view.rows / view.columns)
    return np.stack([x, y], axis=1)
