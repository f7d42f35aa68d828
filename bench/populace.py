"""People with photos on a wall, put straight into the service's database, for benches that are not about pixels."""

import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people.codes import digest, new_code
from plugin.state.db import Database
from plugin.state.models import Assurance, Attendee, Event, Photo, PhotoState, Placement, Wall


@dataclass(frozen=True)
class Member:
    attendee_id: int
    photo_id: int


def open_event(database: Database) -> tuple[int, str, str]:
    """(event id, join code, host key) of a new event with an empty wall."""
    host_key = secrets.token_urlsafe(24)
    with database.write() as session:
        event = Event(code=new_code(), name="Bench", prompt="What for?", host_key_digest=digest(host_key))
        session.add(event)
        session.flush()
        session.add(Wall(event_id=event.id, media_key=secrets.token_hex(16), target_source="sunrise"))
        return event.id, event.code, host_key


def settle(database: Database, event_id: int, people: Sequence[tuple[str, str]], now: float) -> list[Member]:
    """Put people (name, story) on the event's wall, who joined at `now`."""
    with database.write() as session:
        wall = session.scalars(select(Wall).where(Wall.event_id == event_id)).one()
        attendees = [
            Attendee(
                event_id=event_id,
                platform="web",
                tenant="",
                user_id=f"guest-{secrets.token_hex(8)}",
                assurance=Assurance.GUEST,
                name=name,
                joined_at=now,
            )
            for name, _ in people
        ]
        session.add_all(attendees)
        session.flush()
        photos = [
            Photo(
                wall_id=wall.id,
                attendee_id=attendee.id,
                key=secrets.token_hex(16),
                idempotency_key=secrets.token_hex(8),
                state=PhotoState.PLACED,
                staged=True,  # nothing waits for a job, which would find no files of this wall
                story=story,
                prompt="What for?",
            )
            for attendee, (_, story) in zip(attendees, people, strict=True)
        ]
        session.add_all(photos)
        session.flush()
        _place(session, wall, [photo.id for photo in photos])
    return [Member(attendee.id, photo.id) for attendee, photo in zip(attendees, photos, strict=True)]


def _place(session: Session, wall: Wall, photo_ids: list[int]) -> None:
    """Homes strewn over the grid by a step that comes to every cell once."""
    if not wall.columns:
        wall.columns, wall.rows, wall.generation = 240, 180, 1
        wall.cells = bytes(4 * wall.columns * wall.rows)
    size = wall.columns * wall.rows
    cells = list(struct.unpack(f"<{size}I", wall.cells))
    for number, photo_id in enumerate(photo_ids, wall.count):
        cell = number * 17_389 % size
        cells[cell] = photo_id
        session.add(Placement(wall_id=wall.id, cell=cell, photo_id=photo_id))
    wall.cells = struct.pack(f"<{size}I", *cells)
    wall.count += len(photo_ids)
    wall.revision += 1
