"""A wall, and how it grew, with only the photos of those who agreed to be in what others download. Pure.

Nobody leaves a hole: the cells of the others show echoes of those who agreed, chosen as on the wall itself, and each
home stays where it is. And nobody is shown in details who wants their photo whole: the same is done for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from worker.pictures.color import Floats, Pixels
from worker.pictures.details import Bytes
from worker.placement.board import Board
from worker.placement.grids import Grid
from worker.placement.history import Cells, Step, all_cells
from worker.placement.library import no_details
from worker.placement.metric import describe_target
from worker.placement.rules import heal, remove, seat


def shown_cells(
    board: Board, allowed: Set[int], whole: Set[int] = frozenset()
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """What each cell of a print shows: (cells,) photo ids and details. Changes the board; 0 everywhere when nobody
    agreed. `whole` are those who want no details of their photo.
    """
    remove(board, [photo_id for photo_id in board.ids.tolist() if photo_id not in allowed])
    heal(board, board.redescribe(dict.fromkeys(whole, no_details(1)[0])), board.photos)
    return board.shown.astype(np.uint32), board.details.copy()


def replayed(
    log: Sequence[Step],
    allowed: Set[int],
    descriptors: Mapping[int, Floats],
    target: Pixels,
    progress: Callable[[float], None] = lambda share: None,
    described: Mapping[int, Bytes] | None = None,
    whole: bool = False,
) -> list[Step]:
    """The log as if only these photos had come: the same grids, the same homes, the same moments.

    `descriptors` has a (48,) for each of the allowed, `described` the (61, 48) of those who may be shown in details;
    `whole`: nobody may. A log that shows nothing else comes back as it is. `progress` hears the share that is done, 0
    to 1.
    """
    known = {} if described is None or whole else described
    if all(_shows_only(step, allowed, known.keys()) for step in log):
        return list(log)
    seen: list[Step] = []
    board: Board | None = None
    generation = None
    for number, step in enumerate(log):
        progress(number / len(log))
        if board is None or step.generation != generation:
            board, generation = _new_board(step, target, whole), step.generation
            _land(board, step.cells, allowed, descriptors, known)
            changed = np.arange(board.grid.cells, dtype=np.int32)
        else:
            look = board.look()
            remove(board, _gone(board, step.cells))
            _land(board, step.cells, allowed, descriptors, known)
            changed = board.changes_since(look).cells
        if len(changed):
            told = all_cells(board.shown, board.is_home, board.details)[changed]
            seen.append(Step(step.revision, step.generation, step.columns, step.rows, told))
    return seen


def _shows_only(step: Step, allowed: Set[int], in_details: Set[int]) -> bool:
    parted = step.cells[step.cells[:, 3] > 0, 1]
    return (
        set(np.unique(step.cells[:, 1]).tolist()) <= allowed | {0}
        and set(np.unique(parted).tolist()) <= in_details
    )


def _new_board(step: Step, target: Pixels, whole: bool) -> Board:
    grid = Grid(step.columns, step.rows)
    board = Board.empty(grid, describe_target(target, grid))
    board.whole = whole
    homes, filled = (step.cells[:, 2] == 1).sum(), (step.cells[:, 1] > 0).sum()
    board.once = bool(0 < homes == filled < grid.cells)
    return board


def _gone(board: Board, cells: Cells) -> NDArray[np.int64]:
    """The photos whose home shows something else now."""
    home_of = dict(zip(board.homes.tolist(), board.ids.tolist(), strict=True))
    lost = [
        home_of[cell]
        for cell, photo_id, is_home, _ in cells.tolist()
        if cell in home_of and (home_of[cell] != photo_id or not is_home)
    ]
    return np.array(lost, np.int64)


def _land(
    board: Board,
    cells: Cells,
    allowed: Set[int],
    descriptors: Mapping[int, Floats],
    described: Mapping[int, Bytes],
) -> None:
    known = set(board.ids.tolist())
    landing = [
        (photo_id, cell)
        for cell, photo_id, is_home, _ in cells.tolist()
        if is_home and photo_id in allowed and photo_id not in known
    ]
    if landing:
        ids, homes = zip(*landing, strict=True)
        none = no_details(1)[0]
        seat(
            board,
            ids,
            np.stack([descriptors[photo_id] for photo_id in ids]),
            homes,
            np.stack([described.get(photo_id, none) for photo_id in ids]),
        )
