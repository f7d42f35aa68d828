"""Improving a wall's echoes in quiet moments. Pure, NumPy only.

Two moves, both under the rules of `spacing` and `cap`: an echo cell takes a better photo, and two echo cells swap
their photos, which helps where the photos that fit best are at their cap.
"""

import numpy as np
import numpy.typing as npt

from worker.board import Board, Changes, Ints, cap, spacing
from worker.echoes import near_cells
from worker.grids import Grid
from worker.metric import costs

LEAST_GAIN = 0.02  # of what a cell, or a pair of cells, costs: less is not worth drawing cells again
BAND_ROWS = 8  # as many as a tile of the nearest level has (worker.canvas)
_TOGETHER = 1_024  # cells whose swaps are weighed against each other


def improve(board: Board, budget: int, seed: int = 0) -> Changes:
    """Look at up to `budget` echo cells, chosen by `seed`, and better them where the rules allow.

    Falsy changes with a budget of all cells mean that little is left to gain; another seed may still find some.
    """
    look = board.look()
    better(board, budget, seed)
    return board.changes_since(look)


def improve_band(board: Board, band: int) -> Changes:
    """The same for the echo cells of one band, so that the pictures drawn anew are few: 0 <= band < `bands`."""
    look = board.look()
    first = band * BAND_ROWS * board.grid.columns
    cells = np.arange(first, min(first + BAND_ROWS * board.grid.columns, board.grid.cells), dtype=np.int32)
    _better(board, np.random.default_rng(band).permutation(cells[~board.is_home[cells]]))
    return board.changes_since(look)


def bands(grid: Grid) -> int:
    """How many bands of rows a grid has."""
    return -(-grid.rows // BAND_ROWS)


def better(board: Board, budget: int, seed: int) -> None:
    """What `improve` does, without looking for what changed."""
    echoes = np.flatnonzero(~board.is_home).astype(np.int32)
    _better(board, np.random.default_rng(seed).permutation(echoes)[:budget])


def _better(board: Board, chosen: Ints) -> None:
    if board.photos < 2 or board.once:
        return
    for start in range(0, len(chosen), _TOGETHER):
        part = chosen[start : start + _TOGETHER]
        _choose_again(board, part)
        _swap(board, part)


def _choose_again(board: Board, cells: Ints) -> None:
    near = near_cells(board.grid, cells, spacing(board.photos))
    most = cap(board.photos, board.grid.cells)
    counts = board.counts
    rows = max(1, 4_000_000 // board.photos)
    for start in range(0, len(cells), rows):
        part = slice(start, start + rows)
        table = costs(board.cell_features[cells[part]], board.photo_features)
        for fit, cell, around in zip(table, cells[part], near[part], strict=True):
            now = board.slots[cell]
            own = fit[now]
            fit[counts >= most] = np.inf
            fit[board.slots[around[around >= 0]]] = np.inf
            photo = fit.argmin()
            if fit[photo] < own * (1 - LEAST_GAIN):
                board.slots[cell] = photo
                counts[now] -= 1
                counts[photo] += 1


def _swap(board: Board, cells: Ints) -> None:
    """Swap pairs, largest gain first; each cell takes part in one swap at most."""
    near = near_cells(board.grid, cells, spacing(board.photos))
    table = costs(board.cell_features[cells], board.photo_features[board.slots[cells]])
    own = table.diagonal()
    both = own[:, None] + own[None, :]
    gain = both - table - table.T
    partner = gain.argmax(axis=1)
    best = gain[np.arange(len(cells)), partner]
    enough = best > LEAST_GAIN * both[np.arange(len(cells)), partner]
    done = np.zeros(len(cells), dtype=np.bool_)
    for one in np.argsort(-best, kind="stable"):
        other = partner[one]
        if enough[one] and not (done[one] or done[other]):
            done[one] = done[other] = _try_swap(board, cells[[one, other]], near[[one, other]])


def _try_swap(board: Board, pair: Ints, near: npt.NDArray[np.int32]) -> bool:
    """Swap the photos of two cells, unless one would then be too near itself."""
    before = board.slots[pair]
    board.slots[pair] = before[::-1]
    for cell, around in zip(pair, near, strict=True):
        if (board.slots[around[around >= 0]] == board.slots[cell]).any():
            board.slots[pair] = before
            return False
    return True
