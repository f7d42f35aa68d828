"""What a backup is sealed with: its contents by the secret key, so that nobody else can make one up; and the secret
keys, where they are to be in it, by a passphrase that is kept nowhere."""

import base64
import hashlib
import hmac
import json
import secrets
import sys
from collections.abc import Sequence
from getpass import getpass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from plugin.operate.supervisor import StartError

MINIMUM_CHARACTERS = 12
# 128 MB and about half a second for each guess, see RFC 7914. Not the file's: nobody lets us work for ever.
SCRYPT = {"n": 2**17, "r": 8, "p": 1}
PURPOSE = b"mosaic keys of a backup, 1"


def seal(secret_key: str, content: bytes) -> str:
    key = hashlib.blake2b(secret_key.encode(), digest_size=32, person=b"mosaic-backup").digest()
    return hmac.new(key, content, "sha256").hexdigest()


def is_sealed_by(secret_keys: Sequence[str], content: bytes, found: str) -> bool:
    return any(hmac.compare_digest(seal(each, content), found) for each in secret_keys)


def locked(secret_keys: Sequence[str], passphrase: str) -> bytes:
    """The keys as a file that says nothing without the passphrase."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    content = json.dumps(list(secret_keys)).encode()
    data = AESGCM(_derived(passphrase, salt)).encrypt(nonce, content, PURPOSE)
    parts = {"salt": salt, "nonce": nonce, "data": data}
    return json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()}).encode()


def unlocked(data: bytes, passphrase: str) -> tuple[str, ...]:
    """Raises StartError."""
    try:
        salt, nonce, sealed = (
            base64.b64decode(json.loads(data)[name], validate=True) for name in ("salt", "nonce", "data")
        )
        content = AESGCM(_derived(passphrase, salt)).decrypt(nonce, sealed, PURPOSE)
    except (InvalidTag, KeyError, TypeError, ValueError):
        raise StartError(
            "This passphrase does not open the keys of the backup. Nothing was restored. Without it, the backup needs "
            "the secret key from another place: secret.key of a machine that ran, or what it had in MOSAIC_SECRET_KEY."
        ) from None
    return tuple(str(each) for each in json.loads(content))


def _derived(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, **SCRYPT).derive(passphrase.encode())


def passphrase_from(file: Path | None, *, is_new: bool) -> str:
    """From the file's first line, else from whoever sits at the terminal. Raises StartError."""
    if file is not None:
        try:
            found = (file.read_text(encoding="utf-8").splitlines() or [""])[0]
        except (OSError, UnicodeDecodeError):
            raise StartError(f"The passphrase cannot be read from {file}. (--passphrase-file)") from None
    elif sys.stdin.isatty():
        found = getpass("Passphrase for the keys: ")
        if is_new and getpass("Once more: ") != found:
            raise StartError("These were two different passphrases. Nothing was done.")
    else:
        raise StartError("The keys need a passphrase: give the file that holds it. (--passphrase-file)")
    if is_new and len(found) < MINIMUM_CHARACTERS:
        raise StartError(f"A passphrase has at least {MINIMUM_CHARACTERS} characters. Nothing was done.")
    return found
