"""What is wrong with the surroundings is said at the start, each in its own sentence and without a stack trace."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy.exc import OperationalError

from plugin.operate import checks, run
from plugin.operate.run import wait_for
from plugin.operate.supervisor import StartError
from plugin.operate.valkey import server_binary
from plugin.settings import Settings

SECRET = "only-for-the-tests-and-for-nothing-else"


def settings(**values: str) -> Settings:
    return Settings.from_environ({"MOSAIC_SECRET_KEY": SECRET, **values})


@contextmanager
def with_password(folder: Path, word: str) -> Iterator[Path]:
    """The socket of a server that asks for it."""
    path = folder / "s"
    command = [
        server_binary({}),
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--save",
        "",
        "--requirepass",
        word,
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(path.exists)
        yield path
    finally:
        process.terminate()
        process.wait()


def test_a_wrong_password_of_redis_is_no_outage(tmp_path: Path) -> None:
    with with_password(tmp_path, "right") as path:
        for url in (f"unix://:wrong@{path}", f"unix://{path}"):
            with pytest.raises(StartError, match=r"refuses the password \(REDIS_URL\)"):
                checks.warning_about_redis(url)
        assert checks.warning_about_redis(f"unix://:right@{path}") is None
        with Redis.from_url(f"unix://:right@{path}") as redis:
            assert redis.ping()
    warning = checks.warning_about_redis(f"unix://:right@{path}")
    assert warning is not None
    assert "does not answer" in warning


@pytest.mark.parametrize(
    ("number", "words"),
    [(28, "is full. Make room"), (30, "can only be read. Mount it for writing"), (13, "Permission denied")],
)
def test_a_data_folder_that_takes_nothing_says_why(number: int, words: str) -> None:
    refused = checks.folder_refused(Path("/srv/mosaic"), OSError(number, "Permission denied"))
    assert words in str(refused)
    assert "/srv/mosaic" in str(refused)


def test_a_folder_in_which_no_file_can_be_made_stops_the_start_in_words() -> None:
    """`/proc` lets nobody write, whoever they are."""
    command = [sys.executable, "-m", "plugin.cli", "run", "--data", "/proc/self/fdinfo"]
    said = subprocess.run(command, capture_output=True, text=True, env={"MOSAIC_SECRET_KEY": SECRET})
    assert said.returncode == 1
    assert "The data folder /proc/self/fdinfo cannot be used" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_missing_driver_is_named_with_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StartError, match=r"psycopg.*pip install 'virtual-mosaic\[postgres\]'"):
        checks.migrate_database(settings(MOSAIC_DATABASE_URL="postgresql://mosaic@db.example.org/mosaic"))
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(StartError, match=r"boto3.*pip install 'virtual-mosaic\[s3\]'"):
        checks.found_storage(settings(MOSAIC_STORAGE_URL="s3://mosaic/photos"))


def test_a_full_disk_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_settings: Settings) -> None:
        raise OperationalError("INSERT", None, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(checks, "migrate", full)
    with pytest.raises(StartError, match=r"The disk of .* is full\. Make room"):
        checks.migrate_database(settings())


def test_an_address_that_is_no_database_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match=r"MOSAIC_DATABASE_URL: expected .*postgresql://"):
        settings(MOSAIC_DATABASE_URL="mysql://db.example.org/mosaic")


def test_a_database_of_a_newer_version_is_told_in_words(tmp_path: Path) -> None:
    at = settings(MOSAIC_DATA=str(tmp_path))
    checks.migrate_database(at)
    with closing(sqlite3.connect(tmp_path / "mosaic.sqlite3")) as rows, rows:
        rows.execute("UPDATE alembic_version SET version_num = 'later'")
    with pytest.raises(StartError, match=r"newer version.*bring back a copy"):
        checks.migrate_database(at)


def test_addresses_may_be_in_files(tmp_path: Path) -> None:
    (tmp_path / "redis").write_text("redis://redis.example.org/0\n")
    (tmp_path / "base").write_text("https://mosaic.example.org\n")
    named = {
        "MOSAIC_DATA": str(tmp_path),
        "REDIS_URL_FILE": str(tmp_path / "redis"),
        "MOSAIC_BASE_URL_FILE": str(tmp_path / "base"),
    }
    ready = run.prepare_environ(named)
    assert ready["REDIS_URL"] == "redis://redis.example.org/0"
    assert ready["MOSAIC_BASE_URL"] == "https://mosaic.example.org"
    assert run.roles_in("web", named) == {"web"}
