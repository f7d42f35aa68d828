"""A coffee break with a crowd that does not exist: do people meet, is everybody seen, what does an abuser get?

    python -m bench.crowd                     50 and 300 people over HTTP, 1,000 and 5,000 through the use cases
    python -m bench.crowd --http 50 --direct 1000 --seed 3

Time is simulated: the service's modules get a clock of ours, so that ten minutes take as long as their requests do.
Over HTTP means: the real app behind a real socket, tokens, JSON and limits included. People are shy, usual or bold,
come late, drop out, lose the network for a while; one abuser has several accounts and writes to everybody, in hellos
and in line.
"""

import argparse
import os
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.client import table
from bench.coffee import Run, abusers, crowd
from bench.judging import judge
from bench.populace import open_event
from bench.world import Clock, World, simulated
from plugin.app import create_app
from plugin.operate.run import wait_for
from plugin.operate.valkey import redis_answers, server_binary
from plugin.settings import Settings
from plugin.state.db import migrate
from plugin.state.storage import Storage
from plugin.together import breaks
from plugin.web.request.services import EXTENSION, Services

SECRET = "only-for-the-benches-and-for-nothing-else"


@contextmanager
def valkey() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="mosaic-crowd-"))
    path = folder / "valkey.sock"
    command = [server_binary(os.environ), "--port", "0", "--unixsocket", str(path), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"unix://{path}"
    try:
        wait_for(lambda: redis_answers(url))
        yield url
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


class Quiet(WSGIRequestHandler):
    """Says nothing about each request, and keeps connections open as browsers want it."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        pass


@contextmanager
def world_of(clock: Clock, redis_url: str, *, http: bool) -> Iterator[World]:
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="mosaic-crowd-", dir=shared if shared.is_dir() else None))
    settings = Settings.from_environ(
        {"MOSAIC_SECRET_KEY": SECRET, "MOSAIC_DATA": str(folder), "REDIS_URL": redis_url}
    )
    migrate(settings)
    Storage.of(settings).found()
    app = create_app(settings)
    services: Services = app.extensions[EXTENSION]
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    event_id, _, _ = open_event(services.database)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet) if http else None
    if server is not None:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    world = World(clock, settings, event_id, services, server.port if server else 0)
    try:
        yield world
    finally:
        if server is not None:
            server.shutdown()
        for part in (services, world.shop):
            part.database.dispose()
            part.jobs.close()
        shutil.rmtree(folder, ignore_errors=True)


def simulate(number: int, minutes: int, seed: int, *, http: bool, redis_url: str) -> dict[str, Any]:
    began = time.monotonic()
    chance = random.Random(seed)
    with simulated() as clock, world_of(clock, redis_url, http=http) as world:
        breaks.start(world.database, world.event_id, minutes)
        length = minutes * 60.0
        people = [*crowd(number, length, chance), *abusers(max(3, number // 50), length)]
        run = Run(world, people, length, chance)
        run.play()
        found = judge(run)
    return found | {"seconds it took": round(time.monotonic() - began)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--http", type=int, nargs="*", default=[50, 300])
    parser.add_argument("--direct", type=int, nargs="*", default=[1000, 5000])
    parser.add_argument("--minutes", type=int, default=5, choices=(5, 10, 15))
    parser.add_argument("--seed", type=int, default=1)
    wishes = parser.parse_args()
    with valkey() as redis_url:
        found = [
            simulate(number, wishes.minutes, wishes.seed, http=http, redis_url=redis_url)
            for http, numbers in ((True, wishes.http), (False, wishes.direct))
            for number in numbers
        ]
    ways = ["HTTP"] * len(wishes.http) + ["use cases"] * len(wishes.direct)
    rows = [["", *ways], *[[name, *(each[name] for each in found)] for name in found[0]]]
    table(f"a coffee break with a simulated crowd, seed {wishes.seed}", rows)


if __name__ == "__main__":
    main()
