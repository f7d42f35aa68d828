"""Improving a wall's echoes in quiet moments. Pure, NumPy only.

Two moves, both under the rules of `spacing` and `cap`: an echo cell takes a better photo, and two echo cells swap
their photos, which helps where the photos that fit best are at their cap.
"""

import numpy as np
import numpy.typing as npt

from worker.placement.alike import SHORT, alike, nearest, shortlists
from worker.placement.board import Board, Changes, Ints, cap, spacing
from worker.placement.echoes import near_cells
from worker.placement.grids import Grid
from worker.placement.library import NEVER

LEAST_GAIN = 0.02  # of what a cell, or a pair of cells, costs: less is not worth drawing cells again
BAND_ROWS = 8  # as many as a tile of the nearest level has (worker.pictures.canvas)
IN_PASSING = (
    96  # photos that are weighed where an arrival looks at other cells: more take time, and gain little
)
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


def better_near(board: Board, budget: int, seed: int) -> None:
    """The same for cells that are alike, around one chosen by `seed`: they are weighed together, which is faster."""
    echoes = np.flatnonzero(~board.is_home).astype(np.int32)
    if echoes.size:
        middle = int(np.random.default_rng(seed).choice(echoes))
        cells = nearest(board, middle, budget)
        _better_part(board, cells, [np.arange(len(cells))], IN_PASSING)


def _better(board: Board, chosen: Ints) -> None:
    for start in range(0, len(chosen), _TOGETHER):
        part = chosen[start : start + _TOGETHER]
        _better_part(board, part, alike(board.cell_features[part]))


def _better_part(board: Board, cells: Ints, groups: list[npt.NDArray[np.intp]], most: int = SHORT) -> None:
    """Let each cell in turn take the photo that fits it best, if that gains enough, and then pairs swap theirs."""
    if board.photos < 2 or board.once:
        return
    near = near_cells(board.grid, cells, spacing(board.photos))
    counts = board.counts
    lists = shortlists(board, [cells[group] for group in groups], most)
    for group, known in zip(groups, lists, strict=True):
        _choose_in_turn(board, cells[group], near[group], counts, known)
    _swap(board, cells, near)


def _choose_in_turn(
    board: Board, cells: Ints, near: Ints, counts: npt.NDArray[np.integer], known: Ints | None
) -> None:
    """The same for as many cells as are weighed at once, among the photos `known`; None: all.

    Most cells have nothing to gain: they are not looked at one by one, unless a change before their turn lets them have
    a photo that they could not have.
    """
    most = cap(board.photos, board.grid.cells)
    photos = np.arange(board.photos, dtype=np.int32) if known is None else known
    column_of = np.full(board.photos + 1, -1, dtype=np.int32)  # the last one: no photo, or none on the list
    column_of[photos] = np.arange(len(photos), dtype=np.int32)
    table = board.library.costs(board.cell_features[cells], known)
    own = board.library.costs_of_shown(board.details[cells], board.slots[cells], board.cell_features[cells])
    same = (near >= 0) & (board.slots[near] == board.slots[cells][:, None])
    own[same.any(axis=1)] = NEVER  # a wall of before, or of few photos: whatever parts them is better
    gains = table < (own * (1 - LEAST_GAIN))[:, None]
    allowed = gains & (counts[photos] < most)
    beside = column_of[np.where(near >= 0, board.slots[near], -1)]
    rows, places = np.nonzero(beside >= 0)
    allowed[rows, beside[rows, places]] = False
    worth_a_look = np.zeros(len(cells), dtype=np.bool_)
    worth_a_look |= allowed.any(axis=1)
    changed = []
    for row, cell in enumerate(cells):
        if not worth_a_look[row]:
            continue
        fit, now = table[row], board.slots[cell]
        fit[counts[photos] >= most] = np.inf
        around = column_of[board.slots[near[row][near[row] >= 0]]]
        fit[around[around >= 0]] = np.inf
        column = fit.argmin()
        if fit[column] < own[row] * (1 - LEAST_GAIN):
            board.slots[cell] = photo = photos[column]
            changed.append(cell)
            counts[now] -= 1
            counts[photo] += 1
            if column_of[now] >= 0:
                worth_a_look |= gains[:, column_of[now]] & (
                    (counts[now] == most - 1) | (near == cell).any(axis=1)
                )
    if changed:
        again = np.array(changed, dtype=np.int32)
        board.show(again, board.slots[again])


def _swap(board: Board, cells: Ints, near: Ints) -> None:
    """Swap pairs, largest gain first; each cell takes part in one swap at most."""
    table = board.library.costs_of_swaps(board.details[cells], board.slots[cells], board.cell_features[cells])
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
            board.show(cells[[one, other]], board.slots[cells[[other, one]]])
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
