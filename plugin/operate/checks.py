"""What is seen to before anything starts. Whatever is wrong is said in a sentence of its own, with what to do."""

import errno
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from plugin.operate.supervisor import StartError, as_object, labelled
from plugin.settings import Settings
from plugin.state.db import Database, migrate
from plugin.state.fingerprints import UnknownKeysError, recognise
from plugin.state.keys import UNFINISHED
from plugin.state.models import Photo
from plugin.state.storage import NotStoredError, Storage

REDIS_SECONDS = 2.0
FULL = "disk is full"  # as SQLite says it


def line_of(settings: Settings) -> Callable[[str, str], str]:
    return as_object if settings.log_format == "json" else labelled


def say(settings: Settings, text: str) -> None:
    print(line_of(settings)(text, "mosaic"), flush=True)


def folder_refused(data_folder: Path, error: OSError) -> StartError:
    """What to say when nothing can be written there."""
    if error.errno == errno.ENOSPC:
        return _full(data_folder)
    if error.errno == errno.EROFS:
        return StartError(
            f"The data folder {data_folder} is on a disk that can only be read. Mount it for writing, or choose "
            "another with --data or MOSAIC_DATA."
        )
    return StartError(
        f"The data folder {data_folder} cannot be used: {error.strerror}. "
        "Choose another with --data or MOSAIC_DATA."
    )


def _full(data_folder: Path) -> StartError:
    return StartError(f"The disk of {data_folder} is full. Make room, and start again.")


def migrate_database(settings: Settings) -> None:
    """Bring the database to the newest schema, or raise StartError in words."""
    from alembic.util import CommandError  # a seventh of what a process loads, and needed only here

    try:
        migrate(settings)
    except ImportError:
        raise StartError(
            "A PostgreSQL database needs psycopg (MOSAIC_DATABASE_URL): pip install 'virtual-mosaic[postgres]'"
        ) from None
    except CommandError:  # it does not know the step at which the database is
        raise StartError(
            "The database was used by a newer version of Virtual Mosaic (MOSAIC_DATABASE_URL). Start that version "
            "here, or bring back a copy of the database from before."
        ) from None
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        if FULL in str(cause):
            raise _full(settings.data_folder) from None
        raise StartError(f"The database cannot be used (MOSAIC_DATABASE_URL): {cause}".strip()) from None


def recognise_keys(settings: Settings) -> None:
    """See that this machine has a key of those that use the same database, or raise StartError in words."""
    database = Database(settings)
    try:
        new = recognise(database, settings.secret_keys, time.time())
    except UnknownKeysError:
        raise StartError(
            "The database was used with another secret key than this machine has. Copy the key of a machine that runs, "
            f"its secret.key or what it has in MOSAIC_SECRET_KEY, to {settings.data_folder / 'secret.key'} "
            "or to MOSAIC_SECRET_KEY here. If that key is lost: mosaic keys"
        ) from None
    finally:
        database.dispose()
    if new and new < len(settings.secret_keys):
        say(settings, "A secret key that is new here, beside one that was known, is recorded.")


def found_storage(settings: Settings) -> None:
    """Make the folder of the photos a store, or raise StartError in words. The database must be at its newest."""
    storage = Storage.of(settings)
    try:
        if storage.is_empty() and _knows_photos(settings):
            raise StartError(
                f"The database knows of photos, and there are none at {settings.resolved_storage_url}: "
                "is its disk not there? (MOSAIC_STORAGE_URL)"
            )
        storage.found()
        errand = storage.get(UNFINISHED).decode(errors="replace")
    except NotStoredError:
        return
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _full(settings.data_folder) from None
        raise StartError(f"The photos cannot be kept (MOSAIC_STORAGE_URL): {error}") from None
    raise StartError(
        f"What fills this place is only half done: {errand}. Run that again until it says that it is done "
        "(MOSAIC_STORAGE_URL)."
    )


def _knows_photos(settings: Settings) -> bool:
    database = Database(settings)
    try:
        with database.read() as session:
            return session.execute(select(Photo.id).limit(1)).first() is not None
    finally:
        database.dispose()


def warning_about_redis(url: str) -> str | None:
    """What to say when a Redis of somebody else's does not answer: photos wait for it. Raises StartError where waiting
    does not help."""
    place = urlsplit(url)
    where = place.hostname or place.path
    try:
        with Redis.from_url(url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS) as redis:
            redis.ping()
    except AuthenticationError:
        raise StartError(
            f"Redis at {where} refuses the password (REDIS_URL). It stands before the @: redis://:password@{where}"
        ) from None
    except RedisError:
        return (
            f"Redis at {where} does not answer (REDIS_URL). "
            "Photos are accepted all the same, and placed when it is back."
        )
    return None
