"""`mosaic demo --platform zoom`: the demo's people come from a meeting of a stand-in for Zoom.

The stand-in is the one that the tests use: a program that speaks Zoom's protocol, and signs contexts as Zoom does. It
is in the source checkout and not in the wheel, for it would let anybody be anybody.
"""

import os
import secrets
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from plugin.operate.demo import DemoError, Visitor, demo, is_up

CHECKOUT = Path(__file__).parent.parent.parent
STAND_IN = "tests/fake_zoom/server.py"
ROOMS = ("", "YnJlYWtvdXQtMQ==", "YnJlYWtvdXQtMg==")


class ZoomDoor:
    """A meeting with two breakout rooms, where every third person is a guest."""

    def __init__(self, zoom: Any) -> None:
        self._zoom = zoom
        self._meeting = secrets.token_urlsafe(16)
        self._numbers = iter(range(1, 1_000_000))

    def open(self, url: str, people: int, target_name: str | None) -> str:
        """The host opens the panel in the meeting and starts the wall."""
        host = Visitor(url)
        waiting = host.post("/api/zoom/session", {"context": self._context(uid="u_Hanna", attendrole="host")})
        targets = [each["name"] for each in host.get("/api/targets")["targets"]]
        if target_name and target_name not in targets:
            raise DemoError(f"There is no picture called {target_name}; there are {', '.join(targets)}.")
        host.token = waiting["start_token"]
        wish = {"name": f"A meeting of {people}", "target_name": target_name or targets[0]}
        opened = host.post("/api/zoom/walls", wish)
        code = str(opened["event"]["code"])
        print(
            f"\nZoom, for once:   {self._zoom.address}\n"
            f"Watch here:       {url}/e/{code}\n"
            f"The stage:        {url}/e/{code}?stage=1\n"
            f"The host's desk:  {opened['desk_url']}\n",
            flush=True,
        )
        return code

    def enter(self, browser: Visitor, code: str, name: str) -> None:
        number = next(self._numbers)
        user_id = None if number % 3 == 0 else f"u_demo_{number}"
        room = ROOMS[number % len(ROOMS)] or None
        context = self._context(uid=user_id, attendrole="participant", bmid=room)
        browser.token = browser.post("/api/zoom/session", {"context": context})["token"]

    def _context(self, **fields: Any) -> str:
        return str(self._zoom.context(mid=self._meeting, **fields))


def zoom_demo(url: str, *, people: int, seconds: float, target_name: str | None) -> None:
    """Run a service that takes the stand-in for Zoom, and let people arrive from there. Raises DemoError."""
    if not (CHECKOUT / STAND_IN).exists():
        raise DemoError(
            "The stand-in for Zoom is in the source checkout only. Get the sources, and start this from there."
        )
    sys.path.append(str(CHECKOUT))
    stand_in: Any = import_module("tests.fake_zoom.server").FakeZoom
    if is_up(url.rstrip("/")):
        raise DemoError(
            f"Something answers at {url} already. This demo starts a service of its own: give it another --url."
        )
    with stand_in() as zoom:
        os.environ.update(zoom.environ)
        demo(url, people=people, seconds=seconds, target_name=target_name, door=ZoomDoor(zoom))
