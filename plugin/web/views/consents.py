"""Adding our app to a platform: in a browser and back into the platform's client, or inside the client.

Only in the browser is a cookie used, because only there is the page at the top level: it ties the answer to the
browser that asked. An answer that nobody here asked for is never exchanged. Stores that start at the platform send one
without a state; the person is sent on to ask properly, once, and notices nothing.

A client that has no consent of its own opens a window for it: it begins at an address of ours, which sends it on to the
platform, and ends at a page of ours, which tells the panel the answer. The state ties that to the panel's person.
"""

import json
import logging
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from integrations.platform import OAuth, Person, Platform, PlatformError
from plugin.people import codes, profiles
from plugin.people.admission import acting
from plugin.people.refusal import Refusal
from plugin.platforms import calls, identities, installs, meetings
from plugin.platforms.calls import Api, App, Grant, app_of, challenge_of
from plugin.platforms.entering import Joined
from plugin.platforms.installs import Consent
from plugin.state.models import Assurance, Attendee
from plugin.wall import watching
from plugin.web.request.answers import as_attendee, no_store, public_address
from plugin.web.request.auth import current_attendee
from plugin.web.request.bodies import json_object
from plugin.web.request.giving_up import give_up_tokens
from plugin.web.request.limits import INSTALLING, SENDING, by_token, limiter
from plugin.web.request.services import services
from plugin.web.request.telling import settle
from plugin.web.request.tokens import Pass
from plugin.web.request.wire import not_proved
from plugin.web.views import organizing
from plugin.web.views.consent_pages import answer_page

logger = logging.getLogger(__name__)

COOKIE = "mosaic-install"
AGAIN = "again-"  # begins the state of a consent that we sent somebody back for
PAGE = "page"  # asks for the page of what is connected, instead of the client
LONGEST_CODE = 512
LONGEST_RESOURCE = 500


def make(platform: Platform) -> Blueprint:
    """The addresses of one platform: in a browser, and inside its client where it asks there."""
    bp = Blueprint(f"{platform.name}_consents", __name__)
    if not has_popup(platform):
        _add_in_browser(bp, platform)
    if _asks_in_client(platform):
        _add_in_client(bp, platform)
    return bp


def _add_in_browser(bp: Blueprint, platform: Platform) -> None:
    @bp.get(f"/{platform.name}/install")
    @limiter.limit(INSTALLING)
    def install() -> BaseResponse:
        name = oauth_of(platform).resource_parameter
        resource = request.args.get(name, "") if name else ""
        to_page = request.args.get("to") == PAGE
        return _ask(platform, request.args.get("code", ""), resource=resource, to_page=to_page)

    @bp.get(f"/{platform.name}/callback")
    @limiter.limit(INSTALLING)
    def callback() -> BaseResponse:
        return _forgetting_cookie(platform, _answered(platform))


def popup(platform: Platform) -> Blueprint:
    """The two pages of ours in the window that the client opens for a consent."""
    bp = Blueprint(f"{platform.name}_popup", __name__)

    @bp.get(f"/{platform.name}/auth/start")
    @limiter.limit(INSTALLING)
    def start() -> BaseResponse:
        carried = services().tokens.unseal("popup", request.args.get("to", ""), installs.CONSENT_SECONDS)
        if carried is None:
            return answer_page(400, "refused")
        return no_store(redirect(str(carried["address"]), 302))

    @bp.get(f"/{platform.name}/auth/end")
    @limiter.limit(INSTALLING)
    def end() -> Response:
        return no_store(make_response(render_template(f"{platform.name}/auth-end.html")))

    return bp


def has_popup(platform: Platform) -> bool:
    return platform.oauth is not None and platform.oauth.has_popup


def _asks_in_client(platform: Platform) -> bool:
    return platform.oauth is not None and platform.oauth.in_client_method is not None


def _add_in_client(bp: Blueprint, platform: Platform) -> None:
    @bp.get(f"/api/{platform.name}/authorize")
    @limiter.limit(SENDING, key_func=by_token)
    def authorize() -> Response:
        return _ask_in_client(platform)

    @bp.post(f"/api/{platform.name}/onauthorized")
    @limiter.limit(SENDING, key_func=by_token)
    def on_authorized() -> Response:
        return _authorized(platform)

    @bp.post(f"/api/{platform.name}/sign-out")
    @limiter.limit(SENDING, key_func=by_token)
    def sign_out() -> Response:
        return _sign_out(platform)


def paths_of(platform: Platform) -> dict[str, str]:
    """The addresses that a panel needs for consents."""
    if platform.oauth is None:
        return {}
    if has_popup(platform):  # nobody adds the app in a browser; there is a page that says how it is done
        about = url_for(f"{platform.name}_pages.{platform.pages['']}")
        own = {"about": about, "install": about}
    elif platform.oauth.resource_parameter:  # it begins at the platform
        own = {}
    else:
        own = {"install": url_for(f"{platform.name}_consents.install")}
    if not _asks_in_client(platform):
        return own
    own["connected"] = url_for(f"{platform.name}_organizing.prove")
    return own | {
        "authorize": url_for(f"{platform.name}_consents.authorize"),
        "authorized": url_for(f"{platform.name}_consents.on_authorized"),
        "sign_out": url_for(f"{platform.name}_consents.sign_out"),
    }


def callback_url(platform: Platform) -> str:
    """One of the few addresses that the platform may send an answer to."""
    return public_address(f"{platform.name}_consents.callback")


def _cookie_path(platform: Platform) -> str:
    return f"{request.script_root}/{platform.name}/"


# ---- in a browser ---------------------------------------------------------------------------------------------------


def _ask(
    platform: Platform, code: str = "", prefix: str = "", resource: str = "", *, to_page: bool = False
) -> BaseResponse:
    if oauth_of(platform).resource_parameter and not 0 < len(resource) <= LONGEST_RESOURCE:
        return answer_page(400, "begins_there")
    app = known_app(platform, oauth_of(platform).credentials[0].client_id, resource=resource)
    consent = installs.begin(services().database, app.client_id, prefix=prefix, resource=resource)
    address = calls.consent_url(app, callback_url(platform), consent.state, consent.verifier)
    carried = {
        "state": consent.state,
        "code": codes.normal_code(code),
        "resource": resource,
        "to_page": to_page,
    }
    return _with_cookie(platform, no_store(redirect(address, 302)), carried)


def _with_cookie(platform: Platform, response: BaseResponse, carried: dict[str, Any]) -> BaseResponse:
    """What the answer is known by when it comes, and what was wished for."""
    response.set_cookie(
        COOKIE,
        services().tokens.seal("install", carried),
        max_age=installs.CONSENT_SECONDS,
        path=_cookie_path(platform),
        secure=services().settings.base_url.startswith("https://"),
        httponly=True,
        samesite="Lax",  # the answer comes from the platform's site
    )
    return response


def _answered(platform: Platform) -> BaseResponse:
    """What follows on the platform's answer."""
    state, carried = request.args.get("state", ""), _carried()
    is_ours = bool(state) and carried.get("state") == state
    consent = installs.finish(services().database, state) if is_ours else None
    if is_ours and "error" in request.args:
        return answer_page(403, "denied")
    if consent is None:
        if state.startswith(AGAIN):
            return answer_page(400, "no_cookie")
        code, resource = (str(carried.get(name) or "") for name in ("code", "resource"))
        return _ask(platform, code, AGAIN, resource, to_page=carried.get("to_page") is True)
    code = request.args.get("code", "")
    if not code or len(code) > LONGEST_CODE:
        return answer_page(400, "incomplete")
    return _install(platform, consent, code, carried)


def _carried() -> dict[str, Any]:
    text = request.cookies.get(COOKIE, "")
    return services().tokens.unseal("install", text, installs.CONSENT_SECONDS) or {}


def _install(platform: Platform, consent: Consent, code: str, carried: dict[str, Any]) -> BaseResponse:
    try:
        app = known_app(platform, consent.client_id, resource=consent.resource)
        grant = calls.exchange(app, code, consent.verifier, callback_url(platform))
    except PlatformError as error:
        logger.info("install: the code was not exchanged: %s", error.code)
        return answer_page(400, "refused") if error.code == "refused" else answer_page(503, "busy")
    # Whoever waits here waits for two answers at most: a platform that did not give the first is not asked again.
    installation_id, is_awake = _keep(platform, app, grant)
    if platform.gatherings is not None or carried.get("to_page") is True:
        return redirect(organizing.address(platform, installation_id), 303)
    if is_awake and (opening := _opening_url(platform, grant, str(carried.get("code") or ""))):
        return redirect(opening, 302)
    return answer_page(200, "added", connected=organizing.address(platform, installation_id))


def _keep(platform: Platform, app: App, grant: Grant) -> tuple[int, bool]:
    """Keep the tokens; whose they are, an errand asks later should the platform not say it now.

    Returns the installation's id, and whether the platform did say it.
    """
    person = person_of(platform, grant)
    known = services()
    installation_id = installs.keep(known.database, app, grant, person)
    if person is None:
        known.jobs.ask_for_owner(installation_id)
    return installation_id, person is not None


def person_of(platform: Platform, grant: Grant) -> Person | None:
    """Whose tokens these are; None while the platform does not say."""
    try:
        return platform.person(Api(grant.access_token))
    except PlatformError as error:
        logger.info("the platform does not say whose tokens these are: %s", error.code)
        return None


def _opening_url(platform: Platform, grant: Grant, event_code: str) -> str | None:
    action = json.dumps({"code": event_code} if event_code else {})
    try:
        return platform.opening_url(Api(grant.access_token), action)
    except PlatformError as error:
        logger.info("no deep link: %s", error.code)
        return None


def known_app(platform: Platform, client_id: str, tenant: str = "", resource: str = "") -> App:
    """Our credential with this client id. Raises PlatformError when the operator took it out."""
    app = app_of(platform.name, platform.oauth, client_id, tenant, resource)
    if app is None:
        raise PlatformError("refused", "This consent does not count any more.")
    return app


def oauth_of(platform: Platform) -> OAuth:
    if platform.oauth is None:
        raise LookupError(platform.name)
    return platform.oauth


def _forgetting_cookie(platform: Platform, response: BaseResponse) -> BaseResponse:
    """The cookie has done its work, whatever came of it; unless the person was sent to ask again with a new one."""
    if COOKIE not in "".join(response.headers.getlist("Set-Cookie")):
        response.delete_cookie(COOKIE, path=_cookie_path(platform))
    return no_store(response)


# ---- inside the platform's client -----------------------------------------------------------------------------------


def _ask_in_client(platform: Platform) -> Response:
    """What the page hands to the client's own consent. The verifier stays here, though some clients know no better
    method than to be shown it."""
    known, attendee = services(), _attendee_of(platform)
    oauth = oauth_of(platform)
    client_id = meetings.client_of(known.database, attendee.event_id, platform.name)
    app = known_app(platform, client_id or oauth.credentials[0].client_id, attendee.tenant)
    consent = installs.begin(known.database, app.client_id, attendee.id)
    challenge = challenge_of(consent.verifier, oauth.in_client_method or "S256")
    answer = {"codeChallenge": challenge, "state": consent.state}
    if has_popup(platform):
        answer["popup"] = _popup_address(platform, app, consent, attendee)
    return no_store(jsonify(answer))


def _popup_address(platform: Platform, app: App, consent: Consent, attendee: Attendee) -> str:
    """Where the window begins. What the person is asked for is ours to say, so the address goes along sealed."""
    if attendee.assurance is not Assurance.PROVED:
        raise not_proved(platform)
    challenge = profiles.challenge_of(services().database, attendee.id)
    more = {"login_hint": attendee.email, "claims": challenge}
    address = calls.consent_url(
        app,
        popup_end(platform),
        consent.state,
        consent.verifier,
        prompt="consent",
        **{name: value for name, value in more.items() if value},
    )
    sealed = services().tokens.seal("popup", {"address": address})
    return url_for(f"{platform.name}_popup.start", to=sealed)


def popup_end(platform: Platform) -> str:
    """Where the platform sends the window back to."""
    return public_address(f"{platform.name}_popup.end")


def _authorized(platform: Platform) -> Response:
    """The client's consent came: its code becomes tokens, and a guest somebody known."""
    known, attendee = services(), _attendee_of(platform)
    app, grant = _granted(platform, attendee)
    person = platform.person(Api(grant.access_token, app.tenant))
    if person is None:
        raise Refusal(
            400,
            "bad_answer",
            "%(platform)s did not say who you are. Please try again.",
            platform=platform.title,
        )
    try:
        united = Joined()
        proved = identities.prove_attendee(known.database, attendee.id, person.identity, united)
    except Refusal:
        with suppress(PlatformError):
            calls.revoke(app, grant.access_token)
        raise
    door_id = proved.door.id if proved.door is not None else 0
    attendee = acting(proved.attendee, proved.door)
    settle(united.done)
    installs.keep(known.database, app, grant, person)
    profiles.want(known.database, known.jobs, attendee, again=True)
    return no_store(
        jsonify(
            token=known.tokens.panel(Pass(attendee.event_id, attendee.id, watching.PANEL, door_id)),
            return_key=known.tokens.return_key(attendee.id, door_id),
            attendee=as_attendee(attendee),
            **profiles.about(known.database, attendee.id),
        )
    )


def _granted(platform: Platform, attendee: Attendee) -> tuple[App, Grant]:
    """The tokens for the code that the client handed to the page. Raises Refusal, PlatformError."""
    answer = {name: str(json_object().get(name) or "") for name in ("code", "state", "redirectUri")}
    consent = installs.finish(services().database, answer["state"], attendee.id)
    if consent is None or not 0 < len(answer["code"]) <= LONGEST_CODE:
        raise Refusal(400, "bad_state", "This answer does not count any more. Please try again.")
    # The addresses that the platform knows, and no others.
    if answer["redirectUri"] not in _redirects(platform):
        raise Refusal(400, "bad_redirect", "This answer came to the wrong address. Please try again.")
    app = known_app(platform, consent.client_id, attendee.tenant)
    return app, calls.exchange(app, answer["code"], consent.verifier, answer["redirectUri"])


def _redirects(platform: Platform) -> tuple[str, ...]:
    if has_popup(platform):
        return (popup_end(platform),)
    return public_address(f"{platform.name}.home"), callback_url(platform)


def _sign_out(platform: Platform) -> Response:
    """Forget the tokens of whoever asks; what they gave to the wall stays until they erase it."""
    known, attendee = services(), _attendee_of(platform)
    give_up_tokens(attendee)
    profiles.dismiss(known.database, known.storage, attendee.id)
    return no_store(jsonify(ok=True))


def _attendee_of(platform: Platform) -> Attendee:
    attendee = current_attendee()
    if attendee.platform != platform.name:
        raise Refusal(403, "other_platform", "This works inside %(platform)s only.", platform=platform.title)
    return attendee
