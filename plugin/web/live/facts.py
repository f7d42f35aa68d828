"""What everybody in an event is told besides the picture: the break, the reveal, who is here, whether threads or lines
changed.

Worked out once a second for each event and web process, whoever asks.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from plugin.state.db import Database
from plugin.state.encounters import CoffeeBreak
from plugin.state.finish import Reveal
from plugin.state.models import Wall
from plugin.state.presence import Presence
from plugin.together import breaks, speakers, threads
from plugin.wall import revealing

KEPT_SECONDS = 1.0
KEPT = 256

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Facts:
    """As of one moment; what changes with the clock is worked out when it is told."""

    found: CoffeeBreak | None
    digest: str  # changes when somebody starts, extends or ends a break
    threads: int
    speakers: int
    here: int
    looked_at: float
    reveal: Reveal | None = None
    as_of: float = 0.0  # seconds since 1970: of two facts that reach a panel the newer ones count

    def as_dict(self) -> dict[str, Any]:
        return {
            "break": self.moment(),
            "threads": self.threads,
            "speakers": self.speakers,
            "here": self.here,
            "reveal": self.reveal_now(),
            "as_of": self.as_of,
        }

    def reveal_now(self) -> dict[str, Any] | None:
        return revealing.told(self.reveal, time.time())

    def moment(self) -> dict[str, Any] | None:
        at = breaks.moment(self.found, time.time()) if self.found is not None else None
        return at.as_dict() if at is not None else None

    def news_since(self, before: "Facts") -> dict[str, Any]:
        """What a panel that knows `before` has to be told."""
        news: dict[str, Any] = {}
        if self.digest != before.digest:
            news["break"] = self.moment()
        if revealing.digest(self.reveal) != revealing.digest(before.reveal):
            news["reveal"] = self.reveal_now()
        if self.threads != before.threads:
            news["threads"] = self.threads
        if self.speakers != before.speakers:
            news["speakers"] = True
        return news


class EventFacts:
    """The facts of each event, at most a second old."""

    def __init__(self, database: Database, presence: Presence) -> None:
        self._database = database
        self._presence = presence
        self._facts: dict[int, tuple[float, Facts]] = {}
        self._threads: dict[int, tuple[float, dict[str, Any]]] = {}
        self._event_of: dict[int, int] = {}  # wall id -> event id, which never changes
        self._wall_of: dict[int, int] = {}  # event id -> wall id
        self._lock = threading.Lock()

    def of(self, event_id: int) -> Facts:
        return self._kept(self._facts, event_id, self.look)

    def threads(self, event_id: int) -> dict[str, Any]:
        """The threads on the wall, as everybody sees them."""
        return self._kept(self._threads, event_id, lambda wanted: threads.of_wall(self._database, wanted))

    def forget(self, event_id: int) -> None:
        """Somebody has just changed it: whoever asks next gets it as it is now."""
        with self._lock:
            self._facts.pop(event_id, None)
            self._threads.pop(event_id, None)

    def _kept(self, kept: dict[int, tuple[float, Kept]], event_id: int, make: Callable[[int], Kept]) -> Kept:
        with self._lock:
            made, found = kept.get(event_id, (0.0, None))
        if found is not None and time.monotonic() - made < KEPT_SECONDS:
            return found
        fresh = make(event_id)
        with self._lock:
            if len(kept) >= KEPT:
                kept.clear()
            kept[event_id] = (time.monotonic(), fresh)
        return fresh

    def look(self, event_id: int) -> Facts:
        here = (
            self._presence.count(event_id, time.time()) or 0
        )  # not while a connection to the database is held
        as_of = round(time.time(), 3)  # before: what changes meanwhile is in newer ones
        with self._database.read() as session:
            found = breaks.newest(session, event_id)
            return Facts(
                found=found,
                digest=breaks.digest(found),
                threads=session.scalars(select(Wall.threads).where(Wall.event_id == event_id)).one(),
                speakers=speakers.number_open(session, event_id),
                here=here,
                reveal=revealing.of_event(session, event_id),
                looked_at=time.monotonic(),
                as_of=as_of,
            )

    def event_of(self, wall_id: int) -> int:
        if wall_id not in self._event_of:
            with self._database.read() as session:
                self._event_of[wall_id] = session.get_one(Wall, wall_id).event_id
        return self._event_of[wall_id]

    def wall_of(self, event_id: int) -> int:
        if event_id not in self._wall_of:
            with self._database.read() as session:
                found = session.scalars(select(Wall.id).where(Wall.event_id == event_id)).one()
            self._wall_of[event_id] = found
        return self._wall_of[event_id]
