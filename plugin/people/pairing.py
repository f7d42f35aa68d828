"""Use case: a second device speaks for somebody, because their panel showed it a code.

A pairing works once and for ten minutes. It says nothing but whose it is, so it cannot outlive the person.
"""

from plugin.people.admission import Arrival, come_back, use_once
from plugin.people.refusal import Refusal
from plugin.state.db import Database

PAIRING_SECONDS = 600


def pair(database: Database, code: str, attendee_id: int, nonce: str, now: float) -> Arrival | None:
    """The person a pairing speaks for; None when they or their event are gone. Raises Refusal (410) the second time."""
    arrival = come_back(database, code, attendee_id)
    if arrival is not None and not use_once(database, f"pairing:{nonce}", now + PAIRING_SECONDS, now):
        raise spent()
    return arrival


def spent() -> Refusal:
    return Refusal(
        410,
        "spent_pairing",
        "This code works once, for ten minutes. Show a new one on your computer, or go on here as a guest.",
    )
