"""Calls to platforms, each within stated limits: consents and tokens by Authlib, their API, pictures of theirs.

A call takes at most four seconds, two of them for the connection, whatever the other side does: names that nobody
resolves, bytes that trickle. Redirects are followed by hand for pictures and never with a token.

What a platform does not give is a PlatformError: timeout, unavailable, garbage, or refused, which is permanent.
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urljoin

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from integrations.platform import OAuth, PlatformError

CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 4.0
ANSWER_BYTES = 256 * 1024
PICTURE_BYTES = 5 * 1024 * 1024
REDIRECTS = 3
PIECE_BYTES = 64 * 1024
BUSY = frozenset({408, 425, 429})
NOT_FOUND = 404
LONGEST_CHALLENGE = 2000
# What a platform says when the person is to be asked; which of the two, differs for the same reason.
ASKING_ERRORS = frozenset({"invalid_grant", "interaction_required"})

T = TypeVar("T")
S = TypeVar("S", bound=requests.Session)


@dataclass(frozen=True)
class App:
    """What we are to a platform: one of our credentials, and the addresses where it counts."""

    platform: str
    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    token_url: str
    revoke_url: str  # "" where tokens cannot be given back
    scopes: tuple[str, ...] = ()
    is_for_tenant: bool = False  # whether a consent counts for everybody of the tenant
    tenant: str = ""  # whose addresses these are
    on_behalf_scopes: tuple[str, ...] = ()
    is_secret_in_form: bool = False


def app_of(platform: str, oauth: OAuth | None, client_id: str, tenant: str = "") -> App | None:
    """Our credential with this client id; None when the operator took it out.

    `tenant` is who is asked, where each has addresses of its own.
    """
    credential = oauth.credential(client_id) if oauth is not None else None
    if oauth is None or credential is None:
        return None
    authorize, token, revoke = (
        each.replace("{tenant}", tenant) for each in (oauth.authorize_url, oauth.token_url, oauth.revoke_url)
    )
    return App(
        platform,
        credential.client_id,
        credential.client_secret,
        authorize,
        token,
        revoke,
        # Elsewhere the app's registration says what is asked for.
        scopes=oauth.scopes if oauth.has_popup else (),
        is_for_tenant=oauth.is_for_tenant,
        tenant=tenant if "{tenant}" in oauth.token_url else "",
        on_behalf_scopes=oauth.on_behalf_scopes,
        is_secret_in_form=oauth.is_secret_in_form,
    )


@dataclass(frozen=True)
class Grant:
    """Tokens that a person's consent gave us. `expires_at` is the access token's, in seconds since 1970."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: str
    expires_at: float


def new_verifier() -> str:
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str, method: str) -> str:
    """What the platform is told of the verifier before it sees it (RFC 7636)."""
    return str(create_s256_code_challenge(verifier)) if method == "S256" else verifier


def consent_url(app: App, redirect_uri: str, state: str, verifier: str, **more: str) -> str:
    """Where a browser asks the person; the proof key's method is S256. `more` goes into the address as it is."""
    with _session(app, code_challenge_method="S256", redirect_uri=redirect_uri) as session:
        url, _ = session.create_authorization_url(
            app.authorize_url, state=state, code_verifier=verifier, **more
        )
    return str(url)


def exchange(app: App, code: str, verifier: str, redirect_uri: str) -> Grant:
    """Tokens for a code, which is good once. Raises PlatformError."""
    return _tokens(
        app,
        lambda session: session.fetch_token(
            app.token_url,
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=redirect_uri,
            allow_redirects=False,
        ),
    )


def refresh(app: App, refresh_token: str) -> Grant:
    """The next pair of tokens; the refresh token is spent by it. Raises PlatformError."""
    return _tokens(
        app,
        lambda session: session.refresh_token(
            app.token_url, refresh_token=refresh_token, allow_redirects=False
        ),
        refresh_token,
    )


class ConsentWantedError(PlatformError):
    """The platform gives tokens for a person only once they have agreed to that, or to more.

    `challenge` is what it wants to hear when they are asked; "" for nothing in particular.
    """

    def __init__(self, challenge: str) -> None:
        super().__init__("consent_wanted", "They have to agree first.")
        self.challenge = challenge


def on_behalf(app: App, assertion: str) -> Grant:
    """Tokens of a person for what proved them to us (RFC 7523). Raises PlatformError, ConsentWantedError."""
    challenges: list[str] = []

    def note(response: requests.Response) -> requests.Response:
        found = _json(response) if _is_refusal(response) else {}
        challenges.append(str(found.get("claims") or "")[:LONGEST_CHALLENGE])
        return response

    def ask(session: Any) -> Mapping[str, Any]:
        session.register_compliance_hook("access_token_response", note)
        found: Mapping[str, Any] = session.fetch_token(
            app.token_url,
            grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer",
            assertion=assertion,
            requested_token_use="on_behalf_of",  # noqa: S106 - the name of a way to ask
            scope=" ".join(app.on_behalf_scopes),
            allow_redirects=False,
        )
        return found

    try:
        return _tokens(app, ask)
    except PlatformError as error:
        refusal = error.__cause__
        if isinstance(refusal, OAuthError) and refusal.error in ASKING_ERRORS:
            raise ConsentWantedError(challenges[-1] if challenges else "") from error
        raise


def revoke(app: App, access_token: str) -> None:
    """Make the platform forget our tokens, where it can. Raises PlatformError."""
    if not app.revoke_url:
        return

    def call() -> None:
        with _session(app) as session:
            _checked(session.revoke_token(app.revoke_url, token=access_token, allow_redirects=False))

    _within_limits(call)


def _tokens(app: App, ask: Callable[[Any], Mapping[str, Any]], refresh_token: str = "") -> Grant:
    def call() -> Mapping[str, Any]:
        with _session(app) as session:
            for hook in ("access_token_response", "refresh_token_response"):
                session.register_compliance_hook(hook, _told)
            return ask(session)

    try:
        found = _within_limits(call)
    except OAuthError as error:
        # Any other refusal than this one is our own fault, and the consent still stands.
        raise PlatformError(
            "refused", "This consent does not count any more.", permanent=error.error == "invalid_grant"
        ) from error
    return _grant(found, refresh_token)


def _grant(found: Mapping[str, Any], refresh_token: str) -> Grant:
    access, following = found.get("access_token"), found.get("refresh_token") or refresh_token
    seconds = found.get("expires_in", 0)
    if not isinstance(access, str) or not access or not isinstance(following, str):
        raise _garbage()
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise _garbage()
    return Grant(access, following, str(found.get("scope") or "")[:500], time.time() + seconds)


class Api:
    """A platform's API, for the person whose access token this is. Raises PlatformError."""

    def __init__(self, access_token: str, tenant: str = "") -> None:
        self.tenant = tenant
        self._headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}

    def get(self, url: str) -> Mapping[str, Any]:
        return self._call("GET", url, None)

    def post(self, url: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._call("POST", url, body)

    def picture(self, url: str, may_fetch: Callable[[str], bool]) -> bytes | None:
        """The bytes of a picture that only this person may see; None where they have none."""
        if not may_fetch(url):
            raise _misplaced()
        with _plain_session(PICTURE_BYTES) as session:
            headers = self._headers | {"Accept": "image/*"}
            response = _within_limits(partial(session.get, url, headers=headers, allow_redirects=False))
        return None if response.status_code == NOT_FOUND else _checked(response).content

    def _call(self, method: str, url: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        def call() -> requests.Response:
            with _plain_session() as session:
                return session.request(method, url, json=body, headers=self._headers, allow_redirects=False)

        return _json(_checked(_within_limits(call)))


def get_json(url: str) -> Mapping[str, Any]:
    """What anybody may read at a platform's address. Raises PlatformError."""
    with _plain_session() as session:
        answer = _within_limits(
            partial(session.get, url, headers={"Accept": "application/json"}, allow_redirects=False)
        )
    return _json(_checked(answer))


def fetch_picture(url: str, may_fetch: Callable[[str], bool]) -> bytes:
    """The bytes behind a picture's address. Each address on the way must be allowed; no token goes along.

    Raises PlatformError.
    """
    give_up = time.monotonic() + TOTAL_SECONDS
    for _ in range(REDIRECTS + 1):
        if not may_fetch(url):
            raise _misplaced()
        response = _within_limits(partial(_get_picture, url), give_up - time.monotonic())
        if not response.is_redirect:
            return _checked(response).content
        url = urljoin(url, response.headers["Location"])
    raise _misplaced()


def _misplaced() -> PlatformError:
    return PlatformError("refused", "This picture is not where it should be.", permanent=True)


def _get_picture(url: str) -> requests.Response:
    with _plain_session(PICTURE_BYTES) as session:
        return session.get(url, allow_redirects=False, headers={"Accept": "image/*"})


def _within_limits(call: Callable[[], T], seconds: float | None = None) -> T:
    """The call's result, or PlatformError once its time is over; it may then end by itself, unheard."""
    result: list[T] = []
    fault: list[BaseException] = []

    def run() -> None:
        try:
            result.append(call())
        except BaseException as error:  # raised again by whoever waits
            fault.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(max(TOTAL_SECONDS if seconds is None else seconds, 0.0))
    if result:
        return result[0]
    if not fault:
        raise too_slow()
    raise _translated(fault[0]) from fault[0]


def _translated(error: BaseException) -> BaseException:
    """A fault on the way in our words; one of our own as it is."""
    if isinstance(error, requests.Timeout):
        return too_slow()
    if isinstance(error, PlatformError | OAuthError):
        return error
    if isinstance(error, requests.JSONDecodeError | ValueError):
        return _garbage()
    if isinstance(error, requests.RequestException | HTTPError | OSError):
        return PlatformError("unavailable", "The other side cannot be reached just now.", permanent=False)
    return error


class _Limited(HTTPAdapter):
    """Reads an answer whole, as long as it is neither too long nor too slow."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__(max_retries=0)
        self._most_bytes = most_bytes

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        give_up = time.monotonic() + TOTAL_SECONDS
        limits = Timeout(connect=CONNECT_SECONDS, total=TOTAL_SECONDS)
        response = super().send(request, **options | {"stream": True, "timeout": limits})
        pieces, length = [], 0
        while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
            pieces.append(piece)
            length += len(piece)
            if length > self._most_bytes:
                response.close()
                raise PlatformError("garbage", "This answer is too long.", permanent=True)
            if time.monotonic() > give_up:
                response.close()
                raise too_slow()
        response._content = b"".join(pieces)
        response._content_consumed = True  # type: ignore[attr-defined]
        return response


def _plain_session(most_bytes: int = ANSWER_BYTES) -> requests.Session:
    return _limited(requests.Session(), most_bytes)


def _session(app: App, **options: Any) -> Any:
    way = "client_secret_post" if app.is_secret_in_form else "client_secret_basic"
    scope = " ".join(app.scopes) or None
    session = OAuth2Session(
        app.client_id, app.client_secret, token_endpoint_auth_method=way, scope=scope, **options
    )
    return _limited(session, ANSWER_BYTES)


def _limited(session: S, most_bytes: int) -> S:
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Limited(most_bytes))
    return session


def _checked(response: requests.Response) -> requests.Response:
    """The answer if it says yes. Raises PlatformError."""
    if response.status_code >= 500 or response.status_code in BUSY:
        raise PlatformError(
            "unavailable",
            "The other side is busy. Please try again in a while.",
            permanent=False,
            after_seconds=_retry_after(response),
        )
    if not 200 <= response.status_code < 300:
        raise PlatformError("refused", "The other side said no.", permanent=True)
    return response


def _told(response: requests.Response) -> requests.Response:
    """A token answer that Authlib can read: a refusal in OAuth's words is its business."""
    if response.status_code < 500 and response.status_code not in BUSY and _is_refusal(response):
        return response
    return _checked(response)


def _is_refusal(response: requests.Response) -> bool:
    try:
        found = response.json()
    except ValueError:
        return False
    return isinstance(found, dict) and "error" in found


def _json(response: requests.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        raise _garbage() from None
    if not isinstance(found, dict):
        raise _garbage()
    return found


def _retry_after(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return min(float(text), 3600.0) if text.isdecimal() else 0.0


def _garbage() -> PlatformError:
    return PlatformError(
        "garbage", "The other side said something that we do not understand.", permanent=False
    )


def too_slow() -> PlatformError:
    return PlatformError(
        "timeout", "The other side takes too long. Please try again in a while.", permanent=False
    )
