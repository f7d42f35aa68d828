"""`mosaic doctor` finds what is wrong, each fault in a line of its own that says what to do; here are real ones."""

import http.client
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result
from redis import Redis
from werkzeug.serving import make_server

from plugin.app import create_app
from plugin.cli import main
from plugin.operate.doctor import machine
from plugin.operate.run import wait_for
from plugin.operate.valkey import redis_answers, server_binary
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.fingerprints import recognise
from plugin.state.queue import WORKERS, sign
from plugin.state.storage import Storage
from plugin.web.request.services import EXTENSION
from tests.buckets import Bucket
from tests.test_checks import with_password
from tests.test_live import free_port

KEY, OTHER = "k" * 40, "o" * 40
MEGABYTE = 1 << 20

pytestmark = pytest.mark.sqlite


@dataclass
class Proxy:
    """A small real proxy in front, with whatever is wrong with it."""

    upstream: str
    says_who_asks: bool = True
    buffers: bool = False
    limit: int = 100 * MEGABYTE
    clock_seconds: float = 0.0

    def pass_on(self, asked: BaseHTTPRequestHandler) -> None:
        size = int(asked.headers.get("Content-Length") or 0)
        asked.close_connection = True
        if size > self.limit:
            asked.send_error(413)
            return
        connection = http.client.HTTPConnection(urlsplit(self.upstream).netloc, timeout=60)
        headers = {
            name: asked.headers[name] for name in ("Authorization", "Content-Type") if name in asked.headers
        }
        if self.says_who_asks:
            headers["X-Forwarded-For"] = asked.client_address[0]
        with closing(connection), suppress(OSError):
            connection.request(asked.command, asked.path, asked.rfile.read(size), headers)
            self._answer(asked, connection.getresponse())

    def _answer(self, asked: BaseHTTPRequestHandler, answer: http.client.HTTPResponse) -> None:
        held = answer.read() if self.buffers else b""
        asked.send_response_only(answer.status)
        asked.send_header("Date", formatdate(time.time() + self.clock_seconds, usegmt=True))
        asked.send_header("Content-Type", answer.headers["Content-Type"])
        asked.end_headers()
        asked.wfile.write(held)
        while more := answer.read1():
            asked.wfile.write(more)


@contextmanager
def listening(pass_on: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pass_on(self)

        do_POST = do_GET  # noqa: N815 - its name is the base class's

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Valkey that writes down what it is told."""
    folder = tmp_path_factory.mktemp("v")
    path = folder / "s"
    command = [
        server_binary({}),
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--dir",
        str(folder),
        "--appendonly",
        "yes",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: redis_answers(f"unix://{path}"))
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, migrated: Path, keeping: str) -> Iterator[str]:
    """The address of a service that runs, and has the same key as the machine that is looked at."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(migrated, folder / "mosaic.sqlite3")
    environ = {"MOSAIC_SECRET_KEY": KEY, "MOSAIC_DATA": str(folder), "REDIS_URL": keeping}
    settings = Settings.from_environ(environ | {"MOSAIC_UPLOAD_MEGABYTES": "1"})
    app = create_app(settings)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions[EXTENSION].database.dispose()
    app.extensions[EXTENSION].jobs.close()


@dataclass
class Bed:
    """A machine that is well, until something is done to it."""

    data: Path
    environ: dict[str, str]
    proxy: Proxy
    request: pytest.FixtureRequest
    monkeypatch: pytest.MonkeyPatch
    redis: Redis = field(repr=False)

    def look(self) -> Result:
        before = os.umask(0o077)
        try:
            nothing = dict.fromkeys(name for name in os.environ if name.startswith(("MOSAIC_", "REDIS_")))
            return CliRunner().invoke(main, ["doctor"], env=nothing | self.environ)
        finally:
            os.umask(before)

    def sql(self, statement: str) -> None:
        with closing(sqlite3.connect(self.data / "mosaic.sqlite3")) as rows, rows:
            rows.execute(statement)


@pytest.fixture
def bed(
    tmp_path: Path,
    migrated: Path,
    keeping: str,
    served: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bed]:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shutil.copy(migrated, data / "mosaic.sqlite3")
    (data / "secret.key").touch(mode=0o600)
    (data / "secret.key").write_text(KEY)
    proxy = Proxy(served)
    with listening(lambda asked: proxy.pass_on(asked)) as address, Redis.from_url(keeping) as redis:
        environ = {
            "MOSAIC_DATA": str(data),
            "REDIS_URL": keeping,
            "MOSAIC_BASE_URL": address,
            "MOSAIC_PROXIES": "1",
            "MOSAIC_UPLOAD_MEGABYTES": "1",
        }
        settings = Settings.from_environ(environ | {"MOSAIC_SECRET_KEY": KEY})
        Storage.of(settings).found()
        for role in WORKERS:
            sign(redis, role)
        monkeypatch.setattr(
            machine, "LEAST_FREE_BYTES", MEGABYTE
        )  # how full this machine is does not matter here
        yield Bed(data, environ, proxy, request, monkeypatch, redis)
        redis.config_set("maxmemory", "0")
        redis.flushall()


def wrong_password(bed: Bed) -> None:
    path = bed.request.getfixturevalue("guarded")
    bed.environ["REDIS_URL"] = f"unix://:wrong@{path}"


@pytest.fixture
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with with_password(tmp_path_factory.mktemp("g"), "right") as path:
        yield path


def folder_that_can_only_be_read(bed: Bed) -> None:
    """`/proc` lets nobody write, whoever they are."""
    bed.environ |= {"MOSAIC_DATA": "/proc/self/fdinfo", "MOSAIC_SECRET_KEY": KEY}


def folder_for_everybody(bed: Bed) -> None:
    bed.data.chmod(0o755)


def key_for_everybody(bed: Bed) -> None:
    (bed.data / "secret.key").chmod(0o644)


def old_schema(bed: Bed) -> None:
    bed.sql("UPDATE alembic_version SET version_num = '0012'")


def clock_off(bed: Bed) -> None:
    bed.proxy.clock_seconds = 90


def buffering_proxy(bed: Bed) -> None:
    bed.proxy.buffers = True


def small_bodies(bed: Bed) -> None:
    bed.proxy.limit = MEGABYTE // 2


def no_bucket(bed: Bed) -> None:
    bucket: Bucket = bed.request.getfixturevalue("bucket")
    bed.environ |= bucket.environ("photos") | {"MOSAIC_STORAGE_URL": "s3://no-such-bucket/photos"}


def nobody_at_the_address(bed: Bed) -> None:
    bed.environ["MOSAIC_BASE_URL"] = f"http://127.0.0.1:{free_port()}"


def somebody_else_at_the_address(bed: Bed) -> None:
    bed.environ["MOSAIC_BASE_URL"] = bed.request.getfixturevalue("somebody")


@pytest.fixture
def somebody() -> Iterator[str]:
    with listening(lambda asked: asked.send_error(404)) as address:
        yield address


def redis_that_keeps_nothing(bed: Bed) -> None:
    bed.environ["REDIS_URL"] = bed.request.getfixturevalue("valkey")


def redis_that_throws_away(bed: Bed) -> None:
    bed.redis.config_set("maxmemory", "100mb")
    bed.redis.config_set("maxmemory-policy", "allkeys-lru")


def full_disk(bed: Bed) -> None:
    bed.monkeypatch.setattr(machine, "LEAST_FREE_BYTES", 1 << 60)


def silent_workers(bed: Bed) -> None:
    bed.redis.flushall()


def half_a_platform(bed: Bed) -> None:
    bed.environ["TEAMS_CLIENT_ID"] = "00000000-0000-4000-8000-000000000000"


def another_key_than_the_database_knows(bed: Bed) -> None:
    database = Database(Settings.from_environ(bed.environ | {"MOSAIC_SECRET_KEY": OTHER}))
    recognise(database, (OTHER,), time.time())
    database.dispose()


def another_key_than_the_service_has(bed: Bed) -> None:
    (bed.data / "secret.key").write_text(OTHER)


def photos_disk_not_mounted(bed: Bed) -> None:
    (bed.data / "files" / ".store").unlink()


def proxy_that_is_not_counted(bed: Bed) -> None:
    bed.environ["MOSAIC_PROXIES"] = "0"


def proxy_that_does_not_say_who_asks(bed: Bed) -> None:
    bed.proxy.says_who_asks = False


FAULTS = {
    wrong_password: ("redis", "refuses the password"),
    folder_that_can_only_be_read: ("data folder", "cannot be used"),
    folder_for_everybody: ("data folder", "chmod 700"),
    key_for_everybody: ("secret key", "chmod 600"),
    old_schema: ("schema", "mosaic migrate"),
    clock_off: ("clock", "time server"),
    buffering_proxy: ("stream", "proxy_buffering off"),
    small_bodies: ("large photos", "client_max_body_size"),
    no_bucket: ("storage", "MOSAIC_S3_"),
    nobody_at_the_address: ("address", "Nobody answers"),
    somebody_else_at_the_address: ("address", "Somebody else answers"),
    redis_that_keeps_nothing: ("redis keeps", "appendonly yes"),
    redis_that_throws_away: ("redis keeps", "noeviction"),
    full_disk: ("disk", "Make room"),
    silent_workers: ("workers", "mosaic run --only prepare,place,sweep"),
    half_a_platform: ("settings", "TEAMS_"),
    another_key_than_the_database_knows: ("known keys", "another secret key"),
    another_key_than_the_service_has: ("stream", "same MOSAIC_SECRET_KEY"),
    photos_disk_not_mounted: ("storage", "is its disk mounted"),
    proxy_that_is_not_counted: ("proxies", "MOSAIC_PROXIES=1"),
    proxy_that_does_not_say_who_asks: ("proxies", "anybody can claim"),
}


def wrong(result: Result) -> dict[str, str]:
    """What is wrong, by name."""
    lines = [line for line in result.output.splitlines() if line.startswith("WRONG")]
    return {line[7:20].strip(): line[21:] for line in lines}


def test_where_all_is_well_it_says_so_and_changes_nothing(bed: Bed) -> None:
    before = sorted(each.name for each in bed.data.rglob("*"))
    result = bed.look()
    assert wrong(result) == {}, result.output
    assert result.exit_code == 0
    assert "ok     large photos  1 MB come through" in result.output
    bed.environ["MOSAIC_UPLOAD_MEGABYTE"] = "5"
    assert "hint   settings      There is no setting MOSAIC_UPLOAD_MEGABYTE:" in bed.look().output
    left = {each.name for each in bed.data.rglob("*")} - {
        "doctor",
        ".halves",
        "mosaic.sqlite3-wal",
        "mosaic.sqlite3-shm",
    }
    assert sorted(left) == before


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_each_fault_is_found_with_what_to_do(bed: Bed, fault: Callable[[Bed], None]) -> None:
    fault(bed)
    name, words = FAULTS[fault]
    result = bed.look()
    assert result.exit_code == 1
    assert words in wrong(result).get(name, ""), result.output
    assert "Traceback" not in result.output


def test_fonts_that_are_not_listed_in_time_are_a_hint(bed: Bed, tmp_path: Path) -> None:
    lister = tmp_path / "bin" / "fc-list"
    lister.parent.mkdir()
    lister.write_text("#!/bin/sh\nexec sleep 60\n")
    lister.chmod(0o700)
    bed.environ["PATH"] = f"{lister.parent}:{os.environ['PATH']}"
    bed.monkeypatch.setattr(machine, "FONTS_SECONDS", 0.2)
    result = bed.look()
    assert "hint   prints        Which fonts this machine has cannot be told" in result.output
    assert result.exit_code == 0, result.output


def test_before_the_first_run_it_says_what_to_start(tmp_path: Path, bed: Bed) -> None:
    bed.environ["MOSAIC_DATA"] = str(tmp_path / "nothing yet")
    result = bed.look()
    assert "MOSAIC_SECRET_KEY is missing" in wrong(result)["settings"]
    bed.environ["MOSAIC_SECRET_KEY"] = KEY
    assert "mosaic run" in wrong(bed.look())["database"]
    assert not (tmp_path / "nothing yet").exists()


def test_nobody_else_is_the_doctor(served: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(served).netloc, timeout=60)
    with closing(connection):
        for method, path in (("GET", "/api/live"), ("POST", "/api/photos")):
            connection.request(method, path, headers={"Authorization": "Doctor made-up"})
            answer = connection.getresponse()
            assert answer.status == 401
            answer.read()
