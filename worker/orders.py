"""A print that was taken on: what its maker hands to the one who draws it, and what may be drawn in it."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from plugin.state.finish import PrintKind
from plugin.state.keys import master_key, thumb_key
from plugin.state.models import Photo, Wall
from plugin.state.storage import NotStoredError
from worker.workshop import Workshop

Progress = Callable[[float], None]


class Stopped(Exception):  # noqa: N818 - nothing is wrong
    """Nobody wants this print any more, or it is to be made anew."""


class Failed(Exception):  # noqa: N818 - says why, in one of the codes of plugin.wall.prints.WORDS_OF_FAILURE
    """A print that cannot be made."""


@dataclass(frozen=True)
class Order:
    """A print as it was taken on, and the wall as it was then."""

    id: int
    attempt: int
    kind: PrintKind
    form: str
    cell_px: int
    paper: str
    titled: bool
    caption: str
    storage_key: str
    attendee_id: int | None
    wall: Wall
    homes: dict[int, int]  # photo id -> cell, of all who have one
    keys: dict[int, str]  # photo id -> key, of those who may be seen
    own_photo_id: int | None
    only_here: frozenset[int]  # the own photo, if its owner did not agree to be in what others download


@dataclass(frozen=True)
class Made:
    """What the file is, in px."""

    width: int
    height: int


def photo_file(shop: Workshop, order: Order, photo_id: int, px: int | None = None) -> bytes | None:
    """A photo's thumb of that size, or its master, if it may be seen and is still there."""
    key = order.keys.get(photo_id)
    if key is None:
        return None
    try:
        return shop.storage.get(master_key(key) if px is None else thumb_key(key, px))
    except NotStoredError:
        return None


def crop_of(shop: Workshop, photo_id: int) -> tuple[float, float]:
    """Where the square lies on a photo's master."""
    with shop.database.read() as session:
        row = session.execute(select(Photo.crop_x, Photo.crop_y).where(Photo.id == photo_id)).one_or_none()
    x, y = row if row is not None else (None, None)
    return (0.5 if x is None else x, 0.5 if y is None else y)
