"""What is sealed in the database, with which of our keys, and how it is sealed anew with the newest.

A text is looked at as the bytes that it is kept as, in batches: one that cannot be read stops nothing, and who was
interrupted begins again and finds most of it done.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Column, LargeBinary, Table, literal, null, select, type_coerce, update

import plugin.state.encounters
import plugin.state.models
import plugin.state.platform_models
import plugin.state.registrations  # noqa: F401 - their tables
from plugin.state.base import Base, EncryptedText
from plugin.state.db import Database, ciphers

AT_ONCE = 200

Kept = tuple[Any, ...]  # the key of a row, and its texts as they are kept


@dataclass(frozen=True)
class Place:
    """A table, and its columns that are sealed."""

    table: Table
    columns: tuple[Column[Any], ...]

    @property
    def key(self) -> Column[Any]:
        (key,) = self.table.primary_key.columns
        return key


@dataclass
class Done:
    """How many texts were sealed anew, and by table how many could not be read."""

    sealed: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)


def places() -> list[Place]:
    found = []
    for table in Base.metadata.sorted_tables:
        columns = tuple(each for each in table.columns if isinstance(each.type, EncryptedText))
        if columns:
            found.append(Place(table, columns))
    return found


def count(database: Database, secret_keys: Sequence[str]) -> dict[str, Counter[int]]:
    """By table, how many texts each key has sealed: the key's number in `secret_keys`, or -1 where none of them did."""
    known = ciphers(secret_keys)
    found: dict[str, Counter[int]] = {}
    for place in places():
        counts = found[place.table.name] = Counter()
        for rows in _batches(database, place):
            counts.update(_sealed_with(known, text) for row in rows for text in row[1:] if text is not None)
    return found


def reseal(database: Database, secret_keys: Sequence[str], *, empties: bool = False) -> Done:
    """Seal with the newest key what an older one of these has sealed.

    What none of them opens stays as it is, or is emptied where that is wished.
    """
    known = ciphers(secret_keys)
    done = Done()
    for place in places():
        for rows in _batches(database, place):
            changes = list(_changes(known, place, rows, done, empties))
            _write(database, place, changes)
    return done


def opened(
    database: Database, secret_keys: Sequence[str], table: str, column: str
) -> Iterator[dict[Any, str]]:
    """The texts of a column by the keys of their rows, a batch at a time. Those that none of the keys opens are left
    out."""
    found = Base.metadata.tables[table]
    cipher, place = MultiFernet(ciphers(secret_keys)), Place(found, (found.columns[column],))
    for rows in _batches(database, place):
        texts = {key: _opened(cipher, text) for key, text in rows if text is not None}
        yield {key: text for key, text in texts.items() if text is not None}


def _opened(cipher: MultiFernet, text: bytes) -> str | None:
    try:
        return cipher.decrypt(text).decode()
    except InvalidToken:
        return None


@dataclass(frozen=True)
class _Change:
    key: Any
    column: Column[Any]
    before: bytes
    after: bytes | None


def _changes(
    known: Sequence[Fernet], place: Place, rows: Sequence[Kept], done: Done, empties: bool
) -> Iterator[_Change]:
    for key, *texts in rows:
        for column, text in zip(place.columns, texts, strict=True):
            sealed_with = _sealed_with(known, text) if text is not None else 0
            if sealed_with > 0:
                done.sealed += 1
                yield _Change(key, column, text, MultiFernet(known).rotate(text))
            elif sealed_with < 0:
                done.unreadable[place.table.name] += 1
                if empties:
                    yield _Change(key, column, text, None if column.nullable else known[0].encrypt(b""))


def _write(database: Database, place: Place, changes: Sequence[_Change]) -> None:
    """Each only where it is still as it was: whoever writes beside us has written with a key that counts."""
    if not changes:
        return
    with database.write() as session:
        for each in changes:
            after = null() if each.after is None else literal(each.after, LargeBinary)
            is_same = type_coerce(each.column, LargeBinary) == each.before
            session.execute(
                update(place.table).where(place.key == each.key, is_same).values({each.column: after})
            )


def _sealed_with(known: Sequence[Fernet], text: bytes) -> int:
    for number, cipher in enumerate(known):
        try:
            cipher.decrypt(text)
        except InvalidToken:
            continue
        return number
    return -1


def _batches(database: Database, place: Place) -> Iterator[Sequence[Kept]]:
    raw = [type_coerce(each, LargeBinary) for each in place.columns]
    query = select(place.key, *raw).order_by(place.key).limit(AT_ONCE)
    after: Any = None
    while True:
        with database.read() as session:
            rows = session.execute(query if after is None else query.where(place.key > after)).all()
        if not rows:
            return
        yield [tuple(row) for row in rows]
        after = rows[-1][0]
