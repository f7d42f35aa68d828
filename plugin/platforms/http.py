"""Requests to other people's servers, within stated limits.

A call takes at most four seconds, two of them for the connection, whatever the other side does: names that nobody
resolves, bytes that trickle. What it does not give is a PlatformError: timeout, unavailable, garbage, or refused,
which is permanent.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests
from authlib.integrations.base_client import OAuthError
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from integrations.platform import PlatformError

CONNECT_SECONDS = 2.0
TOTAL_SECONDS = 4.0
ANSWER_BYTES = 256 * 1024
PIECE_BYTES = 64 * 1024
BUSY = frozenset({408, 425, 429})
UNAUTHORIZED = 401

T = TypeVar("T")
S = TypeVar("S", bound=requests.Session)


def within_limits(call: Callable[[], T], seconds: float | None = None) -> T:
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
        return garbage()
    if isinstance(error, requests.RequestException | HTTPError | OSError):
        return PlatformError("unavailable", "The other side cannot be reached just now.", permanent=False)
    return error


class TokenRefusedError(PlatformError):
    """The platform does not take this token. Another one may do."""

    def __init__(self) -> None:
        super().__init__("refused", "The other side said no.", permanent=True)


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


class _InQuery(_Limited):
    """Sends what would be the form as a part of the address, for a server that looks for it there."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        body = request.body.decode() if isinstance(request.body, bytes) else request.body
        request.prepare_url(request.url, body)
        for name in ("Content-Type", "Content-Length"):
            request.headers.pop(name, None)
        request.prepare_body(None, None)
        return super().send(request, **options)


def plain_session(most_bytes: int = ANSWER_BYTES) -> requests.Session:
    return limited(requests.Session(), most_bytes)


def limited(session: S, most_bytes: int, *, in_query: bool = False) -> S:
    for scheme in ("https://", "http://"):
        session.mount(scheme, (_InQuery if in_query else _Limited)(most_bytes))
    return session


def checked(response: requests.Response) -> requests.Response:
    """The answer if it says yes. Raises PlatformError."""
    if response.status_code >= 500 or response.status_code in BUSY:
        raise PlatformError(
            "unavailable",
            "The other side is busy. Please try again in a while.",
            permanent=False,
            after_seconds=_retry_after(response),
        )
    if response.status_code == UNAUTHORIZED:
        raise TokenRefusedError
    if not 200 <= response.status_code < 300:
        raise PlatformError("refused", "The other side said no.", permanent=True)
    return response


def as_json(response: requests.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        raise garbage() from None
    if not isinstance(found, dict):
        raise garbage()
    return found


def _retry_after(response: requests.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return min(float(text), 3600.0) if text.isdecimal() else 0.0


def garbage() -> PlatformError:
    return PlatformError(
        "garbage", "The other side said something that we do not understand.", permanent=False
    )


def too_slow() -> PlatformError:
    return PlatformError(
        "timeout", "The other side takes too long. Please try again in a while.", permanent=False
    )
