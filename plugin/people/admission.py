"""Use cases about people: let somebody in, bring them back, let them change what is shown of them."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from plugin.people import devices, doors, ownwords
from plugin.people.codes import digest, normal_code
from plugin.people.cohosts import HOST_LINK, role_from
from plugin.people.filters import objection
from plugin.people.letters import shortened
from plugin.people.refusal import Refusal, clean_line, kind_line, refuse_objection
from plugin.state.db import Database
from plugin.state.doors import Door
from plugin.state.encounters import MAXIMUM_CONTACT
from plugin.state.models import (
    MAXIMUM_NAME,
    MAXIMUM_TITLE,
    Assurance,
    Attendee,
    Event,
    EventTenant,
    Reachability,
    Role,
    StageChoice,
    Tenant,
)
from plugin.state.platform_models import UsedTicket

SWITCHES = ("greeter", "only_whole", "host_keeps", "shown_here")
# Made once: everybody at the doors asks for it.
EVENT_BY_CODE = select(Event).where(Event.code == bindparam("code"))
# The wording of the question about the keepsake: the first spoke of keepsakes only; this one names the poster, the film
# and the page too. Whoever answered an older one is asked again, and is not in what others keep until they say yes.
KEEPSAKE_TERMS = 2
ERASED = "erased-"  # begins the user id of the empty row that stands for somebody until their photos are gone


@dataclass(frozen=True)
class Newcomer:
    """Somebody whose proof was believed. `user_id` is empty for a guest."""

    platform: str
    tenant: str
    user_id: str
    assurance: str
    role: str = "attendee"
    name: str = ""
    email: str = ""
    came_from: bytes | None = None  # digest of their network, see plugin.people.floods
    device: str = ""  # what their browser keeps for this event


@dataclass(frozen=True)
class Arrival:
    """Somebody who was let in, and where. `door_id`: by which door, 0 where by their own identity."""

    attendee: Attendee
    event: Event
    door_id: int = 0


def find_event(session: Session, code: str) -> Event:
    found: dict[str, Event | None] = session.info.setdefault("events", {})  # many may come in one session
    code = normal_code(code)
    event = found.get(code) or session.scalar(EVENT_BY_CODE, {"code": code})
    found[code] = event
    if event is None:
        raise Refusal(
            404, "unknown_code", "We know no event with this code. Check it with your host.", "code"
        )
    return event


def admit(database: Database, code: str, newcomer: Newcomer) -> Arrival:
    """Let a person into an event, or bring back the one with this identity. Raises Refusal."""
    attendee, event, door = database.write_with_others(lambda session: _let_in(session, code, newcomer))
    return arrival_of(attendee, event, door)


def arrival_of(attendee: Attendee, event: Event, door: Door | None) -> Arrival:
    return Arrival(acting(attendee, door), event, door.id if door is not None else 0)


def acting(attendee: Attendee, door: Door | None) -> Attendee:
    """The attendee with the role of whoever came by this door. Not within a session: the row keeps its own."""
    set_committed_value(attendee, "role", doors.role_of(attendee, door))
    return attendee


def _let_in(session: Session, code: str, newcomer: Newcomer) -> tuple[Attendee, Event, Door | None]:
    event = find_event(session, code)
    role = _role(session, event, newcomer)
    attendee, door = _known(session, event, newcomer) if newcomer.user_id else (None, None)
    if attendee is None:
        attendee = Attendee(
            event_id=event.id,
            platform=newcomer.platform,
            tenant=newcomer.tenant,
            user_id=newcomer.user_id or f"guest-{secrets.token_hex(16)}",
            assurance=Assurance(newcomer.assurance),
            name=name_from(newcomer.name),
            email=newcomer.email or None,
            came_from=newcomer.came_from,
        )
        session.add(attendee)
    refuse_the_removed(attendee)
    if door is None:
        attendee.role = role_from(role, attendee.appointed)
    else:  # one of several identities of theirs: what it may do is its own
        door.role = role_from(role, attendee.appointed)
    devices.recognise(session, attendee, devices.digest_of(event.id, newcomer.device))
    return attendee, event, door


def _role(session: Session, event: Event, newcomer: Newcomer) -> Role:
    """A tenant says who hosts in events that it opened or was let into; elsewhere its hosts are guests like others.

    One that somebody made for themselves vouches for nobody elsewhere. Raises Refusal.
    """
    role = Role(newcomer.role)
    if not newcomer.tenant:
        return role
    tenant = session.scalar(
        select(Tenant).where(Tenant.platform == newcomer.platform, Tenant.external_id == newcomer.tenant)
    )
    if tenant is not None and _is_let_in(session, event, tenant):
        return role
    if tenant is not None and tenant.is_bound:
        raise Refusal(
            403,
            "other_event",
            "This link leads to another event than its sender's. Ask for a new one, or type the join code.",
        )
    return Role.ATTENDEE


def _is_let_in(session: Session, event: Event, tenant: Tenant) -> bool:
    return event.tenant_id == tenant.id or session.get(EventTenant, (event.id, tenant.id)) is not None


def name_from(told: str, longest: int = MAXIMUM_NAME) -> str:
    """A name that a ticket or a platform told, cleaned like a typed one; "" where it cannot be shown."""
    try:
        name = shortened(clean_line(told, "name", len(told)), longest)
    except Refusal:
        return ""
    return "" if objection(name, insults=False) else name


def _known(session: Session, event: Event, newcomer: Newcomer) -> tuple[Attendee | None, Door | None]:
    own = session.scalar(
        select(Attendee).where(
            Attendee.event_id == event.id,
            Attendee.platform == newcomer.platform,
            Attendee.tenant == newcomer.tenant,
            Attendee.user_id == newcomer.user_id,
        )
    )
    if own is not None:
        return own, None
    door = doors.of_identity(session, event.id, newcomer.platform, newcomer.tenant, newcomer.user_id)
    return (session.get(Attendee, door.attendee_id), door) if door is not None else (None, None)


def come_back(database: Database, code: str, attendee_id: int, door_id: int = 0) -> Arrival | None:
    """The attendee that a return key speaks for, if they belong to the event with this code. Raises Refusal."""
    with database.read() as session:
        event = find_event(session, code)
        attendee, door = behind(session, event.id, attendee_id, door_id)
        if attendee is None:
            return None
        refuse_the_removed(attendee)
    return arrival_of(attendee, event, door)


def behind(
    session: Session, event_id: int, attendee_id: int, door_id: int
) -> tuple[Attendee | None, Door | None]:
    """Whom a token or key means that names these two, and the door that it goes by. Raises Refusal (401) for a door
    that was closed. Whoever turned out to be somebody else is that person, by the door that was made for it then."""
    if door_id:
        door = session.get(Door, door_id)
        if door is None:
            raise doors.disconnected()
    else:
        own = session.get(Attendee, attendee_id)
        if own is not None and is_here(own, event_id):
            return own, None
        door = doors.of_former(session, attendee_id)
    if door is None:
        return None, None
    attendee = session.get(Attendee, door.attendee_id)
    return (attendee, door) if attendee is not None and is_here(attendee, event_id) else (None, None)


def take_the_desk(database: Database, code: str, host_key: str) -> Arrival:
    """The host of an event, by the key in the host link. Raises Refusal."""
    with database.read() as session:
        event = find_event(session, code)
    if not secrets.compare_digest(event.host_key_digest, digest(host_key)):
        raise Refusal(403, "not_host", "This is not the host link of this event.")
    return admit(database, code, Newcomer("web", "", HOST_LINK, "proved", "host"))


def use_once(database: Database, replay_key: str, until: float, now: float) -> bool:
    """Note that a ticket was used; False when it had been used before. Forgets those that have expired."""
    try:
        with database.write() as session:
            session.execute(delete(UsedTicket).where(UsedTicket.expires_at < now))
            session.add(UsedTicket(digest=digest(replay_key), expires_at=until))
    except IntegrityError:
        return False
    return True


def who_asks(database: Database, event_id: int, attendee_id: int, door_id: int) -> Attendee:
    """The attendee that a panel token speaks for, with the role that its door gives. Raises Refusal."""
    with database.look() as session:
        if not door_id:
            return attendee_of(session, attendee_id, event_id)
        attendee, door = behind(session, event_id, attendee_id, door_id)
        if attendee is None:
            raise Refusal(401, "join_again", "Please join again.")
        refuse_the_removed(attendee)
    return acting(attendee, door)


def behind_door(database: Database, door_id: int) -> int:
    """Who came by a door. Raises Refusal (401) when it was closed."""
    with database.look() as session:
        door = session.get(Door, door_id)
        if door is None:
            raise doors.disconnected()
    now = time.time()
    if door.seen_at < now - doors.SEEN_SECONDS:
        with database.write() as session:
            doors.note_use(session, door_id, now)
    return door.attendee_id


def attendee_of(session: Session, attendee_id: int, event_id: int) -> Attendee:
    """The attendee that a token speaks for. Raises Refusal (401) when there is none any more."""
    attendee = session.get(Attendee, attendee_id)
    if attendee is None or not is_here(attendee, event_id):
        raise Refusal(401, "join_again", "Please join again.")
    refuse_the_removed(attendee)
    return attendee


def refuse_the_removed(attendee: Attendee) -> None:
    if attendee.removed_at is not None:
        raise Refusal(403, "removed", "A host has taken you out of this event.")


def is_here(attendee: Attendee | None, event_id: int) -> bool:
    return attendee is not None and attendee.event_id == event_id and not attendee.user_id.startswith(ERASED)


def change_me(database: Database, attendee_id: int, event_id: int, wishes: Mapping[str, Any]) -> Attendee:
    """Change name, title, reachability or consents. Raises Refusal."""
    with database.write() as session:
        attendee = attendee_of(session, attendee_id, event_id)
        apply_wishes(attendee, wishes)
        if "title" in wishes:
            ownwords.refuse(session.get_one(Event, event_id), attendee.title, "title")
    return attendee


def apply_wishes(attendee: Attendee, asked: Mapping[str, Any]) -> None:
    """Set what the person wishes; an unknown wish is refused, not ignored. Raises Refusal (422)."""
    wishes = dict(asked)
    if "on_stage" in wishes:  # a panel of before asked about "on stage and in recordings"
        said_yes = _boolean(wishes.pop("on_stage"), "on_stage")
        wishes |= {"stage": StageChoice.NAMED if said_yes else StageChoice.NO, "stage_public": True}
    _take_keepsake(attendee, wishes)
    unknown = set(wishes) - {*SWITCHES, "name", "title", "reachability", "stage", "stage_public", "contact"}
    if unknown:
        raise Refusal(422, "unknown_field", "This cannot be changed.", sorted(unknown)[0])
    if "name" in wishes:
        attendee.name = clean_line(str(wishes["name"]), "name", MAXIMUM_NAME, "Please tell us your name.")
        refuse_objection(objection(attendee.name, insults=False), "name")
    if "title" in wishes:
        attendee.title = kind_line(str(wishes["title"]), "title", MAXIMUM_TITLE, links=True)
    if "reachability" in wishes:
        attendee.reachability = _reachability(wishes["reachability"])
    if "stage" in wishes:
        attendee.stage = _stage(wishes["stage"])
        attendee.stage_public = _boolean(wishes.get("stage_public", False), "stage_public")
    if "contact" in wishes:
        contact = kind_line(str(wishes["contact"]), "contact", MAXIMUM_CONTACT, links=True)
        attendee.contact = contact or None
    for consent in SWITCHES:
        if consent in wishes:
            setattr(attendee, consent, _boolean(wishes[consent], consent))


def _take_keepsake(attendee: Attendee, wishes: dict[str, Any]) -> None:
    """A panel of before asked another question (`in_keepsake`): there a no counts, and a yes does not."""
    if "in_keepsake" in wishes and not _boolean(wishes.pop("in_keepsake"), "in_keepsake"):
        attendee.in_keepsake = False
    if "keepsake" in wishes:
        attendee.in_keepsake = _boolean(wishes.pop("keepsake"), "keepsake")
        attendee.keepsake_terms = KEEPSAKE_TERMS


def _reachability(value: Any) -> Reachability:
    try:
        return Reachability(value)
    except ValueError:
        raise Refusal(422, "unknown_choice", "Choose Open, Just looking or Hidden.", "reachability") from None


def _stage(value: Any) -> StageChoice:
    if value not in (StageChoice.NO, StageChoice.PHOTO, StageChoice.NAMED):
        raise Refusal(
            422, "unknown_choice", "On the stage: with your name, only your photo, or not at all.", "stage"
        )
    return StageChoice(value)


def _boolean(value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise Refusal(422, "unknown_choice", "This is either on or off.", field)
    return value
