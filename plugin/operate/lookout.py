"""`python -m plugin.operate.lookout FD [errands]`: what whoever runs the service looks at, where people never get.

/healthz, /readyz with the age of every part, and /metrics for Prometheus. FD is the socket that `mosaic run` opened;
"errands" says that there are some, for the lookout knows no platform.
"""

import json
import logging
import os
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from plugin.loading import loading

with loading():
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.core import GaugeMetricFamily
    from prometheus_client.exposition import CONTENT_TYPE_LATEST
    from prometheus_client.multiprocess import MultiProcessCollector
    from prometheus_client.registry import Collector
    from redis.exceptions import RedisError
    from sqlalchemy import func, select
    from sqlalchemy.exc import SQLAlchemyError

    from plugin.settings import Settings
    from plugin.state.db import Database
    from plugin.state.draining import NOT_TOLD, Draining
    from plugin.state.logs import set_up
    from plugin.state.measures import FOLDER
    from plugin.state.models import Photo, PhotoState
    from plugin.state.queue import ERRANDS, Jobs, connect
    from plugin.state.readiness import AGE, READY, Readiness, is_ready
    from plugin.state.storage import Storage

logger = logging.getLogger(__name__)

ON_THEIR_WAY = (PhotoState.RECEIVED, PhotoState.PREPARED)


@dataclass(frozen=True)
class Lookout:
    readiness: Readiness
    folder: str = ""  # with the files of all processes
    draining: Draining = NOT_TOLD

    def ready(self) -> tuple[int, bytes]:
        parts = self.readiness.parts(time.time())
        draining = bool(self.draining)
        ready = is_ready(parts) and not draining
        said = {"ready": ready, "draining": draining, "parts": parts}
        return 200 if ready else 503, json.dumps(said).encode()

    def metrics(self) -> bytes:
        registry = CollectorRegistry()
        if self.folder:
            forget_the_dead(Path(self.folder))
            MultiProcessCollector(registry, self.folder)  # type: ignore[no-untyped-call]
        registry.register(_Standing(self.readiness))
        return generate_latest(registry)


@dataclass(frozen=True, eq=False)
class _Standing(Collector):
    """How things stand at the moment of asking. What cannot be asked just now is left out."""

    readiness: Readiness

    def collect(self) -> Iterator[GaugeMetricFamily]:
        now = time.time()
        ready = GaugeMetricFamily("mosaic_ready", "Whether a part or worker is there.", labels=["part"])
        age = GaugeMetricFamily(
            "mosaic_sign_age_seconds", "Since the last sign of life of a part or worker.", labels=["part"]
        )
        for name, part in self.readiness.parts(now).items():
            ready.add_metric([name], float(part[READY]))
            if part[AGE] is not None:
                age.add_metric([name], part[AGE])
        yield from (ready, age)
        yield from self._photos(now)
        yield from self._queues()

    def _photos(self, now: float) -> Iterator[GaugeMetricFamily]:
        number = GaugeMetricFamily(
            "mosaic_photos_waiting", "Photos on their way to the wall.", labels=["state"]
        )
        oldest = GaugeMetricFamily(
            "mosaic_oldest_photo_seconds", "How long the oldest of them has been waiting."
        )
        asked = select(Photo.state, func.count(), func.min(Photo.received_at)).group_by(Photo.state)
        try:
            with self.readiness.database.read() as session:
                found = session.execute(asked.where(Photo.state.in_(ON_THEIR_WAY))).all()
        except SQLAlchemyError:
            return
        counts = {state: count for state, count, _ in found}
        for state in ON_THEIR_WAY:
            number.add_metric([state.value], counts.get(state, 0))
        oldest.add_metric([], max((now - since for _, _, since in found), default=0.0))
        yield from (number, oldest)

    def _queues(self) -> Iterator[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("mosaic_queue_jobs", "Jobs that wait for a worker.", labels=["queue"])
        failed = GaugeMetricFamily(
            "mosaic_queue_failed", "Jobs that failed within the last hour.", labels=["queue"]
        )
        try:
            for queue, (jobs, failures) in self.readiness.jobs.lengths().items():
                waiting.add_metric([queue], jobs)
                failed.add_metric([queue], failures)
        except RedisError:
            return
        yield from (waiting, failed)


def forget_the_dead(folder: Path) -> None:
    """What lives with a process alone, such as its open streams, goes with it."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = path.stem.rpartition("_")[2]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            path.unlink(missing_ok=True)


def serve(lookout: Lookout, listener: socket.socket) -> ThreadingHTTPServer:
    """A server on a socket that listens already; `serve_forever` runs it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body = self._found()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _found(self) -> tuple[int, str, bytes]:
            if self.path == "/healthz":
                return 200, "application/json", b'{"ok": true}'
            if self.path == "/readyz":
                status, body = lookout.ready()
                return status, "application/json", body
            if self.path == "/metrics":
                return 200, CONTENT_TYPE_LATEST, lookout.metrics()
            return 404, "text/plain", b"Here are /healthz, /readyz and /metrics.\n"

        def log_message(self, *_: Any) -> None:
            """Whoever looks every few seconds is no news."""

    server = ThreadingHTTPServer(listener.getsockname()[:2], Handler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    return server


def main(descriptor: int, *more_workers: str) -> None:
    settings = Settings.from_environ(os.environ)
    set_up(settings)
    jobs = Jobs(connect(settings.redis_url))
    readiness = Readiness(Database(settings), jobs, Storage.of(settings), has_errands=ERRANDS in more_workers)
    with socket.socket(fileno=descriptor) as listener:
        lookout = Lookout(readiness, os.environ.get(FOLDER, ""), Draining.of(os.environ))
        serve(lookout, listener).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
