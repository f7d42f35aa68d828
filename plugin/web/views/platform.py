"""Zoom's ways in: the home page that the client opens, the session of a panel, and starting a wall for a meeting."""

import time
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from integrations.platform import Launch, PlatformError
from plugin.people import admission, codes, profiles
from plugin.people.refusal import Refusal
from plugin.platforms import installs, meetings
from plugin.platforms.calls import Api, OutsideError, challenge_of, exchange, revoke
from plugin.platforms.meetings import Entrance, Situation
from plugin.state.models import MAXIMUM_STORY, Attendee, Event
from plugin.wall import hosting, watching
from plugin.wall.hosting import Plan
from plugin.web.request.answers import as_attendee, as_event, json_object, no_store
from plugin.web.request.auth import current_attendee
from plugin.web.request.limits import JOINING, OPENING, SENDING, by_token, has_failed, limiter
from plugin.web.request.services import Services, services
from plugin.web.request.tokens import Pass
from plugin.web.request.wire import no_tenant_key, wire_request
from plugin.web.views.consents import LONGEST_CODE, callback_url, known_app, oauth_of

bp = Blueprint("zoom", __name__)

PLATFORM = "zoom"
HANDOVER_SECONDS = 60
START_SECONDS = 3600
HANDOVER, START = "zoom hand-over", "zoom start"


@bp.get("/zoom/home")
@limiter.limit(JOINING, deduct_when=has_failed)
def home() -> Response:
    """The page that the client opens, with a context in a header. Without one it is the same page: it asks the client.

    A context that is used up or too old happens when somebody reloads, so the page finds its own way again. A forged
    one is refused; the page still comes, for it is the only thing that can put a person right.
    """
    status, boot = 200, _boot(None)
    try:
        entrance = _home_entrance()
    except PlatformError as error:
        entrance, status = None, 401 if error.code == "bad_context" else 200
    if entrance is not None:
        boot = _home_boot(entrance)
    return no_store(Response(render_template("panel.html", boot=boot), status=status))


def _home_entrance() -> Entrance | None:
    """Raises PlatformError."""
    if request.method == "HEAD":  # whoever only looks must not use up the context
        return None
    now = time.time()
    launch = services().platforms[PLATFORM].launch(wire_request(with_body=False), no_tenant_key, now)
    if not admission.use_once(services().database, launch.replay_key, launch.replay_until, now):
        return None
    return as_entrance(launch)


def _home_boot(entrance: Entrance) -> dict[str, Any]:
    known = services()
    found = meetings.look(known.database, entrance)
    state = found.event.state.value if found.event is not None else "none"
    return _boot(found.event) | {
        "launch": known.tokens.seal(HANDOVER, entrance.as_facts()),
        "meeting": state,
        "can_start": found.can_start,
    }


def _boot(event: Event | None) -> dict[str, Any]:
    settings = services().settings
    return {
        "code": event.code if event else None,
        "name": event.name if event else "",
        "state": event.state.value if event else "open",
        "prompt": event.prompt if event else "",
        "credits": event.credits if event else "",
        "reviewed": event.reviewed if event else False,
        "stage": False,
        "platform": PLATFORM,
        "title": "Zoom",
        "paths": _paths(),
        "launch": None,
        "meeting": None,
        "can_start": False,
        "max_bytes": settings.upload_bytes,
        "max_story": MAXIMUM_STORY,
        "base_url": settings.base_url,
    }


def _paths() -> dict[str, str]:
    """Where the browser half finds this platform's calls."""
    return {
        "session": url_for("zoom.session"),
        "walls": url_for("zoom.open_wall"),
        "authorize": url_for("zoom.authorize"),
        "authorized": url_for("zoom.on_authorized"),
        "install": f"/{PLATFORM}/install",
    }


@bp.post("/api/zoom/session")
@limiter.limit(JOINING, deduct_when=has_failed)
def session() -> Response:
    """A panel's session, by one proof: a context, the home page's hand-over of one, or our start token."""
    wishes = json_object()
    known = services()
    entrance, is_replayed = _proof(known, wishes)
    back_id = known.tokens.read_return_key(str(wishes.get("return_key") or ""))
    situation = meetings.enter(
        known.database, entrance, back_id, replayed=is_replayed, recent="start_token" not in wishes
    )
    if situation is None:
        raise PlatformError("used_context", "This was used already. Close the app in Zoom and open it again.")
    if situation.attendee is not None:
        profiles.want(known.database, known.jobs, situation.attendee)
    return no_store(jsonify(_session(known, entrance, situation)))


def _proof(known: Services, wishes: dict[str, Any]) -> tuple[Entrance, bool]:
    """(who enters, whether their proof was used before). Raises PlatformError."""
    now = time.time()
    if "start_token" in wishes:
        return _started(known, str(wishes["start_token"])), False
    if "launch" in wishes:
        text = str(wishes["launch"])
        entrance = _unsealed(known, HANDOVER, text, HANDOVER_SECONDS)
        key = f"hand-over:{text}"
        return entrance, not admission.use_once(known.database, key, now + HANDOVER_SECONDS, now)
    launch = known.platforms[PLATFORM].launch(wire_request(with_body=True), no_tenant_key, now)
    is_fresh = admission.use_once(known.database, launch.replay_key, launch.replay_until, now)
    return as_entrance(launch), not is_fresh


def _started(known: Services, text: str) -> Entrance:
    return _unsealed(known, START, text, START_SECONDS)


def _unsealed(known: Services, kind: str, text: str, seconds: int) -> Entrance:
    """Raises PlatformError."""
    facts = known.tokens.unseal(kind, text, seconds)
    try:
        return Entrance(**facts or {})
    except TypeError:  # too old, forged, or sealed by another version of ours
        raise PlatformError(
            "expired_context", "This took too long. Close the app in Zoom and open it again."
        ) from None


def _session(known: Services, entrance: Entrance, found: Situation) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "event": None,
        "token": None,
        "start_token": known.tokens.seal(START, entrance.as_facts()),
        "meeting": {
            "id": found.meeting or None,
            "kind": entrance.kind,
            "role": found.role,
            "room": found.room or None,
            "can_start": found.can_start,
            "can_pin": found.can_pin,
            "earlier": list(found.earlier),
        },
    }
    if found.event is not None and found.attendee is not None:
        answer |= {
            "event": as_event(found.event),
            "token": known.tokens.panel(Pass(found.event.id, found.attendee.id, watching.PANEL)),
            "return_key": known.tokens.return_key(found.attendee.id),
            "attendee": as_attendee(found.attendee),
        }
    return answer


@bp.post("/api/zoom/walls")
@limiter.limit(OPENING)
def open_wall() -> tuple[Response, int]:
    """Start a wall for the meeting, or take up an earlier one; once there is one, this is like entering it."""
    known = services()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    entrance = _started(known, token if scheme.lower() == "bearer" else "")
    meetings.check_may_start(known.database, entrance)
    wishes = request.form if request.files or request.form else json_object()
    desk_url = None
    if earlier := str(wishes.get("earlier_code") or ""):
        meetings.attach(known.database, entrance, earlier, is_new=False)
        entrance = _with_code(entrance, earlier)
    elif not meetings.has_wall(known.database, entrance):
        opened = hosting.open_event(known.database, known.storage, known.jobs, _plan(wishes))
        meetings.attach(known.database, entrance, opened.code, is_new=True)
        entrance = _with_code(entrance, opened.code)
        desk = url_for("pages.desk", code=opened.code)
        desk_url = f"{known.settings.base_url}{desk}#{opened.host_key}"
    situation = meetings.enter(known.database, entrance)
    if situation is None or situation.event is None:
        raise Refusal(404, "unknown_code", "This wall is not there any more.")
    return no_store(jsonify(_session(known, entrance, situation) | {"desk_url": desk_url})), 201


def _plan(wishes: Any) -> Plan:
    upload = request.files.get("target")
    return Plan(
        name=str(wishes.get("name") or ""),
        prompt=str(wishes.get("prompt") or ""),
        target_name=str(wishes.get("target_name") or ""),
        target=upload.stream.read() if upload else None,
        reviewed=wishes.get("reviewed") in (True, "1"),
    )


def _with_code(entrance: Entrance, code: str) -> Entrance:
    return Entrance(**entrance.as_facts() | {"code": codes.normal_code(code)})


def as_entrance(launch: Launch) -> Entrance:
    """The launch with hashes in place of the platform's ids."""
    identity, place = launch.identity, launch.meeting
    if place is None:
        raise PlatformError("bad_context", "Zoom did not say where this is. Close the app and open it again.")
    return Entrance(
        platform=identity.platform,
        tenant=identity.tenant,
        user_id=identity.user_id,
        assurance=identity.assurance,
        role=launch.role,
        kind=place.kind,
        meeting=meetings.hashed(PLATFORM, place.id),
        room=meetings.hashed(PLATFORM, place.room),
        parent=meetings.hashed(PLATFORM, place.parent_hint),
        code=launch.event_code,
        client_id=launch.client_id,
        signed=place.signed,
    )


@bp.get("/api/zoom/authorize")
@limiter.limit(SENDING, key_func=by_token)
def authorize() -> Response:
    """What the page hands to the client's own consent. The verifier stays here, though some clients know no better
    method than to be shown it."""
    known, attendee = services(), _zoom_attendee()
    platform = known.platforms[PLATFORM]
    oauth = oauth_of(platform)
    client_id = meetings.client_of(known.database, attendee.event_id, PLATFORM)
    app = known_app(platform, client_id or oauth.credentials[0].client_id)
    consent = installs.begin(known.database, app.client_id, attendee.id)
    challenge = challenge_of(consent.verifier, oauth.in_client_method)
    return no_store(jsonify(codeChallenge=challenge, state=consent.state))


@bp.post("/api/zoom/onauthorized")
@limiter.limit(SENDING, key_func=by_token)
def on_authorized() -> Response:
    """The client's consent came: its code becomes tokens, and a guest somebody known."""
    known, attendee = services(), _zoom_attendee()
    answer = {name: str(json_object().get(name) or "") for name in ("code", "state", "redirectUri")}
    consent = installs.finish(known.database, answer["state"], attendee.id)
    if consent is None or not 0 < len(answer["code"]) <= LONGEST_CODE:
        raise Refusal(400, "bad_state", "This answer does not count any more. Please try again.")
    if answer["redirectUri"] not in _redirect_addresses():
        raise Refusal(400, "bad_redirect", "This answer came to the wrong address. Please try again.")
    platform = known.platforms[PLATFORM]
    app = known_app(platform, consent.client_id)
    grant = exchange(app, answer["code"], consent.verifier, answer["redirectUri"])
    person = platform.person(Api(grant.access_token))
    if person is None:
        raise Refusal(400, "bad_answer", "Zoom did not say who you are. Please try again.")
    try:
        attendee = meetings.prove_attendee(known.database, attendee.id, person.identity.user_id)
    except Refusal:
        with suppress(OutsideError):
            revoke(app, grant.access_token)
        raise
    installs.keep(known.database, app, grant, person.identity.user_id, person.identity.tenant)
    profiles.want(known.database, known.jobs, attendee, again=True)
    return no_store(
        jsonify(
            token=known.tokens.panel(Pass(attendee.event_id, attendee.id, watching.PANEL)),
            return_key=known.tokens.return_key(attendee.id),
            attendee=as_attendee(attendee),
            **profiles.about(known.database, attendee.id),
        )
    )


def _zoom_attendee() -> Attendee:
    attendee = current_attendee()
    if attendee.platform != PLATFORM:
        raise Refusal(403, "not_in_zoom", "This works inside Zoom only.")
    return attendee


def _redirect_addresses() -> tuple[str, ...]:
    """The addresses that the list in the Marketplace holds, and no others."""
    return (f"{services().settings.base_url}{url_for('zoom.home')}", callback_url(PLATFORM))


@bp.get("/zoom/")
def about() -> str:
    """What the Marketplace calls the documentation: how to add, use and remove the app."""
    return _page("app")


@bp.get("/zoom/privacy")
def privacy() -> str:
    return _page("privacy")


@bp.get("/zoom/terms")
def terms() -> str:
    return _page("terms")


@bp.get("/zoom/support")
def support() -> str:
    return _page("support")


def _page(name: str) -> str:
    return render_template(f"zoom/{name}.html", contact=services().settings.contact)


@bp.get("/zoomverify/verifyzoom.html")
def verification() -> Response:
    """Zoom looks here whether the domain is ours."""
    text = services().settings.zoom_verification
    if not text:
        raise Refusal(404, "not_found", "There is no page at this address.")
    return Response(text, content_type="text/html; charset=utf-8")
