"""Teams: a tab in meetings, opened with a single sign-on token; profiles by Microsoft Graph on the person's behalf.

Vendor's pages: https://learn.microsoft.com/microsoftteams/platform/. What was not confirmed: docs/teams/README.md.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from integrations.platform import (
    Client,
    Credential,
    File,
    Gatherings,
    Identity,
    Launch,
    Meeting,
    Notice,
    OAuth,
    Package,
    Person,
    PlatformError,
    Profile,
    Request,
    Trust,
)
from integrations.settings import Setting
from integrations.teams import settings as teams_settings
from integrations.teams.graph import FIELDS, person_of
from integrations.teams.package import PACKAGE
from integrations.teams.tokens import ANY_TENANT, Member, key_id_of, member_of, refused

FRAMES = ("teams.microsoft.com", "*.teams.microsoft.com", "*.cloud.microsoft")
ADDRESS = re.compile(r"[^\s@]+@[^\s@]+")
LONGEST_HINT = 300
# What Graph is asked for; `openid` and `offline_access` are not its own, and are asked for beside.
GRAPH_SCOPE = "User.Read"


class Teams:
    name = "teams"
    title: ClassVar[str] = "Teams"
    settings: ClassVar[Sequence[Setting]] = teams_settings.SETTINGS
    package: ClassVar[Package | None] = PACKAGE
    pages: ClassVar[Mapping[str, str]] = {
        "": "app",
        "privacy": "privacy",
        "terms": "terms",
        "support": "support",
        "configure": "configure",
        "ready": "ready",
    }
    has_client: ClassVar[bool] = True
    gatherings: Gatherings | None = None
    has_notices: ClassVar[bool] = False  # they would need a bot
    has_places: ClassVar[bool] = True
    has_organizers: ClassVar[bool] = False
    opens_web_pages: ClassVar[bool] = False
    installers_start_in: ClassVar[frozenset[str]] = frozenset()
    files: tuple[File, ...] = ()

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        app_id: str = "",
        tenants: frozenset[str] = frozenset(),
        frames: tuple[str, ...] = (),
        login_host: str = "login.microsoftonline.com",
        graph_host: str = "graph.microsoft.com",
        chat_host: str = "teams.microsoft.com",
    ) -> None:
        """The hosts are Microsoft's, of one of its clouds, or the whole addresses of a stand-in."""
        login, graph = _origin(login_host), _origin(graph_host)
        self._client_id, self._tenants = client_id, tenants
        self._keys = f"{login}/common/discovery/v2.0/keys"
        self._issuer = f"{login}/{ANY_TENANT}/v2.0"
        self._me = f"{graph}/v1.0/me"
        self._photo = f"{graph}/v1.0/me/photo/$value"
        self._chats = _origin(chat_host)
        self.frame_ancestors: tuple[str, ...] = (
            "'self'",
            *(f"https://{each}" for each in (*FRAMES, *frames)),
        )
        graph_scope = f"{graph}/{GRAPH_SCOPE}"
        self.oauth: OAuth | None = OAuth(
            authorize_url=f"{login}/{{tenant}}/oauth2/v2.0/authorize",
            token_url=f"{login}/{{tenant}}/oauth2/v2.0/token",
            revoke_url="",
            scopes=("openid", "profile", "offline_access", graph_scope),
            credentials=(Credential(client_id, client_secret),),
            in_client_method="S256",
            has_popup=True,
            on_behalf_scopes=(graph_scope, "offline_access"),
            is_secret_in_form=True,
        )
        self.for_browser: Mapping[str, str] = {
            "app_id": app_id,
            "client_id": client_id,
            "admin_consent": f"{login}/organizations/v2.0/adminconsent?"
            + urlencode({"client_id": client_id, "scope": graph_scope})
            + "&redirect_uri={base_url}/teams/ready",
        }

    @staticmethod
    def options(values: Mapping[str, Any]) -> dict[str, Any] | None:
        return teams_settings.options(values)

    def launch(self, request: Request, trust: Trust, now: float) -> Launch:
        """From the token that the page got of Teams and sent in its body, with the key of the tab it stands in.

        Without a token somebody is anonymous in the meeting, and here a guest, by the tab's key or a join code.
        """
        body = _json(request.body) if request.body else {}
        token, tab = body.get("token"), _short(body, "tab")
        if token is None and not tab and not _short(body, "code"):
            raise PlatformError("no_context", "Open this from inside Teams.")
        place = _place(tab, body.get("context"))
        guest = Identity("teams", "", "", "guest")
        if token is None:
            return Launch(guest, role="", meeting=place, client_id=self._client_id)
        if not isinstance(token, str):
            raise refused()
        key_id = key_id_of(token)
        keys = trust.signing_keys(self._keys, key_id)
        if not keys:  # nobody can be proved just now, and nobody is kept out for that
            return Launch(guest, role="", meeting=place, client_id=self._client_id, may_prove_later=True)
        member = member_of(token, keys.get(key_id), self._client_id, self._issuer, now)
        return self._launch_of(member, place, token)

    def _launch_of(self, member: Member, place: Meeting, token: str) -> Launch:
        if self._tenants and member.tenant not in self._tenants:
            raise PlatformError(
                "wrong_tenant", "This server is for people of other organizations. Join with a code instead."
            )
        return Launch(
            Identity("teams", member.tenant, member.user_id, "proved"),
            role="",  # no token says who organizes a meeting
            profile=Profile(name=member.name, email=member.address),
            meeting=place,
            client_id=self._client_id,
            may_start=place.kind == "panel",
            assertion=token,
        )

    def notice(self, request: Request, trust: Trust, now: float) -> Notice | None:
        return None

    def person(self, client: Client) -> Person | None:
        return person_of(client.get(f"{self._me}?$select={FIELDS}"), client.tenant, self._photo)

    def opening_url(self, client: Client, action: str) -> str | None:
        return None

    def may_fetch(self, url: str) -> bool:
        """Only the one address that the photo of whoever asks has."""
        return url == self._photo

    def hello_url(self, identity: Identity, address: str) -> str | None:
        """Opens a chat with somebody by their user principal name, which a guest of Teams' has not."""
        if identity.assurance != "proved" or not ADDRESS.fullmatch(address):
            return None
        return f"{self._chats}/l/chat/0/0?users={quote(address, safe='')}"


def _origin(host: str) -> str:
    return host if "://" in host else f"https://{host}"


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise refused() from None
    if not isinstance(found, dict):
        raise refused()
    return found


def _short(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) and len(value) <= LONGEST_HINT else ""


def _place(tab: str, hints: Any) -> Meeting:
    """Where it is: in the tab with this key of ours, in a chat without one, or in the app by itself."""
    chat = _short(hints, "chat") if isinstance(hints, Mapping) else ""
    if tab:
        return Meeting(id=tab, is_place=True, chat_hint=chat)
    return Meeting(kind="chat" if chat else "panel", chat_hint=chat)
