"""A live run: photos arrive one by one on a wall that grows, as the `place` job lets them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from bench.material import Known
from bench.score import Pixels
from worker.placement.growth import places
from worker.placement.rules import Board, Grid, describe_target, grid_steps, grow, needs_growth, place


@dataclass(frozen=True)
class Growth:
    """How far homes moved at one growth, in parts of the picture's width."""

    before: Grid
    after: Grid
    photos: int
    mean: float
    p95: float


@dataclass
class Run:
    """What happened during a live run."""

    growths: list[Growth] = field(default_factory=list)
    moved: int = 0  # homes that moved outside growth
    seconds: list[float] = field(default_factory=list)  # of each arrival's placement, growth apart
    changed: list[int] = field(default_factory=list)  # cells drawn again, growth apart


def arrivals(target: Pixels, known: Known, run: Run, first: Grid | None = None) -> Iterator[Board]:
    """The wall after each arrival. With a `first` grid it stays on that grid; else it starts small and grows."""
    aspect = target.shape[1] / target.shape[0]
    grid = first or grid_steps(aspect)[0]
    board = Board.empty(grid, describe_target(target, grid))
    for number in range(len(known)):
        finer = None if first else needs_growth(board, aspect, arriving=1)
        if finer:
            board = _grown(board, finer, target, run)
        homes = board.homes.copy()
        began = time.perf_counter()
        one = known[number : number + 1]
        changes = place(board, [number + 1], one.wholes, one.details)
        run.seconds.append(time.perf_counter() - began)
        run.changed.append(len(changes.cells))
        run.moved += int((board.homes[:-1] != homes).sum())
        yield board


def _grown(board: Board, grid: Grid, target: Pixels, run: Run) -> Board:
    grown = grow(board, grid, describe_target(target, grid))
    moved = np.hypot(*(places(board.grid, board.homes, grid) - places(grid, grown.homes, grid)).T)
    run.growths.append(
        Growth(board.grid, grid, board.photos, float(moved.mean()), float(np.percentile(moved, 95)))
    )
    return grown
