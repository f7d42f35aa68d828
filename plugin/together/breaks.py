"""Use cases of the coffee break: start, extend, end; and which phase runs.

A break goes through its phases by the clock alone: pour (add your photo), stroll, line, seats (back to your seats).
Nobody is told a clock time, only seconds left, so a panel whose clock is wrong shows the right ones.
"""

import math
import time
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from plugin.people.refusal import Refusal
from plugin.state.db import HELD, Database
from plugin.state.encounters import CoffeeBreak
from plugin.state.models import Attendee, Event, EventState

SOON = "soon"
POUR = "pour"
STROLL = "stroll"
LINE = "line"
SEATS = "seats"
PHASES = (POUR, STROLL, LINE)

LENGTHS = (5, 10, 15)  # minutes
SHARES = {POUR: 0.2, STROLL: 0.3}  # of the whole; the line has the rest
LONGEST_WAIT = 86_400  # seconds until a scheduled break
LONGEST_EXTENSION = 15  # minutes
LONGEST_BREAK = 3_600  # seconds
FAREWELL = 60.0  # seconds for which the end shows

WORDS_OF_NUMBERS = {
    "start_in": "A break can be planned for the next 24 hours.",
    "extend": "A break is extended by 1 to 15 minutes.",
}


@dataclass(frozen=True)
class Moment:
    """A break as it stands at one moment; all times are seconds from then."""

    id: int
    phase: str
    phase_left: float
    left: float
    starts_in: float
    total: float
    phases: tuple[tuple[str, float], ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "phase": self.phase,
            "left": math.ceil(self.left),
            "phase_left": math.ceil(self.phase_left),
            "starts_in": math.ceil(self.starts_in),
            "total": round(self.total),
            "phases": [{"name": name, "left": math.ceil(left)} for name, left in self.phases],
        }

    def without_line(self) -> "Moment":
        """The same where nobody is put in line: that time is for strolling."""
        left = dict(self.phases)
        strolling = left[STROLL] + left[LINE]
        in_line = self.phase in (STROLL, LINE)
        return replace(
            self,
            phase=STROLL if in_line else self.phase,
            phase_left=strolling if in_line else self.phase_left,
            phases=((POUR, left[POUR]), (STROLL, strolling)),
        )


def moment(found: CoffeeBreak, now: float) -> Moment | None:
    """Where a break is; None when it is over, farewell included."""
    begins, total = found.begins_at, found.pour + found.stroll + found.line
    ends = found.begins_at + total if found.ended_at is None else found.ended_at
    if now >= ends + FAREWELL:
        return None
    lengths = (found.pour, found.stroll, found.line)
    phases, start = [], begins
    for name, length in zip(PHASES, lengths, strict=True):
        left = max(0.0, min(start + length, ends) - max(now, start))
        phases.append((name, left))
        start += length
    starts_in, left = max(0.0, begins - now), max(0.0, ends - max(now, begins))
    phase, phase_left = _phase(phases, starts_in, ends + FAREWELL - now)
    return Moment(found.id, phase, phase_left, left, starts_in, total, tuple(phases))


def _phase(phases: list[tuple[str, float]], starts_in: float, farewell: float) -> tuple[str, float]:
    if starts_in:
        return SOON, starts_in
    return next(((name, left) for name, left in phases if left > 0), (SEATS, farewell))


def newest(session: Session, event_id: int, room: str = "") -> CoffeeBreak | None:
    return session.scalar(
        select(CoffeeBreak)
        .where(CoffeeBreak.event_id == event_id, CoffeeBreak.room == room)
        .order_by(CoffeeBreak.id.desc())
        .limit(1)
    )


def now_in(session: Session, event_id: int, now: float | None = None, room: str = "") -> Moment | None:
    """The event's own break or that of one of its rooms, if one is planned or runs."""
    found = newest(session, event_id, room)
    return moment(found, time.time() if now is None else now) if found is not None else None


def now_for(session: Session, attendee: Attendee, now: float) -> Moment | None:
    """The break that somebody has: their room's while there is one, else the event's own."""
    in_room = now_in(session, attendee.event_id, now, attendee.room) if attendee.room else None
    return in_room or now_in(session, attendee.event_id, now)


def of_rooms(session: Session, event_id: int, now: float) -> dict[str, CoffeeBreak]:
    """The breaks of single rooms that are planned or run."""
    found = session.scalars(
        select(CoffeeBreak)
        .where(
            CoffeeBreak.event_id == event_id,
            CoffeeBreak.room != "",
            CoffeeBreak.begins_at > now - LONGEST_BREAK - FAREWELL,
        )
        .order_by(CoffeeBreak.id)
    )
    newest_ones = {each.room: each for each in found}
    return {room: each for room, each in newest_ones.items() if moment(each, now) is not None}


def digest(found: CoffeeBreak | None) -> str:
    """A text that changes when somebody starts, extends or ends a break, and not with the clock."""
    if found is None:
        return ""
    return f"{found.id} {found.begins_at} {found.pour} {found.stroll} {found.line} {found.ended_at}"


def start(
    database: Database, event_id: int, minutes: Any, start_in: Any = 0, room: str = ""
) -> dict[str, Any]:
    """Start a break now or in so many seconds, of one room only where that is named. Raises Refusal."""
    if minutes not in LENGTHS or isinstance(minutes, bool):
        raise Refusal(422, "unknown_choice", "A coffee break has 5, 10 or 15 minutes.", "minutes")
    wait = _whole(start_in, 0, LONGEST_WAIT, "start_in")
    now = time.time()
    with database.write() as session:
        event = session.get_one(Event, event_id, with_for_update=HELD)
        if event.state is EventState.CLOSED:
            raise Refusal(409, "closed", "The event is closed. Open it again to start a break.")
        running = now_in(session, event_id, now, room)
        if running is not None and running.phase != SEATS:
            raise Refusal(
                409, "break_running", "There is a coffee break already. Extend it, or end it first."
            )
        found = of_minutes(event_id, now + wait, minutes, room)
        session.add(found)
        session.flush()
        return _shown(found, now)


def of_minutes(event_id: int, begins_at: float, minutes: int, room: str = "") -> CoffeeBreak:
    """A break of that length, parted into its phases."""
    seconds = minutes * 60
    pour, stroll = (round(seconds * SHARES[name]) for name in (POUR, STROLL))
    return CoffeeBreak(
        event_id=event_id,
        begins_at=begins_at,
        pour=pour,
        stroll=stroll,
        line=seconds - pour - stroll,
        room=room,
    )


def extend(database: Database, event_id: int, minutes: Any, room: str = "") -> dict[str, Any]:
    """Give the phase that runs more minutes; a break that has just ended goes on in line. Raises Refusal."""
    more = 60 * _whole(minutes, 1, LONGEST_EXTENSION, "extend")
    now = time.time()
    with database.write() as session:
        found, at = _running(session, event_id, now, room)
        if found.pour + found.stroll + found.line + more > LONGEST_BREAK:
            raise Refusal(409, "too_long", "A coffee break has an hour at most.")
        if at.phase == SEATS:
            found.ended_at, found.finished = None, False
            passed = int(now - found.begins_at)  # rounded down: nobody is told of more than was given
            found.line = passed - found.pour - found.stroll + more
            if found.line < 0:  # it was ended before its line began
                found.pour, found.stroll, found.line = 0, 0, more + passed
        else:
            phase = LINE if at.phase == SOON else at.phase
            setattr(found, phase, getattr(found, phase) + more)
        return _shown(found, now)


def start_now(database: Database, event_id: int, room: str = "") -> dict[str, Any]:
    """Begin a planned break at once. Raises Refusal."""
    now = time.time()
    with database.write() as session:
        found, at = _running(session, event_id, now, room)
        if at.phase == SOON:
            found.begins_at = now
        return _shown(found, now)


def end(database: Database, event_id: int, room: str = "") -> dict[str, Any] | None:
    """End the break early, or call off a planned one. Raises Refusal."""
    now = time.time()
    with database.write() as session:
        found, at = _running(session, event_id, now, room)
        if at.phase == SOON:
            session.delete(found)
            return None
        if at.phase != SEATS:
            found.ended_at = now
        return _shown(found, now)


def _shown(found: CoffeeBreak, now: float) -> dict[str, Any]:
    at = moment(found, now)
    assert at is not None  # noqa: S101 - it was touched just now
    return at.as_dict()


def _running(session: Session, event_id: int, now: float, room: str) -> tuple[CoffeeBreak, Moment]:
    session.get_one(Event, event_id, with_for_update=HELD)
    found = newest(session, event_id, room)
    at = moment(found, now) if found is not None else None
    if found is None or at is None:
        raise Refusal(409, "no_break", "There is no coffee break at the moment.")
    return found, at


def _whole(value: Any, low: int, high: int, field: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Refusal(422, "unknown_choice", WORDS_OF_NUMBERS[field], field)
    return value


def due_to_finish(database: Database, now: float) -> list[tuple[int, int]]:
    """(break id, event id) of each break that is over and whose end was not seen to."""
    natural = CoffeeBreak.begins_at + CoffeeBreak.pour + CoffeeBreak.stroll + CoffeeBreak.line
    with database.read() as session:
        rows = session.execute(
            select(CoffeeBreak.id, CoffeeBreak.event_id).where(
                CoffeeBreak.finished.is_(False),
                CoffeeBreak.room == "",  # the end of a room's has nothing to do with the picture
                func.coalesce(CoffeeBreak.ended_at, natural) <= now,
            )
        )
        return [(row.id, row.event_id) for row in rows]


def finish(database: Database, break_id: int) -> bool:
    """Note that a break's end is seen to; True for the one process that is to do it."""
    with database.write() as session:
        done = session.execute(
            update(CoffeeBreak)
            .where(CoffeeBreak.id == break_id, CoffeeBreak.finished.is_(False))
            .values(finished=True)
        )
        return bool(done.rowcount)  # type: ignore[attr-defined]


def running(database: Database, now: float) -> list[tuple[int, int, str]]:
    """(break id, event id, phase) of every event's own break that is planned or runs."""
    longest = LONGEST_BREAK + FAREWELL
    with database.read() as session:
        found = session.scalars(
            select(CoffeeBreak).where(CoffeeBreak.begins_at > now - longest, CoffeeBreak.room == "")
        ).all()
    at = {each: moment(each, now) for each in found}
    return [(each.id, each.event_id, then.phase) for each, then in at.items() if then is not None]
