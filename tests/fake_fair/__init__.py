"""Fair, a platform that does not exist: what a new one consists of, and what the service does for it unasked.

Its tenants are fairs; user ids are unique within one only. A launch is a JWT (RS256) that names the fair, checked with
the platform's signing keys; a notice is signed with the fair's own key. An admin adds the app for everybody.
"""

import base64
import hashlib
import hmac
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from integrations.platform import (
    REMOVED,
    Client,
    Credential,
    File,
    Gatherings,
    Identity,
    Launch,
    Meeting,
    Notice,
    OAuth,
    Option,
    Package,
    PackageError,
    Person,
    PlatformError,
    Profile,
    Request,
    Trust,
)
from integrations.settings import Setting, host_like, text

LONGEST = 8192


def pack(base_url: str, pictures_url: str = "", color: str = "green") -> bytes:
    if not base_url.startswith("https://"):
        raise PackageError(f"{base_url}: expected an address that begins with https://")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        facts = {"home": f"{base_url}/fair/home", "color": color, "pictures": pictures_url}
        archive.writestr("fair.json", json.dumps(facts))
    return packed.getvalue()


class Fair:
    name = "fair"
    title: ClassVar[str] = "Fair"
    settings: ClassVar[Sequence[Setting]] = (
        Setting("FAIR_APP", text, "", "Id of the app. Empty: no Fair."),
        Setting("FAIR_SECRET", text, "", "Its secret."),
        Setting("FAIR_HOST", host_like("fair.example"), "fair.example", "Fair's host."),
    )
    package: ClassVar[Package | None] = Package(
        "The app for Fair.", "fair.zip", pack, "docs/fair.md", (Option("color", "Of the booth."),)
    )
    pages: ClassVar[Mapping[str, str]] = {"": "about", "privacy": "privacy"}
    has_client: ClassVar[bool] = True
    gatherings: Gatherings | None = None
    has_notices: ClassVar[bool] = True
    has_places: ClassVar[bool] = False
    has_organizers: ClassVar[bool] = False
    opens_web_pages: ClassVar[bool] = False
    installers_start_in: ClassVar[frozenset[str]] = frozenset({"booth"})
    frame_ancestors: tuple[str, ...] = ("'self'", "https://fair.example")

    def __init__(self, app: str, secret: str, host: str) -> None:
        origin = host if "://" in host else f"https://{host}"
        self.for_browser: Mapping[str, str] = {"origin": origin}
        self._app, self._api, self._keys = app, f"{origin}/me", f"{origin}/keys"
        self.oauth: OAuth | None = OAuth(
            authorize_url=f"{origin}/oauth/authorize",
            token_url=f"{origin}/oauth/token",
            revoke_url=f"{origin}/oauth/revoke",
            scopes=("profile",),
            credentials=(Credential(app, secret),),
            in_client_method="S256",
            is_for_tenant=True,
        )
        self.files = (File("/fair-app.txt", app, "text/plain; charset=utf-8"),)

    @staticmethod
    def options(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if not values["FAIR_APP"]:
            return None
        if not values["FAIR_SECRET"]:
            raise ValueError("FAIR_SECRET is missing")
        return {"app": values["FAIR_APP"], "secret": values["FAIR_SECRET"], "host": values["FAIR_HOST"]}

    def launch(self, request: Request, trust: Trust, now: float) -> Launch:
        token = _body(request).get("token") or request.headers.get("x-fair-token")
        if not isinstance(token, str) or not 0 < len(token) <= LONGEST:
            raise _refused()
        key_id = str(_part(token, 0).get("kid", ""))
        keys = trust.signing_keys(self._keys, key_id)
        if not keys:  # nobody can be proved just now, and nobody is kept out for that
            said = _part(token, 1)
            place = Meeting(id=f"{said.get('fair')}:{said.get('booth')}", kind="booth", signed=False)
            return Launch(Identity("fair", "", "", "guest"), meeting=place, may_prove_later=True)
        claims = _claims(token, keys.get(key_id))
        if claims.get("aud") != self._app or not now - 30 < claims.get("exp", 0) < now + 600:
            raise _refused()
        return Launch(
            Identity("fair", claims["fair"], claims["sub"], "proved"),
            role=claims.get("role", "attendee"),
            replay_key=f"fair:{claims['fair']}:{claims['jti']}",
            replay_until=claims["exp"] + 30,
            meeting=Meeting(id=f"{claims['fair']}:{claims['booth']}", kind="booth"),
            client_id=self._app,
        )

    def notice(self, request: Request, trust: Trust, now: float) -> Notice | None:
        body = _body(request)
        keys = trust.tenant_keys(str(body.get("fair", "")))
        given = request.headers.get("x-fair-signature", "").encode()
        if not any(hmac.compare_digest(signature(key, request.body).encode(), given) for key in keys):
            raise _refused()
        if body.get("kind") != "left":
            return None
        return Notice(
            REMOVED,
            tenant=body["fair"],
            user_id=body["user"],
            replay_key=f"fair-notice:{given}",
            replay_until=now + 600,
        )

    def person(self, client: Client) -> Person | None:
        told = client.get(self._api)
        if not told.get("id") or not told.get("fair"):
            raise PlatformError("bad_answer", "Fair did not say who you are.", permanent=False)
        return Person(
            Identity("fair", told["fair"], told["id"], "proved"),
            Profile(name=told.get("name", "")),
            account=f"account of {told['fair']}",
        )

    def opening_url(self, client: Client, action: str) -> str | None:
        return None

    def may_fetch(self, url: str) -> bool:
        return False

    def hello_url(self, identity: Identity, address: str) -> str | None:
        return f"https://fair.example/talk/{identity.tenant}/{identity.user_id}"


def signature(key: str, body: bytes) -> str:
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def _refused() -> PlatformError:
    return PlatformError("bad_context", "Fair did not vouch for this. Open it again.")


def _body(request: Request) -> Mapping[str, Any]:
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        raise _refused() from None
    if not isinstance(found, dict):
        raise _refused()
    return found


def _part(token: str, number: int) -> Mapping[str, Any]:
    """What the token's header (0) or its claims (1) say, which is not believed yet."""
    try:
        segment = token.split(".")[number]
        found = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, IndexError):
        raise _refused() from None
    if not isinstance(found, dict):
        raise _refused()
    return found


def _claims(token: str, key: Mapping[str, Any] | None) -> dict[str, Any]:
    if key is None:
        raise _refused()
    try:
        return dict(jwt.decode(token, RSAKey.import_key(dict(key)), algorithms=["RS256"]).claims)
    except (JoseError, ValueError, KeyError):
        raise _refused() from None
