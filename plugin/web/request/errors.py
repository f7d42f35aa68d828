"""Every error is an answer in words: JSON for the panel's calls, a page with a way on for people."""

import logging
import secrets
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_babel import gettext
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from integrations.platform import PlatformError
from plugin.people.refusal import Refusal
from plugin.state.db import DatabaseBusyError
from plugin.state.storage import StorageError

logger = logging.getLogger(__name__)

BUSY = "busy"  # as api.js knows it

PAGES = {
    404: ("Nothing here", "There is no page at this address. If you have a join code, type it below."),
    405: ("Not this way", "This address cannot be used like this."),
    413: ("Too large", "This file is too large. Try a smaller one."),
    429: ("One moment", "That was a little too often. Please wait a minute and try again."),
    500: ("Our mistake", "Something went wrong on our side. Please try again."),
    503: (
        "One moment",
        "We cannot read or keep anything just now. Please try again in a moment.",
    ),
}
# What passes by itself: a database that is busy, full or gone, a storage that is full or gone.
PASSING = (OperationalError, InterfaceError, DatabaseBusyError, PoolTimeoutError, StorageError)
# What the platform itself answered is not the asker's fault, as a proof that we do not accept is.
STATUS_OF = {"refused": 400, "garbage": 503}
SOON_SECONDS = (2, 6)  # of those who are told to come back in a moment, each after a time of their own
ANY_OTHER_PAGE = ("That did not work", "Please go back and try again.")


def init_app(app: Flask) -> None:
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(PlatformError, _platform_error)
    app.register_error_handler(HTTPException, _http_exception)
    for passing in PASSING:
        app.register_error_handler(passing, _out_of_service)
    app.register_error_handler(Exception, _unforeseen)


def answer(status: int, code: str, text: str, field: str | None = None) -> Response:
    """The error as the asker can read it; `text` is in their language already."""
    if wants_json():
        response = jsonify(error={"code": code, "message": text, "field": field})
    else:
        title, _ = PAGES.get(status, ANY_OTHER_PAGE)
        response = Response(
            render_template(
                "message.html",
                title=gettext(title),
                text=text,
                code_field=status == 404,
                typed=_typed(),
                status=status,
            )
        )
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _typed() -> str:
    """The join code that led here, to be put right instead of typed anew."""
    code = str((request.view_args or {}).get("code", ""))
    return code if code.isalnum() else ""


def wants_json() -> bool:
    return request.path.startswith("/api/")


def _refusal(refusal: Refusal) -> Response:
    text = gettext(refusal.text, **refusal.values)
    response = answer(refusal.status, refusal.code, text, refusal.field)
    if refusal.after_seconds:
        response.headers["Retry-After"] = str(refusal.after_seconds)
    return response


def _platform_error(error: PlatformError) -> Response:
    status = STATUS_OF.get(error.code, 401 if error.permanent else 503)
    response = answer(status, error.code, gettext(error.message))
    if error.after_seconds:
        response.headers["Retry-After"] = str(int(error.after_seconds))
    return response


def _http_exception(error: HTTPException) -> Any:
    status = error.code or 500
    if status < 400:
        return error
    _, text = PAGES.get(status, ANY_OTHER_PAGE)
    response = answer(status, error.name.lower().replace(" ", "_"), gettext(text))
    for name, value in error.get_headers(request.environ):
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response


def _out_of_service(error: Exception) -> Response:
    """Nothing was kept: the same request may come again."""
    where = request.url_rule or "an unknown address"
    logger.warning("%s %s: %s", request.method, where, type(error).__name__)
    response = answer(503, BUSY, gettext(PAGES[503][1]))
    response.headers["Retry-After"] = str(secrets.choice(range(*SOON_SECONDS)))
    if request.method == "GET" and not wants_json():
        response.headers["Refresh"] = response.headers["Retry-After"]
    return response


def _unforeseen(error: Exception) -> Response:
    logger.exception("%s %s failed", request.method, request.url_rule or "an unknown address")
    return answer(500, "our_mistake", gettext(PAGES[500][1]))
