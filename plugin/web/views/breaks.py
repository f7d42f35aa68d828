"""The calls of the coffee break, the line, and the lines at speakers' photos."""

import time
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request

from plugin.people.refusal import Refusal
from plugin.safety import undoing
from plugin.state.models import Attendee
from plugin.together import agenda, breaks, lines, speakers, standing
from plugin.together.lines import Moved
from plugin.web.request.answers import is_id
from plugin.web.request.auth import current_attendee, current_host, current_organizer, current_pass
from plugin.web.request.bodies import json_object
from plugin.web.request.limits import LOOKING, SAYING, by_token, limiter
from plugin.web.request.services import services
from plugin.web.request.telling import tell, tell_everybody, told

OF_ROOM = "/room/break"  # ends the addresses that are about a room's own

bp = Blueprint("breaks", __name__, url_prefix="/api")


# ---- the break ------------------------------------------------------------------------------------------------------


@bp.get("/break")
def current() -> Response:
    granted = current_pass()
    told = services().facts.of(granted.event_id).as_dict(granted.attendee_id)
    return jsonify({name: told[name] for name in ("break", "here")})


@dataclass(frozen=True)
class _Hosted:
    """Whose break somebody may start and end: the event's, or that of the one room they are in."""

    event_id: int
    room: str


def _hosted() -> _Hosted:
    """By the address that was asked. Raises Refusal."""
    host = current_organizer()
    if not request.path.endswith(OF_ROOM):
        return _Hosted(host.event_id, "")
    if not host.room:
        raise Refusal(409, "no_room", "You are in no breakout room just now.")
    return _Hosted(host.event_id, host.room)


@bp.get(OF_ROOM)
def of_room() -> Response:
    """The room's own break, which its host starts and ends; None where there is none, whatever the event has."""
    hosted = _hosted()
    with services().database.read() as session:
        at = breaks.now_in(session, hosted.event_id, room=hosted.room)
    return jsonify({"break": at.as_dict() if at is not None else None})


@bp.post("/host/break")
@bp.post(OF_ROOM)
@limiter.limit(SAYING, key_func=by_token)
def start() -> tuple[Response, int]:
    hosted = _hosted()
    wishes = json_object()
    started = breaks.start(
        services().database, hosted.event_id, wishes.get("minutes"), wishes.get("start_in", 0), hosted.room
    )
    tell_everybody(hosted.event_id)
    return jsonify({"break": started}), 201


@bp.patch("/host/break")
@bp.patch(OF_ROOM)
@limiter.limit(SAYING, key_func=by_token)
def change() -> Response:
    hosted = _hosted()
    wishes = json_object()
    if wishes.get("start_now") is True:
        changed = breaks.start_now(services().database, hosted.event_id, hosted.room)
    else:
        changed = breaks.extend(services().database, hosted.event_id, wishes.get("extend"), hosted.room)
    tell_everybody(hosted.event_id)
    return jsonify({"break": changed})


@bp.delete("/host/break")
@bp.delete(OF_ROOM)
@limiter.limit(SAYING, key_func=by_token)
def end() -> Response:
    hosted = _hosted()
    ended, decision_id = undoing.end_break(services().database, current_organizer(), hosted.room)
    tell_everybody(hosted.event_id)
    return jsonify({"break": ended, "decision": decision_id or None})


@bp.post("/host/agenda")
@limiter.limit(SAYING, key_func=by_token)
def plan() -> tuple[Response, int]:
    """A break that begins by itself, at its time."""
    event_id = current_host().event_id
    return jsonify(agenda=agenda.plan(services().database, event_id, json_object())), 201


@bp.delete("/host/agenda/<int:planned_id>")
@limiter.limit(SAYING, key_func=by_token)
def call_off(planned_id: int) -> Response:
    event_id = current_host().event_id
    return jsonify(agenda=agenda.call_off(services().database, event_id, planned_id))


# ---- the line -------------------------------------------------------------------------------------------------------


def _move(attendee: Attendee, line_id: int | None) -> None:
    """Bring the line up to date where it is time, and tell those who stand elsewhere now."""
    if line_id is None:
        return
    known = services()
    here = known.batches.presence.here(attendee.event_id, time.time())
    moved = lines.move(known.database, line_id, here)
    tell(moved.concerned - {attendee.id})


@bp.get("/line")
@limiter.limit(LOOKING, key_func=by_token)
def line() -> Response:
    attendee = current_attendee()
    database = services().database
    _move(attendee, lines.line_to_move(database, attendee, time.time()))
    return jsonify(standing.view(database, attendee))


@bp.post("/line")
@limiter.limit(LOOKING, key_func=by_token)
def join_line() -> Response:
    attendee = current_attendee()
    known = services()
    joined = lines.join(known.database, attendee)
    known.batches.presence.beat(attendee.event_id, [attendee.id], time.time())
    tell(joined.concerned)
    _move(attendee, joined.line_id)
    return jsonify(standing.view(known.database, attendee))


@bp.post("/line/words")
@limiter.limit(SAYING, key_func=by_token)
def say_in_line() -> Response:
    attendee = current_attendee()
    database = services().database
    wishes = json_object()
    tell(lines.say(database, attendee, wishes.get("words"), wishes.get("group")).concerned)
    return jsonify(standing.view(database, attendee))


@bp.post("/line/stay")
@limiter.limit(SAYING, key_func=by_token)
def stay_in_line() -> Response:
    attendee = current_attendee()
    database = services().database
    tell(lines.stay(database, attendee, json_object().get("stay")).concerned)
    return jsonify(standing.view(database, attendee))


@bp.delete("/line")
@limiter.limit(LOOKING, key_func=by_token)
def leave_line() -> Response:
    attendee = current_attendee()
    left: Moved = lines.leave(services().database, attendee)
    tell(left.concerned)
    return jsonify(line=None)


# ---- waiting for the speaker ----------------------------------------------------------------------------------------


@bp.get("/speakers")
@limiter.limit(LOOKING, key_func=by_token)
def speakers_lines() -> Response:
    return jsonify(speakers=speakers.listing(services().database, current_attendee()))


def _speaker(attendee: Attendee, line_id: int) -> dict[str, Any]:
    return speakers.one(services().database, attendee, line_id)


@bp.post("/speakers/<int:line_id>/line")
@limiter.limit(SAYING, key_func=by_token)
def wait_for_speaker(line_id: int) -> Response:
    attendee = current_attendee()
    known = services()
    tell(speakers.join(known.database, attendee, line_id, json_object().get("opener")))
    known.batches.presence.beat(attendee.event_id, [attendee.id], time.time())
    return jsonify(speaker=_speaker(attendee, line_id))


@bp.delete("/speakers/<int:line_id>/line")
@limiter.limit(LOOKING, key_func=by_token)
def stop_waiting(line_id: int) -> Response:
    attendee = current_attendee()
    tell(speakers.leave(services().database, attendee, line_id))
    return jsonify(speaker=_speaker(attendee, line_id))


@bp.post("/speakers/<int:line_id>/next")
@limiter.limit(LOOKING, key_func=by_token)
def take_next(line_id: int) -> Response:
    attendee = current_attendee()
    known = services()
    here = known.batches.presence.here(attendee.event_id, time.time())
    said, concerned = speakers.take_next(known.database, attendee, line_id, here)
    tell(concerned)
    hello = told(attendee, said) if said is not None else None
    return jsonify(speaker=_speaker(attendee, line_id), hello=hello)


@bp.post("/host/speakers")
@limiter.limit(SAYING, key_func=by_token)
def mark_speaker() -> tuple[Response, int]:
    host = current_host()
    photo_id = json_object().get("photo")
    if not isinstance(photo_id, int) or not is_id(photo_id):
        raise Refusal(422, "not_json", "Choose the speaker's photo.", "photo")
    line_id = speakers.mark(services().database, host.event_id, photo_id)
    tell_everybody(host.event_id)
    return jsonify(speaker=_speaker(host, line_id)), 201


@bp.delete("/host/speakers/<int:line_id>")
@limiter.limit(SAYING, key_func=by_token)
def unmark_speaker(line_id: int) -> tuple[str, int]:
    host = current_host()
    tell(speakers.unmark(services().database, host.event_id, line_id))
    tell_everybody(host.event_id)
    return "", 204
