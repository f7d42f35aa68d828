"""The pages people open: landing, start, panel, stage, desk; and the ways into them."""

import io
import time

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from integrations.platform import PlatformError, Request
from plugin.people import admission, codes, rooms
from plugin.people.refusal import Refusal
from plugin.state.models import Event
from plugin.web.request.answers import boot_of, public_address
from plugin.web.request.guesses import counted
from plugin.web.request.languages import speak_as
from plugin.web.request.services import services
from plugin.web.request.wire import trust_of
from plugin.web.views.host import built_in_targets
from plugin.web.views.panel import as_newcomer

bp = Blueprint("pages", __name__)

WORDS_OF_AN_OLD_LINK = {
    "title": "This event is over",
    "text": "This link leads to no event any more. Events are deleted with everything in them once they have had their "
    "time. Is yours still to come? Ask its organizer for a new link, or type its join code.",
}


@bp.get("/")
def landing() -> str:
    return render_template("landing.html", open_hosting=services().settings.open_hosting)


@bp.get("/start")
def start() -> str:
    return render_template(
        "start.html", targets=built_in_targets(), max_bytes=services().settings.upload_bytes
    )


@bp.get("/e")
def by_code() -> BaseResponse:
    """The landing page's code field comes here."""
    return redirect(url_for("pages.panel", code=codes.normal_code(request.args.get("code", "")) or "?"), 303)


@bp.get("/e/<code>")
def panel(code: str) -> str:
    event = _event(code)
    speak_as(event.language)
    boot = boot_of(services().platforms["web"], event) | {"stage": request.args.get("stage") == "1"}
    return render_template("panel.html", boot=boot)


@bp.get("/me/<code>")
def personal(code: str) -> BaseResponse:
    """Where personal links lead. Their secret stands behind the #, so it is in no log; the panel hands it over."""
    try:
        event = _event(code)
    except Refusal as error:
        if error.status != 404:
            raise
        page = render_template(
            "message.html",
            title=gettext(WORDS_OF_AN_OLD_LINK["title"]),
            text=gettext(WORDS_OF_AN_OLD_LINK["text"]),
            code_field=True,
            status=410,
        )
        return Response(page, status=410)
    speak_as(event.language)
    boot = boot_of(services().platforms["web"], event)
    return Response(render_template("panel.html", boot=boot))


@bp.get("/host/<code>")
def desk(code: str) -> str:
    event = _event(code)
    return render_template("host.html", boot=boot_of(services().platforms["web"], event))


@bp.get("/qr/<code>.svg")
def qr(code: str) -> Response:
    event = _event(code)
    address = public_address(
        "pages.panel", code=event.code, room=rooms.named(request.args.get("room")) or None
    )
    drawing = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawing, kind="svg", scale=8, border=2, light="#fff")
    response = Response(drawing.getvalue(), content_type="image/svg+xml")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@bp.get("/web/launch")
def launch() -> BaseResponse:
    """A tenant's ticket: believed once, then a clean address without it."""
    known = services()
    platform = known.platforms["web"]
    now = time.time()
    wire = Request("GET", request.path, query={"ticket": request.args.get("ticket", "")})
    launched = platform.launch(wire, trust_of(platform), now)
    _refuse_replay(launched.replay_key, launched.replay_until, now)
    arrival = admission.admit(known.database, launched.event_code, as_newcomer(launched))
    handover = known.tokens.handover(arrival.attendee.id, arrival.door_id)
    address = url_for("pages.panel", code=codes.normal_code(launched.event_code))
    return redirect(f"{address}#launch={handover}", 303)


def _refuse_replay(replay_key: str, until: float, now: float) -> None:
    if not admission.use_once(services().database, replay_key, until, now):
        raise PlatformError(
            "used_ticket", "This link was used already. Ask for a new one, or type the join code."
        )


def _event(code: str) -> Event:
    with counted(code), services().database.read() as session:
        return admission.find_event(session, code)
