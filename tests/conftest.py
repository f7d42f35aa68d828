"""A real Valkey for the whole run, and for each test an empty service on a database of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from integrations.registry import ADAPTERS
from plugin.app import create_app
from plugin.operate.run import redis_answers, server_binary, wait_for
from plugin.platforms.errands import office
from plugin.settings import Settings
from plugin.state.db import migrate
from plugin.state.queue import NEEDED_WORKERS, sign
from plugin.state.storage import Storage
from plugin.web.request.services import EXTENSION
from tests.factories import Service, environ_for
from tests.fake_zoom.server import FakeZoom
from tests.zoom_cast import ZoomService
from worker.workshop import workshop

SECRET = "only for the tests, and for nothing else"


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The address of a Valkey that keeps nothing on disk."""
    folder = Path(tempfile.mkdtemp(prefix="mosaic-"))  # a short path: a socket's address is at most 104 bytes
    path = folder / "valkey.sock"
    command = [server_binary(os.environ), "--port", "0", "--unixsocket", str(path), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"unix://{path}"
    try:
        wait_for(lambda: redis_answers(url))
        yield url
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest schema, to be copied: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(
        Settings.from_environ({"MOSAIC_SECRET_KEY": SECRET.replace(" ", "-"), "MOSAIC_DATA": str(folder)})
    )
    return folder / "mosaic.sqlite3"


@pytest.fixture
def settings(tmp_path: Path, valkey: str, migrated: Path) -> Iterator[Settings]:
    shutil.copy(migrated, tmp_path / "mosaic.sqlite3")
    environ = {
        "MOSAIC_SECRET_KEY": SECRET.replace(" ", "-"),
        "MOSAIC_DATA": str(tmp_path),
        "REDIS_URL": valkey,
        "MOSAIC_BASE_URL": "https://mosaic.example.org",
    }
    with Redis.from_url(valkey) as redis:
        redis.flushall()
        for role in NEEDED_WORKERS:
            sign(redis, role)  # tests do the work themselves
        settings = Settings.from_environ(environ, ADAPTERS)
        Storage(settings.resolved_storage_url).found()
        yield settings
        redis.flushall()


@pytest.fixture
def service(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    for name, value in environ_for(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("plugin.web.views.picture.TARGET_WAIT_SECONDS", 0.0)  # nobody works beside a test
    workshop.cache_clear()
    app = create_app(settings)
    shop = workshop()
    yield Service(app, settings, shop)
    for part in (app.extensions[EXTENSION], shop):
        part.database.dispose()
        part.jobs.close()
    workshop.cache_clear()


@pytest.fixture
def zoom() -> Iterator[FakeZoom]:
    with FakeZoom() as stand_in:
        yield stand_in


@pytest.fixture
def in_zoom(settings: Settings, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoomService]:
    """The service with Zoom's credentials, and the stand-in that it takes for Zoom."""
    environ = environ_for(settings) | zoom.environ | {"MOSAIC_BASE_URL": settings.base_url}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environ(environ, ADAPTERS)
    workshop.cache_clear()
    office.cache_clear()
    app = create_app(settings)
    shop = workshop()
    service = ZoomService(app, settings, shop, zoom)
    yield service
    service.close()
    for part in (app.extensions[EXTENSION], shop):
        part.database.dispose()
        part.jobs.close()
    workshop.cache_clear()
