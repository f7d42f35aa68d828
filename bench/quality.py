"""How readable the picture is: `python -m bench.quality [--quick]`.

Prints tables: sharper with every arrival, nobody moves, what quiet moments add, the reveal, live against optimal homes,
each photo once, how long placement takes, alone and as a whole job, and drawing a changed cell; and writes
bench/out/quality.png, which lays the walls and the peers' side by side.
Pictures are compared at one viewing size (160 x 100, box-downscaled): mean CIEDE2000, and SSIM of the grey picture.
"""

import argparse
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench.live import Run, arrivals
from bench.material import REAL_PHOTOS, Known, describe, photos, targets
from bench.optimum import against_optimum, each_once, reveals
from bench.peers import Peers
from bench.placejob import SIZES, jobs
from bench.render import bursts, one_cell
from bench.score import Pixels, Score, readable, render, score, tinted
from bench.sketch import sketch
from bench.speed import large_reveal, times
from bench.walls import Floats, Wall, copied, drawn, sides, size, table, twins
from worker.pictures.details import LARGE_KINDS
from worker.pictures.targets import prepare_target
from worker.placement.rules import (
    Board,
    Grid,
    bands,
    describe_target,
    grid_for,
    improve_band,
    reveal,
    reveal_grid,
    tint_map,
)

OUT = Path(__file__).parent / "out"
STEPS = (10, 30, 100, 300, 600, 1000, 3000)
KEPT = (10, 100, 1000)  # live walls that go into the picture
LIVE = tuple(f"{each} photos" for each in KEPT)
NAMES = ("target", *LIVE, "reveal of 1,000", "metapixel local", "each once", "phomo")
CLOSE = (20, 12, 64)  # columns and rows of a close view, and the px of a cell
CLOSE_AT = (30, 100, 300, 1000)
FEW = 100
MOST_SLICES = 400
TINT = 20
LOOK_EVERY = 50  # arrivals


def sharper(wall: Wall, pictures: Pixels, known: Known, steps: tuple[int, ...]) -> Run:
    """Live, at every step; against the prepared target, and for a drawing against the original as well."""
    run, rows, between = Run(), [], []
    scores: list[tuple[Score, Score]] = []
    for board in arrivals(wall.prepared, known[: steps[-1]], run):
        if board.photos % LOOK_EVERY == 0 and board.photos <= 1000:
            between.append(score(drawn(board, pictures), wall.prepared))
        if board.photos in steps:
            plain = drawn(board, pictures)
            tints = tint_map(board, TINT)
            shown = tinted(plain, wall.prepared, tints, board.grid)
            scores.append((score(plain, wall.prepared), score(shown, wall.prepared)))
            mean = tints[~board.is_home].mean()
            rows.append([board.photos, size(board.grid), *scores[-1], f"{mean:.0f} %"])
            rows[-1] += [sides(board), twins(board), *_beside(wall, board, pictures, known.wholes)]
            if wall.drawing:
                rows[-1] += [score(plain, wall.original), _read(wall, plain), _read(wall, shown)]
            if board.photos in KEPT:
                wall.pictures[f"{board.photos} photos"] = plain
            if board.photos == 1000:
                wall.thousand = copied(board)
    head = ["photos", "grid", "untinted", f"tinted {TINT} %", "tint"]
    head += ["whole 60 40 25 %", "twins", "sketch", f"sketch, {TINT} %"]
    extra = ["to the original", "readable", "tinted"] if wall.drawing else []
    table(f"Sharper with every arrival: {wall.name}", head + extra, rows)
    for number, name in enumerate(("untinted", "tinted")):
        print(f"{name}: {_verdict([each[number] for each in scores])}")
    print(_relapses(between))
    return run


def _beside(wall: Wall, board: Board, pictures: Pixels, descriptors: Floats) -> list[Score]:
    """The trial's sketch with as many photos, on the grid it had, against the original target."""
    grid = grid_for(1.6, max(1000, 4 * board.photos))
    slots, homes = sketch(describe_target(wall.original, grid), descriptors[: board.photos], grid)
    plain = render(slots, grid, pictures)
    tints = np.full(grid.cells, TINT, np.uint8)
    tints[homes] = 0
    return [score(plain, wall.original), score(tinted(plain, wall.original, tints, grid), wall.original)]


def _read(wall: Wall, picture: Pixels) -> str:
    return f"{readable(picture, wall.original):.0%}"


def _verdict(scores: list[Score]) -> str:
    colour = [one.de00 > other.de00 for one, other in pairwise(scores)]
    form = [one.ssim < other.ssim for one, other in pairwise(scores)]
    return ", ".join(
        f"{name} {'better at every step' if all(better) else f'better at {sum(better)} of {len(better)} steps'}"
        for name, better in (("dE00", colour), ("SSIM", form))
    )


def _relapses(between: list[Score]) -> str:
    """What happens within a grid, where each new home takes an echo's cell."""
    colour = [other.de00 - one.de00 for one, other in pairwise(between)]
    form = [one.ssim - other.ssim for one, other in pairwise(between)]
    return (
        f"looked at every {LOOK_EVERY} arrivals up to 1,000: dE00 rose {sum(each > 0 for each in colour)} times of "
        f"{len(colour)}, by at most {max(colour):.2f}; SSIM fell {sum(each > 0 for each in form)} times, by at most "
        f"{max(form):.3f}"
    )


def nobody_moves(runs: dict[str, Run]) -> None:
    """How far homes move when the wall grows; and that they do not otherwise."""
    rows: list[list[object]] = []
    for name, run in runs.items():
        for each in run.growths:
            step = f"{size(each.before)} to {size(each.after)}"
            rows.append([name, step, each.photos, f"{each.mean:.2%}", f"{each.p95:.2%}"])
    head = ["target", "growth", "photos", "mean", "p95"]
    table("How far homes move at each growth, in parts of the width", head, rows)
    for name, run in runs.items():
        print(f"{name}: homes moved outside growth in {len(run.seconds)} arrivals: {run.moved}")


def quiet_moments(walls: list[Wall], pictures: Pixels) -> None:
    """What is left to gain when nobody comes: band by band, until a whole pass finds nothing."""
    rows: list[list[object]] = []
    for wall in walls:
        board, slices, changed, idle = copied(wall.live), 0, 0, 0
        while idle < bands(board.grid) and slices < MOST_SLICES:
            cells = improve_band(board, slices % bands(board.grid)).cells
            slices, changed, idle = slices + 1, changed + cells.size, 0 if cells.size else idle + 1
        before, after = (wall.score(drawn(each, pictures)) for each in (wall.live, board))
        cost = f"{board.fit.sum() / wall.live.fit.sum() - 1:+.1%}"
        rows.append([wall.name, size(board.grid), before, after, cost, slices, changed])
    head = ["target", "grid", "live", "after quiet moments", "total cost", "slices", "cells changed"]
    table("1,000 photos, improved in quiet moments", head, rows)


def reveals_of_few(walls: list[Wall], pictures: Pixels, known: Known) -> None:
    """The reveal of a small event."""
    rows: list[list[object]] = []
    for wall in walls:
        *_, live = arrivals(wall.prepared, known, Run())
        grid = reveal_grid(1.6, live.photos)
        finish = reveal(live, grid, describe_target(wall.prepared, grid))
        for name, board in (("live", live), ("reveal", finish)):
            shares = [sides(board), twins(board)]
            rows.append(
                [wall.name, f"{name}, {size(board.grid)}", wall.score(drawn(board, pictures)), *shares]
            )
    table(f"{len(known)} photos", ["target", "", "untinted", "whole 60 40 25 %", "twins"], rows)


def close_views(wall: Wall, pictures: Pixels, known: Known) -> None:
    """bench/out/close-N.png: a screen of cells at 64 px, from the middle of walls of so many photos."""
    columns, rows, px = CLOSE
    OUT.mkdir(exist_ok=True)
    for board in arrivals(wall.prepared, known[: CLOSE_AT[-1]], Run()):
        if board.photos in CLOSE_AT:
            grid = board.grid
            left, top = (grid.columns - columns) // 2, (grid.rows - rows) // 2
            cells = (
                np.arange(top, top + rows)[:, None] * grid.columns + np.arange(left, left + columns)
            ).ravel()
            view = render(board.slots[cells], Grid(columns, rows), pictures, px, board.details[cells])
            Image.fromarray(view).save(OUT / f"close-{board.photos}.png")


def lay_out(walls: list[Wall], names: tuple[str, ...], path: Path, width: int = 400) -> Path:
    """One row a target: the picture asked for, live walls, reveal, peers."""
    height, line, gap = round(width / 1.6), 22, 8
    sheet = Image.new("RGB", ((width + gap) * len(names), (height + line + gap) * len(walls)), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for row, wall in enumerate(walls):
        shown = {"target": wall.prepared, **wall.pictures}
        for column, name in enumerate(names):
            left, top = column * (width + gap), row * (height + line + gap)
            if name in shown:
                small = Image.fromarray(shown[name]).resize((width, height), Image.Resampling.BOX)
                sheet.paste(small, (left, top + line))
                draw.text((left, top), name, fill="black", font=font)
    path.parent.mkdir(exist_ok=True)
    sheet.save(path)
    return path


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description="How readable the picture is")
    parser.add_argument("--quick", action="store_true", help="no more than 1,000 photos")
    quick = parser.parse_args().quick
    steps = tuple(step for step in STEPS if step <= 1000 or not quick)
    pictures, began = photos(steps[-1]), time.perf_counter()
    print(f"Photos: {REAL_PHOTOS} real ones; beyond them, sub-crops of the same, half of them mirrored.")
    walls = []
    for name, target in targets().items():
        prepared = prepare_target(target)
        walls.append(Wall(name, target, prepared.picture, prepared.changed))
    known = describe(pictures)
    nobody_moves({wall.name: sharper(wall, pictures, known, steps) for wall in walls})
    close_views(walls[0], pictures, known)
    with Peers(pictures[:1000]) as peers, Peers(pictures[:1000], LARGE_KINDS) as in_details:
        quiet_moments(walls, pictures)
        reveals(walls, pictures, peers, in_details)
        against_optimum(walls, pictures, known[:1000])
        each_once(walls, pictures[:1000], known[:1000].wholes, peers)
    reveals_of_few(walls, pictures, known[:FEW])
    times(walls[0].prepared, [(4_000, 900)] if quick else [(4_000, 900), (40_000, 9_000)])
    jobs(SIZES[:1] if quick else SIZES)
    one_cell()
    bursts()
    if not quick:
        large_reveal(10_000)
    path = lay_out(walls, NAMES, OUT / "quality.png")
    print(f"\n{path}; {time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
