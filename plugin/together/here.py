"""Use case of who is here now: whose homes glow on somebody's wall, and who has come while it is still empty.

Worked out once every few seconds for each event and web process; what one viewer may see of it costs a look at their
blocks and a few steps along a list. Only those who are Open and have not said otherwise are in it. At a large event a
viewer sees a few of them, the same ones for as long as they stay, and those in the viewer's own breakout room first.
"""

import time
import zlib
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from sqlalchemy import and_, or_, select

from plugin.people import letters
from plugin.people.visibility import barred, in_parts, in_sight
from plugin.state.db import Database
from plugin.state.models import HOSTS, Attendee, Photo, PhotoState, Reachability
from plugin.state.presence import Presence
from plugin.state.remembered import Remembered

KEPT_SECONDS = 5.0
GLOWING = 48  # homes on one viewer's wall
FACES = 8


@dataclass(frozen=True)
class Somebody:
    attendee_id: int
    name: str
    room: str
    photo_id: int | None
    key: str | None


@dataclass(frozen=True)
class Circle:
    """People in an order that means nothing and stays, to be walked from any place."""

    places: list[int] = field(default_factory=list)
    people: list[Somebody] = field(default_factory=list)

    def seen_from(self, viewer_id: int) -> Iterator[Somebody]:
        begin = bisect_left(self.places, _place(viewer_id))
        return chain(islice(self.people, begin, None), islice(self.people, begin))


@dataclass(frozen=True)
class Crowd:
    everybody: Circle
    rooms: dict[str, Circle]
    photos: frozenset[int] = frozenset()

    def seen_by(self, viewer_id: int, room: str, barred_ids: Collection[int]) -> Iterator[Somebody]:
        """The others whom this person may see, each once, those in their room first."""
        near = self.rooms.get(room, Circle()) if room else Circle()
        far = (each for each in self.everybody.seen_from(viewer_id) if not room or each.room != room)
        for each in chain(near.seen_from(viewer_id), far):
            if each.attendee_id != viewer_id and each.attendee_id not in barred_ids:
                yield each


class HereNow:
    def __init__(self, database: Database, presence: Presence) -> None:
        self._database = database
        self._presence = presence
        self._crowds = Remembered(self._look)

    def seen_by(self, attendee: Attendee) -> dict[str, Any]:
        """The photos whose homes glow for this person, and faces of some who have come."""
        faces = islice(self._seen_by(attendee), FACES)
        return {
            "photos": [each.photo_id for each in self._glowing(attendee)],
            "faces": [{"initial": _initial(each.name), "key": each.key} for each in faces],
        }

    def photos(self, event_id: int) -> frozenset[int]:
        """The photos of all who are here: whoever strolls meets people who can answer."""
        return self._crowd(event_id).photos

    def _glowing(self, attendee: Attendee) -> list[Somebody]:
        return list(islice((each for each in self._seen_by(attendee) if each.photo_id), GLOWING))

    def _seen_by(self, attendee: Attendee) -> Iterator[Somebody]:
        with self._database.look() as session:
            hidden = barred(session, attendee.id)
        return self._crowd(attendee.event_id).seen_by(attendee.id, attendee.room, hidden)

    def _crowd(self, event_id: int) -> Crowd:
        return self._crowds.get(event_id, KEPT_SECONDS)

    def _look(self, event_id: int) -> Crowd:
        people = self._open_people(event_id, self._presence.surely_here(event_id, time.time()))
        rooms = {each.room for each in people if each.room}
        return Crowd(
            _circle(people),
            {room: _circle(each for each in people if each.room == room) for room in rooms},
            frozenset(each.photo_id for each in people if each.photo_id),
        )

    def _open_people(self, event_id: int, here: Iterable[int]) -> list[Somebody]:
        """Those of the event among them who let others see that they are here. Of everybody who ever came, few are."""
        query = (
            select(Attendee.id, Attendee.name, Attendee.room, Photo.id, Photo.key)
            .outerjoin(Photo, and_(Photo.attendee_id == Attendee.id, Photo.state == PhotoState.PLACED))
            .where(
                Attendee.event_id == event_id,
                Attendee.reachability == Reachability.OPEN,
                Attendee.shown_here,
                in_sight(),
                or_(Attendee.role.not_in(HOSTS), Photo.id.is_not(None)),  # as they are counted
            )
        )
        with self._database.read() as session:
            return [
                Somebody(*row)
                for some in in_parts(sorted(here))
                for row in session.execute(query.where(Attendee.id.in_(some)))
            ]


def _initial(name: str) -> str:
    return letters.shortened(name, 1).upper()


def _circle(people: Iterable[Somebody]) -> Circle:
    in_order = sorted(people, key=lambda each: _place(each.attendee_id))
    return Circle([_place(each.attendee_id) for each in in_order], in_order)


def _place(attendee_id: int) -> int:
    """The same in every process and at each look."""
    return zlib.crc32(str(attendee_id).encode())
