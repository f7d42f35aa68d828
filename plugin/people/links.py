"""Use cases of the personal link: each registrant of an event has one, made anew from their registration whenever it is
asked for. It works until it is taken back, on one device at a time; whoever holds it may be somebody else, so it gives
a claimed identity, and never a host's."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people import devices, doors
from plugin.people.admission import Arrival, arrival_of, find_event, is_here, name_from, refuse_the_removed
from plugin.people.doors import Screen
from plugin.people.letters import as_cell
from plugin.people.refusal import Refusal
from plugin.state.db import Database
from plugin.state.doors import Door, DoorKind
from plugin.state.models import HOSTS, MAXIMUM_TITLE, Assurance, Attendee, Event
from plugin.state.registrations import Registration, Source

LISTED_AT_ONCE = 500


@dataclass(frozen=True)
class Link:
    """What a personal link says; our signature is checked before."""

    registration_id: int
    version: int


def forged() -> Refusal:
    return Refusal(
        403,
        "forged_link",
        "This link is not complete, or not from us. Copy the whole address from your mail, or come in as a guest.",
    )


def come_by_link(
    database: Database,
    code: str,
    link: Link,
    screen: Screen,
    is_elsewhere: Callable[[Attendee], bool],
    guest_id: int = 0,
) -> Arrival:
    """The person whose link it is. `guest_id`: a guest of this browser, who becomes them if they were nobody yet.

    `is_elsewhere`: whether somebody is here just now. Raises Refusal.
    """

    def come() -> Arrival:
        with database.write() as session:
            event = find_event(session, code)
            registration = _registration(session, event, link)
            attendee = person_of(session, event, registration, guest_id)
            if _is_used_elsewhere(session, attendee, registration, screen) and is_elsewhere(attendee):
                raise elsewhere()
            devices.recognise(session, attendee, screen.device)
            door = doors.open_for(session, attendee, DoorKind.LINK, screen, registration_id=registration.id)
        return arrival_of(attendee, event, door)

    try:
        return come()
    except IntegrityError:  # the link was opened twice at the same moment, for the first time
        return come()


def come_back_by_link(
    database: Database, arrival: Arrival, screen: Screen, is_elsewhere: Callable[[Attendee], bool]
) -> Arrival:
    """Somebody whom a browser remembers since they opened their link in it: the same holds. Raises Refusal (409)."""
    with database.read() as session:
        known = session.get(Door, arrival.door_id)
    if known is None or known.kind is not DoorKind.LINK:
        return arrival
    with database.write() as session:
        door = session.get(Door, arrival.door_id)
        if door is not None:
            if door.device != screen.device and is_elsewhere(arrival.attendee):
                raise elsewhere()
            door.device, door.system, door.in_client = screen.device, screen.system, screen.in_client
            door.seen_at = time.time()
    return arrival


def elsewhere() -> Refusal:
    return Refusal(
        409,
        "link_elsewhere",
        "Your link is open on another device just now. Close it there, or show that this is you too.",
    )


def _registration(session: Session, event: Event, link: Link) -> Registration:
    registration = session.get(Registration, link.registration_id)
    source = session.get(Source, registration.source_id) if registration is not None else None
    if registration is None or source is None:
        raise _over()
    if source.event_id != event.id:
        raise Refusal(
            409,
            "other_event",
            "This link belongs to another event. Open the whole address from your mail, or join this one as a guest.",
        )
    if link.version != registration.link_version:
        raise Refusal(
            410,
            "revoked_link",
            "This link was taken back. Ask the organizer for a new one, or show in another way who you are.",
        )
    if registration.refunded:
        raise _over()
    return registration


def _over() -> Refusal:
    return Refusal(
        410,
        "expired_link",
        "This link has run out: the registration it was made for is not there any more. Ask the organizer, or come in "
        "as a guest.",
    )


def person_of(session: Session, event: Event, registration: Registration, guest_id: int = 0) -> Attendee:
    """The attendee of a registration: known, or the guest who turns out to be them, or new. Raises Refusal."""
    known = session.get(Attendee, registration.attendee_id) if registration.attendee_id else None
    if known is not None and is_here(known, event.id):
        refuse_the_removed(known)
        return known
    source = session.get_one(Source, registration.source_id)
    guest = session.get(Attendee, guest_id) if guest_id else None
    attendee = guest if guest is not None and _may_become(guest, event) else Attendee(event_id=event.id)
    attendee.platform, attendee.tenant = source.platform, source.tenant
    attendee.user_id = f"registration-{registration.external_id}"
    attendee.assurance = Assurance.CLAIMED
    attendee.name = attendee.name or name_from(registration.name)
    attendee.title = attendee.title or name_from(registration.headline, MAXIMUM_TITLE)
    session.add(attendee)
    session.flush()
    registration.attendee_id = attendee.id
    return attendee


def _may_become(guest: Attendee, event: Event) -> bool:
    return (
        is_here(guest, event.id)
        and guest.assurance is Assurance.GUEST
        and guest.role not in HOSTS
        and guest.removed_at is None
    )


def _is_used_elsewhere(
    session: Session, attendee: Attendee, registration: Registration, screen: Screen
) -> bool:
    """Whether the link was opened last by another device than this one."""
    door = session.scalar(
        select(Door).where(
            Door.attendee_id == attendee.id,
            Door.kind == DoorKind.LINK,
            Door.registration_id == registration.id,
        )
    )
    return door is not None and (door.device is None or door.device != screen.device)


# ---- the organizer's list -------------------------------------------------------------------------------------------


def listing(database: Database, event_id: int, query: str = "") -> dict[str, Any]:
    """How many are expected, and those whom `query` fits: a part of a name, or a whole address; nobody without one."""
    found: list[dict[str, Any]] = []
    wanted = query.strip().casefold()
    for registration in _expected(database, event_id, 0) if wanted else ():
        if wanted in registration.name.casefold() or wanted == registration.email.casefold():
            found.append(
                {"id": registration.id, "name": registration.name, "here": bool(registration.attendee_id)}
            )
        if len(found) >= LISTED_AT_ONCE:
            break
    with database.read() as session:
        number = session.scalar(_of_event(event_id, select(func.count(Registration.id))))
    return {"registrations": found, "number": number or 0}


def table(database: Database, event_id: int, address: Callable[[int, int], str]) -> Iterable[list[str]]:
    """Rows of a table with everybody's link. `address` makes one from registration and version."""
    yield ["name", "email", "link"]
    for each in _expected(database, event_id, 0):
        yield [as_cell(each.name), as_cell(each.email), address(each.id, each.link_version)]


def _expected(database: Database, event_id: int, after: int) -> Iterable[Registration]:
    while True:
        with database.read() as session:
            query = _of_event(event_id, select(Registration)).where(Registration.id > after)
            some = session.scalars(query.order_by(Registration.id).limit(LISTED_AT_ONCE)).all()
        yield from some
        if len(some) < LISTED_AT_ONCE:
            return
        after = some[-1].id


def _of_event(event_id: int, query: Any) -> Any:
    return query.join(Source, Source.id == Registration.source_id).where(
        Source.event_id == event_id, Registration.refunded.is_(False)
    )


def take_back(database: Database, event_id: int, registration_id: int | None) -> tuple[int, set[int]]:
    """Take one personal link of an event back, or all of them: whoever came by it is out at once.

    Returns how many, and whom it concerns. Raises Refusal.
    """
    with database.write() as session:
        ours = select(Registration.id).join(Source).where(Source.event_id == event_id)
        if registration_id is not None:
            ours = ours.where(Registration.id == registration_id)
        ids = list(session.scalars(ours))
        if registration_id is not None and not ids:
            raise Refusal(404, "no_registration", "This registration is not there any more.")
        people = select(Registration.attendee_id).where(
            Registration.id.in_(ours), Registration.attendee_id.is_not(None)
        )
        concerned = {each for each in session.scalars(people) if each is not None}
        session.execute(
            update(Registration)
            .where(Registration.id.in_(ours))
            .values(link_version=Registration.link_version + 1)
        )
        doors.close_links(session, ours)
    return len(ids), concerned
