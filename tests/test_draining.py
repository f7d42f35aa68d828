"""A machine that is told to stop finishes what people are at, ends its streams in turn, and hands its jobs back."""

import http.client
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.error import HTTPError

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

from bench.client import multipart
from plugin.operate import run
from plugin.state.draining import Draining
from plugin.state.measures import FOLDER
from plugin.state.queue import PRINT
from plugin.web.request.services import EXTENSION
from tests.factories import Person, Service, environ_for, photo_bytes
from tests.test_run import Mosaic, fetch, free_port, wait_until

STREAMS = 300
SLOW_SECONDS = 4.5  # more than the three seconds that all had once
DRAIN_SECONDS = "100"


class Streams:
    """Many panels of one person, which only watch when they end."""

    def __init__(self, port: int, token: str) -> None:
        self._selector = selectors.DefaultSelector()
        for _ in range(STREAMS):
            panel = socket.create_connection(("127.0.0.1", port))
            panel.sendall(
                f"GET /api/live HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
            )
            assert panel.recv(65536).startswith(b"HTTP/1.1 200")
            self._selector.register(panel, selectors.EVENT_READ)
        self.ended_at: list[float] = []

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def watch_until_all_have_ended(self) -> None:
        while len(self.ended_at) < STREAMS:
            for key, _ in self._selector.select():
                if not _has_more(key.fileobj):  # type: ignore[arg-type]
                    self.ended_at.append(time.monotonic())
                    self._selector.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]


def _has_more(panel: socket.socket) -> bool:
    try:
        return bool(panel.recv(65536))
    except ConnectionResetError:
        return False


class SlowUpload:
    """A photo that comes a few bytes at a time, as from a phone at the edge of its network."""

    def __init__(self, port: int, person: Person) -> None:
        fields = {"name": "Ada", "story": "I bake bread"}
        body, content_type = multipart(fields, {"photo": photo_bytes("green")})
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.connection.putrequest("POST", "/api/photos")
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(len(body)),
            "Idempotency-Key": "a" * 32,
        }
        for name, value in (headers | {"Authorization": f"Bearer {person.token}"}).items():
            self.connection.putheader(name, value)
        self.connection.endheaders()
        half = len(body) // 2
        self.connection.send(body[:half])
        self._rest = body[half:]

    def send_the_rest(self, seconds: float) -> http.client.HTTPResponse:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.connection.send(self._rest[:1])
            self._rest = self._rest[1:]
            time.sleep(0.1)
        self.connection.send(self._rest)
        return self.connection.getresponse()


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def is_draining(url: str) -> bool:
    try:
        fetch(f"{url}/readyz")
    except HTTPError as error:
        return error.code == 503 and bool(json.loads(error.read())["draining"])
    return False


@pytest.mark.slow
def test_a_machine_that_goes_finishes_uploads_and_ends_its_streams_in_turn(
    service: Service, tmp_path: Path
) -> None:
    event = service.open_event(work=False)
    ada = event.join()
    operator = f"127.0.0.1:{free_port()}"
    environ = environ_for(service.settings) | {
        "MOSAIC_OPERATOR_ADDRESS": operator,
        "MOSAIC_WEB_PROCESSES": "1",
        "MOSAIC_DRAIN_SECONDS": DRAIN_SECONDS,
    }
    mosaic = Mosaic(tmp_path, "--only", "web", **environ)
    try:
        mosaic.wait_for("Virtual Mosaic is at")
        silent = http.client.HTTPConnection("127.0.0.1", mosaic.port)  # as a proxy keeps some for later
        silent.request("GET", "/healthz")
        silent.getresponse().read()
        streams = Streams(mosaic.port, ada.token)
        upload = SlowUpload(mosaic.port, ada)
        mosaic.process.send_signal(signal.SIGTERM)
        watching = threading.Thread(target=streams.watch_until_all_have_ended, daemon=True)
        watching.start()
        wait_until(lambda: is_draining(f"http://{operator}"))
        answer = upload.send_the_rest(SLOW_SECONDS)
        assert answer.status == 202
        assert refuses(mosaic.port)
        assert (
            mosaic.process.wait(60) == 0
        )  # long before its time is over, though somebody is still connected
        watching.join(10)
        silent.close()
        upload.connection.close()
        streams.close()
    finally:
        mosaic.stop(signal.SIGKILL)
    # Each for itself: 250 a second.
    assert len(streams.ended_at) == STREAMS
    assert streams.ended_at[-1] - streams.ended_at[0] > 0.5
    for trouble in ("did not stop", "graceful timeout", "Traceback", "Warning"):
        assert not mosaic.says(trouble)


def test_gevent_patches_before_anything_of_ours_is_loaded() -> None:
    script = (
        "import sys, plugin.web.request.draining; "
        "print([name for name in ('urllib3', 'redis', 'requests', 'flask', 'sqlalchemy') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "[]\n"


def test_balancers_that_look_are_told_before_anybody_is_refused(service: Service, tmp_path: Path) -> None:
    draining = Draining.of({FOLDER: str(tmp_path)})
    known = service.app.extensions[EXTENSION]
    object.__setattr__(known, "draining", draining)
    assert service.client.get("/healthz").json == {"ok": True}
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        leaving = run._leave(draining, listener, 7.0)
        assert next(leaving) == 7.0
        for path, what in (("/healthz", "ok"), ("/readyz", "ready")):
            answer = service.client.get(path)
            assert (answer.status_code, answer.json) == (503, {what: False, "draining": True})
        assert not refuses(port)
        assert list(leaving) == []
        assert refuses(port)


def test_a_machine_without_a_web_has_nobody_to_warn(tmp_path: Path) -> None:
    draining = Draining.of({FOLDER: str(tmp_path)})
    assert list(run._leave(draining, None, 7.0)) == []
    assert draining
    assert not Draining.of({})


def test_a_worker_that_goes_hands_back_the_job_that_takes_longer(service: Service) -> None:
    with Redis.from_url(service.settings.redis_url) as redis:
        queue = Queue(PRINT, connection=redis, serializer=JSONSerializer)
        job = queue.enqueue("time.sleep", 3600, job_timeout=7200)
        other = queue.enqueue("time.sleep", 0)
        environ = os.environ | environ_for(service.settings)
        worker = subprocess.Popen([sys.executable, "-m", "worker", "print"], env=environ)
        try:
            wait_until(lambda: job.get_status() == "started")
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(60) == 0
        finally:
            worker.kill()
            worker.wait()
        assert job.get_status() == "queued"
        assert queue.job_ids == [job.id, other.id]
        assert len(queue.failed_job_registry) == len(queue.started_job_registry) == 0
