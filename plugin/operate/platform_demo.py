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
from urllib.parse import urlencode

from plugin.operate.demo import CodeDoor, DemoError, Visitor, demo, is_up

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
        """What the host's panel sends to /api/NAME/session; or to /places, where a host sets up a place for it; or what
        an organizer's page sends to /organize/key."""
        ...

    def visitor(self, number: int) -> Mapping[str, Any]:
        """What the panel of another person sends; some of them are guests, some in breakout rooms."""
        ...

    def how_to_look(self, opened: Mapping[str, Any]) -> str:
        """A line about how to see it inside the client, once the host has opened the wall; "" for none."""
        ...


class ClientDoor:
    """A meeting whose host starts the wall from inside the client, or sets up a place for it there."""

    def __init__(
        self,
        name: str,
        title: str,
        stand_in: StandIn,
        *,
        has_places: bool = False,
        has_organizers: bool = False,
    ) -> None:
        self._api = f"/api/{name}"
        self._title = title
        self._stand_in = stand_in
        self._start_wall = self._organize if has_organizers else self._set_up if has_places else self._start
        # Whoever the platform vouches for may be as quick as they like; elsewhere all are guests.
        self.looks_around_seconds = CodeDoor.looks_around_seconds if has_organizers else 0.0
        self._place: Mapping[str, Any] = {}
        self._numbers = iter(range(1, 1_000_000))

    def open(self, url: str, people: int, target_name: str | None) -> str:
        """The host opens the panel in the meeting and starts the wall."""
        host = Visitor(url)
        targets = [each["name"] for each in host.get("/api/targets")["targets"]]
        if target_name and target_name not in targets:
            raise DemoError(f"There is no picture called {target_name}; there are {', '.join(targets)}.")
        wish = {"name": f"A meeting of {people}", "target_name": target_name or targets[0]}
        opened = self._start_wall(host, wish)
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

    def _organize(self, host: Visitor, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """An organizer chooses the first of their events."""
        api = f"{self._api}/organize"
        host.token = host.post(f"{api}/key", self._stand_in.host())["token"]
        tenant = host.get(f"{api}/tenants")["items"][0]["id"]
        gathering = host.get(f"{api}/gatherings?{urlencode({'tenant': tenant})}")["items"][0]
        chosen = {"tenant": tenant, "gathering": gathering["id"], "gathering_name": gathering["name"]}
        led = host.post(f"{api}/walls", {**chosen, **wish})
        self._place = {"place": led["wall"]["place"]}
        opened: Mapping[str, Any] = {**led["wall"], "desk_url": led["desk_url"]}
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
    has_organizers: bool,
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
        door = ClientDoor(name, title, meeting, has_places=has_places, has_organizers=has_organizers)
        demo(url, people=people, seconds=seconds, target_name=target_name, door=door)
