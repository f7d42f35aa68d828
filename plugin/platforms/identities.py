"""Which attendee of an event somebody is who comes from a platform: by proof, by return key, by start token, or new."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.platform import Identity
from plugin.people.codes import digest
from plugin.people.cohosts import role_from
from plugin.people.refusal import Refusal
from plugin.platforms.entrances import Entrance
from plugin.state.db import Database
from plugin.state.models import Assurance, Attendee, Event, Photo, Role


def same_as(session: Session, event: Event, entrance: Entrance, back: Attendee | None) -> Attendee | None:
    """Whom the return key names, if the used-up launch is theirs too."""
    if back is None or back.event_id != event.id or back.platform != entrance.platform:
        return None
    if not entrance.user_id:
        return back if back.assurance is Assurance.GUEST else None
    is_same = (back.tenant, back.user_id) == (entrance.tenant, entrance.user_id)
    return back if is_same and back.assurance is Assurance.PROVED else None


def with_identity(session: Session, event: Event, entrance: Entrance) -> Attendee | None:
    return session.scalar(
        select(Attendee).where(
            Attendee.event_id == event.id,
            Attendee.platform == entrance.platform,
            Attendee.tenant == entrance.tenant,
            Attendee.user_id == entrance.user_id,
            Attendee.assurance == Assurance.PROVED,
        )
    )


def known_as(session: Session, event: Event, entrance: Entrance, back: Attendee | None) -> Attendee | None:
    """The attendee that this person is already: by proof, or a guest by their return key."""
    is_own_guest = (
        back is not None
        and back.event_id == event.id
        and back.platform == entrance.platform
        and back.assurance is Assurance.GUEST
    )
    if not entrance.user_id:
        return back if is_own_guest else _by_start_token(session, event, entrance)
    proved = with_identity(session, event, entrance)
    if is_own_guest and back is not None:
        return prove(session, back, entrance.tenant, entrance.user_id, proved)
    return proved


def _by_start_token(session: Session, event: Event, entrance: Entrance) -> Attendee | None:
    """The guest whom this start token was given to, or who came in by it."""
    if not entrance.entry:
        return None
    owner = Attendee.id == entrance.attendee_id
    if not entrance.attendee_id:
        owner = Attendee.entry_digest == digest(entrance.entry)
    theirs = select(Attendee).where(
        owner, Attendee.event_id == event.id, Attendee.platform == entrance.platform
    )
    return session.scalar(theirs)


def prove_attendee(database: Database, attendee_id: int, identity: Identity) -> Attendee:
    """The attendee once the platform said who they are. Raises Refusal when it is somebody else."""
    with database.write() as session:
        attendee = session.get_one(Attendee, attendee_id)
        if attendee.assurance is Assurance.PROVED:
            if (attendee.tenant, attendee.user_id) != (identity.tenant, identity.user_id):
                raise Refusal(403, "other_person", "This consent came from somebody else than you.")
            return attendee
        proved = session.scalar(
            select(Attendee).where(
                Attendee.event_id == attendee.event_id,
                Attendee.platform == attendee.platform,
                Attendee.tenant == identity.tenant,
                Attendee.user_id == identity.user_id,
            )
        )
        return prove(session, attendee, identity.tenant, identity.user_id, proved)


def prove(session: Session, guest: Attendee, tenant: str, user_id: str, proved: Attendee | None) -> Attendee:
    """A guest turns out to be somebody. Whom they were before takes over what the guest gave."""
    if proved is None:
        guest.tenant, guest.user_id, guest.assurance = tenant, user_id, Assurance.PROVED
        return guest
    if proved.id != guest.id:
        for photo in session.scalars(select(Photo).where(Photo.attendee_id == guest.id)):
            photo.attendee_id = proved.id
        proved.name = proved.name or guest.name
    return proved


def newcomer(session: Session, event: Event, entrance: Entrance) -> Attendee:
    attendee = Attendee(
        event_id=event.id,
        platform=entrance.platform,
        tenant=entrance.tenant,
        user_id=entrance.user_id or f"guest-{secrets.token_hex(16)}",
        assurance=Assurance(entrance.assurance),
        role=Role.ATTENDEE,
        email=entrance.address or None,
        entry_digest=digest(entrance.entry) if entrance.entry else None,
    )
    session.add(attendee)
    session.flush()
    return attendee


def take_over(
    session: Session, attendee: Attendee, entrance: Entrance, is_opener: bool, is_hinted: bool
) -> None:
    """Role and room as the launch says. Where only a hint leads, nobody's role changes but the opener's own."""
    if is_opener and not (entrance.meeting and entrance.role):
        attendee.role = Role.HOST
    elif entrance.meeting and entrance.role and (is_opener or not is_hinted):
        attendee.role = role_from(Role(entrance.role), attendee.appointed)
    attendee.email = attendee.email or entrance.address or None
    attendee.room = room_of(entrance, is_hinted)
    session.flush()


def room_of(entrance: Entrance, is_hinted: bool) -> str:
    """A short name for the breakout room, the same for everybody in it; "" in the main room."""
    if entrance.room:
        return entrance.room[:16]
    return entrance.meeting[:16] if is_hinted and entrance.signed else ""
