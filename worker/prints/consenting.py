"""A wall, and how it grew, with only the photos of those who agreed to be in what others download. Pure.

Nobody leaves a hole: the cells of the others show echoes of those who agreed, chosen as on the wall itself, and each
home stays where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from worker.pictures.color import Floats, Pixels
from worker.placement.board import Board
from worker.placement.grids import Grid
from worker.placement.history import Cells, Step, all_cells
from worker.placement.metric import describe_target
from worker.placement.rules import remove, seat


def shown_cells(board: Board, allowed: Set[int]) -> NDArray[np.uint32]:
    """What each cell of a print shows: (cells,) photo ids. Changes the board; 0 everywhere when nobody agreed."""
    remove(board, [photo_id for photo_id in board.ids.tolist() if photo_id not in allowed])
    return board.shown.astype(np.uint32)


def replayed(
    log: Sequence[Step],
    allowed: Set[int],
    descriptors: Mapping[int, Floats],
    target: Pixels,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Step]:
    """The log as if only these photos had come: the same grids, the same homes, the same moments.

    `descriptors` has a (48,) for each of the allowed. A log that names nobody else comes back as it is. `progress`
    hears the share that is done, 0 to 1.
    """
    if all(_names_only(step, allowed) for step in log):
        return list(log)
    seen: list[Step] = []
    board: Board | None = None
    generation = None
    for number, step in enumerate(log):
        progress(number / len(log))
        if board is None or step.generation != generation:
            board, generation = _new_board(step, target), step.generation
            _land(board, step.cells, allowed, descriptors)
            changed = np.arange(board.grid.cells, dtype=np.int32)
        else:
            look = board.look()
            remove(board, _gone(board, step.cells))
            _land(board, step.cells, allowed, descriptors)
            changed = board.changes_since(look).cells
        if len(changed):
            told = all_cells(board.shown, board.is_home)[changed]
            seen.append(Step(step.revision, step.generation, step.columns, step.rows, told))
    return seen


def _names_only(step: Step, allowed: Set[int]) -> bool:
    return set(np.unique(step.cells[:, 1]).tolist()) <= allowed | {0}


def _new_board(step: Step, target: Pixels) -> Board:
    grid = Grid(step.columns, step.rows)
    board = Board.empty(grid, describe_target(target, grid))
    homes, filled = (step.cells[:, 2] == 1).sum(), (step.cells[:, 1] > 0).sum()
    board.once = bool(0 < homes == filled < grid.cells)
    return board


def _gone(board: Board, cells: Cells) -> NDArray[np.int64]:
    """The photos whose home shows something else now."""
    home_of = dict(zip(board.homes.tolist(), board.ids.tolist(), strict=True))
    lost = [
        home_of[cell]
        for cell, photo_id, is_home in cells.tolist()
        if cell in home_of and (home_of[cell] != photo_id or not is_home)
    ]
    return np.array(lost, np.int64)


def _land(board: Board, cells: Cells, allowed: Set[int], descriptors: Mapping[int, Floats]) -> None:
    known = set(board.ids.tolist())
    landing = [
        (photo_id, cell)
        for cell, photo_id, is_home in cells.tolist()
        if is_home and photo_id in allowed and photo_id not in known
    ]
    if landing:
        ids, homes = zip(*landing, strict=True)
        seat(board, ids, np.stack([descriptors[photo_id] for photo_id in ids]), homes)
