"""What each request is called, from the proxy in front to its last job, and what is counted of it."""

import re
import secrets
import time

from flask import Flask, Response, g, request

from plugin.state.logs import REQUEST
from plugin.state.measures import measures, note_processor

HEADER = "X-Request-Id"
NAMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
NOWHERE = "none"


def init_app(app: Flask, *, behind_proxy: bool) -> None:
    """`behind_proxy`: the proxy in front names requests; what anybody else says is not believed."""
    app.before_request(lambda: _begin(request.headers.get(HEADER, "") if behind_proxy else ""))
    app.after_request(_end)
    app.teardown_request(lambda _: _forget())


def _begin(said: str) -> None:
    g.began = time.monotonic()
    REQUEST.set(said if NAMED.fullmatch(said) else secrets.token_hex(8))


def _forget() -> None:
    REQUEST.set("")


def _end(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule is not None else NOWHERE
    seen = measures()
    seen.requests.labels(request.method if route != NOWHERE else NOWHERE, route, response.status_code).inc()
    seen.request_seconds.labels(route).observe(time.monotonic() - g.began)
    note_processor("web")
    response.headers[HEADER] = REQUEST.get()
    return response
