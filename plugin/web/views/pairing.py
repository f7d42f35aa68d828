"""The phone's way in: a code that the panel shows, and what it opens."""

import base64
import io
import time
from collections.abc import Callable

import segno
from flask import Blueprint, Response, jsonify

from plugin.people import pairing
from plugin.people.admission import Arrival
from plugin.people.doors import Screen
from plugin.state.models import Event
from plugin.web.request.answers import public_address
from plugin.web.request.auth import current_attendee, current_pass
from plugin.web.request.limits import SENDING, by_token, limiter
from plugin.web.request.services import Services, services

bp = Blueprint("pairing", __name__, url_prefix="/api")


@bp.post("/me/pairing")
@limiter.limit(SENDING, key_func=by_token)
def show() -> Response:
    """A link and its QR code. The drawing is in the answer, because an address of its own would end up in logs."""
    attendee = current_attendee()
    known = services()
    with known.database.read() as session:
        code = session.get_one(Event, attendee.event_id).code
    launch = known.tokens.pairing(attendee.id, current_pass().door_id)
    url = f"{public_address('pages.panel', code=code)}#launch={launch}"
    response = jsonify(url=url, qr_url=drawn(url), expires_in=pairing.PAIRING_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response


def paired(known: Services, code: str, launch: str, screen: Callable[[], Screen]) -> Arrival | None:
    """The person whose panel showed this launch; None when it is no pairing. Raises Refusal (410) when it is spent."""
    found = known.tokens.read_pairing(launch, pairing.PAIRING_SECONDS)
    if found is None:
        return None
    if not found.is_fresh:
        raise pairing.spent()
    return pairing.pair(
        known.database, code, found.attendee_id, found.door_id, found.nonce, screen(), time.time()
    )


def drawn(url: str) -> str:
    drawing = io.BytesIO()
    segno.make(url, error="l", micro=False).save(drawing, kind="svg", scale=4, border=2, light="#fff")
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.getvalue()).decode()}"
