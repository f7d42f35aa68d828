"""What holds for a browser and not for one identity alone: a personal block, and a host's decision about somebody.

A page keeps a random value for each event, nothing that could be found out about the machine, and sends it when it
joins. We keep its digest until the event is deleted. Whoever clears the page's storage is a stranger again.
"""

import hashlib

from sqlalchemy import bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from plugin.state.encounters import Block, upsert_into
from plugin.state.models import HOSTS, Attendee, WaitingDevice

LONGEST = 100
BLOCKERS = select(Block.blocker_id).where(Block.device == bindparam("device"))
WAITING = exists().where(
    WaitingDevice.event_id == bindparam("event_id"), WaitingDevice.device == bindparam("device")
)
WHAT_HOLDS = select(BLOCKERS.exists(), WAITING)  # made once: everybody at the doors asks for it


def digest_of(event_id: int, value: str) -> bytes | None:
    """The digest of what a page sent, in this event; None where it sent nothing that we could have asked it to keep."""
    if not 16 <= len(value) <= LONGEST or not value.isascii():
        return None
    return hashlib.blake2b(f"{event_id} {value}".encode(), digest_size=16, person=b"mosaic-device").digest()


def recognise(session: Session, person: Attendee, device: bytes | None) -> None:
    """Somebody comes with this browser: what holds for it holds for them, and nobody is told."""
    if device is None or device == person.device:
        return
    if person.id is not None:  # nobody can have blocked somebody who has just come
        own = (Block.blocked_id == person.id) & Block.device.is_(None)
        session.execute(update(Block).where(own).values(device=device))
    person.device = device
    of_device = {"device": device}
    is_blocked, must_wait = session.execute(WHAT_HOLDS, {"event_id": person.event_id, **of_device}).one()
    if is_blocked:
        session.flush()  # a newcomer gets their id
        for blocker_id in session.scalars(BLOCKERS.distinct(), of_device).all():
            carry_block(session, blocker_id, person)
    if must_wait and person.role not in HOSTS:
        person.waits = True


def twins_of(session: Session, person: Attendee) -> list[Attendee]:
    """The other identities of a person's browser."""
    if person.device is None:
        return []
    query = select(Attendee).where(
        Attendee.event_id == person.event_id, Attendee.device == person.device, Attendee.id != person.id
    )
    return list(session.scalars(query))


def carry_block(session: Session, blocker_id: int, person: Attendee) -> None:
    """Let somebody's block hold for this identity too."""
    if blocker_id == person.id:
        return
    row = {"blocker_id": blocker_id, "blocked_id": person.id, "device": person.device, "carried": True}
    session.execute(upsert_into(session, Block).on_conflict_do_nothing(), [row])


def take_back(session: Session, block: Block) -> set[int]:
    """Delete a block with what was carried over from it; whom that frees."""
    same = (Block.device == block.device) if block.device is not None else (Block.id == block.id)
    mine = (Block.blocker_id == block.blocker_id) & same
    freed = {each for each in session.scalars(select(Block.blocked_id).where(mine)) if each is not None}
    session.execute(delete(Block).where(mine))
    return freed


def let_wait(session: Session, person: Attendee) -> None:
    """Whoever joins anew with this person's browser waits for the host, and so does who has joined already."""
    for twin in twins_of(session, person):
        twin.waits = twin.role not in HOSTS
    if person.device is not None:
        wait_with(session, person.event_id, person.device)


def wait_with(session: Session, event_id: int, device: bytes) -> None:
    """Whoever joins anew with this browser waits for the host."""
    row = {"event_id": event_id, "device": device}
    session.execute(upsert_into(session, WaitingDevice).on_conflict_do_nothing(), [row])


def let_in(session: Session, person: Attendee) -> None:
    """The host thought better of it."""
    for each in (person, *twins_of(session, person)):
        each.waits = False
    if person.device is not None:
        session.execute(
            delete(WaitingDevice).where(
                WaitingDevice.event_id == person.event_id, WaitingDevice.device == person.device
            )
        )
