"""`mosaic demo --platform NAME`: the demo's people come from a meeting of a stand-in for that platform.

The stand-in is the one that the tests use: a program that speaks the platform's protocol, and signs as it does. It is
in the source checkout and not in the wheel, for it would let anybody be anybody. `tests/fake_NAME/demo.py` offers
`stand_in(url)`, a context in which it runs beside the service at that address.
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
        """What the host's panel sends to /api/NAME/session; or to /places, where a host sets up a place for it."""
        ...

    def visitor(self, number: int) -> Mapping[str, Any]:
        """What the panel of another person sends; some of them are guests, some in breakout rooms."""
        ...

    def how_to_look(self, opened: Mapping[str, Any]) -> str:
        """A line about how to see it inside the client, once the host has opened the wall; "" for none."""
        ...


class ClientDoor:
    """A meeting whose host starts the wall from inside the client, or sets up a place for it there."""

    looks_around_seconds = 0.0  # whoever the platform vouches for may be as quick as they like

    def __init__(self, name: str, title: str, stand_in: StandIn, *, has_places: bool = False) -> None:
        self._api = f"/api/{name}"
        self._title = title
        self._stand_in = stand_in
        self._has_places = has_places
        self._place: Mapping[str, Any] = {}
        self._numbers = iter(range(1, 1_000_000))

    def open(self, url: str, people: int, target_name: str | None) -> str:
        """The host opens the panel in the meeting and starts the wall."""
        host = Visitor(url)
        targets = [each["name"] for each in host.get("/api/targets")["targets"]]
        if target_name and target_name not in targets:
            raise DemoError(f"There is no picture called {target_name}; there are {', '.join(targets)}.")
        wish = {"name": f"A meeting of {people}", "target_name": target_name or targets[0]}
        opened = self._set_up(host, wish) if self._has_places else self._start(host, wish)
        code = str(opened["event"]["code"])
        print(
            f"\n{self._title}, for once: {self._stand_in.address}\n"
            f"Watch here:       {url}/e/{code}\n"
            f"The stage:        {url}/e/{code}?stage=1\n"
            f"The host's desk:  {opened['desk_url']}\n"
            f"{self._stand_in.how_to_look(opened)}",
            flush=True,
        )
        return code

    def _start(self, host: Visitor, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        waiting = host.post(f"{self._api}/session", self._stand_in.host())
        host.token = waiting["start_token"]
        opened: Mapping[str, Any] = host.post(f"{self._api}/walls", wish)
        return opened

    def _set_up(self, host: Visitor, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        saved = {**self._stand_in.host(), "wish": {"kind": "new", **wish}}
        opened: Mapping[str, Any] = host.post(f"{self._api}/places", saved)
        self._place = {"tab": opened["place"]}
        return opened

    def enter(self, browser: Visitor, code: str, name: str) -> None:
        proof = {**self._stand_in.visitor(next(self._numbers)), **self._place}
        browser.token = browser.post(f"{self._api}/session", proof)["token"]


def platform_demo(
    name: str,
    title: str,
    url: str,
    *,
    has_places: bool,
    people: int,
    seconds: float,
    target_name: str | None,
) -> None:
    """Run a service that takes the stand-in for the platform, and let people arrive from there. Raises DemoError."""
    if not (CHECKOUT / f"tests/fake_{name}/demo.py").exists():
        raise DemoError(
            f"The stand-in for {title} is in the source checkout only. Get the sources, and start this from there."
        )
    sys.path.append(str(CHECKOUT))
    stand_in: AbstractContextManager[StandIn] = import_module(f"tests.fake_{name}.demo").stand_in(url)
    if is_up(url.rstrip("/")):
        raise DemoError(
            f"Something answers at {url} already. This demo starts a service of its own: give it another --url."
        )
    with stand_in as meeting:
        os.environ.update(meeting.environ)
        door = ClientDoor(name, title, meeting, has_places=has_places)
        demo(url, people=people, seconds=seconds, target_name=target_name, door=door)
