"""Use cases of blocking: it works at once, both ways, and nobody is told."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people import devices
from plugin.people.admission import attendee_of
from plugin.people.refusal import Refusal
from plugin.people.visibility import cards, owner_of
from plugin.state.db import Database
from plugin.state.encounters import (
    Block,
    Hello,
    HelloState,
)
from plugin.state.models import Attendee
from plugin.together import lines, linewords
from plugin.together.hello import move_threads, other_of


@dataclass
class Consequences:
    """Whom something concerns, and whether something changed that everybody sees."""

    concerned: set[int] = field(default_factory=set)
    wall_id: int = 0  # of a wall that has to be brought up to date
    threads: bool = False


def person_behind(
    session: Session, me: Attendee, photo_id: Any, hello_id: Any, words_id: Any = None
) -> Attendee:
    """Whom somebody means: by a photo, by a hello of theirs, or by words that they heard in line. Raises Refusal."""
    other: Attendee | None = None
    if _is_number(photo_id):
        other = owner_of(session, me.event_id, photo_id)
    elif _is_number(hello_id):
        hello = session.get(Hello, hello_id)
        if hello is not None and me.id in (hello.low_id, hello.high_id):
            other = session.get(Attendee, other_of(hello, me.id))
    elif _is_number(words_id):
        other = linewords.sender_of(session, me.id, words_id)
    if other is None or other.id == me.id:
        raise Refusal(404, "nobody", "This person is not here any more.")
    return other


def _is_number(value: Any) -> bool:
    """Python counts a yes among the numbers."""
    return isinstance(value, int) and not isinstance(value, bool)


def block(
    database: Database, attendee: Attendee, photo_id: Any, hello_id: Any, words_id: Any = None
) -> Consequences:
    """From now on these two do not exist for each other. Raises Refusal."""
    try:
        with database.write() as session:
            me = attendee_of(session, attendee.id, attendee.event_id)
            return block_person(session, me, person_behind(session, me, photo_id, hello_id, words_id))
    except IntegrityError:  # the same block came twice at once
        return Consequences()


def block_person(session: Session, me: Attendee, other: Attendee) -> Consequences:
    known = session.scalar(select(Block).where(Block.blocker_id == me.id, Block.blocked_id == other.id))
    if known is not None:
        known.carried = False  # they were blocked in silence; now the blocker knows, and may take it back
        return Consequences()
    session.add(Block(blocker_id=me.id, blocked_id=other.id, device=other.device))
    session.flush()
    moved = lines.part(session, me.id, other.id)
    for twin in devices.twins_of(session, other):
        devices.carry_block(session, me.id, twin)
        moved.concerned |= lines.part(session, me.id, twin.id).concerned
    talked = session.scalar(
        select(Hello.state).where(Hello.low_id == min(me.id, other.id), Hello.high_id == max(me.id, other.id))
    )
    if talked is HelloState.ANSWERED:
        move_threads(session, me.event_id)
    return Consequences({me.id, other.id} | moved.concerned, threads=talked is HelloState.ANSWERED)


def blocked_by(database: Database, attendee: Attendee) -> list[dict[str, Any]]:
    """Whom this person blocked, the last one first."""
    with database.read() as session:
        rows = session.execute(
            select(Block.id, Block.blocked_id)
            .where(Block.blocker_id == attendee.id, Block.carried.is_(False))
            .order_by(Block.id.desc())
        ).all()
        people = cards(session, [row.blocked_id for row in rows if row.blocked_id is not None])
    found = [(row.id, people[row.blocked_id]) for row in rows if row.blocked_id in people]
    return [
        {"id": block_id, "name": card["name"], "key": card["key"], "photo": card["id"]}
        for block_id, card in found
    ]


def unblock(database: Database, attendee: Attendee, block_id: int) -> Consequences:
    """Take a block back. Raises Refusal."""
    with database.write() as session:
        found = session.get(Block, block_id)
        if found is None or found.blocker_id != attendee.id or found.carried:
            raise Refusal(404, "no_block", "This was taken back already.")
        freed = devices.take_back(session, found)
        move_threads(session, attendee.event_id)
        return Consequences({attendee.id} | freed, threads=True)
