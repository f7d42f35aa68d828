"""What tests of Teams share: the service beside a stand-in for Entra and Graph, and people who open it there."""

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.factories import Person, Service
from tests.fake_teams.server import ACME, ADA, BEN, GLOBEX, HANNA, FakeTeams

CHAT = "19:meeting_weekly@thread.v2"
BASE_URL = "https://mosaic.example.org"
NEW = {"kind": "new", "name": "Weekly coffee", "target_name": "sunrise"}
PEOPLE = {"hanna": (ACME, HANNA), "ada": (ACME, ADA), "ben": (GLOBEX, BEN)}


@dataclass
class TeamsService(Service):
    """The real app with Teams' credentials. `teams` is the stand-in that it takes for Entra and Graph."""

    teams: FakeTeams

    def token(self, name: str, **changes: Any) -> str:
        return self.teams.token(*PEOPLE[name], **changes)

    def session(self, token: Any, tab: str = "", chat: str = CHAT, **body: Any) -> TestResponse:
        """POST /api/teams/session, as the panel in this chat does."""
        context = {"frame": "sidePanel", "chat": chat} if chat else {"frame": "content"}
        return self.client.post(
            "/api/teams/session", json={"token": token, "tab": tab, "context": context} | body
        )

    def enter(self, who: str | None, tab: str = "", **body: Any) -> Person:
        """Somebody of the cast opens the panel, and there is a wall; None is anonymous."""
        answer = self.session(self.token(who) if who else None, tab, **body)
        assert answer.status_code == 200, answer.text
        assert answer.json["event"], answer.text
        return Person(self, answer.json["token"], answer.json)

    def look(self, who: str, chat: str = CHAT) -> Any:
        body = {"token": self.token(who), "context": {"frame": "settings", "chat": chat}}
        answer = self.client.post("/api/teams/look", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json

    def save(self, who: str, chat: str = CHAT, **wish: Any) -> TestResponse:
        """Somebody saves the configuration page."""
        body = {"token": self.token(who), "context": {"frame": "settings", "chat": chat}, "wish": wish}
        return self.client.post("/api/teams/places", json=body)

    def configured(self, who: str = "hanna", chat: str = CHAT, **wish: Any) -> Any:
        """The answer to a save that worked; without a wish it is for a new wall."""
        answer = self.save(who, chat, **(wish or NEW))
        assert answer.status_code == 201, answer.text
        return answer.json
