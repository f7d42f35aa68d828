"""Which attendee of an event somebody is who comes from a platform: by proof, by return key, by start token, or new.

Somebody may have several identities in an event, of several platforms; all but one of them have a door (see
plugin.people.doors), and what a launch says about a role holds for the identity that it proved.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from integrations.platform import Identity
from plugin.people.codes import digest
from plugin.people.cohosts import role_from
from plugin.people.doors import of_identity, role_of
from plugin.people.refusal import Refusal
from plugin.platforms.entrances import Entrance
from plugin.state.db import Database
from plugin.state.doors import Door, DoorKind
from plugin.state.models import Assurance, Attendee, Event, Role
from plugin.state.platform_models import Meeting

Merge = Callable[[Session, Attendee, Attendee], None]


@dataclass(frozen=True)
class Known:
    """Somebody who is here already, and the door that they came by; None for their own identity."""

    attendee: Attendee
    door: Door | None = None

    @property
    def role(self) -> Role:
        return role_of(self.attendee, self.door)

    def take_role(self, role: Role) -> None:
        """What a launch says that they may do; a host's own decision about them weighs more."""
        role = role_from(role, self.attendee.appointed)
        if self.door is None:
            self.attendee.role = role
        elif self.door.kind is DoorKind.IDENTITY:
            self.door.role = role


def same_as(session: Session, event: Event, entrance: Entrance, back: Known | None) -> Known | None:
    """Whom the return key names, if the used-up launch is theirs too."""
    if back is None or back.attendee.event_id != event.id:
        return None
    if not entrance.user_id:
        return back if _is_own(back, entrance) else None
    proved = with_identity(session, event, entrance)
    return proved if proved is not None and proved.attendee.id == back.attendee.id else None


def _is_own(back: Known, entrance: Entrance) -> bool:
    """Whether somebody without a proof is whom their return key names: a guest of this platform, or somebody who has
    shown in this very frame who they are."""
    if back.door is not None:
        return back.door.kind is not DoorKind.IDENTITY
    return back.attendee.platform == entrance.platform and back.attendee.assurance is Assurance.GUEST


def with_identity(session: Session, event: Event, entrance: Entrance) -> Known | None:
    return proved_as(session, event.id, entrance.platform, entrance.tenant, entrance.user_id)


def proved_as(session: Session, event_id: int, platform: str, tenant: str, user_id: str) -> Known | None:
    """The attendee who has this identity, as the only one or as one of several."""
    own = session.scalar(
        select(Attendee).where(
            Attendee.event_id == event_id,
            Attendee.platform == platform,
            Attendee.tenant == tenant,
            Attendee.user_id == user_id,
            Attendee.assurance == Assurance.PROVED,
        )
    )
    if own is not None:
        return Known(own)
    door = of_identity(session, event_id, platform, tenant, user_id)
    return Known(session.get_one(Attendee, door.attendee_id), door) if door is not None else None


def known_as(
    session: Session, event: Event, entrance: Entrance, back: Known | None, merge: Merge
) -> Known | None:
    """The attendee that this person is already: by proof, or without one by their return key.

    `merge(session, guest, proved)` is called where a guest turns out to be somebody who is here already.
    """
    is_own = back is not None and back.attendee.event_id == event.id and _is_own(back, entrance)
    if not entrance.user_id:
        return back if is_own else _by_start_token(session, event, entrance)
    proved = with_identity(session, event, entrance)
    if is_own and back is not None and back.door is None:
        return prove(session, back.attendee, entrance.tenant, entrance.user_id, proved, merge)
    return proved


def _by_start_token(session: Session, event: Event, entrance: Entrance) -> Known | None:
    """The guest whom this start token was given to, or who came in by it."""
    if not entrance.entry:
        return None
    owner = Attendee.id == entrance.attendee_id
    if not entrance.attendee_id:
        owner = Attendee.entry_digest == digest(entrance.entry)
    theirs = select(Attendee).where(
        owner, Attendee.event_id == event.id, Attendee.platform == entrance.platform
    )
    found = session.scalar(theirs)
    return Known(found) if found is not None else None


def prove_attendee(database: Database, attendee_id: int, identity: Identity, merge: Merge) -> Known:
    """The attendee once the platform said who they are. Raises Refusal when it is somebody else."""
    with database.write() as session:
        attendee = session.get_one(Attendee, attendee_id)
        proved = proved_as(session, attendee.event_id, identity.platform, identity.tenant, identity.user_id)
        if attendee.assurance is Assurance.GUEST:
            return prove(session, attendee, identity.tenant, identity.user_id, proved, merge)
        if proved is None or proved.attendee.id != attendee.id:
            raise Refusal(403, "other_person", "This consent came from somebody else than you.")
        return proved


def prove(
    session: Session, guest: Attendee, tenant: str, user_id: str, proved: Known | None, merge: Merge
) -> Known:
    """A guest turns out to be somebody. Whom they were before takes over what the guest gave, and what they did."""
    if proved is None:
        guest.tenant, guest.user_id, guest.assurance = tenant, user_id, Assurance.PROVED
        return Known(guest)
    if proved.attendee.id != guest.id:
        merge(session, guest, proved.attendee)
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


def take_over(session: Session, known: Known, entrance: Entrance, is_opener: bool, is_hinted: bool) -> None:
    """Role and room as the launch says. Where only a hint leads, nobody's role changes but the opener's own."""
    attendee = known.attendee
    if is_opener and not (entrance.meeting and entrance.role):
        known.take_role(Role.HOST)
    elif entrance.meeting and entrance.role and (is_opener or not is_hinted):
        known.take_role(Role(entrance.role))
    attendee.email = attendee.email or entrance.address or None
    attendee.room = room_of(session, attendee.event_id, entrance, is_hinted)
    session.flush()


def room_of(session: Session, event_id: int, entrance: Entrance, is_hinted: bool) -> str:
    """A short name for the breakout room, the same for everybody in it; "" in the main room."""
    if entrance.room:
        return entrance.room[:16]
    if is_hinted and entrance.signed:
        return entrance.meeting[:16]
    return entrance.chat[:16] if entrance.chat and not _leads_to(session, event_id, entrance) else ""


def _leads_to(session: Session, event_id: int, entrance: Entrance) -> bool:
    """Whether the place or its chat is the event's own. In any other chat people are together who typed its code, as
    those of a breakout room do where each room is a chat of its own."""
    here = [bytes.fromhex(each) for each in (entrance.meeting, entrance.chat) if each]
    query = select(Meeting.id).where(
        Meeting.platform == entrance.platform, Meeting.digest.in_(here), Meeting.event_id == event_id
    )
    return session.scalar(query.limit(1)) is not None
