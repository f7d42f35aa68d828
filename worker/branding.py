"""How a logo that a host sent is looked into, and becomes the event's or is refused."""

import logging
import secrets

from sqlalchemy import select

from plugin.state.db import HELD
from plugin.state.feed import News
from plugin.state.keys import logo_key
from plugin.state.models import Event, Wall
from plugin.state.storage import NotStoredError
from worker.pictures.logos import Logo, clean
from worker.pictures.opener import PhotoRefused
from worker.workshop import Workshop

logger = logging.getLogger(__name__)


def clean_logo(shop: Workshop, event_id: int) -> None:
    """Look into the logo that is wished, and into the one that was wished meanwhile."""
    while (source := _wished(shop, event_id)) is not None:
        _take(shop, event_id, source)
        shop.storage.delete(source)
        shop.feed.publish(News(_wall_of(shop, event_id)))


def _wished(shop: Workshop, event_id: int) -> str | None:
    with shop.database.read() as session:
        return session.scalar(select(Event.logo_wished).where(Event.id == event_id))


def _wall_of(shop: Workshop, event_id: int) -> int:
    with shop.database.read() as session:
        return session.scalars(select(Wall.id).where(Wall.event_id == event_id)).one()


def _take(shop: Workshop, event_id: int, source: str) -> None:
    try:
        logo = clean(shop.storage.get(source))
    except NotStoredError:
        _refuse(shop, event_id, source, "unreadable")
    except PhotoRefused as refused:
        _refuse(shop, event_id, source, refused.reason)
    else:
        _keep(shop, event_id, source, logo)


def _keep(shop: Workshop, event_id: int, source: str, logo: Logo) -> None:
    """The clean copy takes the place of the one before, unless the host wishes something else by now."""
    key = secrets.token_hex(16)
    shop.storage.put(logo_key(key), logo.png)
    with shop.database.write() as session:
        event = session.get(Event, event_id, with_for_update=HELD)
        if event is None or event.logo_wished != source:
            unused = key
        else:
            unused, event.logo, event.logo_ground = event.logo, key, logo.ground
            event.logo_wished = event.logo_refusal = None
    if unused:
        shop.storage.delete(logo_key(unused))


def _refuse(shop: Workshop, event_id: int, source: str, reason: str) -> None:
    logger.info("event %s: logo refused: %s", event_id, reason)
    with shop.database.write() as session:
        event = session.get(Event, event_id, with_for_update=HELD)
        if event is not None and event.logo_wished == source:
            event.logo_wished, event.logo_refusal = None, reason
