"""Who sees whom. Everything that shows a person to another asks here, so that one place decides.

Somebody is out of sight of everybody while they are hidden, paused or removed, and of one other person while either
blocks the other. The answers never tell these apart: a photo of the picture without name and line is all there is.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from plugin.state.encounters import Block
from plugin.state.models import Attendee, Photo, PhotoState, Placement, Reachability, Wall

MANY = 500  # parameters in one query
# Made once: everybody who looks at others asks for it.
BLOCKS_OF = select(Block.blocker_id, Block.blocked_id).where(
    or_(Block.blocker_id == bindparam("me"), Block.blocked_id == bindparam("me"))
)


def in_sight() -> ColumnElement[bool]:
    """The condition on Attendee."""
    return and_(
        Attendee.reachability != Reachability.HIDDEN,
        Attendee.paused_at.is_(None),
        Attendee.removed_at.is_(None),
    )


def is_in_sight(person: Any) -> bool:
    """The same of a row that has these three columns."""
    return (
        person.reachability is not Reachability.HIDDEN
        and person.paused_at is None
        and person.removed_at is None
    )


def barred(session: Session, attendee_id: int) -> set[int]:
    """Those whom this person blocks or is blocked by."""
    rows = session.execute(BLOCKS_OF, {"me": attendee_id})
    return {each for row in rows for each in row if each is not None} - {attendee_id}


def are_barred(session: Session, one_id: int, other_id: int) -> bool:
    found = select(Block.id).where(
        or_(
            and_(Block.blocker_id == one_id, Block.blocked_id == other_id),
            and_(Block.blocker_id == other_id, Block.blocked_id == one_id),
        )
    )
    return session.execute(found.limit(1)).first() is not None


def barred_pairs(session: Session, attendee_ids: Iterable[int]) -> set[tuple[int, int]]:
    """The pairs (smaller id first) among these people of whom one blocks the other."""
    wanted = set(attendee_ids)
    found = set()
    for some in in_parts(wanted):
        rows = session.execute(select(Block.blocker_id, Block.blocked_id).where(Block.blocker_id.in_(some)))
        found |= {
            pair_of(blocker, blocked)
            for blocker, blocked in rows
            if blocked is not None and blocked in wanted
        }
    return found


def pair_of(one_id: int, other_id: int) -> tuple[int, int]:
    return min(one_id, other_id), max(one_id, other_id)


def in_parts(ids: Iterable[int]) -> Iterable[list[int]]:
    """The ids in lists short enough for one query."""
    listed = list(ids)
    return (listed[start : start + MANY] for start in range(0, len(listed), MANY))


def cards(session: Session, attendee_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """What one sees of these people, by attendee id; somebody without a photo on the wall has a name only."""
    found: dict[int, dict[str, Any]] = {}
    for some in in_parts(set(attendee_ids)):
        rows = session.execute(
            select(
                Attendee.id.label("attendee_id"),
                Attendee.name,
                Attendee.title,
                Photo.id,
                Photo.key,
                Photo.story,
                Photo.prompt,
                Placement.cell,
            )
            .outerjoin(Photo, and_(Photo.attendee_id == Attendee.id, Photo.state == PhotoState.PLACED))
            .outerjoin(Placement, Placement.photo_id == Photo.id)
            .where(Attendee.id.in_(some))
            .order_by(Photo.id)
        )
        found |= {row.attendee_id: _card(row) for row in rows}
    return found


def _card(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "key": row.key,
        "name": row.name,
        "title": row.title,
        "story": row.story or "",
        "prompt": row.prompt or "",
        "home": row.cell,
        "hidden": False,
    }


def owner_of(session: Session, event_id: int, photo_id: int) -> Attendee | None:
    """Whose placed photo of this event that is."""
    return session.scalar(
        select(Attendee)
        .join(Photo, Photo.attendee_id == Attendee.id)
        .join(Wall, Wall.id == Photo.wall_id)
        .where(Photo.id == photo_id, Photo.state == PhotoState.PLACED, Wall.event_id == event_id)
    )
