"""Which of a few cells becomes a photo's home, where homes move to another grid. Pure, NumPy only.

`matching` weighs every photo against every cell; here each photo has only some cells to choose from (those near its
old place), so that it stays fast with thousands of photos on tens of thousands of cells.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats

Ints = npt.NDArray[np.int32]
Indices = npt.NDArray[np.intp]

RATHER_BAD = np.float32(
    0.5
)  # what an ill-fitting echo counts against the home's own fit: it should give way first
TIE = np.float32(0.01)  # fits that differ by less count as equal
_LEAST = np.float32(0.5)  # costs are whole numbers: a smaller gain is none
_SWEEPS = 3


class Offers(NamedTuple):
    """For each photo the cells it may have, and their prices: two (n, k); -1 and infinity where there are fewer."""

    cells: Ints
    prices: Floats


def _ask(offers: npt.NDArray[np.integer], prices: Floats, columns: int) -> Indices:
    """Rows ask for their cheapest free column in rounds, the cheapest asker gets it; -1 for rows that find none."""
    chosen = np.full(len(offers), -1, dtype=np.intp)
    taken = np.zeros(columns + 1, dtype=np.bool_)
    order = np.argsort(prices, axis=1, kind="stable")
    next_ = np.zeros(len(offers), dtype=np.intp)
    waiting = np.arange(len(offers))
    while waiting.size:
        ranks = order[waiting, next_[waiting]]
        wish, price = offers[waiting, ranks], prices[waiting, ranks]
        wish = np.where(np.isfinite(price), wish, columns)
        by_wish = np.lexsort((waiting, price, wish))
        first = np.ones(len(by_wish), dtype=np.bool_)
        first[1:] = wish[by_wish][1:] != wish[by_wish][:-1]
        first &= ~taken[wish[by_wish]] & (wish[by_wish] < columns)
        lucky = by_wish[first]
        chosen[waiting[lucky]] = wish[lucky]
        taken[wish[lucky]] = True
        next_[waiting] += 1
        done = (chosen[waiting] >= 0) | (next_[waiting] >= offers.shape[1]) | (wish == columns)
        waiting = waiting[~done]
    return chosen


def settle(offers: Offers, cells: int) -> Ints:
    """Give every photo one of its offered cells, no cell twice -> (n,) cells.

    Only where there are too few offers for all, a photo gets the free cell that comes nearest in row-major order.
    """
    homes = _ask(offers.cells, offers.prices, cells)
    owner = np.full(cells, -1, dtype=np.intp)
    housed = np.flatnonzero(homes >= 0)
    owner[homes[housed]] = housed
    for photo in np.flatnonzero(homes < 0).tolist():
        _make_room(offers, homes, owner, photo)
    for _ in range(_SWEEPS):
        moved = False
        for photo in range(len(homes)):
            moved |= _better_offer(offers, homes, owner, photo)
        if not moved:
            break
    return homes.astype(np.int32)


def _make_room(offers: Offers, homes: Indices, owner: Indices, photo: int) -> None:
    """Let photos move on, each to another of its offers, along the shortest way to a free cell."""
    asked_by: dict[int, int] = {}  # cell -> the photo that asked for it
    queue = [photo]
    for asker in queue:
        order = np.argsort(offers.prices[asker], kind="stable")
        for cell in offers.cells[asker, order[np.isfinite(offers.prices[asker, order])]].tolist():
            if cell in asked_by:
                continue
            asked_by[cell] = asker
            if owner[cell] < 0:
                _move_along(cell, asked_by, homes, owner)
                return
            queue.append(int(owner[cell]))
    free = np.flatnonzero(owner < 0)
    middle = offers.cells[photo, offers.prices[photo].argmin()]
    homes[photo] = free[np.abs(free - middle).argmin()]
    owner[homes[photo]] = photo


def _move_along(cell: int, asked_by: dict[int, int], homes: Indices, owner: Indices) -> None:
    while cell >= 0:
        asker = asked_by[cell]
        left = int(homes[asker])  # -1 for the photo that had no home yet: the end of the way
        homes[asker], owner[cell] = cell, asker
        cell = left


def _better_offer(offers: Offers, homes: Indices, owner: Indices, photo: int) -> bool:
    """Move to a free cell, or swap with the owner of a taken one, whichever gains most."""
    here, chosen = homes[photo], _most_gain(offers, homes, owner, photo)
    if chosen < 0:
        return False
    other = owner[chosen]
    owner[here], owner[chosen] = other, photo
    homes[photo] = chosen
    if other >= 0:
        homes[other] = here
    return True


def _most_gain(offers: Offers, homes: Indices, owner: Indices, photo: int) -> int:
    """The cell that such a move gains most by; -1 if none gains anything."""
    wanted, prices = offers.cells[photo], offers.prices[photo]
    here = homes[photo]
    own = _price(offers, photo, here)
    better = np.flatnonzero(prices < own - _LEAST)
    best, chosen = _LEAST, -1
    for k in better[np.argsort(prices[better], kind="stable")]:
        gain = own - prices[k]
        if gain <= best:
            break
        other = owner[wanted[k]]
        if other >= 0:
            gain = gain + _price(offers, other, wanted[k]) - _price(offers, other, here)
        if gain > best:
            best, chosen = gain, int(wanted[k])
    return chosen


def _price(offers: Offers, photo: int, cell: int) -> np.float32:
    """The price of a cell for a photo; dearer than any offer if it is none of them."""
    at = (offers.cells[photo] == cell).argmax()
    return offers.prices[photo, at] if offers.cells[photo, at] == cell else np.float32(1e9)
