"""The panel's calls: join, the wall, who is behind a photo, and oneself."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext

from integrations.platform import Request
from plugin import people, photos, prints, profiles, safety, talks, wall
from plugin.feed import News
from plugin.models import Attendee, Event, Reachability
from plugin.people import Newcomer, Refusal
from plugin.web.auth import current_attendee, current_pass
from plugin.web.limits import JOINING, has_failed, limiter
from plugin.web.pairing import paired
from plugin.web.services import Services, services
from plugin.web.snapshots import SNAPSHOT_SECONDS
from plugin.web.tokens import Pass

bp = Blueprint("panel", __name__, url_prefix="/api")


@bp.post("/join")
@limiter.limit(JOINING, deduct_when=has_failed)
def join() -> Response:
    wishes = json_object()
    known = services()
    code = str(wishes.get("code", ""))
    if wishes.get("stage") is True:
        return _stage(known, code)
    attendee = _joining(known, code, wishes)
    known.batches.tally.note(attendee.event_id, "panel_open")
    with known.database.read() as session:
        event = session.get_one(Event, attendee.event_id)
    return no_store(
        jsonify(
            token=known.tokens.panel(Pass(event.id, attendee.id, wall.PANEL)),
            return_key=known.tokens.return_key(attendee.id),
            attendee=as_attendee(attendee),
            event=as_event(event),
        )
    )


def _joining(known: Services, code: str, wishes: dict[str, Any]) -> Attendee:
    """By the host link, by a launch, by a return key, or as a new guest: in that order, what is given."""
    if host_key := wishes.get("host_key"):
        return people.take_the_desk(known.database, code, str(host_key))
    if paired_one := paired(known, code, str(wishes.get("launch") or "")):
        return paired_one
    for name, read in (("launch", known.tokens.read_handover), ("return_key", known.tokens.read_return_key)):
        attendee_id = read(str(wishes[name])) if wishes.get(name) else None
        back = people.come_back(known.database, code, attendee_id) if attendee_id else None
        if back is not None:
            return back
    launch = known.platforms["web"].launch(
        Request("POST", request.path, body=request.get_data()), lambda _tenant: None, time.time()
    )
    return people.admit(known.database, launch.event_code, as_newcomer(launch))


def as_newcomer(launch: Any) -> Newcomer:
    identity = launch.identity
    return Newcomer(
        identity.platform,
        identity.tenant,
        identity.user_id,
        identity.assurance,
        launch.role,
        launch.profile.name,
        launch.profile.email,
    )


def _stage(known: Services, code: str) -> Response:
    with known.database.read() as session:
        event = people.find_event(session, code)
    token = known.tokens.panel(Pass(event.id, 0, wall.STAGE))
    return no_store(jsonify(token=token, event=as_event(event)))


@bp.get("/wall")
def snapshot() -> Response:
    granted = current_pass()
    plain, packed = services().snapshots.get(granted.event_id, granted.audience)
    accepts = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(packed if accepts else plain, content_type="application/json")
    if accepts:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = f"private, max-age={int(SNAPSHOT_SECONDS)}"
    response.headers["Vary"] = "Accept-Encoding, Authorization"
    return response


@bp.get("/changes")
def changes() -> Response:
    granted = current_pass()
    known = services()
    wall_id, _ = wall.revision_of(known.database, granted.event_id)
    missed = wall.changes_since(known.database, wall_id, whole_number("since", 0), granted.audience)
    status = {"state": missed.state, "delayed": known.broadcaster.delayed}
    return jsonify(missed.as_dict() | status | known.meetings.facts(granted.event_id).as_dict())


@bp.get("/photos")
def details() -> Response:
    granted = current_pass()
    ids = [
        int(each) for each in request.args.get("ids", "").split(",") if each.isdecimal() and len(each) < 16
    ]
    database = services().database
    return jsonify(
        photos=wall.details(database, granted.event_id, ids, granted.audience, granted.attendee_id)
    )


@bp.get("/people")
def listing() -> Response:
    attendee = current_attendee()
    query = request.args.get("q", "")[:100]
    after = whole_number("after", 0) or None
    limit = min(max(whole_number("limit", wall.PEOPLE_AT_ONCE), 1), wall.PEOPLE_AT_ONCE)
    room = attendee.room if request.args.get("room") == "mine" else None
    database = services().database
    return jsonify(
        wall.people(database, attendee.event_id, query, after, limit, room=room, viewer_id=attendee.id)
    )


@bp.get("/me")
def me() -> Response:
    return jsonify(_about(current_attendee()))


@bp.patch("/me")
def change_me() -> Response:
    attendee = current_attendee()
    known = services()
    changed = people.change_me(known.database, attendee.id, attendee.event_id, json_object())
    if changed.on_stage != attendee.on_stage:
        known.jobs.place(wall.revision_of(known.database, attendee.event_id)[0])
    if changed.reachability is Reachability.HIDDEN and attendee.reachability is not Reachability.HIDDEN:
        concerned = safety.step_back(known.database, attendee)
        known.broadcaster.publish_all([News(0, other_id) for other_id in concerned])
    if attendee.in_keepsake and not changed.in_keepsake:
        prints.forget_outdated(
            known.database, known.storage, wall.revision_of(known.database, attendee.event_id)[0]
        )
    return jsonify(as_attendee(changed))


def _about(attendee: Attendee) -> dict[str, Any]:
    known = services()
    own = photos.mine(known.database, attendee)
    for photo in own:
        if photo["refusal"]:
            photo["refusal"]["message"] = gettext(photo["refusal"]["message"])
    return {
        "attendee": as_attendee(attendee),
        "photos": own,
        "delayed": known.broadcaster.delayed,
        "hellos": talks.unread(known.database, attendee.id),
        "here": known.meetings.facts(attendee.event_id).here,
    } | profiles.about(known.database, attendee.id)


def as_attendee(attendee: Attendee) -> dict[str, Any]:
    return {
        "id": attendee.id,
        "name": attendee.name,
        "title": attendee.title,
        "room": attendee.room,
        "role": attendee.role.value,
        "assurance": attendee.assurance.value,
        "reachability": attendee.reachability.value,
        "on_stage": attendee.on_stage,
        "in_keepsake": attendee.in_keepsake,
        "named": bool(attendee.name),
        "greeter": attendee.greeter,
        "contact": attendee.contact or "",
        "paused": attendee.paused_at is not None,
    }


def as_event(event: Event) -> dict[str, Any]:
    return {
        "name": event.name,
        "code": event.code,
        "state": event.state.value,
        "prompt": event.prompt,
        "credits": event.credits,
        "reviewed": event.reviewed,
    }


def json_object() -> dict[str, Any]:
    """The request's JSON object. Raises Refusal (422)."""
    content = request.get_json(silent=True)
    if not isinstance(content, dict):
        raise Refusal(422, "not_json", "Please reload the page and try again.")
    return content


def whole_number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 else default


def no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
