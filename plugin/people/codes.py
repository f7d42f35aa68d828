"""Join codes as people type them, and the digests by which secrets that we gave out are kept."""

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence

CODE_ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"  # nothing that looks alike, no vowels, so no words


CODE_LENGTH = 6


def digest(secret: str) -> bytes:
    """Secrets that we gave out are random and long, so a plain hash is enough to keep them."""
    return hashlib.blake2b(secret.encode(), digest_size=32).digest()


def opener_digest(platform: str, tenant: str, user_id: str) -> bytes:
    """What an event remembers its opener by; an empty tenant leaves no trace in it."""
    return digest(f"{platform}:{tenant}:{user_id}" if tenant else f"{platform}:{user_id}")


def normal_code(typed: str) -> str:
    """A join code as it is kept: people type small letters, spaces and dashes."""
    return "".join(each for each in typed.upper() if each.isalnum())[:12]


def new_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def email_digest(secret: str, address: str) -> bytes:
    """What an e-mail address is found by; worth nothing without our secret, for addresses can be guessed.

    The same for every spelling of one address that people use: blanks around it, capital letters, accents put together.
    """
    key = hashlib.blake2b(secret.encode(), digest_size=32, person=b"mosaic-address").digest()
    spelled = unicodedata.normalize("NFC", unicodedata.normalize("NFC", address.strip()).casefold())
    return hashlib.blake2b(spelled.encode(), key=key, digest_size=32).digest()


def keyed_digest(secret: str, purpose: str, text: str) -> bytes:
    """For secrets that are short enough to be guessed: worth nothing without ours, nor for any other purpose."""
    key = hashlib.blake2b(secret.encode(), digest_size=32, person=b"mosaic-short").digest()
    return hashlib.blake2b(f"{purpose} {text}".encode(), key=key, digest_size=32).digest()


def email_digests(secret_keys: Sequence[str], address: str) -> tuple[bytes, ...]:
    """All that an address may be kept under while the operator rotates the secret, newest first."""
    return tuple(email_digest(each, address) for each in secret_keys)
