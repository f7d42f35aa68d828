"""A booth at Fair, for `mosaic demo --platform fair`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.fake_fair.server import FakeFair


class Booth:
    def __init__(self, fair: FakeFair) -> None:
        self._fair = fair

    @property
    def address(self) -> str:
        return self._fair.address

    @property
    def environ(self) -> Mapping[str, str]:
        return self._fair.environ

    def host(self) -> Mapping[str, Any]:
        return {"token": self._fair.token(role="host")}

    def visitor(self, number: int) -> Mapping[str, Any]:
        return {"token": self._fair.token(user=f"visitor {number}")}

    def how_to_look(self, opened: Mapping[str, Any]) -> str:
        return ""


@contextmanager
def stand_in(url: str) -> Iterator[Booth]:
    with FakeFair() as fair:
        yield Booth(fair)
