"""The stroll's calls: the next photo, the neighbours, who is here now, what was opened, and that somebody left."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify

from plugin.people import rooms
from plugin.people.refusal import Refusal
from plugin.state.models import Attendee
from plugin.wall import watching
from plugin.web.request.answers import is_id, no_store
from plugin.web.request.auth import current_attendee, current_pass
from plugin.web.request.bodies import json_object
from plugin.web.request.limits import LOOKING, WANDERING, by_token, limiter
from plugin.web.request.services import services

bp = Blueprint("stroll", __name__, url_prefix="/api")

OPENED_AT_ONCE = 100
WANDERED_AT_ONCE = 12
BY_STROLLING = "stroll"


@bp.post("/stroll")
@limiter.limit(LOOKING, key_func=by_token)
def next_photo() -> Response:
    attendee = current_attendee()
    wishes = json_object(lists=["seen"])
    came_from = wishes.get("from")
    known = services()
    batches = known.batches
    found, again = batches.strolls.next_photo(
        attendee,
        came_from if is_id(came_from) else None,
        _ids(wishes.get("seen", []), "seen"),
        _here_with(attendee),
        known.here.photos(attendee.event_id),
    )
    if found is not None:
        batches.tally.note(attendee.event_id, "stroll_step")
        batches.openings.opened(attendee.event_id, attendee.id, [found["id"]])
    return jsonify(photo=found, again=again)


def _here_with(attendee: Attendee) -> list[int]:
    """Who is in the same breakout room and here now, as far as anybody knows."""
    known = services()
    if not attendee.room:
        return []
    with known.database.read() as session:
        others = rooms.others_in(session, attendee)
    return known.batches.presence.of_these(attendee.event_id, others, time.time())


@bp.get("/here")
@limiter.limit(LOOKING, key_func=by_token)
def here() -> Response:
    """Whose homes glow, and who has come while the wall is empty."""
    return no_store(jsonify(services().here.seen_by(current_attendee())))


@bp.get("/forward")
@limiter.limit(LOOKING, key_func=by_token)
def forward() -> Response:
    """Whose photos a stage shows large while nothing else happens."""
    granted = current_pass()
    if granted.audience != watching.STAGE:
        raise Refusal(403, "not_stage", "Only a stage shows this.")
    return jsonify(photos=services().batches.forward.of(granted.event_id))


@bp.get("/photos/<int:photo_id>/next-door")
@limiter.limit(LOOKING, key_func=by_token)
def next_door(photo_id: int) -> Response:
    return jsonify(photos=services().batches.strolls.next_door(current_attendee(), photo_id))


@bp.post("/opened")
@limiter.limit(LOOKING, key_func=by_token)
def opened() -> tuple[str, int]:
    attendee = current_attendee()
    reported = json_object(lists=["opened"]).get("opened")
    if not isinstance(reported, list) or not all(isinstance(each, dict) for each in reported):
        raise Refusal(422, "not_json", "Please reload the page and try again.", "opened")
    reported = reported[:OPENED_AT_ONCE]
    batches = services().batches
    strolled = {each["id"] for each in reported if each.get("how") == BY_STROLLING and is_id(each.get("id"))}
    others = [each["id"] for each in reported if is_id(each.get("id")) and each["id"] not in strolled]
    batches.openings.opened(attendee.event_id, attendee.id, [*others, *strolled])
    number = batches.strolls.opened(attendee.event_id, dict.fromkeys(others)) + len(strolled)
    if number:
        batches.tally.note(attendee.event_id, "opened_photo", number=number)
    return "", 204


@bp.post("/wandered")
@limiter.limit(WANDERING, key_func=by_token)
def wandered() -> tuple[str, int]:
    """Whom a panel showed by itself in the last minute or more."""
    attendee = current_attendee()
    shown = _ids(json_object(lists=["photos"]).get("photos"), "photos")[:WANDERED_AT_ONCE]
    services().batches.strolls.wandered(attendee.event_id, attendee.id, dict.fromkeys(shown))
    return "", 204


@bp.post("/left")
@limiter.limit(LOOKING, key_func=by_token)
def left() -> tuple[str, int]:
    attendee = current_attendee()
    services().batches.tally.note(attendee.event_id, "left")
    if current_pass().door_id:  # a personal link may be opened on another device from now on
        services().batches.presence.away(attendee.event_id, attendee.id)
    return "", 204


def _ids(value: Any, field: str) -> list[int]:
    if not isinstance(value, list):
        raise Refusal(422, "not_json", "Please reload the page and try again.", field)
    return [each for each in value if is_id(each)]
