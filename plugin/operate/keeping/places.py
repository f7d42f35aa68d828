"""The places that a restore or a move fills: only an empty one, and nobody starts the service there before it is done.

What fills a storage leaves a note in it. Whoever comes again with the same errand goes on with it, others are refused.
"""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Protocol, TypeVar

from sqlalchemy import text

from plugin.operate.checks import migrate_database
from plugin.operate.keeping import rows
from plugin.operate.supervisor import StartError
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.keys import ERASURES, UNFINISHED
from plugin.state.storage import NotStoredError, Storage, StorageError

AT_ONCE = 8
IN_MEMORY = 8 << 20
READ_AT_ONCE = 1 << 20
SAY_EVERY = 5000
LEAVING_SECONDS = 5.0


T = TypeVar("T")


class Origin(Protocol):
    """Where files come from."""

    def open(self, key: str) -> tuple[IO[bytes], int]: ...


@contextmanager
def reaching(settings: Settings) -> Iterator[None]:
    """Raises StartError where the storage does not answer."""
    try:
        yield
    except (StorageError, NotStoredError) as error:
        raise StartError(
            f"The storage at {settings.resolved_storage_url} failed: {error}. Nothing is lost; run it again."
        ) from error


def claim(storage: Storage, errand: str) -> None:
    """Say what this storage is being filled by. Raises StartError where it holds something else."""
    storage.found()
    found = errand_of(storage)
    if found is None and any(not key.startswith(f"{ERASURES}/") for key in _keys(storage)):
        raise StartError(
            "There are files already where these are to go (MOSAIC_STORAGE_URL). Choose an empty place, or move "
            "them away."
        )
    if found not in (None, errand):
        raise StartError(
            f"Something else is only half done there: {found}. Finish that first, or empty the place "
            "(MOSAIC_STORAGE_URL)."
        )
    storage.put(UNFINISHED, errand.encode())


def errand_of(storage: Storage) -> str | None:
    try:
        return storage.get(UNFINISHED).decode(errors="replace")
    except NotStoredError:
        return None


def release(storage: Storage) -> None:
    storage.delete(UNFINISHED)


def _keys(storage: Storage) -> Iterator[str]:
    return (each.key for each in storage.listing() if each.key != UNFINISHED)


def fill(
    origin: Origin, storage: Storage, sizes: Mapping[str, int], say: Callable[[str], None]
) -> dict[str, str]:
    """Copy these files into the storage, those that are there already aside, and compare; their hashes."""
    there = {each.key: each.size for each in storage.listing()}
    hashes: dict[str, str] = {}
    for key, hashed in side_by_side(lambda key: _copy(origin, storage, key, there.get(key)), sizes):
        hashes[key] = hashed
        if len(hashes) % SAY_EVERY == 0:
            say(f"{len(hashes)} of {len(sizes)} files ...")
    return hashes


def side_by_side(act: Callable[[str], T], names: Iterable[str]) -> Iterator[tuple[str, T]]:
    """What `act` gives for each name, several at a time. The first fault ends it."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        yield from pool.map(lambda name: (name, act(name)), names)
    finally:
        pool.shutdown(cancel_futures=True)


def _copy(origin: Origin, storage: Storage, key: str, there: int | None) -> str:
    """Raises StartError where the two differ afterwards."""
    file, size = origin.open(key)
    with file:
        if size > IN_MEMORY:
            return _copy_large(file, storage, key, size, there)
        data = file.read()
    hashed = hashlib.sha256(data).hexdigest()
    if there == size and _hash_of(storage, key) == hashed:
        return hashed
    storage.put(key, data, durable=False)
    return _same(storage, key, hashed)


def _copy_large(file: IO[bytes], storage: Storage, key: str, size: int, there: int | None) -> str:
    hashed = hashlib.sha256()
    with NamedTemporaryFile(dir=storage.scratch()) as scratch:
        while data := file.read(READ_AT_ONCE):
            hashed.update(data)
            scratch.write(data)
        scratch.flush()
        if there != size or _hash_of(storage, key) != hashed.hexdigest():
            storage.put_file(key, Path(scratch.name))
    return _same(storage, key, hashed.hexdigest())


def _same(storage: Storage, key: str, hashed: str) -> str:
    if _hash_of(storage, key) != hashed:
        raise StartError(f"{key} came over otherwise than it was. Nothing was changed here; run it again.")
    return hashed


def _hash_of(storage: Storage, key: str) -> str:
    hashed = hashlib.sha256()
    try:
        file, _ = storage.open(key)
    except NotStoredError:
        return ""
    with file:
        while data := file.read(READ_AT_ONCE):
            hashed.update(data)
    return hashed.hexdigest()


def drop_others(storage: Storage, keys: Iterable[str]) -> None:
    """Delete what was gone at its origin when an interrupted errand went on."""
    kept = {*keys, UNFINISHED}
    for key in [each.key for each in storage.listing()]:
        if key not in kept:
            storage.delete(key)


# ---- the database ---------------------------------------------------------------------------------------------------


def empty_database(settings: Settings) -> None:
    """Make the database a new one at the newest schema. Raises StartError where it is in use."""
    migrate_database(settings)
    database = Database(settings)
    try:
        with database.read() as session:
            if not rows.is_empty(session.connection()):
                raise StartError(
                    "There is a database already where this is to go (MOSAIC_DATABASE_URL). Choose an empty one, or "
                    "move it away."
                )
        refuse_users(database)
    finally:
        database.dispose()


def refuse_users(database: Database) -> None:
    """Raises StartError while a machine works with a PostgreSQL database; of a file, the data folder's lock knows."""
    if database.engine.dialect.name == "sqlite":
        return
    deadline = time.monotonic() + LEAVING_SECONDS
    while users := _users(database):
        if time.monotonic() > deadline:
            raise StartError(
                f"The database is in use by {users} connections of a service that runs. Stop it on every machine first."
            )
        time.sleep(0.1)


def _users(database: Database) -> int:
    """Connections of ours but this one. The server takes a moment to notice that one is closed."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'mosaic' "
        "AND pid <> pg_backend_pid()"
    )
    with database.read() as session:
        return int(session.scalar(text(query)) or 0)
