"""So that one person with a script does not fill a wall: what one address may bring to an event before a host looks.

It is counted for people without a platform's proof only. Nothing is refused: photos beyond it wait for the host, and
with them the hellos of whoever sent them, for a hello needs a photo on the wall. While no host is here, they come to
the wall one after the other by themselves.

A conference sits behind one address, so numbers alone say little. What a script does and a hall full of people does
not: scores of guests whose photo comes within seconds of their joining, while nobody beside them is still choosing one.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from plugin.state.db import Database
from plugin.state.models import HOSTS, Assurance, Attendee, Event, Photo, PhotoState, Wall
from plugin.state.presence import Presence
from plugin.state.queue import Jobs

HOUR_SECONDS = 3600.0
HASTY_SECONDS = 20.0  # few people choose a photo, write a line and send both in less
DRAIN_SECONDS = 10.0  # between two photos that come to a wall by themselves
AT_ONCE = 500


@dataclass(frozen=True)
class Budget:
    """Of one address and event. `guests_an_hour`: new guests. `photos_at_once`: hasty photos, see is_over."""

    guests_an_hour: int = 3000
    photos_at_once: int = 60


def network_mark(secret: str, code: str, network: str) -> bytes:
    """A digest of the network that somebody comes from, worth nothing without our secret or for another event."""
    key = hashlib.blake2b(secret.encode(), digest_size=32, person=b"mosaic-network").digest()
    return hashlib.blake2b(f"{code} {network}".encode(), key=key, digest_size=16).digest()


def must_wait(session: Session, budget: Budget, person: Attendee, now: float) -> bool:
    """Whether a photo that this person sends now waits for a look."""
    if person.role in HOSTS:
        return False
    return person.waits or (_is_counted(session, person) and is_over(session, budget, person, now))


def _is_counted(session: Session, person: Attendee) -> bool:
    """Somebody who is on the wall already fills no more of it with another photo."""
    if person.assurance is not Assurance.GUEST or person.came_from is None:
        return False
    placed = select(Photo.id).where(Photo.attendee_id == person.id, Photo.state == PhotoState.PLACED)
    return session.execute(placed.limit(1)).first() is None


def is_over(session: Session, budget: Budget, person: Attendee, now: float) -> bool:
    """Whether a guest's address has used up its budget.

    One part of it are new guests in an hour, counted by who came before. The other are hasty photos: in the last 20
    seconds, by guests who had just joined. It grows by each neighbour who joined earlier and has sent none yet.
    """
    beside = (
        Attendee.event_id == person.event_id,
        Attendee.came_from == person.came_from,
        Attendee.id != person.id,
    )
    before = select(func.count()).where(
        *beside, Attendee.joined_at > person.joined_at - HOUR_SECONDS, Attendee.id < person.id
    )
    if (session.scalar(before) or 0) >= budget.guests_an_hour:
        return True
    if person.joined_at <= now - HASTY_SECONDS:
        return False
    has_photo = exists().where(Photo.attendee_id == Attendee.id, Photo.state != PhotoState.WITHDRAWN)
    hasty = select(func.count()).where(*beside, Attendee.joined_at > now - HASTY_SECONDS, has_photo)
    choosing = select(func.count()).where(
        *beside,
        Attendee.joined_at <= now - HASTY_SECONDS,
        Attendee.joined_at > now - HOUR_SECONDS,
        ~has_photo,
    )
    drawn = session.scalar(hasty) or 0
    if drawn < budget.photos_at_once:
        return False
    return drawn >= budget.photos_at_once + (session.scalar(choosing) or 0)


def drain(database: Database, jobs: Jobs, presence: Presence, now: float) -> int:
    """Let the photo that waits longest come to each wall without a host at hand; returns how many."""
    oldest = (
        select(func.min(Photo.id), Photo.wall_id, Wall.event_id)
        .join(Attendee, Attendee.id == Photo.attendee_id)
        .join(Wall, Wall.id == Photo.wall_id)
        .join(Event, Event.id == Wall.event_id)
        .where(
            Photo.state == PhotoState.HELD,
            Photo.waits,
            Attendee.waits.is_(False),
            Event.reviewed.is_(False),
            Photo.touched_at < now - DRAIN_SECONDS,
        )
        .group_by(Photo.wall_id, Wall.event_id)
        .limit(AT_ONCE)
    )
    with database.read() as session:
        due = [
            (photo_id, wall_id)
            for photo_id, wall_id, event_id in session.execute(oldest).all()
            if not _has_host_at_hand(session, presence, event_id, now)
        ]
    for photo_id, wall_id in due:
        with database.write() as session:
            session.execute(
                update(Photo)
                .where(Photo.id == photo_id, Photo.state == PhotoState.HELD)
                .values(state=PhotoState.PREPARED, touched_at=now)
            )
        jobs.place(wall_id)
    return len(due)


def _has_host_at_hand(session: Session, presence: Presence, event_id: int, now: float) -> bool:
    """Nobody is known to be here when nobody was for minutes, or Redis came back empty half a minute ago."""
    here = presence.here(event_id, now) or set()
    hosts = session.scalars(
        select(Attendee.id).where(Attendee.event_id == event_id, Attendee.role.in_(HOSTS))
    )
    return not here.isdisjoint(hosts)
