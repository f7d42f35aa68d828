"""Use cases of a screen that does not know its viewer: it shows a short code, and a device that is known already says
whose it is.

Somebody may be talked into typing a stranger's code. So the device that confirms shows what asks and what it gets, and
a number has to be picked that stands on that screen alone: one wrong choice ends it. It works once, for two minutes.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people.admission import attendee_of
from plugin.people.codes import keyed_digest, new_code, normal_code
from plugin.people.cohosts import HOST_LINK
from plugin.people.doors import Screen
from plugin.people.refusal import Refusal
from plugin.state.db import HELD, Database
from plugin.state.doors import Pairing, PairingState
from plugin.state.models import Assurance, Attendee, Event, Photo, PhotoState

PAIRING_SECONDS = 120
KEPT_SECONDS = 600.0  # so that a screen is told that its code is over
CHOICES = 3
LOWEST, HIGHEST = 10, 99


@dataclass(frozen=True)
class Asked:
    """What the screen shows."""

    id: int
    code: str
    number: int


def over() -> Refusal:
    return Refusal(
        410,
        "over_pairing",
        "This code has run out, or was used. Let the other screen show a new one, and type that.",
    )


def at_the_desk() -> Refusal:
    return Refusal(
        409,
        "desk",
        "You are here by the host link, which may be several people’s. Open the wall as yourself first.",
    )


def ask(
    database: Database,
    secret: str,
    attendee: Attendee,
    door_id: int,
    screen: Screen,
    network: bytes | None,
) -> Asked:
    """A screen asks whose it is; what it asked before is over. Raises Refusal."""
    for _ in range(3):
        try:
            return _ask(database, secret, attendee, door_id, screen, network)
        except IntegrityError:  # somebody's screen shows this code just now
            continue
    raise Refusal(503, "busy", "Please try again in a moment.")


def _ask(
    database: Database, secret: str, attendee: Attendee, door_id: int, screen: Screen, network: bytes | None
) -> Asked:
    now = time.time()
    code = new_code()
    choices = secrets.SystemRandom().sample(range(LOWEST, HIGHEST + 1), CHOICES)
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        if me.user_id == HOST_LINK:
            raise at_the_desk()
        session.execute(
            delete(Pairing).where((Pairing.asker_id == me.id) | (Pairing.expires_at < now - KEPT_SECONDS))
        )
        row = Pairing(
            event_id=me.event_id,
            asker_id=me.id,
            asker_door_id=door_id or None,
            digest=digest_of(secret, me.event_id, code),
            number=choices[0],
            choices=",".join(str(each) for each in sorted(choices)),
            system=screen.system,
            in_client=screen.in_client,
            device=screen.device,
            network=network,
            expires_at=now + PAIRING_SECONDS,
        )
        session.add(row)
        session.flush()
        return Asked(row.id, code, row.number)


def digest_of(secret: str, event_id: int, code: str) -> bytes:
    return keyed_digest(secret, f"screen {event_id}", normal_code(code))


def open_pairing(session: Session, event_id: int, digest: bytes) -> Pairing:
    """Raises Refusal (410)."""
    found = session.scalar(select(Pairing).where(Pairing.digest == digest).with_for_update(**HELD))
    if (
        found is None
        or found.event_id != event_id
        or found.state is not PairingState.OPEN
        or found.expires_at < time.time()
    ):
        raise over()
    return found


def look(database: Database, attendee: Attendee, digest: bytes, network: bytes | None) -> dict[str, Any]:
    """What somebody has to know before they confirm: what asks, where, and what it gets. Raises Refusal."""
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        found = open_pairing(session, me.event_id, digest)
        asker = session.get_one(Attendee, found.asker_id)
        refuse_nobody(session, me, asker)
        event = session.get_one(Event, me.event_id)
        return {
            "event": event.name,
            "system": found.system,
            "in_client": found.in_client,
            "same_network": network is not None and network == found.network,
            "becomes_one": asker.id != me.id and has_given(session, asker),
            "choices": [int(each) for each in found.choices.split(",")],
        }


def refuse_nobody(session: Session, me: Attendee, asker: Attendee) -> None:
    """Only somebody can say who they are. Raises Refusal."""
    if me.user_id == HOST_LINK:
        raise at_the_desk()
    if me.id != asker.id and not is_somebody(session, me) and not is_somebody(session, asker):
        raise Refusal(
            409,
            "not_known",
            "This device does not know you either. Open your personal link here or add your photo first, then type the "
            "code again.",
        )


def is_somebody(session: Session, attendee: Attendee) -> bool:
    """Whether anything is known of them: a proof, a name or a photo."""
    return attendee.assurance is not Assurance.GUEST or bool(attendee.name) or has_given(session, attendee)


def has_given(session: Session, attendee: Attendee) -> bool:
    given = select(Photo.id).where(Photo.attendee_id == attendee.id, Photo.state != PhotoState.WITHDRAWN)
    return attendee.assurance is not Assurance.GUEST or session.execute(given.limit(1)).first() is not None


def refuse(database: Database, attendee: Attendee, digest: bytes) -> int:
    """Somebody does not know the screen that asks. Returns whose it is. Raises Refusal."""
    with database.write() as session:
        found = open_pairing(session, attendee.event_id, digest)
        found.state = PairingState.OVER
        return found.asker_id


def outcome(database: Database, pairing_id: int) -> tuple[int, int] | None:
    """(whose the screen is, by which door), once somebody has said so; None before. Raises Refusal when it is over."""
    with database.read() as session:
        found = session.get(Pairing, pairing_id)
    if found is None or found.state is PairingState.OVER:
        raise over()
    if found.state is PairingState.CONFIRMED and found.attendee_id is not None:
        return found.attendee_id, found.door_id or 0
    if found.expires_at < time.time():
        raise over()
    return None
