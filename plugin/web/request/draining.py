"""The web process that gunicorn runs: told to stop, it finishes what people are at, and ends its streams in turn.

Ten thousand panels whose streams end in one second come back in one second, to the machines that are left. So they end
a few at a time. Nobody is waited for who asks for nothing: connections that proxies and browsers keep for later are
closed.

gunicorn loads this before gevent has patched anything: whatever else were imported here would wait for its sockets as
if it were alone.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
from gunicorn.workers.ggevent import GeventWorker

from plugin.loading import loading

STREAMS_SHARE = 0.75  # of the time there is: those who are told last want to be gone before the end
SILENT_SECONDS = 1.0  # who has connected and not asked for so long is not about to
LOOK_SECONDS = 0.1
TIDYING = (
    10_000,
    20,
    20,
)  # new objects, and rounds, between two looks for circles; a request makes some thousand


class Server(GeventWorker):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._silent: dict[Any, tuple[gevent.Timeout, float]] = {}  # by greenlet
        self._is_draining = False

    def load_wsgi(self) -> None:
        with loading():
            super().load_wsgi()
        gc.set_threshold(*TIDYING)

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """How long gunicorn waits for the next request of a connection; remembered, so that the wait can be ended."""
        timeout = gevent.Timeout(self.cfg.keepalive, False)  # type: ignore[arg-type]
        waiting = gevent.getcurrent()
        self._silent[waiting] = timeout, time.monotonic()
        try:
            with timeout:
                yield
        finally:
            del self._silent[waiting]

    def notify(self) -> None:
        """Called every second, also while gunicorn waits for the last requests; by then nobody new is taken in."""
        super().notify()
        if not self.alive and not self._is_draining:
            self._is_draining = True
            gevent.spawn(self._end_streams)
            gevent.spawn(self._close_silent)

    def _end_streams(self) -> None:
        from plugin.web.request.services import EXTENSION

        self.wsgi.extensions[EXTENSION].broadcaster.end_all(self.cfg.graceful_timeout * STREAMS_SHARE)

    def _close_silent(self) -> None:
        while True:
            for greenlet, (timeout, since) in list(self._silent.items()):
                if time.monotonic() - since > SILENT_SECONDS:
                    gevent.kill(greenlet, timeout)
            gevent.sleep(LOOK_SECONDS)
