"""What waits to be done on a wall, as its rows say."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Integer, Select, bindparam, or_, select
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
    received_at: float
    key: str


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


_WAITING = (
    select(
        Photo.id,
        Photo.attendee_id,
        Photo.descriptor,
        on_stage(),
        Photo.details,
        Attendee.only_whole,
        Photo.received_at,
        Photo.key,
    )
    .select_from(Photo)
    .join(Attendee)
    .join(Event, Event.id == Attendee.event_id)
    .where(Photo.wall_id == bindparam("wall_id"), Photo.state == PhotoState.PREPARED)
    .order_by(Photo.id)
    .limit(bindparam("most", type_=Integer))
)
# Photos in a cell that nobody is to see: taken back by their people, or off the wall by a host.
_LEAVING = (
    select(Photo.id)
    .join(Placement)
    .where(Photo.wall_id == bindparam("wall_id"), Photo.state.in_(OFF_THE_WALL))
)
_CHANGED_THEIR_MIND = (
    select(Photo.id, Photo.staged, Photo.whole, on_stage().label("to_be_staged"), Attendee.only_whole)
    .select_from(Photo)
    .join(Attendee)
    .join(Event, Event.id == Attendee.event_id)
    .where(
        Photo.wall_id == bindparam("wall_id"),
        Photo.state == PhotoState.PLACED,
        or_(Photo.staged != on_stage(), Photo.whole != Attendee.only_whole),
    )
)
_REDESCRIBED = (
    select(Photo.id, Photo.details, Attendee.only_whole)
    .join(Attendee)
    .where(
        Photo.wall_id == bindparam("wall_id"),
        Photo.state == PhotoState.PLACED,
        Photo.whole != Attendee.only_whole,
    )
)
_COMING = (
    select(Photo.id)
    .where(
        Photo.wall_id == bindparam("wall_id"),
        Photo.state == PhotoState.RECEIVED,
        Photo.received_at > bindparam("since"),
    )
    .limit(1)
)
_ON_THEIR_WAY = (
    select(Photo.id)
    .where(
        Photo.wall_id == bindparam("wall_id"),
        Photo.state.in_((PhotoState.RECEIVED, PhotoState.PREPARED)),
    )
    .limit(1)
)


def look(shop: Workshop, wall_id: int, *, minds: bool = True) -> tuple[Work, Wall | None]:
    """What waits on a wall, and its row; None for a wall that is not there.

    `minds`: whether to look as well who changed their mind about the stage or about details, which takes a look at
    every photo of the wall. Who does so asks for a placing, so that once in each is enough.
    """
    with shop.database.read() as session:
        wall = session.get(Wall, wall_id)
        restaged, redescribed = _changed_their_mind(session, wall_id) if minds else ([], [])
        work = Work(
            waiting=_waiting(session, wall_id),
            leaving=list(session.scalars(_LEAVING, {"wall_id": wall_id})),
            restaged=restaged,
            redescribed=redescribed,
            wish=None if wall is None else _wish(wall),
            tiles_pending=wall is not None and wall.tiles_pending,
            rehearsed=None if wall is None else _rehearsed(session, wall),
        )
    return work, wall


def _waiting(session: Session, wall_id: int) -> list[Arrival]:
    rows = session.execute(_WAITING, {"wall_id": wall_id, "most": PHOTOS_AT_ONCE})
    return [Arrival(*row) for row in rows]


def _changed_their_mind(session: Session, wall_id: int) -> tuple[list[tuple[int, bool]], list[Redescribed]]:
    """Placed photos whose owners want them on the stage now, or off it; and those to be shown in other details."""
    rows = session.execute(_CHANGED_THEIR_MIND, {"wall_id": wall_id}).all()
    restaged = [(row.id, not row.staged) for row in rows if row.staged != row.to_be_staged]
    if all(row.whole == row.only_whole for row in rows):
        return restaged, []
    return restaged, [Redescribed(*row) for row in session.execute(_REDESCRIBED, {"wall_id": wall_id})]


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
    return _is_any(shop, _ON_THEIR_WAY, {"wall_id": wall_id})


def somebody_comes(shop: Workshop, wall_id: int, since: float) -> bool:
    """Whether a photo that came after that time (seconds since 1970) is just being prepared."""
    return _is_any(shop, _COMING, {"wall_id": wall_id, "since": since})


def _is_any(shop: Workshop, query: Select[int], values: dict[str, float]) -> bool:
    with shop.database.read() as session:
        return session.execute(query, values).first() is not None
