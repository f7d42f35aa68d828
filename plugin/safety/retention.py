"""Use case: an event that had its time is deleted with everything in it.

Its time is counted from the last sign of life: somebody joined, a photo came, the wall changed, or a line was said. A
wall that was prepared long before its event has none: while its registrations are read and nobody but its hosts came,
it waits, for a year at most.
Files go before rows, so that a fault in between leaves a row that is tried again and not a file that nobody knows of.
"""

import logging

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session

from plugin.people.profiles import forget_picture
from plugin.people.visibility import in_parts
from plugin.safety import evidence
from plugin.state import agenda, decisions, doors, encounters, erasures, finish, registrations
from plugin.state.base import Base
from plugin.state.db import Database
from plugin.state.encounters import Hello, Report
from plugin.state.finish import Print
from plugin.state.keys import is_upload, logo_key, photo_folder, upload_key, wall_folder
from plugin.state.models import Attendee, Change, Event, Photo, Role, Wall
from plugin.state.platform_models import Meeting, Suggestion
from plugin.state.registrations import Source
from plugin.state.storage import Storage

logger = logging.getLogger(__name__)

DAY_SECONDS = 86_400.0
LONGEST_WAIT_SECONDS = 366 * DAY_SECONDS
AT_ONCE = 10

assert agenda and decisions and doors and encounters and finish and registrations  # noqa: S101, PT018 - their tables belong to events too


def expired(database: Database, before: float) -> list[int]:
    """Events without a sign of life since then."""
    signs = (
        select(Attendee.event_id, func.max(Attendee.joined_at).label("at")).group_by(Attendee.event_id),
        select(Wall.event_id, func.max(Photo.touched_at).label("at"))
        .join(Photo, Photo.wall_id == Wall.id)
        .group_by(Wall.event_id),
        select(Wall.event_id, func.max(Change.changed_at).label("at"))
        .join(Change, Change.wall_id == Wall.id)
        .group_by(Wall.event_id),
        select(Hello.event_id, func.max(Hello.touched_at).label("at")).group_by(Hello.event_id),
    )
    query = select(Event.id).where(Event.created_at < before, ~_is_awaited(before))
    with database.read() as session:
        for sign in signs:
            newest = sign.subquery()
            alive = select(newest.c.event_id).where(newest.c.at >= before)
            query = query.where(Event.id.not_in(alive))
        return list(session.scalars(query.order_by(Event.id).limit(AT_ONCE)))


def _is_awaited(before: float) -> ColumnElement[bool]:
    """Whether people are expected at an event to which nobody came so far. Reading goes on after an event too, so it
    alone says nothing."""
    is_read = select(Source.id).where(Source.event_id == Event.id, Source.read_at >= before)
    came = select(Attendee.id).where(Attendee.event_id == Event.id, Attendee.role == Role.ATTENDEE)
    return and_(Event.created_at >= before - LONGEST_WAIT_SECONDS, is_read.exists(), ~came.exists())


def purge(database: Database, storage: Storage, before: float) -> int:
    """Delete the events without a sign of life since then; returns how many."""
    events = expired(database, before)
    for event_id in events:
        delete_event(database, storage, event_id)
        logger.info("event %s had its time and is deleted", event_id)
    return len(events)


def delete_event(database: Database, storage: Storage, event_id: int) -> None:
    """Delete an event with everything in it."""
    _delete_files(database, storage, event_id)
    with database.write() as session:
        erasures.note_event(session, event_id)
        _delete_rows(session, event_id)


def _delete_files(database: Database, storage: Storage, event_id: int) -> None:
    with database.read() as session:
        wall = session.scalars(select(Wall).where(Wall.event_id == event_id)).one()
        photo_keys = session.scalars(select(Photo.key).where(Photo.wall_id == wall.id)).all()
        made = session.scalars(select(Print).where(Print.wall_id == wall.id)).all()
        event = session.get_one(Event, event_id)
    for key in photo_keys:
        storage.delete(upload_key(key))
        storage.delete_folder(photo_folder(key))
    for each in made:
        storage.delete(each.storage_key)
    _delete_side_pictures(database, storage, event_id)
    if event.logo:
        storage.delete(logo_key(event.logo))
    for source in (wall.target_source, wall.target_wished or "", event.logo_wished or ""):
        if is_upload(source):
            storage.delete(source)
    storage.delete_folder(wall_folder(wall.media_key))


def _delete_side_pictures(database: Database, storage: Storage, event_id: int) -> None:
    """The copies in reports, and what platforms suggested."""
    with database.read() as session:
        reported = session.scalars(select(Report.picture_key).where(Report.event_id == event_id)).all()
        suggested = session.scalars(
            select(Suggestion.picture_key).join(Attendee).where(Attendee.event_id == event_id)
        ).all()
    evidence.forget_pictures(storage, [key for key in reported if key])
    for key in suggested:
        forget_picture(storage, key)


def _delete_rows(session: Session, event_id: int) -> None:
    """Every row that hangs on the event, those that hang on others first; ties that may be cut are cut."""
    wall_ids = select(Wall.id).where(Wall.event_id == event_id)
    owners = {
        "events": {event_id},
        "walls": set(session.scalars(wall_ids)),
        "attendees": set(session.scalars(select(Attendee.id).where(Attendee.event_id == event_id))),
        "photos": set(session.scalars(select(Photo.id).where(Photo.wall_id.in_(wall_ids)))),
    }
    for table in reversed(Base.metadata.sorted_tables):
        for column in table.columns:
            for key in column.foreign_keys:
                ids = owners.get(key.column.table.name)
                # A meeting outlives the event that it was attached to.
                cut = table.name == Meeting.__tablename__
                for some in in_parts(ids or ()):
                    statement = update(table).values({column: None}) if cut else delete(table)
                    session.execute(statement.where(column.in_(some)))
    session.execute(delete(Event).where(Event.id == event_id))
