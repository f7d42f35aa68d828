"""Writes Zoom's signed context, which in life only Zoom does."""

import base64
import hashlib
import json
import secrets
import struct
import time
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def encode_context(
    fields: dict[str, Any], client_secret: str, *, iv: bytes = b"", aad: bytes = b"context"
) -> str:
    """The text of the header: base64url without padding."""
    iv = iv or secrets.token_bytes(12)
    key = hashlib.sha256(client_secret.encode()).digest()
    plain = json.dumps(fields, separators=(",", ":")).encode()
    sealed = AESGCM(key).encrypt(iv, plain, aad)
    data = b"".join(
        (
            bytes([len(iv)]),
            iv,
            struct.pack("<H", len(aad)),
            aad,
            struct.pack("<I", len(plain)),
            sealed,
        )
    )
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def context_fields(client_id: str, *, now: float | None = None, **changes: Any) -> dict[str, Any]:
    """What Zoom says about somebody in a meeting. A change to None leaves the field out."""
    milliseconds = int((time.time() if now is None else now) * 1000)
    fields = {
        "typ": "meeting",
        "uid": "u_Hanna",
        "mid": "bWVldGluZy11dWlkLTAwMQ==",
        "attendrole": "host",
        "aud": client_id,
        "iss": "marketplace.zoom.us",
        "ts": milliseconds,
        "exp": milliseconds + 120_000,
        "entitlements": [],
    } | changes
    return {name: value for name, value in fields.items() if value is not None}
