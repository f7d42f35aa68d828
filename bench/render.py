"""Rendering: one changed cell, bursts, how to encode, posters, time-lapse. `python -m bench.render [--quick]`.

Walls of real photos (nearest colours, a quarter homes, echoes tinted 20 %), a built-in target, decoded thumbs in
memory, as in a worker that has drawn the wall before. Times are milliseconds in this process, on this machine:
compare within one run.
"""

import argparse
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from bench.material import describe_wholes, photos
from worker.pictures.builtin.gallery import draw
from worker.pictures.canvas import (
    OVERVIEW_QUALITY,
    PATCH_QUALITY,
    TILE_QUALITY,
    Canvas,
    Level,
    encode_jpeg,
    levels_for,
    tiles_of,
)
from worker.pictures.color import Pixels, lab_from_srgb
from worker.pictures.thumbs import ThumbCache, decode
from worker.placement.grids import Grid
from worker.placement.rules import describe_target
from worker.prints.poster import FinishedWall, render_poster, rendition_for
from worker.prints.timelapse import Step, render_timelapse

GRIDS = (Grid(40, 25), Grid(80, 50), Grid(252, 158))
PHOTOS = 900
TINT = 20
BURST = 200


@cache
def _descriptors() -> npt.NDArray[np.float32]:
    return describe_wholes(photos(PHOTOS))


@cache
def _file(photo_id: int, size: int) -> bytes:
    """A thumb of a photo, encoded as worker.pictures.photos does."""
    square = Image.fromarray(photos(PHOTOS)[photo_id - 1]).resize((size, size), Image.Resampling.LANCZOS)
    buffer = BytesIO()
    square.save(buffer, "JPEG", quality=90, subsampling="4:4:4")
    return buffer.getvalue()


@cache
def _target() -> Pixels:
    return draw("balloons")


def wall(grid: Grid) -> FinishedWall:
    """One of the twelve nearest photos in each cell; every fourth cell is a home."""
    cells = describe_target(_target(), grid)
    known = _descriptors()
    distances = (known**2).sum(1) - 2 * cells @ known.T
    nearest = np.argpartition(distances, 12, axis=1)[:, :12]
    rng = np.random.default_rng(1)
    chosen = nearest[np.arange(grid.cells), rng.integers(0, 12, grid.cells)]
    tints = np.where(rng.random(grid.cells) < 0.25, 0, TINT).astype(np.uint8)
    return FinishedWall(grid.columns, grid.rows, (chosen + 1).astype(np.uint32), tints, _target())


def canvas_of(finished: FinishedWall, thumbs: ThumbCache | None = None) -> Canvas:
    thumbs = thumbs or ThumbCache(lambda photo: _file(photo, 64))
    canvas = Canvas(finished.columns, finished.rows, finished.target, thumbs)
    canvas.paint(np.arange(len(finished.shown)), finished.shown, finished.tints)
    return canvas


# --- one changed cell ---


def one_cell() -> None:
    print(
        "\nOne changed cell, ms (500 changes, thumbs in memory; cpu: of this process alone, without its neighbours)"
    )
    print(f"{'':>7} {'':<46} {'':>6} {'p99':>6} {'p99':>6}   encoding alone")
    print(
        f"{'cells':>7} {'step':<46} {'p50':>6} {'wall':>6} {'cpu':>6} {'p50':>6} {'p99':>6} {'cpu':>6} {'kB':>6}"
    )
    for grid in GRIDS:
        thumbs = ThumbCache(lambda photo: _file(photo, 64))
        canvas = canvas_of(wall(grid), thumbs)
        levels = levels_for(grid.columns, grid.rows)
        for level in levels:  # as after drawing the wall
            for _ in _every_tile(canvas, level):
                pass
        for photo in range(1, PHOTOS + 1):  # those too that are painted below
            for px in (canvas.cell_px, *(level.cell_px for level in levels)):
                thumbs(photo, px)
        for name, step, encode, size in _steps(canvas):
            line = f"{grid.cells:>7} {name:<46} {_percentiles(step, 500)}"
            print(f"{line} {_percentiles(encode, 500)} {size / 1000:>6.1f}" if encode else line)
    files = [_file(photo, 64) for photo in range(1, 501)]
    print(f"{'':>7} {'thumb of a new photo, once':<46} {_percentiles(lambda n: decode(files[n], 64), 500)}")


def memory() -> None:
    print(
        "\nMemory that a wall holds once all its tiles were drawn, MiB (its thumbs are shared by all walls)"
    )
    for grid in GRIDS:
        finished = wall(grid)
        thumbs = ThumbCache(lambda photo: _file(photo, 64))
        tracemalloc.start()
        canvas = canvas_of(finished, thumbs)
        for level in levels_for(grid.columns, grid.rows):
            for _ in _every_tile(canvas, level):
                pass
        held = tracemalloc.get_traced_memory()[0] - thumbs.used
        tracemalloc.stop()
        print(
            f"{grid.cells:>7} cells: {held / 2**20:.0f}, thumbs of {PHOTOS} photos: {thumbs.used / 2**20:.0f}"
        )


Step_ = tuple[str, Callable[[int], object], Callable[[int], object] | None, int]


def _steps(canvas: Canvas) -> Iterator[Step_]:
    rng = np.random.default_rng(2)
    cells = rng.integers(0, canvas.shown.size, 500)
    ids = rng.integers(1, PHOTOS + 1, 500)

    def paint(number: int) -> None:
        canvas.paint([cells[number]], [ids[number]], [TINT])

    yield "paint it on the wall", paint, None, 0
    strip = canvas.block((0, 0, 1, 1), canvas.cell_px)
    yield (
        "patch of one cell",
        lambda n: canvas.patch([cells[n]]),
        lambda _: encode_jpeg(strip, PATCH_QUALITY),
        len(canvas.patch([0])),
    )
    whole = canvas.pixels
    yield (
        f"overview, {whole.shape[1]} x {whole.shape[0]} px",
        lambda _: canvas.encode_overview(),
        lambda _: encode_jpeg(whole, OVERVIEW_QUALITY),
        len(canvas.encode_overview()),
    )
    for level in levels_for(canvas.columns, canvas.rows):

        def touched(number: int, level: Level = level) -> None:
            for x, y in tiles_of([cells[number]], canvas.columns, level):
                canvas.tile(level, x, y)

        pixels = canvas.tile_pixels(level, 0, 0)
        yield (
            f"its tile of {level.tile_cells} x {level.tile_cells} cells at {level.cell_px} px",
            touched,
            lambda _, pixels=pixels: encode_jpeg(pixels, TILE_QUALITY),  # type: ignore[misc]
            len(encode_jpeg(pixels, TILE_QUALITY)),
        )


def _every_tile(canvas: Canvas, level: Level) -> Iterator[Pixels]:
    across, down = level.tiles(canvas.columns, canvas.rows)
    return (canvas.tile_pixels(level, x, y) for y in range(down) for x in range(across))


def _percentiles(step: Callable[[int], object], times: int) -> str:
    """The median and the 99th percentile on the clock, and the 99th percentile of processor time."""
    clock, processor = np.empty(times), np.empty(times)
    for number in range(times):
        start, busy = time.perf_counter(), time.thread_time()
        step(number)
        clock[number] = (time.perf_counter() - start) * 1000
        processor[number] = (time.thread_time() - busy) * 1000
    p50, p99 = np.percentile(clock, (50, 99))
    return f"{p50:>6.2f} {p99:>6.2f} {np.percentile(processor, 99):>6.2f}"


# --- bursts ---


def bursts() -> None:
    print(f"\nA burst of {BURST} changed cells, drawn together")
    print(
        f"{'cells':>7} {'where':<22} {'tiles drawn':>11} {'one by one':>10} {'of all':>7} {'ms':>6} {'kB':>6}"
    )
    for grid in GRIDS:
        canvas = canvas_of(wall(grid))
        levels = levels_for(grid.columns, grid.rows)
        rng = np.random.default_rng(3)
        middle = rng.normal(0.5, 0.08, (BURST, 2)).clip(0, 0.999) * (grid.columns, grid.rows)
        everywhere = rng.choice(grid.cells, BURST, replace=False)
        together = middle.astype(int)[:, 1] * grid.columns + middle.astype(int)[:, 0]
        for name, cells in (("anywhere", everywhere), ("in one part", together)):
            tiles = [
                (level, x, y) for level in levels for x, y in sorted(tiles_of(cells, grid.columns, level))
            ]
            for tile in tiles:
                canvas.tile(*tile)
            start = time.perf_counter()
            drawn = [canvas.tile(*tile) for tile in tiles]
            spent = (time.perf_counter() - start) * 1000
            count = sum(int(np.prod(level.tiles(grid.columns, grid.rows))) for level in levels)
            print(
                f"{grid.cells:>7} {name:<22} {len(tiles):>11} {BURST * len(levels):>10} {count:>7}"
                f" {spent:>6.0f} {sum(map(len, drawn)) / 1000:>6.0f}"
            )


# --- how to encode ---

ENCODINGS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("JPEG", {"quality": q, "subsampling": "4:4:4"}) for q in (36, 50, 66, 80)),
    *(("JPEG", {"quality": q, "subsampling": "4:2:0"}) for q in (36, 50, 66, 80)),
    *(("WEBP", {"quality": q, "method": m}) for q in (30, 50, 70) for m in (0, 4)),
)


def encodings() -> None:
    print("\nHow to encode: bytes, mean colour error (CIE76 dE to the pixels) and time")
    print(f"{'picture':<34} {'encoding':<42} {'kB':>6} {'dE':>6} {'ms':>6}")
    few, many = canvas_of(wall(GRIDS[0])), canvas_of(wall(GRIDS[1]))
    pictures = {
        "overview of 1,000 cells": few.pixels,
        "overview of 4,000 cells": many.pixels,
        "tile of 64 cells at 64 px": many.block((40, 20, 48, 28), 64),
    }
    for name, pixels in pictures.items():
        lab = lab_from_srgb(pixels)
        for form, options in ENCODINGS:
            buffer = BytesIO()
            start = time.perf_counter()
            Image.fromarray(pixels).save(buffer, form, **options)
            spent = (time.perf_counter() - start) * 1000
            back = lab_from_srgb(np.asarray(Image.open(buffer).convert("RGB")))
            error = float(np.linalg.norm(back - lab, axis=-1).mean())
            how = f"{form} " + " ".join(f"{key} {value}" for key, value in options.items())
            print(f"{name:<34} {how:<42} {len(buffer.getvalue()) / 1000:>6.1f} {error:>6.2f} {spent:>6.1f}")


# --- posters and films, each in a process of its own: the peak of memory is the process's ---

POSTERS = (
    ("jpeg", 150, 150, 100),
    ("pdf", 150, 150, 100),
    ("png", 150, 150, 100),
    ("jpeg", 25, 25, 600),
    ("png", 25, 25, 600),
)


def posters() -> None:
    print("\nPosters of 15,000 x 15,000 px, each in its own process")
    print(f"{'format':<6} {'cells':<10} {'cell px':>7} {'s':>6} {'file MB':>8} {'peak MiB':>9}")
    for form, columns, rows, cell_px in POSTERS:
        seconds, size, peak = _alone("poster", form, str(columns), str(rows), str(cell_px))
        print(f"{form:<6} {columns} x {rows:<5} {cell_px:>7} {seconds:>6.1f} {size:>8.0f} {peak:>9.0f}")


def film() -> None:
    seconds, size, peak = _alone("film")
    print("\nTime-lapse of 500 placements over two growths and a reveal, 20 s at 30 frames/s, 1280 px, H.264")
    print(f"made in {seconds:.1f} s, {size:.1f} MB, peak {peak:.0f} MiB")


def _alone(*what: str) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "bench.render", "--alone", *what]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, size, peak = map(float, out.split())
    return seconds, size, peak


def _one_poster(form: str, columns: int, rows: int, cell_px: int) -> None:
    finished = wall(Grid(columns, rows))
    size = rendition_for(cell_px)
    thumbs = ThumbCache(lambda photo: _file(photo, size), memory=128 << 20)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"poster.{form}"
        start = time.perf_counter()
        render_poster(path, form, finished, thumbs, cell_px)  # type: ignore[arg-type]
        _say(start, path)


def _one_film() -> None:
    rng = np.random.default_rng(4)
    log: list[Step] = []
    for generation, (grid, count) in enumerate(
        [(Grid(40, 25), 100), (Grid(57, 35), 200), (Grid(80, 50), 200), (Grid(126, 79), 0)]
    ):
        finished = wall(grid)
        named = [
            (cell, int(finished.shown[cell]), bool(finished.tints[cell] == 0)) for cell in range(grid.cells)
        ]
        if generation:
            log.append(Step(len(log), generation, grid.columns, grid.rows, named))
        for _ in range(count):
            some = rng.choice(grid.cells, 30, replace=False)
            log.append(Step(len(log), generation, grid.columns, grid.rows, [named[cell] for cell in some]))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        start = time.perf_counter()
        render_timelapse(path, log, _target(), ThumbCache(lambda photo: _file(photo, 64)), TINT)
        _say(start, path)


def _say(start: float, path: Path) -> None:
    print(time.perf_counter() - start, path.stat().st_size / 1e6, _peak_mib())


def _peak_mib() -> float:
    """The most memory this process had. Not from getrusage, which begins with what the parent had at the fork."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="leave out posters and time-lapse")
    options.add_argument("--alone", nargs="+", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.alone:
        kind, *numbers = chosen.alone
        if kind == "film":
            _one_film()
        else:
            _one_poster(numbers[0], *map(int, numbers[1:]))
        return
    one_cell()
    memory()
    bursts()
    encodings()
    if not chosen.quick:
        posters()
        film()


if __name__ == "__main__":
    main()
