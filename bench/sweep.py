"""The numbers that placement is tuned by: `python -m bench.sweep [NAME ...]`.

Each sweep changes one number and prints, for six targets and two sets of photos, dE00 / SSIM at the viewing size of a
wall of 1,000 photos (4,000 cells, batch placement) or, where only arrivals tell, of a live run. The last column is the
mean over all. Names: lightness, detail, cap, spacing, echo, liked, share, step, tint, fade, price, plain.
Without a name: all.
"""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from lap import lapjv

import worker.pictures.targets
import worker.placement.board
import worker.placement.echoes
import worker.placement.grids
import worker.placement.improve
import worker.placement.library
import worker.placement.metric
import worker.placement.rules
from bench.live import Run, arrivals
from bench.material import Known, describe, more_targets, photos, targets
from bench.score import Pixels, Score, score, tinted
from bench.walls import drawn, table
from worker.pictures.targets import prepare_target
from worker.placement.metric import costs
from worker.placement.rules import Board, describe_target, grid_for, place, tint_map

COUNT, CELLS = 1000, 4000
KNOW_SPACING = (worker.placement.echoes, worker.placement.rules, worker.placement.improve)
KNOW_SHARE = (worker.placement.grids, worker.placement.rules)
Tints = npt.NDArray[np.uint8]
Measure = Callable[[Pixels, Pixels, Known], "Score | Scored"]


@contextmanager
def changed(*places: tuple[Any, str, Any]) -> Iterator[None]:
    """Set attributes of modules for a while."""
    before = [(module, name, getattr(module, name)) for module, name, _ in places]
    for module, name, value in places:
        setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


class Scored(NamedTuple):
    """A score and the cost ratio of the homes."""

    de00: float
    ssim: float
    homes: float

    def __str__(self) -> str:
        return f"{Score(self.de00, self.ssim)} / {self.homes:.3f}"


def batch(target: Pixels, pictures: Pixels, known: Known) -> Score:
    """All photos placed at once."""
    grid = grid_for(1.6, CELLS)
    board = Board.empty(grid, describe_target(target, grid))
    place(board, np.arange(1, len(pictures) + 1), known.wholes, known.details)
    return score(drawn(board, pictures), target)


def live(target: Pixels, pictures: Pixels, known: Known) -> Score:
    """Photos placed one by one on a wall that grows."""
    for board in arrivals(target, known, Run()):
        last = board
    return score(drawn(last, pictures), target)


def homes_too(target: Pixels, pictures: Pixels, known: Known) -> Scored:
    """Photos placed one by one on the same grid; and what their homes cost, the least possible being 1."""
    for board in arrivals(target, known, Run(), first=grid_for(1.6, CELLS)):
        last = board
    prices = costs(last.photo_features, last.cell_features)
    ids = np.arange(last.photos)
    _, best, _ = lapjv(prices, extend_cost=True)
    ratio = float(prices[ids, last.homes].sum() / prices[ids, best].sum())
    return Scored(*score(drawn(last, pictures), target), ratio)


def prepared(target: Pixels, pictures: Pixels, known: Known) -> Score:
    """By the prepared target, against the original."""
    grid = grid_for(1.6, CELLS)
    board = Board.empty(grid, describe_target(prepare_target(target).picture, grid))
    place(board, np.arange(1, len(pictures) + 1), known.wholes, known.details)
    return score(drawn(board, pictures), target)


def shown(spend: Callable[[Board], Tints]) -> Measure:
    """With a tint of 20 % on average, spent in one way or another."""

    def measure(target: Pixels, pictures: Pixels, known: Known) -> Score:
        grid = grid_for(1.6, CELLS)
        board = Board.empty(grid, describe_target(target, grid))
        place(board, np.arange(1, len(pictures) + 1), known.wholes, known.details)
        return score(tinted(drawn(board, pictures), target, spend(board), grid), target)

    return measure


def _even(board: Board) -> Tints:
    tints: Tints = np.where(board.is_home, 0, 20).astype(np.uint8)
    return tints


def _by_misfit(board: Board) -> Tints:
    """By what each cell really shows, which changes with every arrival."""
    need = np.where(board.is_home, 0, board.fit)
    tints: Tints = np.minimum(need * (20 * (~board.is_home).sum() / need.sum()), 40).astype(np.uint8)
    return tints


def _by_target(board: Board) -> Tints:
    return tint_map(board, 20)


def _lightness(value: float) -> tuple[Any, str, Any]:
    return (worker.placement.metric.features, "__defaults__", (value,))


def _spacing(apart: float) -> Callable[[int], float]:
    return lambda photos_: apart if photos_ >= 100 else 1


SWEEPS: dict[str, list[tuple[str, Measure, list[tuple[Any, str, Any]]]]] = {
    "lightness": [(f"L weight {value}", batch, [_lightness(value)]) for value in (1, 2, 3, 3.5, 4, 5, 6, 8)],
    "detail": [
        (
            f"4x4 detail x {value}",
            batch,
            [(worker.placement.metric, "LEAST_DETAIL", value), (worker.placement.metric, "PLAIN_CELLS", 1)],
        )
        for value in (1.0, 0.7, 0.5, 0.38, 0.25, 0.1)
    ],
    "cap": [
        (f"cap {value} x mean", batch, [(worker.placement.board, "CAP_TIMES_MEAN", value)])
        for value in (3, 5, 10, 20, 100)
    ],
    "price": [
        (f"details at a price of {value}", batch, [(worker.placement.library, "PRICE_OF_MANY", value)])
        for value in (0, 0.15, 0.3, 0.45, 0.6, 1)
    ],
    "plain": [
        (f"plain details cost {value:,} more", batch, [(worker.placement.library, "PLAIN", value)])
        for value in (0, 10_000, 20_000, 40_000, 80_000)
    ],
    "spacing": [
        (f"{value} apart", batch, [(module, "spacing", _spacing(value)) for module in KNOW_SPACING])
        for value in (1, 1.4, 2, 2.2, 2.8, 3, 4)
    ],
    "echo": [
        (
            f"an ill-fitting echo counts {value}",
            live,
            [(worker.placement.rules, "GIVES_WAY", np.float32(value))],
        )
        for value in (0, 0.25, 0.5, 1, 2)
    ],
    "liked": [
        (
            f"a home's liking costs {value:,}",
            homes_too,
            [(worker.placement.rules, "LIKED", np.float32(value))],
        )
        for value in (0, 10_000, 20_000, 40_000, 80_000)
    ],
    "share": [
        (
            f"homes up to {value:.0%}",
            live,
            [(module, "HOMES_SHARE", value) for module in (worker.placement.grids, worker.placement.rules)],
        )
        for value in (1 / 3, 0.25, 0.22, 1 / 6)
    ],
    "step": [
        (f"growth x {value:.2f}", live, [(worker.placement.grids, "STEP", value)])
        for value in (1.2, 2**0.5, 2.0)
    ],
    "tint": [
        ("even", shown(_even), []),
        ("by target", shown(_by_target), []),
        ("by misfit", shown(_by_misfit), []),
    ],
    "fade": [
        (f"fade {value}", prepared, [(worker.pictures.targets, "_FADE", value)])
        for value in (0, 0.25, 0.5, 0.75, 1)
    ],
}


def sweep(name: str) -> None:
    """Print one sweep."""
    material = {**targets(), **more_targets()}
    sets = {"real": photos(919), "crops": photos(4 * 919)[-COUNT:]}
    described = {kind: describe(pictures) for kind, pictures in sets.items()}
    rows: list[list[object]] = []
    for label, measure, places in SWEEPS[name]:
        with changed(*places):
            scores = [
                measure(target, sets[kind], described[kind]) for kind in sets for target in material.values()
            ]
        mean = type(scores[0])(*(float(each) for each in np.mean(scores, axis=0)))
        rows.append([label, *scores, mean])
    table(
        f"Sweep: {name}", ["", *[f"{target}, {kind}" for kind in sets for target in material], "mean"], rows
    )


def main() -> None:
    """Print the sweeps that are asked for."""
    parser = argparse.ArgumentParser(description="The numbers that placement is tuned by")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SWEEPS))
    for name in parser.parse_args().names or SWEEPS:
        sweep(name)


if __name__ == "__main__":
    main()
