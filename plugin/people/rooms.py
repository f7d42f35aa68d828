"""Which breakout room somebody is in: a short opaque name, the same for everybody there, "" in the main room.

A platform's launch says it (see plugin.platforms.identities). Whoever has no such client comes by the room's own link,
which those in the room pass on: its name cannot be guessed, and says nothing about the platform.
"""

import re
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people.admission import Arrival
from plugin.state.db import Database
from plugin.state.models import Attendee

NAME = re.compile(r"[0-9a-f]{16}")
MOST = 500  # of one room; more is a hall


def named(text: Any) -> str:
    """The room that a link names; "" for anything else."""
    return text if isinstance(text, str) and NAME.fullmatch(text) else ""


def come_to(database: Database, arrival: Arrival, wished: Any) -> None:
    """Whoever comes by a browser is in the room whose link they opened; without one they are in the main room. The
    second screen of somebody who is in a client leaves them where they are."""
    room, attendee = named(wished), arrival.attendee
    if attendee.room == room or (not room and attendee.platform != "web"):
        return
    with database.write() as session:
        session.get_one(Attendee, attendee.id).room = room
    attendee.room = room


def others_in(session: Session, attendee: Attendee) -> list[int]:
    """The others in somebody's room, those who came last first."""
    if not attendee.room:
        return []
    query = select(Attendee.id).where(
        Attendee.event_id == attendee.event_id, Attendee.room == attendee.room, Attendee.id != attendee.id
    )
    return list(session.scalars(query.order_by(Attendee.id.desc()).limit(MOST)))
