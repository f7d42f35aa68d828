"""Zoom: the panel in a meeting or webinar, opened by a signed context; consents by OAuth; notices by webhook.

Vendor's pages: https://developers.zoom.us/docs/zoom-apps/. What Zoom's documents leave open is accepted either way.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from integrations.platform import (
    NOTHING,
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
from integrations.zoom import settings as zoom_settings
from integrations.zoom import webhook
from integrations.zoom.context import Context, open_context, refused
from integrations.zoom.package import PACKAGE

HEADER = "x-zoom-app-context"
VERIFICATION_PATH = "/zoomverify/verifyzoom.html"  # where Zoom looks whether the domain is ours
HOST_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
PLAIN_ADDRESS = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces, control characters and backslashes
SCOPES = ("zoomapp:inmeeting", "zoomapp:inwebinar", "user:read:user")

# The context and the browser's SDK spell them differently; everybody else who takes part is an attendee.
ROLES = {"host": "host", "co-host": "co_host", "cohost": "co_host"}
KINDS = frozenset({"meeting", "webinar", "panel", "chat"})


class Zoom:
    name = "zoom"
    title: ClassVar[str] = "Zoom"
    settings: ClassVar[Sequence[Setting]] = zoom_settings.SETTINGS
    package: ClassVar[Package | None] = PACKAGE
    pages: ClassVar[Mapping[str, str]] = {
        "": "app",
        "privacy": "privacy",
        "terms": "terms",
        "support": "support",
    }
    has_client: ClassVar[bool] = True
    gatherings: Gatherings | None = None
    has_notices: ClassVar[bool] = True
    has_places: ClassVar[bool] = False
    has_organizers: ClassVar[bool] = False
    opens_web_pages: ClassVar[bool] = True
    for_browser: Mapping[str, str] = NOTHING
    # In a webinar only its hosts start a wall.
    installers_start_in: ClassVar[frozenset[str]] = frozenset({"meeting", "panel", "chat"})
    frame_ancestors: tuple[str, ...] = ("'self'", "https://zoom.us", "https://*.zoom.us")

    def __init__(
        self,
        credentials: Sequence[tuple[str, str]],
        secret_tokens: tuple[str, ...] = (),
        host: str = "zoom.us",
        in_client_method: str = "plain",
        verification: str = "",
    ) -> None:
        """`credentials` are client ids with their secrets, the published app's first.

        `host` is zoom.us, another of Zoom's clouds such as zoomgov.com, or the whole address of a stand-in.
        """
        self._credentials = tuple(Credential(*each) for each in credentials)
        self._secret_tokens = secret_tokens
        self._origin = host if "://" in host else f"https://{host}"
        self._api = f"{host}/v2" if "://" in host else f"https://api.{host}/v2"
        self.files: tuple[File, ...] = (File(VERIFICATION_PATH, verification),) if verification else ()
        self._hosts = () if "://" in host else tuple({host, "zoom.us"})
        if self._hosts and host != "zoom.us":
            self.frame_ancestors = (*self.frame_ancestors, f"https://{host}", f"https://*.{host}")
        self.oauth: OAuth | None = OAuth(
            authorize_url=f"{self._origin}/oauth/authorize",
            token_url=f"{self._origin}/oauth/token",
            revoke_url=f"{self._origin}/oauth/revoke",
            scopes=SCOPES,
            credentials=self._credentials,
            in_client_method=in_client_method,
        )

    @staticmethod
    def options(values: Mapping[str, Any]) -> dict[str, Any] | None:
        return zoom_settings.options(values)

    def launch(self, request: Request, trust: Trust, now: float) -> Launch:
        """From the context in the header, or from the one that the page got by `getAppContext` and sent in its body."""
        body = _json(request.body) if request.body else {}
        token = body["context"] if "context" in body else request.headers.get(HEADER)
        if token is None:
            raise PlatformError("no_context", "Open this from inside Zoom.")
        if not isinstance(token, str):
            raise refused()
        context = open_context(token, self._credentials, now)
        return Launch(
            _identity(context),
            role=role_of(context.text("attendrole")),
            replay_key=context.replay_key,
            replay_until=context.expires_at,
            meeting=_meeting(context, body.get("hints")),
            client_id=context.client_id,
            event_code=_code_of(context.text("act", 2000)),
        )

    def notice(self, request: Request, trust: Trust, now: float) -> Notice | None:
        """A webhook whose signature holds. None for a kind that says nothing to us."""
        delivery = webhook.verified(request, self._secret_tokens, now)
        return webhook.understood(delivery, {each.client_id for each in self._credentials})

    def person(self, client: Client) -> Person | None:
        return _person(client.get(f"{self._api}/users/me"))

    def opening_url(self, client: Client, action: str) -> str | None:
        """Lives five minutes. `action` comes back in the context as `act`."""
        link = client.post(f"{self._api}/zoomapp/deeplink", {"action": action}).get("deeplink")
        return link if isinstance(link, str) and self.may_fetch(link) else None

    def may_fetch(self, url: str) -> bool:
        """Only https and only Zoom's own hosts; of a stand-in, only itself."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        if not self._hosts:
            return f"{parts.scheme}://{parts.netloc}" == self._origin
        host = (parts.hostname or "").rstrip(".")
        # Whoever fetches may read odd characters otherwise than we do, so there must be none.
        if not HOST_NAME.fullmatch(host) or not PLAIN_ADDRESS.fullmatch(url):
            return False
        if parts.scheme != "https" or port not in (None, 443) or parts.username is not None:
            return False
        return any(host == ours or host.endswith(f".{ours}") for ours in self._hosts)

    def hello_url(self, identity: Identity, address: str) -> str | None:
        """Zoom has no supported way into a talk between two people who are not each other's contacts."""
        return None


def role_of(spelt: str) -> str:
    """Our role for Zoom's, in either of its spellings."""
    return ROLES.get(spelt.strip().lower().replace("_", "-"), "attendee")


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise refused() from None
    if not isinstance(found, dict):
        raise refused()
    return found


def _identity(context: Context) -> Identity:
    """A user id proves the person. Guests have none, and every attendee of a webinar is a guest."""
    user_id = context.text("uid")
    # The context does not name the account, and user ids are unique across Zoom.
    return Identity("zoom", "", user_id, "proved" if user_id else "guest")


def _meeting(context: Context, hints: Any) -> Meeting:
    """Where it is. Zoom promises the meeting's id for meetings only, so a webinar may have to do with a hint.

    A breakout room is documented in two ways: `mid` the main meeting and `bmid` the room, and in an older edition of
    the guide `mid` the room and `pid` the main meeting. Both are taken.
    """
    kind, meeting_id, room = context.text("typ"), context.text("mid"), context.text("bmid")
    if parent := context.text("pid"):
        meeting_id, room = parent, room or meeting_id
    unsigned = _hint(hints, "meetingUUID") if kind == "webinar" and not meeting_id else ""
    return Meeting(
        id=meeting_id or unsigned,
        kind=kind if kind in KINDS else "panel",
        room=room,
        parent_hint=_hint(hints, "parentUUID"),
        signed=not unsigned,
    )


def _hint(hints: Any, name: str) -> str:
    value = hints.get(name) if isinstance(hints, Mapping) else None
    return value if isinstance(value, str) and len(value) <= 200 else ""


def _code_of(action: str) -> str:
    """The event that a deep link of ours named."""
    try:
        found = json.loads(action)
    except (ValueError, RecursionError):
        return ""
    code = found.get("code") if isinstance(found, dict) else None
    return code if isinstance(code, str) and len(code) <= 20 else ""


def _person(answer: Mapping[str, Any]) -> Person:
    def text(name: str, longest: int = 200) -> str:
        value = answer.get(name)
        return value.strip()[:longest] if isinstance(value, str) else ""

    user_id = text("id")
    if not user_id:
        raise PlatformError("bad_answer", "Zoom did not say who you are. Please try again.", permanent=False)
    name = text("display_name") or f"{text('first_name')} {text('last_name')}".strip()
    return Person(
        Identity("zoom", "", user_id, "proved"),
        Profile(
            name=name, title=text("job_title"), company=text("company"), picture_url=text("pic_url", 2000)
        ),
        account=text("account_id", 100),
    )
