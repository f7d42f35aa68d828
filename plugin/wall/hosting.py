"""Use cases of the host: open an event with its wall, look at waiting photos, close and open again."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people.codes import digest, new_code
from plugin.people.refusal import Refusal, clean_line
from plugin.state.db import HELD, Database
from plugin.state.decisions import DecisionKind, note
from plugin.state.models import (
    MAXIMUM_CREDITS,
    MAXIMUM_EVENT_NAME,
    MAXIMUM_PROMPT,
    Attendee,
    Event,
    EventState,
    Photo,
    PhotoState,
    Placement,
    Wall,
)
from plugin.state.queue import Jobs
from plugin.state.storage import Storage
from plugin.wall import branding, changing, picture, revealing
from plugin.wall.changing import DEFAULT_PROMPT

CODE_TRIES = 5
WAITING_SHOWN = 200

BUILT_IN_TARGETS = {
    "sunrise": "Sunrise over the hills",
    "coffee": "A cup of coffee",
    "balloons": "Hot-air balloons",
    "lighthouse": "The lighthouse",
}


@dataclass(frozen=True)
class Plan:
    """What the host asks for. `target` is the bytes of an uploaded picture, or None for the built-in `target_name`."""

    name: str
    prompt: str = ""
    credits: str = ""
    target_name: str = ""
    target: bytes | None = None
    reviewed: bool = False


@dataclass(frozen=True)
class Opened:
    code: str
    host_key: str
    wall_id: int


def open_event(database: Database, storage: Storage, jobs: Jobs, plan: Plan) -> Opened:
    """Open an event and its wall. The target is prepared by a job; `target_state` tells how that went."""
    name = clean_line(plan.name, "name", MAXIMUM_EVENT_NAME, "Please give the event a name.")
    prompt = clean_line(plan.prompt, "prompt", MAXIMUM_PROMPT) or DEFAULT_PROMPT
    credits_line = clean_line(plan.credits, "credits", MAXIMUM_CREDITS)
    source = _keep_target(storage, plan)
    host_key = secrets.token_urlsafe(24)
    for _ in range(CODE_TRIES):
        event = Event(
            code=new_code(),
            name=name,
            prompt=prompt,
            credits=credits_line,
            reviewed=plan.reviewed,
            host_key_digest=digest(host_key),
        )
        try:
            wall = _add(database, event, source)
        except IntegrityError:  # the code is taken: 1 in 480 million for each event there is
            continue
        jobs.open_wall(wall.id)
        return Opened(event.code, host_key, wall.id)
    raise Refusal(503, "no_code", "We could not make a join code. Please try again.")


def _add(database: Database, event: Event, source: str) -> Wall:
    """Add an event and its wall."""
    with database.write() as session:
        session.add(event)
        session.flush()
        wall = Wall(
            event_id=event.id, media_key=secrets.token_hex(16), target_source=source, target_wished=source
        )
        session.add(wall)
    return wall


def _keep_target(storage: Storage, plan: Plan) -> str:
    if plan.target is None:
        if plan.target_name not in BUILT_IN_TARGETS:
            raise Refusal(422, "no_target", "Choose a picture, or upload one.", "target")
        return plan.target_name
    return picture.keep_source(storage, plan.target)


def target_state(database: Database, wall_id: int) -> str:
    """`opening`, `ready`, or the reason why the target was refused."""
    with database.read() as session:
        wall = session.get_one(Wall, wall_id)
    if wall.target_wished is not None:
        return "opening"
    return wall.target_refusal or ("ready" if wall.target_used == wall.target_opened else "opening")


def desk(database: Database, event_id: int) -> dict[str, Any]:
    """What the host's page shows: counts by state, and the photos that wait for a look."""
    with database.read() as session:
        event = session.get_one(Event, event_id)
        wall = session.scalars(select(Wall).where(Wall.event_id == event_id)).one()
        counts, waiting = _counts(session, wall.id), _waiting(session, wall.id)
        reveal = revealing.told(revealing.of_event(session, event_id), time.time())
    return {
        "event": changing.about(event)
        | {
            "code": event.code,
            "state": event.state.value,
            "reviewed": event.reviewed,
            "stage_public": event.stage_public,
            "revealed": wall.reveal_wished or reveal is not None,
            "reveal": reveal,
        },
        "target": wall.target_refusal or ("ready" if wall.columns else "opening"),
        "picture": picture.shown(wall),
        "brand": branding.shown(event),
        "moderation": _rules(event),
        "counts": counts,
        "waiting": waiting,
    }


def look(database: Database, event_id: int) -> dict[str, Any]:
    """What the event is called, says, allows and looks like, as its host sees it."""
    with database.read() as session:
        event = session.get_one(Event, event_id)
        return {"event": changing.about(event), "brand": branding.shown(event), "moderation": _rules(event)}


def _rules(event: Event) -> dict[str, Any]:
    """What only hosts know of it."""
    checked = {"picture_check": event.picture_check.value, "can_check": changing.can_check()}
    return {"own_words": event.own_words, "trusts": event.trusts} | checked


def _counts(session: Session, wall_id: int) -> dict[str, int]:
    """How many photos are in each state, but for the withdrawn ones."""
    query = select(Photo.state, func.count()).where(Photo.wall_id == wall_id).group_by(Photo.state)
    found = {row[0]: row[1] for row in session.execute(query)}
    return {state.value: found.get(state, 0) for state in PhotoState if state is not PhotoState.WITHDRAWN}


def _waiting(session: Session, wall_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Photo.id, Photo.key, Attendee.name, Photo.story, Photo.doubted)
        .join(Attendee)
        .where(Photo.wall_id == wall_id, Photo.state == PhotoState.HELD)
        .order_by(Photo.id)
        .limit(WAITING_SHOWN)
    )
    return [row._asdict() for row in rows]


@dataclass(frozen=True)
class Decided:
    """A photo that was decided about: whose it is, and what takes it back."""

    owner_id: int
    decision_id: int


def decide(
    database: Database, jobs: Jobs, host: Attendee, photo_id: int, approve: bool, seen: object
) -> Decided:
    """Approve or refuse a held photo. Raises Refusal.

    `seen` is the line that the host saw under it: another one, which came meanwhile, is not approved unseen.
    """
    with database.write() as session:
        photo = session.get(Photo, photo_id, with_for_update=HELD)
        wall = session.get(Wall, photo.wall_id) if photo else None
        is_theirs = wall is not None and wall.event_id == host.event_id
        if photo is None or wall is None or not is_theirs or photo.state is not PhotoState.HELD:
            raise Refusal(404, "not_waiting", "This photo is not waiting any more.")
        if approve and seen != photo.story:
            raise Refusal(
                409, "line_changed", "The story was changed while you looked. Please look once more."
            )
        owner = session.get_one(Attendee, photo.attendee_id)
        before = {"photos": [[photo.id, PhotoState.HELD]], "waits": owner.waits}
        if approve:
            owner.waits = False
            bring_back(session, photo)
        else:
            photo.state, photo.refusal, photo.touched_at = PhotoState.REFUSED, "by_host", time.time()
        kind = DecisionKind.APPROVE if approve else DecisionKind.REFUSE
        decision_id = note(session, host.event_id, host.id, kind, owner.id, before)
    if approve:
        jobs.place(wall.id)
    return Decided(owner.id, decision_id)


def bring_back(session: Session, photo: Photo) -> None:
    """A photo that is ready goes to the wall; one that was about to leave it just stays where it is."""
    has_home = session.scalar(select(Placement.cell).where(Placement.photo_id == photo.id)) is not None
    photo.state = PhotoState.PLACED if has_home else PhotoState.PREPARED
    photo.refusal, photo.touched_at = None, time.time()


def set_reviewed(database: Database, event_id: int, reviewed: bool) -> None:
    """From now on the host looks at each photo before it shows, or not any more. What waits already goes on waiting."""
    with database.write() as session:
        session.get_one(Event, event_id).reviewed = reviewed


def set_stage_public(database: Database, jobs: Jobs, event_id: int, public: bool) -> int:
    """The stage is recorded or public from now on, or not any more. Returns the wall's id.

    Whoever said nothing about it leaves the stage, or comes back.
    """
    with database.write() as session:
        session.get_one(Event, event_id).stage_public = public
        wall_id = session.scalars(select(Wall.id).where(Wall.event_id == event_id)).one()
    jobs.place(wall_id)
    return wall_id


def set_state(database: Database, host: Attendee, state: str) -> tuple[int, int]:
    """Close the event or open it again. Returns the wall's id and what takes a closing back, 0 for nothing. Raises
    Refusal."""
    try:
        wanted = EventState(state)
    except ValueError:
        raise Refusal(422, "unknown_choice", "An event is open or closed.", "state") from None
    with database.write() as session:
        event = session.get_one(Event, host.event_id, with_for_update=HELD)
        wall = session.scalars(select(Wall).where(Wall.event_id == event.id)).one()
        decision_id = 0
        if wanted is EventState.CLOSED and event.state is EventState.OPEN:
            before = {"revealed": wall.reveal_wished}
            decision_id = note(session, event.id, host.id, DecisionKind.CLOSE, before=before)
        event.state = wanted
        return wall.id, decision_id
