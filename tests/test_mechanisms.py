"""Settings, storage, queue, feed, database: each on the real thing."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from redis.exceptions import RedisError
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from plugin.settings import Settings, SettingsError
from plugin.state.base import Base
from plugin.state.db import Database, _make_engine, migrate
from plugin.state.feed import STREAM, Feed, News
from plugin.state.models import Placement
from plugin.state.queue import Jobs, connect
from plugin.state.storage import NotStoredError, Storage
from tests.factories import Service

GOOD = {"MOSAIC_SECRET_KEY": "s" * 32}


class TestSettings:
    @pytest.mark.parametrize(
        ("variable", "value"),
        [
            ("MOSAIC_SECRET_KEY", "short"),
            ("MOSAIC_SECRET_KEY", ""),
            ("MOSAIC_PORT", "http"),
            ("MOSAIC_PORT", "70000"),
            ("MOSAIC_BASE_URL", "mosaic.example.org"),
            ("MOSAIC_BASE_URL", "https://example.org/?a=b"),
            ("MOSAIC_OPEN_HOSTING", "perhaps"),
            ("MOSAIC_UPLOAD_MEGABYTES", "0"),
            ("MOSAIC_PROXIES", "-1"),
        ],
    )
    def test_a_wrong_value_stops_the_start_and_names_the_variable(self, variable: str, value: str) -> None:
        with pytest.raises(SettingsError, match=variable):
            Settings.from_environ(GOOD | {variable: value})

    def test_a_missing_secret_stops_the_start(self) -> None:
        with pytest.raises(SettingsError, match="MOSAIC_SECRET_KEY is missing"):
            Settings.from_environ({})

    def test_a_value_can_be_in_a_file(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("from-a-file-" * 4 + "\n")
        assert Settings.from_environ({"MOSAIC_SECRET_KEY_FILE": str(secret)}).secret_keys == (
            "from-a-file-" * 4,
        )
        with pytest.raises(SettingsError, match="MOSAIC_SECRET_KEY_FILE"):
            Settings.from_environ({"MOSAIC_SECRET_KEY_FILE": str(tmp_path / "none")})

    def test_several_secrets_are_taken_newest_first(self) -> None:
        assert (
            Settings.from_environ({"MOSAIC_SECRET_KEY": "n" * 32 + " " + "o" * 32}).secret_keys[0] == "n" * 32
        )

    def test_addresses_follow_from_the_data_folder_unless_given(self) -> None:
        settings = Settings.from_environ(GOOD | {"MOSAIC_DATA": "/srv/mosaic"})
        assert Database(settings).engine.url.database == "/srv/mosaic/mosaic.sqlite3"
        assert settings.resolved_storage_url == "file:///srv/mosaic/files"


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        made = Storage(f"file://{tmp_path}/files")
    else:
        made = request.getfixturevalue("bucket").storage(tmp_path.name)
    made.found()
    return made


class TestStorage:
    def test_what_was_put_can_be_got_until_it_is_deleted(self, storage: Storage) -> None:
        storage.put("photos/abc/64.jpg", b"one")
        storage.put("photos/abc/64.jpg", b"two", durable=False)
        assert storage.get("photos/abc/64.jpg") == b"two"
        storage.delete("photos/abc/64.jpg")
        storage.delete("photos/abc/64.jpg")
        with pytest.raises(NotStoredError):
            storage.get("photos/abc/64.jpg")

    def test_a_file_of_any_size_is_put_and_read_in_parts(self, storage: Storage) -> None:
        source = Path(storage.scratch()) / "large.bin"
        source.write_bytes(b"0123456789" * 1000)
        try:
            storage.put_file("prints/abc.png", source)
        finally:
            source.unlink()
        file, size = storage.open("prints/abc.png")
        with file:
            assert size == 10_000
            file.seek(9_995)
            assert file.read() == b"56789"
        with pytest.raises(NotStoredError):
            storage.open("prints/none.png")

    def test_a_folder_lists_its_names_with_their_time_and_can_be_deleted(self, storage: Storage) -> None:
        assert storage.names("walls/x") == {}
        storage.put("walls/x/a.jpg", b"a")
        storage.put("walls/x/b.jpg", b"b")
        names = storage.names("walls/x")
        assert set(names) == {"a.jpg", "b.jpg"}
        assert all(abs(written - time.time()) < 60 for written in names.values())
        storage.delete_folder("walls/x")
        storage.delete_folder("walls/x")
        assert storage.names("walls/x") == {}

    @pytest.mark.parametrize(
        "key", ["../x", "a/../../x", "/etc/passwd", "a//b", "", "a\0b", ".hidden", "a b"]
    )
    def test_a_key_that_is_none_of_ours_is_refused(self, storage: Storage, key: str) -> None:
        for use in (storage.get, storage.delete, storage.names, lambda key: storage.put(key, b"x")):
            with pytest.raises(NotStoredError):
                use(key)

    def test_a_write_that_fails_leaves_nothing_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_arguments: object) -> None:
            raise OSError("the disk is full")

        storage = Storage(f"file://{tmp_path}")
        storage.found()
        before = [each for each in tmp_path.rglob("*") if each.is_file()]
        monkeypatch.setattr("os.replace", full)
        with pytest.raises(OSError, match="full"):
            storage.put("walls/a.jpg", b"x")
        assert [each for each in tmp_path.rglob("*") if each.is_file()] == before


@pytest.fixture
def gone() -> Jobs:
    return Jobs(connect("redis://127.0.0.1:1/0"))


class TestQueue:
    def test_a_redis_that_is_gone_is_a_no_and_not_an_error(self, gone: Jobs) -> None:
        assert not gone.is_reachable()
        assert not gone.prepare(1)
        assert not gone.place(1)
        assert not gone.erase(1)
        assert not gone.open_wall(1)
        assert not gone.is_under_way("prepare", 1)
        gone.placing_began(1)

    def test_many_wishes_to_place_are_one_job(self, service: Service) -> None:
        jobs = service.shop.jobs
        assert all(jobs.place(1) for _ in range(10))
        assert jobs._place.count == 1
        jobs.placing_began(1)
        jobs.place(1)
        assert jobs.is_under_way("place", 1)

    def test_a_job_counts_as_under_way_only_while_it_can_be(self, service: Service) -> None:
        jobs = service.shop.jobs
        assert not jobs.is_under_way("prepare", 5)
        jobs.prepare(5)
        assert jobs.is_under_way("prepare", 5)
        job = jobs._prepare.jobs[0]
        jobs._redis.lpop(jobs._prepare.key)  # a worker took it and died at once
        assert not jobs.is_under_way("prepare", 5)
        job.set_status("started")
        job.started_at = job.created_at
        job.save()
        assert jobs.is_under_way("prepare", 5)
        job.started_at = job.created_at.replace(year=2020)
        job.save()
        assert not jobs.is_under_way("prepare", 5)


class TestFeed:
    def test_news_reaches_who_listens_and_carries_ids_only(self, service: Service) -> None:
        feed = Feed(connect(service.settings.redis_url))
        feed.publish(News(1))
        listener = feed.listen()
        before = next(listener)[-1].number
        heard: list[News] = []
        thread = threading.Thread(target=lambda: heard.extend(next(listener)))
        thread.start()
        time.sleep(0.2)
        feed.publish(News(7))
        thread.join()
        feed.publish(News(7, 9))
        (own,) = next(listener)
        assert [(each.wall_id, each.attendee_id) for each in (*heard, own)] == [(7, 0), (7, 9)]
        assert before < heard[0].number < own.number < 1 << 53
        entries = service.shop.jobs._redis.xrange(STREAM)
        assert entries[-1][1] == {b"wall": b"7", b"attendee": b"9"}
        feed._redis.close()

    def test_a_redis_that_is_gone_is_told(self) -> None:
        feed = Feed(connect("redis://127.0.0.1:1/0"))
        assert not feed.publish(News(1))
        with pytest.raises(RedisError):
            next(feed.listen())


class TestDatabase:
    def test_the_migrations_make_the_tables_of_the_models(self, service: Service) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        with service.shop.database.engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []

    def test_a_database_with_rows_comes_to_the_newest_schema_from_each_one_before(
        self, tmp_path: Path
    ) -> None:
        from alembic import command
        from alembic.config import Config

        from plugin.state.db import MIGRATIONS

        settings = Settings.from_environ(GOOD | {"MOSAIC_DATA": str(tmp_path)})
        database = Database(settings)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with database.engine.execution_options(mosaic_write=True).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            connection.exec_driver_sql(
                "INSERT INTO events (id, code, name, prompt, credits, state, reviewed, host_key_digest, created_at)"
                " VALUES (1, 'ABCDEF', 'x', 'y', '', 'open', 0, x'7a', 0.0)"
            )
            connection.exec_driver_sql(
                "INSERT INTO walls (id, event_id, media_key, target_source, tint, revision, generation, columns, rows,"
                " cells, count, overview_revision, overview_cell_px, levels, tiles, tiles_pending)"
                " VALUES (1, 1, 'k', 'coffee', 20, 7, 1, 40, 25, x'', 1, 0, 0, '[]', x'', 0)"
            )
            connection.exec_driver_sql("INSERT INTO changes VALUES (1, 7, '{}', 0.0)")
        database.dispose()
        migrate(settings)
        with database.read() as session:
            row = session.execute(text("SELECT revision, revealed, reveal_wished FROM walls")).one()
        assert tuple(row) == (7, 0, 0)
        database.dispose()

    def test_migrating_twice_changes_nothing(self, service: Service) -> None:
        migrate(service.settings)

    def test_one_cell_holds_one_home_and_a_photo_has_one(self, service: Service) -> None:
        service.wall_with(2)
        with service.shop.database.read() as session:
            first, second = session.query(Placement).all()
        for cell, photo_id in ((first.cell, second.photo_id), (999, first.photo_id)):
            with pytest.raises(IntegrityError), service.shop.database.write() as session:
                session.add(Placement(wall_id=1, cell=cell, photo_id=photo_id))

    def test_a_fork_opens_connections_of_its_own(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database = Database(service.settings)
        engine = database.engine
        assert database.engine is engine
        monkeypatch.setattr("os.getpid", lambda: -1)
        child = database.engine
        assert child is not engine
        engine.dispose()
        database.dispose()

    def test_threads_that_come_first_at_once_share_their_connections(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        together = threading.Barrier(8)

        def make(*arguments: Any) -> Engine:
            together.wait()  # all have seen that there is none
            return _make_engine(*arguments)

        monkeypatch.setattr("plugin.state.db._make_engine", make)
        database = Database(service.settings)
        engines: list[Engine] = []
        threads = [threading.Thread(target=lambda: engines.append(database.engine)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {id(each) for each in engines} == {id(database.engine)}
        database.dispose()

    def test_many_writers_at_once_all_get_through(self, service: Service) -> None:
        event = service.open_event()
        failures: list[BaseException] = []

        def write() -> None:
            try:
                for _ in range(10):
                    event.join()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=write) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("worker.jobs", ("flask", "integrations", "plugin.web")),
        ("worker.__main__", ("flask", "integrations", "plugin.web")),
        ("plugin.app", ("numpy", "PIL", "worker")),
        ("plugin.cli", ("numpy", "PIL", "worker", "flask")),
        ("integrations.registry", ("flask", "sqlalchemy", "rq", "plugin", "worker")),
    ],
)
def test_a_module_loads_nothing_that_its_side_must_not_have(module: str, forbidden: tuple[str, ...]) -> None:
    program = f"import sys, {module}; print([name for name in {forbidden!r} if name in sys.modules])"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"


def test_importing_the_packages_does_nothing() -> None:
    for package in ("plugin", "worker", "integrations"):
        assert Path(__import__(package).__file__ or "").read_text() == ""
