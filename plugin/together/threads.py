"""The threads on the wall: answered hellos as lines between homes, drawn so that nobody learns who they are.

Everybody gets the same list, so it must not say who talked to whom. Photos are put into groups of five neighbours,
and an end of a thread is drawn at one of the five, by the chance kept with the hello. The two concerned know better
from their own list of hellos.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from plugin.state.db import Database
from plugin.state.encounters import Block, Hello, HelloState
from plugin.state.models import Photo, PhotoState, Placement, Wall

GROUP = 5
STRIP = 3  # rows of cells that are walked along together, so that a group is a patch and not a stripe


def groups(homes: Mapping[int, int], columns: int) -> dict[int, Sequence[int]]:
    """For each photo (id -> cell) the group it is in: GROUP neighbours or a few more; none when they are too few."""

    def along(photo_id: int) -> tuple[int, int, int]:
        y, x = divmod(homes[photo_id], columns)
        strip = y // STRIP
        return strip, x if strip % 2 == 0 else columns - x, y

    ordered = sorted(homes, key=along)
    if len(ordered) < GROUP:
        return {}
    whole = len(ordered) // GROUP
    parts = [ordered[number * GROUP : (number + 1) * GROUP] for number in range(whole)]
    parts[-1] += ordered[whole * GROUP :]
    return {photo_id: part for part in parts for photo_id in part}


def blurred(ends: tuple[int, int], blur: int, group_of: Mapping[int, Sequence[int]]) -> list[int] | None:
    """Where a thread is drawn: two different photos, smaller id first; None where it cannot be hidden whose it is."""
    one, other = (group_of.get(photo_id) for photo_id in ends)
    if one is None or other is None:
        return None
    first = one[blur % len(one)]
    second = other[blur // 64 % len(other)]
    if first == second:
        second = other[(blur // 64 + 1) % len(other)]
    return sorted((first, second))


def is_thread(event_id: int) -> list[ColumnElement[bool]]:
    """The conditions on Hello: answered, and neither blocks the other."""
    blocked = select(Block.id).where(
        or_(
            and_(Block.blocker_id == Hello.low_id, Block.blocked_id == Hello.high_id),
            and_(Block.blocker_id == Hello.high_id, Block.blocked_id == Hello.low_id),
        )
    )
    return [Hello.event_id == event_id, Hello.state == HelloState.ANSWERED, ~blocked.exists()]


def _homes(session: Session, wall_id: int) -> tuple[dict[int, int], dict[int, int]]:
    """(cell by photo id, photo id by owner) of all who have a home."""
    rows = session.execute(
        select(Placement.photo_id, Placement.cell, Photo.attendee_id)
        .join(Photo, Photo.id == Placement.photo_id)
        .where(Placement.wall_id == wall_id, Photo.state == PhotoState.PLACED)
    ).all()
    return {row.photo_id: row.cell for row in rows}, {row.attendee_id: row.photo_id for row in rows}


def of_wall(database: Database, event_id: int) -> dict[str, Any]:
    """The threads of an event's wall as everybody may see them."""
    with database.read() as session:
        wall = session.execute(
            select(Wall.id, Wall.columns, Wall.threads).where(Wall.event_id == event_id)
        ).one()
        homes, photo_of = _homes(session, wall.id)
        hellos = session.execute(
            select(Hello.low_id, Hello.high_id, Hello.blur).where(*is_thread(event_id))
        ).all()
    group_of = groups(homes, wall.columns) if wall.columns else {}
    pairs = [
        pair
        for low, high, blur in hellos
        if low in photo_of
        and high in photo_of
        and (pair := blurred((photo_of[low], photo_of[high]), blur, group_of)) is not None
    ]
    return {"revision": wall.threads, "count": len(hellos), "pairs": sorted(pairs)}
