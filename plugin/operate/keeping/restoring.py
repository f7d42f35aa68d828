"""`mosaic restore`: a backup into an empty place, without whoever was erased after it was made.

The files first, then the database in a file beside the place where it belongs: there it is brought to the newest
schema, those who were erased are erased in it, and only then it takes its place, whole. Interrupted before that, it is
run again, and nobody could start the service meanwhile.
"""

import os
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from sqlalchemy import update
from sqlalchemy.orm import Session

from plugin.operate.checks import migrate_database
from plugin.operate.keeping import places, rows
from plugin.operate.keeping.folder import BackupFolder, Contents
from plugin.operate.keeping.places import reaching
from plugin.operate.supervisor import StartError
from plugin.settings import Settings
from plugin.state import erasures
from plugin.state.db import Database, url_of
from plugin.state.erasures import Entry, Erased, Register
from plugin.state.models import Wall
from plugin.state.storage import Storage

Replay = Callable[[Database, Storage, Iterable[Entry]], Counter[Erased]]

STAGE = "restoring"
# Numbers that were given after the backup are given to nobody again, and no revision comes twice: browsers and files
# still know them. No service counts so many at once, nor so many a second for long.
SKIPPED = 100_000
SKIPPED_A_SECOND = 10


@dataclass(frozen=True)
class Restored:
    contents: Contents
    erased: Mapping[Erased, int] | None  # None: a run before did so, and was ended before it could say it
    until: float  # when the register of who was erased was last known to be whole; 0 without one


def restore(
    settings: Settings,
    path: Path,
    registers: Iterable[str],
    replay: Replay,
    say: Callable[[str], None],
    *,
    without_erasures: bool = False,
) -> Restored:
    """Fill the database and the storage of these settings. Raises StartError; then it is run again."""
    storage = Storage.of(settings)
    with BackupFolder.found(path) as folder, reaching(settings):
        contents = folder.contents(settings.secret_keys)
        say(f"The backup is of {_when(contents.made_at)}. Everything in it is read and compared.")
        dict(places.side_by_side(folder.check, contents.hashes))
        storage.found()
        errand = f"a restore of the backup {contents.number}"
        is_over = places.errand_of(storage) == errand and _is_live(settings, contents)
        if not is_over:
            places.empty_database(settings)
        register = _register(settings, storage, registers)
        _refuse_without(register, contents, without_erasures)
        places.claim(storage, errand)
        erased = None
        if not is_over:
            _fill(folder, contents, storage, say)
            erased = _bring_to_life(settings, folder, contents, register, replay, storage, say)
        places.release(storage)
    return Restored(contents, erased, register.until)


def _when(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))


# ---- who was erased -------------------------------------------------------------------------------------------------


def _register(settings: Settings, storage: Storage, given: Iterable[str]) -> Register:
    """All that is known of who was erased: in the place to be filled, and where the operator says."""
    try:
        found = erasures.stored(storage)
        for each in given:
            found = found.joined(_read(settings, each))
    except ValueError:
        raise StartError(
            "The list of who was erased cannot be read: it is not one that `mosaic erasures` or a service wrote. "
            "(--erasures)"
        ) from None
    return found


def _read(settings: Settings, place: str) -> Register:
    """Raises StartError, ValueError."""
    if place.startswith("s3://"):
        return erasures.stored(Storage.of(replace(settings, storage_url=place)))
    path = Path(place)
    try:
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        found = Register({})
        for each in files:
            found = found.joined(erasures.read_lines(each.read_bytes()))
    except OSError as error:
        raise StartError(f"The list of who was erased cannot be read: {error}. (--erasures)") from None
    return found


def _refuse_without(register: Register, contents: Contents, is_wished: bool) -> None:
    if is_wished or register.has_backup(contents.number):
        return
    known = "the one that was found is older, or another service's" if register.entries else "none was found"
    raise StartError(
        f"There is no list of who was erased after this backup was made, {_when(contents.made_at)}: {known}. Give it "
        "with --erasures: a file that `mosaic erasures` wrote, the folder files/erasures of the old data folder, or "
        "the old bucket as s3://bucket/prefix. If it is lost: --without-erasures brings everybody back who was erased "
        "since, and they are to be erased again by hand."
    )


# ---- files ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Origin:
    folder: BackupFolder
    contents: Contents

    def open(self, key: str) -> tuple[IO[bytes], int]:
        piece = self.contents.files[key]
        return self.folder.open(piece.hash), piece.size


def _fill(folder: BackupFolder, contents: Contents, storage: Storage, say: Callable[[str], None]) -> None:
    sizes = {key: piece.size for key, piece in contents.files.items()}
    hashes = places.fill(_Origin(folder, contents), storage, sizes, say)
    for key, piece in contents.files.items():
        if hashes[key] != piece.hash:
            raise StartError(
                f"{piece.hash} in the backup was changed while it was read. Nobody else may write there."
            )
    say(f"{len(hashes)} files are there, each as it was.")


# ---- the database ---------------------------------------------------------------------------------------------------


def _bring_to_life(
    settings: Settings,
    folder: BackupFolder,
    contents: Contents,
    register: Register,
    replay: Replay,
    storage: Storage,
    say: Callable[[str], None],
) -> Counter[Erased]:
    """The database, first in a file of its own, then where it belongs."""
    stage = settings.data_folder / STAGE
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(mode=0o700)
    staged = replace(settings, data_folder=stage, database_url="")
    file = Path(str(url_of(staged).database))
    file.write_bytes(folder.read(contents.database))
    _check(file, contents)
    migrate_database(staged)
    database = Database(staged)
    try:
        erased = replay(database, storage, register.entries.values())
        with database.write() as session:
            _skip_numbers(session, contents.made_at)
            erasures.keep_anew(session)
        _go_live(settings, database, file, say)
    finally:
        database.dispose()
    shutil.rmtree(stage, ignore_errors=True)
    return erased


def _is_live(settings: Settings, contents: Contents) -> bool:
    """Whether the database of this backup is in its place."""
    database = Database(settings)
    try:
        with database.read() as session:
            if not rows.schema_of(session.connection()):
                return False
            return erasures.known(session).has_backup(contents.number)
    finally:
        database.dispose()


def _check(file: Path, contents: Contents) -> None:
    """Raises StartError where the file is not what it was said to be."""
    with closing(sqlite3.connect(file)) as database:
        is_whole = database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        counts = {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - a table's own name
            for name in tables & contents.rows.keys()
        }
    if not is_whole or counts != dict(contents.rows):
        raise StartError("The database in the backup does not hold what its list says. Take an older backup.")


def _skip_numbers(session: Session, made_at: float) -> None:
    skipped = SKIPPED + int(SKIPPED_A_SECOND * max(0.0, time.time() - made_at))
    for name in rows.once_only():
        last = rows.last_given(session.connection(), name)
        rows.set_last_given(session.connection(), name, last + skipped)
    on = {"revision": Wall.revision + skipped, "threads": Wall.threads + skipped}
    session.execute(update(Wall).values(on))


def _go_live(settings: Settings, database: Database, file: Path, say: Callable[[str], None]) -> None:
    url = url_of(settings)
    if url.get_backend_name() != "sqlite":
        target = Database(settings)
        try:
            with database.read() as source, target.write() as there:
                rows.carry_over(source.connection(), there.connection(), say)
        finally:
            target.dispose()
        return
    database.dispose()
    with closing(sqlite3.connect(file)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
    target_file = Path(str(url.database))
    half = target_file.with_name(f"{target_file.name}.{STAGE}")
    shutil.copyfile(file, half)
    with half.open("rb") as written:
        os.fsync(written.fileno())
    for left in (f"{target_file}-wal", f"{target_file}-shm"):  # of the empty one that is there
        Path(left).unlink(missing_ok=True)
    os.replace(half, target_file)
    os.sync()
