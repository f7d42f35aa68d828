"""The picture that a platform has of somebody: read as strictly as any stranger's bytes before a panel shows it."""

import logging

from plugin.state.feed import News
from plugin.state.keys import suggestion_key, upload_key
from plugin.state.platform_models import Suggestion
from plugin.state.storage import NotStoredError
from worker.pictures.photos import PhotoRefused, prepare
from worker.workshop import Workshop, workshop

logger = logging.getLogger(__name__)


def clean(attendee_id: int) -> None:
    """Turn the fetched bytes into a clean picture to be offered, or drop them."""
    shop = workshop()
    with shop.database.read() as session:
        suggestion = session.get(Suggestion, attendee_id)
    if suggestion is None or suggestion.picture_key is None or suggestion.picture_ready:
        return
    key = suggestion.picture_key
    picture = _cleaned(shop, attendee_id, key)
    if picture is not None:
        shop.storage.put(suggestion_key(key), picture, durable=False)
    is_wanted = _note(shop, attendee_id, key, picture is not None)
    shop.storage.delete(upload_key(key))
    if not is_wanted:
        shop.storage.delete(suggestion_key(key))
    shop.feed.publish(News(0, attendee_id))


def _cleaned(shop: Workshop, attendee_id: int, key: str) -> bytes | None:
    try:
        return prepare(shop.storage.get(upload_key(key)), None).master
    except NotStoredError:
        return None
    except PhotoRefused as refused:
        logger.info("suggestion for attendee %s dropped: %s", attendee_id, refused.reason)
        return None


def _note(shop: Workshop, attendee_id: int, key: str, is_ready: bool) -> bool:
    """Whether the picture is still to be offered."""
    with shop.database.write() as session:
        suggestion = session.get(Suggestion, attendee_id)
        if suggestion is None or suggestion.picture_key != key:
            return False
        suggestion.picture_ready = is_ready
        suggestion.picture_key = key if is_ready else None
        return is_ready
