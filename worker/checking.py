"""What an event does with a photo that our check takes for a sexual one: nothing, have a host look, or refuse it."""

import logging

from sqlalchemy import select

from plugin.state.models import Attendee, Event, Photo, PictureCheck
from worker.pictures.photos import PhotoRefused, Prepared
from worker.pictures.sexual import is_installed, sexual
from worker.workshop import Workshop

logger = logging.getLogger(__name__)

# Of 919 harmless photos three score so much or more, and a host is asked about them.
ASKED_FROM = 0.5
# None of them does, by far: the most is 0.68.
REFUSED_FROM = 0.8


def is_doubtful(shop: Workshop, photo: Photo, prepared: Prepared) -> bool:
    """Whether a host looks first. Raises PhotoRefused where the event takes no such picture."""
    wanted = _wanted(shop, photo)
    if wanted is PictureCheck.OFF:
        return False
    if not is_installed():
        logger.warning("photo %s waits for a host: the extra picture-check is not installed here", photo.id)
        return True
    score = sexual(prepared)
    if wanted is PictureCheck.REFUSE and score >= REFUSED_FROM:
        raise PhotoRefused("sexual")
    return score >= ASKED_FROM


def _wanted(shop: Workshop, photo: Photo) -> PictureCheck:
    query = select(Event.picture_check).join(Attendee, Attendee.event_id == Event.id)
    with shop.database.read() as session:
        return session.scalars(query.where(Attendee.id == photo.attendee_id)).one()
