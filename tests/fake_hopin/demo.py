"""An event at the stand-in for RingCentral Events, for `mosaic demo --platform hopin`: everybody a guest in a frame."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.fake_hopin.server import FakeHopin

REGISTERED = 200
SESSIONS = ("", "Room 1", "Room 2")


class Gathering:
    def __init__(self, hopin: FakeHopin) -> None:
        self._hopin = hopin

    @property
    def address(self) -> str:
        return self._hopin.address

    @property
    def environ(self) -> Mapping[str, str]:
        return self._hopin.environ

    def host(self) -> Mapping[str, Any]:
        return {"key": next(iter(self._hopin.keys))}

    def visitor(self, number: int) -> Mapping[str, Any]:
        session = SESSIONS[number % len(SESSIONS)]
        return {"session": session} if session else {}

    def how_to_look(self, opened: Mapping[str, Any]) -> str:
        return f"Beside a stage:   {self._hopin.venue(opened['embed_url'])}\n"


@contextmanager
def stand_in(url: str) -> Iterator[Gathering]:
    with FakeHopin() as hopin:
        for number in range(REGISTERED):
            hopin.register(f"visitor.{number}@acme.example")
        yield Gathering(hopin)
