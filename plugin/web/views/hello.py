"""The calls of hellos: say, see, answer, put aside, share contact, take along; and the threads on the wall."""

import time

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext

from plugin.people.refusal import Refusal
from plugin.state.models import Attendee
from plugin.together import contact, conversations, hello
from plugin.together.hello import Said
from plugin.wall.counters import FIRST_HELLO, span_of
from plugin.web.request.answers import is_id
from plugin.web.request.auth import current_attendee, current_pass
from plugin.web.request.bodies import json_object
from plugin.web.request.limits import LOOKING, SAYING, by_token, limiter
from plugin.web.request.services import services
from plugin.web.request.telling import deep_link, tell, told

bp = Blueprint("hello", __name__, url_prefix="/api")


@bp.get("/photos/<int:photo_id>/hello")
@limiter.limit(LOOKING, key_func=by_token)
def way_in(photo_id: int) -> Response:
    known = services()
    attendee = current_attendee()
    way = conversations.way_in(known.database, known.hello_rules, attendee, photo_id, deep_link)
    known.batches.openings.opened(attendee.event_id, attendee.id, [photo_id])
    way["message"] = gettext(way["message"]) if way["message"] else ""
    return jsonify(way)


@bp.post("/hellos")
@limiter.limit(SAYING, key_func=by_token)
def say() -> tuple[Response, int]:
    attendee = current_attendee()
    known = services()
    wishes = json_object()
    photo_id = wishes.get("photo")
    if not isinstance(photo_id, int) or not is_id(photo_id):
        raise Refusal(422, "not_json", "Please reload the page and try again.", "photo")
    said = hello.say(known.database, known.hello_rules, attendee, photo_id, wishes.get("opener"))
    _count(attendee, said)
    return jsonify(hello=told(attendee, said)), 201


def _count(attendee: Attendee, said: Said) -> None:
    tally = services().batches.tally
    if said.first:
        tally.note(attendee.event_id, "hello_sent")
        tally.note(attendee.event_id, FIRST_HELLO, span_of(time.time() - attendee.joined_at))
    if said.answered:
        tally.note(attendee.event_id, "hello_answered")


@bp.get("/hellos")
@limiter.limit(LOOKING, key_func=by_token)
def overview() -> Response:
    known = services()
    return jsonify(conversations.overview(known.database, known.hello_rules, current_attendee(), deep_link))


@bp.post("/hellos/seen")
@limiter.limit(LOOKING, key_func=by_token)
def seen() -> tuple[str, int]:
    attendee = current_attendee()
    ids = json_object(lists=["ids"]).get("ids")
    if not isinstance(ids, list):
        raise Refusal(422, "not_json", "Please reload the page and try again.", "ids")
    known = services()
    first = hello.see(known.database, attendee, [each for each in ids if is_id(each)])
    if first:
        known.batches.tally.note(attendee.event_id, "hello_seen", number=first)
    return "", 204


@bp.post("/hellos/<int:hello_id>/answer")
@limiter.limit(SAYING, key_func=by_token)
def answer(hello_id: int) -> Response:
    attendee = current_attendee()
    wishes = json_object()
    said = hello.answer(
        services().database, attendee, hello_id, opener=wishes.get("opener"), words=wishes.get("words")
    )
    _count(attendee, said)
    return jsonify(hello=told(attendee, said))


@bp.post("/hellos/<int:hello_id>/decline")
@limiter.limit(LOOKING, key_func=by_token)
def decline(hello_id: int) -> tuple[str, int]:
    attendee = current_attendee()
    hello.decline(services().database, attendee, hello_id)
    services().batches.tally.note(attendee.event_id, "declined")
    tell([attendee.id])
    return "", 204


@bp.post("/hellos/<int:hello_id>/share")
@limiter.limit(SAYING, key_func=by_token)
def share(hello_id: int) -> Response:
    attendee = current_attendee()
    known = services()
    other_id = contact.share(
        known.database,
        attendee,
        hello_id,
        contact=json_object().get("contact"),
        has_link=deep_link(attendee) is not None,
    )
    return jsonify(hello=told(attendee, Said(hello_id, other_id)))


@bp.delete("/hellos/<int:hello_id>/share")
@limiter.limit(SAYING, key_func=by_token)
def unshare(hello_id: int) -> Response:
    attendee = current_attendee()
    other_id = contact.unshare(services().database, attendee, hello_id)
    return jsonify(hello=told(attendee, Said(hello_id, other_id)))


@bp.get("/hellos/take-along")
@limiter.limit(SAYING, key_func=by_token)
def take_along() -> Response:
    attendee = current_attendee()
    name, kind, text = conversations.take_along(
        services().database, attendee, request.args.get("format", "csv"), deep_link
    )
    response = Response(text, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.get("/threads")
def threads() -> Response:
    response = jsonify(services().facts.threads(current_pass().event_id))
    response.headers["Cache-Control"] = "private, max-age=1"
    response.headers["Vary"] = "Authorization"
    return response
