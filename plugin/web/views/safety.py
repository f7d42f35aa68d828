"""The calls that keep people safe: block, report, erase oneself; and the host's queue of reports."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import NotFound

from plugin.people.refusal import Refusal
from plugin.safety import blocks, forgetting, purging, reports
from plugin.safety.blocks import Consequences
from plugin.safety.reports import Complaint
from plugin.state.keys import evidence_key
from plugin.state.storage import NotStoredError
from plugin.web.request.answers import is_id
from plugin.web.request.auth import current_attendee, current_host
from plugin.web.request.bodies import json_object
from plugin.web.request.giving_up import give_up_tokens
from plugin.web.request.limits import LOOKING, SAYING, by_token, limiter
from plugin.web.request.services import services
from plugin.web.request.telling import tell, tell_everybody

bp = Blueprint("safety", __name__)

KEY = re.compile(r"[0-9a-f]{32}")


def _tell(event_id: int, done: Consequences) -> None:
    tell(done.concerned)
    if done.threads:
        tell_everybody(event_id)


@bp.post("/api/block")
@limiter.limit(SAYING, key_func=by_token)
def block() -> tuple[str, int]:
    attendee = current_attendee()
    wishes = json_object()
    done = blocks.block(
        services().database, attendee, wishes.get("photo"), wishes.get("hello"), wishes.get("words")
    )
    services().batches.tally.note(attendee.event_id, "blocked")
    _tell(attendee.event_id, done)
    return "", 204


@bp.get("/api/blocks")
@limiter.limit(LOOKING, key_func=by_token)
def blocked() -> Response:
    return jsonify(blocked=blocks.blocked_by(services().database, current_attendee()))


@bp.delete("/api/blocks/<int:block_id>")
@limiter.limit(SAYING, key_func=by_token)
def unblock(block_id: int) -> tuple[str, int]:
    attendee = current_attendee()
    _tell(attendee.event_id, blocks.unblock(services().database, attendee, block_id))
    return "", 204


@bp.post("/api/report")
@limiter.limit(SAYING, key_func=by_token)
def report() -> tuple[str, int]:
    attendee = current_attendee()
    known = services()
    known.batches.openings.flush(known.database)  # what they opened a moment ago counts too
    done = reports.report(known.database, known.storage, attendee, _complaint(json_object()))
    known.batches.tally.note(attendee.event_id, "reported")
    _tell(attendee.event_id, done)
    return "", 204


def _complaint(wishes: dict[str, Any]) -> Complaint:
    return Complaint(
        photo_id=wishes.get("photo"),
        hello_id=wishes.get("hello"),
        words_id=wishes.get("words"),
        reason=wishes.get("reason"),
        note=wishes.get("note"),
        block=wishes.get("block", True),
    )


@bp.delete("/api/me")
@limiter.limit(SAYING, key_func=by_token)
def erase_me() -> tuple[Response, int]:
    attendee = current_attendee()
    known = services()
    others = reports.those_who_know(known.database, attendee)
    known.batches.presence.left(attendee.event_id, attendee.id)
    give_up_tokens(attendee)
    forgetting.forget_attendee(known.database, known.storage, known.jobs, attendee.id)
    tell(others)
    tell_everybody(attendee.event_id)
    return jsonify(delayed=not known.jobs.is_reachable()), 202


# ---- the host's desk ------------------------------------------------------------------------------------------------


@bp.get("/api/host/reports")
def waiting_reports() -> Response:
    return jsonify(reports.desk(services().database, current_host().event_id))


@bp.post("/api/host/reports/<int:report_id>")
@limiter.limit(SAYING, key_func=by_token)
def decide(report_id: int) -> Response:
    host = current_host()
    known = services()
    settled = reports.decide(known.database, known.jobs, host, report_id, json_object().get("decision"))
    _tell(host.event_id, settled.done)
    return jsonify(report=settled.view, decision=settled.decision_id)


@bp.post("/api/host/people/<int:attendee_id>")
@limiter.limit(SAYING, key_func=by_token)
def set_paused(attendee_id: int) -> Response:
    host = current_host()
    paused = json_object().get("paused")
    person, done, decision_id = reports.set_paused(services().database, host, attendee_id, paused)
    _tell(host.event_id, done)
    return jsonify(person=person, decision=decision_id)


@bp.post("/api/host/purge")
@limiter.limit(SAYING, key_func=by_token)
def purge() -> tuple[Response, int]:
    """Everything of whoever gave a photo goes for good."""
    host, known = current_host(), services()
    photo_id = json_object().get("photo")
    if not isinstance(photo_id, int) or not is_id(photo_id):
        raise Refusal(422, "unknown_choice", "Choose whom you mean.", "photo")
    gone, others = purging.purge(known.database, known.storage, known.jobs, host, photo_id)
    known.batches.presence.left(host.event_id, gone.id)
    tell({gone.id} | others)
    tell_everybody(host.event_id)
    return jsonify(delayed=not known.jobs.is_reachable()), 202


@bp.get("/media/reports/<key>.jpg")
def picture(key: str) -> Response:
    """A copy kept with a report. Nobody can guess the address, and only the host is told."""
    if not KEY.fullmatch(key):
        raise NotFound
    try:
        data = services().storage.get(evidence_key(key))
    except NotStoredError:
        raise NotFound from None
    response = Response(data, content_type="image/jpeg")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
