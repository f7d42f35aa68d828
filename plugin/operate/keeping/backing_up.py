"""`mosaic backup`: everything into a folder, while the service runs.

Files are copied, then the database as it is at one moment, then the files that came meanwhile. A file that the database
had at its moment may be gone when its turn comes: then it is all done again, which is quick, for most is there. Only
what the database knows of stays in the backup.
"""

import io
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from plugin.operate.checks import migrate_database
from plugin.operate.keeping import needs, rows
from plugin.operate.keeping.folder import HALF, LIST, BackupFolder, Contents, Piece
from plugin.operate.keeping.places import reaching, side_by_side
from plugin.operate.keeping.sealing import locked
from plugin.operate.supervisor import StartError
from plugin.settings import Settings
from plugin.state import erasures
from plugin.state.db import Database, url_of
from plugin.state.erasures import NO_WALL, Erased
from plugin.state.keys import UPLOADS, WALLS
from plugin.state.storage import NotStoredError, Storage, Stored

TRIES = 5
SAY_EVERY = 5000
SOON_GONE = (UPLOADS, WALLS)


@dataclass(frozen=True)
class Made:
    contents: Contents
    copied: int  # files that were not in the folder before
    missing: tuple[str, ...]  # that the database knows of and the storage does not have


def back_up(settings: Settings, path: Path, passphrase: str | None, say: Callable[[str], None]) -> Made:
    """Bring the backup in that folder to now, or begin one. With a `passphrase` it holds the secret keys, too.

    Raises StartError; then the folder holds the backup that it held before.
    """
    database, storage = Database(settings), Storage.of(settings)
    try:
        with BackupFolder.made(path) as folder, reaching(settings):
            _refuse_other_versions(database)
            _sweep_halves(path)
            made = _Backup(settings, database, storage, folder, say).made(passphrase)
    finally:
        database.dispose()
    return made


def _refuse_other_versions(database: Database) -> None:
    with database.read() as session:
        found, ours = rows.schema_of(session.connection()), rows.newest_schema()
    if found != ours:
        raise StartError(
            f"The database is at step {found or 'none'}, and this version of Virtual Mosaic is at {ours}. Back up with "
            "the version that runs, or bring the database up to date: mosaic migrate."
        )


def _sweep_halves(path: Path) -> None:
    for left in path.glob(f"{HALF}*"):
        shutil.rmtree(left, ignore_errors=True)


@dataclass
class _Backup:
    settings: Settings
    database: Database
    storage: Storage
    folder: BackupFolder
    say: Callable[[str], None]
    files: dict[str, Piece] = field(default_factory=dict)
    copied: int = 0

    def made(self, passphrase: str | None) -> Made:
        before = self._before()
        self._copy(before.files if before else {})
        self.say(f"{len(self.files)} files are copied; now the database, and what came meanwhile.")
        keys = "" if passphrase is None else self._add(locked(self.settings.secret_keys, passphrase))
        contents, missing = self._moment(keys)
        self._check(contents)
        self.folder.commit(contents, self.settings.secret_keys[0])
        return Made(contents, self.copied, tuple(missing))

    def _before(self) -> Contents | None:
        if not (self.folder.path / LIST).exists():
            return None
        return self.folder.contents(self.settings.secret_keys)

    def _moment(self, keys: str) -> tuple[Contents, list[str]]:
        """The database as it is at one moment, with the files that it knows; which of them cannot be had."""
        for tries_left in reversed(range(TRIES)):
            number, made_at = self._mark(), time.time()
            with self._snapshot() as (file, moment):
                self._copy(self.files)
                with moment.read() as session:
                    known = needs.of_rows(session)
                    counts = rows.row_counts(session.connection())
                missing = known.missing(self.files)
                if missing and tries_left:
                    continue
                moment.dispose()
                database = self._add_database(file)
            break
        files = {key: piece for key, piece in self.files.items() if known.know(key)}
        now = version("virtual-mosaic"), rows.newest_schema()
        return Contents(number, made_at, *now, database, counts, files, keys), missing

    def _mark(self) -> str:
        """Let the register of who was erased know of this backup, so that it can be told from an older one."""
        number = secrets.token_hex(16)
        with self.database.write() as session:
            erasures.note(session, Erased.BACKUP, NO_WALL, [number])
        while erasures.keep(self.database, self.storage, time.time()):
            pass
        return number

    @contextmanager
    def _snapshot(self) -> Iterator[tuple[Path, Database]]:
        """An SQLite file with all that the database has at this moment."""
        with tempfile.TemporaryDirectory(prefix=HALF, dir=self.folder.path) as scratch:
            settings = replace(self.settings, data_folder=Path(scratch), database_url="")
            file = Path(str(url_of(settings).database))
            if self.database.engine.dialect.name == "sqlite":
                copy_file(Path(str(url_of(self.settings).database)), file)
            moment = Database(settings)
            try:
                if not file.exists():
                    migrate_database(settings)
                    self._take_rows(moment)
                yield file, moment
            finally:
                moment.dispose()

    def _take_rows(self, moment: Database) -> None:
        with self.database.read() as source, moment.write() as target:
            rows.carry_over(source.connection(), target.connection(), lambda _: None)

    def _copy(self, known: Mapping[str, Piece]) -> None:
        """Take over what the storage has now, and leave what is there already."""
        listed = [each for each in self.storage.listing() if each.key.partition("/")[0] not in needs.NEVER]
        listed.sort(key=lambda each: not each.key.startswith(SOON_GONE))
        fresh = {each.key: each for each in listed if not self._is_known(each, known.get(each.key))}
        self.files |= {each.key: known[each.key] for each in listed if each.key not in fresh}
        for key, piece in side_by_side(lambda key: self._take(fresh[key]), fresh):
            if piece is not None:
                self.files[key] = piece
                self.copied += 1
                if self.copied % SAY_EVERY == 0:
                    self.say(f"{self.copied} files ...")

    def _is_known(self, listed: Stored, piece: Piece | None) -> bool:
        if piece is None or (listed.size, listed.written_at) != (piece.size, piece.written_at):
            return False
        return self.folder.holds(piece)

    def _take(self, listed: Stored) -> Piece | None:
        """None for what was deleted meanwhile."""
        try:
            file, _ = self.storage.open(listed.key)
        except NotStoredError:
            return None
        with file:
            return Piece(*self.folder.add(file), listed.written_at)

    def _add(self, data: bytes) -> str:
        return self.folder.add(io.BytesIO(data))[0]

    def _add_database(self, file: Path) -> str:
        """Look whether the copy is whole, and put it into the folder."""
        with closing(sqlite3.connect(file)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file
            checked = copy.execute("PRAGMA integrity_check").fetchall()
            loose = copy.execute("PRAGMA foreign_key_check").fetchone()
        if checked != [("ok",)] or loose is not None:
            raise StartError(
                f"The database is damaged: {checked[0][0] if loose is None else loose[0]}. The backup of before is as "
                "it was: keep it, and restore it."
            )
        with file.open("rb") as source:
            return self.folder.add(source)[0]

    def _check(self, contents: Contents) -> None:
        """Read back all that the backup holds."""
        self.say(f"{len(contents.hashes)} different files are read back and compared.")
        sizes = dict(side_by_side(self.folder.check, contents.hashes))
        for piece in contents.files.values():
            if sizes[piece.hash] != piece.size:
                raise StartError(f"{piece.hash} has another size than was copied. Run the backup again.")


def copy_file(source: Path, target: Path) -> None:
    """An SQLite database that may be in use, by SQLite's own way of copying one."""
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
