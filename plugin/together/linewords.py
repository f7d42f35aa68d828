"""What those who stand in line together say to each other: who may say something, who hears it, and when it goes.

Whoever stands there when words are said hears them; who joins later hears the answers of those who stand there, and
what is said from then on. Nothing of it outlives the coffee break by more than its farewell, in which somebody may
still report what was said; a report keeps its copy as it keeps hellos.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from plugin.people.refusal import Refusal
from plugin.people.visibility import barred, cards, in_parts, in_sight
from plugin.state.db import Database
from plugin.state.encounters import Line, LineHeard, LinePlace, LineWords, upsert_into
from plugin.state.models import Attendee

IN_A_ROW = 3  # of one person before another one of them says something
SOON_SECONDS = 60.0
SAID_SOON = 8  # of one person in so long: quick talk, and no flood
SHOWN = 60  # the newest of a group
KEPT_SECONDS = 60.0  # after the line's end, as long as a break bids farewell


def add(session: Session, place: LinePlace, words: str, group_no: Any, now: float) -> set[int]:
    """Say something to the group that it was written for, whom this returns. Raises Refusal."""
    hearers = others_with(session, place) - barred(session, place.attendee_id)
    if place.group_no is None or not hearers:
        raise Refusal(409, "alone", "Nobody stands with you just now.")
    if place.group_no != group_no:
        raise Refusal(409, "moved", "The line has moved on. What you wrote was not sent.")
    if code := why_not(session, place, now):
        raise refusal(code)
    said = LineWords(
        line_id=place.line_id,
        group_no=place.group_no,
        sender_id=place.attendee_id,
        answers=not has_answered(session, place),
        words=words,
        said_at=now,
    )
    session.add(said)
    session.flush()
    session.add_all(LineHeard(words_id=said.id, attendee_id=each) for each in sorted(hearers))
    return hearers


WORDS_OF_LIMITS = {
    "your_turn_is_over": "Now let somebody else say something.",
    "too_quick": "That was a lot at once. Wait a moment, then go on.",
}


def refusal(code: str) -> Refusal:
    return Refusal(429, code, WORDS_OF_LIMITS[code])


def why_not(session: Session, place: LinePlace, now: float) -> str | None:
    """Why somebody has to wait before they say more, as a key of WORDS_OF_LIMITS."""
    last = session.scalars(
        select(LineWords.sender_id)
        .where(LineWords.line_id == place.line_id, LineWords.group_no == place.group_no)
        .order_by(LineWords.id.desc())
        .limit(IN_A_ROW)
    ).all()
    if len(last) == IN_A_ROW and set(last) == {place.attendee_id}:
        return "your_turn_is_over"
    recent = select(func.count()).where(
        LineWords.line_id == place.line_id,
        LineWords.sender_id == place.attendee_id,
        LineWords.said_at > now - SOON_SECONDS,
    )
    return "too_quick" if (session.scalar(recent) or 0) >= SAID_SOON else None


def has_answered(session: Session, place: LinePlace) -> bool:
    """Whether somebody has said anything yet to those they stand with: the first words answer the question."""
    query = select(LineWords.id).where(
        LineWords.line_id == place.line_id,
        LineWords.group_no == place.group_no,
        LineWords.sender_id == place.attendee_id,
    )
    return session.execute(query.limit(1)).first() is not None


def others_with(session: Session, place: LinePlace) -> set[int]:
    """Those whom somebody stands together with."""
    if place.group_no is None:
        return set()
    others = select(LinePlace.attendee_id).where(
        LinePlace.line_id == place.line_id,
        LinePlace.group_no == place.group_no,
        LinePlace.attendee_id != place.attendee_id,
    )
    return set(session.scalars(others))


def groups_that_talk(session: Session, line_id: int) -> set[int]:
    """In which groups of a line somebody has said something, now or earlier."""
    return set(session.scalars(select(LineWords.group_no).where(LineWords.line_id == line_id).distinct()))


def let_hear(session: Session, line_id: int, group_no: int, newcomers: Iterable[int]) -> None:
    """Whoever joins a group hears what those who stand there have answered."""
    newcomers = set(newcomers)
    standing = select(LinePlace.attendee_id).where(
        LinePlace.line_id == line_id, LinePlace.group_no == group_no
    )
    answers = session.scalars(
        select(LineWords.id).where(
            LineWords.line_id == line_id,
            LineWords.group_no == group_no,
            LineWords.answers,
            LineWords.sender_id.in_(standing),
            LineWords.sender_id.not_in(newcomers),
        )
    ).all()
    rows = [
        {"words_id": words_id, "attendee_id": each}
        for words_id in sorted(answers)
        for each in sorted(newcomers)
    ]
    if rows:
        session.execute(upsert_into(session, LineHeard).on_conflict_do_nothing(), rows)


def heard(session: Session, place: LinePlace, now: float) -> list[dict[str, Any]]:
    """What somebody said and heard where they stand now, in its order; of people who are still to be seen."""
    if place.group_no is None:
        return []
    me = place.attendee_id
    reached_me = select(LineHeard.words_id).where(LineHeard.attendee_id == me)
    rows = session.scalars(
        select(LineWords)
        .join(Attendee, Attendee.id == LineWords.sender_id)
        .where(
            LineWords.line_id == place.line_id,
            LineWords.group_no == place.group_no,
            or_(LineWords.sender_id == me, LineWords.id.in_(reached_me)),
            or_(LineWords.sender_id == me, in_sight()),
        )
        .order_by(LineWords.id.desc())
        .limit(SHOWN)
    ).all()
    out = barred(session, me)
    seen = [each for each in reversed(rows) if each.sender_id not in out]
    people = cards(session, {each.sender_id for each in seen})
    return [
        {
            "id": each.id,
            "mine": each.sender_id == me,
            "photo": people[each.sender_id]["id"],
            "name": people[each.sender_id]["name"],
            "answers": each.answers,
            "text": each.words,
            "ago": round(now - each.said_at),
        }
        for each in seen
    ]


def between(session: Session, one_id: int, other_id: int, newest: int) -> list[LineWords]:
    """The newest that either of two people said in line and the other heard, in its order."""
    rows = session.scalars(
        select(LineWords)
        .join(LineHeard, LineHeard.words_id == LineWords.id)
        .where(
            or_(
                (LineWords.sender_id == one_id) & (LineHeard.attendee_id == other_id),
                (LineWords.sender_id == other_id) & (LineHeard.attendee_id == one_id),
            )
        )
        .order_by(LineWords.id.desc())
        .limit(newest)
    ).all()
    return list(reversed(rows))


def sender_of(session: Session, hearer_id: int, words_id: int) -> Attendee | None:
    """Who said what somebody heard; None for words that they did not hear."""
    return session.scalar(
        select(Attendee)
        .join(LineWords, LineWords.sender_id == Attendee.id)
        .join(LineHeard, LineHeard.words_id == LineWords.id)
        .where(LineWords.id == words_id, LineHeard.attendee_id == hearer_id)
    )


def forget_old(database: Database, now: float) -> int:
    """Delete what was said in lines that have ended, and whose farewell is over; returns how many."""
    with database.read() as session:
        ended = set(
            session.scalars(
                select(Line.id)
                .where(Line.closed_at < now - KEPT_SECONDS, Line.id.in_(select(LineWords.line_id)))
                .distinct()
            )
        )
    if not ended:
        return 0
    with database.write() as session:
        gone = 0
        for some in in_parts(ended):
            done = session.execute(delete(LineWords).where(LineWords.line_id.in_(some)))
            gone += done.rowcount  # type: ignore[attr-defined]
    return gone
