"""Use cases about meetings of platforms: the row of each, and which event a launch belongs to.

A platform's id of a meeting lives as long as that one gathering, so it is never the event: a meeting points to an
event, and the host of a meeting that came again points it to the earlier one.
"""

import time

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people import tenants
from plugin.people.admission import find_event
from plugin.people.codes import normal_code
from plugin.people.refusal import Refusal
from plugin.platforms import host_codes
from plugin.platforms.entrances import Entrance, hashed
from plugin.platforms.identities import with_identity
from plugin.state.db import Database
from plugin.state.models import HOSTS, Event
from plugin.state.platform_models import Meeting

SEEN_SECONDS = 60.0  # how exactly it is noted when a meeting was seen


def meeting_of(session: Session, entrance: Entrance) -> Meeting | None:
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


def event_of(session: Session, entrance: Entrance, meeting: Meeting | None) -> tuple[Event | None, bool]:
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


def _event_of_twin(session: Session, entrance: Entrance) -> Event | None:
    twin = find_meeting(session, entrance.platform, entrance.twin) if entrance.twin else None
    return session.get_one(Event, twin.event_id) if twin is not None and twin.event_id else None


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


def _own_event(session: Session, entrance: Entrance) -> Event | None:
    """Outside meetings: the event that a link of ours named, if this person belongs to it, else their newest."""
    mine = select(Event).where(Event.opener == entrance.opener)
    if entrance.code:
        named = session.scalar(select(Event).where(Event.code == normal_code(entrance.code)))
        if named is not None and (
            named.opener == entrance.opener or with_identity(session, named, entrance) is not None
        ):
            return named
    if entrance.may_start:  # here they choose one of theirs, or start another
        return None
    return session.scalar(mine.order_by(Event.id.desc()).limit(1))


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
            let_in_opener(session, entrance, event)
        meeting = meeting_of(session, entrance)
        if meeting is None or meeting.event_id == event.id:
            return
        if meeting.event_id is None or (entrance.signed and entrance.role in HOSTS):
            meeting.event_id = event.id


def let_in_opener(session: Session, entrance: Entrance, event: Event) -> None:
    """Keys for signed links that the opener has made count for this wall too."""
    if entrance.user_id:
        kid = tenants.kid_of(entrance.platform, entrance.tenant, entrance.user_id)
        tenants.let_in_own(session, kid, event.id)


def attach_by_host_code(database: Database, entrance: Entrance, host_code: str) -> str:
    """Point the launch's meeting to the event whose host made that code; returns its join code. Raises Refusal."""
    with database.write() as session:
        event = host_codes.spend(session, host_code)
        meeting = meeting_of(session, entrance)
        if meeting is None or not entrance.signed:
            raise Refusal(409, "no_meeting", "Start this inside the meeting that shall show the wall.")
        meeting.event_id = event.id
        return event.code


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
