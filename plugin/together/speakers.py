"""Use cases of the line at a speaker's photo: after a talk, who wants to say something gets in, in order of arrival.

The speaker takes them one after another; each one's hello is delivered when it is their turn and not before, so a
speaker is never flooded. Those who wait see who waits beside them, and may say hello to each other meanwhile.
"""

import time
from typing import Any

from sqlalchemy import ScalarSelect, delete, func, select
from sqlalchemy.orm import Session

from plugin.people.admission import attendee_of
from plugin.people.refusal import Refusal
from plugin.people.visibility import are_barred, barred, cards, in_sight, owner_of, pair_of
from plugin.state.db import HELD, Database
from plugin.state.encounters import Line, LineKind, LinePlace
from plugin.state.models import Attendee, Event
from plugin.together.hello import Said, between, deliver, photo_obstacle, refusal
from plugin.together.lines import check
from plugin.together.openers import TO_SPEAKER, text_of
from plugin.together.turns import note_met

AROUND = 3  # so many before and behind


def mark(database: Database, event_id: int, photo_id: int) -> int:
    """Open a line at somebody's photo; the one that is open already is kept. Returns its id. Raises Refusal."""
    with database.write() as session:
        if not session.get_one(Event, event_id).lines:
            raise refusal("lines_off")
        speaker = owner_of(session, event_id, photo_id)
        if speaker is None:
            raise Refusal(404, "no_photo", "This photo is not here any more.")
        known = session.scalar(select(Line.id).where(Line.speaker_id == speaker.id, Line.closed_at.is_(None)))
        if known is not None:
            return known
        line = Line(event_id=event_id, kind=LineKind.SPEAKER, speaker_id=speaker.id)
        session.add(line)
        session.flush()
        return line.id


def unmark(database: Database, event_id: int, line_id: int) -> set[int]:
    """Close a speaker's line. Returns those who stood in it. Raises Refusal."""
    with database.write() as session:
        line = _open(session, event_id, line_id)
        line.closed_at = time.time()
        concerned = set(session.scalars(select(LinePlace.attendee_id).where(LinePlace.line_id == line_id)))
        session.execute(delete(LinePlace).where(LinePlace.line_id == line_id))
        return concerned


def _open(session: Session, event_id: int, line_id: int) -> Line:
    line = session.get(Line, line_id, with_for_update=HELD)
    if (
        line is None
        or line.event_id != event_id
        or line.kind is not LineKind.SPEAKER
        or line.closed_at is not None
    ):
        raise Refusal(404, "no_line", "Nobody waits here any more.")
    return line


def number_open(event_id: int) -> ScalarSelect[int]:
    """Within another query, which then asks for both at once."""
    is_open = (Line.event_id == event_id, Line.kind == LineKind.SPEAKER, Line.closed_at.is_(None))
    return select(func.count(Line.id)).where(*is_open).scalar_subquery()


def join(database: Database, attendee: Attendee, line_id: int, opener: Any) -> set[int]:
    """Get in line for a speaker with what one wants to say. Returns those whom that concerns. Raises Refusal."""
    if opener not in TO_SPEAKER:
        raise Refusal(422, "unknown_opener", "Please choose one of the sentences.", "opener")
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        line = _open(session, me.event_id, line_id)
        if line.speaker_id == me.id:
            raise refusal("own")
        if are_barred(session, me.id, line.speaker_id or 0):
            raise refusal("not_reachable")
        check(session, me)
        _need_hellos(session, me.event_id)
        if photo := photo_obstacle(session, me):
            raise refusal(photo)
        place = session.get(LinePlace, (line_id, me.id))
        if place is None:
            session.add(LinePlace(line_id=line_id, attendee_id=me.id, opener=opener))
        else:
            place.opener = opener
        return {line.speaker_id or 0, *_neighbours(session, line_id, me.id)}


def _need_hellos(session: Session, event_id: int) -> None:
    """What is said to a speaker is a hello. Raises Refusal."""
    if not session.get_one(Event, event_id).hellos:
        raise refusal("hellos_off")


def leave(database: Database, attendee: Attendee, line_id: int) -> set[int]:
    """Leave a speaker's line. Returns those whom that concerns. Raises Refusal."""
    with database.write() as session:
        line = _open(session, attendee.event_id, line_id)
        place = session.get(LinePlace, (line_id, attendee.id))
        if place is None:
            return set()
        concerned = {line.speaker_id or 0, *_waiting(session, line_id)}
        session.delete(place)
        return concerned - {attendee.id}


def _end_turn(session: Session, line_id: int) -> set[int]:
    """Whoever was called has had their turn. Returns their ids."""
    called = session.scalars(
        select(LinePlace).where(LinePlace.line_id == line_id, LinePlace.called_at.is_not(None))
    ).all()
    for place in called:
        session.delete(place)
    return {place.attendee_id for place in called}


def take_next(
    database: Database, attendee: Attendee, line_id: int, here: set[int] | None
) -> tuple[Said | None, set[int]]:
    """The speaker takes the first who is here: their hello is delivered. Returns it, and those whom it concerns."""
    now = time.time()
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        line = _open(session, me.event_id, line_id)
        if line.speaker_id != me.id:
            raise Refusal(403, "not_speaker", "Only the speaker can do this.")
        _need_hellos(session, me.event_id)
        concerned = set(_waiting(session, line_id)) | _end_turn(session, line_id)
        first = _first(session, me, line_id, here)
        if first is None:
            return None, concerned
        place, sender = first
        place.called_at = now
        note_met(session, me.event_id, [pair_of(me.id, sender.id)], LineKind.SPEAKER, now)
        return deliver(session, sender, me, place.opener or TO_SPEAKER[0], now), concerned


def _first(
    session: Session, speaker: Attendee, line_id: int, here: set[int] | None
) -> tuple[LinePlace, Attendee] | None:
    """The first in line who is here and may be shown; who is gone leaves the line."""
    for attendee_id in _waiting(session, line_id):
        place = session.get_one(LinePlace, (line_id, attendee_id))
        sender = session.scalar(select(Attendee).where(Attendee.id == attendee_id, in_sight()))
        is_gone = here is not None and attendee_id not in here
        if sender is None or is_gone or are_barred(session, speaker.id, attendee_id):
            session.delete(place)
            continue
        return place, sender
    return None


def _waiting(session: Session, line_id: int) -> list[int]:
    """Those who wait, in order."""
    return list(
        session.scalars(
            select(LinePlace.attendee_id)
            .where(LinePlace.line_id == line_id, LinePlace.called_at.is_(None))
            .order_by(LinePlace.joined_at, LinePlace.attendee_id)
        )
    )


def _neighbours(session: Session, line_id: int, attendee_id: int) -> list[int]:
    waiting = _waiting(session, line_id)
    if attendee_id not in waiting:
        return []
    at = waiting.index(attendee_id)
    return waiting[max(0, at - AROUND) : at] + waiting[at + 1 : at + 1 + AROUND]


def listing(database: Database, attendee: Attendee) -> list[dict[str, Any]]:
    """The open lines at speakers' photos as this person sees them."""
    with database.read() as session:
        out = barred(session, attendee.id)
        open_lines = session.scalars(
            select(Line)
            .where(
                Line.event_id == attendee.event_id,
                Line.kind == LineKind.SPEAKER,
                Line.closed_at.is_(None),
            )
            .order_by(Line.id)
        ).all()
        return [_view(session, attendee, line, out) for line in open_lines if line.speaker_id not in out]


def one(database: Database, attendee: Attendee, line_id: int) -> dict[str, Any]:
    """One of them. Raises Refusal."""
    found = next((each for each in listing(database, attendee) if each["id"] == line_id), None)
    if found is None:
        raise Refusal(404, "no_line", "Nobody waits here any more.")
    return found


def _view(session: Session, me: Attendee, line: Line, out: set[int]) -> dict[str, Any]:
    speaker_id = line.speaker_id or 0
    waiting = [each for each in _waiting(session, line.id) if each not in out]
    place = session.get(LinePlace, (line.id, me.id))
    around = [each for each in _neighbours(session, line.id, me.id) if each not in out]
    first = waiting[:1] if speaker_id == me.id else []
    people = cards(session, [speaker_id, *around, *first])
    hello = between(session, me.id, speaker_id) if place is not None and place.called_at else None
    return {
        "id": line.id,
        "person": people[speaker_id],
        "waiting": len(waiting),
        "place": waiting.index(me.id) + 1 if me.id in waiting else None,
        "around": [people[each] for each in around],
        "openers": [text_of(each) for each in TO_SPEAKER],
        "now": bool(place is not None and place.called_at),
        "hello": hello.id if hello is not None else None,
        "mine": speaker_id == me.id,
        "next": people[first[0]] if first else None,
    }
