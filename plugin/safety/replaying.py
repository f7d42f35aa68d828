"""Use case of whoever restores a backup: what was erased after it was made is erased in it, before anybody is served.

Rows and files go as they did for good. The pictures of a wall that showed an erased photo go too, and a worker draws
them anew; until it has, panels show the cells' soft colours.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import delete, select, update

from plugin.people.codes import opener_digest
from plugin.people.photos import withdraw_rows
from plugin.safety import forgetting, retention
from plugin.state import erasures
from plugin.state.db import Database
from plugin.state.erasures import Entry, Erased
from plugin.state.finish import Reveal
from plugin.state.keys import is_picture_of_people, photo_folder, upload_key, wall_file_key, wall_folder
from plugin.state.models import Attendee, Event, Photo, PhotoState, Wall
from plugin.state.platform_models import Installation
from plugin.state.registrations import Source
from plugin.state.storage import Storage
from plugin.wall import inside


def replay(database: Database, storage: Storage, entries: Iterable[Entry]) -> Counter[Erased]:
    """Erase in a database what these entries say and it does not know yet. How many were still there, of each kind.

    May run again after a fault. The entries are known to the database once all of it is done.
    """
    with database.read() as session:
        done = erasures.known(session).entries
        walls = {erasures.wall_digest(wall.media_key): wall for wall in session.scalars(select(Wall))}
    new = [each for each in entries if each.key not in done]
    found = _Replay(database, storage, walls)
    for event in _of(new, Erased.EVENT):
        found.event(event)
    for person in [*_of(new, Erased.PERSON), *_gone_with(new, [*new, *done.values()])]:
        found.person(person)
    found.photos(_of(new, Erased.PHOTO))
    found.redraw()
    found.consents([*_of(new, Erased.TOKENS), *_of(new, Erased.CONSENTS)])
    found.sources(_of(new, Erased.SOURCE))
    with database.write() as session:
        erasures.learn(session, new)
    return found.done


def _of(entries: Iterable[Entry], kind: Erased) -> list[Entry]:
    return [each for each in entries if each.kind is kind]


def _gone_with(new: Iterable[Entry], every: Iterable[Entry]) -> list[Entry]:
    """Attendees who turned out to be somebody who is erased now, directly or by way of others."""
    gone = {(each.wall, each.ref) for each in _of(new, Erased.PERSON)}
    united = _of(every, Erased.UNITED)
    found: list[Entry] = []
    while more := [each for each in united if (each.wall, each.became) in gone and each not in found]:
        found += more
        gone |= {(each.wall, each.ref) for each in more}
    return found


class _Replay:
    """What is erased of one database, and how many of each kind were still there."""

    def __init__(self, database: Database, storage: Storage, walls: dict[str, Wall]) -> None:
        self._database, self._storage, self._walls = database, storage, walls
        self._to_redraw: set[int] = set()
        self.done: Counter[Erased] = Counter()

    def event(self, entry: Entry) -> None:
        wall = self._walls.pop(entry.wall, None)
        if wall is not None:
            retention.delete_event(self._database, self._storage, wall.event_id)
            self.done[Erased.EVENT] += 1

    def person(self, entry: Entry) -> None:
        wall = self._walls.get(entry.wall)
        if wall is None:
            return
        with self._database.read() as session:
            attendee = session.get(Attendee, _number(entry.ref))
            theirs = session.scalars(select(Photo).where(Photo.attendee_id == _number(entry.ref))).all()
        if attendee is None or attendee.event_id != wall.event_id or forgetting.is_forgotten(attendee):
            return
        self._delete_files(wall, theirs)
        forgetting.forget_rows(self._database, self._storage, attendee.id)
        self.done[Erased.PERSON] += 1

    def photos(self, entries: Iterable[Entry]) -> None:
        wanted = {(each.wall, _number(each.ref)) for each in entries}
        for digest, wall in self._walls.items():
            ids = [photo_id for where, photo_id in wanted if where == digest]
            with self._database.read() as session:
                alive = [session.get(Photo, each) for each in ids]
            theirs = [
                each
                for each in alive
                if each and each.wall_id == wall.id and each.state is not PhotoState.WITHDRAWN
            ]
            if not theirs:
                continue
            self._delete_files(wall, theirs)
            with self._database.write() as session:
                withdraw_rows(session, [each.id for each in theirs])
            inside.forget_outdated(self._database, self._storage, wall.id)
            self.done[Erased.PHOTO] += len(theirs)

    def _delete_files(self, wall: Wall, photos: Iterable[Photo]) -> None:
        for photo in photos:
            self._storage.delete(upload_key(photo.key))
            self._storage.delete_folder(photo_folder(photo.key))
            self._to_redraw.add(wall.id)

    def redraw(self) -> None:
        """Nobody is to see them in a picture that was drawn before."""
        for wall in [each for each in self._walls.values() if each.id in self._to_redraw]:
            folder = wall_folder(wall.media_key)
            for name in self._storage.names(folder):
                if is_picture_of_people(name):
                    self._storage.delete(wall_file_key(wall.media_key, name))
            with self._database.write() as session:
                session.execute(update(Wall).where(Wall.id == wall.id).values(tiles_pending=True))
                bare = {"rehearsed": None, "rehearsed_as": "", "preview": None}
                session.execute(update(Reveal).where(Reveal.wall_id == wall.id).values(**bare))

    def consents(self, entries: Iterable[Entry]) -> None:
        all_of = {each.ref for each in entries if each.kind is Erased.CONSENTS}
        own_of = {each.ref for each in entries if each.kind is Erased.TOKENS}
        if not all_of | own_of:
            return
        with self._database.write() as session:
            for each in session.scalars(select(Installation)):
                whose = opener_digest(each.platform, each.tenant, each.user_id or "").hex()
                if whose in all_of or (whose in own_of and not each.is_for_tenant):
                    session.delete(each)
                    self.done[Erased.CONSENTS] += 1
            openers = [bytes.fromhex(each) for each in all_of]
            session.execute(update(Event).where(Event.opener.in_(openers)).values(opener=None))

    def sources(self, entries: Iterable[Entry]) -> None:
        gone = {(each.wall, each.ref) for each in entries}
        if not gone:
            return
        names = {wall.event_id: digest for digest, wall in self._walls.items()}
        with self._database.write() as session:
            for each in session.scalars(select(Source)):
                if (names.get(each.event_id), erasures.source_digest(each)) in gone:
                    session.execute(delete(Source).where(Source.id == each.id))
                    self.done[Erased.SOURCE] += 1


def _number(ref: str) -> int:
    return int(ref) if ref.isdecimal() and len(ref) < 10 else 0
