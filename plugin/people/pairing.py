"""Use case: a second device speaks for somebody, because their panel showed it a code.

A pairing works once and for ten minutes. It says nothing but whose it is, so it cannot outlive the
person; and the phone is among the devices that they can disconnect.
"""

from plugin.people import doors
from plugin.people.admission import Arrival, arrival_of, come_back, use_once
from plugin.people.doors import Screen
from plugin.people.refusal import Refusal
from plugin.state.db import Database
from plugin.state.doors import DoorKind
from plugin.state.models import Attendee

PAIRING_SECONDS = 600


def pair(
    database: Database, code: str, attendee_id: int, door_id: int, nonce: str, screen: Screen, now: float
) -> Arrival | None:
    """The person a pairing speaks for; None when they or their event are gone. Raises Refusal (410) the second time.

    `door_id` is the door of the panel that showed it: the phone may do what that may, and goes with it.
    """
    shown = come_back(database, code, attendee_id, door_id)
    if shown is None:
        return None
    if not use_once(database, f"pairing:{nonce}", now + PAIRING_SECONDS, now):
        raise spent()
    with database.write() as session:
        attendee = session.get_one(Attendee, shown.attendee.id)
        role = doors.passes_on(shown.attendee.role, attendee)
        parent_id = shown.door_id or None
        door = doors.open_for(session, attendee, DoorKind.PHONE, screen, role=role, parent_id=parent_id)
    return arrival_of(attendee, shown.event, door)


def spent() -> Refusal:
    return Refusal(
        410,
        "spent_pairing",
        "This code works once, for ten minutes. Show a new one on your computer, or go on here as a guest.",
    )
