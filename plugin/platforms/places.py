"""Use cases about places: somebody sets up our panel somewhere at a platform, before anybody opens it there.

A place gets a key of its own, random and kept as a hash; whoever has the key was led there, and nothing else leads to
the event. What the platform's page says about the chat around it is a hint. By it the first who sets up a place there
binds the chat, so that a second one is offered the same wall; but a place of a second one leads there only once a host
of that event agrees, for anybody may say that they are in any chat. A host code, made at the desk, binds the chat anew.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people import cohosts
from plugin.people.codes import normal_code
from plugin.people.refusal import Refusal
from plugin.platforms import host_codes
from plugin.platforms.entrances import Entrance, hashed
from plugin.platforms.identities import Known, proved_as, with_identity
from plugin.platforms.meetings import find_meeting, let_in_opener
from plugin.platforms.starting import own_walls
from plugin.state.db import Database
from plugin.state.models import HOSTS, MAXIMUM_NAME, Assurance, Attendee, Event, Role
from plugin.state.platform_models import Meeting, Setup


@dataclass(frozen=True)
class Place:
    """A place that was set up. `event` is None until a host agrees; `key` is told this once."""

    key: str
    name: str  # a short one for the platform, which opens nothing
    event: Event | None


def look(database: Database, entrance: Entrance) -> dict[str, Any]:
    """What whoever sets up a place finds: whether the chat has a wall, whether it is theirs; their earlier ones."""
    with database.read() as session:
        event = _bound(session, entrance)
        is_theirs = event is not None and _is_host(session, event, entrance)
        return {
            "state": "free" if event is None else "yours" if is_theirs else "taken",
            "name": event.name if event is not None and is_theirs else "",
            "earlier": own_walls(session, entrance, event),
        }


def lead_to_new(database: Database, entrance: Entrance, code: str) -> Place:
    """A place for an event that was opened just now; whoever sets it up is its opener."""
    with database.write() as session:
        event = session.scalars(select(Event).where(Event.code == normal_code(code))).one()
        event.opener = entrance.opener
        let_in_opener(session, entrance, event)
        return _led(session, entrance, event)


def lead_to_earlier(database: Database, entrance: Entrance, code: str) -> Place:
    """A place for a wall that the same person opened before. Raises Refusal."""
    with database.write() as session:
        event = session.scalar(select(Event).where(Event.code == normal_code(code)))
        if event is None or event.opener is None or event.opener != entrance.opener:
            raise Refusal(404, "unknown_code", "This is not one of your earlier walls.", "earlier_code")
        return _led(session, entrance, event)


def host_by_code(database: Database, attendee: Attendee, host_code: str) -> None:
    """Make somebody in the event a co-host, by a code that its host made. Raises Refusal."""
    with database.write() as session:
        if host_codes.spend(session, host_code).id != attendee.event_id:
            raise Refusal(404, "unknown_host_code", "This host code is for another event.", "host_code")
        cohosts.appoint_by_code(session, attendee)


def lead_by_host_code(database: Database, entrance: Entrance, host_code: str, name: str) -> Place:
    """A place for the event whose host made that code; the chat is bound to it from now on. Raises Refusal."""
    with database.write() as session:
        event = host_codes.spend(session, host_code)
        _promote(session, event, entrance.platform, entrance.tenant, entrance.user_id, name, Role.HOST)
        return _led(session, entrance, event, binds=True)


def lead_to_same(database: Database, entrance: Entrance, name: str) -> Place:
    """A place for the chat's own wall, at once or when one of its hosts agrees. Raises Refusal."""
    with database.write() as session:
        event = _bound(session, entrance)
        if event is None:
            raise Refusal(404, "no_wall", "There is no wall here yet. Start a new one.")
        if _is_host(session, event, entrance):
            return _led(session, entrance, event)
        key, meeting = _new_place(session, entrance, None)
        session.add(
            Setup(
                event_id=event.id,
                meeting_id=meeting.id,
                platform=entrance.platform,
                tenant=entrance.tenant,
                user_id=entrance.user_id,
                name=name[:MAXIMUM_NAME],
            )
        )
        return Place(key, _short_name(meeting), None)


def _led(session: Session, entrance: Entrance, event: Event, *, binds: bool = False) -> Place:
    """A place that leads to the event. The chat around it is bound where it was free, or theirs, or it shall be."""
    key, meeting = _new_place(session, entrance, event.id)
    bound = _bound(session, entrance)
    if entrance.chat and (bound is None or binds or _is_host(session, bound, entrance)):
        chat = find_meeting(session, entrance.platform, entrance.chat)
        if chat is None:
            chat = Meeting(platform=entrance.platform, digest=bytes.fromhex(entrance.chat))
            session.add(chat)
        chat.event_id = event.id
    session.flush()
    return Place(key, _short_name(meeting), event)


def _new_place(session: Session, entrance: Entrance, event_id: int | None) -> tuple[str, Meeting]:
    key = secrets.token_urlsafe(24)
    place = Meeting(
        platform=entrance.platform,
        digest=bytes.fromhex(hashed(entrance.platform, key)),
        event_id=event_id,
        client_id=entrance.client_id,
    )
    session.add(place)
    session.flush()
    return key, place


def _short_name(meeting: Meeting) -> str:
    return meeting.digest.hex()[:16]


def _bound(session: Session, entrance: Entrance) -> Event | None:
    """The event that the chat around is bound to."""
    chat = find_meeting(session, entrance.platform, entrance.chat) if entrance.chat else None
    return session.get(Event, chat.event_id) if chat is not None and chat.event_id else None


def _is_host(session: Session, event: Event, entrance: Entrance) -> bool:
    if event.opener is not None and event.opener == entrance.opener:
        return True
    theirs = with_identity(session, event, entrance)
    return theirs is not None and theirs.role in HOSTS


def _promote(
    session: Session, event: Event, platform: str, tenant: str, user_id: str, name: str, role: Role
) -> None:
    known = proved_as(session, event.id, platform, tenant, user_id)
    if known is None:
        attendee = Attendee(
            event_id=event.id,
            platform=platform,
            tenant=tenant,
            user_id=user_id,
            assurance=Assurance.PROVED,
            name=name[:MAXIMUM_NAME],
        )
        session.add(attendee)
        known = Known(attendee)
        session.flush()
    if role is Role.CO_HOST:
        known.attendee.appointed = True  # a host has said yes to it
    if known.role is not Role.HOST:
        known.take_role(role)
    session.flush()


# ---- at the desk ------------------------------------------------------------------------------------------------


def waiting(database: Database, event_id: int) -> Sequence[dict[str, Any]]:
    """Who set up a place and waits for a host to agree."""
    with database.read() as session:
        found = session.scalars(select(Setup).where(Setup.event_id == event_id).order_by(Setup.id)).all()
    return [{"id": each.id, "name": each.name} for each in found]


def decide(database: Database, event_id: int, setup_id: int, agrees: bool) -> None:
    """A host agrees that a place leads to their event, and who set it up is co-host; or not. Raises Refusal."""
    with database.write() as session:
        setup = session.get(Setup, setup_id)
        if setup is None or setup.event_id != event_id:
            raise Refusal(404, "not_waiting", "Nobody waits for this any more.")
        session.delete(setup)
        if not agrees:
            return
        session.get_one(Meeting, setup.meeting_id).event_id = event_id
        event = session.get_one(Event, event_id)
        _promote(session, event, setup.platform, setup.tenant, setup.user_id, setup.name, Role.CO_HOST)
