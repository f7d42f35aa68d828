"""A Zoom for tests: a real HTTP server that speaks Zoom's protocol and keeps its rules.

What Zoom has: authorize, token (codes used once, proof keys checked, refresh tokens that rotate), revoke, users/me,
deeplink, pictures, and signed notices. What only a test has lies below /_fake/: contexts, the client's consent, faults
(`status`, `slow`, `hang`, `drip`, `garbage`), and what was asked.

    with FakeZoom() as zoom: ...          in a test
    python -m tests.fake_zoom --port N    beside a browser test; prints its address and takes ctrl-C
"""

import base64
import hashlib
import hmac
import io
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from PIL import Image

from tests.fake_zoom.context import context_fields, encode_context
from tests.stand_in import Answer, StandIn, as_form, as_json

CLIENT_ID = "fake_client_id"
CLIENT_SECRET = "fake-client-secret"
SECRET_TOKEN = "fake-secret-token"
SCOPE = "user:read:user zoomapp:inmeeting zoomapp:inwebinar"
CODE_SECONDS = 300
TOKEN_SECONDS = 3600


def picture(colour: tuple[int, int, int]) -> bytes:
    image = Image.new("RGB", (320, 320), colour)
    image.paste((250, 220, 180), (100, 60, 220, 200))
    image.paste((40, 40, 60), (60, 200, 260, 320))
    stream = io.BytesIO()
    image.save(stream, "JPEG")
    return stream.getvalue()


def cast() -> dict[str, dict[str, Any]]:
    """Host Hanna, attendees Ada and Ben."""
    return {
        "u_Hanna": {"display_name": "Hanna Host", "job_title": "Head of Events", "company": "Acme"},
        "u_Ada": {"display_name": "Ada Lovelace", "job_title": "Analyst", "company": "Acme"},
        "u_Ben": {"first_name": "Ben", "last_name": "Bitdiddle", "display_name": ""},
    }


@dataclass
class Grant:
    client_id: str
    user_id: str
    redirect_uri: str = ""
    challenge: str = ""
    method: str = "plain"
    expires_at: float = 0.0


@dataclass
class FakeZoom(StandIn):
    """All of it in memory. `signed_in` is who consents in the browser."""

    apps: dict[str, str] = field(default_factory=lambda: {CLIENT_ID: CLIENT_SECRET})
    secret_token: str = SECRET_TOKEN
    signed_in: str = "u_Hanna"
    denies: bool = False
    scope: str = SCOPE
    token_seconds: int = TOKEN_SECONDS
    users: dict[str, dict[str, Any]] = field(default_factory=cast)
    pictures: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    access: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__post_init__()
        for number, name in enumerate(self.users):
            self.set_picture(name, picture((60 + 60 * number, 120, 200 - 60 * number)))

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a service that takes this for Zoom."""
        return {
            "ZOOM_CLIENT_ID": " ".join(self.apps),
            "ZOOM_CLIENT_SECRET": " ".join(self.apps.values()),
            "ZOOM_SECRET_TOKEN": self.secret_token,
            "ZOOM_HOST": self.address,
        }

    # ---- what tests say ---------------------------------------------------------------------------------------

    def set_picture(self, user_id: str, data: bytes, content_type: str = "image/jpeg") -> None:
        self.pictures[user_id] = (data, content_type)
        self.users[user_id]["pic_url"] = f"{self.address}/pictures/{user_id}"

    def context(self, client_id: str = "", **changes: Any) -> str:
        """A context as the client sends it now. `uid=None` makes a guest."""
        client_id = client_id or next(iter(self.apps))
        return encode_context(context_fields(client_id, **changes), self.apps[client_id])

    def consent(self, user_id: str, challenge: str, redirect_uri: str, client_id: str = "") -> str:
        """The code that `onAuthorized` brings after a consent inside the client: the method is plain."""
        code = secrets.token_urlsafe(24)
        grant = Grant(
            client_id or next(iter(self.apps)),
            user_id,
            redirect_uri,
            challenge,
            "plain",
            time.time() + CODE_SECONDS,
        )
        self.codes[code] = grant
        return code

    def notice(
        self, event: str, payload: dict[str, Any], *, now: float | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """A signed notice: its body and headers."""
        moment = time.time() if now is None else now
        body = json.dumps({"event": event, "event_ts": int(moment * 1000), "payload": payload}).encode()
        return body, self.sign(body, moment)

    def sign(self, body: bytes, moment: float) -> dict[str, str]:
        timestamp = str(int(moment))
        message = b"v0:" + timestamp.encode() + b":" + body
        signature = hmac.new(self.secret_token.encode(), message, hashlib.sha256).hexdigest()
        return {
            "x-zm-request-timestamp": timestamp,
            "x-zm-signature": f"v0={signature}",
            "Content-Type": "application/json",
        }

    def removal(self, user_id: str) -> dict[str, Any]:
        return {
            "user_id": user_id,
            "account_id": "a_Acme",
            "client_id": next(iter(self.apps)),
            "deauthorization_time": "2026-11-24T12:00:00Z",
            "signature": secrets.token_hex(16),
            "user_data_retention": "false",
        }

    # ---- HTTP -------------------------------------------------------------------------------------------------

    def _answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        if path.startswith("/pictures/"):
            data, content_type = self.pictures.get(path.rpartition("/")[2], (b"", ""))
            return Answer(200, data, content_type) if data else Answer(404)
        routes: dict[tuple[str, str], Callable[[], Answer]] = {
            ("GET", "/oauth/authorize"): lambda: self._authorize(query),
            ("POST", "/oauth/token"): lambda: self._token(as_form(body), headers),
            ("POST", "/oauth/revoke"): lambda: self._revoke(as_form(body), headers),
            ("GET", "/v2/users/me"): lambda: self._me(headers),
            ("POST", "/v2/zoomapp/deeplink"): lambda: self._deeplink(headers, json.loads(body or b"{}")),
            ("GET", "/launch"): lambda: Answer(200, b"<!doctype html><title>Zoom opens</title>", "text/html"),
            ("GET", "/_fake/context"): lambda: self._context(query),
            ("POST", "/_fake/consent"): lambda: self._consent(json.loads(body)),
            ("POST", "/_fake/faults"): lambda: self._fault(json.loads(body)),
            ("POST", "/_fake/sign-in"): lambda: self._sign_in(json.loads(body)),
            ("POST", "/_fake/notice"): lambda: self._notify(json.loads(body)),
            ("GET", "/_fake/log"): lambda: as_json(200, [[each[0], each[1]] for each in self.log]),
        }
        route = routes.get((method, path))
        return route() if route else as_json(404, {"code": 404, "message": "unknown"})

    # ---- OAuth ------------------------------------------------------------------------------------------------

    def _authorize(self, query: dict[str, str]) -> Answer:
        target = query.get("redirect_uri", "")
        if query.get("client_id") not in self.apps or not target or query.get("response_type") != "code":
            return Answer(400, b"Invalid client (4,700)", "text/html")
        answer = {"state": query["state"]} if "state" in query else {}
        if self.denies:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_urlsafe(24)
            self.codes[answer["code"]] = Grant(
                query["client_id"],
                self.signed_in,
                target,
                query.get("code_challenge", ""),
                query.get("code_challenge_method", "plain"),
                time.time() + CODE_SECONDS,
            )
        return Answer(302, headers={"Location": f"{target}?{urlencode(answer)}"})

    def _token(self, form: dict[str, str], headers: dict[str, str]) -> Answer:
        client_id = self._client(headers)
        if client_id is None:
            return as_json(401, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"})
        if form.get("grant_type") == "authorization_code":
            return self._exchange(client_id, form)
        if form.get("grant_type") == "refresh_token":
            return self._rotate(client_id, form.get("refresh_token", ""))
        return as_json(400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"})

    def _exchange(self, client_id: str, form: dict[str, str]) -> Answer:
        grant = self.codes.pop(form.get("code", ""), None)
        fits = (
            grant is not None
            and grant.client_id == client_id
            and grant.expires_at > time.time()
            and grant.redirect_uri == form.get("redirect_uri")
            and _proves(grant, form.get("code_verifier", ""))
        )
        if grant is None or not fits:
            return as_json(400, {"reason": "Invalid authorization code", "error": "invalid_grant"})
        return self._pair(client_id, grant.user_id)

    def _rotate(self, client_id: str, refresh_token: str) -> Answer:
        grant = self.refresh.pop(refresh_token, None)
        if grant is None or grant.client_id != client_id:
            self.spent.add(refresh_token)
            return as_json(400, {"reason": "Invalid Token!", "error": "invalid_grant"})
        return self._pair(client_id, grant.user_id)

    def _pair(self, client_id: str, user_id: str) -> Answer:
        access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        self.access[access] = Grant(client_id, user_id, expires_at=time.time() + self.token_seconds)
        self.refresh[refresh] = Grant(client_id, user_id)
        return as_json(
            200,
            {
                "access_token": access,
                "token_type": "bearer",
                "refresh_token": refresh,
                "expires_in": self.token_seconds,
                "scope": self.scope,
                "api_url": self.address,
            },
        )

    def _revoke(self, form: dict[str, str], headers: dict[str, str]) -> Answer:
        if self._client(headers) is None:
            return as_json(401, {"error": "invalid_client"})
        grant = self.access.pop(form.get("token", ""), None)
        if grant is not None:
            for token in [token for token, each in self.refresh.items() if each.user_id == grant.user_id]:
                del self.refresh[token]
        return as_json(200, {"status": "success"})

    def _client(self, headers: dict[str, str]) -> str | None:
        scheme, _, text = headers.get("authorization", "").partition(" ")
        if scheme != "Basic":
            return None
        client_id, _, secret = base64.b64decode(text).decode().partition(":")
        return client_id if self.apps.get(client_id) == secret else None

    def _bearer(self, headers: dict[str, str]) -> Grant | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        grant = self.access.get(token) if scheme == "Bearer" else None
        return grant if grant is not None and grant.expires_at > time.time() else None

    def _me(self, headers: dict[str, str]) -> Answer:
        grant = self._bearer(headers)
        if grant is None:
            return as_json(401, {"code": 124, "message": "Invalid access token."})
        if "user:read:user" not in self.scope:
            return as_json(400, {"code": 4711, "message": "Invalid access token, does not contain scopes."})
        return as_json(
            200, {"id": grant.user_id, "account_id": "a_Acme", "type": 1} | self.users[grant.user_id]
        )

    def _deeplink(self, headers: dict[str, str], body: dict[str, Any]) -> Answer:
        if self._bearer(headers) is None:
            return as_json(401, {"code": 124, "message": "Invalid access token."})
        return as_json(
            200, {"deeplink": f"{self.address}/launch?{urlencode({'action': body.get('action', '')})}"}
        )

    # ---- only in tests ----------------------------------------------------------------------------------------

    def _context(self, query: dict[str, str]) -> Answer:
        """Fields by query; an empty one is left out. `client_id` chooses the app."""
        client_id = query.pop("client_id", "")
        return as_json(200, {"context": self.context(client_id, **{k: v or None for k, v in query.items()})})

    def _consent(self, body: dict[str, Any]) -> Answer:
        code = self.consent(body["user_id"], body["codeChallenge"], body["redirectUri"])
        return as_json(
            200,
            {"code": code, "state": body.get("state"), "result": True, "redirectUri": body["redirectUri"]},
        )

    def _fault(self, body: dict[str, Any]) -> Answer:
        self.fault(**body)
        return as_json(200, {})

    def _sign_in(self, body: dict[str, Any]) -> Answer:
        self.signed_in, self.denies = body.get("user_id", self.signed_in), bool(body.get("denies"))
        return as_json(200, {})

    def _notify(self, body: dict[str, Any]) -> Answer:
        """Send a notice to `url`: {"url", "event", "payload"} or {"url", "removed": user_id}."""
        event, payload = body.get("event", "app_deauthorized"), body.get("payload")
        data, headers = self.notice(event, payload or self.removal(body["removed"]))
        with urlopen(Request(body["url"], data=data, headers=headers), timeout=10) as response:
            return as_json(200, {"status": response.status})


def _proves(grant: Grant, verifier: str) -> bool:
    if not grant.challenge:
        return True
    if grant.method == "S256":
        digest = hashlib.sha256(verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=") == grant.challenge
    return verifier == grant.challenge
