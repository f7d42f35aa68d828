"""Improving a wall's echoes in quiet moments. Pure, NumPy only.

Two moves, both under the rules of `spacing` and `cap`: an echo cell takes a better photo, and two echo cells swap
their photos, which helps where the photos that fit best are at their cap.
"""

import numpy as np
import numpy.typing as npt

from worker.placement.board import Board, Changes, Ints, cap, spacing
from worker.placement.echoes import near_cells
from worker.placement.grids import Grid
from worker.placement.metric import costs

LEAST_GAIN = 0.02  # of what a cell, or a pair of cells, costs: less is not worth drawing cells again
BAND_ROWS = 8  # as many as a tile of the nearest level has (worker.pictures.canvas)
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
        near = near_cells(board.grid, part, spacing(board.photos))
        _choose_again(board, part, near)
        _swap(board, part, near)


def _choose_again(board: Board, cells: Ints, near: Ints) -> None:
    """Let each cell in turn take the photo that fits it best, if that gains enough."""
    counts = board.counts
    rows = max(1, 4_000_000 // board.photos)
    for start in range(0, len(cells), rows):
        part = slice(start, start + rows)
        _choose_in_turn(board, cells[part], near[part], counts)


def _choose_in_turn(board: Board, cells: Ints, near: Ints, counts: npt.NDArray[np.integer]) -> None:
    """The same for as many cells as are weighed at once. Most have nothing to gain: they are not looked at one by one,
    unless a change before their turn lets them have a photo that they could not have.
    """
    most = cap(board.photos, board.grid.cells)
    table = costs(board.cell_features[cells], board.photo_features)
    rows = np.arange(len(cells))
    own = table[rows, board.slots[cells]]
    gains = table < (own * (1 - LEAST_GAIN))[:, None]
    allowed = gains & (counts < most)
    for column in near.T:
        inside = column >= 0
        allowed[rows[inside], board.slots[column[inside]]] = False
    worth_a_look = np.zeros(len(cells), dtype=np.bool_)
    worth_a_look |= allowed.any(axis=1)
    for row, cell in enumerate(cells):
        if not worth_a_look[row]:
            continue
        fit, now = table[row], board.slots[cell]
        fit[counts >= most] = np.inf
        fit[board.slots[near[row][near[row] >= 0]]] = np.inf
        photo = fit.argmin()
        if fit[photo] < own[row] * (1 - LEAST_GAIN):
            board.slots[cell] = photo
            counts[now] -= 1
            counts[photo] += 1
            worth_a_look |= gains[:, now] & ((counts[now] == most - 1) | (near == cell).any(axis=1))


def _swap(board: Board, cells: Ints, near: Ints) -> None:
    """Swap pairs, largest gain first; each cell takes part in one swap at most."""
    table = costs(board.cell_features[cells], board.photo_features[board.slots[cells]])
    own = table.diagonal()
    both = own[:, None] + own[None, :]
    gain = both - table - table.T
    partner = gain.argmax(axis=1)
    best = gain[np.arange(len(cells)), partner]
    enough = best > LEAST_GAIN * both[np.arange(len(cells)), partner]
    order = np.argsort(-best, kind="stable")
    order = order[enough[order]]
    possible = _can_swap(board, cells, near, order, partner[order])
    done = np.zeros(len(cells), dtype=np.bool_)
    for place, (one, other) in enumerate(zip(order, partner[order], strict=True)):
        if possible[place] and not (done[one] or done[other]):
            done[one] = done[other] = True
            board.slots[cells[[one, other]]] = board.slots[cells[[other, one]]]
            rest = slice(place + 1, None)
            possible[rest] = _can_swap(board, cells, near, order[rest], partner[order[rest]])


def _can_swap(
    board: Board, cells: Ints, near: Ints, ones: npt.NDArray[np.intp], others: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    """Whether two cells can swap their photos without one of them coming too near itself: (n,) of n pairs."""
    possible = np.ones(len(ones), dtype=np.bool_)
    for here, there in ((ones, others), (others, ones)):
        around = near[here]
        same = board.slots[around] == board.slots[cells[there]][:, None]
        # what the other cell shows is what this one gives
        same &= (around >= 0) & (around != cells[there][:, None])
        possible &= ~same.any(axis=1)
    return possible
