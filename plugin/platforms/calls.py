"""Calls to platforms within the limits of `http`: consents and tokens by Authlib, their API, pictures of theirs.

Redirects are followed by hand for pictures and never with a token.
"""

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urljoin

import requests
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from integrations.platform import OAuth, PlatformError
from plugin.platforms.http import (
    ANSWER_BYTES,
    BUSY,
    TOTAL_SECONDS,
    as_json,
    checked,
    garbage,
    limited,
    plain_session,
    within_limits,
)

PICTURE_BYTES = 5 * 1024 * 1024
LIST_BYTES = 4 * 1024 * 1024  # how many lines stand on a page of a list, the platform decides
REDIRECTS = 3
NOT_FOUND = 404
LONGEST_CHALLENGE = 2000
UNSAID_SECONDS = (
    3600.0  # how long a token is taken to last where nobody says it; one that ended is refused earlier
)
# What a platform says when the person is to be asked; which of the two, differs for the same reason.
ASKING_ERRORS = frozenset({"invalid_grant", "interaction_required"})


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
    resource_parameter: str = ""
    resource: str = ""  # what is asked for, in the platform's words
    has_proof_key: bool = True
    told_in: str = "form"

    @property
    def told(self) -> Mapping[str, str]:
        """What the platform wants to hear with everything that we ask for."""
        return {self.resource_parameter: self.resource} if self.resource_parameter and self.resource else {}


def app_of(
    platform: str, oauth: OAuth | None, client_id: str, tenant: str = "", resource: str = ""
) -> App | None:
    """Our credential with this client id; None when the operator took it out.

    `tenant` is who is asked, where each has addresses of its own; `resource` is what for, in the platform's words.
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
        scopes=oauth.scopes if oauth.has_popup or oauth.names_scopes else (),
        is_for_tenant=oauth.is_for_tenant,
        tenant=tenant if "{tenant}" in oauth.token_url else "",
        on_behalf_scopes=oauth.on_behalf_scopes,
        is_secret_in_form=oauth.is_secret_in_form,
        resource_parameter=oauth.resource_parameter,
        resource=resource,
        has_proof_key=oauth.has_proof_key,
        told_in=oauth.told_in,
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
    proof = {"code_verifier": verifier} if app.has_proof_key else {}
    with _session(app, code_challenge_method="S256", redirect_uri=redirect_uri) as session:
        url, _ = session.create_authorization_url(app.authorize_url, state=state, **proof, **app.told, **more)
    return str(url)


def exchange(app: App, code: str, verifier: str, redirect_uri: str) -> Grant:
    """Tokens for a code, which is good once. Raises PlatformError."""
    proof = {"code_verifier": verifier} if app.has_proof_key else {}
    return _tokens(
        app,
        lambda session: session.fetch_token(
            app.token_url,
            grant_type="authorization_code",
            code=code,
            redirect_uri=redirect_uri,
            allow_redirects=False,
            **proof,
            **app.told,
        ),
    )


def refresh(app: App, refresh_token: str) -> Grant:
    """The next pair of tokens; the refresh token is spent by it. Raises PlatformError."""
    return _tokens(
        app,
        lambda session: session.refresh_token(
            app.token_url, refresh_token=refresh_token, allow_redirects=False, **app.told
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
        found = as_json(response) if _is_refusal(response) else {}
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
            checked(session.revoke_token(app.revoke_url, token=access_token, allow_redirects=False))

    within_limits(call)


def _tokens(app: App, ask: Callable[[Any], Mapping[str, Any]], refresh_token: str = "") -> Grant:
    ways = {"form": (False,), "query": (True,), "either": (False, True)}[app.told_in]
    for in_query in ways:
        try:
            return _grant(within_limits(partial(_asked, app, ask, in_query)), refresh_token)
        except OAuthError as error:
            # Any other refusal than this one is our own fault, and the consent still stands.
            is_spent = error.error == "invalid_grant"
            refused = PlatformError("refused", "This consent does not count any more.", permanent=is_spent)
            refused.__cause__ = error
        except PlatformError as error:
            is_spent, refused = False, error
        if is_spent or refused.code != "refused":  # it understood what it was told
            break
    raise refused


def _asked(app: App, ask: Callable[[Any], Mapping[str, Any]], in_query: bool) -> Mapping[str, Any]:
    with _session(app, in_query=in_query) as session:
        for hook in ("access_token_response", "refresh_token_response"):
            session.register_compliance_hook(hook, _told)
        return ask(session)


def _grant(found: Mapping[str, Any], refresh_token: str) -> Grant:
    access, following = found.get("access_token"), found.get("refresh_token") or refresh_token
    seconds = found.get("expires_in", UNSAID_SECONDS)
    if not isinstance(access, str) or not access or not isinstance(following, str):
        raise garbage()
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise garbage()
    return Grant(access, following, str(found.get("scope") or "")[:500], time.time() + seconds)


class Api:
    """A platform's API, for the person whose access token this is. Raises PlatformError."""

    def __init__(self, access_token: str, tenant: str = "") -> None:
        self.tenant, self.token = tenant, access_token
        self._headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}

    def get(self, url: str) -> Mapping[str, Any]:
        return self._call("GET", url, None)

    def post(self, url: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._call("POST", url, body)

    def picture(self, url: str, may_fetch: Callable[[str], bool]) -> bytes | None:
        """The bytes of a picture that only this person may see; None where they have none."""
        if not may_fetch(url):
            raise _misplaced()
        with plain_session(PICTURE_BYTES) as session:
            headers = self._headers | {"Accept": "image/*"}
            response = within_limits(partial(session.get, url, headers=headers, allow_redirects=False))
        return None if response.status_code == NOT_FOUND else checked(response).content

    def _call(self, method: str, url: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        def call() -> requests.Response:
            with plain_session(LIST_BYTES) as session:
                return session.request(method, url, json=body, headers=self._headers, allow_redirects=False)

        return as_json(checked(within_limits(call)))


def get_json(url: str) -> Mapping[str, Any]:
    """What anybody may read at a platform's address. Raises PlatformError."""
    with plain_session() as session:
        answer = within_limits(
            partial(session.get, url, headers={"Accept": "application/json"}, allow_redirects=False)
        )
    return as_json(checked(answer))


def fetch_picture(url: str, may_fetch: Callable[[str], bool]) -> bytes:
    """The bytes behind a picture's address. Each address on the way must be allowed; no token goes along.

    Raises PlatformError.
    """
    give_up = time.monotonic() + TOTAL_SECONDS
    for _ in range(REDIRECTS + 1):
        if not may_fetch(url):
            raise _misplaced()
        response = within_limits(partial(_get_picture, url), give_up - time.monotonic())
        if not response.is_redirect:
            return checked(response).content
        url = urljoin(url, response.headers["Location"])
    raise _misplaced()


def _misplaced() -> PlatformError:
    return PlatformError("refused", "This picture is not where it should be.", permanent=True)


def _get_picture(url: str) -> requests.Response:
    with plain_session(PICTURE_BYTES) as session:
        return session.get(url, allow_redirects=False, headers={"Accept": "image/*"})


def _session(app: App, *, in_query: bool = False, **options: Any) -> Any:
    way = "client_secret_post" if app.is_secret_in_form else "client_secret_basic"
    scope = " ".join(app.scopes) or None
    session = OAuth2Session(
        app.client_id, app.client_secret, token_endpoint_auth_method=way, scope=scope, **options
    )
    return limited(session, ANSWER_BYTES, in_query=in_query)


def _told(response: requests.Response) -> requests.Response:
    """A token answer that Authlib can read: a refusal in OAuth's words is its business.

    Some platforms say when a token ends instead of how long it lasts, as a number or as a date.
    """
    if response.status_code < 500 and response.status_code not in BUSY and _is_refusal(response):
        return response
    found = dict(as_json(checked(response)))
    if "expires_at" in found:
        found["expires_in"] = _moment(found.pop("expires_at")) - time.time()
        response._content = json.dumps(found).encode()
    return response


def _moment(said: Any) -> float:
    """Seconds since 1970. Raises PlatformError."""
    try:
        if isinstance(said, str) and not said.isdecimal():
            moment = datetime.fromisoformat(said)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        return float(said)
    except (ValueError, TypeError, OverflowError):
        raise garbage() from None


def _is_refusal(response: requests.Response) -> bool:
    try:
        found = response.json()
    except ValueError:
        return False
    return isinstance(found, dict) and "error" in found
