"""What a host may keep of people: the name and the photo of those who said so by the one switch that asks for it.

Who said so is looked up when a file is made, and for each photo once more when its turn comes: nothing is kept here.
"""

import io
import re
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.state.db import Database
from plugin.state.keys import thumb_key
from plugin.state.models import Attendee, Photo, PhotoState, Wall
from plugin.state.storage import NotStoredError, Storage

PICTURE_PX = 512  # as people saw it when they opened it: nobody agreed to more than the part that they chose
AT_ONCE = 25  # photos between two looks at who still agrees
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
LONGEST_NAME = 60


@dataclass(frozen=True)
class Kept:
    """Somebody who agreed, and the photo of theirs that is on the wall, if one is. Times are seconds since 1970."""

    name: str
    came_at: float
    photo_id: int | None
    photo_key: str | None
    placed_at: float | None

    @property
    def file_name(self) -> str:
        """Of the photo among others; "" where there is none. The number tells those of one name apart."""
        if self.photo_id is None:
            return ""
        return f"{as_file_name(self.name)} {self.photo_id}.jpg".strip()


def as_file_name(text: str) -> str:
    """The text as far as every file system takes it."""
    name = " ".join(NOT_IN_NAMES.sub(" ", text).split()).strip(". ")
    return name[:LONGEST_NAME].rstrip()


def people(database: Database, event_id: int) -> list[Kept]:
    """Those who agreed, in the order in which they came."""
    with database.read() as session:
        return _agreed(session, event_id)


def _agreed(session: Session, event_id: int, photo_ids: Sequence[int] | None = None) -> list[Kept]:
    query = (
        select(Attendee.name, Attendee.joined_at, Photo.id, Photo.key, Photo.placed_at)
        .join(Wall, Wall.event_id == Attendee.event_id)
        .outerjoin(
            Photo,
            (Photo.attendee_id == Attendee.id)
            & (Photo.wall_id == Wall.id)
            & (Photo.state == PhotoState.PLACED),
        )
        .where(Attendee.event_id == event_id, Attendee.host_keeps, Attendee.removed_at.is_(None))
        .where(Attendee.name != "")
        .order_by(Attendee.joined_at, Attendee.id)
    )
    if photo_ids is not None:
        query = query.where(Photo.id.in_(photo_ids))
    return [Kept(*row) for row in session.execute(query)]


def photos(database: Database, storage: Storage, event_id: int) -> Iterator[bytes]:
    """The photos of those who agreed as a ZIP, piece by piece: never more of it in memory than one photo."""
    wanted = [each.photo_id for each in people(database, event_id) if each.photo_id is not None]
    pieces = _Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_STORED) as archive:  # JPEGs do not get any smaller
        for start in range(0, len(wanted), AT_ONCE):
            with database.read() as session:
                agreed = _agreed(session, event_id, wanted[start : start + AT_ONCE])
            for each in agreed:
                _add(archive, storage, each)
                yield pieces.taken()
    yield pieces.taken()


def _add(archive: zipfile.ZipFile, storage: Storage, kept: Kept) -> None:
    try:
        data = storage.get(thumb_key(kept.photo_key or "", PICTURE_PX))
    except NotStoredError:  # taken back a moment ago
        return
    at = time.gmtime(kept.placed_at if kept.placed_at is not None else kept.came_at)[:6]
    archive.writestr(zipfile.ZipInfo(kept.file_name, at), data)


class _Pieces(io.RawIOBase):
    """A file that can be written on only, and whose bytes are taken away as they come."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
