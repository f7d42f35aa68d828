"""The database: an engine made lazily in each process, short read and write sessions, and the migrations."""

import base64
import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import URL, Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from plugin.settings import Settings
from plugin.state.shared_writes import SharedWrites

# How long somebody waits while another process holds an SQLite database, and how long between two looks: at first
# short, for most locks last a millisecond. SQLite's own waiting would stop a web process with all its greenlets.
LOCK_WAIT_SECONDS = 5.0
LOOKS_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05, 0.1)
MIGRATIONS = Path(__file__).parent.parent / "migrations"
CIPHER_ATTRIBUTE = "mosaic_cipher"

T = TypeVar("T")


class DatabaseBusyError(SQLAlchemyError):
    """Another process held the database for too long. Nothing was read or written."""


class Database:
    """Sessions on one database. Safe to make before a fork: each process opens its own connections."""

    def __init__(self, settings: Settings) -> None:
        self._url = (
            make_url(settings.database_url) if settings.database_url else _file_in(settings.data_folder)
        )
        self._cipher = make_cipher(settings.secret_keys)
        self._pool = {
            "pool_size": settings.database_connections,
            "max_overflow": 0,
            "pool_timeout": settings.database_wait_seconds,
        }
        self._engine: Engine | None = None
        self._for_writing: Engine | None = None  # the same, for sessions that write
        self._shared = SharedWrites(self)
        self._writing = threading.Lock()
        self._pid = 0

    @property
    def engine(self) -> Engine:
        if self._engine is None or self._pid != os.getpid():
            # A pool must not cross a fork; the parent's connections are left alone, not closed.
            if self._engine is not None:
                self._engine.dispose(close=False)
            self._engine = _make_engine(self._url, self._cipher, self._pool)
            self._for_writing = self._engine.execution_options(mosaic_write=True)
            self._writing = threading.Lock()
            self._pid = os.getpid()
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking. What it changes is not kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its first statement and commits at the end.

        SQLite answers "database is locked" at once to a transaction that read first and writes later,
        however long one waits; taking the lock at the beginning makes waiting possible. Raises DatabaseBusyError.
        """
        engine = self.engine
        with (
            self._turn(engine),
            Session(self._for_writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def _turn(self, engine: Engine) -> Iterator[None]:
        """One writer of this process at a time: SQLite lets only one write, and the others would wait with a
        connection in their hands each, until none is left for those who only look."""
        if engine.dialect.name != "sqlite":
            yield
            return
        writing = self._writing  # a fork gets another
        if not writing.acquire(timeout=LOCK_WAIT_SECONDS):
            raise DatabaseBusyError("others in this process have been waiting to write")
        try:
            yield
        finally:
            writing.release()

    def write_with_others(self, act: Callable[[Session], T]) -> T:
        """What `act` gives, done in one transaction with what others write at the same moment; see SharedWrites."""
        return self._shared.run(act)

    def dispose(self) -> None:
        if self._engine is not None and self._pid == os.getpid():
            self._engine.dispose()
        self._engine = None


def make_cipher(secret_keys: tuple[str, ...]) -> MultiFernet:
    """Fernet keys derived from the secrets, newest first, so that rotating a secret rotates the encryption."""

    def derive(secret: str) -> Fernet:
        digest = hashlib.blake2b(secret.encode(), digest_size=32, person=b"mosaic-columns").digest()
        return Fernet(base64.urlsafe_b64encode(digest))

    return MultiFernet([derive(secret) for secret in secret_keys])


def _file_in(folder: Path) -> URL:
    """Made of its parts: a folder's name may hold what means something else in an address."""
    return URL.create("sqlite", database=str(folder / "mosaic.sqlite3"))


def _make_engine(url: URL, cipher: MultiFernet, pool: Mapping[str, Any]) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": 0}, **pool)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(url, hide_parameters=True, pool_pre_ping=True, **pool)
    setattr(engine.dialect, CIPHER_ATTRIBUTE, cipher)
    return engine


def cipher_of(dialect: Dialect) -> MultiFernet:
    cipher: MultiFernet = getattr(dialect, CIPHER_ATTRIBUTE)
    return cipher


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a photo that got its 202 survives a power cut too
        "foreign_keys=ON",
        "secure_delete=ON",  # a withdrawn story leaves no copy in free pages
    ):
        _patiently(connection.execute, f"PRAGMA {pragma}")
    # SQLite's own lower() knows ASCII only, and people search for names such as Émile or Łukasz.
    connection.create_function("lower", 1, _casefold, deterministic=True)


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _begin_sqlite(connection: Connection) -> None:
    execute = connection.connection.driver_connection.execute  # type: ignore[union-attr]
    if connection.get_execution_options().get("mosaic_write", False):
        _patiently(execute, "BEGIN IMMEDIATE")
    else:
        execute("BEGIN")
        _patiently(_look, execute)  # the first look may have to wait, the others have its snapshot


def _look(execute: Callable[[str], sqlite3.Cursor]) -> None:
    execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()


def _patiently(act: Callable[[Any], object], what: object) -> None:
    """Do something that another process' lock may forbid just now. Raises DatabaseBusyError.

    The pauses are Python's, so that under gevent everybody else goes on meanwhile.
    """
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    looks = iter(LOOKS_SECONDS)
    while True:
        try:
            act(what)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise OperationalError(str(what), None, error) from error
            if time.monotonic() > deadline:
                raise DatabaseBusyError(str(error)) from error
        time.sleep(next(looks, LOOKS_SECONDS[-1]))


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    database = Database(settings)
    try:
        with database.engine.connect().execution_options(mosaic_write=True) as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            if is_sqlite:  # a step may put a new table in the place of one that others refer to
                driver: Any = connection.connection.driver_connection
                _patiently(driver.execute, "PRAGMA foreign_keys=OFF")
            with connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                if is_sqlite and (loose := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise RuntimeError(f"a row of {loose[0]} refers to one of {loose[2]} that is not there")
    finally:
        database.dispose()
