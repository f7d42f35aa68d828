"""Cells that are alike, and the photos that are worth weighing for all of them. Pure, NumPy only.

With details there is too much to weigh everything for every cell: 10,000 photos have 260,000. So cells are taken in
groups that are alike; for their middle all photos are weighed, and for each of them only the best of those.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.placement.board import Board, Ints

TOGETHER = 32  # cells of a group, at most
_GROUPS_AT_ONCE = 64  # lists made together, for which all photos are gone through once
SHORT = 256  # photos on a list: up to so many, nothing is left out


def alike(features: Floats) -> list[npt.NDArray[np.intp]]:
    """Cells in groups of at most 32, alike as far as may be: indices into (n, 48), each in one group."""
    groups, done = [np.arange(len(features))], []
    while groups:
        group = groups.pop()
        if len(group) <= TOGETHER:
            done.append(group)
            continue
        part = features[group]
        axis = int(part.var(axis=0, dtype=np.float64).argmax())
        order = np.argsort(part[:, axis], kind="stable")
        half = len(group) // 2
        groups += [group[order[:half]], group[order[half:]]]
    return done


def shortlists(
    board: Board, groups: list[npt.NDArray[np.integer]], most: int = SHORT
) -> Iterator[Ints | None]:
    """For each group of cells the photos that fit its middle best, ascending; None: all."""
    if board.photos <= most:
        yield from (None for _ in groups)
        return
    for start in range(0, len(groups), _GROUPS_AT_ONCE):
        part = groups[start : start + _GROUPS_AT_ONCE]
        middles = np.stack([board.cell_features[cells].mean(axis=0, dtype=np.float64) for cells in part])
        costs = board.library.costs(np.rint(middles).astype(np.float32))
        known = np.argpartition(costs, most - 1, axis=1)[:, :most]
        yield from np.sort(known, axis=1).astype(np.int32)


def nearest(board: Board, cell: int, most: int) -> Ints:
    """The echo cells most like one of them, itself among them, ascending: at most so many."""
    echoes = np.flatnonzero(~board.is_home).astype(np.int32)
    if most >= len(echoes):
        return echoes
    away = (board.cell_squares - 2 * (board.cell_features @ board.cell_features[cell]))[echoes]
    return np.sort(echoes[np.argpartition(away, most - 1)[:most]])
