"""Backup, restore and move: what goes in comes out, whoever was erased does not, and nothing is half done unsaid."""

import errno
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from bench.clusters import Cluster
from plugin.cli import main
from plugin.operate import run
from plugin.operate.checks import found_storage
from plugin.operate.keeping import backing_up, needs, places, restoring, rows, sealing
from plugin.operate.keeping.backing_up import Made, back_up
from plugin.operate.keeping.folder import LIST, OBJECTS, BackupFolder
from plugin.operate.keeping.moving import Moved, move
from plugin.operate.keeping.restoring import Restored, restore
from plugin.operate.supervisor import StartError
from plugin.safety.replaying import replay
from plugin.settings import Settings
from plugin.state import erasures
from plugin.state.base import Base
from plugin.state.db import Database, migrate
from plugin.state.erasures import Erased
from plugin.state.keys import ERASURES, PHOTOS, photo_folder, upload_key, wall_folder
from plugin.state.models import Attendee, Photo, PhotoState, Wall
from plugin.state.storage import Storage
from plugin.wall import watching
from plugin.web.request.services import EXTENSION
from tests import buckets
from tests.buckets import Bucket
from tests.factories import Service, photo_bytes

PASSPHRASE = "a long walk through the rain"


def silent(_: str) -> None:
    pass


def saved(service: Service, path: Path, passphrase: str | None = None) -> Made:
    return back_up(service.settings, path, passphrase, silent)


@pytest.fixture
def elsewhere(service: Service, tmp_path: Path) -> Settings:
    """Another machine with the same key and nothing else."""
    data = tmp_path / "elsewhere"
    data.mkdir()
    return replace(service.settings, data_folder=data, database_url="", storage_url="")


def in_bucket(settings: Settings, bucket: Bucket) -> Settings:
    """With what it takes to ask the server of the buckets."""
    return replace(
        settings,
        s3_endpoint=bucket.endpoint,
        s3_region=buckets.REGION,
        s3_key_id=buckets.KEY_ID,
        s3_secret=buckets.SECRET,
        s3_path_style=True,
    )


def restored(elsewhere: Settings, path: Path, *registers: object, **options: bool) -> Restored:
    return restore(elsewhere, path, [str(each) for each in registers], replay, silent, **options)


def register_of(service: Service, path: Path) -> Path:
    """What `mosaic erasures` writes."""
    with service.shop.database.read() as session:
        path.write_bytes(erasures.lines(erasures.Register(erasures.known(session).entries, 5.0)))
    return path


def files_of(settings: Settings) -> dict[str, bytes]:
    storage = Storage.of(settings)
    return {
        each.key: storage.get(each.key) for each in storage.listing() if not each.key.startswith(ERASURES)
    }


def looked_up(settings: Settings, look: Callable[[Any], Any]) -> Any:
    database = Database(settings)
    try:
        with database.read() as session:
            return look(session)
    finally:
        database.dispose()


def counts_of(settings: Settings) -> dict[str, int]:
    return looked_up(settings, lambda session: rows.row_counts(session.connection()))


def digests_of(settings: Settings) -> dict[str, rows.Count]:
    return looked_up(
        settings,
        lambda session: {each.name: rows.counted(session.connection(), each) for each in rows.tables()},
    )


def photos_of(settings: Settings) -> list[Photo]:
    return list(looked_up(settings, lambda session: session.scalars(select(Photo).order_by(Photo.id)).all()))


def modes_of(path: Path) -> set[int]:
    return {each.lstat().st_mode & 0o777 for each in [path, *path.rglob("*")] if each.is_file()}


# ---- there and back ---------------------------------------------------------------------------------------


def test_what_was_backed_up_is_restored_rows_and_files(
    service: Service, elsewhere: Settings, tmp_path: Path
) -> None:
    service.wall_with(3)
    made = saved(service, tmp_path / "backup")
    assert made.missing == ()
    done = restored(elsewhere, tmp_path / "backup", register_of(service, tmp_path / "register"))
    assert files_of(elsewhere) == files_of(service.settings)
    assert counts_of(elsewhere) == counts_of(service.settings)
    assert (done.erased, done.until) == ({}, 5.0)
    found_storage(elsewhere)  # a start goes through


def test_a_backup_is_this_users_alone(service: Service, tmp_path: Path) -> None:
    service.wall_with(1)
    before = os.umask(0)
    try:
        saved(service, tmp_path / "backup", PASSPHRASE)
    finally:
        os.umask(before)
    assert modes_of(tmp_path / "backup") == {0o600}
    for each in (tmp_path / "backup", tmp_path / "backup" / OBJECTS):
        assert each.stat().st_mode & 0o777 == 0o700


def test_everything_that_a_wall_knows_of_is_in_the_storage(service: Service) -> None:
    service.wall_with(3)
    known = looked_up(service.settings, needs.of_rows)
    files = files_of(service.settings)
    assert len(known.needed) > 3 + 2
    assert known.missing(files) == []
    assert [key for key in files if not known.know(key)] == []
    assert known.missing([key for key in files if "tile-" not in key]) != []


def test_the_next_backup_adds_and_removes_only(service: Service, tmp_path: Path) -> None:
    event, [ada, _] = service.wall_with(2)
    first = saved(service, tmp_path / "backup")
    assert saved(service, tmp_path / "backup").copied == 0
    gone = photos_of(service.settings)[0]
    ada.call("DELETE", "/api/me")
    service.run_jobs()
    event.join().send(photo_bytes(9))
    service.run_jobs()
    again = saved(service, tmp_path / "backup")
    assert 0 < again.copied < len(again.contents.files)
    assert not [key for key in again.contents.files if key.startswith(photo_folder(gone.key))]
    kept = {each.name for each in (tmp_path / "backup" / OBJECTS).iterdir()}
    assert kept == again.contents.hashes
    master = first.contents.files[f"{photo_folder(gone.key)}/master.jpg"].hash
    assert master not in kept, "nothing of somebody who was erased stays in the next backup"


def test_a_photo_that_waits_is_placed_where_it_is_restored(
    service: Service, elsewhere: Settings, tmp_path: Path
) -> None:
    ada = service.open_event().join()
    ada.send(photo_bytes(1))
    [waiting] = photos_of(service.settings)
    saved(service, tmp_path / "backup")
    restored(elsewhere, tmp_path / "backup", register_of(service, tmp_path / "register"))
    [photo] = photos_of(elsewhere)
    assert photo.state is PhotoState.RECEIVED
    assert Storage.of(elsewhere).get(upload_key(waiting.key)) == photo_bytes(1)


def test_no_number_that_was_given_after_the_backup_is_given_again(
    service: Service, elsewhere: Settings, tmp_path: Path
) -> None:
    event, _ = service.wall_with(2)
    saved(service, tmp_path / "backup")
    event.join().send(photo_bytes(7))
    service.run_jobs()
    known = looked_up(service.settings, lambda session: session.scalar(select(Wall.revision)))
    restored(elsewhere, tmp_path / "backup", register_of(service, tmp_path / "register"))
    database = Database(elsewhere)
    assert watching.changes_since(database, 1, known, watching.PANEL).gap, "open panels look anew"
    with database.write() as session:
        wall = session.scalars(select(Wall)).one()
        assert wall.revision > restoring.SKIPPED > wall.overview_revision > 0
        session.add(Attendee(event_id=1, platform="web", tenant="", user_id="n", assurance="guest"))
    with database.read() as session:
        assert (session.scalar(select(func.max(Attendee.id))) or 0) > restoring.SKIPPED
    database.dispose()


# ---- nobody who was erased comes back ---------------------------------------------------------------------


def test_nobody_who_was_erased_comes_back(service: Service, elsewhere: Settings, tmp_path: Path) -> None:
    _, [ada, ben, cleo] = service.wall_with(3)
    keys = [each.key for each in photos_of(service.settings)]
    saved(service, tmp_path / "backup")
    ada.call("DELETE", "/api/me")
    ben.call("DELETE", f"/api/photos/{ben.photo()['id']}")
    done = restored(elsewhere, tmp_path / "backup", register_of(service, tmp_path / "register"))
    assert done.erased == {Erased.PERSON: 1, Erased.PHOTO: 1}
    database = Database(elsewhere)
    erasures.tidy(database, Storage.of(elsewhere), 9.0)
    database.dispose()
    known = erasures.stored(Storage.of(elsewhere))
    assert known.has_backup(done.contents.number), "the next restore finds all of it there"
    assert Erased.PERSON in {each.kind for each in known.entries.values()}
    folders = {key.split("/")[1] for key in files_of(elsewhere) if key.startswith(PHOTOS)}
    assert folders == {keys[2]}
    with closing(sqlite3.connect(elsewhere.data_folder / "mosaic.sqlite3")) as database:
        text = "\n".join(database.iterdump())
    assert "Person 0" not in text
    assert "Story number 1" not in text
    assert "Person 1" in text
    assert "Story number 2" in text
    assert cleo.photo()["state"] == "placed"


def test_the_old_folder_or_bucket_tells_who_was_erased_too(
    service: Service, elsewhere: Settings, tmp_path: Path, bucket: Bucket
) -> None:
    _, [ada, _] = service.wall_with(2)
    saved(service, tmp_path / "backup")
    ada.call("DELETE", "/api/me")
    erasures.tidy(service.shop.database, service.shop.storage, 7.0)
    place = service.settings.data_folder / "files" / ERASURES
    done = restored(elsewhere, tmp_path / "backup", place)
    assert done.erased[Erased.PERSON] == 1
    assert done.until >= 7.0
    for each in place.iterdir():
        bucket.storage("old-one").put(f"{ERASURES}/{each.name}", each.read_bytes())
    other = tmp_path / "third"
    other.mkdir()
    there = in_bucket(replace(elsewhere, data_folder=other), bucket)
    assert restored(there, tmp_path / "backup", "s3://mosaic/old-one").erased[Erased.PERSON] == 1


def test_without_a_register_that_is_newer_it_is_refused_and_said(
    service: Service, elsewhere: Settings, tmp_path: Path
) -> None:
    _, [ada, _] = service.wall_with(2)
    stale = register_of(service, tmp_path / "stale")
    saved(service, tmp_path / "backup")
    ada.call("DELETE", "/api/me")
    with pytest.raises(StartError, match=r"none was found.*--without-erasures"):
        restored(elsewhere, tmp_path / "backup")
    with pytest.raises(StartError, match="none was found"):
        restored(elsewhere, tmp_path / "backup", stale)
    ada_again = register_of(service, tmp_path / "older")
    saved(service, tmp_path / "next")
    with pytest.raises(StartError, match="the one that was found is older"):
        restored(elsewhere, tmp_path / "next", ada_again)
    with pytest.raises(StartError, match="cannot be read"):
        restored(elsewhere, tmp_path / "backup", tmp_path / "nowhere")
    done = restored(elsewhere, tmp_path / "backup", without_erasures=True)
    assert (done.erased, done.until) == ({}, 0.0)
    assert len(photos_of(elsewhere)) == 2


# ---- what goes wrong --------------------------------------------------------------------------------------


def test_a_full_disk_leaves_the_backup_of_before(
    service: Service, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, _ = service.wall_with(1)
    first = saved(service, tmp_path / "backup")
    event.join().send(photo_bytes(4))
    service.run_jobs()
    add = BackupFolder.add

    def full(self: BackupFolder, source: Any) -> tuple[str, int]:
        if len(os.listdir(self.path / OBJECTS)) > len(first.contents.hashes) + 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return add(self, source)

    monkeypatch.setattr(BackupFolder, "add", full)
    with pytest.raises(StartError, match=r"is full. A backup that was there before is whole"):
        saved(service, tmp_path / "backup")
    monkeypatch.undo()
    restored(elsewhere, tmp_path / "backup", register_of(service, tmp_path / "register"))
    assert len(photos_of(elsewhere)) == 1
    assert len(saved(service, tmp_path / "backup").contents.files) > len(first.contents.files)


def test_what_is_gone_when_its_turn_comes_is_looked_up_anew(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, _ = service.wall_with(1)
    mark, copy, rounds = backing_up._Backup._mark, backing_up._Backup._copy, []
    folder = service.settings.data_folder / "files" / wall_folder(wall_key(service))

    def busy(self: Any) -> str:
        if len(rounds) < 3:  # the wall goes on before its database is copied
            event.join().send(photo_bytes(len(rounds)))
            service.run_jobs()
        return mark(self)

    def slow(self: Any, known: Any) -> None:
        if len(rounds) == 1:  # what it shows is gone before it is copied
            shutil.move(folder, tmp_path / "gone")
            folder.mkdir()
        copy(self, known)
        if len(rounds) == 1:
            shutil.copytree(tmp_path / "gone", folder, dirs_exist_ok=True)
        rounds.append(1)

    monkeypatch.setattr(backing_up._Backup, "_mark", busy)
    monkeypatch.setattr(backing_up._Backup, "_copy", slow)
    made = saved(service, tmp_path / "backup")
    assert len(rounds) == 3
    assert made.contents.rows["photos"] == 3
    assert made.missing == ()


def test_what_the_storage_lost_is_said_and_the_rest_is_backed_up(service: Service, tmp_path: Path) -> None:
    _, [ada, _] = service.wall_with(2)
    service.shop.storage.delete_folder(photo_folder(ada.photo()["key"]))
    made = saved(service, tmp_path / "backup")
    assert made.missing == (f"{photo_folder(ada.photo()['key'])}/master.jpg",)
    assert made.contents.rows["photos"] == 2


def wall_key(service: Service) -> str:
    return str(looked_up(service.settings, lambda session: session.scalars(select(Wall.media_key)).one()))


def test_a_restore_that_was_interrupted_goes_on_and_nobody_starts_meanwhile(
    service: Service, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.wall_with(2)
    saved(service, tmp_path / "backup")
    register = register_of(service, tmp_path / "register")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    for point in ("_fill", "_skip_numbers", "_go_live"):
        with monkeypatch.context() as patch:
            patch.setattr(restoring, point, die)
            with pytest.raises(KeyboardInterrupt):
                restored(elsewhere, tmp_path / "backup", register)
        migrate(elsewhere)  # as a start does before it looks
        with pytest.raises(StartError, match="only half done: a restore of the backup"):
            found_storage(elsewhere)
    with monkeypatch.context() as patch:  # when all is there but the note that it is not
        patch.setattr(places, "release", die)
        with pytest.raises(KeyboardInterrupt):
            restored(elsewhere, tmp_path / "backup", register)
    assert restored(elsewhere, tmp_path / "backup", register).erased is None
    assert counts_of(elsewhere) == counts_of(service.settings)
    assert files_of(elsewhere) == files_of(service.settings)
    found_storage(elsewhere)


def test_a_place_that_holds_something_is_left_alone(
    service: Service, elsewhere: Settings, tmp_path: Path
) -> None:
    service.wall_with(1)
    saved(service, tmp_path / "backup")
    register = register_of(service, tmp_path / "register")
    with pytest.raises(StartError, match="a database already"):
        restored(service.settings, tmp_path / "backup", register)
    Storage.of(elsewhere).found()
    Storage.of(elsewhere).put("photos/somebody/master.jpg", b"precious")
    with pytest.raises(StartError, match="files already"):
        restored(elsewhere, tmp_path / "backup", register)
    assert files_of(elsewhere) == {"photos/somebody/master.jpg": b"precious"}
    Storage.of(elsewhere).delete("photos/somebody/master.jpg")
    places.claim(Storage.of(elsewhere), "a move from somewhere")
    with pytest.raises(StartError, match="half done there: a move from somewhere"):
        restored(elsewhere, tmp_path / "backup", register)


def test_a_folder_with_something_else_in_it_takes_no_backup(service: Service, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-mother.txt").write_text("Dear")
    with pytest.raises(StartError, match=r"something else, such as to-mother\.txt"):
        saved(service, tmp_path / "letters")
    with pytest.raises(StartError, match="There is no backup"):
        restored(service.settings, tmp_path / "letters")


def test_two_backups_into_one_folder_do_not_meet(service: Service, tmp_path: Path) -> None:
    with BackupFolder.made(tmp_path / "backup"), pytest.raises(StartError, match="under way"):
        saved(service, tmp_path / "backup")


def test_another_version_does_not_back_up_what_it_does_not_know(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "newest_schema", lambda: "9999")
    with pytest.raises(StartError, match="this version of Virtual Mosaic is at 9999"):
        saved(service, tmp_path / "backup")


# ---- a hostile folder -------------------------------------------------------------------------------------


@pytest.fixture
def backup(service: Service, tmp_path: Path) -> Path:
    service.wall_with(1)
    saved(service, tmp_path / "backup")
    return tmp_path / "backup"


def an_object(backup: Path) -> Path:
    contents = json.loads((backup / LIST).read_text())["contents"]
    return backup / OBJECTS / next(iter(contents["files"].values()))["hash"]


def test_what_was_changed_in_a_backup_is_noticed(service: Service, backup: Path, elsewhere: Settings) -> None:
    an_object(backup).write_bytes(b"something else")
    with pytest.raises(StartError, match="is missing or is not what was backed up"):
        restored(elsewhere, backup, without_erasures=True)
    an_object(backup).unlink()
    with pytest.raises(StartError, match="is missing or is not what was backed up"):
        restored(elsewhere, backup, without_erasures=True)
    assert saved(service, backup).copied, "the next backup repairs it"
    restored(elsewhere, backup, without_erasures=True)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_nothing_but_a_plain_file_is_opened(kind: str, backup: Path, elsewhere: Settings) -> None:
    found = an_object(backup)
    secret = backup.parent / "secret"
    shutil.move(found, secret)
    if kind == "link":
        found.symlink_to(secret)  # even to what it was
    else:
        (os.mkfifo if kind == "pipe" else os.mkdir)(found)
    with pytest.raises(StartError, match="is not what was backed up"):
        restored(elsewhere, backup, without_erasures=True)


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"../../../.ssh/authorized_keys": {"hash": "a" * 64, "size": 1, "written_at": 1.0}}},
        {"database": "../../secret.key"},
        {"rows": {}},
        {"made_at": 0},
        {"format": 2},
        {"more": 1},
    ],
)
def test_a_list_that_somebody_else_wrote_is_refused(
    change: dict[str, Any], backup: Path, elsewhere: Settings
) -> None:
    whole = json.loads((backup / LIST).read_text())
    whole["contents"] |= change
    (backup / LIST).write_text(json.dumps(whole))
    with pytest.raises(StartError, match=r"somebody changed it|cannot be read"):
        restored(elsewhere, backup, without_erasures=True)
    assert list(elsewhere.data_folder.iterdir()) == []


def test_a_list_with_our_seal_writes_nothing_outside_either(
    service: Service, backup: Path, elsewhere: Settings
) -> None:
    """Should somebody have the key, too."""
    with BackupFolder.made(backup) as open_one:
        contents = open_one.contents(service.settings.secret_keys)
        [key, *_] = contents.files
        hostile = {**contents.files, "../../escaped.jpg": contents.files[key]}
        open_one.commit(replace(contents, files=hostile), service.settings.secret_keys[0])
    with pytest.raises(StartError):
        restored(elsewhere, backup, without_erasures=True)
    assert not list(backup.parent.rglob("escaped.jpg"))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"contents": []}', "[" * 100_000])
def test_a_list_that_is_none_is_told_in_words(text: str, backup: Path, elsewhere: Settings) -> None:
    (backup / LIST).write_text(text)
    with pytest.raises(StartError, match="cannot be read"):
        restored(elsewhere, backup, without_erasures=True)


def test_a_backup_of_another_key_is_refused(backup: Path, elsewhere: Settings) -> None:
    with pytest.raises(StartError, match="another secret key"):
        restored(replace(elsewhere, secret_keys=("o" * 40,)), backup, without_erasures=True)


# ---- keys -------------------------------------------------------------------------------------------------


def test_keys_are_opened_by_their_passphrase_alone() -> None:
    data = sealing.locked(("k" * 40, "l" * 40), PASSPHRASE)
    assert sealing.unlocked(data, PASSPHRASE) == ("k" * 40, "l" * 40)
    assert b"kkkk" not in data
    for wrong in (data, b"{}", b"nonsense", data.replace(b"salt", b"pepper")):
        with pytest.raises(StartError, match="does not open the keys"):
            sealing.unlocked(wrong, "another passphrase")


def test_a_passphrase_comes_from_a_file_and_is_long(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\nand more\n")
    assert sealing.passphrase_from(file, is_new=True) == PASSPHRASE
    file.write_text("short")
    assert sealing.passphrase_from(file, is_new=False) == "short"
    with pytest.raises(StartError, match="at least 12"):
        sealing.passphrase_from(file, is_new=True)
    for missing in (tmp_path / "nowhere", None):
        with pytest.raises(StartError, match="--passphrase-file"):
            sealing.passphrase_from(missing, is_new=True)


# ---- the commands -----------------------------------------------------------------------------------------


def mosaic(data: Path, *arguments: object, **environ: str | None) -> Result:
    settings = {"MOSAIC_DATA": str(data), "MOSAIC_SECRET_KEY": None, "MOSAIC_DATABASE_URL": None} | environ
    before = os.umask(0o077)
    try:
        return CliRunner().invoke(main, [str(each) for each in arguments], env=settings)
    finally:
        os.umask(before)


@pytest.mark.sqlite
def test_the_commands_take_a_service_to_another_machine_with_its_keys(tmp_path: Path) -> None:
    here, there, saved_to = tmp_path / "here", tmp_path / "there", tmp_path / "backup"
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE)
    assert mosaic(here, "migrate").exit_code == 0
    plain = mosaic(here, "backup", saved_to)
    assert plain.exit_code == 0, plain.output
    assert "secret key is not in it" in plain.output
    assert "--with-keys" in mosaic(there, "restore", saved_to).output
    assert (
        "Leave out --with-keys"
        in mosaic(there, "restore", saved_to, "--with-keys", "--passphrase-file", passphrase).output
    )
    assert not there.exists()

    sealed = mosaic(here, "backup", saved_to, "--with-keys", "--passphrase-file", passphrase)
    assert "is whole" in sealed.output, sealed.output
    assert (here / "secret.key").read_text().strip() not in (saved_to / LIST).read_text()
    assert ": 0 entries." in mosaic(here, "erasures", tmp_path / "erased").output
    assert (tmp_path / "erased").stat().st_mode & 0o777 == 0o600
    options = ("--with-keys", "--passphrase-file", passphrase)
    refused = mosaic(there, "restore", saved_to, *options)
    assert "--without-erasures" in refused.output
    done = mosaic(there, "restore", saved_to, *options, "--erasures", tmp_path / "erased")
    assert done.exit_code == 0, done.output
    assert "Erased anew, as they were after the backup: nobody." in done.output
    assert (there / "secret.key").read_text() == (here / "secret.key").read_text()
    assert (there / "secret.key").stat().st_mode & 0o777 == 0o600
    unsure = mosaic(tmp_path / "third", "restore", saved_to, *options, "--without-erasures")
    assert "WITHOUT a list" in unsure.output
    wrong = tmp_path / "wrong"
    wrong.write_text("another passphrase")
    told = mosaic(tmp_path / "fourth", "restore", saved_to, "--with-keys", "--passphrase-file", wrong)
    assert "does not open the keys" in told.output
    assert "Traceback" not in told.output


@pytest.mark.sqlite
def test_a_service_that_runs_is_not_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LOCK_WAIT_SECONDS", 0.0)
    assert mosaic(tmp_path, "migrate").exit_code == 0
    with run.only_run(tmp_path):
        refused = mosaic(tmp_path, "move", "--storage", f"file://{tmp_path}/other")
    assert "Stop it first" in refused.output
    assert "Say where" in mosaic(tmp_path, "move").output
    moved = mosaic(tmp_path, "move", "--storage", f"file://{tmp_path}/other")
    assert "From now on, on every machine: MOSAIC_STORAGE_URL" in moved.output, moved.output


# ---- move -------------------------------------------------------------------------------------------------


@pytest.fixture
def cloud(service: Service, bucket: Bucket, postgres: Cluster, tmp_path: Path) -> Settings:
    """A PostgreSQL and a bucket, both empty."""
    name = "moved_" + secrets.token_hex(4)
    settings = in_bucket(service.settings, bucket)
    return replace(settings, database_url=postgres.create(name), storage_url=f"s3://{buckets.NAME}/{name}")


def moved(here: Settings, there: Settings) -> Moved:
    return move(here, there, silent)


@pytest.mark.postgres
@pytest.mark.sqlite
def test_all_goes_to_postgres_and_a_bucket_and_back_and_is_the_same(
    service: Service, cloud: Settings, elsewhere: Settings
) -> None:
    def last(session: Any) -> int:
        return rows.last_given(session.connection(), "attendees")

    _, [_, ben] = service.wall_with(2)
    ben.call("DELETE", "/api/me")
    service.run_jobs()
    here = service.settings
    done = moved(here, cloud)
    assert done.files == len(list(Storage.of(here).listing()))
    assert files_of(cloud) == files_of(here)
    assert digests_of(cloud) == digests_of(here)
    database = Database(cloud)
    with database.write() as session:  # numbers go on where they were
        session.add(Attendee(event_id=1, platform="web", tenant="", user_id="n", assurance="guest"))
        session.flush()
        assert session.scalar(select(func.max(Attendee.id))) == looked_up(here, last) + 1
    database.dispose()
    back = replace(cloud, data_folder=elsewhere.data_folder, database_url="", storage_url="")
    moved(cloud, back)
    assert digests_of(back) == digests_of(cloud)
    assert files_of(back) == files_of(here)
    assert looked_up(back, last) == looked_up(cloud, last)
    with pytest.raises(StartError, match="a database already"):
        moved(here, cloud)


@pytest.mark.postgres
@pytest.mark.sqlite
def test_a_backup_of_postgres_is_restored_into_a_file_and_the_other_way_round(
    service: Service, cloud: Settings, elsewhere: Settings, postgres: Cluster, tmp_path: Path
) -> None:
    service.wall_with(2)
    here = replace(cloud, storage_url="")  # only the rows
    moved(service.settings, here)
    back_up(here, tmp_path / "backup", None, silent)
    register = register_of(service, tmp_path / "register")
    with pytest.raises(StartError, match="none was found"):
        restored(elsewhere, tmp_path / "backup", register)
    there = replace(here, data_folder=elsewhere.data_folder, database_url="", storage_url="")
    database = Database(here)
    with database.read() as session:
        register.write_bytes(erasures.lines(erasures.known(session)))
    database.dispose()
    restored(there, tmp_path / "backup", register)
    assert counts_of(there) == counts_of(here)
    assert files_of(there) == files_of(service.settings)
    (tmp_path / "third").mkdir()
    third = replace(
        cloud,
        data_folder=tmp_path / "third",
        database_url=postgres.create("third"),
        storage_url=f"{cloud.storage_url}-too",
    )
    restored(third, tmp_path / "backup", register)
    assert counts_of(third) == counts_of(here)
    assert files_of(third) == files_of(there)
    found_storage(third)


def test_a_move_of_files_that_was_interrupted_goes_on(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, [ada, _] = service.wall_with(2)
    here = service.settings
    there = replace(here, storage_url=f"file://{tmp_path}/other")
    copy, copied = places._copy, []
    monkeypatch.setattr(places, "IN_MEMORY", 1000)  # larger ones go by way of a file

    def tired(*arguments: Any) -> str:
        if len(copied) > 4:
            raise KeyboardInterrupt
        copied.append(arguments[2])
        return copy(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(places, "_copy", tired)
        with pytest.raises(KeyboardInterrupt):
            moved(here, there)
    with pytest.raises(StartError, match="half done: a move from"):
        found_storage(there)
    ada.call("DELETE", "/api/me")
    service.run_jobs()
    for part in (service.app.extensions[EXTENSION], service.shop):  # the service is stopped
        part.database.dispose()
    moved(here, there)
    assert files_of(there) == files_of(here)
    found_storage(there)


@pytest.mark.sqlite
def test_a_move_that_was_ended_at_its_very_end_is_over_at_the_next_try(
    service: Service, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.wall_with(1)
    here = service.settings
    there = replace(
        here,
        database_url=f"sqlite:///{elsewhere.data_folder}/other.sqlite3",
        storage_url=f"file://{tmp_path}/other",
    )

    def die(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(places, "release", die)
        with pytest.raises(KeyboardInterrupt):
            moved(here, there)
    assert moved(here, there).rows == {}
    assert digests_of(there) == digests_of(here)
    found_storage(there)


def test_every_table_is_carried_over_and_only_one_ties_its_rows_to_each_other() -> None:
    assert {each.name for each in rows.tables()} == set(Base.metadata.tables)
    ties = {name for name in Base.metadata.tables if rows._own_ties(name)}
    assert ties == {"doors"}
    models = Path(rows.__file__).parents[2] / "state"
    named = "".join(each.read_text(encoding="utf-8") for each in models.glob("*.py"))
    assert named.count("__tablename__ = ") == len(Base.metadata.tables)


def test_rows_that_come_over_otherwise_are_not_kept(
    service: Service, elsewhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.wall_with(1)
    put = rows._put
    monkeypatch.setattr(rows, "_put", lambda there, table, batch: put(there, table, batch[:-1] or batch))
    there = replace(service.settings, database_url=f"sqlite:///{elsewhere.data_folder}/other.sqlite3")
    with pytest.raises(StartError, match=r"came over with \d+ of \d+ rows"):
        moved(service.settings, there)
    assert looked_up(there, lambda session: rows.is_empty(session.connection()))
