"""A rush at the doors: everybody opens the wall within a minute, and then watches photos land.

    python -m bench.doors [--people 10000] [--seconds 60] [--changes 4] [--watch 30] [--guests 3000]

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
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from redis import Redis
from sqlalchemy import select

from bench.client import HOST, Server, open_event, serving, share, table
from bench.populace import settle
from bench.processes import busy_seconds, cpu_by_kind
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.feed import Feed, News
from plugin.state.models import Change, Event, Wall

PATIENCE_SECONDS = 120.0
PHOTOS = 300
MISTYPED = 0.01
WRONG_CODE = "ZZZZZZ"
TRIES = 6
SETTLING_SECONDS = 3.0
CALM_SECONDS, LOADED_SHARE = 2.0, 0.05
OPENING_AIM, PROCESSOR_AIM, CHANGE_AIMS = 1.0, 5.0, (0.2, 0.5)  # seconds, milliseconds, seconds
REVISION = b'"revision":'
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
    options = parser.parse_args(arguments)
    _allow_many_files()
    print(f"load average before: {os.getloadavg()[0]:.1f}; {os.cpu_count()} cores")
    with serving(["--web", str(options.web)] if options.web else []) as server:
        failed = asyncio.run(_all(server, options))
    print(f"load average after: {os.getloadavg()[0]:.1f}")
    return 1 if failed else 0


def _allow_many_files() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


# ---- what a panel does ------------------------------------------------------------------------------------------


class Line(asyncio.Protocol):
    """One kept-open connection: a request and its answer, or a stream that is listened to."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._crowd: Crowd | None = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, request: bytes, crowd: "Crowd | None" = None) -> tuple[int, bytes]:
        """(status, body); of a stream its first event, and the `crowd` hears of the others."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._received.clear()
        self._crowd = crowd
        self._transport.write(request)
        return await asyncio.wait_for(self._answer, PATIENCE_SECONDS)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            if self._crowd is not None:
                self._crowd.hear(data)
            return
        self._received += data
        head, ended, body = bytes(self._received).partition(b"\r\n\r\n")
        status = int(head[9:12]) if ended else 0
        if self._crowd is not None and status == 200:
            if b"data: " in body:
                self._done(status, body)
        elif ended and len(body) >= _length(head):
            self._done(status, body)

    def _done(self, status: int, body: bytes) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, body))
        self._answer = None

    def connection_lost(self, reason: Exception | None) -> None:
        self.is_lost = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("closed"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


@dataclass
class Crowd:
    """Everybody who came, and what happened to them."""

    port: int
    code: str
    opened: list[float] = field(default_factory=list)  # seconds of each opening
    answers: Counter[str] = field(default_factory=Counter)  # by what was asked and its status
    streams: list[Line] = field(default_factory=list)
    committed: dict[int, float] = field(default_factory=dict)  # revision -> time.monotonic()
    delays: list[float] = field(default_factory=list)

    async def open(self, after_seconds: float) -> None:
        """Somebody comes; the panel tries again what may be tried again."""
        await asyncio.sleep(after_seconds)
        began = time.monotonic()
        try:
            if random.random() < MISTYPED:
                await self._ask(await self._connect(), "mistyped", _join(WRONG_CODE), tries=1)
            line = await self._connect()
            token = json.loads(await self._ask(line, "join", _join(self.code)))["token"]
            stream = await self._connect()
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

    async def _connect(self) -> Line:
        _, line = await asyncio.get_running_loop().create_connection(Line, HOST, self.port)
        return line

    async def _ask(
        self, line: Line, what: str, request: bytes, crowd: "Crowd | None" = None, tries: int = TRIES
    ) -> bytes:
        for attempt in range(tries):
            status, body = await line.ask(request, crowd)
            self.answers[f"{what} {status}"] += 1
            if status not in AGAIN:
                break
            await asyncio.sleep((1 + attempt) * random.uniform(1, 2))
        return body

    def hear(self, data: bytes) -> None:
        """Note when a revision came. The last number in the data is the newest."""
        at = data.rfind(REVISION)
        if at < 0:
            return
        digits = data[at + len(REVISION) : at + len(REVISION) + 12]
        revision = int(digits.split(b",", 1)[0].split(b"}", 1)[0])
        if (committed := self.committed.get(revision)) is not None:
            self.delays.append(time.monotonic() - committed)


def _join(code: str) -> bytes:
    body = json.dumps({"code": code}).encode()
    head = f"POST /api/join HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


def _get(path: str, token: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\nAccept-Encoding: gzip\r\n\r\n"
    ).encode()


# ---- the run ----------------------------------------------------------------------------------------------------


async def _all(server: Server, options: argparse.Namespace) -> bool:
    database = _database(server)
    feed = Feed(Redis.from_url(f"unix://{quote(str(server.data / 'redis' / 'redis.sock'))}"))
    await _until_loaded(server)
    crowd = Crowd(server.port, await asyncio.to_thread(open_event, server.port))
    wall_id = await asyncio.to_thread(_fill, database, crowd.code)
    await _come(server, crowd, options.people, options.seconds, "A rush")
    await asyncio.sleep(SETTLING_SECONDS)
    await _watch(server, crowd, database, feed, wall_id, options)
    guests = Crowd(server.port, crowd.code)
    if options.guests:
        await _come(server, guests, options.guests, 10.0, "Guests behind one address, all at once")
    database.dispose()
    return len(crowd.opened) < options.people or len(guests.opened) < options.guests


async def _until_loaded(server: Server) -> None:
    """The first web process answers while the others still load, which is no opening's cost."""
    before = -1.0
    while _web(server) - before > LOADED_SHARE * CALM_SECONDS:
        before = _web(server)
        await asyncio.sleep(CALM_SECONDS)


def _database(server: Server) -> Database:
    secret = (server.data / "secret.key").read_text().strip()
    return Database(Settings.from_environ({"MOSAIC_SECRET_KEY": secret, "MOSAIC_DATA": str(server.data)}))


def _fill(database: Database, code: str) -> int:
    """Put people on the wall; its id."""
    with database.read() as session:
        event_id, wall_id = session.execute(
            select(Event.id, Wall.id).join(Wall, Wall.event_id == Event.id).where(Event.code == code)
        ).one()
    settle(database, event_id, [(f"Ada {number}", "I make bread") for number in range(PHOTOS)], time.time())
    return int(wall_id)


async def _come(server: Server, crowd: Crowd, people: int, seconds: float, title: str) -> None:
    web, own, busy, began = _web(server), time.process_time(), busy_seconds(), time.monotonic()
    await asyncio.gather(*(crowd.open(random.uniform(0, seconds)) for _ in range(people)))
    took = time.monotonic() - began
    spent = 1000 * (_web(server) - web) / max(len(crowd.opened), 1)
    errors = people - len(crowd.opened)
    table(
        f"{title}: {people:,} people in {seconds:.0f} s",
        [
            ("opened", len(crowd.opened), "all"),
            ("not opened", errors, "0"),
            ("opening, s: p50", share(crowd.opened or [0.0], 50), ""),
            ("             p99", share(crowd.opened or [0.0], 99), f"<= {OPENING_AIM:.0f}"),
            ("        the longest", max(crowd.opened or [0.0]), ""),
            ("processor time an opening, ms, web processes", spent, f"<= {PROCESSOR_AIM:.0f}"),
            ("this program's processor time, s", time.process_time() - own, f"in {took:.1f} s"),
            ("the whole machine's, s", busy_seconds() - busy, ""),
        ],
    )
    table("Answers", sorted(crowd.answers.items()))
    if errors:
        said = [line for line in server.log.splitlines() if " web " in line]
        print("\n".join(["", "What the web processes said last:", *said[-20:]]))


async def _watch(
    server: Server, crowd: Crowd, database: Database, feed: Feed, wall_id: int, options: argparse.Namespace
) -> None:
    web, own, busy, began = _web(server), time.process_time(), busy_seconds(), time.monotonic()
    count = max(1, int(options.watch * options.changes))
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / options.changes - time.monotonic()))
        crowd.committed[await asyncio.to_thread(_change, database, wall_id)] = time.monotonic()
        await asyncio.to_thread(feed.publish, News(wall_id))
    took = time.monotonic() - began
    await asyncio.sleep(SETTLING_SECONDS)
    delays = crowd.delays or [float("inf")]
    lost = sum(line.is_lost for line in crowd.streams)
    table(
        f"{len(crowd.streams):,} open panels, {count} changes at {options.changes:.0f} a second",
        [
            ("from commit to panel, s: p50", share(delays, 50), f"<= {CHANGE_AIMS[0]}"),
            ("                         p99", share(delays, 99), f"<= {CHANGE_AIMS[1]}"),
            ("panels that the service gave up", lost, "0"),
            ("messages a panel", len(crowd.delays) / max(len(crowd.streams), 1), f"<= {count}"),
            ("web processes, s of processor", _web(server) - web, f"in {took:.1f} s"),
            ("this program's, s", time.process_time() - own, ""),
            ("the whole machine's, s", busy_seconds() - busy, ""),
        ],
    )


def _web(server: Server) -> float:
    return cpu_by_kind(server.process.pid)["web"]


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
