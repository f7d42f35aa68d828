"""The host's calls about other hosts: who is one, who could be, making somebody a co-host and taking it back."""

from flask import Blueprint, Response, jsonify, request

from plugin.people import cohosts
from plugin.platforms import places
from plugin.web.request.auth import current_host, current_naming_host
from plugin.web.request.bodies import json_object
from plugin.web.request.limits import LOOKING, SAYING, by_token, limiter
from plugin.web.request.services import services
from plugin.web.request.telling import tell

bp = Blueprint("cohosts", __name__, url_prefix="/api/host")

LONGEST_QUERY = 100


@bp.get("/co-hosts")
def listing() -> Response:
    host, database = current_host(), services().database
    found = cohosts.hosts(database, host)
    return jsonify(found | {"waiting": places.waiting(database, host.event_id) if found["may_name"] else []})


@bp.get("/co-hosts/candidates")
@limiter.limit(LOOKING, key_func=by_token)
def candidates() -> Response:
    query = request.args.get("q", "")[:LONGEST_QUERY]
    return jsonify(people=cohosts.candidates(services().database, current_naming_host(), query))


@bp.post("/people/<int:attendee_id>/role")
@limiter.limit(SAYING, key_func=by_token)
def decide(attendee_id: int) -> Response:
    cohosts.decide(services().database, current_naming_host(), attendee_id, json_object().get("role"))
    tell([attendee_id])
    return jsonify(ok=True)
