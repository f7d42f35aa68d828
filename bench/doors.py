"""A rush at the doors: everybody opens the wall within a minute, and then watches photos land.

    python -m bench.doors [--people 10000] [--seconds 60] [--changes 4] [--watch 30] [--guests 3000]
    python -m bench.doors --postgres         the same with two web servers on one PostgreSQL, half of all at each
    python -m bench.doors --nchan            then as many listeners at an nginx with nchan, see bench.nchan
    python -m bench.doors --people 20000 --seconds 120 --generators 2      more than one process may have files open

Opening is what a panel does: join, then the live stream and the snapshot beside each other; it lasts until both are
there. A 503 is waited for and tried again, as the panel does it, and counted. Then everybody watches while changes are
committed several times a second: from the commit to each panel. All come from one address, and one of a hundred types
a wrong code first. The service runs with its default settings; what this program itself uses of the processor is said.
Aims on two cores: no error, 99 of 100 open within a second, a change is there after 0.2 s (half of all) and 0.5 s (99
of 100), an opening takes at most 5 ms of the web processes' time.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote

from redis import Redis
from sqlalchemy import select

from bench import nchan
from bench.client import HOST, Server, open_event, serving, share, table
from bench.clusters import cluster
from bench.generators import Generators, generators
from bench.lines import Hearing, Line, connect
from bench.machines import SECRET
from bench.populace import settle
from bench.processes import busy_seconds, cpu_by_kind, memory_below
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.feed import Feed, News
from plugin.state.models import Change, Event, Wall

PHOTOS = 300
MISTYPED = 0.01
WRONG_CODE = "ZZZZZZ"
TRIES = 6
SETTLING_SECONDS = 3.0
CALM_SECONDS, LOADED_SHARE = 2.0, 0.05
OPENING_AIM, PROCESSOR_AIM, CHANGE_AIMS = 1.0, 5.0, (0.2, 0.5)  # seconds, milliseconds, seconds
AGAIN = (429, 503)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.doors")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="in which they all come")
    parser.add_argument("--changes", type=float, default=4.0, help="a second, while they watch")
    parser.add_argument("--watch", type=float, default=30.0, help="seconds of changes")
    parser.add_argument(
        "--guests", type=int, default=3000, help="who come at once after that, in ten seconds"
    )
    parser.add_argument("--web", type=int, help="web processes, where not the default")
    parser.add_argument("--postgres", action="store_true", help="two web servers on a PostgreSQL of its own")
    parser.add_argument(
        "--nchan", action="store_true", help="beside nginx with nchan, which only passes news on"
    )
    parser.add_argument("--generators", type=int, default=1, help="processes that the people are in")
    options = parser.parse_args(arguments)
    _allow_many_files()
    print(f"load average before: {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores")
    with _two_servers(options.web or 1) if options.postgres else _one_server(options.web) as house:
        failed = asyncio.run(_all(house, options))
    if options.nchan:
        asyncio.run(nchan.listen(options.people, options.changes, options.watch, options.generators))
    print(f"load average after: {os.getloadavg()[0]:.1f}")
    return 1 if failed else 0


@dataclass(frozen=True)
class House:
    """What people come to: one server, or several that share what they know."""

    servers: Sequence[Server]
    settings: Mapping[str, str]  # of their database
    redis_url: str

    @property
    def ports(self) -> list[int]:
        """Where people come in, one after the other."""
        return [each.port for each in self.servers]

    @property
    def web_seconds(self) -> float:
        return sum(cpu_by_kind(each.process.pid)["web"] for each in self.servers)

    @property
    def web_memory(self) -> int:
        """Bytes."""
        return sum(memory_below(each.process.pid, "web") for each in self.servers)

    @property
    def log(self) -> str:
        return "\n".join(each.log for each in self.servers)


@contextmanager
def _one_server(web: int | None) -> Iterator[House]:
    with serving(["--web", str(web)] if web else []) as server:
        secret = (server.data / "secret.key").read_text().strip()
        settings = {"MOSAIC_SECRET_KEY": secret, "MOSAIC_DATA": str(server.data)}
        yield House([server], settings, f"unix://{quote(str(server.data / 'redis' / 'redis.sock'))}")


@contextmanager
def _two_servers(web: int) -> Iterator[House]:
    """A whole machine, and a second one that only serves the web; each with so many web processes."""
    with cluster() as rows:
        shared = {"MOSAIC_SECRET_KEY": SECRET, "MOSAIC_DATABASE_URL": rows.create("doors")}
        with serving(["--web", str(web)], shared) as one:
            files = f"file://{one.data / 'files'}"
            beside = shared | {"REDIS_URL": one.redis_url, "MOSAIC_STORAGE_URL": files}
            with serving(["--web", str(web), "--only", "web"], beside) as other:
                yield House([one, other], shared, one.redis_url)


def _allow_many_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


# ---- what a panel does ------------------------------------------------------------------------------------------


@dataclass
class Crowd(Hearing):
    """Those who came in one process, and what happened to them."""

    ports: Sequence[int] = ()
    code: str = ""
    opened: list[float] = field(default_factory=list)  # seconds of each opening
    answers: Counter[str] = field(default_factory=Counter)  # by what was asked and its status
    streams: list[Line] = field(default_factory=list)

    async def come(self, people: int, seconds: float) -> tuple[list[float], Counter[str]]:
        """Let so many more come within these seconds; how long each opening took, and what was answered."""
        self.opened, self.answers = [], Counter()
        await asyncio.gather(*(self._open(number, random.uniform(0, seconds)) for number in range(people)))
        return self.opened, self.answers

    async def heard(self, committed: Mapping[int, float]) -> tuple["array[float]", int]:
        """Seconds to each panel, and how many of their streams have ended."""
        return self.delays(committed), sum(line.is_lost for line in self.streams)

    async def _open(self, number: int, after_seconds: float) -> None:
        """Somebody comes; the panel tries again what may be tried again."""
        port = self.ports[number % len(self.ports)]
        await asyncio.sleep(after_seconds)
        began = time.monotonic()
        try:
            if random.random() < MISTYPED:
                await self._ask(await connect(HOST, port), "mistyped", _join(WRONG_CODE), tries=1)
            line = await connect(HOST, port)
            token = json.loads(await self._ask(line, "join", _join(self.code)))["token"]
            stream = await connect(HOST, port)
            await asyncio.gather(
                self._ask(stream, "stream", _get("/api/live", token), self),
                self._ask(line, "snapshot", _get("/api/wall", token)),
            )
        except (OSError, TimeoutError, ValueError, KeyError) as error:
            self.answers[f"{type(error).__name__}"] += 1
            return
        line.close()
        self.streams.append(stream)
        self.opened.append(time.monotonic() - began)

    async def _ask(
        self, line: Line, what: str, request: bytes, crowd: Hearing | None = None, tries: int = TRIES
    ) -> bytes:
        for attempt in range(tries):
            status, body = await line.ask(request, crowd)
            self.answers[f"{what} {status}"] += 1
            if status not in AGAIN:
                break
            await asyncio.sleep((1 + attempt) * random.uniform(1, 2))
        return body


def _join(code: str) -> bytes:
    body = json.dumps({"code": code}).encode()
    head = f"POST /api/join HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def _get(path: str, token: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nAccept-Encoding: gzip\r\n\r\n"
    ).encode()


# ---- the run ----------------------------------------------------------------------------------------------------


async def _all(house: House, options: argparse.Namespace) -> bool:
    database = Database(Settings.from_environ(house.settings))
    feed = Feed(Redis.from_url(house.redis_url))
    await _until_loaded(house)
    empty = house.web_memory
    code = await asyncio.to_thread(open_event, house.ports[0])
    wall_id = await asyncio.to_thread(_fill, database, code)
    with generators(options.generators, partial(Crowd, ports=house.ports, code=code)) as crowds:
        opened = await _come(house, crowds, options.people, options.seconds, "A rush")
        await asyncio.sleep(SETTLING_SECONDS)
        held = (house.web_memory - empty) / 1024 / max(1, opened)
        print(f"\nMemory a panel, kB of the web processes: {held:.0f}")
        await _watch(house, crowds, database, feed, wall_id, options)
        guests = 0
        if options.guests:
            guests = await _come(
                house, crowds, options.guests, 10.0, "Guests behind one address, all at once"
            )
    database.dispose()
    return opened < options.people or guests < options.guests


async def _until_loaded(house: House) -> None:
    """The first web process answers while the others still load, which is no opening's cost."""
    before = -1.0
    while house.web_seconds - before > LOADED_SHARE * CALM_SECONDS:
        before = house.web_seconds
        await asyncio.sleep(CALM_SECONDS)


def _fill(database: Database, code: str) -> int:
    """Put people on the wall; its id."""
    with database.read() as session:
        event_id, wall_id = session.execute(
            select(Event.id, Wall.id).join(Wall, Wall.event_id == Event.id).where(Event.code == code)
        ).one()
    settle(database, event_id, [(f"Ada {number}", "I make bread") for number in range(PHOTOS)], time.time())
    return int(wall_id)


async def _come(house: House, crowds: Generators, people: int, seconds: float, title: str) -> int:
    """How many of them got in."""
    web, own, busy, began = (
        house.web_seconds,
        await crowds.processor_seconds(),
        busy_seconds(),
        time.monotonic(),
    )
    parts = await crowds.all("come", people // len(crowds), seconds)
    took, used = time.monotonic() - began, await crowds.processor_seconds() - own
    opened = [each for part, _ in parts for each in part]
    spent = 1000 * (house.web_seconds - web) / max(len(opened), 1)
    errors = people - len(opened)
    table(
        f"{title}: {people:,} people in {seconds:.0f} s",
        [
            ("opened", len(opened), "all"),
            ("not opened", errors, "0"),
            ("opening, s: p50", share(opened or [0.0], 50), ""),
            ("             p99", share(opened or [0.0], 99), f"<= {OPENING_AIM:.0f}"),
            ("        the longest", max(opened or [0.0]), ""),
            ("processor time an opening, ms, web processes", spent, f"<= {PROCESSOR_AIM:.0f}"),
            ("this program's processor time, s", used, f"in {took:.1f} s"),
            ("the whole machine's, s", busy_seconds() - busy, ""),
        ],
    )
    table("Answers", sorted(sum((answers for _, answers in parts), Counter()).items()))
    if errors:
        said = [line for line in house.log.splitlines() if " web " in line]
        print("\n".join(["", "What the web processes said last:", *said[-20:]]))
    return len(opened)


async def _watch(
    house: House,
    crowds: Generators,
    database: Database,
    feed: Feed,
    wall_id: int,
    options: argparse.Namespace,
) -> None:
    web, own, busy, began = (
        house.web_seconds,
        await crowds.processor_seconds(),
        busy_seconds(),
        time.monotonic(),
    )
    count, committed = max(1, int(options.watch * options.changes)), {}
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / options.changes - time.monotonic()))
        committed[await asyncio.to_thread(_change, database, wall_id)] = time.monotonic()
        await asyncio.to_thread(feed.publish, News(wall_id))
    took = time.monotonic() - began
    await asyncio.sleep(SETTLING_SECONDS)
    web, busy, own = house.web_seconds - web, busy_seconds() - busy, await crowds.processor_seconds() - own
    parts = await crowds.all("heard", committed)
    delays = [each for part, _ in parts for each in part]
    table(
        f"{options.people:,} open panels, {count} changes at {options.changes:.0f} a second",
        [
            ("from commit to panel, s: p50", share(delays or [float("inf")], 50), f"<= {CHANGE_AIMS[0]}"),
            ("                         p99", share(delays or [float("inf")], 99), f"<= {CHANGE_AIMS[1]}"),
            ("panels that the service gave up", sum(lost for _, lost in parts), "0"),
            ("messages a panel", len(delays) / options.people, f"<= {count}"),
            ("web processes, s of processor", web, f"in {took:.1f} s"),
            ("this program's, s", own, ""),
            ("the whole machine's, s", busy, ""),
        ],
    )


def _change(database: Database, wall_id: int) -> int:
    """Commit one change, as the placing worker does, of one cell; the new revision."""
    with database.write() as session:
        wall = session.get_one(Wall, wall_id)
        before, wall.revision = wall.revision, wall.revision + 1
        change = {
            "revision": wall.revision, "from": before, "generation": wall.generation,
            "cells": [[wall.revision % 1000, 1, 0]], "new": [], "gone": [], "count": wall.count,
            "patch": False, "tiles": [],
        }  # fmt: skip
        body = json.dumps(change, separators=(",", ":"))
        session.add(Change(wall_id=wall_id, revision=wall.revision, body=body))
        return wall.revision


if __name__ == "__main__":
    sys.exit(main())
