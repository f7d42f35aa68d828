"""A meeting at the stand-in for Teams, for `mosaic demo --platform teams`: two tenants, every third anonymous."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.fake_teams.server import ACME, GLOBEX, FakeTeams


class Meeting:
    def __init__(self, teams: FakeTeams) -> None:
        self._teams = teams
        self._chat = f"19:meeting_{secrets.token_hex(8)}@thread.v2"

    @property
    def address(self) -> str:
        return self._teams.address

    @property
    def environ(self) -> Mapping[str, str]:
        return self._teams.environ

    def host(self) -> Mapping[str, Any]:
        return {"token": self._teams.token(), "context": {"frame": "settings", "chat": self._chat}}

    def visitor(self, number: int) -> Mapping[str, Any]:
        context = {"frame": "sidePanel", "chat": self._chat}
        if number % 3 == 0:
            return {"token": None, "context": context | {"anonymous": True}}
        oid = f"00000000-0000-4000-9000-{number:012}"
        token = self._teams.token((ACME, GLOBEX)[number % 2], oid, name=f"Visitor {number}")
        return {"token": token, "context": context}


@contextmanager
def stand_in() -> Iterator[Meeting]:
    with FakeTeams() as teams:
        yield Meeting(teams)
