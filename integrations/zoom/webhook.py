"""Zoom's notices: a signature over the raw body, and the few kinds that mean something to us.

x-zm-signature: v0=<hex of HMAC-SHA-256 with the secret token over "v0:<timestamp>:<raw body>">
x-zm-request-timestamp: seconds, or milliseconds, since 1970; the documents do not say which, both are accepted
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.platform import CHECK, MEETING_ENDED, REMOVED, Notice, PlatformError, Request

STALE_SECONDS = 300
BODY_BYTES = 64 * 1024
TIMESTAMP = re.compile(r"[0-9]{10}([0-9]{3})?")
ENDED = frozenset({"meeting.ended", "webinar.ended"})


def _refused() -> PlatformError:
    return PlatformError("bad_notice", "This notice is not signed by Zoom, or it is too old.")


def sign(secret_token: str, timestamp: str, body: bytes) -> str:
    message = b"v0:%b:%b" % (timestamp.encode(), body)
    return f"v0={hmac.new(secret_token.encode(), message, hashlib.sha256).hexdigest()}"


@dataclass(frozen=True)
class Delivery:
    """A body that Zoom signed just now with one of our secret tokens."""

    body: dict[str, Any]
    secret_token: str
    replay_key: str
    replay_until: float


def verified(request: Request, secret_tokens: Sequence[str], now: float) -> Delivery:
    """Raises PlatformError for whatever Zoom did not sign within the last five minutes."""
    timestamp = request.headers.get("x-zm-request-timestamp", "")
    signature = request.headers.get("x-zm-signature", "")
    if len(request.body) > BODY_BYTES or not TIMESTAMP.fullmatch(timestamp) or not signature.isascii():
        raise _refused()
    sent_at = int(timestamp) / (1000 if len(timestamp) == 13 else 1)
    # Every token is tried, so that the time taken says nothing.
    matching = [
        token
        for token in secret_tokens
        if hmac.compare_digest(sign(token, timestamp, request.body), signature)
    ]
    if not matching or abs(now - sent_at) > STALE_SECONDS:
        raise _refused()
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise _refused() from None
    if not isinstance(body, dict):
        raise _refused()
    return Delivery(body, matching[0], f"zoom-notice:{timestamp}:{signature}", sent_at + 2 * STALE_SECONDS)


def understood(delivery: Delivery, client_ids: set[str]) -> Notice | None:
    """The notice in our words; None for a kind that says nothing to us. Raises PlatformError."""
    payload = _mapping(delivery.body.get("payload"))
    kind = delivery.body.get("event")
    if kind == "endpoint.url_validation":
        return _check(payload, delivery.secret_token)
    if kind == "app_deauthorized":
        return _removed(payload, client_ids, delivery)
    if kind in ENDED:
        return _ended(payload, delivery)
    return None


def _check(payload: Mapping[str, Any], secret_token: str) -> Notice:
    """Zoom wants its word back, signed; it asks again every 72 hours."""
    plain = _text(payload, "plainToken")
    if not plain:
        raise _refused()
    sealed = hmac.new(secret_token.encode(), plain.encode(), hashlib.sha256).hexdigest()
    return Notice(CHECK, answer={"plainToken": plain, "encryptedToken": sealed})


def _removed(payload: Mapping[str, Any], client_ids: set[str], delivery: Delivery) -> Notice:
    user_id, client_id = _text(payload, "user_id"), payload.get("client_id")
    if not user_id or (client_id is not None and client_id not in client_ids):
        raise _refused()
    # `user_data_retention` is a thing of the past, and we keep nothing in any case.
    return Notice(
        REMOVED,
        user_id=user_id,
        replay_key=delivery.replay_key,
        replay_until=delivery.replay_until,
    )


def _ended(payload: Mapping[str, Any], delivery: Delivery) -> Notice | None:
    meeting_id = _text(_mapping(payload.get("object")), "uuid")
    if not meeting_id:
        return None
    return Notice(
        MEETING_ENDED,
        meeting_id=meeting_id,
        replay_key=delivery.replay_key,
        replay_until=delivery.replay_until,
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) and len(value) <= 200 else ""
