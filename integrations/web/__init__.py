"""The plain browser: guests with a join code, and people whom a tenant sends with a signed ticket.

A ticket is a JWT (RFC 7519) signed with HS256 and a key that the tenant got from us. `kid` in the header names the
tenant. Claims: `aud` "virtual-mosaic", `exp` at most five minutes ahead, `jti` used once, `sub` the tenant's id of the
person, `code` the join code; optional `name`, `email`, `nbf` and `role`. A role beyond `attendee` counts in events that
the tenant was let into.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from integrations.platform import (
    NOTHING,
    Client,
    File,
    Gatherings,
    Identity,
    Launch,
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

AUDIENCE = "virtual-mosaic"
TICKET_SECONDS = 300
CLOCK_SKEW_SECONDS = 30
TICKET_BYTES = 4096
ROLES = frozenset({"host", "co_host", "organizer", "attendee"})

REQUIRED_TEXTS = {"jti": 200, "sub": 200, "code": 20}
OPTIONAL_TEXTS = {"name": 80, "email": 254, "role": 20}


class Web:
    name = "web"
    title: ClassVar[str] = ""
    settings: ClassVar[Sequence[Setting]] = ()
    package: ClassVar[Package | None] = None
    pages: ClassVar[Mapping[str, str]] = {}
    has_client: ClassVar[bool] = False
    has_notices: ClassVar[bool] = False
    has_places: ClassVar[bool] = False
    has_organizers: ClassVar[bool] = False
    opens_web_pages: ClassVar[bool] = True
    for_browser: Mapping[str, str] = NOTHING
    installers_start_in: ClassVar[frozenset[str]] = frozenset()
    files: tuple[File, ...] = ()
    frame_ancestors: tuple[str, ...] = ("'self'",)
    oauth: OAuth | None = None
    gatherings: Gatherings | None = None

    @staticmethod
    def options(values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {}

    def launch(self, request: Request, trust: Trust, now: float) -> Launch:
        """A ticket in the query gives a proved identity; a join code in the JSON body gives a guest."""
        if "ticket" in request.query:
            return _ticket(request.query["ticket"], trust, now)
        return _guest(request.body)

    def notice(self, request: Request, trust: Trust, now: float) -> Notice | None:
        return None

    def person(self, client: Client) -> Person | None:
        return None

    def opening_url(self, client: Client, action: str) -> str | None:
        return None

    def may_fetch(self, url: str) -> bool:
        return False

    def hello_url(self, identity: Identity, address: str) -> str | None:
        return None


def _guest(body: bytes) -> Launch:
    try:
        code = json.loads(body)["code"]
    except (ValueError, KeyError, TypeError):
        raise PlatformError("no_code", "Type the join code of your event.") from None
    if not isinstance(code, str):
        raise PlatformError("no_code", "Type the join code of your event.")
    return Launch(Identity("web", "", "", "guest"), code)


def _refused() -> PlatformError:
    # One answer for every fault: a forger learns nothing from it.
    return PlatformError(
        "bad_ticket", "This link is not valid any more. Ask for a new one, or type the join code."
    )


def _ticket(ticket: str, trust: Trust, now: float) -> Launch:
    if len(ticket) > TICKET_BYTES:
        raise _refused()
    tenant = _tenant_of(ticket)
    claims = _verified_claims(ticket, trust.tenant_keys(tenant))
    texts = _texts(claims)
    expires = _expiry(claims, now)
    role = texts.get("role", "attendee")
    if claims.get("aud") != AUDIENCE or role not in ROLES:
        raise _refused()
    return Launch(
        Identity("web", tenant, texts["sub"], "proved"),
        texts["code"],
        role,
        Profile(texts.get("name", "").strip(), texts.get("email", "").strip()),
        replay_key=f"web:{tenant}:{texts['jti']}",
        replay_until=expires + CLOCK_SKEW_SECONDS,
    )


def _tenant_of(ticket: str) -> str:
    """The tenant that the ticket claims to come from; nothing else of it is believed yet."""
    try:
        segment = ticket.split(".")[0]
        header = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
        tenant = header["kid"]
    except (ValueError, KeyError, TypeError):
        raise _refused() from None
    if not isinstance(tenant, str) or not re.fullmatch(r"[a-z0-9-]{1,100}", tenant):
        raise _refused()
    return tenant


def _verified_claims(ticket: str, keys: Sequence[str]) -> dict[str, Any]:
    for key in keys:
        try:
            return dict(jwt.decode(ticket, OctKey.import_key(key), algorithms=["HS256"]).claims)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    raise _refused()


def _texts(claims: Mapping[str, Any]) -> dict[str, str]:
    texts = {}
    for name, longest in (REQUIRED_TEXTS | OPTIONAL_TEXTS).items():
        value = claims.get(name)
        if value is None and name in OPTIONAL_TEXTS:
            continue
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            raise _refused()
        texts[name] = value
    return texts


def _expiry(claims: Mapping[str, Any], now: float) -> float:
    begins = claims.get("nbf", now)
    if isinstance(begins, bool) or not isinstance(begins, int | float) or begins > now + CLOCK_SKEW_SECONDS:
        raise _refused()
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float):
        raise _refused()
    if not now - CLOCK_SKEW_SECONDS < expires <= now + TICKET_SECONDS + CLOCK_SKEW_SECONDS:
        raise _refused()
    return float(expires)
