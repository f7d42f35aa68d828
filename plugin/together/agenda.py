"""Use cases of the agenda: breaks planned beforehand, which begin by themselves.

Ten minutes before its time a planned break becomes one that everybody sees coming, in panels and on the stage, and that
the host may start, call off or take back like any other.
"""

import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people.refusal import Refusal
from plugin.state.agenda import PlannedBreak
from plugin.state.db import HELD, Database
from plugin.state.models import Event, EventState, Wall
from plugin.together import breaks

LEAD_SECONDS = 600.0  # for which people see it coming
LONGEST_AHEAD_SECONDS = 30 * 86_400
MOST = 20


def plan(database: Database, event_id: int, wishes: dict[str, Any]) -> list[dict[str, Any]]:
    """Plan a break; the agenda as it is then. Raises Refusal."""
    wait, minutes, reveal = wishes.get("begins_in"), wishes.get("minutes"), wishes.get("reveal", False)
    if minutes not in breaks.LENGTHS or isinstance(minutes, bool):
        raise Refusal(422, "unknown_choice", "A coffee break has 5, 10 or 15 minutes.", "minutes")
    if not isinstance(wait, int) or isinstance(wait, bool) or not 0 < wait <= LONGEST_AHEAD_SECONDS:
        raise Refusal(422, "unknown_choice", "Choose a time within the next 30 days.", "begins_in")
    if not isinstance(reveal, bool):
        raise Refusal(422, "unknown_choice", "This is either on or off.", "reveal")
    now = time.time()
    planned = PlannedBreak(event_id=event_id, begins_at=now + wait, minutes=minutes, reveal=reveal)
    with database.write() as session:
        session.get_one(Event, event_id, with_for_update=HELD)
        _refuse_overlap(session, planned)
        session.add(planned)
        session.flush()
        return told(session, event_id, now)


def _refuse_overlap(session: Session, planned: PlannedBreak) -> None:
    known = _of(session, planned.event_id)
    if len(known) >= MOST:
        raise Refusal(409, "too_many", "An agenda has %(most)s breaks at most.", most=MOST)
    begins, ends = planned.begins_at, planned.begins_at + 60 * planned.minutes
    if any(each.begins_at < ends and begins < each.begins_at + 60 * each.minutes for each in known):
        raise Refusal(409, "overlap", "There is another break at that time.", "begins_in")


def call_off(database: Database, event_id: int, planned_id: int) -> list[dict[str, Any]]:
    """Do without a planned break; the agenda as it is then. Raises Refusal."""
    with database.write() as session:
        planned = session.get(PlannedBreak, planned_id)
        if planned is None or planned.event_id != event_id:
            raise Refusal(404, "no_break", "This break is not planned any more.")
        session.delete(planned)
        session.flush()
        return told(session, event_id, time.time())


def listing(database: Database, event_id: int) -> list[dict[str, Any]]:
    with database.read() as session:
        return told(session, event_id, time.time())


def told(session: Session, event_id: int, now: float) -> list[dict[str, Any]]:
    """The next ones first; times are seconds from now, so that a clock that is wrong shows the right ones."""
    return [
        {
            "id": each.id,
            "begins_in": round(each.begins_at - now),
            "minutes": each.minutes,
            "reveal": each.reveal,
        }
        for each in _of(session, event_id)
    ]


def _of(session: Session, event_id: int) -> list[PlannedBreak]:
    query = select(PlannedBreak).where(PlannedBreak.event_id == event_id)
    return list(session.scalars(query.order_by(PlannedBreak.begins_at)))


def begin_due(database: Database, now: float) -> set[int]:
    """Let breaks be seen whose time is near; the events in which one is."""
    with database.read() as session:
        due = session.scalars(
            select(PlannedBreak.id).where(PlannedBreak.begins_at <= now + LEAD_SECONDS)
        ).all()
    found = (_begin(database, planned_id, now) for planned_id in due)
    return {event_id for event_id in found if event_id}


def _begin(database: Database, planned_id: int, now: float) -> int:
    """Make a break of a planned one; the event's id, or 0 where it has to wait, or its time has passed."""
    with database.write() as session:
        planned = session.get(PlannedBreak, planned_id, with_for_update=HELD)
        if planned is None:
            return 0
        event = session.get_one(Event, planned.event_id, with_for_update=HELD)
        has_passed = planned.begins_at + 60 * planned.minutes <= now
        running = breaks.now_in(session, event.id, now)
        if not has_passed and running is not None and running.phase != breaks.SEATS:
            return 0  # one goes on that the host began meanwhile
        session.delete(planned)
        if has_passed or event.state is EventState.CLOSED:
            return 0
        session.add(breaks.of_minutes(event.id, max(now, planned.begins_at), planned.minutes))
        if planned.reveal:
            wall = session.scalars(select(Wall).where(Wall.event_id == event.id)).one()
            wall.reveal_on_close = True
        return event.id
