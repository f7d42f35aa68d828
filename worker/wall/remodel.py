"""A wall made otherwise, as its host wishes: by another picture, with another tint, finished, or live again. Pure.

Every such move gives the wall a new board and a new generation; panels glide from one to the other as in growth.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worker.placement.board import Board
from worker.placement.echoes import fill
from worker.placement.grids import Grid, grid_for_photos, largest_grid, once_grid, reveal_grid
from worker.placement.library import NEVER
from worker.placement.rules import (
    describe_target,
    grow,
    heal,
    needs_growth,
    place,
    retarget,
    reveal,
    show_once,
)
from worker.wall.livewall import LiveWall

_NUMBER = np.dtype("<u4")
CAME_SINCE = 0.1  # of all; with more of them a reveal is worked out anew: homes are best chosen together


@dataclass(frozen=True)
class Wish:
    """How the host wants the wall to be. `target` is which of the opened pictures; `once` goes before `reveal`."""

    target: int
    prepared: bool = True
    tint: int = 0
    reveal: bool = False
    once: bool = False
    whole: bool = False  # whole photos only, no details

    def is_met(self, live: LiveWall) -> bool:
        """Whether the wall is like that."""
        return self == Wish(live.target_used, live.prepared, live.tint, live.revealed, live.once, live.whole)

    @property
    def look(self) -> str:
        """A text that differs where the cells would be chosen otherwise."""
        return f"{self.target} {self.prepared:d} {self.whole:d}"

    @property
    def finished(self) -> bool:
        return self.reveal or self.once


def remodel(
    live: LiveWall, wish: Wish, new_picture: bool, arriving: int, rehearsed: bytes | None = None
) -> None:
    """Make the wall as wished, with room for `arriving` more photos.

    `rehearsed` is the packed board of its reveal that was worked out before, on which not everybody need be.

    `new_picture` says that live.target has just become another one. Undoing a finish gives back the very cells that
    the wall had before it; who left meanwhile is replaced, who came gets a home.
    """
    was_finished, board = live.revealed or live.once, live.board
    if new_picture:
        live.before = None  # its echoes were chosen for another picture
    if wish.whole != live.whole:
        _show_whole(board, wish.whole)
    if live.before is not None:
        board = _as_before(live, live.before)
    elif wish.finished and not was_finished and not new_picture and board.photos:
        live.before = packed_board(board)
    if wish.finished:
        board = _rehearsed(live, wish, rehearsed) or _finished(live, board, wish, board.photos + arriving)
    elif was_finished or new_picture:
        board = _live_again(live, board, new_picture, arriving)
        live.before = None
    live.target_used, live.prepared, live.tint = wish.target, wish.prepared, wish.tint
    live.revealed, live.once, live.whole = wish.reveal, wish.once, wish.whole
    live.move_to(board)


def _show_whole(board: Board, whole: bool) -> None:
    """Choose the echoes anew: among whole photos only, or among details as well."""
    board.whole = whole
    board.restock()
    if not board.once:
        fill(board)


def outgrown(live: LiveWall, arriving: int) -> Board | None:
    """The board that the wall moves to before so many more photos are placed, if it has outgrown its own."""
    photos = live.board.photos + arriving
    if live.once:
        if photos <= live.grid.cells:
            return None
        grid = _once_grid(live, photos)
        return (
            show_once(live.board, grid, describe_target(live.target, grid))
            if grid.cells > live.grid.cells
            else None
        )
    finer = needs_growth(live.board, live.aspect, arriving)
    return grow(live.board, finer, describe_target(live.target, finer)) if finer else None


def _finished(live: LiveWall, board: Board, wish: Wish, photos: int) -> Board:
    grid = _once_grid(live, photos) if wish.once else reveal_grid(live.aspect, photos)
    move = show_once if wish.once else reveal
    return move(board, grid, describe_target(live.target, grid))


def _rehearsed(live: LiveWall, wish: Wish, rehearsed: bytes | None) -> Board | None:
    """The reveal as it was worked out, with those who are here now; None where too many came or went since."""
    if rehearsed is None or wish.once:
        return None
    then, now = len(_unpacked(rehearsed).homes), live.board.photos
    return _as_before(live, rehearsed) if abs(now - then) <= now * CAME_SINCE else None


def _once_grid(live: LiveWall, photos: int) -> Grid:
    return once_grid(live.aspect, max(1, min(photos, largest_grid(live.aspect).cells)))


def _live_again(live: LiveWall, board: Board, new_picture: bool, arriving: int) -> Board:
    if live.before is not None:
        finer = needs_growth(board, live.aspect, arriving)
        return grow(board, finer, describe_target(live.target, finer)) if finer else board
    grid = grid_for_photos(live.aspect, board.photos + arriving)
    move = retarget if new_picture else grow
    return move(board, grid, describe_target(live.target, grid))


def packed_board(board: Board) -> bytes:
    """Cells and homes as a wall's row keeps them: 0, columns, rows, a photo id a cell, a detail a cell, then pairs of
    photo id and cell. Those of before there were details have neither the 0 nor them.
    """
    size = np.array([0, board.grid.columns, board.grid.rows])
    homes = np.stack([board.ids, board.homes], axis=1).ravel()
    return np.concatenate([size, board.shown, board.details, homes]).astype(_NUMBER).tobytes()


class _Packed(NamedTuple):
    grid: Grid
    shown: npt.NDArray[np.int64]
    details: npt.NDArray[np.uint8]
    homes: npt.NDArray[np.int64]  # (n, 2): photo id, cell


def _unpacked(packed: bytes) -> _Packed:
    numbers = np.frombuffer(packed, _NUMBER).astype(np.int64)
    has_details = numbers[0] == 0
    columns, rows, *_ = (numbers[1:3] if has_details else numbers[:2]).tolist()
    cells = columns * rows
    rest = numbers[3:] if has_details else numbers[2:]
    details = rest[cells : 2 * cells] if has_details else np.zeros(cells)
    homes = rest[2 * cells if has_details else cells :].reshape(-1, 2)
    return _Packed(Grid(columns, rows), rest[:cells], details.astype(np.uint8), homes)


def _as_before(live: LiveWall, before: bytes) -> Board:
    """The board that was packed, with the photos that are on the wall now."""
    then, now = _unpacked(before), live.board
    stayed = then.homes[np.isin(then.homes[:, 0], now.ids)]
    board = _with_cells(live, then, stayed)
    heal(board, np.flatnonzero(board.slots < 0).astype(np.int32), len(then.homes))
    if (board.fit[~board.is_home] >= NEVER).any():  # details that are not to be shown any more
        fill(board)
    came = ~np.isin(now.ids, stayed[:, 0])
    finer = needs_growth(board, live.aspect, int(came.sum()))
    if finer:
        board = grow(board, finer, describe_target(live.target, finer))
    place(board, now.ids[came], now.descriptors[came], now.described[came])
    return board


def _with_cells(live: LiveWall, then: _Packed, homes: npt.NDArray[np.int64]) -> Board:
    """A board of these homes; cells that showed somebody else are empty."""
    ids, now = homes[:, 0], live.board
    slots = np.searchsorted(ids, then.shown)
    known = np.append(ids, -1)[slots] == then.shown
    rows = np.searchsorted(now.ids, ids)
    return Board(
        grid=then.grid,
        target=describe_target(live.target, then.grid),
        ids=ids,
        descriptors=now.descriptors[rows],
        homes=homes[:, 1].astype(np.int32),
        slots=np.where(known, slots, -1).astype(np.int32),
        whole=now.whole,
        details=then.details,
        known=now.described[rows],
    )
