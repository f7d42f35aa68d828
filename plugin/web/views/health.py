"""Whether the service lives, for whoever restarts it; and whether it can do its work, for whoever sends people to it.

What exactly is missing is told on the operator's address: see plugin.operate.lookout.
"""

import time

from flask import Blueprint, Response, jsonify

from plugin.state.readiness import Readiness, is_ready
from plugin.web.request.services import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def lives() -> tuple[Response, int]:
    """Asks nobody: a web process is not restarted because the database is busy. One that goes wants no more people."""
    if services().draining:
        return _goes("ok")
    return jsonify(ok=True), 200


@bp.get("/readyz")
def can_work() -> tuple[Response, int]:
    known = services()
    if known.draining:
        return _goes("ready")
    has_errands = known.settings.has_errands
    parts = Readiness(known.database, known.jobs, known.storage, has_errands=has_errands).parts(time.time())
    ready = is_ready(parts)
    answer = jsonify(ready=ready)
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if ready else 503


def _goes(what: str) -> tuple[Response, int]:
    answer = jsonify({what: False, "draining": True})
    answer.headers["Cache-Control"] = "no-store"
    return answer, 503
