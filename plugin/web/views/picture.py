"""The host's calls about the picture: look at it, change how it is made, replace it, finish it."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext

from plugin.people.refusal import Refusal
from plugin.state.feed import News
from plugin.state.storage import NotStoredError
from plugin.wall import hosting, picture, revealing
from plugin.wall.hosting import BUILT_IN_TARGETS
from plugin.web.request.answers import no_store
from plugin.web.request.auth import current_host
from plugin.web.request.bodies import json_object, takes_upload
from plugin.web.request.limits import SENDING, by_token, limiter
from plugin.web.request.services import services

bp = Blueprint("picture", __name__, url_prefix="/api/host")

TARGET_WAIT_SECONDS = 6.0
TARGET_LOOK_SECONDS = 0.1


@bp.get("/picture")
def look() -> Response:
    return jsonify(_shown(current_host().event_id))


@bp.post("/picture")
def change() -> Response:
    known = services()
    changed = picture.change(known.database, known.jobs, current_host().event_id, json_object())
    return jsonify(in_words(changed))


@bp.post("/target")
@limiter.limit(SENDING, key_func=by_token)
@takes_upload
def replace() -> Response:
    event_id = current_host().event_id
    known = services()
    upload = request.files.get("target")
    name = request.form.get("target_name", "")
    if upload is None and name not in BUILT_IN_TARGETS:
        raise Refusal(422, "no_target", "Choose a picture, or upload one.", "target")
    source = name if upload is None else upload.stream.read()
    wall_id = picture.replace(known.database, known.storage, known.jobs, event_id, source)
    wait_for_target(wall_id)
    return jsonify(_shown(event_id))


def wait_for_target(wall_id: int) -> None:
    """Tell a host at once when the picture is no good; a slow one goes on without them. Raises Refusal."""
    give_up = time.monotonic() + TARGET_WAIT_SECONDS
    while (state := hosting.target_state(services().database, wall_id)) == "opening":
        if time.monotonic() > give_up:
            return
        time.sleep(TARGET_LOOK_SECONDS)
    if state != "ready":
        raise Refusal(422, state, picture.words_of_target(state), "target")


def in_words(shown: dict[str, Any]) -> dict[str, Any]:
    """The picture as a host can read it: what is wrong with it in their language."""
    if shown["refusal"]:
        shown["refusal"]["message"] = gettext(shown["refusal"]["message"])
    return shown


def _shown(event_id: int) -> dict[str, Any]:
    return in_words(hosting.desk(services().database, event_id)["picture"])


# ---- the reveal ---------------------------------------------------------------------------------------------------


@bp.post("/reveal")
def reveal() -> Response:
    """Announce the reveal to everybody; or undo it, also while it is counted down."""
    known, event_id, wishes = services(), current_host().event_id, json_object()
    wished = wishes.get("revealed")
    if not isinstance(wished, bool):
        raise Refusal(422, "unknown_choice", "The picture is revealed or it is not.", "revealed")
    if wished:
        notice = wishes.get("notice", revealing.NOTICE_SECONDS)
        revealing.start(known.database, known.jobs, event_id, notice)
    else:
        revealing.undo(known.database, known.jobs, event_id)
    known.facts.forget(event_id)
    known.broadcaster.publish(News(known.facts.wall_of(event_id)))
    return jsonify(reveal=known.facts.of(event_id).reveal_now())


@bp.post("/reveal/preview")
@limiter.limit(SENDING, key_func=by_token)
def ask_for_preview() -> tuple[Response, int]:
    known = services()
    revealing.ask_for_preview(known.database, known.jobs, current_host().event_id)
    return jsonify(ok=True), 202


@bp.get("/reveal/preview.jpg")
def preview() -> Response:
    """The picture as it would be, for the host alone: 202 while it is being made."""
    known = services()
    key = revealing.preview(known.database, current_host().event_id)
    if key is None:
        return Response(status=202)
    try:
        data = known.storage.get(key)
    except NotStoredError:
        raise Refusal(404, "no_preview", "This preview is gone. Ask for another one.") from None
    return no_store(Response(data, content_type="image/jpeg"))
