"""What everybody in an event is told besides the picture: the break, the reveal, who is here, whether threads or lines
changed.

Worked out once a second for each event and web process, whoever asks. Only the break may be another for some: those in
a breakout room that has one of its own.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from plugin.people import cohosts
from plugin.state.db import Database
from plugin.state.encounters import CoffeeBreak
from plugin.state.finish import Reveal
from plugin.state.models import Attendee, Event, Wall
from plugin.state.presence import Presence
from plugin.state.remembered import Remembered
from plugin.together import breaks, speakers, threads
from plugin.wall import changing, revealing

KEPT_SECONDS = 1.0


@dataclass(frozen=True)
class Facts:
    """As of one moment; what changes with the clock is worked out when it is told."""

    found: CoffeeBreak | None
    threads: int
    speakers: int
    here: int  # guests; hosts without a photo are not among them
    looked_at: float
    rooms: Mapping[str, CoffeeBreak] = field(default_factory=dict)  # breaks of single rooms
    room_of: Mapping[int, str] = field(
        default_factory=dict
    )  # attendee id -> which of these rooms they are in
    hosts_here: bool = False  # such a host is here
    reveal: Reveal | None = None
    about: Mapping[str, Any] = field(default_factory=dict)  # what the event is called, asks, says and allows
    as_of: float = 0.0  # seconds since 1970: of two facts that reach a panel the newer ones count

    def as_dict(self, attendee_id: int) -> dict[str, Any]:
        return dict(self.about) | {
            "break": self.moment(self.room_of.get(attendee_id, "")),
            "threads": self.threads,
            "speakers": self.speakers,
            "here": self.here,
            "hosts_here": self.hosts_here,
            "reveal": self.reveal_now(),
            "as_of": self.as_of,
        }

    def reveal_now(self) -> dict[str, Any] | None:
        return revealing.told(self.reveal, time.time())

    def _break_in(self, room: str) -> CoffeeBreak | None:
        return self.rooms.get(room, self.found)

    def moment(self, room: str = "") -> dict[str, Any] | None:
        found = self._break_in(room)
        at = breaks.moment(found, time.time()) if found is not None else None
        if at is None:
            return None
        return (at if self._has_lines() else at.without_line()).as_dict()

    def _has_lines(self) -> bool:
        return bool(self.about.get("lines", True))

    def news_since(self, before: "Facts", attendee_id: int = 0) -> dict[str, Any]:
        """What a panel that knows `before` has to be told."""
        room, earlier = self.room_of.get(attendee_id, ""), before.room_of.get(attendee_id, "")
        news: dict[str, Any] = dict(self.about) if self.about != before.about else {}
        is_same = breaks.digest(self._break_in(room)) == breaks.digest(before._break_in(earlier))
        if not is_same or self._has_lines() != before._has_lines():
            news["break"] = self.moment(room)
        if revealing.digest(self.reveal) != revealing.digest(before.reveal):
            news["reveal"] = self.reveal_now()
        if self.threads != before.threads:
            news["threads"] = self.threads
        if self.speakers != before.speakers:
            news["speakers"] = True
        return news

    def concerned_since(self, before: "Facts") -> set[int]:
        """Those who are in a room with a break of its own, or were: what they are told may be other news."""
        return set(self.room_of) | set(before.room_of)

    def has_news_since(self, before: "Facts") -> bool:
        return any(self.news_since(before, each) for each in (0, *self.concerned_since(before)))


class EventFacts:
    """The facts of each event, at most a second old."""

    def __init__(self, database: Database, presence: Presence) -> None:
        self._database = database
        self._presence = presence
        self._facts = Remembered(self.look)
        self._threads = Remembered(lambda event_id: threads.of_wall(database, event_id))
        self._event_of: dict[int, int] = {}  # wall id -> event id, which never changes
        self._wall_of: dict[int, int] = {}  # event id -> wall id

    def of(self, event_id: int) -> Facts:
        return self._facts.get(event_id, KEPT_SECONDS)

    def threads(self, event_id: int) -> dict[str, Any]:
        """The threads on the wall, as everybody sees them."""
        return self._threads.get(event_id, KEPT_SECONDS)

    def forget(self, event_id: int) -> None:
        """Somebody has just changed it: whoever asks next gets it as it is now."""
        self._facts.forget(event_id)
        self._threads.forget(event_id)

    def look(self, event_id: int) -> Facts:
        as_of = round(time.time(), 3)  # before: what changes meanwhile is in newer ones
        with self._database.look() as session:
            event, threads_number, reveal, lines = session.execute(_of_event(event_id)).one()
            rooms = breaks.of_rooms(session, event_id, time.time())
            hosts = cohosts.behind_the_desk(session, event_id)
            facts = Facts(
                found=breaks.newest(session, event_id),
                threads=threads_number,
                speakers=lines,
                here=0,
                reveal=reveal,
                about=changing.about(event),
                looked_at=time.monotonic(),
                rooms=rooms,
                room_of=_who_is_in(session, event_id, rooms) if rooms else {},
                as_of=as_of,
            )
        # Not while a connection to the database is held.
        here, hosts_here = self._presence.guests(event_id, time.time(), hosts)
        return replace(facts, here=here, hosts_here=hosts_here > 0)

    def event_of(self, wall_id: int) -> int:
        if wall_id not in self._event_of:
            with self._database.look() as session:
                found = session.scalars(select(Wall.event_id).where(Wall.id == wall_id)).one()
            self._event_of[wall_id] = found
        return self._event_of[wall_id]

    def wall_of(self, event_id: int) -> int:
        if event_id not in self._wall_of:
            with self._database.look() as session:
                found = session.scalars(select(Wall.id).where(Wall.event_id == event_id)).one()
            self._wall_of[event_id] = found
        return self._wall_of[event_id]


def _of_event(event_id: int) -> Select[Event, int, Reveal | None, int]:
    return (
        select(Event, Wall.threads, Reveal, speakers.number_open(event_id))
        .join(Wall, Wall.event_id == Event.id)
        .outerjoin(Reveal, Reveal.wall_id == Wall.id)
        .where(Event.id == event_id)
    )


def _who_is_in(session: Session, event_id: int, rooms: Iterable[str]) -> dict[int, str]:
    """The rooms of those who are in one of these."""
    query = select(Attendee.id, Attendee.room).where(
        Attendee.event_id == event_id, Attendee.room.in_(list(rooms))
    )
    return {row.id: row.room for row in session.execute(query)}
