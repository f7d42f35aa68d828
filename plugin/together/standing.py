"""What somebody in line sees: who stands with them, the question, what is said; and, when the break ends, those with
whom they might keep in touch."""

import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from plugin.people.visibility import barred, cards, in_sight
from plugin.state.db import Database
from plugin.state.encounters import CoffeeBreak, Hello, HelloState, Line, LineKind, LinePlace, Met
from plugin.state.models import Attendee, Event, Reachability
from plugin.together import breaks, linewords
from plugin.together.hello import other_of
from plugin.together.lines import places_of
from plugin.together.openers import SHARED_IN_LINE, text_of

WAITING = "waiting"
TOGETHER = "together"
TOUCH_SHOWN = 24  # the last ones that somebody stood with


def view(database: Database, attendee: Attendee, now: float | None = None) -> dict[str, Any]:
    """Whether there is a line, and where this person stands in it; when the break ends, whom they stood with."""
    now = time.time() if now is None else now
    with database.read() as session:
        at = breaks.now_for(session, attendee, now)
        event = session.get_one(Event, attendee.event_id)
        if at is not None and at.phase == breaks.SEATS:
            touch = _touch(session, attendee, at, event)
            return {"line": None, "open": False, "touch": touch}
        is_open = at is not None and at.phase == breaks.LINE and event.lines
        mine = next(iter(places_of(session, attendee.id)), None)
        line = session.get_one(Line, mine.line_id) if mine is not None else None
        if at is None or mine is None or line is None or line.break_id != at.id or not is_open:
            return {"line": None, "open": is_open}
        return {"line": _view(session, attendee, line, mine, now), "open": True}


def _view(session: Session, me: Attendee, line: Line, mine: LinePlace, now: float) -> dict[str, Any]:
    group = linewords.others_with(session, mine) - barred(session, me.id)
    waiting = select(func.count()).where(
        LinePlace.line_id == line.id, LinePlace.group_no.is_(None), LinePlace.attendee_id != me.id
    )
    people = cards(session, group)
    hellos = _hellos(session, me.id, group)
    staying = _staying(session, mine)
    together = bool(group)
    return {
        "state": TOGETHER if together else WAITING,
        "left": max(0, round(line.moves_at - now)),
        "people": [
            {"person": people[each], "hello": hellos.get(each), "stays": each in staying}
            for each in sorted(group)
        ],
        "opener": text_of(SHARED_IN_LINE[(mine.group_no or 0) % 3]) if together else None,
        "waiting": session.scalar(waiting),
        "group": mine.group_no if together else None,
        "words": linewords.heard(session, mine, now) if together else [],
        "answered": together and linewords.has_answered(session, mine),
        "stays": mine.stays,
    }


def _staying(session: Session, mine: LinePlace) -> set[int]:
    wishing = select(LinePlace.attendee_id).where(
        LinePlace.line_id == mine.line_id, LinePlace.group_no == mine.group_no, LinePlace.stays
    )
    return set(session.scalars(wishing))


def _touch(session: Session, me: Attendee, at: breaks.Moment, event: Event) -> dict[str, Any]:
    """Those with whom somebody stood in this break's line and who take hellos, the last ones first."""
    began = session.get_one(CoffeeBreak, at.id).begins_at
    met = session.execute(
        select(Met.low_id, Met.high_id)
        .where(
            or_(Met.low_id == me.id, Met.high_id == me.id),
            Met.kind == LineKind.BREAK,
            Met.met_at >= began,
        )
        .order_by(Met.met_at.desc())
        .limit(TOUCH_SHOWN)
    )
    others = [other_of(row, me.id) for row in met]
    reachable = select(Attendee.id).where(
        Attendee.id.in_(others), in_sight(), Attendee.reachability == Reachability.OPEN
    )
    out = barred(session, me.id)
    seen = {each for each in session.scalars(reachable) if each not in out}
    people, hellos = cards(session, seen), _hellos(session, me.id, seen)
    listed = [
        {"person": people[each], "hello": hellos.get(each)}
        for each in others
        if each in seen and people[each]["id"] is not None
    ]
    may_greet = me.paused_at is None and event.hellos
    return {"break": at.id, "people": listed if may_greet else []}


def _hellos(session: Session, attendee_id: int, others: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The hello between this person and each of the others, told as its list tells it."""
    listed = list(others)
    found = {}
    query = select(Hello).where(
        or_(
            (Hello.low_id == attendee_id) & Hello.high_id.in_(listed),
            (Hello.high_id == attendee_id) & Hello.low_id.in_(listed),
        )
    )
    for hello in session.scalars(query):
        if (state := _state(hello, attendee_id)) is not None:
            found[other_of(hello, attendee_id)] = {"id": hello.id, "state": state}
    return found


def _state(hello: Hello, attendee_id: int) -> str | None:
    """How a hello stands for this person; None for one that they have put aside."""
    if hello.from_id == attendee_id:
        return "answered" if hello.state is HelloState.ANSWERED else "sent"
    if hello.state is HelloState.DECLINED:
        return None
    return "new" if hello.state is HelloState.SENT else hello.state.value
