"""The pure steps of one photo, in one process without database, queue, disk or web: what the rest is compared with."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

import numpy as np

from worker.pictures.builtin.gallery import draw
from worker.pictures.photos import Prepared, prepare
from worker.pictures.thumbs import THUMB_PX, ThumbCache
from worker.placement.rules import Board, Grid, describe_target, grid_for_photos, place
from worker.wall.livewall import LiveWall

PREPARE = "prepare: decode, crop, master, thumbs, descriptor"
PLACE = "place: home and echoes"
PAINT = "paint both canvases"
PICTURES = "overview and patch, both audiences"
TILES = "atlas tiles that show the changed cells"
SAMPLE = 24

Spent = dict[str, list[tuple[float, float]]]


def pure_steps(paths: Sequence[Path]) -> dict[str, tuple[float, float]]:
    """Mean milliseconds of each step (by the clock, CPU time), on a wall that has the photos that came before.

    Every photo is placed by itself, with its own pictures and tiles, as when they come one after another.
    """
    spent: Spent = defaultdict(list)
    prepared: dict[int, Prepared] = {}
    live = _wall(prepared)
    sample = paths[: min(SAMPLE, len(paths))]
    for photo_id, path in enumerate(sample, 1):
        data = path.read_bytes()
        with _timed(spent, PREPARE):
            prepared[photo_id] = prepare(data)
        look = live.board.look()
        with _timed(spent, PLACE):
            place(
                live.board,
                [photo_id],
                prepared[photo_id].descriptor[None],
                prepared[photo_id].details[None],
            )
        cells = live.board.changes_since(look).cells
        with _timed(spent, PAINT):
            live.paint(cells)
        with _timed(spent, PICTURES):
            for canvas in (live.panel, live.stage):
                canvas.encode_overview()
                canvas.patch(cells)
        with _timed(spent, TILES):
            live.draw_tiles(photo_id)
    return {
        name: (mean(clock for clock, _ in each), mean(cpu for _, cpu in each)) for name, each in spent.items()
    }


def _wall(prepared: dict[int, Prepared]) -> LiveWall:
    target = np.asarray(draw("sunrise"))
    height, width = target.shape[:2]
    grid: Grid = grid_for_photos(width / height, 0)
    return LiveWall(
        id=1,
        media_key="",
        revision=0,
        generation=1,
        tint=0,
        target=target,
        board=Board.empty(grid, describe_target(target, grid)),
        thumbs=ThumbCache(
            lambda photo_id: prepared[photo_id].thumbs[THUMB_PX],
            larger=lambda photo_id, px: prepared[photo_id].thumbs[min(px, 512)],
        ),
    )


@contextmanager
def _timed(spent: Spent, name: str) -> Iterator[None]:
    clock, cpu = time.perf_counter(), time.process_time()
    yield
    spent[name].append(((time.perf_counter() - clock) * 1000, (time.process_time() - cpu) * 1000))
