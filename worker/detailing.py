"""Details of photos that came before there were any: they are made in quiet moments."""

from sqlalchemy import select, update

from plugin.state.keys import thumb_key
from plugin.state.models import Photo, PhotoState
from plugin.state.storage import NotStoredError
from worker.pictures.details import describe_details
from worker.pictures.thumbs import decode
from worker.restoring import details
from worker.wall.livewall import LiveWall
from worker.workshop import Workshop

AT_ONCE = 100  # photos: a tenth of a second, and their files
LOOKED_AT_PX = 128  # the thumb that a new photo's details are described by


def describe_old(shop: Workshop, live: LiveWall) -> bool:
    """Describe the details of some photos on a wall that have none yet; whether there were any."""
    with shop.database.read() as session:
        rows = session.execute(
            select(Photo.id, Photo.key, Photo.whole)
            .where(Photo.wall_id == live.id, Photo.state == PhotoState.PLACED, Photo.details.is_(None))
            .order_by(Photo.id)
            .limit(AT_ONCE)
        ).all()
    if not rows:
        return False
    made = {row.id: _described(shop, row.key) for row in rows}
    with shop.database.write() as session:
        for photo_id, data in made.items():
            session.execute(
                update(Photo).where(Photo.id == photo_id, Photo.details.is_(None)).values(details=data)
            )
    live.board.redescribe({row.id: details(made[row.id], row.whole) for row in rows})
    return True


def _described(shop: Workshop, key: str) -> bytes:
    """As a row keeps them; nothing where the thumb is gone, so that nobody looks again."""
    try:
        square = decode(shop.storage.get(thumb_key(key, LOOKED_AT_PX)), LOOKED_AT_PX)
    except NotStoredError:
        square = None
    return b"" if square is None else describe_details(square).tobytes()
