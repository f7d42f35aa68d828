"""Ways in to somebody beside their own identity: who comes by which, what they may do there, the list of them, and how
one is closed. Whoever came by a door that is closed is nobody any more, at their very next request."""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from plugin.people.refusal import Refusal
from plugin.state.db import Database
from plugin.state.doors import Door, DoorKind
from plugin.state.models import Attendee, Role
from plugin.state.registrations import Registration

MOST_DOORS = 20  # of one person and kind; the ones that were not used for longest make room
SEEN_SECONDS = 60.0  # how exactly it is kept when one was used last
SYSTEMS = (  # in this order, for some name several
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("cros", "ChromeOS"),
    ("macintosh", "Mac"),
    ("linux", "Linux"),
)


@dataclass(frozen=True)
class Screen:
    """What is known of the device that asks. `system` is a well-known name, "" for any other."""

    device: bytes | None = None
    system: str = ""
    in_client: bool = False


def disconnected() -> Refusal:
    return Refusal(
        401,
        "disconnected",
        "This device was disconnected. Come in as a guest, or show again who you are.",
    )


def system_of(user_agent: str) -> str:
    named = user_agent.lower()
    return next((name for mark, name in SYSTEMS if mark in named), "")


def of_identity(session: Session, event_id: int, platform: str, tenant: str, user_id: str) -> Door | None:
    """The door of somebody who turned out to be another attendee."""
    return session.scalar(
        select(Door).where(
            Door.event_id == event_id,
            Door.platform == platform,
            Door.tenant == tenant,
            Door.user_id == user_id,
        )
    )


def of_former(session: Session, attendee_id: int) -> Door | None:
    """The door of whoever had this row before they turned out to be somebody else."""
    return session.scalar(select(Door).where(Door.former_id == attendee_id))


def role_of(attendee: Attendee, door: Door | None) -> Role:
    """What somebody may do who came in by this door, if by any."""
    return attendee.role if door is None or door.role is None else door.role


def passes_on(acting: Role, attendee: Attendee) -> Role | None:
    """The role of a door that somebody opens for their own phone: what they may do themselves, and no more."""
    return None if acting is attendee.role else acting


def appoint(session: Session, attendee_id: int, *, is_co_host: bool) -> None:
    """A host has decided about somebody: it counts at once for every identity of theirs, and for what they let in."""
    theirs = update(Door).where(Door.attendee_id == attendee_id)
    if is_co_host:
        session.execute(
            theirs.where(Door.kind == DoorKind.IDENTITY, Door.role != Role.HOST).values(role=Role.CO_HOST)
        )
    else:
        session.execute(theirs.where(Door.role == Role.CO_HOST).values(role=Role.ATTENDEE))


def open_for(
    session: Session,
    attendee: Attendee,
    kind: DoorKind,
    screen: Screen,
    *,
    role: Role | None = Role.ATTENDEE,
    parent_id: int | None = None,
    registration_id: int | None = None,
) -> Door:
    """The door of this kind for this device of theirs; the one that it has already, if it has."""
    now = time.time()
    found = _known(session, attendee, kind, screen, registration_id)
    if found is None:
        _make_room(session, attendee, kind)
        found = Door(event_id=attendee.event_id, attendee_id=attendee.id, kind=kind, opened_at=now)
        session.add(found)
    found.role, found.parent_id, found.registration_id = role, parent_id, registration_id
    found.device, found.system, found.in_client = screen.device, screen.system, screen.in_client
    found.seen_at = now
    session.flush()
    return found


def _known(
    session: Session, attendee: Attendee, kind: DoorKind, screen: Screen, registration_id: int | None
) -> Door | None:
    """A link has one door, wherever it is open; of the others each device has its own."""
    theirs = select(Door).where(Door.attendee_id == attendee.id, Door.kind == kind)
    if kind is DoorKind.LINK:
        return session.scalar(theirs.where(Door.registration_id == registration_id))
    if screen.device is None:
        return None
    return session.scalar(theirs.where(Door.device == screen.device, Door.former_id.is_(None)))


def _make_room(session: Session, attendee: Attendee, kind: DoorKind) -> None:
    oldest = (
        select(Door.id)
        .where(Door.attendee_id == attendee.id, Door.kind == kind, Door.former_id.is_(None))
        .order_by(Door.seen_at.desc(), Door.id.desc())
        .offset(MOST_DOORS - 1)
    )
    for door_id in session.scalars(oldest).all():
        close(session, door_id)


def note_use(session: Session, door_id: int, now: float) -> None:
    session.execute(update(Door).where(Door.id == door_id).values(seen_at=now))


def close(session: Session, door_id: int) -> None:
    """Close a door, and those that were opened from behind it."""
    session.execute(delete(Door).where(Door.id == door_id))


def close_links(session: Session, registration_ids: Select[int]) -> None:
    """Close what was opened by these registrations' personal links."""
    session.execute(
        delete(Door).where(Door.kind == DoorKind.LINK, Door.registration_id.in_(registration_ids))
    )


def listing(database: Database, attendee: Attendee, door_id: int) -> list[dict[str, Any]]:
    """Where somebody is known, the last used first; `mine` is the one that asks."""
    now = time.time()
    with database.read() as session:
        own = session.get(Door, door_id) if door_id else None
        rows = session.scalars(
            select(Door).where(Door.attendee_id == attendee.id).order_by(Door.seen_at.desc(), Door.id.desc())
        ).all()
    return [
        {
            "id": each.id,
            "kind": each.kind.value,
            "system": each.system,
            "in_client": each.in_client,
            "seen_ago": max(0, round(now - each.seen_at)),
            "mine": each.id == door_id,
            "can_close": _may_close(own, each),
        }
        for each in rows
    ]


def disconnect(database: Database, attendee: Attendee, own_door_id: int, door_id: int) -> None:
    """Somebody closes one of their doors. Raises Refusal."""
    with database.write() as session:
        found = session.get(Door, door_id)
        if found is None or found.attendee_id != attendee.id:
            raise Refusal(404, "no_door", "This was disconnected already.")
        own = session.get(Door, own_door_id) if own_door_id else None
        if not _may_close(own, found):
            raise Refusal(
                403,
                "link_only",
                "You came by a personal link, which others may have too. Show who you are in another way to do this.",
            )
        if found.kind is DoorKind.LINK and found.registration_id is not None:
            _take_link_back(session, found.registration_id)
        close(session, found.id)


def _may_close(own: Door | None, other: Door) -> bool:
    """Whoever came by a link may be anybody who has it: they close what the link opened, and nothing else."""
    if own is None or own.kind is not DoorKind.LINK:
        return True
    return other.id == own.id or other.parent_id == own.id


def _take_link_back(session: Session, registration_id: int) -> None:
    session.execute(
        update(Registration)
        .where(Registration.id == registration_id)
        .values(link_version=Registration.link_version + 1)
    )
