"""RingCentral Events, formerly Hopin: a web page of ours that an organizer embeds, and who registered, by its REST API.

The frame tells nothing about who looks at it, so everybody is a guest here until they prove to us who they are; what
stands in its address is a suggestion at most. Organizers add the app by OAuth, or give a key of the API. Sources: the
vendor's own sample and collection, github.com/hopin-team. What was not confirmed: docs/hopin/README.md.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, ClassVar

from integrations.hopin import settings as hopin_settings
from integrations.hopin.lists import Lists
from integrations.hopin.package import PACKAGE
from integrations.platform import (
    NOTHING,
    Client,
    Credential,
    File,
    Gatherings,
    Identity,
    Launch,
    Listed,
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

SCOPES = ("api",)
LONGEST_KEY = 100
LONGEST_SESSION = 60
LONGEST_USER_ID = 200
MOST_PAGES = 20  # of organizations, that say whose a token is


class Hopin:
    name = "hopin"
    title: ClassVar[str] = "RingCentral Events (formerly Hopin)"
    settings: ClassVar[Sequence[Setting]] = hopin_settings.SETTINGS
    package: ClassVar[Package | None] = PACKAGE
    pages: ClassVar[Mapping[str, str]] = {
        "": "app",
        "privacy": "privacy",
        "terms": "terms",
        "support": "support",
    }
    has_client: ClassVar[bool] = True
    has_notices: ClassVar[bool] = False  # only hints, which nobody signs
    has_places: ClassVar[bool] = False
    has_organizers: ClassVar[bool] = True
    opens_web_pages: ClassVar[bool] = False
    installers_start_in: ClassVar[frozenset[str]] = frozenset()
    files: tuple[File, ...] = ()
    for_browser: Mapping[str, str] = NOTHING

    def __init__(
        self,
        client_id: str = "",
        client_secret: str = "",
        key: str = "",
        host: str = "events.ringcentral.com",
        api_host: str = "api.events.ringcentral.com",
        frames: Sequence[str] = (),
        told_in: str = "either",
        has_proof_key: bool = False,
        since_filter: str = "",
        signals: Sequence[str] = (),
        signal_type: str = "",
    ) -> None:
        """The hosts are the vendor's, today's or those of old, or the whole addresses of a stand-in."""
        web, api = _origin(host), _origin(api_host)
        self.frame_ancestors: tuple[str, ...] = ("'self'", *map(_origin, frames))
        self.gatherings: Gatherings | None = Lists(api, key, since_filter, signals, signal_type)
        self.oauth: OAuth | None = None
        if client_id:
            self.oauth = OAuth(
                authorize_url=f"{web}/oauth/authorize",
                token_url=f"{web}/oauth/token",
                revoke_url="",  # none is known
                scopes=SCOPES,
                credentials=(Credential(client_id, client_secret),),
                is_for_tenant=True,
                is_secret_in_form=True,
                resource_parameter="resource",
                names_scopes=True,
                has_proof_key=has_proof_key,
                told_in=told_in,
            )

    @staticmethod
    def options(values: Mapping[str, Any]) -> dict[str, Any] | None:
        return hopin_settings.options(values)

    def launch(self, request: Request, trust: Trust, now: float) -> Launch:
        """A guest at the place whose key stands in the frame's address; "" for one that nobody set up.

        Nobody is a host here.
        """
        found = _json(request.body) if request.body else dict(request.query)
        key = found.get("place")
        if not isinstance(key, str) or len(key) > LONGEST_KEY:
            raise PlatformError("no_context", "Open this where your event is.")
        session = _short(found, "session", LONGEST_SESSION)
        return Launch(
            Identity("hopin", "", "", "guest"),
            role="",
            meeting=Meeting(id=key, room=f"{key} {session}" if key and session else "", is_place=bool(key)),
        )

    def notice(self, request: Request, trust: Trust, now: float) -> Notice | None:
        return None

    def person(self, client: Client) -> Person | None:
        """The organizations that the tokens open: nothing tells which of their people gave them.

        Whoever opens the same ones may do the same here, so those are one.
        """
        if self.gatherings is None:
            return None
        found: list[Listed] = []
        page = ""
        for _ in range(MOST_PAGES):
            part = self.gatherings.tenants(client, page)
            found += part.items
            page = part.next
            if not page:
                break
        if not found or page:
            raise PlatformError(
                "bad_answer", "The other side did not say whose these tokens are.", permanent=False
            )
        first = min(found, key=lambda each: each.id)
        return Person(
            Identity("hopin", first.id[:100], _all_of([each.id for each in found]), "proved"),
            Profile(),
            account=first.name[:100],
        )

    def opening_url(self, client: Client, action: str) -> str | None:
        return None

    def may_fetch(self, url: str) -> bool:
        return False

    def hello_url(self, identity: Identity, address: str) -> str | None:
        """Nothing there opens a talk with somebody from outside."""
        return None


def _origin(host: str) -> str:
    return host if "://" in host else f"https://{host}"


def _all_of(ids: Sequence[str]) -> str:
    """One text for a set of organizations."""
    text = " ".join(sorted(set(ids)))
    return text if len(text) <= LONGEST_USER_ID else sha256(text.encode()).hexdigest()


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise _refused() from None
    if not isinstance(found, dict):
        raise _refused()
    return found


def _refused() -> PlatformError:
    return PlatformError("bad_context", "This did not work. Reload the page and try again.")


def _short(found: Mapping[str, Any], name: str, longest: int) -> str:
    value = found.get(name)
    return value.strip() if isinstance(value, str) and len(value) <= longest else ""
