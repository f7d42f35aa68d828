"""The host's calls about the event's own look, and what pages need for it: the style sheet and the logo."""

import re
import time

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import NotFound

from plugin.people.refusal import Refusal
from plugin.state.keys import logo_key
from plugin.state.storage import NotStoredError
from plugin.wall import branding, colours, hosting
from plugin.web.request.auth import current_host
from plugin.web.request.bodies import takes_upload
from plugin.web.request.limits import SENDING, by_token, limiter
from plugin.web.request.services import services
from plugin.web.request.telling import tell_everybody

bp = Blueprint("brand", __name__)

WAIT_SECONDS = 6.0
LOOK_SECONDS = 0.1
KEY = re.compile(r"[0-9a-f]{32}")
# An address names one version for ever: the colour itself, or a logo by chance.
IMMUTABLE = "public, max-age=31536000, immutable"


@bp.post("/api/host/logo")
@limiter.limit(SENDING, key_func=by_token)
@takes_upload
def send() -> Response:
    known, event_id = services(), current_host().event_id
    upload = request.files.get("logo")
    if upload is None:
        raise Refusal(422, "empty", "Please choose a file.", "logo")
    branding.keep_logo(known.database, known.storage, known.jobs, event_id, upload.stream.read())
    refusal = _awaited(event_id)
    if refusal is not None:
        raise Refusal(422, refusal, branding.words_of_logo(refusal), "logo")
    return _told(event_id)


def _awaited(event_id: int) -> str | None:
    """Why the logo is no good, so that a host hears it at once; a slow one goes on without them."""
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        state, refusal = branding.look(services().database, event_id)
        if state != branding.COMING or time.monotonic() > give_up:
            return refusal
        time.sleep(LOOK_SECONDS)


@bp.delete("/api/host/logo")
@limiter.limit(SENDING, key_func=by_token)
def drop() -> Response:
    known, event_id = services(), current_host().event_id
    branding.drop_logo(known.database, known.storage, event_id)
    return _told(event_id)


def _told(event_id: int) -> Response:
    tell_everybody(event_id)
    return jsonify(hosting.look(services().database, event_id))


@bp.get("/brand/<colour>.css")
def style(colour: str) -> Response:
    """An accent, fitted to every theme."""
    if not colours.HEX.fullmatch(f"#{colour}"):
        raise NotFound
    response = Response(colours.style(f"#{colour}"), content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = IMMUTABLE
    return response


@bp.get("/media/logos/<key>.png")
def logo(key: str) -> Response:
    if not KEY.fullmatch(key):
        raise NotFound
    try:
        data = services().storage.get(logo_key(key))
    except NotStoredError:
        raise NotFound from None
    response = Response(data, content_type="image/png")
    response.headers["Cache-Control"] = IMMUTABLE
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
