"""The calls of hellos: say, see, answer, put aside, share contact, take along; and the threads on the wall."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext

from integrations.platform import Identity
from plugin import hello, talks
from plugin.counters import FIRST_HELLO, span_of
from plugin.feed import News
from plugin.hello import Said
from plugin.models import Attendee
from plugin.people import Refusal
from plugin.web.auth import current_attendee, current_pass
from plugin.web.limits import LOOKING, SAYING, by_token, limiter
from plugin.web.panel import json_object
from plugin.web.services import services
from plugin.web.stroll import is_id

bp = Blueprint("hello", __name__, url_prefix="/api")


def deep_link(person: Attendee) -> str | None:
    """The platform's own way to begin a talk with somebody."""
    platform = services().platforms.get(person.platform)
    identity = Identity(person.platform, person.tenant, person.user_id, person.assurance.value)
    return platform.hello_url(identity) if platform is not None else None


@bp.get("/photos/<int:photo_id>/hello")
@limiter.limit(LOOKING, key_func=by_token)
def way_in(photo_id: int) -> Response:
    known = services()
    way = talks.way_in(known.database, known.hello_rules, current_attendee(), photo_id, deep_link)
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


def told(attendee: Attendee, said: Said) -> dict[str, Any]:
    """Tell the other one, and everybody where the threads have changed; the hello as the sayer sees it."""
    known = services()
    known.broadcaster.publish(News(0, said.other_id))
    if said.answered:
        tell_everybody(attendee.event_id)
    return talks.one(known.database, attendee, said.hello_id, deep_link)


def tell_everybody(event_id: int) -> None:
    """The break, the threads or the speakers' lines are not as they were."""
    known = services()
    known.meetings.forget(event_id)
    known.broadcaster.publish(News(known.meetings.wall_of(event_id)))


@bp.get("/hellos")
@limiter.limit(LOOKING, key_func=by_token)
def overview() -> Response:
    known = services()
    return jsonify(talks.overview(known.database, known.hello_rules, current_attendee(), deep_link))


@bp.post("/hellos/seen")
@limiter.limit(LOOKING, key_func=by_token)
def seen() -> tuple[str, int]:
    attendee = current_attendee()
    ids = json_object().get("ids")
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
    return "", 204


@bp.post("/hellos/<int:hello_id>/share")
@limiter.limit(SAYING, key_func=by_token)
def share(hello_id: int) -> Response:
    attendee = current_attendee()
    known = services()
    other_id = hello.share(
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
    other_id = hello.unshare(services().database, attendee, hello_id)
    return jsonify(hello=told(attendee, Said(hello_id, other_id)))


@bp.get("/hellos/take-along")
@limiter.limit(SAYING, key_func=by_token)
def take_along() -> Response:
    attendee = current_attendee()
    name, kind, text = talks.take_along(
        services().database, attendee, request.args.get("format", "csv"), deep_link
    )
    response = Response(text, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@bp.get("/threads")
def threads() -> Response:
    response = jsonify(services().meetings.threads(current_pass().event_id))
    response.headers["Cache-Control"] = "private, max-age=1"
    response.headers["Vary"] = "Authorization"
    return response
