"""Setting up a place for the panel at a platform, and what hosts say to others who do; see plugin.platforms.places."""

import time
from typing import Any

from flask import Blueprint, Response, jsonify, url_for

from integrations.platform import Platform
from plugin.people.refusal import Refusal
from plugin.platforms import host_codes, places
from plugin.platforms.entrances import Entrance
from plugin.platforms.places import Place
from plugin.wall import hosting
from plugin.web.request.answers import as_event, no_store, public_address
from plugin.web.request.auth import current_attendee, current_naming_host, current_pass
from plugin.web.request.bodies import json_object
from plugin.web.request.guesses import counted
from plugin.web.request.limits import (
    LOOKING,
    OPENING_TOGETHER,
    SAYING,
    TYPING,
    by_token,
    limiter,
    opening_by,
)
from plugin.web.request.services import services
from plugin.web.request.telling import tell
from plugin.web.request.wire import not_proved, trust_of, wire_request
from plugin.web.views.openings import as_entrance, desk_url, plan_of

bp = Blueprint("places", __name__, url_prefix="/api/host")


# ---- at a platform --------------------------------------------------------------------------------------------------


def make(platform: Platform) -> Blueprint:
    """The calls of the page on which somebody sets up a place."""
    own = Blueprint(f"{platform.name}_places", __name__)

    @own.post(f"/api/{platform.name}/look")
    @limiter.limit(LOOKING)
    def look() -> Response:
        entrance, _ = _proved(platform)
        return no_store(jsonify(places.look(services().database, entrance)))

    @own.post(f"/api/{platform.name}/places")
    @limiter.limit(OPENING_TOGETHER)
    def set_up() -> tuple[Response, int]:
        return _set_up(platform), 201

    return own


def paths_of(platform: Platform) -> dict[str, str]:
    """The addresses that the page needs."""
    if not platform.has_places:
        return {}
    return {
        "look": url_for(f"{platform.name}_places.look"),
        "places": url_for(f"{platform.name}_places.set_up"),
        "stage": url_for(f"{platform.name}.stage"),
    }


def _proved(platform: Platform) -> tuple[Entrance, str]:
    """(who sets it up, their name). Raises PlatformError, Refusal."""
    launch = platform.launch(wire_request(with_body=True), trust_of(platform), time.time())
    if launch.may_prove_later:
        raise Refusal(503, "not_now", "We cannot check who you are just now. Please try again in a minute.")
    if launch.identity.assurance != "proved":
        raise not_proved(platform)
    return as_entrance(platform, launch), launch.profile.name


def _set_up(platform: Platform) -> Response:
    entrance, name = _proved(platform)
    opening_by(entrance.platform, entrance.tenant, entrance.user_id)
    wish = json_object(objects=["wish", "context"]).get("wish")
    wish = wish if isinstance(wish, dict) else {}
    kind = wish.get("kind")
    database, host_link = services().database, None
    if kind == "new":
        place, host_link = _with_new_wall(entrance, wish)
    elif kind == "earlier":
        place = places.lead_to_earlier(database, entrance, str(wish.get("code") or ""))
    elif kind == "code":
        host_code = str(wish.get("host_code") or "")
        with counted(host_code):
            place = places.lead_by_host_code(database, entrance, host_code, name)
    elif kind == "same":
        place = places.lead_to_same(database, entrance, name)
    else:
        raise Refusal(422, "unknown_choice", "Choose a new wall or one that there is.", "wish")
    return no_store(jsonify(_as_answer(platform, place) | {"desk_url": host_link}))


def _with_new_wall(entrance: Entrance, wish: Any) -> tuple[Place, str]:
    known = services()
    opened = hosting.open_event(known.database, known.storage, known.jobs, plan_of(wish))
    return places.lead_to_new(known.database, entrance, opened.code), desk_url(opened)


def _as_answer(platform: Platform, place: Place) -> dict[str, Any]:
    """What the platform's client wants to know of a place."""
    event = place.event
    outside = (
        public_address("pages.panel", code=event.code)
        if event is not None
        else public_address(f"{platform.name}_pages.{platform.pages['']}")
    )
    return {
        "place": place.key,
        "entity_id": place.name,
        "state": "ready" if event is not None else "waiting",
        "content_url": public_address(f"{platform.name}.home", tab=place.key),
        "website_url": outside,
        "name": event.name if event is not None else "Virtual Mosaic",
        "event": as_event(event) if event is not None else None,
    }


# ---- at the desk ------------------------------------------------------------------------------------------------


@bp.post("/code")
@limiter.limit(SAYING, key_func=by_token)
def host_code() -> tuple[Response, int]:
    code = host_codes.new_host_code(services().database, current_naming_host().event_id)
    return no_store(jsonify(code=code, seconds=host_codes.HOST_CODE_SECONDS)), 201


@bp.post("/enter")
@limiter.limit(TYPING, key_func=by_token)
def enter() -> Response:
    """Become a co-host by a host code. A panel that came by a link or another device asks its own device first."""
    attendee = current_attendee()
    if current_pass().door_id:
        raise Refusal(
            403, "not_own", "Do this where you came in by yourself, not by a link or another device."
        )
    code = str(json_object().get("host_code") or "")
    with counted(code):
        places.host_by_code(services().database, attendee, code)
    tell({attendee.id})
    return jsonify(ok=True)


@bp.post("/co-hosts/<int:setup_id>")
@limiter.limit(SAYING, key_func=by_token)
def decide(setup_id: int) -> Response:
    decision = json_object().get("decision")
    if decision not in ("confirm", "refuse"):
        raise Refusal(422, "unknown_choice", "Agree or refuse.", "decision")
    event_id = current_naming_host().event_id
    places.decide(services().database, event_id, setup_id, decision == "confirm")
    return jsonify(ok=True)
