"""Use case of the host: everything of somebody goes at once and for good. Asked once before, and never taken back."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people import devices
from plugin.people.refusal import Refusal
from plugin.safety import forgetting, reports
from plugin.state.db import Database
from plugin.state.models import HOSTS, Attendee, Photo, Wall
from plugin.state.queue import Jobs
from plugin.state.storage import Storage


def purge(
    database: Database, storage: Storage, jobs: Jobs, host: Attendee, photo_id: int
) -> tuple[Attendee, set[int]]:
    """Forget whoever gave that photo; whoever joins anew with their browser waits for the host's look.

    Returns who it was, and those whom it concerns. Raises Refusal.
    """
    with database.write() as session:
        person = _owner_of(session, host.event_id, photo_id)
        if person.role in HOSTS:
            raise Refusal(
                409, "is_host", "A host cannot be removed. You can pause them, or hide their photo."
            )
        devices.let_wait(session, person)
    concerned = reports.those_who_know(database, person)
    forgetting.forget_attendee(database, storage, jobs, person.id)
    return person, concerned


def _owner_of(session: Session, event_id: int, photo_id: int) -> Attendee:
    """Whether the photo is on the wall or waits. Raises Refusal."""
    person = session.scalar(
        select(Attendee)
        .join(Photo, Photo.attendee_id == Attendee.id)
        .join(Wall, Wall.id == Photo.wall_id)
        .where(Photo.id == photo_id, Wall.event_id == event_id)
    )
    if person is None:
        raise Refusal(404, "nobody", "This person is not here any more.")
    return person
