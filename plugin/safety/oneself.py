"""Use cases of "this is me": somebody who is here already says that another screen, or identity, is theirs too."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugin.people import devices, doors, screens
from plugin.people.admission import Arrival, arrival_of, attendee_of, find_event, is_here, refuse_the_removed
from plugin.people.doors import Screen
from plugin.people.links import person_of
from plugin.people.refusal import Refusal
from plugin.safety.merging import United, unite, who_stays
from plugin.state.db import Database
from plugin.state.doors import Door, DoorKind, Pairing, PairingState
from plugin.state.models import HOSTS, Assurance, Attendee
from plugin.state.registrations import Registration


@dataclass(frozen=True)
class Confirmed:
    """`attendee_id`, `door_id`: who the one that confirms is from now on. `asker_id`: whose screen it was."""

    attendee_id: int
    door_id: int
    asker_id: int
    united: United | None = None


def confirm(
    database: Database,
    attendee: Attendee,
    door_id: int,
    digest: bytes,
    number: int,
    screen: Screen,
    *,
    links_suffice: bool,
) -> Confirmed:
    """Say that a screen is one's own. The wrong number ends it for good. Raises Refusal.

    `links_suffice`: whether a personal link is enough to let two people who are known become one; not where a code by
    mail can be had, for whoever holds the link may be somebody else.
    """
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        pairing = screens.open_pairing(session, me.event_id, digest)
        asker = session.get_one(Attendee, pairing.asker_id)
        screens.refuse_nobody(session, me, asker)
        own = session.get(Door, door_id) if door_id else None
        is_right = number == pairing.number
        if is_right and not links_suffice:
            _refuse_a_link(session, me, own, asker, pairing)
        pairing.state = PairingState.CONFIRMED if is_right else PairingState.OVER
        done = _carry_out(session, me, own, asker, pairing, screen) if is_right else None
    if done is None:
        raise Refusal(
            410,
            "wrong_number",
            "That is not the number on the other screen, so nothing was handed over. If it is yours, let it show a new "
            "code.",
        )
    return done


def _refuse_a_link(
    session: Session, me: Attendee, own: Door | None, asker: Attendee, pairing: Pairing
) -> None:
    """Raises Refusal (403)."""
    theirs = session.get(Door, pairing.asker_door_id) if pairing.asker_door_id else None
    for door, other in ((own, asker), (theirs, me)):
        if me.id != asker.id and other.assurance is not Assurance.GUEST and _came_by_link(session, door):
            raise Refusal(
                403,
                "link_not_enough",
                "A personal link alone does not say enough for this. Show who you are with a code by mail first, then "
                "try again.",
            )


def _came_by_link(session: Session, door: Door | None) -> bool:
    while door is not None and door.kind is not DoorKind.LINK:
        door = session.get(Door, door.parent_id) if door.parent_id else None
    return door is not None


def _carry_out(
    session: Session, me: Attendee, own: Door | None, asker: Attendee, pairing: Pairing, screen: Screen
) -> Confirmed:
    own_id, asker_id, asker_door_id = own.id if own is not None else 0, asker.id, pairing.asker_door_id
    if me.id == asker.id:  # both are the same already
        pairing.attendee_id, pairing.door_id = me.id, asker_door_id
        return Confirmed(me.id, own_id, asker_id)
    gone, kept = who_stays(session, asker, me)
    if gone is asker:
        seen = Screen(pairing.device or asker.device, pairing.system, pairing.in_client)
        united = unite(session, gone, kept, seen)
        session.get_one(Door, united.door_id).parent_id = own_id or None
        pairing.attendee_id, pairing.door_id = kept.id, united.door_id
        return Confirmed(kept.id, own_id, asker_id, united)
    united = unite(session, gone, kept, Screen(screen.device or gone.device, screen.system, screen.in_client))
    session.get_one(Door, united.door_id).parent_id = asker_door_id
    pairing.attendee_id, pairing.door_id = kept.id, asker_door_id
    return Confirmed(kept.id, own_id or united.door_id, asker_id, united)


def come_by_mail(
    database: Database, code: str, registration_id: int, screen: Screen, guest_id: int
) -> tuple[Arrival, United | None]:
    """The person who typed the code that was mailed to them; what they gave as a guest is theirs. Raises Refusal."""
    with database.write() as session:
        event = find_event(session, code)
        registration = session.get_one(Registration, registration_id)
        attendee = person_of(session, event, registration, guest_id)
        refuse_the_removed(attendee)
        guest = session.get(Attendee, guest_id) if guest_id else None
        devices.recognise(session, attendee, screen.device)
        united = None
        if guest is not None and guest.id != attendee.id and _is_plain_guest(guest, event.id):
            united = unite(session, guest, attendee, screen)
            door = session.get_one(Door, united.door_id)
            door.kind, door.registration_id = DoorKind.MAIL, registration.id
        else:
            door = doors.open_for(session, attendee, DoorKind.MAIL, screen, registration_id=registration.id)
    return arrival_of(attendee, event, door), united


def _is_plain_guest(guest: Attendee, event_id: int) -> bool:
    is_guest = guest.assurance is Assurance.GUEST and guest.role not in HOSTS
    return is_guest and guest.removed_at is None and is_here(guest, event_id)
