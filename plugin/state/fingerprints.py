"""Which secret keys the database was used with: a machine that brings another one would understand nobody.

Tokens signed with a key that the others do not know are refused there, and what is sealed with it they cannot read. So
a fingerprint of each key is kept, from which nobody can tell the key.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Float, LargeBinary, select
from sqlalchemy.orm import Mapped, mapped_column

from plugin.state.base import Base
from plugin.state.db import Database


class Fingerprint(Base):
    __tablename__ = "fingerprints"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    seen_at: Mapped[float] = mapped_column(Float)  # for the first time


class UnknownKeysError(Exception):
    """None of the keys is one that the database was used with."""


def recognise(database: Database, secret_keys: Sequence[str], now: float) -> int:
    """Keep the fingerprints of keys that are new, beside known ones or in an empty database; how many that were.

    Raises UnknownKeysError.
    """
    brought = {fingerprint(key) for key in secret_keys}
    with database.write_alone() as session:
        known = set(session.scalars(select(Fingerprint.digest)))
        if known and not known & brought:
            raise UnknownKeysError
        session.add_all(Fingerprint(digest=digest, seen_at=now) for digest in brought - known)
    return len(brought - known)


def fingerprint(secret_key: str) -> bytes:
    return hashlib.blake2b(secret_key.encode(), digest_size=16, person=b"mosaic-known-key").digest()
