"""What the platform tells of oneself: shown, used or sent away."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from plugin.people import profiles
from plugin.people.refusal import Refusal
from plugin.state.keys import suggestion_key
from plugin.state.storage import NotStoredError
from plugin.web.request.auth import current_attendee
from plugin.web.request.bodies import json_object
from plugin.web.request.limits import SENDING, by_token, limiter
from plugin.web.request.services import services

bp = Blueprint("profiles", __name__)

KEY = re.compile(r"[0-9a-f]{32}")
WISHES = (
    *("name", "title", "reachability", "stage", "stage_public", "on_stage", "in_keepsake", "keepsake"),
    "host_keeps",
)


@bp.post("/api/me/profile/use")
@limiter.limit(SENDING, key_func=by_token)
def use() -> tuple[Response, int]:
    """The suggested picture becomes the person's photo; the rest as when one sends a photo."""
    attendee = current_attendee()
    wishes = json_object()
    if wishes.get("picture") is not True:
        raise Refusal(422, "empty", "Please choose a photo.", "photo")
    known = services()
    fields: dict[str, Any] = {name: wishes[name] for name in WISHES if name in wishes}
    fields |= {"story": str(wishes.get("story") or "")}
    fields |= {name: _share(wishes.get(name)) for name in ("crop_x", "crop_y")}
    photo, is_delayed = profiles.use_picture(
        known.database,
        known.storage,
        known.jobs,
        known.budget,
        attendee,
        request.headers.get("Idempotency-Key", ""),
        fields,
    )
    receipt = {"id": photo.id, "key": photo.key, "state": photo.state.value}
    return jsonify(photo=receipt, delayed=is_delayed), 202


def _share(value: Any) -> float | None:
    """A number from 0 to 1, or None where it makes no sense."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 1 else None


@bp.post("/api/me/profile/dismiss")
def dismiss() -> Response:
    known = services()
    profiles.dismiss(known.database, known.storage, current_attendee().id)
    return jsonify(ok=True)


@bp.get("/media/suggestions/<key>.jpg")
def picture(key: str) -> Response:
    """Its address cannot be guessed, so a token is not asked for and an <img> can show it."""
    if not KEY.fullmatch(key):
        raise NotFound
    try:
        data = services().storage.get(suggestion_key(key))
    except NotStoredError:
        raise NotFound from None
    response = Response(data, content_type="image/jpeg")
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
