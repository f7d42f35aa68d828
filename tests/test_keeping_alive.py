"""A coffee break in three places: backed up while photos arrive, restored on another machine with its own workers, and
moved to PostgreSQL and a bucket. Nobody gets lost, nobody who was erased comes back, and the picture stays the same."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bench.client import Caller, Server, join, open_event, send, serving
from bench.clusters import Cluster, ask
from plugin.operate.keeping import rows
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.keys import overview_name, wall_file_key
from plugin.state.storage import Storage
from tests.buckets import Bucket
from tests.factories import photo_bytes

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.sqlite]

PHOTOS, BEFORE, AFTER = 50, 15, 5
PATIENCE_SECONDS = 300.0
SMALL = ("--workers", "1", "--web", "1")


def mosaic(data: Path, *arguments: object, **environ: str) -> str:
    """What a command of an operator says."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("MOSAIC_", "REDIS_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "plugin.cli", *(str(each) for each in arguments)],
        env=inherited | {"MOSAIC_DATA": str(data)} | environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@dataclass
class Guests:
    """People who come one after the other; the last few only once the backup is made."""

    port: int
    code: str
    tokens: dict[int, str] = field(default_factory=dict)  # by photo
    may_end: threading.Event = field(default_factory=threading.Event)

    def come(self) -> None:
        with Caller(self.port) as caller:
            for number in range(PHOTOS):
                if number == PHOTOS - AFTER:
                    assert self.may_end.wait(PATIENCE_SECONDS)
                join(caller, self.code)
                photo_id = send(caller, photo_bytes(number), f"Person {number}", f"Story number {number}")
                self.tokens[photo_id] = caller.token


def files_of(storage: Storage) -> dict[str, str]:
    return {each.key: hashlib.sha256(storage.get(each.key)).hexdigest() for each in storage.listing()}


def digests_of(settings: Settings) -> dict[str, rows.Count]:
    database = Database(settings)
    with database.read() as session:
        found = {each.name: rows.counted(session.connection(), each) for each in rows.tables()}
    database.dispose()
    return found


def settings_of(server: Server, environ: Mapping[str, str]) -> Settings:
    key = (server.data / "secret.key").read_text().strip()
    return Settings.from_environ({"MOSAIC_SECRET_KEY": key, "MOSAIC_DATA": str(server.data), **environ})


def test_a_break_goes_on_elsewhere_and_in_the_cloud(
    tmp_path: Path, bucket: Bucket, postgres: Cluster, valkey: str
) -> None:
    first, second, saved, register = (tmp_path / each for each in ("first", "second", "saved", "register"))
    for folder in (first, second):
        (folder / "data").mkdir(parents=True)
    # ---- backed up while 50 photos arrive, and then somebody erases themselves
    with serving(SMALL, folder=first) as server:
        guests = Guests(server.port, open_event(server.port))
        coming = threading.Thread(target=guests.come)
        coming.start()
        wait_until(lambda: len(guests.tokens) >= BEFORE)
        early = dict(guests.tokens)
        assert "is whole" in mosaic(server.data, "backup", saved)
        guests.may_end.set()
        coming.join(PATIENCE_SECONDS)
        assert len(guests.tokens) == PHOTOS
        gone, *_ = early
        [(gone_key,)] = server.rows("SELECT key FROM photos WHERE id = ?", [gone])
        with Caller(server.port, early[gone]) as caller:
            caller.call("DELETE", "/api/me")
        mosaic(server.data, "erasures", register)
        wait_until(lambda: not server.rows("SELECT 1 FROM photos WHERE state IN ('received', 'prepared')"))
        original = files_of(settings_storage(server))

    # ---- restored on another machine, whose own workers do what was not done yet
    shutil.copy(first / "data" / "secret.key", second / "data" / "secret.key")
    told = mosaic(second / "data", "restore", saved, "--erasures", register)
    assert "Erased anew, as they were after the backup: 1 person." in told
    with serving(SMALL, folder=second) as server:
        wait_until(lambda: not server.rows("SELECT 1 FROM photos WHERE state != 'placed'"))
        wait_until(lambda: not server.rows("SELECT 1 FROM walls WHERE tiles_pending"))
        placed = {row[0] for row in server.rows("SELECT id FROM photos")}
        assert placed >= early.keys() - {gone}, "whoever had an answer before the backup is on the wall"
        assert gone not in placed
        [(homes,)] = server.rows("SELECT count(DISTINCT photo_id) FROM placements")
        assert homes == len(placed)
        assert server.rows("SELECT 1 FROM attendees WHERE name = 'Person 0'") == []
    here = settings_of(server, {})
    files = files_of(Storage.of(here))
    assert not [key for key in files if gone_key in key]
    masters = [key for key in files if key.endswith("master.jpg")]
    assert len(masters) == len(placed)
    assert {key: files[key] for key in masters} == {key: original[key] for key in masters}

    # ---- moved to PostgreSQL and a bucket
    url = postgres.create("alive")
    cloud = {**bucket.environ("alive"), "MOSAIC_DATABASE_URL": url}
    where = ("--to", url, "--storage", cloud["MOSAIC_STORAGE_URL"])
    mosaic(second / "data", "move", *where, **{name: cloud[name] for name in cloud if "_S3_" in name})
    there = settings_of(server, cloud)
    assert digests_of(there) == digests_of(here)
    assert files_of(Storage.of(there)) == files
    media_key, revision = (
        ask(url, "SELECT media_key FROM walls"),
        ask(url, "SELECT overview_revision FROM walls"),
    )
    options = ("--only", "web", "--web", "1")  # nobody who would go on with the picture
    with serving(options, {**cloud, "REDIS_URL": valkey}, folder=second) as server:
        someone = early[max(early)]
        with Caller(server.port, someone) as caller:
            wall = caller.get("/api/wall")
            assert wall["count"] == len(placed)
            picture = caller.fetch(wall["overview"]["url"])
        key = wall_file_key(media_key, overview_name(revision))
        assert hashlib.sha256(picture).hexdigest() == files[key]


def settings_storage(server: Server) -> Storage:
    return Storage.of(settings_of(server, {}))
