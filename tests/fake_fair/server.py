"""Fair's server: signing keys, consents, tokens, and who somebody is. `is_silent` lets it hang."""

import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt

from tests.keys import signing_key

APP, SECRET = "fair-app", "fair-secret"


@dataclass
class FakeFair:
    signed_in: tuple[str, str, str] = ("leipzig", "1", "Hanna Host")  # (fair, user id, name)
    is_silent: bool = False
    asked: list[str] = field(default_factory=list)
    codes: dict[str, tuple[tuple[str, str, str], str]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = signing_key("one")
        self._stopped = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.serve(self)

            def do_POST(self) -> None:
                fake.serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "FakeFair":
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def environ(self) -> dict[str, str]:
        return {"FAIR_APP": APP, "FAIR_SECRET": SECRET, "FAIR_HOST": self.address}

    def token(self, fair: str = "leipzig", user: str = "1", booth: str = "main", **changes: Any) -> str:
        """A launch as the client has it signed."""
        claims = {"aud": APP, "exp": int(time.time()) + 300, "jti": secrets.token_hex(8)}
        claims |= {"fair": fair, "sub": user, "booth": booth} | changes
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)

    def consent(self, challenge: str) -> str:
        """The code that the client hands over once `signed_in` has agreed."""
        code = secrets.token_hex(16)
        self.codes[code] = (self.signed_in, challenge)
        return code

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.asked.append(parts.path)
        if self.is_silent:
            self._stopped.wait(30)
            return
        query = dict(parse_qsl(parts.query))
        if parts.path == "/oauth/authorize":
            answer = urlencode({"code": self.consent(query["code_challenge"]), "state": query["state"]})
            handler.send_response(302)
            handler.send_header("Location", f"{query['redirect_uri']}?{answer}")
            handler.end_headers()
            return
        status, content = self._answer(parts.path, dict(parse_qsl(body.decode())), handler.headers)
        packed = json.dumps(content).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(packed)))
        handler.end_headers()
        handler.wfile.write(packed)

    def _answer(self, path: str, form: dict[str, str], headers: Any) -> tuple[int, dict[str, Any]]:
        if path == "/keys":
            return 200, {"keys": [self.key.as_dict(private=False)]}
        if path == "/oauth/token":
            person, challenge = self.codes.pop(form.get("code", ""), (None, ""))
            if person is None or create_s256_code_challenge(form["code_verifier"]) != challenge:
                return 400, {"error": "invalid_grant"}
            access = secrets.token_hex(16)
            self.tokens[access] = person
            return 200, {"access_token": access, "refresh_token": secrets.token_hex(16), "expires_in": 3600}
        if path == "/me":
            person = self.tokens.get(headers.get("Authorization", "").removeprefix("Bearer "))
            if person is None:
                return 401, {}
            return 200, dict(zip(("fair", "id", "name"), person, strict=True))
        return 200, {}
