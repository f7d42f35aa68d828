"""An event at the stand-in for RingCentral Events, for `mosaic demo --platform hopin`: everybody a guest in a frame."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.fake_hopin.server import FakeHopin
from tests.stand_in import EVERYWHERE

REGISTERED = 200
MANY = 1_000_000
SESSIONS = ("", "Room 1", "Room 2")


class Gathering:
    def __init__(self, hopin: FakeHopin) -> None:
        self._hopin = hopin
        self.asked_in_silence = 0

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

    def silence(self) -> None:
        """From now on it takes calls and answers none."""
        self._hopin.fault(EVERYWHERE, "hang", times=MANY)

    def wake(self) -> None:
        self.asked_in_silence += sum(MANY - fault["times"] for fault in self._hopin.faults)
        self._hopin.faults.clear()

    def how_to_look(self, opened: Mapping[str, Any]) -> str:
        return f"Beside a stage:   {self._hopin.venue(opened['embed_url'])}\n"


@contextmanager
def stand_in(url: str, registered: int = REGISTERED) -> Iterator[Gathering]:
    with FakeHopin() as hopin:
        for number in range(registered):
            hopin.register(f"visitor.{number}@acme.example")
        yield Gathering(hopin)
