"""Each photo exactly once, no echoes: for print, or for a host who wants it. Pure, NumPy only."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.placement.board import Board, Ints, WallFull
from worker.placement.grids import Grid
from worker.placement.matching import assign, polish
from worker.placement.metric import cost_of_pairs, costs, features

LIGHTNESS = 8.0  # weight of L: without echoes form is harder to show, and worth more of the colour
_POLISHED = (
    1_500  # photos up to which longer exchanges are looked for: they take time, and less is left to gain
)
_SWEPT_OFTEN = 4_000  # and up to which a third sweep is made
_TABLE = 40_000_000  # costs that are kept all at once; more photos are taken a few at a time
_ROWS = 256
_LEAST = np.float32(0.5)  # costs are whole numbers: a smaller gain is none


def place_once(descriptors: Floats, target: Floats) -> Ints:
    """A cell for each photo, no cell twice: (n, 48) photos, (cells, 48) target -> (n,) int32 cells.

    Within about 1 % of the least total cost. Raises WallFull for more photos than cells.
    """
    photos, cells = len(descriptors), len(target)
    if photos > cells:
        raise WallFull(photos, cells)
    left, right = features(descriptors, cells, LIGHTNESS), features(target, cells, LIGHTNESS)
    if photos * cells > _TABLE:
        return _few_at_a_time(left, right)
    table = costs(left, right)
    chosen = assign(table, sweeps=3 if photos <= _SWEPT_OFTEN else 2)
    if photos == cells <= _POLISHED:
        polish(table, chosen)
    return chosen.astype(np.int32)


def show_once(board: Board, grid: Grid, target: Floats) -> Board:
    """The wall with each photo once: a new board on `once_grid`, the homes wherever the picture gains most.

    target is the picture described on the new grid. Leaves the board as it is, so that it can be gone back to. Cells
    that are left over are empty: those that photos fit worst. Raises WallFull for more photos than cells.
    """
    homes = place_once(board.descriptors, target)
    new = Board.empty(grid, target)
    new.once, new.whole = True, board.whole
    new.add(board.ids, board.descriptors, homes, board.described)
    return new


def _first_come(photos: Floats, cells: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """(the best free cell of each photo in turn, inf where a cell is taken)."""
    chosen = np.empty(len(photos), dtype=np.intp)
    taken = np.zeros(len(cells), dtype=np.float32)
    for row, prices in _rows_of_costs(photos, cells):
        chosen[row] = (prices + taken).argmin()
        taken[chosen[row]] = np.inf
    return chosen, taken


def _few_at_a_time(photos: Floats, cells: Floats) -> Ints:
    """The same as `assign` with one sweep, in memory that does not grow with photos x cells."""
    chosen, taken = _first_come(photos, cells)
    own = cost_of_pairs(photos, cells[chosen])
    for row, prices in _rows_of_costs(photos, cells):
        here = chosen[row]
        back = costs(cells[here : here + 1], photos)[0]
        swaps = own - (prices[chosen] + back)
        partner = int(swaps.argmax())
        gain = swaps[partner] + own[row]
        free = prices + taken
        column = int(free.argmin())
        if own[row] - free[column] > max(gain, _LEAST):
            chosen[row], own[row] = column, free[column]
            taken[here], taken[column] = 0, np.inf
        elif gain > _LEAST:
            there = chosen[partner]
            chosen[row], chosen[partner] = there, here
            own[row], own[partner] = prices[there], back[partner]
    return chosen.astype(np.int32)


def _rows_of_costs(photos: Floats, cells: Floats) -> Iterator[tuple[int, Floats]]:
    for start in range(0, len(photos), _ROWS):
        yield from enumerate(costs(photos[start : start + _ROWS], cells), start)
