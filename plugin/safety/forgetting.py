"""Use cases of forgetting: everything that is a person's goes, everywhere.

What can go at once goes in one transaction: tokens, name, lines, hellos, whatever else refers to them. Their photos
leave the wall the way every withdrawn photo does, because the picture must be drawn again without them; the empty row
that stands for the person until then is buried when the last photo is gone.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from plugin.people import profiles
from plugin.people.admission import ERASED
from plugin.people.codes import opener_digest
from plugin.people.photos import withdraw_rows
from plugin.safety import evidence
from plugin.state import decisions, doors, encounters, erasures, registrations
from plugin.state.base import Base
from plugin.state.db import Database
from plugin.state.doors import Door
from plugin.state.encounters import Block
from plugin.state.erasures import NO_WALL, Erased
from plugin.state.finish import Print
from plugin.state.models import Assurance, Attendee, Event, Photo, PhotoState, Reachability, Role, StageChoice
from plugin.state.platform_models import Installation, Setup, Suggestion
from plugin.state.queue import Jobs
from plugin.state.storage import Storage
from plugin.wall import inside, prints

assert decisions and doors and encounters and registrations  # noqa: S101, PT018 - their tables refer to people too
LEAVE_BY_THEMSELVES = frozenset({Photo.__tablename__, Print.__tablename__})


def attendees_of(database: Database, platform: str, tenant: str, user_id: str) -> list[Attendee]:
    """A platform's user in every event they are in, by whatever other identity they are there too."""
    with database.read() as session:
        own = select(Attendee).where(
            Attendee.platform == platform,
            Attendee.tenant == tenant,
            Attendee.user_id == user_id,
            Attendee.assurance == Assurance.PROVED,
        )
        one_of_several = (
            select(Attendee)
            .join(Door, Door.attendee_id == Attendee.id)
            .where(Door.platform == platform, Door.tenant == tenant, Door.user_id == user_id)
        )
        return [*session.scalars(own), *session.scalars(one_of_several)]


def forget_consents(database: Database, platform: str, tenant: str, user_id: str) -> None:
    """Forget the tokens of a platform's user, and which events they opened or set a place up for."""
    with database.write() as session:
        opener = opener_digest(platform, tenant, user_id)
        erasures.note(session, Erased.CONSENTS, NO_WALL, [opener.hex()])
        for table in (Installation, Setup):
            session.execute(
                delete(table).where(
                    table.platform == platform, table.tenant == tenant, table.user_id == user_id
                )
            )
        session.execute(update(Event).where(Event.opener == opener).values(opener=None))


@dataclass(frozen=True)
class Left:
    """What is still to be done about photos of somebody who was forgotten, by ids."""

    walls: frozenset[int] = frozenset()  # that show one
    photos: tuple[int, ...] = ()  # that no wall shows


def forget_attendee(database: Database, storage: Storage, jobs: Jobs, attendee_id: int) -> None:
    """Forget somebody in one event. May run twice."""
    left = forget_rows(database, storage, attendee_id)
    for photo_id in left.photos:
        jobs.erase(photo_id)
    for wall_id in left.walls:
        jobs.place_again(wall_id)


def forget_rows(database: Database, storage: Storage, attendee_id: int) -> Left:
    """The same without asking for jobs; the sweeper would ask for them, too.

    Files that only a row knows of go before it, so that a fault in between leaves a row and not a file.
    """
    with database.read() as session:
        attendee = session.get(Attendee, attendee_id)
    if attendee is None:
        return Left()
    _forget_files(database, storage, attendee)
    with database.write() as session:
        attendee = session.get(Attendee, attendee_id)
        if attendee is None:
            return Left()
        erasures.note_people(session, attendee.event_id, [attendee_id])
        placed = _photos(session, attendee_id, [PhotoState.PLACED])
        others = _photos(session, attendee_id, [each for each in PhotoState if each is not PhotoState.PLACED])
        withdraw_rows(session, [photo.id for photo in (*placed, *others)])
        evidence.forget(session, attendee_id)
        _forget_setups(session, attendee)
        empty(attendee)
        _forget_what_refers_to(session, attendee_id)
    walls = frozenset(photo.wall_id for photo in placed)
    for wall_id in walls:
        inside.forget_outdated(database, storage, wall_id)
    return Left(walls, tuple(photo.id for photo in others))


def _forget_files(database: Database, storage: Storage, attendee: Attendee) -> None:
    """The suggested picture, the copies in reports, the keepsake; photos are the jobs' business."""
    with database.read() as session:
        suggestion = session.get(Suggestion, attendee.id)
        evidence_keys = evidence.keys_about(session, attendee.id)
    profiles.forget_picture(storage, suggestion.picture_key if suggestion is not None else None)
    evidence.forget_pictures(storage, evidence_keys)
    prints.give_up_keepsake(database, storage, attendee)


def _photos(session: Session, attendee_id: int, states: Sequence[PhotoState]) -> list[Photo]:
    query = select(Photo).where(Photo.attendee_id == attendee_id, Photo.state.in_(states))
    return list(session.scalars(query))


def _forget_what_refers_to(session: Session, attendee_id: int) -> None:
    """Delete every row that belongs to the person, and cut the other ties to them, whatever table they are in.

    What the schema says about deleting a person decides between the two, so that a new table needs nothing here.
    """
    session.flush()
    for table in Base.metadata.sorted_tables:
        if table.name in LEAVE_BY_THEMSELVES:
            continue
        for column in table.columns:
            for key in column.foreign_keys:
                if key.column.table.name == Attendee.__tablename__:
                    is_tie = key.ondelete == "SET NULL"
                    statement = update(table).values({column: None}) if is_tie else delete(table)
                    session.execute(statement.where(column == attendee_id))
    # A block that holds for a browser stays with the one who made it; of others there is nothing left to say.
    session.execute(delete(Block).where(Block.blocked_id.is_(None), Block.device.is_(None)))


def _forget_setups(session: Session, attendee: Attendee) -> None:
    """What they set up for this event and nobody has agreed to yet."""
    if attendee.assurance is not Assurance.PROVED:
        return
    theirs = (
        Setup.event_id == attendee.event_id,
        Setup.platform == attendee.platform,
        Setup.tenant == attendee.tenant,
        Setup.user_id == attendee.user_id,
    )
    session.execute(delete(Setup).where(*theirs))


def empty(attendee: Attendee) -> None:
    """Take everything out of a row that is a person's."""
    attendee.user_id = f"{ERASED}{secrets.token_hex(16)}"
    attendee.tenant = attendee.name = attendee.title = attendee.room = ""
    attendee.email = attendee.contact = attendee.came_from = attendee.device = None
    attendee.assurance, attendee.role, attendee.appointed = Assurance.GUEST, Role.ATTENDEE, None
    attendee.reachability = Reachability.HIDDEN
    attendee.stage = StageChoice.NO
    attendee.in_keepsake = attendee.greeter = attendee.host_keeps = False


def is_forgotten(attendee: Attendee) -> bool:
    """Whether only the empty row is left."""
    return attendee.user_id.startswith(ERASED)


def bury(database: Database) -> int:
    """Delete the empty rows of people whose last photo is gone; returns how many.

    Those that still lead to somebody stay, and so does the newest row of all: a database may give its id once more, and
    whatever an erased person's devices keep would speak for a stranger.
    """
    with database.write() as session:
        has_photo = exists().where(Photo.attendee_id == Attendee.id)
        leads_on = exists().where(Door.former_id == Attendee.id)
        newest = select(func.max(Attendee.id)).scalar_subquery()
        gone = session.execute(
            delete(Attendee).where(
                Attendee.user_id.startswith(ERASED), ~has_photo, ~leads_on, Attendee.id < newest
            )
        )
        return int(gone.rowcount)  # type: ignore[attr-defined]
