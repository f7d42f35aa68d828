"""Posters and films of the host, keepsakes of everybody: ask, watch, give up; and the files."""

import datetime
import re
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request
from flask_babel import format_date, format_decimal, gettext, ngettext
from werkzeug.exceptions import NotFound
from werkzeug.wsgi import FileWrapper

from plugin.people.refusal import Refusal
from plugin.state.finish import PrintKind
from plugin.state.storage import NotStoredError
from plugin.wall import prints
from plugin.wall.prints import Handout, Wish
from plugin.web.request.auth import current_attendee, current_host
from plugin.web.request.bodies import json_object
from plugin.web.request.languages import speaking
from plugin.web.request.limits import KEEPSAKES, PRINTS, by_token, limiter
from plugin.web.request.services import services

bp = Blueprint("prints", __name__)

FILE = re.compile(r"([0-9a-f]{32})\.(png|jpeg|pdf|mp4|webp)")
TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "pdf": "application/pdf",
    "mp4": "video/mp4",
    "webp": "image/webp",
}
SENT_AT_ONCE = 1 << 16


@bp.get("/api/host/prints")
def desk() -> Response:
    content = prints.desk(services().database, current_host().event_id)
    for offer in content["offers"].values():
        offer |= {name: gettext(offer[name]) for name in ("missing", "note") if offer[name]}
    content["prints"] = [_in_words(each) for each in content["prints"]]
    return jsonify(content)


@bp.post("/api/host/prints")
@limiter.limit(PRINTS, key_func=by_token)
def ask() -> tuple[Response, int]:
    host, known = current_host(), services()
    people = prints.people(known.database, host.event_id)
    with speaking(known.facts.of(host.event_id).about["language"]):
        wish = _wish(json_object(), people)
    made = prints.ask(known.database, known.jobs, host.event_id, wish)
    return jsonify(print=_in_words(made)), 202


def _wish(content: dict[str, Any], people: int) -> Wish:
    kinds = {kind.value: kind for kind in (PrintKind.POSTER, PrintKind.TIMELAPSE)}
    kind, cell_px = kinds.get(str(content.get("kind"))), content.get("cell_px", 0)
    if kind is None:
        raise Refusal(422, "unknown_choice", "A poster and a time-lapse can be made here.", "kind")
    if not isinstance(cell_px, int):
        raise Refusal(422, "unknown_choice", "Please choose a size.", "cell_px")
    paper, is_titled = str(content.get("paper", "")), content.get("titled", False)
    if not isinstance(is_titled, bool):
        raise Refusal(422, "unknown_choice", "This is either on or off.", "titled")
    caption = _caption(content.get("day"), people) if is_titled and paper else None
    return Wish(kind, str(content.get("form", "")), cell_px, paper, caption)


def _caption(day: Any, people: int) -> str:
    """The day, as the host's browser knows it, and how many made the picture, in the event's language."""
    made_by = (
        f"{format_decimal(people)} {ngettext('person made this picture', 'people made this picture', people)}"
    )
    if not day:
        return made_by
    try:
        date = datetime.date.fromisoformat(str(day))
    except ValueError:
        raise Refusal(422, "unknown_choice", "Please choose a day.", "day") from None
    return f"{format_date(date, 'long')} · {made_by}"


@bp.delete("/api/host/prints/<int:print_id>")
def give_up(print_id: int) -> Response:
    known = services()
    prints.give_up(known.database, known.storage, current_host().event_id, print_id)
    return jsonify(ok=True)


@bp.get("/api/me/keepsake")
def keepsake() -> Response:
    content = prints.keepsake(services().database, current_attendee())
    if content["missing"]:
        content["missing"] = gettext(content["missing"])
    if content["print"]:
        content["print"] = _in_words(content["print"])
    return jsonify(content)


@bp.post("/api/me/keepsake")
@limiter.limit(KEEPSAKES, key_func=by_token)
def ask_keepsake() -> tuple[Response, int]:
    attendee, known = current_attendee(), services()
    caption = gettext(prints.WORDS_OF_KEEPSAKE["here"])
    made = prints.ask_keepsake(known.database, known.jobs, attendee, caption)
    return jsonify(print=_in_words(made)), 202


@bp.delete("/api/me/keepsake")
def give_up_keepsake() -> Response:
    known = services()
    prints.give_up_keepsake(known.database, known.storage, current_attendee())
    return jsonify(ok=True)


def _in_words(made: dict[str, Any]) -> dict[str, Any]:
    if made["error"]:
        made["error"]["message"] = gettext(made["error"]["message"])
    return made


def attachment(name: str) -> str:
    """Headers are ASCII: other names go beside a plain one (RFC 6266)."""
    plain = " ".join(name.encode("ascii", "ignore").decode().split()).replace('"', "")
    also = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{also}'


@bp.get("/media/prints/<name>")
def file(name: str) -> Response:
    """The file, under an address that nobody can guess; who is in it is looked at each time."""
    parts = FILE.fullmatch(name)
    if parts is None:
        raise NotFound
    known = services()
    return served(prints.hand_out(known.database, known.storage, parts[1], parts[2]))


def served(handout: Handout, *, inline: bool = False) -> Response:
    """A print's file: to be saved, or `inline` to be shown. Raises Refusal (404)."""
    try:
        opened, size = services().storage.open(handout.storage_key)
    except NotStoredError:
        raise prints.gone() from None
    response = Response(
        FileWrapper(opened, SENT_AT_ONCE), content_type=TYPES[handout.form], direct_passthrough=True
    )
    response.call_on_close(opened.close)
    response.content_length = size
    if not inline:
        response.headers["Content-Disposition"] = attachment(handout.name)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    # A poster is hundreds of megabytes: a download that broke off goes on where it was.
    response.make_conditional(request, accept_ranges=True, complete_length=size)
    return response
