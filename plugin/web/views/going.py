"""How an event goes: the host's numbers, and the files in which they take them along."""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Response, jsonify, url_for
from flask_babel import gettext

from plugin.people.admission import who_asks
from plugin.people.refusal import Refusal
from plugin.state.models import HOSTS, Attendee, Event
from plugin.together import going, tables
from plugin.wall import keeping, sheets
from plugin.wall.sheets import Sheet
from plugin.web.request.answers import no_store
from plugin.web.request.auth import current_host, current_pass
from plugin.web.request.bodies import json_object
from plugin.web.request.languages import current as current_language
from plugin.web.request.limits import LOOKING, PRINTS, by_token, limiter
from plugin.web.request.services import services
from plugin.web.views.prints import attachment

bp = Blueprint("going", __name__)

FILES = "desk files"  # what our seal is for
GOOD_SECONDS = 60  # a download is begun as soon as it was asked for
ZIP = "zip"
OFFERED = re.compile(r"numbers\.(csv|xlsx)|people\.(csv|xlsx)|photos\.zip")
WRITERS: dict[str, Callable[[list[Sheet]], bytes]] = {sheets.CSV: sheets.as_csv, sheets.XLSX: sheets.as_xlsx}


@bp.get("/api/host/numbers")
@limiter.limit(LOOKING, key_func=by_token)
def numbers() -> Response:
    return no_store(jsonify(_numbers(current_host().event_id)))


def _numbers(event_id: int) -> dict[str, Any]:
    known = services()
    here = known.batches.presence.here(event_id, time.time())
    return going.numbers(known.database, event_id, here) | {
        "keeping": len(keeping.people(known.database, event_id))
    }


# ---- files ----------------------------------------------------------------------------------------------------------


@bp.post("/api/host/files")
@limiter.limit(PRINTS, key_func=by_token)
def offer() -> Response:
    """Where a file can be downloaded from within a minute: a browser saves it as it comes, however large it is."""
    host, name = current_host(), str(json_object().get("name"))
    if not OFFERED.fullmatch(name):
        raise Refusal(422, "unknown_choice", "Choose a file.", "name")
    facts = {"event": host.event_id, "attendee": host.id, "door": current_pass().door_id, "name": name}
    sealed = services().tokens.seal(FILES, facts)
    return no_store(jsonify(url=url_for("going.file", sealed=sealed, lang=current_language())))


@bp.get("/media/desk/<sealed>")
def file(sealed: str) -> Response:
    host, name = _asked(sealed)
    known, form = services(), name.rpartition(".")[2]
    if form == ZIP:
        photos = keeping.photos(known.database, known.storage, host.event_id)
        return _saved(host, name, "application/zip", photos)
    return _saved(host, name, sheets.TYPES[form], WRITERS[form](_tables(host.event_id, name)))


def _tables(event_id: int, name: str) -> list[Sheet]:
    if name.startswith("people"):
        return tables.of_people(keeping.people(services().database, event_id), gettext)
    return tables.of_numbers(_numbers(event_id), gettext)


def _asked(sealed: str) -> tuple[Attendee, str]:
    """The host who asked for a file, who must be one still. Raises Refusal."""
    known = services()
    facts = known.tokens.unseal(FILES, sealed, GOOD_SECONDS)
    if facts is None:
        raise Refusal(410, "spent", "This download was good for a minute. Ask for it again at your desk.")
    host = who_asks(known.database, facts["event"], facts["attendee"], facts["door"])
    if host.role not in HOSTS:
        raise Refusal(403, "not_host", "Only a host can do this.")
    return host, facts["name"]


def _saved(host: Attendee, name: str, kind: str, content: bytes | Iterable[bytes]) -> Response:
    with services().database.read() as session:
        title = session.get_one(Event, host.event_id).name
    response = no_store(Response(content, content_type=kind))
    response.headers["Content-Disposition"] = attachment(f"{keeping.as_file_name(title)} {name}")
    return response
