"""How the pictures that hosts wish as targets are opened: where strangers' bytes may be looked into."""

import logging
from functools import cache
from typing import Any

from sqlalchemy import update

from plugin.state.keys import is_upload, original_name
from plugin.state.models import Wall
from plugin.state.storage import NotStoredError
from worker.pictures.builtin.gallery import draw
from worker.pictures.canvas import encode_jpeg, target_small
from worker.pictures.color import Pixels
from worker.pictures.targets import TargetRefused, open_target
from worker.wallfiles import TARGET_QUALITY, keep_pictures
from worker.workshop import Workshop

logger = logging.getLogger(__name__)


def open_wall(shop: Workshop, wall_id: int) -> None:
    """Look into what hosts sent for a wall; note why a picture is refused.

    What is kept is a clean copy: making the wall by it is the business of `worker.placing`.
    """
    while True:
        with shop.database.read() as session:
            wall = session.get(Wall, wall_id)
        if wall is None or wall.target_wished is None:
            return
        source, number = wall.target_wished, wall.target_opened + 1
        values = _opened(shop, wall, source, number)
        with shop.database.write() as session:
            session.execute(
                update(Wall)
                .where(Wall.id == wall_id, Wall.target_wished == source, Wall.target_opened == number - 1)
                .values(target_wished=None, **values)
            )
        if is_upload(source):
            shop.storage.delete(source)
        shop.jobs.place(wall_id)


def _opened(shop: Workshop, wall: Wall, source: str, number: int) -> dict[str, Any]:
    """Keep the picture as the wall's `number`-th, or refuse it: what its row is to say."""
    try:
        original, small = _encoded(_uploaded(shop, source)) if is_upload(source) else _built_in(source)
    except TargetRefused as refused:
        logger.info("wall %s: target refused: %s", wall.id, refused.reason)
        return {"target_refusal": refused.reason}
    pictures = {original_name(number): original, original_name(number, small=True): small}
    keep_pictures(shop, wall.media_key, pictures, durable=True)
    return {"target_refusal": None, "target_opened": number, "target_source": source}


@cache
def _built_in(name: str) -> tuple[bytes, bytes]:
    """Drawn once in a process: it takes longer than all the rest of opening a wall. Half a megabyte each."""
    return _encoded(draw(name))


def _encoded(target: Pixels) -> tuple[bytes, bytes]:
    return encode_jpeg(target, TARGET_QUALITY), target_small(target)


def _uploaded(shop: Workshop, source: str) -> Pixels:
    """The target's pixels. Raises TargetRefused."""
    try:
        data = shop.storage.get(source)
    except NotStoredError:
        raise TargetRefused("unreadable") from None
    return open_target(data)
