"""What proxies in front of us do to requests, undone before anything else sees them.

Some serve us below a path of their host, and either take that path away or leave it in. Others let only GET and POST
through: then a panel says in a header of its POST what it means.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

MEANT = "HTTP_X_HTTP_METHOD_OVERRIDE"
MAY_BE_MEANT = ("PATCH", "DELETE")


class BelowPath:
    """Every address of ours begins with `path`, whether the proxy leaves it in the request or not."""

    def __init__(self, app: WSGIApplication, path: str) -> None:
        self._app = app
        self._path = path

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked = environ.get("PATH_INFO", "")
        if f"{asked}/".startswith(f"{self._path}/"):
            environ["PATH_INFO"] = asked[len(self._path) :] or "/"
        environ["SCRIPT_NAME"] = self._path
        return self._app(environ, start_response)


class MeantMethod:
    """A POST that says that it means PATCH or DELETE is one."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        meant = environ.get(MEANT, "").upper()
        if environ["REQUEST_METHOD"] == "POST" and meant in MAY_BE_MEANT:
            environ["REQUEST_METHOD"] = meant
        return self._app(environ, start_response)
