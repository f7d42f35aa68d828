"""Placement: which photo each cell of a wall shows. Pure, NumPy only; this is the module that jobs use.

    board = Board.empty(grid, describe_target(target_rgb, grid))       or Board.restore(...) from persisted data
    grid = needs_growth(board, aspect, arriving=len(ids))              a Grid: first board = grow(board, grid, target)
    changes = place(board, ids, descriptors)                           photos that wait, all together
    changes = seat(board, ids, descriptors, homes)                     the same where the homes are known: replays
    changes = remove(board, ids)                                       withdrawn or hidden photos
    changes = improve(board, budget, seed)                             in quiet moments; falsy when nothing is gained
    board = grow(board, grid, describe_target(target_rgb, grid))       a new board on a finer grid
    board = reveal(board, grid, describe_target(target_rgb, grid))     the finish, on reveal_grid(aspect, photos)
    board = show_once(board, once_grid(aspect, photos), target)        the other finish: each photo once, no echoes
    board = retarget(board, grid, describe_target(target_rgb, grid))   another picture, homes near their place
    tints = tint_map(board, mean)                                      per cent of the target in each cell, homes 0

`place`, `remove` and `improve` change the board and return the cells that look different; a caller whose transaction
fails throws the board away. `grow` and `reveal` leave the old board as it is. All are deterministic: the same board,
whether kept in memory or restored, gives the same result.

The rules that always hold while a wall has photos: every photo has exactly one home, which shows it; every other cell
shows an echo; no home moves except in `grow` and `reveal`; the cells of a photo are `spacing` apart; no photo is shown
in more than `cap` cells (ten times the mean).
"""

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.pictures.details import DETAILS, Bytes
from worker.placement.board import NEIGHBOURS, Board, Changes, Ints, WallFull, cap, spacing
from worker.placement.each_once import place_once, show_once
from worker.placement.echoes import adopt, enforce_cap, fill, refill
from worker.placement.grids import (
    HOMES_SHARE,
    Grid,
    grid_for,
    grid_for_photos,
    grid_steps,
    once_grid,
    reveal_grid,
)
from worker.placement.growth import grow, retarget, reveal
from worker.placement.homes import TIE
from worker.placement.improve import bands, better, better_near, improve, improve_band
from worker.placement.library import kinds_for, no_details
from worker.placement.matching import assign
from worker.placement.metric import DESCRIPTOR, describe_target, features, scatter
from worker.placement.tint import tint_map

__all__ = [
    "Board",
    "Changes",
    "Grid",
    "WallFull",
    "bands",
    "cap",
    "describe_target",
    "grid_for",
    "grid_for_photos",
    "grid_steps",
    "grow",
    "heal",
    "improve",
    "improve_band",
    "needs_growth",
    "once_grid",
    "place",
    "place_once",
    "remove",
    "retarget",
    "reveal",
    "reveal_grid",
    "seat",
    "show_once",
    "spacing",
    "tint_map",
]

GIVES_WAY = np.float32(
    0.25
)  # what an ill-fitting echo counts against the home's own fit: it should give way first
LIKED = np.float32(20_000)  # the price of a cell that is liked as much as cells are on average
FEWEST_ADOPTED = 32  # echo cells that one arrival may always take
TOGETHER = 500  # photos whose homes are weighed against each other: more would take memory, not gain much
LOOKED_AT = 64  # other echo cells that each arrival looks at, to better them
MOST_LOOKED_AT = 2_000
SHARES_ADOPTED = 4  # and otherwise as many times the mean number of cells a photo


def needs_growth(board: Board, aspect: float, arriving: int = 0) -> Grid | None:
    """The finer grid that the wall should move to before `arriving` more photos are placed, or None.

    `aspect` is the target picture's width / height. The last step never grows.
    """
    photos = board.photos + arriving
    if photos <= board.grid.cells * HOMES_SHARE:
        return None
    grid = grid_for_photos(aspect, photos)
    return grid if grid.cells > board.grid.cells else None


def place(
    board: Board, ids: npt.ArrayLike, descriptors: npt.ArrayLike, described: npt.ArrayLike | None = None
) -> Changes:
    """Give each of the waiting photos a home and let it take echo cells.

    ids (k,) positive and new to the board, descriptors (k, 48), described (k, 61, 48) bytes of their details, all zeros
    where a photo is to be shown whole only; None: all of them. The home is the best cell that is not a home; several
    photos are assigned together. Raises WallFull, before anything changed, when the grid has too few cells, and
    ValueError for ids that are not positive, come twice or are on the wall.
    """
    photos, table, details = _arrivals(ids, descriptors, described)
    if board.photos + len(photos) > board.grid.cells:
        raise WallFull(board.photos + len(photos), board.grid.cells)
    if not photos.size:
        return Changes(np.zeros(0, dtype=np.int32))
    look = board.look()
    before = board.photos
    fit = board.fit
    for start in range(0, len(photos), TOGETHER):
        part = slice(start, start + TOGETHER)
        homes = _homes(board, photos[part], table[part], fit)
        board.add(photos[part], table[part], homes, details[part])
    _welcome(board, photos, before, fit)
    return board.changes_since(look)


def seat(
    board: Board,
    ids: npt.ArrayLike,
    descriptors: npt.ArrayLike,
    homes: npt.ArrayLike,
    described: npt.ArrayLike | None = None,
) -> Changes:
    """Like `place`, where the homes are known: cells (k,) that are nobody's home. Tells again what happened."""
    photos, table, details = _arrivals(ids, descriptors, described)
    cells = np.asarray(homes, dtype=np.int32)[np.argsort(np.asarray(ids, dtype=np.int64))]
    if board.is_home[cells].any() or len(np.unique(cells)) != len(cells):
        raise ValueError("a home that is somebody's already")
    look, before, fit = board.look(), board.photos, board.fit
    board.add(photos, table, cells, details)
    _welcome(board, photos, before, fit)
    return board.changes_since(look)


def _welcome(board: Board, photos: npt.NDArray[np.int64], before: int, fit: Floats) -> None:
    """Let photos that have their homes now take echo cells. `before`: how many there were; `fit`: the board's then."""
    if board.once:
        return
    if _rules(board.photos) != _rules(before) or before < 4 * len(photos):
        fill(board)
    else:
        _adopt(board, photos, fit)
        seed = int(photos[0])
        if len(photos) == 1:
            better_near(board, LOOKED_AT, seed)
        else:
            better(board, min(LOOKED_AT * len(photos), MOST_LOOKED_AT), seed)


def _rules(photos: int) -> tuple[float, bool, int]:
    """What holds on a wall of so many photos: where it changes, all echoes are chosen anew."""
    return spacing(photos), photos > NEIGHBOURS, kinds_for(photos)


def _homes(board: Board, photos: npt.NDArray[np.int64], table: Floats, fit: Floats) -> Ints:
    """Homes for new photos: where each fits, rather in cells whose echo fits badly and that others like less."""
    free = np.flatnonzero(~board.is_home)
    prices = board.costs_of_homes(features(table, board.grid.cells), free)
    prices *= 1 + TIE * scatter(
        free, photos[0]
    )  # one order of cells for all: they are weighed against each other
    if np.isfinite(fit[0]) and not board.once:  # else nothing is shown yet
        prices += LIKED * board.wanted[free] - GIVES_WAY * fit[free]
    return free[assign(prices)].astype(np.int32)


def _arrivals(
    ids: npt.ArrayLike, descriptors: npt.ArrayLike, described: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.int64], Floats, Bytes]:
    photos = np.asarray(ids, dtype=np.int64).reshape(-1)
    table = np.asarray(descriptors, dtype=np.float32).reshape(len(photos), DESCRIPTOR)
    if (photos <= 0).any() or len(np.unique(photos)) != len(photos):
        raise ValueError("photo ids must be positive and different")
    details = no_details(len(photos)) if described is None else np.asarray(described, dtype=np.uint8)
    order = np.argsort(photos)  # the result does not depend on the order in which a batch is listed
    return photos[order], table[order], details.reshape(len(photos), DETAILS, DESCRIPTOR)[order]


def _adopt(board: Board, photos: npt.NDArray[np.int64], fit: Floats) -> None:
    """Let new photos take echo cells, one after the other. `fit` is the board's; it goes stale."""
    most = min(
        max(FEWEST_ADOPTED, SHARES_ADOPTED * board.grid.cells // board.photos),
        cap(board.photos, board.grid.cells) - 1,
    )
    slots = np.searchsorted(board.ids, photos)
    for slot in slots:
        cost = board.library.costs_of_one(slot, board.cell_features, board.cell_squares)
        cells = adopt(board, int(slot), cost, most, fit)
        board.show(cells, np.full(len(cells), slot, dtype=np.int32))
    enforce_cap(board)


def remove(board: Board, ids: npt.ArrayLike) -> Changes:
    """Take photos off the wall and refill all their cells at once. Unknown ids are ignored.

    The last photo leaves an empty wall.
    """
    look = board.look()
    before = board.photos
    empty = board.drop(np.asarray(ids, dtype=np.int64).reshape(-1))
    heal(board, empty, before)
    return board.changes_since(look)


def heal(board: Board, empty: Ints, before: int) -> None:
    """Refill the cells of photos that are gone; `before`: how many photos the board had."""
    if not board.photos or board.once:
        board.slots[empty], board.details[empty] = -1, 0
    elif 4 * empty.size > board.grid.cells or spacing(board.photos) != spacing(before):
        fill(board)
    else:
        refill(board, empty)
