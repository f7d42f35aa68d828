"""Adding our app to a platform in a browser: the consent, its answer, and back into the platform's own client.

Only here is a cookie used, because only here is the page at the top level: it ties the answer to the browser that
asked. An answer that nobody here asked for is never exchanged. Stores that start at the platform send one without a
state; the person is sent on to ask properly, once, and notices nothing.
"""

import json
import logging
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from integrations.platform import OAuth, Person, Platform, PlatformError
from plugin.people import codes
from plugin.platforms import calls, installs
from plugin.platforms.calls import Api, App, Grant, OutsideError, app_of
from plugin.platforms.installs import Consent
from plugin.web.request.limits import INSTALLING, limiter
from plugin.web.request.services import services

logger = logging.getLogger(__name__)

COOKIE = "mosaic-install"
WORDS_OF_ANSWERS = {
    "denied": ("Not added", "You did not agree, so nothing was added and nothing was kept."),
    "no_cookie": (
        "That did not work",
        "Your browser did not keep what we need to know that it is you. Allow cookies, or try another one.",
    ),
    "incomplete": ("That did not work", "The answer was not complete. Please try again."),
    "refused": ("That did not work", "This answer does not count any more. Please try again."),
    "busy": ("One moment", "The other side does not answer just now. Please try again."),
    "added": ("Added", "Open it now: start or join a meeting, choose Apps, and Virtual Mosaic."),
}
AGAIN = "again-"  # begins the state of a consent that we sent somebody back for
LONGEST_CODE = 512


def make(platform_name: str) -> Blueprint:
    """The addresses of one platform."""
    bp = Blueprint(f"{platform_name}_install", __name__, url_prefix=f"/{platform_name}")

    @bp.get("/install")
    @limiter.limit(INSTALLING)
    def install() -> BaseResponse:
        return _ask(platform_name, request.args.get("code", ""))

    @bp.get("/callback")
    @limiter.limit(INSTALLING)
    def callback() -> BaseResponse:
        return _forgetting_cookie(platform_name, _answered(platform_name))

    return bp


def callback_url(platform_name: str) -> str:
    """One of the few addresses that the platform may send an answer to."""
    return f"{services().settings.base_url}{url_for(f'{platform_name}_install.callback')}"


def _ask(platform_name: str, code: str = "", prefix: str = "") -> BaseResponse:
    platform = services().platforms[platform_name]
    oauth = oauth_of(platform)
    app = known_app(platform, oauth.credentials[0].client_id)
    consent = installs.begin(services().database, app.client_id, prefix=prefix)
    address = calls.consent_url(app, callback_url(platform_name), consent.state, consent.verifier)
    response = redirect(address, 302)
    response.headers["Cache-Control"] = "no-store"
    response.set_cookie(
        COOKIE,
        services().tokens.seal("install", {"state": consent.state, "code": codes.normal_code(code)}),
        max_age=installs.CONSENT_SECONDS,
        path=f"/{platform_name}/",
        secure=services().settings.base_url.startswith("https://"),
        httponly=True,
        samesite="Lax",  # the answer comes from the platform's site
    )
    return response


def _answered(platform_name: str) -> BaseResponse:
    """What follows on the platform's answer."""
    state, carried = request.args.get("state", ""), _carried()
    is_ours = bool(state) and carried.get("state") == state
    consent = installs.finish(services().database, state) if is_ours else None
    if is_ours and "error" in request.args:
        return _page(403, "denied")
    if consent is None:
        if state.startswith(AGAIN):
            return _page(400, "no_cookie")
        return _ask(platform_name, str(carried.get("code") or ""), prefix=AGAIN)
    code = request.args.get("code", "")
    if not code or len(code) > LONGEST_CODE:
        return _page(400, "incomplete")
    return _install(platform_name, consent, code, str(carried.get("code") or ""))


def _carried() -> dict[str, Any]:
    text = request.cookies.get(COOKIE, "")
    return services().tokens.unseal("install", text, installs.CONSENT_SECONDS) or {}


def _install(platform_name: str, consent: Consent, code: str, event_code: str) -> BaseResponse:
    platform = services().platforms[platform_name]
    try:
        app = known_app(platform, consent.client_id)
        grant = calls.exchange(app, code, consent.verifier, callback_url(platform_name))
    except OutsideError as error:
        logger.info("install: the code was not exchanged: %s", error.code)
        return _page(400, "refused") if error.code == "refused" else _page(503, "busy")
    # Whoever waits here waits for two answers at most: a platform that did not give the first is not asked again.
    is_awake = _keep(platform, app, grant)
    if is_awake and (opening := _opening_url(platform, grant, event_code)):
        return redirect(opening, 302)
    return _page(200, "added")


def _keep(platform: Platform, app: App, grant: Grant) -> bool:
    """Keep the tokens; whose they are, an errand asks later should the platform not say it now. Whether it did."""
    person = person_of(platform, grant)
    known = services()
    user_id = person.identity.user_id if person is not None else None
    tenant = person.identity.tenant if person is not None else ""
    installation_id = installs.keep(known.database, app, grant, user_id, tenant)
    if user_id is None:
        known.jobs.ask_for_owner(installation_id)
    return user_id is not None


def person_of(platform: Platform, grant: Grant) -> Person | None:
    """Whose tokens these are; None while the platform does not say."""
    try:
        return platform.person(Api(grant.access_token))
    except (OutsideError, PlatformError) as error:
        logger.info("the platform does not say whose tokens these are: %s", error.code)
        return None


def _opening_url(platform: Platform, grant: Grant, event_code: str) -> str | None:
    action = json.dumps({"code": event_code} if event_code else {})
    try:
        return platform.opening_url(Api(grant.access_token), action)
    except (OutsideError, PlatformError) as error:
        logger.info("no deep link: %s", error.code)
        return None


def known_app(platform: Platform, client_id: str) -> App:
    """Our credential with this client id. Raises OutsideError when the operator took it out."""
    app = app_of(platform.name, platform.oauth, client_id)
    if app is None:
        raise OutsideError("refused", "This consent does not count any more.", permanent=True)
    return app


def oauth_of(platform: Platform) -> OAuth:
    if platform.oauth is None:
        raise LookupError(platform.name)
    return platform.oauth


def _page(status: int, outcome: str) -> Response:
    title, text = WORDS_OF_ANSWERS[outcome]
    content = render_template("message.html", title=gettext(title), text=gettext(text), status=status)
    response = make_response(content, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _forgetting_cookie(platform_name: str, response: BaseResponse) -> BaseResponse:
    """The cookie has done its work, whatever came of it; unless the person was sent to ask again with a new one."""
    if COOKIE not in "".join(response.headers.getlist("Set-Cookie")):
        response.delete_cookie(COOKIE, path=f"/{platform_name}/")
    response.headers["Cache-Control"] = "no-store"
    return response
