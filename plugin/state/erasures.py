"""Who was erased, and what: ids without content, so that a backup that is restored brings nobody back.

A row is written in the transaction that erases; the sweeper copies it into the storage, for a register must outlive the
database. What a restored database does not know of it was erased after the backup was made. An id means something in
its wall only, and a wall is named by a digest of its key, so that the register of another service erases nobody.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Float, String, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from plugin.state.base import Base, enum_of
from plugin.state.db import Database
from plugin.state.keys import ERASED_UNTIL, ERASURES, erasures_key
from plugin.state.models import Photo, Wall
from plugin.state.registrations import Source
from plugin.state.storage import NotStoredError, Storage

AT_ONCE = 1000
MOST_OBJECTS = 50  # of a register in the storage, before they are made one
NO_WALL = ""


class Erased(StrEnum):
    PERSON = "person"
    PHOTO = "photo"
    EVENT = "event"
    UNITED = "united"  # somebody turned out to be another attendee: they are erased where that one is
    # Of a platform's user, by the digest of who they are: what only they use, or all that they agreed to.
    TOKENS = "tokens"
    CONSENTS = "consents"
    SOURCE = "source"  # whose registrations an organizer had forgotten, by the digest of what it is
    BACKUP = "backup"  # none: a register that has this one is not older than the backup


class Erasure(Base):
    """One erasure. `ref` is an id or a digest; `became` is whom somebody turned out to be."""

    __tablename__ = "erasures"

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[Erased] = mapped_column(enum_of(Erased))
    wall: Mapped[str] = mapped_column(String(32), index=True)
    ref: Mapped[str] = mapped_column(String(64))
    became: Mapped[str] = mapped_column(String(64), default="")
    erased_at: Mapped[float] = mapped_column(Float)
    kept: Mapped[bool] = mapped_column(default=False, index=True)  # in the storage, too


@dataclass(frozen=True)
class Entry:
    """A line of the register."""

    key: str
    kind: Erased
    wall: str
    ref: str
    became: str
    erased_at: float


@dataclass(frozen=True)
class Register:
    """What was erased, by keys. `until`: when it was last known to be whole, in seconds since 1970."""

    entries: dict[str, Entry]
    until: float = 0.0

    def joined(self, other: "Register") -> "Register":
        return Register(self.entries | other.entries, max(self.until, other.until))

    def has_backup(self, number: str) -> bool:
        """Whether it was still kept when that backup was made."""
        return any(each.kind is Erased.BACKUP and each.ref == number for each in self.entries.values())


def wall_digest(media_key: str) -> str:
    """A wall's name in the register, from which nobody can tell the addresses of its pictures."""
    return hashlib.blake2b(media_key.encode(), digest_size=16, person=b"mosaic-wall").hexdigest()


# ---- noting, within the transaction that erases ----------------------------------------------------------------------


def note(session: Session, kind: Erased, wall: str, refs: Iterable[object], became: object = "") -> None:
    """Each of `refs` is erased, or is `became` from now on."""
    now = time.time()
    about = {"kind": kind, "wall": wall, "became": str(became), "erased_at": now, "kept": False}
    rows = [about | {"key": secrets.token_hex(16), "ref": str(ref)} for ref in refs]
    if rows:
        session.execute(insert(Erasure), rows)


def note_photos(session: Session, photo_ids: Iterable[int]) -> None:
    """These photos are erased, whichever walls they are on."""
    query = select(Photo.id, Wall.media_key).join(Wall, Wall.id == Photo.wall_id)
    by_wall: dict[str, list[int]] = {}
    for photo_id, media_key in session.execute(query.where(Photo.id.in_(list(photo_ids)))):
        by_wall.setdefault(media_key, []).append(photo_id)
    for media_key, ids in by_wall.items():
        note(session, Erased.PHOTO, wall_digest(media_key), ids)


def note_people(session: Session, event_id: int, attendee_ids: Iterable[int]) -> None:
    note(session, Erased.PERSON, _wall_of(session, event_id), attendee_ids)


def note_united(session: Session, event_id: int, gone_id: int, kept_id: int) -> None:
    note(session, Erased.UNITED, _wall_of(session, event_id), [gone_id], became=kept_id)


def note_source(session: Session, source: Source) -> None:
    note(session, Erased.SOURCE, _wall_of(session, source.event_id), [source_digest(source)])


def source_digest(source: Source) -> str:
    named = json.dumps([source.platform, source.external_id])
    return hashlib.blake2b(named.encode(), digest_size=32, person=b"mosaic-source").hexdigest()


def note_event(session: Session, event_id: int) -> None:
    """The event is erased; what the register had about people in it says nothing more."""
    wall = _wall_of(session, event_id)
    session.execute(delete(Erasure).where(Erasure.wall == wall))
    note(session, Erased.EVENT, wall, [event_id])


def _wall_of(session: Session, event_id: int) -> str:
    return wall_digest(session.scalars(select(Wall.media_key).where(Wall.event_id == event_id)).one())


# ---- the register ---------------------------------------------------------------------------------------------------


def known(session: Session) -> Register:
    """The register as the database has it."""
    rows = session.execute(
        select(Erasure.key, Erasure.kind, Erasure.wall, Erasure.ref, Erasure.became, Erasure.erased_at)
    )
    return Register({row.key: Entry(*row) for row in rows})


def learn(session: Session, entries: Iterable[Entry]) -> None:
    """Take over what another register knew."""
    rows = [asdict(each) | {"kept": False} for each in entries]
    if rows:
        session.execute(insert(Erasure), rows)


def lines(register: Register) -> bytes:
    """A register as a file has it: an object a line, and until when it is whole."""
    rows = [json.dumps(asdict(each)) for each in register.entries.values()]
    return "\n".join([*rows, json.dumps({"until": register.until}), ""]).encode()


def read_lines(data: bytes) -> Register:
    """Raises ValueError."""
    try:
        return _read_lines(data)
    except (KeyError, TypeError) as error:
        raise ValueError("not a register") from error


def _read_lines(data: bytes) -> Register:
    entries, until = {}, 0.0
    for line in data.decode().splitlines():
        found = json.loads(line)
        if "until" in found:
            until = max(until, float(found["until"]))
            continue
        entry = _read(found)
        entries[entry.key] = entry
    return Register(entries, until)


def _read(found: dict[str, Any]) -> Entry:
    about = {name: str(found[name]) for name in ("key", "wall", "ref", "became")}
    return Entry(kind=Erased(found["kind"]), erased_at=float(found["erased_at"]), **about)


def keep(database: Database, storage: Storage, now: float) -> int:
    """Copy what is new into the storage; returns how much that was. May run in several processes at once."""
    with database.read() as session:
        rows = session.scalars(select(Erasure).where(Erasure.kept.is_(False)).limit(AT_ONCE)).all()
    new = Register({each.key: _entry(each) for each in rows}, now)
    if rows:
        storage.put(erasures_key(secrets.token_hex(8)), lines(new))
        with database.write() as session:
            for each in rows:
                session.execute(update(Erasure).where(Erasure.key == each.key).values(kept=True))
    return len(rows)


def tidy(database: Database, storage: Storage, now: float) -> None:
    """Note in the storage that its register is whole until now, and make one object of many."""
    while keep(database, storage, now):
        pass
    names = [name for name in storage.names(ERASURES) if name != ERASED_UNTIL]
    if len(names) > MOST_OBJECTS:
        with database.read() as session:  # after the names: what they hold is in it
            whole = known(session)
        storage.put(erasures_key(secrets.token_hex(8)), lines(Register(whole.entries, now)))
        for name in names:
            storage.delete(f"{ERASURES}/{name}")
    storage.put(f"{ERASURES}/{ERASED_UNTIL}", lines(Register({}, now)), durable=False)


def keep_anew(session: Session) -> None:
    """Nothing of it is in the storage that this database has from now on."""
    session.execute(update(Erasure).values(kept=False))


def stored(storage: Storage) -> Register:
    """The register as the storage has it. Raises ValueError."""
    found = Register({})
    for data in _objects(storage):
        found = found.joined(read_lines(data))
    return found


def _objects(storage: Storage) -> Iterator[bytes]:
    """Again from the start, where many were made one meanwhile."""
    while True:
        try:
            yield from [storage.get(f"{ERASURES}/{name}") for name in sorted(storage.names(ERASURES))]
            return
        except NotStoredError:
            continue


def _entry(row: Erasure) -> Entry:
    return Entry(row.key, row.kind, row.wall, row.ref, row.became, row.erased_at)
