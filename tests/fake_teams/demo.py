"""A meeting at the stand-in for Teams, for `mosaic demo --platform teams`: two tenants, every third anonymous; and a
page like Teams' own in which three of them sit side by side."""

import secrets
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fake_teams.client import SERVICE, TEAMS, FakeClient, TeamsPerson
from tests.fake_teams.server import ACME, ADA, BEN, GLOBEX, HANNA, FakeTeams

KEYS, ME = "/common/discovery/v2.0/keys", "/v1.0/me"
MANY = 1_000_000


class Meeting:
    def __init__(self, teams: FakeTeams, client: FakeClient) -> None:
        self._teams = teams
        self._client = client
        self._chat = f"19:meeting_{secrets.token_hex(8)}@thread.v2"
        for key, tid, oid in (("hanna", ACME, HANNA), ("ada", ACME, ADA), ("ben", GLOBEX, BEN)):
            known = teams.people[tid, oid]
            client.address(
                TeamsPerson(
                    key,
                    known["displayName"],
                    oid,
                    tid,
                    known["userPrincipalName"],
                    may_share=key == "hanna",
                    chat=self._chat,
                )
            )

    @property
    def address(self) -> str:
        return self._teams.address

    @property
    def environ(self) -> Mapping[str, str]:
        """The client's pages are under https, and so are those of ours that they frame."""
        return self._teams.environ | {"MOSAIC_BASE_URL": f"https://{SERVICE}"}

    def host(self) -> Mapping[str, Any]:
        return {"token": self._teams.token(), "context": {"frame": "settings", "chat": self._chat}}

    def visitor(self, number: int) -> Mapping[str, Any]:
        context = {"frame": "sidePanel", "chat": self._chat}
        if number % 3 == 0:
            return {"token": None, "context": context | {"anonymous": True}}
        oid = f"00000000-0000-4000-9000-{number:012}"
        token = self._teams.token((ACME, GLOBEX)[number % 2], oid, name=f"Visitor {number}")
        return {"token": token, "context": context}

    def silence(self, *, hangs: bool = False) -> None:
        """From now on Entra's keys hang, and Graph has no time or hangs too; everybody has agreed before."""
        self._teams.agrees_everybody = True
        self._teams.fault(KEYS, "hang", times=MANY)
        if hangs:
            self._teams.fault(ME, "hang", times=MANY)
        else:
            self._teams.fault(ME, "status", times=MANY, status=429, retry_after=2)

    def wake(self) -> None:
        self._teams.faults.clear()

    def panel(self, tab: str) -> tuple[Sequence[str], str]:
        """(what Chromium has to be told, the page in which somebody has the panel of this tab beside the meeting)."""
        self._client.meeting(self._chat)["tab"] = {"contentUrl": f"https://{SERVICE}/teams/home?tab={tab}"}
        return self._client.arguments, f"https://{TEAMS}/client?person=ada"

    def how_to_look(self, opened: Mapping[str, Any]) -> str:
        """The tab is there for all three; a browser has to be told where Teams is."""
        self._client.meeting(self._chat)["tab"] = {
            "suggestedDisplayName": opened["name"],
            "entityId": opened["entity_id"],
            "contentUrl": f"{opened['content_url']}&theme={{theme}}",
            "websiteUrl": opened["website_url"],
        }
        profile = Path(tempfile.gettempdir(), f"not-teams-{secrets.token_hex(4)}")
        command = ["chromium", f"--user-data-dir={profile}", *self._client.arguments, f"https://{TEAMS}/demo"]
        return f"Inside the client: {shlex.join(command)}\n"


@contextmanager
def stand_in(url: str) -> Iterator[Meeting]:
    parts = urlsplit(url)
    with (
        FakeTeams() as teams,
        FakeClient(parts.port or 80, lambda person: teams.token(person.tid, person.oid)) as client,
    ):
        yield Meeting(teams, client)
