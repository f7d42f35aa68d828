"""What waits to be done on a wall, as its rows say."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from plugin.state.finish import Reveal
from plugin.state.models import Attendee, Event, Photo, PhotoState, Placement, Wall, on_stage
from worker.wall.remodel import Wish
from worker.workshop import Workshop

PHOTOS_AT_ONCE = 500
OFF_THE_WALL = (PhotoState.WITHDRAWN, PhotoState.REFUSED, PhotoState.HELD)


class Arrival(NamedTuple):
    """A photo that waits for its home."""

    id: int
    attendee_id: int
    descriptor: bytes | None
    on_stage: bool
    details: bytes | None
    only_whole: bool


class Redescribed(NamedTuple):
    """A placed photo whose owner changed their mind about showing details of it."""

    id: int
    details: bytes | None
    only_whole: bool


@dataclass(frozen=True)
class Work:
    """What waits to be done on a wall."""

    waiting: list[Arrival]
    leaving: list[int]
    restaged: list[tuple[int, bool]]  # placed photos whose owner changed their mind about the stage
    redescribed: list[Redescribed]
    wish: Wish | None  # the host wants the wall otherwise; None: it is as wished
    tiles_pending: bool
    rehearsed: bytes | None = None  # the board of the reveal that is wished, worked out before

    def __bool__(self) -> bool:
        return (
            bool(self.waiting or self.leaving or self.restaged or self.redescribed) or self.wish is not None
        )


def look(shop: Workshop, wall_id: int) -> tuple[Work, Wall | None]:
    """What waits on a wall, and its row; None for a wall that is not there."""
    with shop.database.read() as session:
        wall = session.get(Wall, wall_id)
        work = Work(
            waiting=_waiting(session, wall_id),
            leaving=_leaving(session, wall_id),
            restaged=_restaged(session, wall_id),
            redescribed=_redescribed(session, wall_id),
            wish=None if wall is None else _wish(wall),
            tiles_pending=wall is not None and wall.tiles_pending,
            rehearsed=None if wall is None else _rehearsed(session, wall),
        )
    return work, wall


def _waiting(session: Session, wall_id: int) -> list[Arrival]:
    rows = session.execute(
        select(
            Photo.id,
            Photo.attendee_id,
            Photo.descriptor,
            on_stage(),
            Photo.details,
            Attendee.only_whole,
        )
        .join(Attendee)
        .join(Event, Event.id == Attendee.event_id)
        .where(Photo.wall_id == wall_id, Photo.state == PhotoState.PREPARED)
        .order_by(Photo.id)
        .limit(PHOTOS_AT_ONCE)
    )
    return [Arrival(*row) for row in rows]


def _leaving(session: Session, wall_id: int) -> list[int]:
    """Photos in a cell that nobody is to see: taken back by their people, or off the wall by a host."""
    query = select(Photo.id).join(Placement)
    return list(session.scalars(query.where(Photo.wall_id == wall_id, Photo.state.in_(OFF_THE_WALL))))


def _restaged(session: Session, wall_id: int) -> list[tuple[int, bool]]:
    rows = session.execute(
        select(Photo.id, Photo.staged)
        .join(Attendee)
        .join(Event, Event.id == Attendee.event_id)
        .where(Photo.wall_id == wall_id, Photo.state == PhotoState.PLACED, Photo.staged != on_stage())
    )
    return [(row.id, not row.staged) for row in rows]


def _redescribed(session: Session, wall_id: int) -> list[Redescribed]:
    rows = session.execute(
        select(Photo.id, Photo.details, Attendee.only_whole)
        .join(Attendee)
        .where(Photo.wall_id == wall_id, Photo.state == PhotoState.PLACED, Photo.whole != Attendee.only_whole)
    )
    return [Redescribed(*row) for row in rows]


def wished(wall: Wall) -> Wish:
    """How the wall is to be."""
    return Wish(
        wall.target_opened,
        wall.prepared_wished,
        wall.tint_wished,
        wall.reveal_wished,
        wall.once_wished,
        wall.whole_wished,
    )


def _wish(wall: Wall) -> Wish | None:
    """The same, if it is not like that."""
    now = Wish(wall.target_used, wall.prepared, wall.tint, wall.revealed, wall.once, wall.whole)
    return None if wished(wall) == now else wished(wall)


def _rehearsed(session: Session, wall: Wall) -> bytes | None:
    if not wall.reveal_wished or wall.revealed:
        return None
    found = session.get(Reveal, wall.id)
    return found.rehearsed if found is not None and found.rehearsed_as == wished(wall).look else None


def is_opened(wall: Wall) -> bool:
    """Whether there is a picture to make the wall by."""
    return wall.columns > 0 or wall.target_opened > 0


def somebody_waits(shop: Workshop, wall_id: int) -> bool:
    """Whether a photo is on its way to its cell."""
    return _is_any(shop, wall_id, Photo.state.in_((PhotoState.RECEIVED, PhotoState.PREPARED)))


def somebody_comes(shop: Workshop, wall_id: int, since: float) -> bool:
    """Whether a photo that came after that time (seconds since 1970) is just being prepared."""
    return _is_any(shop, wall_id, Photo.state == PhotoState.RECEIVED, Photo.received_at > since)


def _is_any(shop: Workshop, wall_id: int, *conditions: ColumnElement[bool]) -> bool:
    with shop.database.read() as session:
        query = select(Photo.id).where(Photo.wall_id == wall_id, *conditions)
        return session.execute(query.limit(1)).first() is not None
