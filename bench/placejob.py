"""The whole `place` job beside its pure part: `python -m bench.placejob [--quick]`.

In this process, as in the worker that places: rows from a SQLite file, thumbs and pictures in a folder, news to a real
Valkey; a third of the people chose the stage. The job loads what waits, places, paints, writes overview, patches and
rows, publishes, and then draws the tiles. What a panel waits for ends with `published`; the tiles come after.
"""

import argparse
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from multiprocessing import get_context
from os import environ
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import insert, select

from bench.material import Known, describe, photos
from bench.walls import size, table
from plugin.operate.run import wait_for
from plugin.operate.valkey import redis_answers, server_binary
from plugin.settings import Settings
from plugin.state.db import migrate
from plugin.state.keys import thumb_key
from plugin.state.models import Assurance, Attendee, Event, Photo, PhotoState, Wall
from worker import opening, placing, waiting
from worker.workshop import Workshop, open_workshop

SIZES = ((4_000, 760, 100), (40_000, 8_000, 40))  # cells, photos that have come before, and arrivals measured
TOGETHER = 500
MADE_AT_ONCE = 250
STAGED = 3  # every third
THUMBS = (64, 128)  # files that a wall of so many photos is drawn from


class Clock:
    """Adds up what the steps inside a job take, by wrapping them."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.published: float | None = None

    def wrap(self, module: Any, name: str, label: str) -> None:
        inner = getattr(module, name)

        def timed(*arguments: Any, **options: Any) -> Any:
            began, busy = time.perf_counter(), time.thread_time()
            try:
                return inner(*arguments, **options)
            finally:
                for name, seconds in (
                    (label, time.perf_counter() - began),
                    (f"{label} cpu", time.thread_time() - busy),
                ):
                    self.spent[name] = self.spent.get(name, 0) + seconds

        setattr(module, name, timed)

    def watch(self, shop: Workshop) -> None:
        inner = shop.feed.publish_all

        def publish(*arguments: Any) -> Any:
            done = inner(*arguments)
            self.published = self.published or time.perf_counter()
            return done

        shop.feed.publish_all = publish  # type: ignore[method-assign]

    def job(self, shop: Workshop, wall_id: int) -> dict[str, float]:
        """Milliseconds of one job: pure, growth, published, and with its tiles."""
        self.spent, self.published = {}, None
        began = time.perf_counter()
        placing.bring_up_to_date(shop, wall_id)
        whole = time.perf_counter() - began
        told = (self.published or time.perf_counter()) - began
        spent = (
            {"pure": 0.0, "pure cpu": 0.0, "growth": 0.0} | self.spent | {"published": told, "whole": whole}
        )
        return {name: seconds * 1000 for name, seconds in spent.items()}


@contextmanager
def workshop() -> Iterator[Workshop]:
    """A workshop on a new database, with a Valkey of its own."""
    folder = Path(tempfile.mkdtemp(prefix="mosaic-place-"))
    path = folder / "valkey.sock"
    command = [server_binary(environ), "--port", "0", "--unixsocket", str(path), "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"unix://{path}"
    try:
        wait_for(lambda: redis_answers(url))
        known = {"MOSAIC_SECRET_KEY": secrets.token_hex(32), "MOSAIC_DATA": str(folder), "REDIS_URL": url}
        settings = Settings.from_environ(known)
        migrate(settings)
        shop = open_workshop(settings)
        shop.storage.found()
        yield shop
        shop.database.dispose()
        shop.jobs.close()
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def open_wall(shop: Workshop) -> int:
    """A wall whose target has been looked into."""
    event = Event(code=secrets.token_hex(4), name="Bench", prompt="?", host_key_digest=b"")
    with shop.database.write() as session:
        session.add(event)
        session.flush()
        wall = Wall(
            event_id=event.id,
            media_key=secrets.token_hex(16),
            target_source="balloons",
            target_wished="balloons",
        )
        session.add(wall)
    opening.open_wall(shop, wall.id)
    placing.bring_up_to_date(shop, wall.id)
    return wall.id


def come(shop: Workshop, wall_id: int, known: Known, thumbs: Sequence[dict[int, bytes]]) -> None:
    """People whose photos are prepared and wait for their cells."""
    with shop.database.write() as session:
        event_id = session.scalars(select(Wall.event_id).where(Wall.id == wall_id)).one()
        people = [
            {
                "event_id": event_id,
                "platform": "web",
                "tenant": "",
                "user_id": secrets.token_hex(8),
                "assurance": Assurance.GUEST,
                "name": "Ada",
                "stage": "photo" if number % STAGED == 0 else "no",
            }
            for number in range(len(thumbs))
        ]
        ids = session.scalars(insert(Attendee).returning(Attendee.id), people).all()
        rows = [
            {
                "wall_id": wall_id,
                "attendee_id": attendee,
                "key": secrets.token_hex(16),
                "idempotency_key": "",
                "state": PhotoState.PREPARED,
                "story": "A line",
                "prompt": "?",
                "descriptor": whole.astype("<f4").tobytes(),
                "details": details.tobytes(),
            }
            for attendee, whole, details in zip(ids, known.wholes, known.details, strict=True)
        ]
        session.execute(insert(Photo), rows)
    for row, files in zip(rows, thumbs, strict=True):
        for px, thumb in files.items():
            shop.storage.put(thumb_key(str(row["key"]), px), thumb, durable=False)


def thumbs_of(pictures: np.ndarray[Any, np.dtype[np.uint8]]) -> list[dict[int, bytes]]:
    """Each photo's files that cells are drawn from, as worker.pictures.photos makes them."""
    return [{px: _file(picture, px) for px in THUMBS} for picture in pictures]


def made(count: int) -> tuple[Known, list[dict[int, bytes]]]:
    """What so many photos are known by, and their files, by all cores."""
    parts = np.array_split(photos(count), -(-count // MADE_AT_ONCE))
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        described, files = list(pool.map(describe, parts)), list(pool.map(thumbs_of, parts))
    known = Known(
        np.concatenate([each.wholes for each in described]),
        np.concatenate([each.details for each in described]),
    )
    return known, [each for part in files for each in part]


def fill(clock: "Clock", shop: Workshop, wall_id: int, count: int) -> None:
    """Place all that came before in one step: the service's own would draw the wall anew 500 at a time."""
    at_once, waiting.PHOTOS_AT_ONCE = waiting.PHOTOS_AT_ONCE, count
    try:
        clock.job(shop, wall_id)
    finally:
        waiting.PHOTOS_AT_ONCE = at_once


def _file(picture: np.ndarray[Any, np.dtype[np.uint8]], px: int) -> bytes:
    stream = BytesIO()
    Image.fromarray(picture).resize((px, px), Image.Resampling.BICUBIC).save(
        stream, "JPEG", quality=90, subsampling="4:4:4"
    )
    return stream.getvalue()


def jobs(sizes: Sequence[tuple[int, int, int]]) -> None:
    """Both tables."""
    clock = Clock()
    clock.wrap(placing, "place", "pure")
    clock.wrap(placing, "outgrown", "growth")
    single: list[list[object]] = []
    together: list[list[object]] = []
    for cells, before, arrivals in sizes:
        print(f"{cells:,} cells: {before:,} photos come first ...", flush=True)
        known, thumbs = made(before + arrivals + TOGETHER)
        with workshop() as shop:
            clock.watch(shop)
            wall_id = open_wall(shop)
            come(shop, wall_id, known[:before], thumbs[:before])
            fill(clock, shop, wall_id, before)
            print(f"  they are placed; now {arrivals} one after the other ...", flush=True)
            taken = []
            for number in range(before, before + arrivals):
                come(shop, wall_id, known[number : number + 1], thumbs[number : number + 1])
                taken.append(clock.job(shop, wall_id))
            live = shop.walls[wall_id]
            grid = f"{size(live.grid)} = {live.grid.cells}"
            first, later = taken[0], taken[1:]
            figures = [f"{first['pure']:.1f}", *(_percentiles(later, name) for name in STEPS)]
            single.append([grid, live.board.photos, arrivals, *figures])
            come(shop, wall_id, known[before + arrivals :], thumbs[before + arrivals :])
            shop.walls.clear()  # as after a start: everything is loaded from rows and files
            batch = clock.job(shop, wall_id)
            grown = shop.walls[wall_id].grid
            row = [
                f"{batch[name] / 1000:.2f} s" for name in ("pure", "pure cpu", "growth", "published", "whole")
            ]
            together.append([f"{grid} -> {size(grown)}" if grown != live.grid else grid, *row])
    head = ["grid", "photos", "arrivals", "the first", "pure", "its cpu time", "published", "with tiles"]
    table("One arrival after the other, p50 / p99 ms: placement alone, and the whole place job", head, single)
    print("the first: placement alone after many that came at once, where prices are worked out anew")
    head = ["grid", "pure", "its cpu time", "growth", "published", "with tiles"]
    table(f"{TOGETHER} that wait, in one job of a worker that has just started", head, together)


STEPS = ("pure", "pure cpu", "published", "whole")


def _percentiles(taken: list[dict[str, float]], name: str) -> str:
    middle, slow = np.percentile([each[name] for each in taken], (50, 99))
    return f"{middle:.1f} / {slow:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="The whole place job beside its pure part")
    parser.add_argument("--quick", action="store_true", help="no more than 4,000 cells")
    jobs(SIZES[:1] if parser.parse_args().quick else SIZES)


if __name__ == "__main__":
    main()
