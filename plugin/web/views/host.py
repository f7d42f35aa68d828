"""The host's calls: open an event, look at the desk, decide about waiting photos, close and open."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from flask_babel import gettext

from plugin.people import tenants
from plugin.people.refusal import Refusal
from plugin.state.feed import News
from plugin.state.models import Attendee, Event, EventState, Role
from plugin.together import agenda, allowing
from plugin.wall import hosting, picture
from plugin.wall.hosting import Plan
from plugin.web.request.answers import is_id, no_store, public_address
from plugin.web.request.auth import current_host
from plugin.web.request.bodies import json_object, takes_upload
from plugin.web.request.limits import OPENING, SAYING, SENDING, by_token, limiter
from plugin.web.request.services import services
from plugin.web.request.telling import tell, tell_everybody
from plugin.web.views.picture import in_words, wait_for_target

bp = Blueprint("host", __name__, url_prefix="/api")


@bp.get("/targets")
def targets() -> Response:
    return jsonify(targets=built_in_targets())


def built_in_targets() -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "title": gettext(title),
            "url": f"{request.script_root}/static/dist/targets/{name}.jpg",
        }
        for name, title in hosting.BUILT_IN_TARGETS.items()
    ]


@bp.post("/events")
@limiter.limit(OPENING)
@takes_upload
def open_event() -> tuple[Response, int]:
    known = services()
    if not known.settings.open_hosting:
        raise Refusal(403, "not_open", "On this server, walls are started from a meeting platform.")
    upload = request.files.get("target")
    form = request.form
    plan = Plan(
        name=form.get("name", ""),
        prompt=form.get("prompt", ""),
        credits=form.get("credits", ""),
        target_name=form.get("target_name", ""),
        target=upload.stream.read() if upload else None,
        reviewed=form.get("reviewed") == "1",
    )
    opened = hosting.open_event(known.database, known.storage, known.jobs, plan)
    wait_for_target(opened.wall_id)
    links = _links(opened.code)
    return jsonify(code=opened.code, host_url=f"{links['desk_url']}#{opened.host_key}", **links), 201


def _links(code: str) -> dict[str, str]:
    panel = public_address("pages.panel", code=code)
    return {
        "join_url": panel,
        "stage_url": f"{panel}?stage=1",
        "qr_url": url_for("pages.qr", code=code),
        "desk_url": public_address("pages.desk", code=code),
    }


@bp.get("/host")
def desk() -> Response:
    content = hosting.desk(services().database, current_host().event_id)
    in_words(content["picture"])
    content["agenda"] = agenda.listing(services().database, current_host().event_id)
    return jsonify(content | _links(content["event"]["code"]))


@bp.post("/host/photos/<int:photo_id>")
def decide(photo_id: int) -> Response:
    wish = json_object()
    approve = _approves(wish)
    decided = _decide(current_host(), photo_id, wish.get("story"), approve=approve)
    return jsonify(ok=True, decision=decided)


@bp.post("/host/photos")
def decide_together() -> Response:
    """Several at once, each with the story that was seen. Those that are not waiting any more are left out."""
    host, wish = current_host(), json_object(lists=["photos"])
    approve, wanted = _approves(wish), wish.get("photos")
    if not isinstance(wanted, list) or len(wanted) > hosting.WAITING_SHOWN:
        raise Refusal(422, "unknown_choice", "Choose the photos.", "photos")
    decisions, left = [], 0
    for each in wanted:
        try:
            decisions.append(_decide(host, _id_in(each), each.get("story"), approve=approve))
        except Refusal:
            left += 1
    return jsonify(decisions=decisions, left=left)


def _approves(wish: dict[str, Any]) -> bool:
    decision = wish.get("decision")
    if decision not in ("approve", "refuse"):
        raise Refusal(422, "unknown_choice", "Approve the photo or refuse it.", "decision")
    return bool(decision == "approve")


def _id_in(wanted: Any) -> int:
    found: Any = wanted.get("id") if isinstance(wanted, dict) else None
    if not is_id(found):
        raise Refusal(422, "unknown_choice", "Choose the photos.", "photos")
    return int(found)


def _decide(host: Attendee, photo_id: int, seen: Any, *, approve: bool) -> int:
    known = services()
    decided = hosting.decide(known.database, known.jobs, host, photo_id, approve, seen)
    known.broadcaster.publish(News(0, decided.owner_id))
    return decided.decision_id


@bp.patch("/host/event")
@limiter.limit(SAYING, key_func=by_token)
def change_event() -> Response:
    known, event_id = services(), current_host().event_id
    moved = allowing.change(known.database, known.jobs, event_id, json_object())
    tell(moved.concerned)
    tell_everybody(event_id)
    return jsonify(hosting.look(known.database, event_id))


@bp.post("/host/review")
def set_reviewed() -> Response:
    wished = json_object().get("reviewed")
    if not isinstance(wished, bool):
        raise Refusal(422, "unknown_choice", "Photos wait for your look or they do not.", "reviewed")
    hosting.set_reviewed(services().database, current_host().event_id, wished)
    return jsonify(ok=True)


@bp.post("/host/stage")
def set_stage_public() -> Response:
    known = services()
    wished = json_object().get("public")
    if not isinstance(wished, bool):
        raise Refusal(422, "unknown_choice", "The stage is recorded or public, or it is not.", "public")
    hosting.set_stage_public(known.database, known.jobs, current_host().event_id, wished)
    return jsonify(ok=True)


@bp.post("/host/state")
def set_state() -> Response:
    known, host = services(), current_host()
    state = str(json_object().get("state"))
    wall_id, decision_id = hosting.set_state(known.database, host, state)
    if state == EventState.CLOSED:
        picture.break_is_over(known.database, known.jobs, host.event_id)
    known.broadcaster.publish(News(wall_id))
    return jsonify(ok=True, decision=decision_id or None)


# ---- keys for signed links --------------------------------------------------------------------------------------


@bp.get("/host/signing-key")
def signing_keys() -> Response:
    return no_store(jsonify(asdict(tenants.keys_of(services().database, _kid(current_host())))))


@bp.post("/host/signing-key")
@limiter.limit(SENDING, key_func=by_token)
def new_signing_key() -> Response:
    """A key that signs links to this event, and to no other. It is shown this once."""
    host, database = _only_host(), services().database
    with database.read() as session:
        name = session.get_one(Event, host.event_id).name
    key = tenants.new_key_for(database, _kid(host), name, [host.event_id])
    return no_store(jsonify(key=key, **asdict(tenants.keys_of(database, _kid(host)))))


@bp.delete("/host/signing-key")
def give_up_old_keys() -> Response:
    host, database = _only_host(), services().database
    tenants.give_up_old_keys(database, _kid(host))
    return no_store(jsonify(asdict(tenants.keys_of(database, _kid(host)))))


def _only_host() -> Attendee:
    """A second host's links would make hosts, which they themselves may not."""
    host = current_host()
    if host.role is not Role.HOST:
        raise Refusal(403, "not_host", "Only a host can do this.")
    return host


def _kid(host: Attendee) -> str:
    return f"event-{host.event_id}"
