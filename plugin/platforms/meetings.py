"""Use cases about meetings of platforms: which event a launch belongs to, who enters it as what, who may start a wall.

A platform's id of a meeting lives as long as that one gathering, so it is never the event: a meeting points to an
event, and the host of a meeting that came again points it to the earlier one. Ids are kept as hashes only.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.platform import Identity
from plugin.people.admission import find_event
from plugin.people.codes import digest, normal_code, opener_digest
from plugin.people.refusal import Refusal
from plugin.platforms.installs import of_person
from plugin.state.db import Database
from plugin.state.models import HOSTS, Assurance, Attendee, Event, Photo, Role
from plugin.state.platform_models import Installation, Meeting, Setup

EARLIER_SHOWN = 5
SEEN_SECONDS = 60.0  # how exactly it is noted when a meeting was seen
DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Entrance:
    """A believed launch, as we keep it: ids of meetings and rooms are hashes in hex, "" where there is none.

    `signed` says that the platform vouched for the meeting; without, the meeting is only what the page said, and
    nobody becomes a host by it. `installers_start`: whether somebody who added the app may start a wall here, and
    `may_start` whether anybody may.

    Where `is_place`, `meeting` is the key of a place that was set up here. `chat` is the chat around it, a hint that
    leads nobody to an event. `typed` is the join code that the person typed, "" mostly. `address` is their e-mail
    address at the platform.
    """

    platform: str
    tenant: str
    user_id: str
    assurance: str
    role: str
    kind: str
    meeting: str
    room: str
    parent: str
    code: str
    client_id: str
    signed: bool = True
    installers_start: bool = False
    may_prove_later: bool = False
    may_start: bool = False
    is_place: bool = False
    chat: str = ""
    typed: str = ""
    address: str = ""
    twin: str = ""  # the same meeting as launches of the other kind name it: signed, or not
    entry: str = ""  # names one start token, so that looking again with it makes nobody new
    attendee_id: int = 0  # whose start token it is, once they are somebody here

    def as_facts(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def opener(self) -> bytes | None:
        """What an event remembers its opener by."""
        return opener_digest(self.platform, self.tenant, self.user_id) if self.user_id else None

    @property
    def memory(self) -> str:
        """What it is remembered by which code this person typed here; "" for guests, who bring their return key."""
        here = self.meeting if self.is_place else self.chat
        return (
            hashed(self.platform, f"{self.tenant}:{self.user_id} at {here}") if self.user_id and here else ""
        )


@dataclass(frozen=True)
class Situation:
    """What somebody finds: their event, if there is one, and what they may do about it."""

    event: Event | None
    attendee: Attendee | None
    meeting: str
    room: str
    role: str
    can_start: bool
    can_pin: bool
    earlier: Sequence[dict[str, Any]]
    place: str = "none"  # or ready, waiting (for a host to agree) or unknown


def hashed(platform: str, external_id: str, *, signed: bool = True) -> str:
    """The hash that stands for a platform's id; "" for none. What nobody signed is another meeting than what was."""
    named = external_id if signed else f"unsigned {external_id}"
    return hashlib.sha256(f"{platform}:{named}".encode()).hexdigest() if external_id else ""


def enter(
    database: Database,
    entrance: Entrance,
    back_id: int | None = None,
    *,
    replayed: bool = False,
    recent: bool = True,
    came_from: Callable[[str], bytes] | None = None,
) -> Situation | None:
    """Find the event of a launch and let the person in.

    `back_id` is the attendee that a return key speaks for. A `replayed` launch proves nothing new: it lets back in
    whom the return key names already, and nobody else; None for those. One that is not `recent` tells what somebody
    was a while ago: whoever is here already keeps the role they have by now. `came_from` gives a newcomer's network as
    it is kept with an event's code, see plugin.people.floods.
    """

    def enter_once() -> Situation | None:
        with database.write() as session:
            found = _enter(session, entrance, back_id, replayed, recent)
            newcomer = found.attendee if found is not None else None
            if (
                newcomer is not None
                and found is not None
                and found.event is not None
                and came_from is not None
            ):
                newcomer.came_from = newcomer.came_from or came_from(found.event.code)
            return found

    try:
        return enter_once()
    except IntegrityError:  # the same person came by another way at the same moment, and is here now
        return enter_once()


def _enter(
    session: Session, entrance: Entrance, back_id: int | None, replayed: bool, recent: bool
) -> Situation | None:
    meeting = _meeting(session, entrance)
    event, is_hinted = _event(session, entrance, meeting)
    attendee = None
    if event is not None:
        back = session.get(Attendee, back_id) if back_id else None
        if replayed:
            attendee = _same(session, event, entrance, back)
        else:
            attendee = _admitted(session, event, entrance, back, is_hinted, recent)
    if replayed and attendee is None:
        return None
    return _situation(session, entrance, event, attendee)


def _admitted(
    session: Session, event: Event, entrance: Entrance, back: Attendee | None, is_hinted: bool, recent: bool
) -> Attendee:
    known = _known(session, event, entrance, back)
    attendee = known or _new(session, event, entrance)
    is_opener = event.opener is not None and event.opener == entrance.opener
    if known is None or recent or is_opener:
        _update(session, attendee, entrance, is_opener, is_hinted)
    return attendee


def look(database: Database, entrance: Entrance) -> Situation:
    """What somebody would find, without letting them in yet."""
    with database.write() as session:
        event, _ = _event(session, entrance, _meeting(session, entrance))
        return _situation(session, entrance, event, None)


def _meeting(session: Session, entrance: Entrance) -> Meeting | None:
    """The row of the launch's meeting, made by the first launch that the platform signed for it; a place has one."""
    if not entrance.meeting:
        return None
    meeting = find_meeting(session, entrance.platform, entrance.meeting)
    now = time.time()
    if meeting is None and entrance.is_place:
        return None
    if meeting is None:
        meeting = Meeting(platform=entrance.platform, digest=bytes.fromhex(entrance.meeting), seen_at=now)
        try:
            with session.begin_nested():
                session.add(meeting)
        except IntegrityError:  # somebody else came first
            meeting = find_meeting(session, entrance.platform, entrance.meeting)
            if meeting is None:
                raise
    if meeting.client_id != entrance.client_id or meeting.seen_at < now - SEEN_SECONDS:
        meeting.client_id, meeting.seen_at = entrance.client_id, now
    return meeting


def find_meeting(session: Session, platform: str, meeting: str) -> Meeting | None:
    return session.scalar(
        select(Meeting).where(Meeting.platform == platform, Meeting.digest == bytes.fromhex(meeting))
    )


def _event(session: Session, entrance: Entrance, meeting: Meeting | None) -> tuple[Event | None, bool]:
    """(the event, whether only an unsigned hint leads to it)."""
    if not entrance.signed and (vouched := _event_of_twin(session, entrance)) is not None:
        return vouched, True
    if meeting is not None and meeting.event_id:
        return session.get_one(Event, meeting.event_id), not entrance.signed
    if meeting is not None and entrance.signed:
        claimed = _event_of_twin(session, entrance)
        if claimed is not None and claimed.opener is not None and claimed.opener == entrance.opener:
            meeting.event_id = claimed.id  # whoever opened it proves to be there
            return claimed, False
        if claimed is not None and entrance.role not in HOSTS:
            return claimed, True  # a host does not find it, and opens the one that counts
    if entrance.parent and entrance.parent != entrance.meeting:
        main = find_meeting(session, entrance.platform, entrance.parent)
        if main is not None and main.event_id:
            return session.get_one(Event, main.event_id), True
    return _event_of_person(session, entrance), False


def _event_of_person(session: Session, entrance: Entrance) -> Event | None:
    """Where the place leads nowhere: what they typed, now or earlier here; outside meetings one of their own."""
    if entrance.typed:
        return _typed_event(session, entrance)
    if entrance.memory and (own := find_meeting(session, entrance.platform, entrance.memory)) is not None:
        return session.get(Event, own.event_id) if own.event_id else None
    is_outside = not entrance.meeting and not entrance.chat
    return _own_event(session, entrance) if is_outside and entrance.opener else None


def _typed_event(session: Session, entrance: Entrance) -> Event:
    """The event whose join code somebody typed where no wall is known; here they come back to it. Raises Refusal."""
    event = find_event(session, entrance.typed)
    if entrance.memory:
        own = find_meeting(session, entrance.platform, entrance.memory) or Meeting(
            platform=entrance.platform, digest=bytes.fromhex(entrance.memory)
        )
        own.event_id = event.id
        session.add(own)
        session.flush()
    return event


def _event_of_twin(session: Session, entrance: Entrance) -> Event | None:
    twin = find_meeting(session, entrance.platform, entrance.twin) if entrance.twin else None
    return session.get_one(Event, twin.event_id) if twin is not None and twin.event_id else None


def _own_event(session: Session, entrance: Entrance) -> Event | None:
    """Outside meetings: the event that a link of ours named, if this person belongs to it, else their newest."""
    mine = select(Event).where(Event.opener == entrance.opener)
    if entrance.code:
        named = session.scalar(select(Event).where(Event.code == normal_code(entrance.code)))
        if named is not None and (
            named.opener == entrance.opener or _with_identity(session, named, entrance) is not None
        ):
            return named
    if entrance.may_start:  # here they choose one of theirs, or start another
        return None
    return session.scalar(mine.order_by(Event.id.desc()).limit(1))


def _same(session: Session, event: Event, entrance: Entrance, back: Attendee | None) -> Attendee | None:
    """Whom the return key names, if the used-up launch is theirs too."""
    if back is None or back.event_id != event.id or back.platform != entrance.platform:
        return None
    if not entrance.user_id:
        return back if back.assurance is Assurance.GUEST else None
    is_same = (back.tenant, back.user_id) == (entrance.tenant, entrance.user_id)
    return back if is_same and back.assurance is Assurance.PROVED else None


def _with_identity(session: Session, event: Event, entrance: Entrance) -> Attendee | None:
    return session.scalar(
        select(Attendee).where(
            Attendee.event_id == event.id,
            Attendee.platform == entrance.platform,
            Attendee.tenant == entrance.tenant,
            Attendee.user_id == entrance.user_id,
            Attendee.assurance == Assurance.PROVED,
        )
    )


def _known(session: Session, event: Event, entrance: Entrance, back: Attendee | None) -> Attendee | None:
    """The attendee that this person is already: by proof, or a guest by their return key."""
    is_own_guest = (
        back is not None
        and back.event_id == event.id
        and back.platform == entrance.platform
        and back.assurance is Assurance.GUEST
    )
    if not entrance.user_id:
        return back if is_own_guest else _by_start_token(session, event, entrance)
    proved = _with_identity(session, event, entrance)
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


def _new(session: Session, event: Event, entrance: Entrance) -> Attendee:
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


def _update(
    session: Session, attendee: Attendee, entrance: Entrance, is_opener: bool, is_hinted: bool
) -> None:
    """Role and room as the launch says. Where only a hint leads, nobody's role changes but the opener's own."""
    if is_opener and not (entrance.meeting and entrance.role):
        attendee.role = Role.HOST
    elif entrance.meeting and entrance.role and (is_opener or not is_hinted):
        attendee.role = Role(entrance.role)
    attendee.email = attendee.email or entrance.address or None
    attendee.room = room_of(entrance, is_hinted)
    session.flush()


def room_of(entrance: Entrance, is_hinted: bool) -> str:
    """A short name for the breakout room, the same for everybody in it; "" in the main room."""
    if entrance.room:
        return entrance.room[:16]
    return entrance.meeting[:16] if is_hinted and entrance.signed else ""


def _situation(
    session: Session, entrance: Entrance, event: Event | None, attendee: Attendee | None
) -> Situation:
    role = attendee.role.value if attendee is not None else entrance.role or Role.ATTENDEE.value
    in_charge = role in HOSTS or entrance.role in HOSTS
    return Situation(
        event=event,
        attendee=attendee,
        meeting=entrance.meeting[:16],
        room=attendee.room if attendee is not None else entrance.room[:16],
        role=role,
        can_start=may_start(session, entrance),
        can_pin=in_charge or role == Role.ORGANIZER or bool(entrance.room and entrance.user_id),
        earlier=own_walls(session, entrance, event) if in_charge or not entrance.meeting else (),
        place=_place(session, entrance),
    )


def _place(session: Session, entrance: Entrance) -> str:
    if not entrance.is_place:
        return "none"
    meeting = find_meeting(session, entrance.platform, entrance.meeting)
    if meeting is None:
        return "unknown"
    if meeting.event_id:
        return "ready"
    waits = session.scalar(select(Setup.id).where(Setup.meeting_id == meeting.id))
    return "waiting" if waits is not None else "unknown"


def may_start(session: Session, entrance: Entrance) -> bool:
    """Hosts may; where the platform's facts say so also somebody who added our app, for hosts may have none."""
    if entrance.may_start or (entrance.meeting and entrance.role in HOSTS):
        return True
    return entrance.installers_start and bool(entrance.user_id) and _has_installed(session, entrance)


def _has_installed(session: Session, entrance: Entrance) -> bool:
    theirs = of_person(entrance.platform, entrance.tenant, entrance.user_id)
    return session.scalar(select(Installation.id).where(theirs).limit(1)) is not None


def own_walls(session: Session, entrance: Entrance, present: Event | None) -> list[dict[str, Any]]:
    """The walls that this person opened before, newest first."""
    if entrance.opener is None:
        return []
    last_seen = func.coalesce(func.max(Meeting.ended_at), func.max(Meeting.seen_at), Event.created_at)
    rows = session.execute(
        select(Event.code, Event.name, last_seen.label("seen"))
        .outerjoin(Meeting, Meeting.event_id == Event.id)
        .where(Event.opener == entrance.opener, Event.id != (present.id if present is not None else 0))
        .group_by(Event.id)
        .order_by(Event.id.desc())
        .limit(EARLIER_SHOWN)
    ).all()
    now = time.time()
    return [
        {
            "code": row.code,
            "name": row.name,
            "ended_days_ago": max(0, int((now - row.seen) / DAY_SECONDS)),
        }
        for row in rows
    ]


def check_may_start(database: Database, entrance: Entrance) -> None:
    """What was signed last counts: a role that was taken since does not come back. Raises Refusal (403)."""
    with database.read() as session:
        here = find_meeting(session, entrance.platform, entrance.meeting) if entrance.meeting else None
        event = session.get(Event, here.event_id) if here is not None and here.event_id else None
        present = _known(session, event, entrance, None) if event is not None else None
        if present is not None and present.role not in HOSTS:
            entrance = replace(entrance, role=present.role.value)
        if not may_start(session, entrance):
            raise Refusal(403, "not_host", "Only a host of this meeting can start the wall.")


def attach(database: Database, entrance: Entrance, code: str, *, is_new: bool) -> None:
    """Point the launch's meeting to an event that was opened just now, or to an earlier one of the same person.

    A meeting that has a wall keeps it, unless its host points it to an earlier one. Raises Refusal.
    """
    with database.write() as session:
        event = session.scalars(select(Event).where(Event.code == normal_code(code))).one_or_none()
        if event is None or (not is_new and (event.opener is None or event.opener != entrance.opener)):
            raise Refusal(404, "unknown_code", "This is not one of your earlier walls.", "earlier_code")
        if is_new:
            event.opener = entrance.opener
        meeting = _meeting(session, entrance)
        if meeting is None or meeting.event_id == event.id:
            return
        if meeting.event_id is None or (entrance.signed and entrance.role in HOSTS):
            meeting.event_id = event.id


def has_wall(database: Database, entrance: Entrance) -> bool:
    with database.read() as session:
        meeting = find_meeting(session, entrance.platform, entrance.meeting) if entrance.meeting else None
        return meeting is not None and meeting.event_id is not None


def ended(database: Database, platform: str, meeting_id: str) -> None:
    """Note that a meeting is over; its wall stays."""
    found = hashed(platform, meeting_id)
    with database.write() as session:
        meeting = find_meeting(session, platform, found) if found else None
        if meeting is not None:
            meeting.ended_at = time.time()


def client_of(database: Database, event_id: int, platform: str) -> str:
    """Which of our credentials the platform last used for this event; "" when it never did."""
    with database.read() as session:
        return (
            session.scalar(
                select(Meeting.client_id)
                .where(Meeting.event_id == event_id, Meeting.platform == platform)
                .order_by(Meeting.seen_at.desc())
                .limit(1)
            )
            or ""
        )
