"""How long placement takes, and what memory a large wall needs: `python -m bench.speed` for 20,000 photos."""

import multiprocessing
import time
from pathlib import Path

import numpy as np

from bench.material import Known, describe, photos, targets
from bench.score import Pixels, score
from bench.walls import drawn, now, since, size, table
from worker.placement.rules import (
    Board,
    describe_target,
    grid_for,
    grid_steps,
    grow,
    improve_band,
    needs_growth,
    once_grid,
    place,
    reveal,
    reveal_grid,
    show_once,
)

ARRIVALS = 200
TOGETHER = 500
NOISE = 2.0  # Lab units by which a photo that is used again differs


def filled(target: Pixels, cells: int, count: int, known: Known) -> Board:
    """A wall of `count` photos, placed in batches as a job takes them."""
    grid = grid_for(1.6, cells)
    board = Board.empty(grid, describe_target(target, grid))
    for start in range(0, count, 500):
        ids = np.arange(start, min(start + 500, count))
        place(board, ids + 1, known.wholes[ids], known.details[ids])
    return board


def times(target: Pixels, sizes: list[tuple[int, int]]) -> None:
    """One arrival on walls of (cells, photos), and 500 that wait together."""
    rows: list[list[object]] = []
    for cells, count in sizes:
        known = describe(photos(count + ARRIVALS + 500))
        board = filled(target, cells, count, known)
        seconds, drawn = [], []
        for number in range(count, count + ARRIVALS):
            one = known[number : number + 1]
            began = now()
            changes = place(board, [number + 1], one.wholes, one.details)
            seconds.append(np.subtract(now(), began))
            drawn.append(len(changes.cells))
        ids = np.arange(count + ARRIVALS, count + ARRIVALS + 500)
        began = now()
        place(board, ids + 1, known.wholes[ids], known.details[ids])
        batch = since(began)
        clock, processor = np.percentile(np.array(seconds) * 1000, [50, 99], axis=0).T
        both = [f"{middle:.1f} / {slow:.1f}" for middle, slow in (clock, processor)]
        rows.append([size(board.grid), count, *both, int(np.median(drawn)), batch])
    head = ["grid", "photos", "p50 / p99 ms", "its cpu time", "cells drawn (median)", "500 at once"]
    table("One arrival, placement alone", head, rows)


def large_reveal(count: int) -> None:
    """The reveal of many photos, in a process of its own so that its peak memory can be read."""
    pictures, target = photos(count), targets()["portrait"]
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[tuple[Board, str, float, float]] = context.Queue()
    process = context.Process(target=_reveal, args=(target, describe(pictures), answers))
    process.start()
    finish, seconds, before, peak = answers.get(timeout=1800)
    process.join()
    result = score(drawn(finish, pictures), target)
    memory = f"peak memory of the process {peak:.0f} MiB ({before:.0f} after placing them live)"
    print(f"\nReveal of {count} photos on {size(finish.grid)} (portrait): {result}, {seconds}, {memory}")


def _reveal(
    target: Pixels, known: Known, answers: "multiprocessing.Queue[tuple[Board, str, float, float]]"
) -> None:
    board = filled(target, 32_000, len(known), known)
    grid = reveal_grid(1.6, board.photos)
    before = _peak()
    began = now()
    finish = reveal(board, grid, describe_target(target, grid))
    answers.put((finish, since(began), before, _peak()))


def _peak() -> float:
    """The most memory this process has had, in MiB (getrusage would count the process that started it as well)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def many(count: int) -> None:
    """A wall of so many photos from its first to its last, and both finishes; from 4,000 real ones and their like."""
    target, known = targets()["portrait"], describe(photos(4_000))
    chance = np.random.default_rng(0)
    wholes = [
        known.wholes + chance.normal(0, NOISE, known.wholes.shape).astype(np.float32)
        for _ in range(-(-count // 4_000))
    ]
    everybody = Known(
        np.concatenate(wholes)[:count], np.tile(known.details, (-(-count // 4_000), 1, 1))[:count]
    )
    rows: list[list[object]] = []
    board, longest, began = _lived(target, everybody)
    rows.append(
        [
            f"placed, {TOGETHER} at a time",
            size(board.grid),
            f"{time.perf_counter() - began:.1f}",
            f"{_peak():.0f}",
        ]
    )
    rows.append(["   the slowest of these jobs", "", f"{longest:.1f}", ""])
    for name, grid, finish in (
        ("revealed", reveal_grid(1.6, count), reveal),
        ("each once", once_grid(1.6, count), show_once),
    ):
        began = time.perf_counter()
        finish(board, grid, describe_target(target, grid)).check()
        rows.append([name, size(grid), f"{time.perf_counter() - began:.1f}", f"{_peak():.0f}"])
    began = time.perf_counter()
    improve_band(board, 3)
    rows.append(
        ["one band improved", size(board.grid), f"{time.perf_counter() - began:.2f}", f"{_peak():.0f}"]
    )
    table(f"{count} photos", ["", "grid", "s", "peak MiB"], rows)


def _lived(target: Pixels, known: Known) -> tuple[Board, float, float]:
    """The wall after everybody came, the longest that one batch took, and when it began."""
    began = time.perf_counter()
    grid = grid_steps(1.6)[0]
    board, longest = Board.empty(grid, describe_target(target, grid)), 0.0
    for start in range(0, len(known), TOGETHER):
        once = time.perf_counter()
        ids = np.arange(start, min(start + TOGETHER, len(known)))
        finer = needs_growth(board, 1.6, len(ids))
        if finer:
            board = grow(board, finer, describe_target(target, finer))
        place(board, ids + 1, known.wholes[ids], known.details[ids])
        longest = max(longest, time.perf_counter() - once)
    return board, longest, began


if __name__ == "__main__":
    many(20_000)
