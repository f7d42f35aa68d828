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
from plugin.state.models import HOSTS, Attendee

PAIRING_SECONDS = 600
WINDOW_SECONDS = 60  # between the press in the panel and the window that opens


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


def take_the_window(
    database: Database, code: str, attendee_id: int, door_id: int, handed: str, screen: Screen, now: float
) -> Arrival:
    """The desk in a window of its own, opened from the panel of a host: the same person, by a door that they can close.

    `handed` is the sealed text that the panel got; it is good once. What may be done there is asked anew at each call,
    so it ends with the person's part as a host. Raises Refusal.
    """
    host = come_back(database, code, attendee_id, door_id)
    if (
        host is None
        or host.attendee.role not in HOSTS
        or not use_once(database, handed, now + WINDOW_SECONDS, now)
    ):
        raise spent_window()
    with database.write() as session:
        attendee = session.get_one(Attendee, host.attendee.id)
        role = doors.passes_on(host.attendee.role, attendee)
        parent_id = host.door_id or None
        door = doors.open_for(session, attendee, DoorKind.DESK, screen, role=role, parent_id=parent_id)
    return arrival_of(attendee, host.event, door)


def spent_window() -> Refusal:
    return Refusal(410, "spent_window", "Open your desk from the panel once more: this link was good once.")


def spent() -> Refusal:
    return Refusal(
        410,
        "spent_pairing",
        "This code works once, for ten minutes. Show a new one on your computer, or go on here as a guest.",
    )
