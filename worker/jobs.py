"""The jobs, by the names that plugin.state.queue enqueues. Each may run twice and finds in the rows what is to do."""

import logging
import time
from contextlib import suppress

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from plugin.people.trusting import needs_look
from plugin.state.feed import News
from plugin.state.keys import master_key, photo_folder, thumb_key, upload_key
from plugin.state.models import Attendee, Event, Photo, PhotoState, Placement, Wall
from plugin.state.storage import NotStoredError
from plugin.wall import inside
from worker import branding, checking, improving, opening, placing, printing, rehearsing
from worker.pictures.photos import Crop, PhotoRefused, Prepared
from worker.pictures.photos import prepare as prepare_photo
from worker.revisions import forget_patches, left_at
from worker.wallfiles import delete_superseded
from worker.workshop import Workshop, workshop

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 6  # a photo whose decoding took so many workers down is at fault itself


def open_wall(wall_id: int) -> None:
    """Look into the picture that the host wishes as the target."""
    opening.open_wall(workshop(), wall_id)


def clean_logo(event_id: int) -> None:
    """Look into the logo that the host wishes for an event."""
    branding.clean_logo(workshop(), event_id)


def place(wall_id: int) -> None:
    """Bring a wall up to date: place whoever waits, take out whoever left, draw what changed."""
    placing.bring_up_to_date(workshop(), wall_id)


def improve(wall_id: int) -> None:
    """Better a wall's echoes a little, while nobody comes."""
    shop = workshop()
    with shop.jobs.alone_with(wall_id) as is_ours:
        if is_ours:
            improving.improve_wall(shop, wall_id)


def rehearse(wall_id: int) -> None:
    """Work out how a wall will be when it is revealed, and draw it for its host."""
    rehearsing.rehearse(workshop(), wall_id)


def make_print(print_id: int) -> None:
    """Make a poster, a keepsake or a time-lapse."""
    printing.make(workshop(), print_id)


def prepare(photo_id: int) -> None:
    """Turn the bytes that somebody sent into a clean photo, or refuse them with a reason.

    Only what happens while decoding counts against a photo. When the storage, the database or Redis fail, this job
    fails with them and has changed nothing; the sweeper asks for it again, for as long as it takes.
    """
    shop = workshop()
    photo = _waiting(shop, photo_id)
    if photo is None:
        return
    try:
        prepared = _decoded(shop, photo)
        doubted = checking.is_doubtful(shop, photo, prepared)
    except PhotoRefused as refused:
        _refuse(shop, photo, refused.reason)
        return
    thumbs = {thumb_key(photo.key, size): thumb for size, thumb in prepared.thumbs.items()}
    shop.storage.put_all({master_key(photo.key): prepared.master} | thumbs)
    state = _note_prepared(shop, photo, prepared, doubted)
    shop.storage.delete(upload_key(photo.key))
    _hand_on(shop, photo, state)


def _waiting(shop: Workshop, photo_id: int) -> Photo | None:
    """The photo, if it still waits for this job."""
    with shop.database.read() as session:
        photo = session.get(Photo, photo_id)
    return photo if photo is not None and photo.state is PhotoState.RECEIVED else None


def _decoded(shop: Workshop, photo: Photo) -> Prepared:
    """Raises PhotoRefused."""
    data = _sent(shop, photo)
    if photo.attempts >= MOST_ATTEMPTS:
        raise PhotoRefused("unreadable")
    _count(shop, photo, photo.attempts + 1)  # before: it may be this worker's last
    prepared = prepare_photo(data, _crop(photo))
    _count(shop, photo, 0)  # at once: whatever fails from now on, by whatever death, is not the photo's fault
    return prepared


def _sent(shop: Workshop, photo: Photo) -> bytes:
    """The bytes that somebody sent, or what was made of them, where a backup was made just in between.

    Raises PhotoRefused.
    """
    for key in (upload_key(photo.key), master_key(photo.key)):
        with suppress(NotStoredError):
            return shop.storage.get(key)
    raise PhotoRefused("lost")


def _count(shop: Workshop, photo: Photo, attempts: int) -> None:
    with shop.database.write() as session:
        session.execute(update(Photo).where(Photo.id == photo.id).values(attempts=attempts))


def _hand_on(shop: Workshop, photo: Photo, state: PhotoState | None) -> None:
    """To the wall, to the host who looks first, or nowhere, when it was withdrawn meanwhile."""
    if state is None:
        shop.storage.delete_folder(photo_folder(photo.key))
    elif state is PhotoState.PREPARED:
        shop.jobs.place(photo.wall_id)
    else:
        shop.feed.publish(News(photo.wall_id, photo.attendee_id))


def _crop(photo: Photo) -> Crop | None:
    if photo.crop_x is None and photo.crop_y is None:
        return None
    return Crop(0.5 if photo.crop_x is None else photo.crop_x, 0.5 if photo.crop_y is None else photo.crop_y)


def _note_prepared(shop: Workshop, photo: Photo, prepared: Prepared, doubted: bool) -> PhotoState | None:
    """Note the descriptor and where the square was cut. The new state; None when the photo was withdrawn meanwhile."""
    with shop.database.write() as session:
        waits = doubted or _needs_a_look(session, photo)
        state = PhotoState.HELD if waits else PhotoState.PREPARED
        done = session.execute(
            update(Photo)
            .where(Photo.id == photo.id, Photo.state == PhotoState.RECEIVED)
            .values(
                state=state,
                descriptor=prepared.descriptor.astype("<f4").tobytes(),
                details=prepared.details.tobytes(),
                crop_x=prepared.crop.x,
                crop_y=prepared.crop.y,
                doubted=doubted,
                touched_at=time.time(),
            )
        )
        return state if done.rowcount else _state_now(session, photo.id)  # type: ignore[attr-defined]


def _state_now(session: Session, photo_id: int) -> PhotoState | None:
    """The state after another run of this job was faster; None when the photo is to go."""
    state = session.scalar(select(Photo.state).where(Photo.id == photo_id))
    return None if state in (None, PhotoState.WITHDRAWN, PhotoState.REFUSED) else state


def _needs_a_look(session: Session, photo: Photo) -> bool:
    person = session.get_one(Attendee, photo.attendee_id)
    event = session.get_one(Event, person.event_id)
    return photo.waits or not event.takes_photos or needs_look(session, event, person)


def _refuse(shop: Workshop, photo: Photo, reason: str) -> None:
    logger.info("photo %s refused: %s", photo.id, reason)
    with shop.database.write() as session:
        session.execute(
            update(Photo)
            .where(Photo.id == photo.id, Photo.state == PhotoState.RECEIVED)
            .values(state=PhotoState.REFUSED, refusal=reason, touched_at=time.time())
        )
    shop.storage.delete(upload_key(photo.key))
    shop.feed.publish(News(photo.wall_id, photo.attendee_id))


def erase(photo_id: int) -> None:
    """Remove every trace of a withdrawn photo, once no cell and no current picture shows it."""
    shop = workshop()
    with shop.database.read() as session:
        photo = session.get(Photo, photo_id)
        if photo is None or photo.state is not PhotoState.WITHDRAWN:
            return
        is_shown = _is_shown(session, photo)
    if is_shown:
        shop.jobs.place(photo.wall_id)  # which asks for this job again when it is done
        return
    shop.forget(photo_id)
    inside.forget_outdated(shop.database, shop.storage, photo.wall_id)
    shop.storage.delete(upload_key(photo.key))
    shop.storage.delete_folder(photo_folder(photo.key))
    with shop.database.write() as session:
        clean_from = left_at(session, photo.wall_id, photo_id)
        forget_patches(session, photo.wall_id, clean_from)
    delete_superseded(shop, photo.wall_id, older_than_seconds=0, patches_before=clean_from)
    with shop.database.write() as session:
        session.execute(delete(Photo).where(Photo.id == photo_id, Photo.state == PhotoState.WITHDRAWN))


def _is_shown(session: Session, photo: Photo) -> bool:
    """Whether a cell or a tile may still show it."""
    home = session.scalar(select(Placement.cell).where(Placement.photo_id == photo.id))
    return home is not None or session.get_one(Wall, photo.wall_id).tiles_pending
