"""The panel's calls: join, the wall, who is behind a photo, and oneself."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext

from integrations.platform import Request
from plugin.people import admission, photos, profiles, rooms
from plugin.people.admission import Arrival, Newcomer
from plugin.safety import reports
from plugin.state.models import Attendee, Reachability
from plugin.together import conversations
from plugin.wall import inside, watching
from plugin.web.live.snapshots import SNAPSHOT_SECONDS
from plugin.web.request.answers import as_attendee, as_event, no_store, whole_number
from plugin.web.request.auth import current_attendee, current_pass
from plugin.web.request.bodies import json_object
from plugin.web.request.guesses import counted
from plugin.web.request.limits import network_of
from plugin.web.request.services import Services, services
from plugin.web.request.telling import tell
from plugin.web.request.tokens import Pass
from plugin.web.request.wire import trust_of
from plugin.web.views.doors import arrived, back_by_door, by_link, means_of, screen_at
from plugin.web.views.hand import by_window
from plugin.web.views.pairing import paired

SHOWN = ("stage", "stage_public", "only_whole")  # what changes the pictures

bp = Blueprint("panel", __name__, url_prefix="/api")


@bp.post("/join")
def join() -> Response:
    wishes = json_object()
    known = services()
    code = str(wishes.get("code", ""))
    with counted(code):
        if wishes.get("stage") is True:
            return _stage(known, code)
        arrival = _joining(known, code, wishes)
    if not (wishes.get("host_key") or wishes.get("desk")):
        rooms.come_to(known.database, arrival, wishes.get("room"))
    return no_store(jsonify(arrived(arrival)))


def _joining(known: Services, code: str, wishes: dict[str, Any]) -> Arrival:
    """By the host link, by a window that a host's panel opened, by a personal link, by a launch, by a return key, or as
    a new guest: in that order, what is given."""
    if host_key := wishes.get("host_key"):
        return admission.take_the_desk(known.database, code, str(host_key))
    if handed := wishes.get("desk"):
        return by_window(known, code, str(handed), screen_at(code, wishes))
    if personal := wishes.get("personal"):
        return by_link(code, str(personal), wishes)
    if paired_one := paired(known, code, str(wishes.get("launch") or ""), lambda: screen_at(code, wishes)):
        return paired_one
    for name, read in (("launch", known.tokens.read_handover), ("return_key", known.tokens.read_return_key)):
        attendee_id, door_id = read(str(wishes[name])) if wishes.get(name) else (0, 0)
        back = admission.come_back(known.database, code, attendee_id, door_id) if attendee_id else None
        if back is not None:
            return back_by_door(back, wishes)
    platform = known.platforms["web"]
    wire = Request("POST", request.path, body=request.get_data())
    launch = platform.launch(wire, trust_of(platform), time.time())
    newcomer = as_newcomer(launch, str(wishes.get("device") or ""))
    return admission.admit(known.database, launch.event_code, newcomer)


def as_newcomer(launch: Any, device: str = "") -> Newcomer:
    identity = launch.identity
    return Newcomer(
        identity.platform,
        identity.tenant,
        identity.user_id,
        identity.assurance,
        launch.role,
        launch.profile.name,
        launch.profile.email,
        network_of(launch.event_code),
        device,
    )


def _stage(known: Services, code: str) -> Response:
    with known.database.read() as session:
        event = admission.find_event(session, code)
    token = known.tokens.panel(Pass(event.id, 0, watching.STAGE))
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
    wall_id = known.facts.wall_of(granted.event_id)
    missed = watching.changes_since(known.database, wall_id, whole_number("since", 0), granted.audience)
    status = {"state": missed.state, "delayed": known.broadcaster.delayed}
    return jsonify(
        missed.as_dict()
        | status
        | known.facts.of(granted.event_id).as_dict(granted.attendee_id)
        | _own_news(known, granted)
    )


@bp.get("/news")
def news() -> Response:
    """For a panel that nobody looks at: whether something concerns only its person. Costs no look at the database, and
    whoever asks is not here for that."""
    heard, me = services().broadcaster.news_of(current_pass().attendee_id, whole_number("heard", 0))
    return no_store(jsonify(heard=heard, me=me))


def _own_news(known: Services, granted: Pass) -> dict[str, Any]:
    """What the stream tells a person by itself, for one whom it does not reach: `me`, as of the number `heard`."""
    if not granted.attendee_id:
        return {}
    known.batches.note_here(granted.event_id, granted.attendee_id)
    heard, me = known.broadcaster.news_of(granted.attendee_id, whole_number("heard", 0))
    return {"heard": heard, "me": me}


@bp.get("/photos")
def details() -> Response:
    granted = current_pass()
    ids = [
        int(each) for each in request.args.get("ids", "").split(",") if each.isdecimal() and len(each) < 16
    ]
    database = services().database
    return jsonify(
        photos=watching.details(database, granted.event_id, ids, granted.audience, granted.attendee_id)
    )


@bp.get("/people")
def listing() -> Response:
    attendee = current_attendee()
    query = request.args.get("q", "")[:100]
    after = request.args.get("after", "")
    limit = min(max(whole_number("limit", watching.PEOPLE_AT_ONCE), 1), watching.PEOPLE_AT_ONCE)
    only_room = request.args.get("room") == "mine"
    found = watching.people(
        services().database,
        attendee.event_id,
        query,
        after,
        limit,
        attendee.id,
        attendee.room,
        only_room=only_room,
    )
    return jsonify(found)


@bp.get("/me")
def me() -> Response:
    return jsonify(_about(current_attendee()))


@bp.patch("/me")
def change_me() -> Response:
    attendee = current_attendee()
    known = services()
    changed = admission.change_me(known.database, attendee.id, attendee.event_id, json_object())
    wall_id, _ = watching.revision_of(known.database, attendee.event_id)
    if any(getattr(changed, choice) != getattr(attendee, choice) for choice in SHOWN):
        known.jobs.place(wall_id)
    if changed.only_whole and not attendee.only_whole:
        inside.forget_showing(known.database, known.storage, wall_id, attendee.id)
    if changed.reachability is Reachability.HIDDEN and attendee.reachability is not Reachability.HIDDEN:
        concerned = reports.step_back(known.database, attendee)
        tell(concerned)
    if attendee.in_keepsake and not changed.in_keepsake:
        inside.forget_outdated(known.database, known.storage, wall_id)
    tell([attendee.id])
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
        "hellos": conversations.unread(known.database, attendee.id),
        "here": known.facts.of(attendee.event_id).here,
        "means": means_of(attendee),
    } | profiles.about(known.database, attendee.id)
