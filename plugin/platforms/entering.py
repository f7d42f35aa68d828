"""Use cases of a launch: who comes in, as what, and what they find."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from plugin.people import devices
from plugin.people.admission import behind
from plugin.platforms.entrances import Entrance
from plugin.platforms.identities import Known, known_as, newcomer, same_as, take_over
from plugin.platforms.meetings import event_of, find_meeting, meeting_of
from plugin.platforms.starting import may_start, own_walls
from plugin.safety.merging import United, unite
from plugin.state.db import Database
from plugin.state.models import HOSTS, Attendee, Event, Role
from plugin.state.platform_models import Setup


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
    door_id: int = 0  # by which of several ways in they came
    united: United | None = None  # where a guest turned out to be somebody who is here already


def enter(
    database: Database,
    entrance: Entrance,
    back: tuple[int, int] = (0, 0),
    *,
    replayed: bool = False,
    recent: bool = True,
    came_from: Callable[[str], bytes] | None = None,
    device: str = "",
) -> Situation | None:
    """Find the event of a launch and let the person in.

    `back` is the attendee that a return key speaks for, and their door. A `replayed` launch proves nothing new: it lets
    back in whom the return key names already, and nobody else; None for those. One that is not `recent` tells what
    somebody was a while ago: whoever is here already keeps the role they have by now. `came_from` gives a newcomer's
    network as it is kept with an event's code, see plugin.people.floods; `device` is what their browser keeps for the
    event.
    """

    def enter_once() -> Situation | None:
        with database.write() as session:
            found = _enter(session, entrance, back, replayed, recent)
            if found is not None and found.event is not None and found.attendee is not None:
                _note_browser(session, found.event, found.attendee, came_from, device)
            return found

    try:
        situation = enter_once()
    except IntegrityError:  # the same person came by another way at the same moment, and is here now
        situation = enter_once()
    if situation is not None and situation.attendee is not None:
        set_committed_value(situation.attendee, "role", Role(situation.role))
    return situation


def _note_browser(
    session: Session,
    event: Event,
    attendee: Attendee,
    came_from: Callable[[str], bytes] | None,
    device: str,
) -> None:
    if came_from is not None:
        attendee.came_from = attendee.came_from or came_from(event.code)
    devices.recognise(session, attendee, devices.digest_of(event.id, device))


def look(database: Database, entrance: Entrance) -> Situation:
    """What somebody would find, without letting them in yet."""
    with database.write() as session:
        event, _ = event_of(session, entrance, meeting_of(session, entrance))
        return _situation(session, entrance, event, None)


def _enter(
    session: Session, entrance: Entrance, back: tuple[int, int], replayed: bool, recent: bool
) -> Situation | None:
    meeting = meeting_of(session, entrance)
    event, is_hinted = event_of(session, entrance, meeting)
    known, united = None, Joined()
    if event is not None:
        who = _back(session, event, back)
        if replayed:
            known = same_as(session, event, entrance, who)
        else:
            known = _admitted(session, event, entrance, who, is_hinted, recent, united)
    if replayed and known is None:
        return None
    return replace(_situation(session, entrance, event, known), united=united.done)


@dataclass
class Joined:
    """Notes what followed when a guest turned out to be somebody."""

    done: United | None = None

    def __call__(self, session: Session, guest: Attendee, proved: Attendee) -> None:
        self.done = unite(session, guest, proved)


def _back(session: Session, event: Event, key: tuple[int, int]) -> Known | None:
    """Whom a return key speaks for. Raises Refusal (401) for a device that was disconnected."""
    attendee, door = behind(session, event.id, *key) if key[0] else (None, None)
    return Known(attendee, door) if attendee is not None else None


def _admitted(
    session: Session,
    event: Event,
    entrance: Entrance,
    back: Known | None,
    is_hinted: bool,
    recent: bool,
    united: Joined,
) -> Known:
    found = known_as(session, event, entrance, back, united)
    known = found or Known(newcomer(session, event, entrance))
    is_opener = event.opener is not None and event.opener == entrance.opener
    if found is None or recent or is_opener:
        take_over(session, known, entrance, is_opener, is_hinted)
    return known


def _situation(session: Session, entrance: Entrance, event: Event | None, known: Known | None) -> Situation:
    attendee = known.attendee if known is not None else None
    role = known.role.value if known is not None else entrance.role or Role.ATTENDEE.value
    in_charge = role in HOSTS  # what was signed long ago puts nobody in charge
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
        door_id=known.door.id if known is not None and known.door is not None else 0,
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
