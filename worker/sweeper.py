"""Finds what stayed undone, because Redis lost its jobs or a worker died, and asks for it again; and tidies up."""

import logging
import time
from collections.abc import Callable, Iterable

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from plugin.people import photos
from plugin.people.floods import DRAIN_SECONDS, drain
from plugin.safety import forgetting, retention
from plugin.state import erasures
from plugin.state.db import DatabaseBusyError
from plugin.state.decisions import UNDO_SECONDS
from plugin.state.keys import UPLOADS, upload_key
from plugin.state.measures import note_processor
from plugin.state.models import Attendee, Event, Photo, PhotoState, Placement, Wall, on_stage
from plugin.state.platform_models import UsedTicket
from plugin.state.storage import StorageError
from plugin.wall import prints, recaps, revealing
from plugin.wall.offers import is_quick
from worker.waiting import OFF_THE_WALL
from worker.wallfiles import delete_superseded
from worker.workshop import Workshop

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
PATIENCE_SECONDS = 5.0  # how long work may take before it counts as forgotten
TIDY_SECONDS = 60.0
PICTURE_GRACE_SECONDS = 60.0  # a panel may still be fetching what it was told of
UPLOAD_GRACE_SECONDS = 3600.0
HALVES_GRACE_SECONDS = 600.0  # no write takes as long
QUIET_SECONDS = 4.0  # since a wall's last change; so its echoes are bettered every few seconds at most
AT_ONCE = 500
PASSING = (
    DBAPIError,
    DatabaseBusyError,
    StorageError,
)  # a part is not there: where in our code we noticed is no news

IS_WISHED_OTHERWISE = or_(
    Wall.target_opened != Wall.target_used,
    Wall.prepared_wished != Wall.prepared,
    Wall.tint_wished != Wall.tint,
    Wall.reveal_wished != Wall.revealed,
    Wall.once_wished != Wall.once,
    Wall.whole_wished != Wall.whole,
)


def run(shop: Workshop, retention_days: int) -> None:
    """Sweep for ever, also while the database or the storage is gone."""
    tidied = drained = 0.0
    while True:
        _or_say("asking again", lambda: _ask_again(shop))
        _or_say("keeping who was erased", lambda: erasures.keep(shop.database, shop.storage, time.time()))
        if time.monotonic() - drained > DRAIN_SECONDS:
            drained = time.monotonic()
            _or_say("letting come what waits", lambda: _drain(shop))
        if time.monotonic() - tidied > TIDY_SECONDS:
            tidied = time.monotonic()
            _or_say("tidying up", lambda: _tidy_all(shop, retention_days))
            _or_say("tidying the register", lambda: erasures.tidy(shop.database, shop.storage, time.time()))
        shop.jobs.sign("sweep")
        note_processor("sweep")
        time.sleep(SWEEP_SECONDS)


def _or_say(what: str, act: Callable[[], object]) -> None:
    """A fault in one must never keep the other from being done, nor from being tried again."""
    try:
        act()
    except PASSING as error:
        logger.warning("%s failed; it is tried again (%s)", what, type(error).__name__)
    except Exception:
        logger.exception("%s failed; it is tried again", what)


def _ask_again(shop: Workshop) -> None:
    asked = sweep(shop, time.time() - PATIENCE_SECONDS)
    if asked:
        logger.info("asked again for %s jobs", asked)
    improve_quiet_walls(shop, time.time() - QUIET_SECONDS)


def _drain(shop: Workshop) -> None:
    drain(shop.database, shop.jobs, shop.presence, time.time())


def _tidy_all(shop: Workshop, retention_days: int) -> None:
    tidy(shop, time.time())
    retention.purge(shop.database, shop.storage, time.time() - retention_days * retention.DAY_SECONDS)


def sweep(shop: Workshop, before: float) -> int:
    """Ask again for every job that was due before that time and is not under way; returns how many."""
    with shop.database.read() as session:
        due = {
            "prepare": _photos_in(session, PhotoState.RECEIVED, before),
            "erase": _photos_in(session, PhotoState.WITHDRAWN, before),
            "place": _walls_to_place(session, before),
            "open_wall": _walls_to_open(session),
            "clean_logo": _logos_to_clean(session),
            "rehearse": revealing.unrehearsed(session),
        }
        kinds = prints.undone(session, before)
    ask = {
        "prepare": shop.jobs.prepare,
        "erase": shop.jobs.erase,
        "place": shop.jobs.place_again,
        "open_wall": shop.jobs.open_wall,
        "clean_logo": shop.jobs.clean_logo,
        "rehearse": shop.jobs.rehearse,
    }
    asked = sum(ask[name](row_id) for name, ids in due.items() for row_id in _forgotten(shop, name, ids))
    asked += recaps.keep_up(shop.database, shop.jobs, time.time())
    for print_id in _forgotten(shop, "make_print", kinds):
        asked += shop.jobs.make_print(print_id, quick=is_quick(kinds[print_id]))
    return asked


def _forgotten(shop: Workshop, job: str, ids: Iterable[int]) -> list[int]:
    """Those for which no such job is under way."""
    return [row_id for row_id in ids if not shop.jobs.is_under_way(job, row_id)]


def improve_quiet_walls(shop: Workshop, before: float) -> int:
    """Ask for a little improving of walls that have not changed since, and to which nobody is coming."""
    coming = select(Photo.wall_id).where(Photo.state.in_((PhotoState.RECEIVED, PhotoState.PREPARED)))
    quiet = select(Wall.id).where(
        Wall.improvable, ~Wall.tiles_pending, Wall.changed_at < before, Wall.id.not_in(coming)
    )
    with shop.database.read() as session:
        wall_ids = session.scalars(quiet.limit(AT_ONCE)).all()
    return sum(shop.jobs.improve(wall_id) for wall_id in _forgotten(shop, "improve", wall_ids))


def _photos_in(session: Session, state: PhotoState, before: float) -> list[int]:
    query = select(Photo.id).where(Photo.state == state, Photo.touched_at < before)
    return list(session.scalars(query.order_by(Photo.id).limit(AT_ONCE)))


def _walls_to_place(session: Session, before: float) -> list[int]:
    """Walls on which a photo waits for its cell, the stage or a wish for its turn, or tiles for their drawing."""
    waiting = (
        select(Photo.wall_id)
        .join(Attendee)
        .join(Event, Event.id == Attendee.event_id)
        .where(
            Photo.touched_at < before,
            or_(
                Photo.state == PhotoState.PREPARED,
                (Photo.state == PhotoState.PLACED) & (Photo.staged != on_stage()),
                (Photo.state == PhotoState.PLACED) & (Photo.whole != Attendee.only_whole),
                Photo.state.in_(OFF_THE_WALL) & Photo.id.in_(select(Placement.photo_id)),
            ),
        )
    )
    opened = or_(Wall.columns > 0, Wall.target_opened > 0)
    query = select(Wall.id).where(opened, or_(Wall.tiles_pending, IS_WISHED_OTHERWISE, Wall.id.in_(waiting)))
    return list(session.scalars(query.limit(AT_ONCE)))


def _walls_to_open(session: Session) -> list[int]:
    query = select(Wall.id).where(Wall.target_wished.is_not(None))
    return list(session.scalars(query.limit(AT_ONCE)))


def _logos_to_clean(session: Session) -> list[int]:
    query = select(Event.id).where(Event.logo_wished.is_not(None))
    return list(session.scalars(query.limit(AT_ONCE)))


def tidy(shop: Workshop, now: float) -> int:
    """Delete superseded pictures, uploads that belong to nobody, and used tickets that have expired."""
    with shop.database.write() as session:
        session.execute(delete(UsedTicket).where(UsedTicket.expires_at < now))
    with shop.database.read() as session:
        walls = session.scalars(select(Wall.id).where(Wall.columns > 0)).all()
    deleted = sum(delete_superseded(shop, wall_id, PICTURE_GRACE_SECONDS) for wall_id in walls)
    deleted += shop.storage.forget_halves(now - HALVES_GRACE_SECONDS)
    deleted += prints.tidy(shop.database, shop.storage, now)
    for photo_id in photos.withdraw_hidden(shop.database, now - UNDO_SECONDS):
        shop.jobs.erase(photo_id)
    forgetting.bury(shop.database)
    return deleted + _forget_lost_uploads(shop, now - UPLOAD_GRACE_SECONDS)


def _forget_lost_uploads(shop: Workshop, before: float) -> int:
    """Uploads whose request died before its row was written: the sender never got an answer and sent again."""
    old = [name for name, written_at in shop.storage.names(UPLOADS).items() if written_at < before]
    if not old:
        return 0
    with shop.database.read() as session:
        received = session.scalars(select(Photo.key).where(Photo.state == PhotoState.RECEIVED))
        waiting = {upload_key(key) for key in received}
        for wished in (Wall.target_wished, Event.logo_wished):
            waiting |= set(session.scalars(select(wished).where(wished.is_not(None))))
    lost = [upload_key(name) for name in old if upload_key(name) not in waiting]
    for key in lost:
        shop.storage.delete(key)
    return len(lost)
