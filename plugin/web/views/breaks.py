"""The calls of the coffee break, the line, and the lines at speakers' photos."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify

from plugin.people.refusal import Refusal
from plugin.state.models import Attendee
from plugin.together import breaks, lines, speakers
from plugin.together.lines import Moved
from plugin.web.request.answers import is_id
from plugin.web.request.auth import current_attendee, current_host, current_organizer, current_pass
from plugin.web.request.bodies import json_object
from plugin.web.request.limits import LOOKING, SAYING, by_token, limiter
from plugin.web.request.services import services
from plugin.web.request.telling import tell, tell_everybody, told

bp = Blueprint("breaks", __name__, url_prefix="/api")


# ---- the break ------------------------------------------------------------------------------------------------------


@bp.get("/break")
def current() -> Response:
    facts = services().facts.of(current_pass().event_id)
    return jsonify({"break": facts.moment(), "here": facts.here})


@bp.post("/host/break")
@limiter.limit(SAYING, key_func=by_token)
def start() -> tuple[Response, int]:
    host = current_organizer()
    wishes = json_object()
    started = breaks.start(
        services().database, host.event_id, wishes.get("minutes"), wishes.get("start_in", 0)
    )
    tell_everybody(host.event_id)
    return jsonify({"break": started}), 201


@bp.patch("/host/break")
@limiter.limit(SAYING, key_func=by_token)
def change() -> Response:
    host = current_organizer()
    wishes = json_object()
    if wishes.get("start_now") is True:
        changed = breaks.start_now(services().database, host.event_id)
    else:
        changed = breaks.extend(services().database, host.event_id, wishes.get("extend"))
    tell_everybody(host.event_id)
    return jsonify({"break": changed})


@bp.delete("/host/break")
@limiter.limit(SAYING, key_func=by_token)
def end() -> Response:
    host = current_organizer()
    ended = breaks.end(services().database, host.event_id)
    tell_everybody(host.event_id)
    return jsonify({"break": ended})


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
    return jsonify(lines.view(database, attendee))


@bp.post("/line")
@limiter.limit(LOOKING, key_func=by_token)
def join_line() -> Response:
    attendee = current_attendee()
    known = services()
    line_id = lines.join(known.database, attendee)
    known.batches.presence.beat(attendee.event_id, [attendee.id], time.time())
    _move(attendee, line_id)
    return jsonify(lines.view(known.database, attendee))


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
