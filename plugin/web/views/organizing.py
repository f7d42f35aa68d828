"""The page of whoever added the app to a platform: what is connected, keys for signed links, and the end of it all. At
an event platform also which event has which wall, and how reading goes.

Whoever added the app, proves in the platform's client that they did, or gives a key of the platform's API, gets a token
that stands for the installation, to be kept by the page and sent along with each call. What a platform is asked here,
an organizer waits for; nobody else does.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import urljoin

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from integrations.platform import Gatherings, Listed, Part, Platform, PlatformError
from plugin.people import admission, profiles, tenants
from plugin.people.refusal import Refusal
from plugin.platforms import calls, gatherings, installs, registrations
from plugin.platforms.calls import Api, app_of
from plugin.platforms.gatherings import Organizer
from plugin.platforms.http import TokenRefusedError
from plugin.state.models import Assurance
from plugin.wall import hosting
from plugin.web.request.answers import boot_of, no_store, public_address
from plugin.web.request.bodies import json_object
from plugin.web.request.giving_up import give_up_tokens_of
from plugin.web.request.guesses import counted
from plugin.web.request.headers import never_framed
from plugin.web.request.limits import LOOKING, OPENING, SENDING, limiter
from plugin.web.request.services import services
from plugin.web.request.tokens import HANDOVER, TOKEN, organizer_kind
from plugin.web.request.wire import is_fresh, not_proved, trust_of, wire_request
from plugin.web.views.host import built_in_targets
from plugin.web.views.openings import desk_url, plan_of

HANDOVER_SECONDS = 300  # good once
ORGANIZER_SECONDS = 8 * 3600
LONGEST_KEY = 500
LONGEST_ID = 100
LONGEST_PAGE = 2000


def make(platform: Platform) -> Blueprint:
    """All addresses of one platform's organizers."""
    bp = Blueprint(f"{platform.name}_organizing", __name__)
    api = f"/api/{platform.name}/organize"
    calls_of_all: Sequence[tuple[str, str, str, Any]] = (
        ("POST", "/session", SENDING, _enter),
        ("POST", "/proof", SENDING, _prove),
        ("GET", "/state", LOOKING, _state),
        ("POST", "/signing-key", OPENING, _new_signing_key),
        ("DELETE", "/signing-key", SENDING, _give_up_old_keys),
        ("DELETE", "", SENDING, _disconnect),
    )
    calls_about_lists: Sequence[tuple[str, str, str, Any]] = (
        ("POST", "/key", OPENING, _with_key),
        ("GET", "/tenants", SENDING, _tenants),
        ("GET", "/gatherings", SENDING, _gatherings),
        ("POST", "/walls", OPENING, _lead),
        ("POST", "/walls/<int:source_id>/read", SENDING, _read),
        ("POST", "/walls/<int:source_id>/frames", SENDING, _set_frames),
        ("DELETE", "/walls/<int:source_id>", SENDING, _forget),
    )
    has_lists = platform.gatherings is not None
    for method, path, limit, act in (*calls_of_all, *(calls_about_lists if has_lists else ())):
        view = limiter.limit(limit)(_view(platform, act))
        bp.add_url_rule(f"{api}{path}", act.__name__.strip("_"), view, methods=[method])

    @bp.get(f"/{platform.name}/organize")
    def page() -> str:
        return render_template("organize.html", boot=_boot(platform), targets=built_in_targets())

    if has_lists:

        @bp.post(f"/{platform.name}/hooks/<key>")
        @limiter.limit(LOOKING)
        def hook(key: str) -> tuple[Response, int]:
            return _hint(platform, key)

    return never_framed(bp)


def _view(platform: Platform, act: Any) -> Any:
    def view(**values: Any) -> BaseResponse:
        answer: Response = act(platform, **values)
        return no_store(answer)

    view.__name__ = act.__name__.strip("_")
    return view


def _boot(platform: Platform) -> dict[str, Any]:
    has_install = platform.oauth is not None and not platform.oauth.has_popup
    return boot_of(platform, None) | {
        "organize": url_for(f"{platform.name}_organizing.state").removesuffix("/state"),
        "install": url_for(f"{platform.name}_consents.install") if has_install else None,
        "has_lists": platform.gatherings is not None,
        "resource_parameter": platform.oauth.resource_parameter if platform.oauth is not None else "",
    }


# ---- who it is --------------------------------------------------------------------------------------------------


def address(platform: Platform, installation_id: int) -> str:
    """The page for whoever has just added the app, good for a few minutes and once."""
    found = gatherings.organizer(services().database, platform.name, installation_id)
    facts = {"installation": installation_id, "since": found.installed_at if found is not None else 0}
    sealed = services().tokens.seal(organizer_kind(platform.name, HANDOVER), facts)
    return f"{url_for(f'{platform.name}_organizing.page')}#{sealed}"


def _prove(platform: Platform) -> Response:
    """Whoever is proved in the platform's client is shown what they have connected. A key that a browser keeps is no
    such proof."""
    now = time.time()
    launch = platform.launch(wire_request(with_body=True), trust_of(platform), now)
    if launch.identity.assurance != Assurance.PROVED.value:
        raise not_proved(platform)
    if not is_fresh(launch, now):
        raise Refusal(401, "used_context", "This took too long. Please try again.")
    found = gatherings.installation_of(services().database, launch.identity)
    if found is None:
        raise Refusal(
            404, "nothing_connected", "Nothing of yours is connected, and no key of yours is kept here."
        )
    return jsonify(address=urljoin(services().settings.base_url, address(platform, found)))


def _token(platform: Platform, by: Organizer) -> str:
    facts = {"installation": by.installation_id, "since": by.installed_at}
    return services().tokens.seal(organizer_kind(platform.name, TOKEN), facts)


def _unsealed(platform: Platform, what: str, text: str, seconds: int) -> Organizer:
    """Raises Refusal (401)."""
    facts = services().tokens.unseal(organizer_kind(platform.name, what), text, seconds) or {}
    number = facts.get("installation")
    found = (
        gatherings.organizer(services().database, platform.name, number) if isinstance(number, int) else None
    )
    if found is None or found.installed_at != facts.get("since"):
        raise _not_connected(platform)
    return found


def _not_connected(platform: Platform) -> Refusal:
    return Refusal(401, "connect_again", "Please connect %(platform)s again.", platform=platform.title)


def _current(platform: Platform) -> Organizer:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return _unsealed(platform, TOKEN, token if scheme.lower() == "bearer" else "", ORGANIZER_SECONDS)


def _enter(platform: Platform) -> Response:
    text = str(json_object().get("handover") or "")
    by = _unsealed(platform, HANDOVER, text, HANDOVER_SECONDS)
    now = time.time()
    if not admission.use_once(services().database, f"organizer:{text}", now + HANDOVER_SECONDS, now):
        raise _not_connected(platform)
    return jsonify(token=_token(platform, by))


def _with_key(platform: Platform) -> Response:
    """A key of the platform's API in place of a consent. What it opens, the platform says."""
    key = str(json_object().get("key") or "").strip()
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise _bad_key(platform)
    try:
        person = platform.person(Api(key))
    except TokenRefusedError:
        raise _bad_key(platform) from None
    if person is None:
        raise _bad_key(platform)
    known = services()
    installation_id = installs.keep_key(known.database, platform.name, key, person)
    by = gatherings.organizer(known.database, platform.name, installation_id)
    if by is None:  # disconnected at this very moment
        raise _bad_key(platform)
    return jsonify(token=_token(platform, by))


def _bad_key(platform: Platform) -> Refusal:
    return Refusal(
        422,
        "bad_key",
        "%(platform)s does not take this key. Check it, and that your plan includes the API.",
        "key",
        platform=platform.title,
    )


# ---- what is there ----------------------------------------------------------------------------------------------


def _state(platform: Platform) -> Response:
    by = _current(platform)
    database = services().database
    walls = gatherings.sources(database, by)
    return jsonify(
        connection=_connection(by),
        signing=asdict(tenants.keys_of(database, by.kid)) if _is_named(by) else None,
        walls=[each | _addresses(platform, each) for each in walls],
    )


def _connection(by: Organizer) -> dict[str, Any]:
    return {
        "name": by.name,
        "resource": by.resource,
        "has_key": by.has_key,
        "is_known": bool(by.owner),
        "token_seconds": None if by.has_key else round(by.expires_at - time.time()),
        "is_renewed": by.is_renewed,
        "since": round(by.installed_at),
        "scopes": by.scopes.split(),
    }


def _is_named(by: Organizer) -> bool:
    return by.is_for_tenant or bool(by.owner)


def _addresses(platform: Platform, wall: dict[str, Any]) -> dict[str, str]:
    code = wall["event"]["code"]
    return {
        "embed_url": public_address(f"{platform.name}.home", place=wall["place"]),
        "join_url": public_address("pages.panel", code=code),
        "stage_url": public_address("pages.panel", code=code, stage=1),
        "qr_url": url_for("pages.qr", code=code),
    }


def _lists(platform: Platform) -> Gatherings:
    if platform.gatherings is None:
        raise LookupError(platform.name)
    return platform.gatherings


def _tenants(platform: Platform) -> Response:
    by = _current(platform)
    return _listed(_asked(platform, by, lambda api: _lists(platform).tenants(api, _asked_page())))


def _gatherings(platform: Platform) -> Response:
    by, tenant = _current(platform), _id(request.args.get("tenant"), "tenant")
    ask = _lists(platform).gatherings
    return _listed(_asked(platform, by, lambda api: ask(api, tenant, _asked_page())))


def _asked_page() -> str:
    return request.args.get("page", "")[:LONGEST_PAGE]


def _listed(part: Part[Listed]) -> Response:
    return jsonify(items=[asdict(each) for each in part.items], next=part.next)


def _asked(platform: Platform, by: Organizer, ask: Any) -> Part[Listed]:
    """What the platform answers, with a token that it takes. Raises PlatformError, Refusal."""
    known = services()

    def app(client_id: str, tenant: str) -> calls.App | None:
        return app_of(platform.name, platform.oauth, client_id, tenant)

    for is_last in (False, True):
        token = installs.access_token(known.database, by.installation_id, app)
        if token is None:
            break
        try:
            found: Part[Listed] = ask(Api(token))
            return found
        except TokenRefusedError:
            if is_last or not installs.outdate(known.database, by.installation_id, token):
                break
    raise _not_connected(platform)


def _id(value: Any, field: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise Refusal(422, "unknown_choice", "Choose one of your events.", field)
    return value


# ---- what they do -----------------------------------------------------------------------------------------------


def _lead(platform: Platform) -> Response:
    """A gathering gets a wall: a new one, or that whose host made a code."""
    by, known = _current(platform), services()
    wish = request.form if request.form or request.files else json_object()
    tenant, name = _id(wish.get("tenant"), "tenant"), str(wish.get("gathering_name") or "")
    gathering = Listed(_id(wish.get("gathering"), "gathering"), name)
    source_id, host_link = _led(by, tenant, gathering, wish)
    known.jobs.read_registrations(source_id)
    (wall,) = [each for each in gatherings.sources(known.database, by) if each["id"] == source_id]
    return jsonify(wall=wall | _addresses(platform, wall), desk_url=host_link)


def _led(by: Organizer, tenant: str, gathering: Listed, wish: Any) -> tuple[int, str | None]:
    """(the id of the source that leads to the wall, the address of the desk where a new one was opened)."""
    known = services()
    if host_code := str(wish.get("host_code") or ""):
        with counted(host_code):
            return gatherings.lead_by_host_code(known.database, by, tenant, gathering, host_code), None
    gatherings.check_free(known.database, by, gathering.id)
    opened = hosting.open_event(known.database, known.storage, known.jobs, plan_of(wish))
    return gatherings.lead_to(known.database, by, tenant, gathering, opened.code), desk_url(opened)


def _own(platform: Platform, source_id: int) -> Organizer:
    by = _current(platform)
    with services().database.read() as session:
        gatherings.own_source(session, by, source_id)
    return by


def _read(platform: Platform, source_id: int) -> Response:
    _own(platform, source_id)
    known = services()
    registrations.want(known.database, source_id)
    known.jobs.read_registrations(source_id)
    return jsonify(ok=True)


def _set_frames(platform: Platform, source_id: int) -> Response:
    by = _own(platform, source_id)
    gatherings.set_frames(services().database, by, source_id, str(json_object().get("frames") or ""))
    return jsonify(ok=True)


def _forget(platform: Platform, source_id: int) -> Response:
    gatherings.forget_source(services().database, _own(platform, source_id), source_id)
    return jsonify(ok=True)


def _new_signing_key(platform: Platform) -> Response:
    """For people whom the organizer's own pages send with a signed link. It is shown this once."""
    by, database = _current(platform), services().database
    key = tenants.new_key_for(database, by.kid, by.name or by.kid, gatherings.events_of(database, by))
    return jsonify(key=key, **asdict(tenants.keys_of(database, by.kid)))


def _give_up_old_keys(platform: Platform) -> Response:
    by, database = _current(platform), services().database
    tenants.give_up_old_keys(database, by.kid)
    return jsonify(asdict(tenants.keys_of(database, by.kid)))


def _disconnect(platform: Platform) -> Response:
    """Everything goes that we have from the platform, and what lets us ask it."""
    by, known = _current(platform), services()
    for attendee_id in gatherings.attendees_of(known.database, by):
        profiles.dismiss(known.database, known.storage, attendee_id)
    if not by.is_for_tenant and by.owner:
        give_up_tokens_of(by.platform, by.tenant, by.owner)
        gatherings.disconnect(known.database, by)
        return jsonify(ok=True)
    client_id = installs.client_of(known.database, by.installation_id)
    app = app_of(platform.name, platform.oauth, client_id, by.tenant)
    if app is not None:
        _give_back(platform, by, app)
    gatherings.disconnect(known.database, by)
    return jsonify(ok=True)


def _give_back(platform: Platform, by: Organizer, app: calls.App) -> None:
    """Where the platform can be told; what it does not hear runs out by itself."""
    try:
        token = installs.access_token(services().database, by.installation_id, lambda _id, _tenant: app)
        if token is not None:
            calls.revoke(app, token)
    except PlatformError:
        return


# ---- hints ------------------------------------------------------------------------------------------------------


def _hint(platform: Platform, key: str) -> tuple[Response, int]:
    """Whatever it says, it says that something changed; we look by ourselves. Nobody learns whether the key counts."""
    if not request.is_json:
        raise Refusal(422, "not_json", "Please reload the page and try again.")
    registrations.hint(services().database, platform.name, key, time.time())
    return no_store(jsonify(ok=True)), 202
