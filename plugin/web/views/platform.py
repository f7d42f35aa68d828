"""A platform's ways in, made from its adapter: the home page that its client opens, the session of a panel, starting a
wall for a meeting; the stage; its pages and the files that it looks for."""

import secrets
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from jinja2 import Template

from integrations.platform import File, Platform, PlatformError
from plugin.people import admission, profiles
from plugin.people.admission import Arrival
from plugin.people.codes import normal_code
from plugin.people.profiles import Assertion
from plugin.people.refusal import Refusal
from plugin.platforms import gatherings, meetings, starting
from plugin.platforms.entering import Situation, enter, look
from plugin.platforms.entrances import Entrance
from plugin.state.models import HOSTS, Attendee, Event
from plugin.wall import hosting, watching
from plugin.web.request import guesses
from plugin.web.request.answers import as_attendee, as_event, boot_of, no_store
from plugin.web.request.bodies import json_object, takes_upload
from plugin.web.request.headers import also_framed_by, framed_by, never_framed
from plugin.web.request.languages import speak_as
from plugin.web.request.limits import OPENING_TOGETHER, limiter, network_of, opening_by
from plugin.web.request.services import Services, services
from plugin.web.request.telling import settle
from plugin.web.request.tokens import Pass
from plugin.web.request.wire import is_fresh, trust_of, wire_request
from plugin.web.views import consents, notices, organizing, places
from plugin.web.views.doors import back_by_door
from plugin.web.views.openings import as_entrance, desk_url, plan_of
from plugin.web.views.picture import wait_for_target

HANDOVER_SECONDS = 60
START_SECONDS = 3600
PROOFS = ("launch", "start_token", "context", "hints")  # whatever they are, the adapter or the seal says no
FRESH_SECONDS = 300  # a host's acts need a proof that is not older


def blueprints(platform: Platform) -> Sequence[Blueprint]:
    """All addresses of one platform."""
    parts = [_pages(platform)]
    if platform.has_client:
        parts.append(_panel(platform))
    if platform.has_places:
        parts.append(places.make(platform))
    if platform.oauth is not None:
        parts.append(consents.make(platform))
    if platform.has_notices:
        parts.append(notices.make(platform))
    for part in parts:
        framed_by(part, platform.frame_ancestors)
    if platform.gatherings is not None or platform.oauth is not None:
        parts.append(organizing.make(platform))
    if consents.has_popup(platform):
        parts.append(never_framed(consents.popup(platform)))
    return parts


# ---- the panel ------------------------------------------------------------------------------------------------------


def _panel(platform: Platform) -> Blueprint:
    bp = Blueprint(platform.name, __name__)

    @bp.get(f"/{platform.name}/home")
    def home() -> Response:
        return _home(platform)

    @bp.post(f"/api/{platform.name}/session")
    def session() -> Response:
        return _enter(platform)

    @bp.post(f"/api/{platform.name}/walls")
    @limiter.limit(OPENING_TOGETHER)
    @takes_upload
    def walls() -> tuple[Response, int]:
        return _open_wall(platform)

    if platform.has_places:

        @bp.get(f"/{platform.name}/stage")
        def stage() -> str:
            return _stage(platform)

    return bp


def _stage(platform: Platform) -> str:
    """The wall for everybody in the meeting, each in a frame of their own. It shows no more than its code opens."""
    code = request.args.get("code", "")
    with guesses.counted(code), services().database.read() as session:
        event = admission.find_event(session, code)
    return render_template("panel.html", boot=_boot(platform, event) | {"stage": True})


def _home(platform: Platform) -> Response:
    """The page that the client opens, with a proof in a header where the platform sends one. Without one it is the
    same page: it asks the client.

    A proof that is used up or too old happens when somebody reloads, so the page finds its own way again. A forged
    one is refused; the page still comes, for it is the only thing that can put a person right.
    """
    status, boot = 200, _boot(platform, None)
    try:
        entrance = _home_entrance(platform)
    except PlatformError as error:
        entrance, status = None, 401 if error.code == "bad_context" else 200
    if (
        entrance is not None and platform.has_organizers
    ):  # an address proves nothing, so nothing is handed over
        event, frames = gatherings.look(services().database, entrance)
        boot = _boot(platform, event)
        also_framed_by(frames)
    elif entrance is not None:
        boot = _home_boot(platform, entrance)
    return no_store(Response(render_template("panel.html", boot=boot), status=status))


def _home_entrance(platform: Platform) -> Entrance | None:
    """Raises PlatformError."""
    if request.method == "HEAD":  # whoever only looks must not use up the proof
        return None
    now = time.time()
    launch = platform.launch(wire_request(with_body=False), trust_of(platform), now)
    return as_entrance(platform, launch) if is_fresh(launch, now) else None


def _home_boot(platform: Platform, entrance: Entrance) -> dict[str, Any]:
    known = services()
    found = look(known.database, entrance)
    state = found.event.state.value if found.event is not None else "none"
    return _boot(platform, found.event) | {
        "launch": known.tokens.seal(_handover(platform), entrance.as_facts()),
        "meeting": state,
        "can_start": found.can_start,
    }


def _boot(platform: Platform, event: Event | None) -> dict[str, Any]:
    here = {
        "paths": {"session": url_for(f"{platform.name}.session"), "walls": url_for(f"{platform.name}.walls")}
        | places.paths_of(platform)
        | consents.paths_of(platform),
        "own": {
            name: value.replace("{base_url}", services().settings.base_url)
            for name, value in platform.for_browser.items()
        },
        "launch": None,
        "meeting": None,
        "can_start": False,
    }
    speak_as(event.language if event is not None else None)
    return boot_of(platform, event) | here


def _enter(platform: Platform) -> Response:
    """A panel's session, by one proof: a launch, the home page's hand-over of one, or our start token."""
    wishes = json_object(lists=PROOFS, objects=PROOFS)
    known = services()
    entrance, is_replayed, assertion = _proof(platform, wishes)
    back = known.tokens.read_return_key(str(wishes.get("return_key") or ""))
    typed = normal_code(str(wishes.get("code") or ""))
    with guesses.counted(typed) if typed else nullcontext():
        situation = enter(
            known.database,
            replace(entrance, typed=typed),
            back,
            replayed=is_replayed,
            recent="start_token" not in wishes,
            came_from=network_of,
            device=_device(wishes),
        )
    if situation is None:
        raise Refusal(
            401,
            "used_context",
            "This was used already. Close the app in %(platform)s and open it again.",
            platform=platform.title,
        )
    settle(situation.united)
    if situation.event is not None and situation.attendee is not None:
        back_by_door(Arrival(situation.attendee, situation.event, situation.door_id), wishes)
    if situation.attendee is not None:
        profiles.want(known.database, known.jobs, situation.attendee, assertion)
    return no_store(jsonify(_session(platform, entrance, situation)))


def _device(wishes: Any) -> str:
    return str(wishes.get("device") or "")


def _handover(platform: Platform) -> str:
    return f"{platform.name} hand-over"


def _proof(platform: Platform, wishes: dict[str, Any]) -> tuple[Entrance, bool, Assertion | None]:
    """(who enters, whether their proof was used before, what else it is good for). Raises PlatformError, Refusal."""
    now = time.time()
    database = services().database
    if "start_token" in wishes:
        return _waiting(platform, str(wishes["start_token"])), False, None
    if "launch" in wishes:
        text = str(wishes["launch"])
        entrance = _unsealed(platform, _handover(platform), text, HANDOVER_SECONDS)
        is_used = not admission.use_once(database, f"hand-over:{text}", now + HANDOVER_SECONDS, now)
        return entrance, is_used, None
    launch = platform.launch(wire_request(with_body=True), trust_of(platform), now)
    assertion = Assertion(launch.client_id, launch.assertion) if launch.assertion else None
    return as_entrance(platform, launch), not is_fresh(launch, now), assertion


def _started(platform: Platform, text: str, seconds: int) -> Entrance:
    return _unsealed(platform, f"{platform.name} start", text, seconds)


def _waiting(platform: Platform, text: str) -> Entrance:
    """Who looks again whether there is a wall by now. What made somebody a host must not be long ago."""
    entrance = _started(platform, text, START_SECONDS)
    return entrance if entrance.role not in HOSTS else _started(platform, text, FRESH_SECONDS)


def _unsealed(platform: Platform, kind: str, text: str, seconds: int) -> Entrance:
    """Raises Refusal."""
    facts = services().tokens.unseal(kind, text, seconds)
    try:
        return Entrance(**facts or {})
    except TypeError:  # too old, forged, or sealed by another version of ours
        raise Refusal(
            401,
            "expired_context",
            "This took too long. Close the app in %(platform)s and open it again.",
            platform=platform.title,
        ) from None


def _session(platform: Platform, entrance: Entrance, found: Situation) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "event": None,
        "token": None,
        "start_token": _start_token(platform, entrance, found),
        "may_prove_later": entrance.may_prove_later,
        "meeting": _meeting(entrance, found),
    }
    if found.event is not None and found.attendee is not None:
        answer |= _admitted(found.event, found.attendee, found.door_id)
    return answer


def _meeting(entrance: Entrance, found: Situation) -> dict[str, Any]:
    return {
        "id": found.meeting or None,
        "kind": entrance.kind,
        "role": found.role,
        "room": found.room or None,
        "can_start": found.can_start,
        "can_pin": found.can_pin,
        "place": found.place,
        "earlier": list(found.earlier),
    }


def _admitted(event: Event, attendee: Attendee, door_id: int) -> dict[str, Any]:
    tokens = services().tokens
    return {
        "event": as_event(event),
        "token": tokens.panel(Pass(event.id, attendee.id, watching.PANEL, door_id)),
        "return_key": tokens.return_key(attendee.id, door_id),
        "attendee": as_attendee(attendee),
    }


def _start_token(platform: Platform, entrance: Entrance, found: Situation) -> str:
    """With it a host opens a wall, and whoever waits looks again. It is one person's, and makes nobody new."""
    theirs = replace(
        entrance,
        entry=entrance.entry or secrets.token_urlsafe(12),
        attendee_id=found.attendee.id if found.attendee is not None else 0,
    )
    return services().tokens.seal(f"{platform.name} start", theirs.as_facts())


# ---- starting a wall ------------------------------------------------------------------------------------------------


def _open_wall(platform: Platform) -> tuple[Response, int]:
    """Start a wall for the meeting, or take up an earlier one, or one of another meeting.

    Once there is one, this is like entering it.
    """
    known = services()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    seconds = min(FRESH_SECONDS, START_SECONDS)
    entrance = _started(platform, token if scheme.lower() == "bearer" else "", seconds)
    starting.check_may_start(known.database, entrance)
    opening_by(entrance.platform, entrance.tenant, entrance.user_id)
    wishes = request.form if request.files or request.form else json_object()
    entrance, desk_url = _with_wall(known, entrance, wishes)
    situation = enter(known.database, entrance, recent=False, device=_device(wishes))
    if situation is None or situation.event is None:
        raise Refusal(404, "unknown_code", "This wall is not there any more.")
    return no_store(jsonify(_session(platform, entrance, situation) | {"desk_url": desk_url})), 201


def _with_wall(known: Services, entrance: Entrance, wishes: Any) -> tuple[Entrance, str | None]:
    """(the entrance to the meeting's wall, the address of the desk where a new one was opened)."""
    if earlier := str(wishes.get("earlier_code") or ""):
        meetings.attach(known.database, entrance, earlier, is_new=False)
        return _with_code(entrance, earlier), None
    if host_code := str(wishes.get("host_code") or ""):
        with guesses.counted(host_code):
            code = meetings.attach_by_host_code(known.database, entrance, host_code)
        return _with_code(entrance, code), None
    if meetings.has_wall(known.database, entrance):
        return entrance, None
    opened = hosting.open_event(known.database, known.storage, known.jobs, plan_of(wishes))
    if request.files:  # a picture of theirs may be no good; ours are
        wait_for_target(opened.wall_id)
    meetings.attach(known.database, entrance, opened.code, is_new=True)
    return _with_code(entrance, opened.code), desk_url(opened)


def _with_code(entrance: Entrance, code: str) -> Entrance:
    return replace(entrance, code=normal_code(code))


# ---- pages and files ------------------------------------------------------------------------------------------------


def _pages(platform: Platform) -> Blueprint:
    """What a platform's store wants people to be able to read, and what it looks for itself."""
    bp = Blueprint(f"{platform.name}_pages", __name__)
    for path, template in platform.pages.items():
        view = _page(platform, template)
        bp.add_url_rule(f"/{platform.name}/{path}", template, view)
    for number, file in enumerate(platform.files):
        bp.add_url_rule(file.path, f"file_{number}", _file(file))
    return bp


def _page(platform: Platform, template: str) -> Any:
    def page() -> str:
        # A page with a script begins like a panel that has no event yet; one of prose has no use for it.
        facts = _boot(platform, None) if platform.has_client else {}
        # What all platforms' reviews want alike, a platform need not write.
        found: list[str | Template] = [f"{platform.name}/{template}.html", f"platform_{template}.html"]
        return render_template(found, contact=services().settings.contact, facts=facts, adapter=platform)

    return page


def _file(file: File) -> Any:
    return lambda: Response(file.content, content_type=file.content_type)
