"""What tests of a mixed event share: one service beside the stand-ins of all platforms, and people of each."""

from dataclasses import dataclass

from tests.factories import Event, Person, Service
from tests.fake_teams.server import ACME
from tests.hopin_cast import HopinService
from tests.teams_cast import CHAT, TeamsService
from tests.zoom_cast import ZoomService


@dataclass
class Mixed:
    zoom: ZoomService
    teams: TeamsService
    hopin: HopinService

    @property
    def any(self) -> Service:
        return self.zoom


def host_code(event: Event) -> str:
    return str(event.host().call("POST", "/api/host/code", json={}).json["code"])


def in_teams(teams: TeamsService, tab: str, number: int, chat: str = CHAT, code: str = "") -> Person:
    token = teams.teams.token(ACME, f"00000000-0000-4000-9000-{number:012}")
    answer = teams.session(token, tab, chat, **({"code": code} if code else {}))
    assert answer.status_code == 200, answer.text
    return Person(teams, answer.json["token"], answer.json)
