"""A real Valkey for the whole run, and for each test an empty service on a database of its own."""

import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakSet

import pytest
from redis import Redis
from xdist.scheduler import LoadFileScheduling

from bench.clusters import Cluster, cluster, copy
from integrations.registry import ADAPTERS
from plugin.app import create_app
from plugin.operate.run import wait_for
from plugin.operate.valkey import redis_answers, server_binary
from plugin.platforms.errands import office
from plugin.settings import Settings
from plugin.state.db import Database, migrate
from plugin.state.queue import NEEDED_WORKERS, sign
from plugin.state.storage import Storage
from plugin.web.request.services import EXTENSION
from tests.buckets import Bucket, bucket_server
from tests.factories import Service, environ_for
from tests.fake_hopin.server import FakeHopin
from tests.fake_teams.server import FakeTeams
from tests.fake_zoom.server import FakeZoom
from tests.hopin_cast import HopinService
from tests.mixed_cast import Mixed
from tests.remembered import remember
from tests.teams_cast import TeamsService
from tests.zoom_cast import ZoomService
from worker.workshop import workshop

S = TypeVar("S", bound=Service)

SECRET = "only for the tests, and for nothing else"
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 2_000_000_000
OPENED: WeakSet[Database] = WeakSet()  # where all rows are in PostgreSQL
# Four processes share what is tested in a browser, by the time that it takes and by the services that it starts.
BROWSER_GROUPS = {
    "Zoom in a browser": {"zoom", "hello", "talk_in_line", "hopin", "mixed_event"},
    "Teams in a browser": {"teams", "means", "fold", "keyboard", "presses"},
    "a panel in a browser": {"alone", "accessibility", "panel", "picture"},
}
BESIDE_BROWSERS = 10  # niceness


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgres", action="store_true", help="keep the rows of every test in PostgreSQL")


@pytest.hookimpl(tryfirst=True)  # before pytest chooses where its own folders are
def pytest_configure(config: pytest.Config) -> None:
    gc.disable()  # until all is loaded: half the time of it
    _keep_files_in_memory()
    remember()
    if config.getoption("postgres"):
        _note_databases()


def _note_databases() -> None:
    make = Database.__init__

    def made(database: Database, *given: Any, **more: Any) -> None:
        make(database, *given, **more)
        OPENED.add(database)

    Database.__init__ = made  # type: ignore[method-assign]


def _keep_files_in_memory() -> None:
    """What tests and their processes write goes into memory, where there is enough of it: no disk to wait for."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # to be looked up again


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """What one test puts there, as the demo of a platform does, is no setting of the next."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys() - {"PYTEST_CURRENT_TEST"}:
        del os.environ[name]


@pytest.fixture(autouse=True)
def connections() -> Iterator[None]:
    """What a test opened to a server is closed when it ends, and not when somebody else's test is looked at."""
    yield
    for each in list(OPENED):
        each.dispose()


class FilesTogether(LoadFileScheduling):
    """Where several processes share the tests, each file is one's. What drives a browser is four processes': it waits
    for answers half of the time."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        if not file.startswith("tests/browser/"):
            return file
        subject = Path(file).stem.removeprefix("test_")
        return next((name for name, files in BROWSER_GROUPS.items() if subject in files), "browser")


def pytest_xdist_auto_num_workers() -> int:
    """Two more than there are cores, for those that drive a browser often wait for it."""
    return (os.cpu_count() or 1) + 2


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Beside what drives a browser, the rest takes what that leaves: who waits for a page should not wait long."""
    if hasattr(item.config, "workerinput") and not item.get_closest_marker("browser"):
        os.nice(max(0, BESIDE_BROWSERS - os.nice(0)))


def pytest_collection_finish() -> None:
    """What is loaded by now stays: it is not looked through for garbage again and again, and was not until now."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    return FilesTogether(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is in a browser comes first, and then the slow files: no process is left alone with them.

    Neither is watched for coverage: what they test runs in other processes, or in loops that it makes much slower.
    """
    for item in items:
        if item.get_closest_marker("browser") or item.get_closest_marker("slow"):
            item.add_marker("no_cover")
    if config.getoption("postgres"):
        for item in items:
            if item.get_closest_marker("sqlite"):
                item.add_marker(pytest.mark.skip(reason="looks into SQLite's own files"))
    if hasattr(config, "workerinput"):
        slow = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: (not item.get_closest_marker("browser"), item.path not in slow))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What many do at once is tried on both databases, where both can be had."""
    if metafunc.config.getoption("postgres") or "database" not in metafunc.fixturenames:
        return
    if metafunc.definition.get_closest_marker("both"):
        also = pytest.param("postgres", marks=pytest.mark.postgres)
        metafunc.parametrize("database", ["sqlite", also], indirect=True)


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
def bucket() -> Iterator[Bucket]:
    """An empty bucket, of a server that speaks as S3 does."""
    with bucket_server() as bucket:
        yield bucket


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest schema, to be copied: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(
        Settings.from_environ({"MOSAIC_SECRET_KEY": SECRET.replace(" ", "-"), "MOSAIC_DATA": str(folder)})
    )
    return folder / "mosaic.sqlite3"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    with cluster() as made:
        yield made


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> str:
    """The address of a database at the newest schema, to be copied."""
    url = postgres.create("migrated")
    migrate(
        Settings.from_environ({"MOSAIC_SECRET_KEY": SECRET.replace(" ", "-"), "MOSAIC_DATABASE_URL": url})
    )
    return url


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Settings of an empty database for one test."""
    wanted = "postgres" if request.config.getoption("postgres") else getattr(request, "param", "sqlite")
    if wanted == "postgres":
        return {"MOSAIC_DATABASE_URL": copy(request.getfixturevalue("migrated_postgres"), "mosaic")}
    shutil.copy(request.getfixturevalue("migrated"), tmp_path / "mosaic.sqlite3")
    return {}


@pytest.fixture
def settings(
    tmp_path: Path, valkey: str, database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    monkeypatch.setattr("plugin.web.views.picture.TARGET_WAIT_SECONDS", 0.0)  # nobody works beside a test
    monkeypatch.setattr("plugin.state.shared_writes.GATHER_SECONDS", 0.0)  # nor comes in at the same time
    environ = {
        **database,
        "MOSAIC_SECRET_KEY": SECRET.replace(" ", "-"),
        "MOSAIC_DATA": str(tmp_path),
        "REDIS_URL": valkey,
        "MOSAIC_BASE_URL": "https://mosaic.example.org",
        "MOSAIC_PHOTOS_AT_ONCE": "1000",  # tests are quicker than people
    }
    with Redis.from_url(valkey) as redis:
        redis.flushall()
        for role in NEEDED_WORKERS:
            sign(redis, role)  # tests do the work themselves
        settings = Settings.from_environ(environ, ADAPTERS)
        Storage.of(settings).found()
        yield settings
        redis.flushall()


@pytest.fixture(scope="session")
def made_walls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("walls")


@pytest.fixture
def service(settings: Settings, made_walls: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    for name, value in environ_for(settings).items():
        monkeypatch.setenv(name, value)
    workshop.cache_clear()
    app = create_app(settings)
    shop = workshop()
    yield Service(app, settings, shop, made_walls)
    for part in (app.extensions[EXTENSION], shop):
        part.database.dispose()
        part.jobs.close()
    workshop.cache_clear()


@pytest.fixture
def zoom() -> Iterator[FakeZoom]:
    with FakeZoom() as stand_in:
        yield stand_in


@pytest.fixture
def in_zoom(
    settings: Settings, made_walls: Path, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ZoomService]:
    """The service with Zoom's credentials, and the stand-in that it takes for Zoom."""
    environ = environ_for(settings) | zoom.environ | {"MOSAIC_BASE_URL": settings.base_url}
    yield from served_by(settings, environ, monkeypatch, lambda *parts: ZoomService(*parts, made_walls, zoom))


@pytest.fixture
def teams() -> Iterator[FakeTeams]:
    with FakeTeams() as stand_in:
        yield stand_in


@pytest.fixture
def in_teams(
    settings: Settings, made_walls: Path, teams: FakeTeams, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TeamsService]:
    """The service with Teams' credentials, and the stand-in that it takes for Entra and Graph."""
    environ = environ_for(settings) | teams.environ | {"MOSAIC_BASE_URL": settings.base_url}
    environ["MOSAIC_DATABASE_WAIT_SECONDS"] = "30"  # 200 threads at once are more than 200 greenlets
    yield from served_by(
        settings, environ, monkeypatch, lambda *parts: TeamsService(*parts, made_walls, teams)
    )


@pytest.fixture
def hopin() -> Iterator[FakeHopin]:
    with FakeHopin() as stand_in:
        yield stand_in


@pytest.fixture
def in_hopin(
    settings: Settings, made_walls: Path, hopin: FakeHopin, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HopinService]:
    """The service with the credentials of an app at RingCentral Events, and the stand-in for it."""
    environ = environ_for(settings) | hopin.environ | {"MOSAIC_BASE_URL": settings.base_url}
    yield from served_by(
        settings, environ, monkeypatch, lambda *parts: HopinService(*parts, made_walls, hopin)
    )


@pytest.fixture
def mixed(
    settings: Settings,
    made_walls: Path,
    zoom: FakeZoom,
    teams: FakeTeams,
    hopin: FakeHopin,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Mixed]:
    environ = environ_for(settings) | {"MOSAIC_BASE_URL": settings.base_url, "MOSAIC_PHOTOS_AT_ONCE": "1000"}
    for platform in (zoom, teams, hopin):
        environ |= platform.environ

    def make(*parts: Any) -> Any:
        return Mixed(
            ZoomService(*parts, made_walls, zoom),
            TeamsService(*parts, made_walls, teams),
            HopinService(*parts, made_walls, hopin),
        )

    yield from served_by(settings, environ, monkeypatch, make)


def served_by(
    settings: Settings, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, make: Callable[..., S]
) -> Iterator[S]:
    """The service of a platform's meeting, made of this environment."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environ(environ, ADAPTERS)
    workshop.cache_clear()
    office.cache_clear()
    app = create_app(settings)
    shop = workshop()
    yield make(app, settings, shop)
    for part in (office(), app.extensions[EXTENSION], shop):
        part.database.dispose()
        part.jobs.close()
    office.cache_clear()
    workshop.cache_clear()
