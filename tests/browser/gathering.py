"""An event with people on its wall, made through the API, for tests that are about what they do with each other."""

import io
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from PIL import Image

from bench.client import Caller, Server, multipart, send
from tests.factories import photo_bytes

PATIENCE_SECONDS = 120.0


def blues() -> bytes:
    """A picture for a wall: quicker than drawing a built-in one, and nothing in it is golden as a ring is."""
    y, x = np.mgrid[0:200, 0:320]
    pixels = np.stack([y * 100 // 200, x * 160 // 320, 100 + (x + y) * 150 // 520], axis=-1).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG")
    return stream.getvalue()


@dataclass
class Guest:
    """Somebody on the wall. `caller` speaks for them without a browser."""

    name: str
    caller: Caller
    return_key: str
    photo: int

    def hello_to(self, other: "Guest", opener: str = "photo_stop") -> int:
        """Say hello; the hello's id."""
        said = self.caller.post("/api/hellos", {"photo": other.photo, "opener": opener})
        return int(said["hello"]["id"])


@dataclass
class Gathering:
    server: Server
    code: str
    host_key: str
    guests: dict[str, Guest] = field(default_factory=dict)
    callers: list[Caller] = field(default_factory=list)

    @cached_property
    def host(self) -> Caller:
        caller = self._caller()
        caller.token = caller.post("/api/join", {"code": self.code, "host_key": self.host_key})["token"]
        return caller

    def add(self, name: str, story: str = "I bake bread at night") -> Guest:
        """Somebody comes and is on the wall."""
        guest = self._send(name, story)
        self.wait_for_everybody(guest.caller)
        return guest

    def add_all(self, stories: dict[str, str]) -> None:
        """All of them come at once, and are on the wall. A story by name."""
        guests = [self._send(name, story) for name, story in stories.items()]
        if guests:
            self.wait_for_everybody(guests[0].caller)

    def _send(self, name: str, story: str) -> Guest:
        caller = self._caller()
        joined = caller.post("/api/join", {"code": self.code})
        caller.token = joined["token"]
        photo = send(caller, photo_bytes(20 + len(self.guests), (640, 480)), name, story)
        self.guests[name] = Guest(name, caller, joined["return_key"], photo)
        return self.guests[name]

    def _caller(self) -> Caller:
        self.callers.append(Caller(self.server.port))
        return self.callers[-1]

    def wait_for_everybody(self, caller: Caller) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while caller.get("/api/wall")["count"] < len(self.guests):
            assert time.monotonic() < give_up, "not everybody was placed"
            time.sleep(0.1)

    def wait_until_out_of_line(self, name: str) -> None:
        """The panel tells the service by itself; this waits until it knows."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while self.guests[name].caller.get("/api/line")["line"] is not None:
            assert time.monotonic() < give_up, f"{name} still stands in line"
            time.sleep(0.1)

    def as_(self, name: str) -> dict[str, Any]:
        """Options of a browser context in which this person was here before."""
        kept = {f"return:{self.code}": self.guests[name].return_key}
        return self._remembering(kept)

    def as_host(self) -> dict[str, Any]:
        return self._remembering({f"host:{self.code}": self.host_key})

    def _remembering(self, kept: dict[str, str]) -> dict[str, Any]:
        origin = f"http://127.0.0.1:{self.server.port}"
        stored = [{"name": f"mosaic:{name}", "value": value} for name, value in kept.items()]
        return {"storage_state": {"cookies": [], "origins": [{"origin": origin, "localStorage": stored}]}}

    def hurry(self, seconds: float) -> None:
        """Let a coffee break be older than it is: no test waits for minutes."""
        with closing(sqlite3.connect(self.server.data / "mosaic.sqlite3", timeout=30)) as connection:
            connection.execute("UPDATE breaks SET begins_at = begins_at - ?", (seconds,))
            connection.commit()


@contextmanager
def gather(server: Server, *names: str, **stories: str) -> Iterator[Gathering]:
    """Open an event; these people come. A story by name, where it matters."""
    form = multipart({"name": "Spring Summit", "prompt": "What is on your desk?"}, {"target": blues()})
    with Caller(server.port) as caller:
        opened = json.loads(caller.call("POST", "/api/events", *form))
    gathering = Gathering(server, opened["code"], opened["host_url"].partition("#")[2])
    try:
        gathering.add_all({name: stories.get(name, f"{name} bakes bread at night") for name in names})
        yield gathering
    finally:
        for caller in gathering.callers:
            caller.__exit__()
