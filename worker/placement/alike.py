"""Cells that are alike, and the photos that are worth weighing for all of them. Pure, NumPy only.

With details there is too much to weigh everything for every cell: 10,000 photos have 260,000. So cells are taken in
groups that are alike; for their middle all photos are weighed, and for each of them only the best of those.
"""

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.placement.board import Board, Ints

TOGETHER = 32  # cells of a group, at most
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


def shortlist(board: Board, cells: npt.NDArray[np.integer], most: int = SHORT) -> Ints | None:
    """The photos that fit the middle of these cells best, ascending; None: all."""
    if board.photos <= most:
        return None
    middle = np.rint(board.cell_features[cells].mean(axis=0, dtype=np.float64)).astype(np.float32)
    costs = board.library.costs(middle[None])[0]
    known = np.argpartition(costs, most - 1)[:most]
    return np.sort(known).astype(np.int32)


def nearest(board: Board, cell: int, most: int) -> Ints:
    """The echo cells most like one of them, itself among them, ascending: at most so many."""
    echoes = np.flatnonzero(~board.is_home).astype(np.int32)
    if most >= len(echoes):
        return echoes
    away = board.cell_squares[echoes] - 2 * (board.cell_features[echoes] @ board.cell_features[cell])
    return np.sort(echoes[np.argpartition(away, most - 1)[:most]])
