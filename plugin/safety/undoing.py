"""Use cases about what hosts decided: the list of it, and taking something back.

What a person does themselves (they erase their data, or send another photo) is never undone by a host: then there is
nothing left to take back, and that is said.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people.refusal import Refusal
from plugin.safety import reports
from plugin.state.db import HELD, Database
from plugin.state.decisions import UNDO_SECONDS, Decision, DecisionKind, note
from plugin.state.encounters import CoffeeBreak
from plugin.state.models import Attendee, Event, EventState, Photo, PhotoState, Wall
from plugin.state.queue import Jobs
from plugin.together import breaks
from plugin.wall import hosting, revealing

SHOWN = 50


@dataclass
class Undone:
    """What follows from taking a decision back: whom it concerns, and whether everybody is to look again."""

    kind: DecisionKind
    concerned: set[int] = field(default_factory=set)


def listing(database: Database, event_id: int) -> list[dict[str, Any]]:
    """What was done, the newest first."""
    now = time.time()
    with database.read() as session:
        found = session.scalars(
            select(Decision).where(Decision.event_id == event_id).order_by(Decision.id.desc()).limit(SHOWN)
        ).all()
        people = {each.host_id for each in found} | {each.about_id for each in found}
        names = {
            row.id: row.name
            for row in session.execute(select(Attendee.id, Attendee.name).where(Attendee.id.in_(people)))
        }
    return [
        {
            "id": each.id,
            "kind": each.kind.value,
            "about": names.get(each.about_id or 0, ""),
            "by": names.get(each.host_id or 0, ""),
            "ago": max(0, round(now - each.made_at)),
            "undone": each.undone_at is not None,
            "can_undo": each.undone_at is None and now - each.made_at <= UNDO_SECONDS,
        }
        for each in found
    ]


def end_break(database: Database, host: Attendee, room: str) -> tuple[dict[str, Any] | None, int]:
    """End a break, or call a planned one off. Returns how it stands, and what takes it back. Raises Refusal."""
    with database.read() as session:
        found = breaks.newest(session, host.event_id, room)
    ended = breaks.end(database, host.event_id, room)
    if found is None or found.ended_at is not None:
        return ended, 0
    before = {"id": found.id, "begins_at": found.begins_at, "room": room}
    before |= {name: getattr(found, name) for name in breaks.PHASES}
    with database.write() as session:
        return ended, note(session, host.event_id, host.id, DecisionKind.END_BREAK, before=before)


def undo(database: Database, jobs: Jobs, host: Attendee, decision_id: int) -> Undone:
    """Take back what a host of this event decided, whichever of them it was. Raises Refusal."""
    now = time.time()
    with database.write() as session:
        # In this order everywhere: whoever decides about the event holds its row, then looks at the rest.
        session.get_one(Event, host.event_id, with_for_update=HELD)
        found = session.get(Decision, decision_id, with_for_update=HELD)
        if found is None or found.event_id != host.event_id:
            raise Refusal(404, "no_decision", "There is nothing left to take back.")
        if found.undone_at is not None:
            raise Refusal(409, "undone", "This was taken back already.")
        if now - found.made_at > UNDO_SECONDS:
            raise Refusal(409, "too_late", "This was too long ago to be taken back.")
        _refuse_older(session, found)
        undone = Undone(found.kind, WAYS[found.kind](session, found, json.loads(found.before)))
        found.undone_at, found.undone_by = now, host.id
        wall_id = session.scalars(select(Wall.id).where(Wall.event_id == host.event_id)).one()
    jobs.place_again(wall_id)
    return undone


def _refuse_older(session: Session, found: Decision) -> None:
    """Of several decisions about one person the newest is taken back first."""
    if found.about_id is None:
        return
    newer = select(Decision.id).where(
        Decision.about_id == found.about_id, Decision.id > found.id, Decision.undone_at.is_(None)
    )
    if session.scalar(newer.limit(1)) is not None:
        raise Refusal(409, "decided_anew", "Something else was decided since. Take that back first.")


def _gone() -> Refusal:
    return Refusal(409, "no_decision", "There is nothing left to take back.")


def _person(session: Session, found: Decision) -> Attendee:
    person = session.get(Attendee, found.about_id or 0, with_for_update=HELD)
    if person is None:
        raise _gone()
    return person


def _back_to_waiting(session: Session, found: Decision, before: dict[str, Any]) -> set[int]:
    """A photo that was approved or refused waits for a host's look again."""
    person = _person(session, found)
    photo = session.get(Photo, before["photos"][0][0], with_for_update=HELD)
    is_approved = found.kind is DecisionKind.APPROVE
    expected = (PhotoState.PREPARED, PhotoState.PLACED) if is_approved else (PhotoState.REFUSED,)
    if photo is None or photo.state not in expected:
        raise _gone()
    photo.state, photo.refusal, photo.touched_at = PhotoState.HELD, None, time.time()
    person.waits = before["waits"]
    return {person.id}


def _as_before(session: Session, found: Decision, before: dict[str, Any]) -> set[int]:
    """Somebody stands as they did, and what was hidden of theirs is back."""
    person = _person(session, found)
    done = reports.restore(session, person, before)
    for photo_id, state in before.get("photos", ()):
        photo = session.get(Photo, photo_id, with_for_update=HELD)
        if photo is None or photo.state is not PhotoState.REFUSED:
            continue  # taken back by its person meanwhile, or another one came instead
        if PhotoState(state) is PhotoState.HELD:
            photo.state, photo.refusal, photo.touched_at = PhotoState.HELD, None, time.time()
        else:
            hosting.bring_back(session, photo)
    return done.concerned | {person.id}


def _go_on_with_break(session: Session, found: Decision, before: dict[str, Any]) -> set[int]:
    """The break goes on as if nobody had ended it: its clock never stood still."""
    now, room = time.time(), before["room"]
    running = breaks.now_in(session, found.event_id, now, room)
    if running is not None and running.phase != breaks.SEATS:
        raise Refusal(409, "break_running", "There is a coffee break already. Extend it, or end it first.")
    known = session.get(CoffeeBreak, before["id"])
    is_same = known is not None and (known.event_id, known.room) == (found.event_id, room)
    if known is None or not is_same or known.begins_at != before["begins_at"]:  # called off before it began
        times = {name: before[name] for name in ("begins_at", *breaks.PHASES)}
        known = CoffeeBreak(event_id=found.event_id, room=room, **times)
        session.add(known)
    known.ended_at, known.finished = None, False
    if known.begins_at + known.pour + known.stroll + known.line <= now:
        raise Refusal(409, "too_late", "This was too long ago to be taken back.")
    return set()


def _open_again(session: Session, found: Decision, before: dict[str, Any]) -> set[int]:
    """The event is open, and the reveal that its end brought is called off."""
    event = session.get_one(Event, found.event_id)
    wall = session.scalars(select(Wall).where(Wall.event_id == event.id)).one()
    event.state = EventState.OPEN
    if not before["revealed"] and (wall.reveal_on_close or wall.reveal_wished):
        revealing.call_off(session, wall.id)
        wall.reveal_wished = False
    return set()


WAYS: dict[DecisionKind, Callable[[Session, Decision, dict[str, Any]], set[int]]] = {
    DecisionKind.APPROVE: _back_to_waiting,
    DecisionKind.REFUSE: _back_to_waiting,
    DecisionKind.DISMISS: _as_before,
    DecisionKind.HIDE_PHOTO: _as_before,
    DecisionKind.PAUSE: _as_before,
    DecisionKind.REMOVE: _as_before,
    DecisionKind.LIFT: _as_before,
    DecisionKind.END_BREAK: _go_on_with_break,
    DecisionKind.CLOSE: _open_again,
}
