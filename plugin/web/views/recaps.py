"""The recap: shared and taken back by the host; the page for everybody who has the link, and its files."""

import datetime
import re
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, url_for
from flask_babel import format_date
from werkzeug.exceptions import NotFound

from plugin.wall import recaps
from plugin.wall.recaps import Page
from plugin.web.request.answers import no_store, public_address
from plugin.web.request.auth import current_host
from plugin.web.request.limits import PRINTS, by_token, limiter
from plugin.web.request.services import services
from plugin.web.views.prints import served

bp = Blueprint("recaps", __name__)

KEY = re.compile(r"[0-9a-f]{32}")
UNSEEN = "noindex, nofollow, noarchive"  # by search engines


@bp.get("/api/host/recap")
def look() -> Response:
    return _link(recaps.key_of(services().database, current_host().event_id))


@bp.post("/api/host/recap")
@limiter.limit(PRINTS, key_func=by_token)
def share() -> Response:
    known = services()
    return _link(recaps.share(known.database, known.jobs, current_host().event_id))


@bp.delete("/api/host/recap")
def stop() -> Response:
    known = services()
    recaps.stop(known.database, known.storage, current_host().event_id)
    return _link(None)


def _link(key: str | None) -> Response:
    return no_store(jsonify(url=key and public_address("recaps.page", key=key)))


@bp.get("/r/<key>")
def page(key: str) -> Response:
    known = services()
    found = recaps.page(known.database, known.storage, _checked(key))
    parts = {name: _part(key, name, part) for name, part in found.prints.items()}
    return _unseen(Response(render_template("recap.html", page=found, day=_day(found), **parts)))


def _part(key: str, name: str, part: dict[str, Any]) -> dict[str, Any]:
    """With `version`, browsers do not take one picture for another."""
    return part | {"url": url_for("recaps.file", key=key, name=name, version=part["size"])}


def _day(found: Page) -> str:
    day: str = format_date(datetime.datetime.fromtimestamp(found.day, datetime.UTC).date(), "long")
    return day


@bp.get("/r/<key>/<name>")
def file(key: str, name: str) -> Response:
    known = services()
    handout = recaps.file(known.database, known.storage, _checked(key), name)
    return _unseen(served(handout, inline=name != "poster"))


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise NotFound
    return key


def _unseen(response: Response) -> Response:
    response.headers["X-Robots-Tag"] = UNSEEN
    return no_store(response)
