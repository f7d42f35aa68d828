"""Use cases of the line: get in, talk, stay, leave; and the turns, in which the line moves.

All who are in the break's line stand in groups of two to four for a turn of 90 seconds, then all are mixed anew but
for those of a group who would like to go on with each other.
Whoever comes in the middle of a turn joins strangers or other newcomers. The rows say who stands where, so any
process may move a line: the sweeper does at each tick, a panel's question does when it finds a turn over, and the
locked row lets one of them do it.
"""

import random
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people import ownwords
from plugin.people.admission import attendee_of
from plugin.people.refusal import Refusal, kind_line
from plugin.people.visibility import in_parts, in_sight
from plugin.state.db import HELD, Database
from plugin.state.encounters import MAXIMUM_WORDS, CoffeeBreak, Line, LineKind, LinePlace
from plugin.state.models import Attendee, Event, EventState, Reachability
from plugin.together import breaks, linewords
from plugin.together.hello import photo_obstacle, refusal
from plugin.together.turns import GATHERING_SECONDS, Turn, let_wait


@dataclass
class Moved:
    """Whom a change of the line concerns."""

    event_id: int = 0
    concerned: set[int] = field(default_factory=set)
    line_id: int = 0


def join(database: Database, attendee: Attendee) -> Moved:
    """Get in line: that of the room's own break where there is one, else the event's. Raises Refusal."""
    now = time.time()
    with database.read() as session:
        at = breaks.now_for(session, attendee, now)
    if at is None or at.phase != breaks.LINE:
        raise Refusal(409, "no_line", "There is no line at the moment.")
    line_id = _line_of(database, attendee.event_id, at.id, now)
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        check(session, me)
        moved = _step_out_of_others(session, me, line_id)
        session.get_one(Line, line_id).closed_at = None  # a break that had ended may go on
        if session.get(LinePlace, (line_id, me.id)) is None:
            session.add(LinePlace(line_id=line_id, attendee_id=me.id, joined_at=now))
    moved.line_id = line_id
    return moved


def _step_out_of_others(session: Session, me: Attendee, line_id: int) -> Moved:
    """Nobody stands in two breaks' lines: whoever comes into a room that has one of its own leaves the event's."""
    _hold_lines_of(session, me.id)
    moved = Moved(me.event_id)
    for place in places_of(session, me.id):
        if place.line_id != line_id:
            moved.concerned |= _out_of(session, place)
    return moved


def _out_of(session: Session, place: LinePlace) -> set[int]:
    session.delete(place)
    return _left_behind(session, place) if place.group_no is not None else set()


def check(session: Session, me: Attendee) -> None:
    """Whether somebody can be shown to others in a line. Raises Refusal."""
    if not session.get_one(Event, me.event_id).lines:
        raise refusal("lines_off")
    if me.paused_at is not None:
        raise refusal("paused")
    if me.reachability is Reachability.HIDDEN:
        raise refusal("hidden")
    if photo_obstacle(session, me) == "no_photo":
        raise refusal("no_photo")


def _line_of(database: Database, event_id: int, break_id: int, now: float) -> int:
    """The line of a break, made by the first who gets in."""
    for _ in range(2):
        with database.read() as session:
            line_id = session.scalar(select(Line.id).where(Line.break_id == break_id))
        if line_id is not None:
            return line_id
        line = Line(
            event_id=event_id, kind=LineKind.BREAK, break_id=break_id, moves_at=now + GATHERING_SECONDS
        )
        try:
            with database.write() as session:
                session.add(line)
        except IntegrityError:  # two were the first
            continue
        return line.id
    raise Refusal(503, "no_line", "There is no line at the moment. Please try again.")


def say(database: Database, attendee: Attendee, words: Any, group_no: Any) -> Moved:
    """Say something in own words to those one stands with: to that group, and to no other meanwhile. Raises Refusal."""
    line = kind_line(str(words or ""), "words", MAXIMUM_WORDS, "Please write something.")
    now = time.time()
    with database.write() as session:
        # Held until the end, so that what is said twice at once is not said once too often.
        session.execute(select(Attendee.id).where(Attendee.id == attendee.id).with_for_update(**HELD))
        me = attendee_of(session, attendee.id, attendee.event_id)
        place = _standing_at(session, me, now)
        check(session, me)
        ownwords.refuse(session.get_one(Event, me.event_id), line, "words")
        return Moved(me.event_id, linewords.add(session, place, line, group_no, now))


def stay(database: Database, attendee: Attendee, wish: Any) -> Moved:
    """Wish to go on with those of one's group who wish it too when the line moves, or no more. Raises Refusal."""
    if not isinstance(wish, bool):
        raise Refusal(422, "unknown_choice", "This is either on or off.", "stay")
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        place = _standing_at(session, me, time.time())
        place.stays = wish and place.group_no is not None
        return Moved(me.event_id, linewords.others_with(session, place))


def _standing_at(session: Session, me: Attendee, now: float) -> LinePlace:
    """Where somebody stands in the line that goes on now. Raises Refusal."""
    if session.get_one(Event, me.event_id).state is EventState.CLOSED:
        raise refusal("closed")
    if me.paused_at is not None:
        raise refusal("paused")
    at = breaks.now_for(session, me, now)
    place = next(iter(places_of(session, me.id)), None)
    line = session.get(Line, place.line_id) if place is not None else None
    if at is None or at.phase != breaks.LINE or place is None or line is None or line.break_id != at.id:
        raise Refusal(409, "no_line", "There is no line at the moment.")
    return place


def leave(database: Database, attendee: Attendee) -> Moved:
    """Leave the break's line, at once."""
    with database.write() as session:
        return step_out(session, attendee.event_id, attendee.id)


def step_out(session: Session, event_id: int, attendee_id: int) -> Moved:
    """Take somebody out of the break's line; whoever stays behind alone waits for others."""
    moved = Moved(event_id)
    _hold_lines_of(session, attendee_id)
    for place in places_of(session, attendee_id):
        moved.concerned |= _out_of(session, place)
    return moved


def part(session: Session, one_id: int, other_id: int) -> Moved:
    """Two who stand together do no more: the first one is out of there at once, and waits for others."""
    moved = Moved()
    _hold_lines_of(session, one_id, other_id)
    ours = {place.line_id: place for place in places_of(session, one_id) if place.group_no is not None}
    for theirs in places_of(session, other_id):
        place = ours.get(theirs.line_id)
        if place is not None and place.group_no == theirs.group_no:
            moved.concerned |= _left_behind(session, place) | {one_id}
            let_wait(place)
    return moved


def places_of(session: Session, attendee_id: int) -> list[LinePlace]:
    query = (
        select(LinePlace)
        .join(Line)
        .where(LinePlace.attendee_id == attendee_id, Line.kind == LineKind.BREAK, Line.closed_at.is_(None))
    )
    return list(session.scalars(query))


def _hold_lines_of(session: Session, *attendee_ids: int) -> None:
    """Nobody moves the lines in which these stand, or leaves them, until what is done here is kept."""
    standing = select(LinePlace.line_id).where(LinePlace.attendee_id.in_(attendee_ids))
    session.execute(select(Line.id).where(Line.id.in_(standing)).order_by(Line.id).with_for_update(**HELD))


def _left_behind(session: Session, place: LinePlace) -> set[int]:
    """The others of a group that somebody leaves; one alone goes back to those who wait."""
    others = session.scalars(
        select(LinePlace).where(
            LinePlace.line_id == place.line_id,
            LinePlace.group_no == place.group_no,
            LinePlace.attendee_id != place.attendee_id,
        )
    ).all()
    if len(others) == 1:
        let_wait(others[0])
    return {each.attendee_id for each in others}


# ---- the line moves -----------------------------------------------------------------------------------------------


def due(database: Database, now: float) -> list[tuple[int, int]]:
    """(line id, event id) of the lines that have to be moved or looked at."""
    waiting = select(LinePlace.line_id).where(LinePlace.group_no.is_(None))
    with database.read() as session:
        rows = session.execute(
            select(Line.id, Line.event_id).where(
                Line.kind == LineKind.BREAK,
                Line.closed_at.is_(None),
                or_(Line.moves_at <= now, Line.looked_at < now - GATHERING_SECONDS, Line.id.in_(waiting)),
            )
        )
        return [(row.id, row.event_id) for row in rows]


def move(
    database: Database,
    line_id: int,
    here: set[int] | None,
    *,
    now: float | None = None,
    chance: random.Random | None = None,
) -> Moved:
    """Bring a line up to date: who is gone leaves it, a turn that is over makes place for the next, newcomers join.

    `here` are the attendees who are here now; None when nobody knows, and then nobody is thought gone.
    """
    now = time.time() if now is None else now
    with database.write() as session:
        line = session.get(Line, line_id, with_for_update=HELD)
        if line is None or line.closed_at is not None:
            return Moved()
        line.looked_at = now
        pause = session.get(CoffeeBreak, line.break_id)
        at = breaks.moment(pause, now) if pause is not None else None
        places = list(session.scalars(select(LinePlace).where(LinePlace.line_id == line_id)))
        is_off = not session.get_one(Event, line.event_id).lines
        if pause is None or at is None or at.phase != breaks.LINE or is_off:
            return _close(session, line, places, now)
        moved = Moved(line.event_id)
        gone = _gone(session, places, here) | _elsewhere(session, pause, places, now)
        stay = _without_the_gone(session, places, gone, moved)
        turn = Turn(session, line, stay, now, at.phase_left, chance or random.Random())  # noqa: S311
        moved.concerned |= turn.begin() if now >= line.moves_at else turn.take_in()
    return moved


def _close(session: Session, line: Line, places: list[LinePlace], now: float) -> Moved:
    line.closed_at = now
    session.execute(delete(LinePlace).where(LinePlace.line_id == line.id))
    return Moved(line.event_id, {place.attendee_id for place in places})


def _gone(session: Session, places: list[LinePlace], here: set[int] | None) -> set[int]:
    """Those in line who are out of sight, or not here any more."""
    everybody = {place.attendee_id for place in places}
    stay: set[int] = set()
    for some in in_parts(everybody if here is None else everybody & here):
        stay |= set(session.scalars(select(Attendee.id).where(Attendee.id.in_(some), in_sight())))
    return everybody - stay


def _elsewhere(session: Session, pause: CoffeeBreak, places: list[LinePlace], now: float) -> set[int]:
    """Those in line who have another break by now: they went to another room, or theirs began one of its own."""
    with_own = breaks.of_rooms(session, pause.event_id, now)
    if not with_own and not pause.room:
        return set()
    elsewhere = Attendee.room.in_(set(with_own)) if not pause.room else Attendee.room != pause.room
    found: set[int] = set()
    for some in in_parts(place.attendee_id for place in places):
        found |= set(session.scalars(select(Attendee.id).where(Attendee.id.in_(some), elsewhere)))
    return found


def _without_the_gone(
    session: Session, places: list[LinePlace], gone: set[int], moved: Moved
) -> list[LinePlace]:
    broken: dict[int, list[LinePlace]] = {}
    for place in places:
        if place.attendee_id in gone:
            session.delete(place)
        elif place.group_no is not None:
            broken.setdefault(place.group_no, []).append(place)
    left_groups = {place.group_no for place in places if place.attendee_id in gone}
    for number, members in broken.items():
        if number in left_groups:
            moved.concerned |= {place.attendee_id for place in members}
        if len(members) == 1:
            let_wait(members[0])
    return [place for place in places if place.attendee_id not in gone]


def line_to_move(database: Database, attendee: Attendee, now: float) -> int | None:
    """The line in which this person stands, when its turn is over."""
    with database.read() as session:
        mine = next(iter(places_of(session, attendee.id)), None)
        line = session.get_one(Line, mine.line_id) if mine is not None else None
    return line.id if line is not None and line.moves_at <= now else None
