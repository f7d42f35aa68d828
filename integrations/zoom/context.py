"""Zoom's signed context: who opened our page, where, as what. Ours to read, Zoom's to write.

Layout, little-endian, in base64 of either alphabet, padded or not (https://developers.zoom.us/docs/zoom-apps/zoom-app-context/
and Zoom's own samples):

    1 byte      length of iv
    n bytes     iv
    2 bytes     length of aad
    n bytes     aad
    4 bytes     length of ciphertext
    n bytes     ciphertext: JSON under AES-256-GCM, key = SHA-256 of the client secret
    16 bytes    tag

There is no number used once inside; `exp`, about two minutes ahead, and our own store of used contexts stand in for it.
"""

import base64
import hashlib
import json
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from integrations.platform import Credential, PlatformError

ISSUER = "marketplace.zoom.us"
LONGEST = 8192  # characters; one with a deep link's action is longer than the usual 500
TAG_BYTES = 16
SKEW_MILLISECONDS = 30_000
LONGEST_VALIDITY_MILLISECONDS = 15 * 60_000  # about two minutes are seen
ALPHABET = re.compile(r"[A-Za-z0-9+/]+={0,2}")


@dataclass(frozen=True)
class Context:
    """A context that is Zoom's, for us, and of now."""

    fields: dict[str, Any]
    client_id: str
    expires_at: float  # seconds since 1970
    replay_key: str

    def text(self, name: str, longest: int = 200) -> str:
        """A field that holds text; "" when it is missing or no text."""
        value = self.fields.get(name)
        return value if isinstance(value, str) and len(value) <= longest else ""


def refused() -> PlatformError:
    # One answer for every fault: a forger learns nothing from it.
    return PlatformError(
        "bad_context", "Zoom did not vouch for this. Close the app in Zoom and open it again."
    )


def expired() -> PlatformError:
    return PlatformError("expired_context", "This took too long. Close the app in Zoom and open it again.")


def open_context(token: str, credentials: Sequence[Credential], now: float) -> Context:
    """Decrypt and check a context with each credential in turn. Raises PlatformError: bad_context, expired_context.

    `now` is in seconds since 1970. Expiry is told apart from other faults, as it happens to honest people too; only
    a context that Zoom sealed for us can be told to be expired.
    """
    iv, sealed, aad = _parts(token)
    for credential in credentials:
        fields = _decrypted(iv, sealed, aad, credential.client_secret)
        if fields is not None:
            return _checked(fields, credential.client_id, hashlib.sha256(sealed).hexdigest(), now)
    raise refused()


def _parts(token: str) -> tuple[bytes, bytes, bytes]:
    """(iv, ciphertext with tag, aad)."""
    try:
        data = _decoded(token)
        iv, at = _piece(data, 1, data[0])
        (length,) = struct.unpack_from("<H", data, at)
        aad, at = _piece(data, at + 2, length)
        (length,) = struct.unpack_from("<I", data, at)
        _, end = _piece(data, at + 4, length)
    except (ValueError, IndexError, struct.error):
        raise refused() from None
    if len(data) - end != TAG_BYTES:
        raise refused()
    return iv, data[at + 4 :], aad


def _decoded(token: str) -> bytes:
    text = token.strip().replace("-", "+").replace("_", "/")
    if len(text) > LONGEST or not ALPHABET.fullmatch(text):
        raise ValueError
    text = text.rstrip("=")
    data = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    # Bits that the last character has too many must be zero, so that each context has one spelling.
    if base64.b64encode(data).decode().rstrip("=") != text:
        raise ValueError
    return data


def _piece(data: bytes, start: int, length: int) -> tuple[bytes, int]:
    end = start + length
    if end > len(data):
        raise ValueError
    return data[start:end], end


def _decrypted(iv: bytes, sealed: bytes, aad: bytes, client_secret: str) -> dict[str, Any] | None:
    """The fields, or None where this secret does not open them."""
    key = hashlib.sha256(client_secret.encode()).digest()
    try:
        fields = json.loads(AESGCM(key).decrypt(iv, sealed, aad))
    except (InvalidTag, ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _checked(fields: dict[str, Any], client_id: str, digest: str, now: float) -> Context:
    expires = fields.get("exp")
    if fields.get("iss") != ISSUER or fields.get("aud") != client_id:
        raise refused()
    if isinstance(expires, bool) or not isinstance(expires, int):
        raise refused()
    now_milliseconds = int(now * 1000)
    if expires > now_milliseconds + LONGEST_VALIDITY_MILLISECONDS:
        raise refused()
    if expires < now_milliseconds - SKEW_MILLISECONDS:
        raise expired()
    return Context(fields, client_id, (expires + SKEW_MILLISECONDS) / 1000, f"zoom-context:{digest}")
