"""What a host has at hand in the panel: what waits, what was done and can be taken back, and the way to the desk."""

import time

from flask import Blueprint, Response, jsonify

from plugin.people import pairing
from plugin.people.admission import Arrival
from plugin.people.doors import Screen
from plugin.people.refusal import Refusal
from plugin.safety import undoing
from plugin.state.decisions import DecisionKind
from plugin.state.models import Event
from plugin.wall import counters, hosting
from plugin.web.request.answers import is_id, no_store, public_address
from plugin.web.request.auth import current_host, current_pass
from plugin.web.request.bodies import json_object
from plugin.web.request.limits import LOOKING, SAYING, by_token, limiter
from plugin.web.request.services import Services, services
from plugin.web.request.telling import tell, tell_everybody

bp = Blueprint("hand", __name__, url_prefix="/api/host")

WINDOW = "desk window"  # what our seal is for


@bp.get("/waits")
@limiter.limit(LOOKING, key_func=by_token)
def waits() -> Response:
    """How much waits for a host: photos and reports."""
    return no_store(jsonify(counters.waits(services().database, current_host().event_id)))


# ---- what was done --------------------------------------------------------------------------------------------------


@bp.get("/decisions")
@limiter.limit(LOOKING, key_func=by_token)
def decisions() -> Response:
    return no_store(jsonify(decisions=undoing.listing(services().database, current_host().event_id)))


@bp.post("/decisions/undo")
@limiter.limit(SAYING, key_func=by_token)
def undo() -> Response:
    """Take some back, the newest first. One alone that cannot be is refused; of several, those are left out."""
    host, wanted = current_host(), json_object(lists=["decisions"]).get("decisions")
    if not isinstance(wanted, list) or not wanted or len(wanted) > hosting.WAITING_SHOWN:
        raise Refusal(422, "unknown_choice", "Choose what to take back.", "decisions")
    ids = sorted({each for each in wanted if is_id(each)}, reverse=True)
    done, concerned, kinds = [], set(), set()
    for decision_id in ids:
        try:
            undone = undoing.undo(services().database, services().jobs, host, decision_id)
        except Refusal:
            if len(ids) == 1:
                raise
            continue
        done.append(decision_id)
        concerned |= undone.concerned
        kinds.add(undone.kind)
    tell(concerned)
    if kinds - {DecisionKind.APPROVE, DecisionKind.REFUSE}:
        tell_everybody(host.event_id)
    return jsonify(undone=done)


# ---- the desk in a window of its own --------------------------------------------------------------------------------


@bp.post("/window")
@limiter.limit(SAYING, key_func=by_token)
def hand_over() -> Response:
    """The desk's address with a text that opens it once, within a minute. The host key is not part of it."""
    host, known = current_host(), services()
    with known.database.read() as session:
        code = session.get_one(Event, host.event_id).code
    facts = {"attendee": host.id, "door": current_pass().door_id, "event": host.event_id}
    sealed = known.tokens.seal(WINDOW, facts)
    return no_store(jsonify(url=f"{public_address('pages.desk', code=code)}#desk={sealed}"))


def by_window(known: Services, code: str, handed: str, screen: Screen) -> Arrival:
    """The host whose panel opened this window. Raises Refusal."""
    facts = known.tokens.unseal(WINDOW, handed, pairing.WINDOW_SECONDS)
    if facts is None:
        raise pairing.spent_window()
    return pairing.take_the_window(
        known.database, code, facts["attendee"], facts["door"], handed, screen, time.time()
    )
