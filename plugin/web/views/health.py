"""Whether the service lives, for whoever restarts it; and whether it can do its work, for whoever looks after it."""

import time

from flask import Blueprint, Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from plugin.state.db import Database
from plugin.state.queue import NEEDED_WORKERS, SIGN_SECONDS
from plugin.web.request.services import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def lives() -> Response:
    """Asks nobody: a web process is not restarted because the database is busy."""
    return jsonify(ok=True)


@bp.get("/readyz")
def is_ready() -> tuple[Response, int]:
    """What photos need on their way, each part by itself; of the workers, seconds since their last sign of life."""
    known = services()
    signs = known.jobs.signs(time.time())
    parts = {
        "database": _answers(known.database),
        "redis": known.jobs.is_reachable(),
        "storage": known.storage.is_there(),
        **{
            role: age is not None and age < SIGN_SECONDS
            for role, age in signs.items()
            if role in NEEDED_WORKERS
        },
    }
    ready = all(parts.values())
    answer = jsonify(ready=ready, **parts, workers={role: _rounded(age) for role, age in signs.items()})
    answer.headers["Cache-Control"] = "no-store"
    return answer, 200 if ready else 503


def _answers(database: Database) -> bool:
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _rounded(age: float | None) -> float | None:
    return None if age is None else round(age, 1)
