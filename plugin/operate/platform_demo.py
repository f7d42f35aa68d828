"""`mosaic demo --platform NAME`: the demo's people come from a meeting of a stand-in for that platform.

The stand-in is the one that the tests use: a program that speaks the platform's protocol, and signs as it does. It is
in the source checkout and not in the wheel, for it would let anybody be anybody. `tests/fake_NAME/demo.py` offers
`stand_in()`, a context in which it runs.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from plugin.operate.demo import DemoError, Visitor, demo, is_up

CHECKOUT = Path(__file__).parent.parent.parent


class StandIn(Protocol):
    """A meeting at a platform that is not the real one."""

    @property
    def address(self) -> str: ...

    @property
    def environ(self) -> Mapping[str, str]:
        """The settings of a service that takes it for the platform."""
        ...

    def host(self) -> Mapping[str, Any]:
        """What the host's panel sends to /api/NAME/session."""
        ...

    def visitor(self, number: int) -> Mapping[str, Any]:
        """What the panel of another person sends; some of them are guests, some in breakout rooms."""
        ...


class ClientDoor:
    """A meeting whose host starts the wall from inside the client."""

    looks_around_seconds = 0.0  # whoever the platform vouches for may be as quick as they like

    def __init__(self, name: str, title: str, stand_in: StandIn) -> None:
        self._api = f"/api/{name}"
        self._title = title
        self._stand_in = stand_in
        self._numbers = iter(range(1, 1_000_000))

    def open(self, url: str, people: int, target_name: str | None) -> str:
        """The host opens the panel in the meeting and starts the wall."""
        host = Visitor(url)
        waiting = host.post(f"{self._api}/session", self._stand_in.host())
        targets = [each["name"] for each in host.get("/api/targets")["targets"]]
        if target_name and target_name not in targets:
            raise DemoError(f"There is no picture called {target_name}; there are {', '.join(targets)}.")
        host.token = waiting["start_token"]
        wish = {"name": f"A meeting of {people}", "target_name": target_name or targets[0]}
        opened = host.post(f"{self._api}/walls", wish)
        code = str(opened["event"]["code"])
        print(
            f"\n{self._title}, for once: {self._stand_in.address}\n"
            f"Watch here:       {url}/e/{code}\n"
            f"The stage:        {url}/e/{code}?stage=1\n"
            f"The host's desk:  {opened['desk_url']}\n",
            flush=True,
        )
        return code

    def enter(self, browser: Visitor, code: str, name: str) -> None:
        proof = self._stand_in.visitor(next(self._numbers))
        browser.token = browser.post(f"{self._api}/session", proof)["token"]


def platform_demo(
    name: str, title: str, url: str, *, people: int, seconds: float, target_name: str | None
) -> None:
    """Run a service that takes the stand-in for the platform, and let people arrive from there. Raises DemoError."""
    if not (CHECKOUT / f"tests/fake_{name}/demo.py").exists():
        raise DemoError(
            f"The stand-in for {title} is in the source checkout only. Get the sources, and start this from there."
        )
    sys.path.append(str(CHECKOUT))
    stand_in: AbstractContextManager[StandIn] = import_module(f"tests.fake_{name}.demo").stand_in()
    if is_up(url.rstrip("/")):
        raise DemoError(
            f"Something answers at {url} already. This demo starts a service of its own: give it another --url."
        )
    with stand_in as meeting:
        os.environ.update(meeting.environ)
        door = ClientDoor(name, title, meeting)
        demo(url, people=people, seconds=seconds, target_name=target_name, door=door)
