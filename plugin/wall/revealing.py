"""Use cases of the reveal: counted down for everybody, begun when its time has come, undone, seen by the host first.

The countdown is a row of its own; the wall's wish for its finish follows when the time has come. So undoing it in time
costs nothing, and whoever makes walls has meanwhile worked out how this one ends.
"""

import math
import time
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.people.refusal import Refusal
from plugin.state.db import HELD, Database
from plugin.state.encounters import Hello, HelloState
from plugin.state.finish import Reveal
from plugin.state.keys import wall_file_key
from plugin.state.models import Attendee, Photo, PhotoState, Wall
from plugin.state.platform_models import Meeting
from plugin.state.queue import Jobs

NOTICE_SECONDS = 20
LONGEST_NOTICE = 120
LEAD_SECONDS = 2.0  # the finished wall is in all panels so much earlier, and all of them begin together
FEWEST_HELLOS = 5  # fewer are not spoken of: people would know whose they are


def start(database: Database, jobs: Jobs, event_id: int, notice: Any = NOTICE_SECONDS) -> None:
    """Let the picture snap sharp in so many seconds; nothing where that is coming already. Raises Refusal."""
    if not isinstance(notice, int) or isinstance(notice, bool) or not 0 <= notice <= LONGEST_NOTICE:
        raise Refusal(422, "unknown_choice", "A reveal is announced up to two minutes before.", "notice")
    now = time.time()
    with database.write() as session:
        wall = _wall(session, event_id)
        if not wall.count:
            raise Refusal(422, "no_photos", "There is no photo on the wall yet.", "revealed")
        if wall.reveal_wished:
            return
        _announce(session, wall, now + notice, now)
    (jobs.rehearse if notice else jobs.place)(wall.id)


def _announce(session: Session, wall: Wall, starts_at: float, now: float) -> None:
    found = _row(session, wall.id)
    if found.starts_at is not None:
        return
    found.turn, found.starts_at = found.turn + 1, starts_at
    if starts_at <= now:
        _begin(session, wall, found)


def announce_at_the_end(session: Session, wall: Wall) -> None:
    """The same as `start`, where a break's end brings it."""
    now = time.time()
    _announce(session, wall, now + NOTICE_SECONDS, now)


def undo(database: Database, jobs: Jobs, event_id: int) -> None:
    """Bring back the very wall that it was before; or call the reveal off while it is counted down."""
    with database.write() as session:
        wall = _wall(session, event_id)
        call_off(session, wall.id)
        wall.reveal_wished, wall.once_wished = False, False
    jobs.place(wall.id)


def call_off(session: Session, wall_id: int) -> None:
    """No reveal is counted down any more, and none is spoken of."""
    if (found := session.get(Reveal, wall_id)) is not None:
        found.starts_at = None


def due(database: Database, now: float) -> list[int]:
    """The walls whose reveal is to begin: a little before its moment, because it is to be there by then."""
    with database.read() as session:
        query = select(Reveal.wall_id).join(Wall, Wall.id == Reveal.wall_id)
        return list(
            session.scalars(
                query.where(Reveal.starts_at <= now + LEAD_SECONDS, Wall.reveal_wished.is_(False))
            )
        )


def begin(database: Database, wall_id: int) -> bool:
    """The time has come; False where somebody was faster, or undid it."""
    with database.write() as session:
        wall, found = session.get_one(Wall, wall_id, with_for_update=HELD), session.get(Reveal, wall_id)
        if found is None or found.starts_at is None or wall.reveal_wished:
            return False
        _begin(session, wall, found)
    return True


def _begin(session: Session, wall: Wall, found: Reveal) -> None:
    wall.reveal_wished, wall.once_wished = True, False
    numbers = achieved(session, wall)
    found.people, found.rooms, found.hellos = numbers["people"], numbers["rooms"], numbers["hellos"]


def achieved(session: Session, wall: Wall) -> dict[str, int]:
    """How many made this picture, from how many rooms, and how many hellos were answered."""
    event_id = wall.event_id
    on_the_wall = select(func.count(func.distinct(Attendee.room))).select_from(Attendee)
    breakout_rooms = session.scalar(
        on_the_wall.join(Photo, Photo.attendee_id == Attendee.id).where(
            Attendee.event_id == event_id, Attendee.room != "", Photo.state == PhotoState.PLACED
        )
    )
    meetings = session.scalar(select(func.count()).select_from(Meeting).where(Meeting.event_id == event_id))
    hellos = session.scalar(
        select(func.count())
        .select_from(Hello)
        .where(Hello.event_id == event_id, Hello.state == HelloState.ANSWERED)
    )
    return {
        "people": wall.count,
        "rooms": (meetings or 0) + (breakout_rooms or 0),
        "hellos": hellos or 0,
    }


def told(found: Reveal | None, now: float) -> dict[str, Any] | None:
    """What everybody is told of a reveal that is coming or was: seconds until it, less than none afterwards."""
    if found is None or found.starts_at is None:
        return None
    return {
        "id": found.turn,
        "starts_in": math.ceil((found.starts_at - now) * 10) / 10,
        "people": found.people,
        "rooms": found.rooms if found.rooms > 1 else 0,
        "hellos": found.hellos if found.hellos >= FEWEST_HELLOS else 0,
    }


def digest(found: Reveal | None) -> str:
    """A text that changes whenever there is something else to tell, and not with the clock."""
    if found is None or found.starts_at is None:
        return ""
    return f"{found.turn} {found.starts_at} {found.people} {found.rooms} {found.hellos}"


def of_event(session: Session, event_id: int) -> Reveal | None:
    return session.scalar(
        select(Reveal).join(Wall, Wall.id == Reveal.wall_id).where(Wall.event_id == event_id)
    )


# ---- seen by the host first ---------------------------------------------------------------------------------------


def ask_for_preview(database: Database, jobs: Jobs, event_id: int) -> None:
    """Let the host see how it would be, and nobody else. Raises Refusal."""
    with database.write() as session:
        wall = _wall(session, event_id)
        if not wall.count:
            raise Refusal(422, "no_photos", "There is no photo on the wall yet.", "preview")
        if wall.once_wished:
            raise Refusal(409, "once", "Each photo is shown once now. Undo that first.", "preview")
        found = _row(session, wall.id)
        found.preview_wished, found.preview = True, None
    jobs.rehearse(wall.id)


def preview(database: Database, event_id: int) -> str | None:
    """The storage key of the picture that the host asked for; None until it is there."""
    with database.read() as session:
        found = of_event(session, event_id)
        wall = session.scalars(select(Wall).where(Wall.event_id == event_id)).one()
    if found is None or found.preview is None:
        return None
    return wall_file_key(wall.media_key, found.preview)


def unrehearsed(session: Session) -> list[int]:
    """Walls whose finish was to be worked out beforehand and was not."""
    waits = Reveal.preview_wished | (Reveal.starts_at.is_not(None) & Reveal.rehearsed.is_(None))
    query = select(Reveal.wall_id).join(Wall, Wall.id == Reveal.wall_id)
    return list(
        session.scalars(
            query.where(waits, Wall.reveal_wished.is_(False), Wall.once.is_(False), Wall.count > 0)
        )
    )


def _row(session: Session, wall_id: int) -> Reveal:
    found = session.get(Reveal, wall_id)
    if found is None:
        found = Reveal(wall_id=wall_id, turn=0, preview_wished=False, rehearsed_as="")
        session.add(found)
    return found


def _wall(session: Session, event_id: int) -> Wall:
    """The wall, for whoever is about to change something: two hosts at once do so one after the other."""
    return session.scalars(select(Wall).where(Wall.event_id == event_id).with_for_update(**HELD)).one()
