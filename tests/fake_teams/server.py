"""An Entra and a Graph for tests: a real HTTP server that speaks their protocols and keeps their rules.

What Entra has: one set of signing keys for all tenants, each key with its issuer; for each tenant authorize (a consent
that is given at once), token (codes used once, proof keys checked, grants on behalf of a person, refresh tokens that
rotate) and adminconsent. What Graph has: /me and its photo. What only a test has lies below /_fake/: single sign-on
tokens, faults, consents, what was asked.

    with FakeTeams() as teams: ...          in a test
    python -m tests.fake_teams --port N     beside a browser test; prints its address and takes ctrl-C
"""

import io
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from PIL import Image

from tests.keys import signing_key
from tests.stand_in import Answer, StandIn, as_form, as_json

CLIENT_ID = "8c7f7e0a-2f5a-4a53-8d4b-7c1f0e6e9b22"
CLIENT_SECRET = "fake-teams-secret"
APP_ID = "3f1c0f53-6f1e-4c5f-9d2b-0d9b6f4c1a11"
TEAMS_DESKTOP = "1fec8e78-bce4-4aaf-ab1b-5451cc387264"
ACME, GLOBEX = "aaaaaaaa-0000-4000-8000-000000000001", "bbbbbbbb-0000-4000-8000-000000000002"
HANNA, ADA, BEN = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
CODE_SECONDS = 300
TOKEN_SECONDS = 3600
BEHALF = "urn:ietf:params:oauth:grant-type:jwt-bearer"

Who = tuple[str, str]  # tenant and object id


def photo(colour: tuple[int, int, int]) -> bytes:
    image = Image.new("RGB", (320, 320), colour)
    image.paste((250, 220, 180), (90, 50, 230, 200))
    stream = io.BytesIO()
    image.save(stream, "JPEG")
    return stream.getvalue()


def cast() -> dict[Who, dict[str, Any]]:
    """Host Hanna and attendee Ada of acme, attendee Ben of globex; Ben has no photo."""
    return {
        (ACME, HANNA): {
            "displayName": "Hanna Host",
            "jobTitle": "Head of Events",
            "companyName": "Acme",
            "userPrincipalName": "hanna@acme.example",
        },
        (ACME, ADA): {
            "displayName": "Ada Lovelace",
            "jobTitle": "Analyst",
            "companyName": "Acme",
            "userPrincipalName": "ada@acme.example",
        },
        (GLOBEX, BEN): {
            "displayName": "Ben Bitdiddle",
            "jobTitle": None,
            "companyName": None,
            "userPrincipalName": "ben@globex.example",
        },
    }


@dataclass
class Grant:
    who: Who
    redirect_uri: str = ""
    challenge: str = ""
    expires_at: float = 0.0


@dataclass
class FakeTeams(StandIn):
    """All of it in memory. `agreed` is who gave consent; `signed_in` consents in a window that names nobody.

    `not_yet` grants on somebody's behalf are refused although they agreed: Entra takes a while. `challenge` is what
    conditional access asks of everybody until they were asked with it.
    """

    signed_in: Who = (ACME, HANNA)
    denies: bool = False
    people: dict[Who, dict[str, Any]] = field(default_factory=cast)
    photos: dict[Who, bytes] = field(default_factory=dict)
    agreed: set[Who] = field(default_factory=set)
    agrees_everybody: bool = False
    not_yet: int = 0
    challenge: str = ""
    codes: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.issuer = f"{self.address}/{{tenantid}}/v2.0"
        self.key = signing_key("common")
        self.own_key = signing_key("globex")  # signs for one tenant only
        self.photos |= {(ACME, HANNA): photo((120, 60, 160)), (ACME, ADA): photo((40, 120, 160))}

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a service that takes this for Entra and Graph."""
        return {
            "TEAMS_CLIENT_ID": CLIENT_ID,
            "TEAMS_CLIENT_SECRET": CLIENT_SECRET,
            "TEAMS_APP_ID": APP_ID,
            "TEAMS_LOGIN_HOST": self.address,
            "TEAMS_GRAPH_HOST": self.address,
        }

    @property
    def keys(self) -> list[dict[str, Any]]:
        """The key set, as Entra tells it."""
        return [
            dict(self.key.as_dict(private=False)) | {"issuer": self.issuer},
            dict(self.own_key.as_dict(private=False)) | {"issuer": self.issuer.replace("{tenantid}", GLOBEX)},
        ]

    # ---- what tests say ---------------------------------------------------------------------------------------

    def claims(self, tid: str = ACME, oid: str = HANNA, **changes: Any) -> dict[str, Any]:
        """The claims of a single sign-on token of now; a change to None leaves one out."""
        now = int(time.time())
        known = self.people.get((tid, oid), {})
        claims = {
            "aud": CLIENT_ID,
            "iss": self.issuer.replace("{tenantid}", tid),
            "iat": now - 60,
            "nbf": now - 60,
            "exp": now + 4000,
            "azp": TEAMS_DESKTOP,
            "azpacr": "0",
            "name": known.get("displayName", "Somebody"),
            "oid": oid,
            "preferred_username": known.get("userPrincipalName", f"{oid[-4:]}@acme.example"),
            "scp": "access_as_user",
            "sub": secrets.token_urlsafe(16),
            "tid": tid,
            "uti": secrets.token_urlsafe(16),
            "ver": "2.0",
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, tid: str = ACME, oid: str = HANNA, **changes: Any) -> str:
        """A token as `getAuthToken` gives it."""
        return jwt.encode({"alg": "RS256", "kid": "common"}, self.claims(tid, oid, **changes), self.key)

    def consent(self, address: str) -> dict[str, str]:
        """What the window's end is told, after somebody agreed at this authorize address."""
        _, _, query = address.partition("?")
        path = address.removeprefix(self.address).partition("?")[0]
        asked = {name: values[0] for name, values in parse_qs(query).items()}
        answer = self._authorize(path.split("/")[1], asked)
        return {
            name: values[0] for name, values in parse_qs(answer.headers["Location"].partition("?")[2]).items()
        }

    # ---- HTTP -------------------------------------------------------------------------------------------------

    def _answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        tenant, _, rest = path.strip("/").partition("/")
        if path == "/common/discovery/v2.0/keys":
            return as_json(200, {"keys": self.keys})
        if rest == "oauth2/v2.0/authorize":
            return self._authorize(tenant, query)
        if rest == "oauth2/v2.0/token":
            return self._token(tenant, as_form(body))
        if rest == "v2.0/adminconsent":
            answer = urlencode({"admin_consent": "True", "tenant": tenant, "state": query.get("state", "")})
            return Answer(302, headers={"Location": f"{query['redirect_uri']}?{answer}"})
        if tenant == "v1.0":
            return self._graph(rest, headers)
        if tenant == "_fake":
            return self._told(rest, json.loads(body or b"{}"))
        return as_json(404, {"error": {"code": "ResourceNotFound"}})

    def _authorize(self, tenant: str, query: dict[str, str]) -> Answer:
        wanted = {"client_id": CLIENT_ID, "response_type": "code", "code_challenge_method": "S256"}
        if any(query.get(name) != value for name, value in wanted.items()) or "redirect_uri" not in query:
            return Answer(400, b"AADSTS900144", "text/html")
        hinted = [
            who for who, each in self.people.items() if each["userPrincipalName"] == query.get("login_hint")
        ]
        who = hinted[0] if hinted else self.signed_in
        answer = {"state": query.get("state", "")}
        if self.denies or (tenant not in ("organizations", who[0])):
            answer["error"] = "access_denied"
        else:
            self.agreed.add(who)
            if query.get("claims") == self.challenge:
                self.challenge = ""
            answer["code"] = secrets.token_urlsafe(24)
            self.codes[answer["code"]] = Grant(
                who, query["redirect_uri"], query["code_challenge"], time.time() + CODE_SECONDS
            )
        return Answer(302, headers={"Location": f"{query['redirect_uri']}?{urlencode(answer)}"})

    # ---- tokens -----------------------------------------------------------------------------------------------

    def _token(self, tenant: str, form: dict[str, str]) -> Answer:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return as_json(401, {"error": "invalid_client", "error_description": "AADSTS7000215"})
        if form.get("grant_type") == "authorization_code":
            return self._exchange(tenant, form)
        if form.get("grant_type") == BEHALF:
            return self._on_behalf(tenant, form)
        if form.get("grant_type") == "refresh_token":
            grant = self.refresh.pop(form.get("refresh_token", ""), None)
            return (
                self._pair(grant.who) if grant is not None and grant.who[0] == tenant else _no("AADSTS70000")
            )
        return as_json(400, {"error": "unsupported_grant_type"})

    def _exchange(self, tenant: str, form: dict[str, str]) -> Answer:
        grant = self.codes.pop(form.get("code", ""), None)
        fits = (
            grant is not None
            and grant.who[0] == tenant
            and grant.expires_at > time.time()
            and grant.redirect_uri == form.get("redirect_uri")
            and create_s256_code_challenge(form.get("code_verifier", "")) == grant.challenge
        )
        return self._pair(grant.who) if grant is not None and fits else _no("AADSTS70000")

    def _on_behalf(self, tenant: str, form: dict[str, str]) -> Answer:
        try:
            claims = jwt.decode(form["assertion"], self.key, algorithms=["RS256"]).claims
        except (JoseError, KeyError):
            return _no("AADSTS50013")
        who = claims["tid"], claims["oid"]
        is_ours = claims["aud"] == CLIENT_ID and claims["tid"] == tenant and claims["exp"] > time.time()
        if not is_ours or form.get("requested_token_use") != "on_behalf_of":
            return _no("AADSTS500131")
        if self.challenge:
            return as_json(400, {"error": "interaction_required", "claims": self.challenge})
        if (who not in self.agreed and not self.agrees_everybody) or self.not_yet > 0:
            self.not_yet = max(0, self.not_yet - 1)
            return _no("AADSTS65001", suberror="consent_required")
        return self._pair(who)

    def _pair(self, who: Who) -> Answer:
        access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        self.access[access] = Grant(who, expires_at=time.time() + TOKEN_SECONDS)
        self.refresh[refresh] = Grant(who)
        return as_json(
            200,
            {
                "token_type": "Bearer",
                "scope": "User.Read profile openid email",
                "expires_in": TOKEN_SECONDS,
                "access_token": access,
                "refresh_token": refresh,
            },
        )

    # ---- Graph ------------------------------------------------------------------------------------------------

    def _graph(self, path: str, headers: dict[str, str]) -> Answer:
        grant = self.access.get(headers.get("authorization", "").removeprefix("Bearer "))
        if grant is None or grant.expires_at < time.time():
            return as_json(401, {"error": {"code": "InvalidAuthenticationToken"}})
        if path == "me":
            return as_json(200, {"id": grant.who[1]} | self.people.get(grant.who, {}))
        if path == "me/photo/$value" and grant.who in self.photos:
            return Answer(200, self.photos[grant.who], "image/jpeg")
        return as_json(404, {"error": {"code": "ImageNotFound"}})

    # ---- only in tests ----------------------------------------------------------------------------------------

    def _told(self, what: str, wish: dict[str, Any]) -> Answer:
        if what == "token":
            return as_json(200, {"token": self.token(**wish)})
        if what == "faults":
            self.fault(**wish)
        elif what == "agreed":
            self.agreed = {(tenant, user_id) for tenant, user_id in wish["people"]}
        elif what == "settings":
            for name, value in wish.items():
                setattr(self, name, value)
        elif what == "log":
            return as_json(200, [[method, path] for method, path, _ in self.log])
        return as_json(200, {})


def _no(description: str, **more: str) -> Answer:
    return as_json(400, {"error": "invalid_grant", "error_description": description} | more)
