"""Use cases of whoever added the app: what is connected, which wall a gathering of theirs leads to, and ending it all.

An organizer is whoever has the installation: they proved at the platform that the tokens are theirs to give. On most
platforms it is one person's, on others their whole organization's.
"""

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.platform import Identity, Listed
from plugin.people import tenants
from plugin.people.codes import normal_code, opener_digest
from plugin.people.refusal import Refusal
from plugin.platforms import host_codes
from plugin.platforms.entrances import Entrance, hashed
from plugin.platforms.given_up import GIVEN_UP
from plugin.platforms.meetings import find_meeting
from plugin.platforms.registrations import numbers
from plugin.state import erasures
from plugin.state.db import Database
from plugin.state.erasures import NO_WALL, Erased
from plugin.state.models import Attendee, Event
from plugin.state.platform_models import Installation, Meeting
from plugin.state.registrations import Source

HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]{1,5})?")
MOST_FRAMES = 10


@dataclass(frozen=True)
class Organizer:
    """Somebody's installation. `installed_at` says that it is the same one still, should its number come again."""

    installation_id: int
    installed_at: float
    platform: str
    tenant: str
    name: str
    resource: str
    expires_at: float
    has_key: bool  # of the platform's API, instead of a consent
    owner: str  # "" until the platform has told whose tokens these are
    is_for_tenant: bool
    is_renewed: bool  # whether what runs out is followed by another by itself
    scopes: str

    @property
    def kid(self) -> str:
        """Which tickets are theirs. Raises Refusal while nobody knows who they are."""
        if self.is_for_tenant:
            return tenants.kid_of(self.platform, self.tenant)
        if not self.owner:
            raise Refusal(409, "not_named", "The other side has not said yet who you are. Please try again.")
        return tenants.kid_of(self.platform, self.tenant, self.owner)


def organizer(database: Database, platform: str, installation_id: int) -> Organizer | None:
    with database.read() as session:
        found = session.get(Installation, installation_id)
    if found is None or found.platform != platform or (found.user_id or "").startswith(GIVEN_UP):
        return None
    return Organizer(
        found.id,
        found.installed_at,
        platform,
        found.tenant,
        found.account,
        found.resource,
        found.expires_at,
        not found.client_id,
        found.user_id or "",
        found.is_for_tenant,
        bool(found.refresh_token or found.assertion),
        found.scopes,
    )


def installation_of(database: Database, identity: Identity) -> int | None:
    """The newest one that this very person made, for whomever."""
    with database.read() as session:
        query = select(Installation.id).where(
            *_of_person(identity.platform, identity.tenant, identity.user_id)
        )
        return session.scalar(query.order_by(Installation.id.desc()).limit(1))


def _of_person(platform: str, tenant: str, user_id: str) -> tuple[ColumnElement[bool], ...]:
    return (
        Installation.platform == platform,
        Installation.tenant == tenant,
        Installation.user_id == user_id,
    )


# ---- choosing ---------------------------------------------------------------------------------------------------


def check_free(database: Database, by: Organizer, gathering: str) -> None:
    """Raises Refusal where the gathering has a wall of this organizer's already."""
    with database.read() as session:
        _check_free(session, by, gathering)


def _check_free(session: Session, by: Organizer, gathering: str) -> None:
    theirs = select(Source.id).where(
        Source.installation_id == by.installation_id, Source.external_id == gathering
    )
    if session.scalar(theirs.limit(1)) is not None:
        raise Refusal(409, "has_wall", "This event has a wall already. It is in the list of your walls.")


def lead_to(database: Database, by: Organizer, tenant: str, gathering: Listed, code: str) -> int:
    """The gathering leads to the event that was opened just now. Returns the source's id. Raises Refusal."""
    with database.write() as session:
        event = session.scalars(select(Event).where(Event.code == normal_code(code))).one()
        return _lead(session, by, tenant, gathering, event)


def lead_by_host_code(
    database: Database, by: Organizer, tenant: str, gathering: Listed, host_code: str
) -> int:
    """It leads to the event whose host made that code. Returns the source's id. Raises Refusal."""
    try:
        with database.write() as session:
            event = host_codes.spend(session, host_code)
            return _lead(session, by, tenant, gathering, event)
    except IntegrityError:  # another installation reads the same registrations for the same wall
        raise Refusal(
            409, "has_wall", "This event has a wall already. It is in the list of your walls."
        ) from None


def _lead(session: Session, by: Organizer, tenant: str, gathering: Listed, event: Event) -> int:
    _check_free(session, by, gathering.id)
    key = secrets.token_urlsafe(24)
    session.add(
        Meeting(platform=by.platform, digest=bytes.fromhex(hashed(by.platform, key)), event_id=event.id)
    )
    source = Source(
        event_id=event.id,
        installation_id=by.installation_id,
        platform=by.platform,
        tenant=tenant,
        owner=by.owner,
        external_id=gathering.id,
        name=gathering.name[:200],
        place_key=key,
    )
    session.add(source)
    tenants.let_in_own(session, by.kid, event.id)
    session.flush()
    return source.id


# ---- what they have ---------------------------------------------------------------------------------------------


def sources(database: Database, by: Organizer) -> list[dict[str, Any]]:
    """Their walls, with how reading the registrations goes: `state` is ok, reading, waiting or trouble."""
    now = time.time()
    with database.read() as session:
        rows = session.execute(
            select(Source, Event)
            .join(Event, Event.id == Source.event_id)
            .where(Source.installation_id == by.installation_id)
            .order_by(Source.id.desc())
        ).all()
        return [_shown(session, source, event, now) for source, event in rows]


def _shown(session: Session, source: Source, event: Event, now: float) -> dict[str, Any]:
    found = numbers(session, source.id)
    state = "reading" if source.reading_until > now or source.page else "ok" if source.read_at else "waiting"
    return {
        "id": source.id,
        "name": source.name,
        "event": {"code": event.code, "name": event.name, "state": event.state.value},
        "place": source.place_key,
        "frames": source.frames.split(),
        "state": "trouble" if source.trouble else state,
        "trouble": source.trouble or None,
        "read_seconds_ago": round(now - source.read_at) if source.read_at else None,
        "next_seconds": max(0, round(source.wanted_at - now)),
        "has_hints": source.hook_until > now,
        "expected": found.expected,
        "refunded": found.refunded,
        "came": found.came,
    }


def own_source(session: Session, by: Organizer, source_id: int) -> Source:
    """Raises Refusal."""
    source = session.get(Source, source_id)
    if source is None or source.installation_id != by.installation_id:
        raise Refusal(404, "no_source", "This is not one of your walls.")
    return source


def set_frames(database: Database, by: Organizer, source_id: int, hosts: str) -> None:
    """More hosts whose pages may show the wall, beside the platform's own. Raises Refusal."""
    frames = hosts.lower().replace("https://", " ").replace(",", " ").replace("/", " ").split()
    if len(frames) > MOST_FRAMES or not all(HOST.fullmatch(each) for each in frames):
        raise Refusal(422, "bad_host", "A host looks like events.example.org; ten at most.", "frames")
    with database.write() as session:
        own_source(session, by, source_id).frames = " ".join(frames)


def look(database: Database, entrance: Entrance) -> tuple[Event | None, Sequence[str]]:
    """(the event that a place leads to, what its organizer added for it as sources of a policy)."""
    if not entrance.is_place:
        return None, ()
    platform = entrance.platform
    with database.read() as session:
        meeting = find_meeting(session, platform, entrance.meeting)
        if meeting is None or meeting.event_id is None:
            return None, ()
        event = session.get(Event, meeting.event_id)
        added = session.scalars(
            select(Source.frames).where(Source.platform == platform, Source.event_id == meeting.event_id)
        ).all()
    return event, [f"https://{host}" for each in added for host in each.split()]


# ---- giving it up -----------------------------------------------------------------------------------------------


def forget_source(database: Database, by: Organizer, source_id: int) -> None:
    """Its registrations go; the wall, and where it is embedded, stay. Raises Refusal."""
    with database.write() as session:
        source = own_source(session, by, source_id)
        erasures.note_source(session, source)
        session.delete(source)


def disconnect(database: Database, by: Organizer) -> None:
    """Tokens, registrations and keys for signed links go. Walls stay, with what people gave to them."""
    if by.is_for_tenant or by.owner:
        tenants.give_up_keys(database, by.kid)
    with database.write() as session:
        for source in session.scalars(select(Source).where(Source.installation_id == by.installation_id)):
            erasures.note_source(session, source)
        whose = opener_digest(by.platform, by.tenant, by.owner)
        erasures.note(session, Erased.CONSENTS, NO_WALL, [whose.hex()])
        session.execute(delete(Source).where(Source.installation_id == by.installation_id))
        own = Installation.id == by.installation_id
        is_given_up = Installation.user_id.startswith(GIVEN_UP)  # it waits until the platform has heard of it
        session.execute(delete(Installation).where(own, or_(Installation.user_id.is_(None), ~is_given_up)))


def events_of(database: Database, by: Organizer) -> list[int]:
    theirs = select(Source.event_id).where(Source.installation_id == by.installation_id)
    opened = select(Event.id).where(Event.opener == opener_digest(by.platform, by.tenant, by.owner))
    with database.read() as session:
        own = session.scalars(opened).all() if by.owner and not by.is_for_tenant else []
        return sorted({*session.scalars(theirs), *own})


def attendees_of(database: Database, by: Organizer) -> list[int]:
    """Who this person is in events, where the installation is one person's."""
    if by.is_for_tenant or not by.owner:
        return []
    with database.read() as session:
        query = select(Attendee.id).where(
            Attendee.platform == by.platform, Attendee.tenant == by.tenant, Attendee.user_id == by.owner
        )
        return list(session.scalars(query))
