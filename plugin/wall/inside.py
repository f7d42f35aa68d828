"""Who is in a print: only people who agreed to be in what others download, and oneself in one's own keepsake.

Who is in it is kept with it, so that it can be deleted as soon as one of them takes that back.
"""

import zlib
from array import array
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.state.db import Database
from plugin.state.finish import Print, PrintState
from plugin.state.models import Attendee, Photo, PhotoState
from plugin.state.storage import Storage


def packed(photo_ids: Iterable[int]) -> bytes:
    """Ids as a print's row keeps them: the steps between them, compressed; the same ids give the same bytes."""
    steps, last = array("I"), 0
    for photo_id in sorted(photo_ids):
        steps.append(photo_id - last)
        last = photo_id
    return zlib.compress(steps.tobytes())


def unpacked(data: bytes) -> frozenset[int]:
    if not data:
        return frozenset()
    steps = array("I")
    steps.frombytes(zlib.decompress(data))
    ids, last = [], 0
    for step in steps:
        last += step
        ids.append(last)
    return frozenset(ids)


def agreed(session: Session, wall_id: int) -> frozenset[int]:
    """The photos on a wall whose people agreed to be in what others download."""
    query = (
        select(Photo.id)
        .join(Attendee)
        .where(Photo.wall_id == wall_id, Photo.state == PhotoState.PLACED, Attendee.in_keepsake)
    )
    return frozenset(session.scalars(query))


def is_allowed(session: Session, made: Print) -> bool:
    """Whether all who are in it still want to be."""
    if made.own_photo_id is not None:
        own = session.get(Photo, made.own_photo_id)
        if own is None or own.state is not PhotoState.PLACED:
            return False
    return unpacked(made.photo_ids) <= agreed(session, made.wall_id)


def forget_outdated(database: Database, storage: Storage, wall_id: int) -> int:
    """Delete every print of a wall that shows somebody who took that back; one that is being made begins anew.

    Returns how many there were.
    """
    with database.read() as session:
        if not _outdated(session, wall_id):
            return 0
    with database.write() as session:
        outdated = _outdated(session, wall_id)
        _take_back(outdated)
    for made in outdated:
        storage.delete(made.storage_key)
    return len(outdated)


def forget_showing(database: Database, storage: Storage, wall_id: int, attendee_id: int) -> int:
    """Delete every print of a wall that shows this person, as `forget_outdated` does: they want no details of their
    photo in it, and it may have some.
    """
    with database.write() as session:
        own = set(session.scalars(select(Photo.id).where(Photo.attendee_id == attendee_id)))
        rows = session.scalars(select(Print).where(Print.wall_id == wall_id, Print.photo_ids != b"")).all()
        showing = [row for row in rows if own & unpacked(row.photo_ids) or row.own_photo_id in own]
        _take_back(showing)
    for made in showing:
        storage.delete(made.storage_key)
    return len(showing)


def _take_back(prints: Iterable[Print]) -> None:
    for made in prints:
        made.photo_ids = b""
        if made.state is PrintState.WORKING:
            made.state, made.progress, made.attempts = PrintState.QUEUED, 0, 0
        else:
            made.state, made.error = PrintState.FAILED, "withdrawn"


def _outdated(session: Session, wall_id: int) -> list[Print]:
    rows = session.scalars(select(Print).where(Print.wall_id == wall_id, Print.photo_ids != b"")).all()
    if not rows:
        return []
    allowed = agreed(session, wall_id)
    placed = set(
        session.scalars(select(Photo.id).where(Photo.wall_id == wall_id, Photo.state == PhotoState.PLACED))
    )
    good = {data: unpacked(data) <= allowed for data in {row.photo_ids for row in rows}}
    return [
        row
        for row in rows
        if not good[row.photo_ids] or (row.own_photo_id is not None and row.own_photo_id not in placed)
    ]


def own_photo(session: Session, attendee_id: int) -> Photo | None:
    """The photo that a person has on the wall."""
    return session.scalar(
        select(Photo)
        .where(Photo.attendee_id == attendee_id, Photo.state == PhotoState.PLACED)
        .order_by(Photo.id.desc())
        .limit(1)
    )
