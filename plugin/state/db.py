"""The database: an engine made lazily in each process, short read and write sessions, and the migrations."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from plugin.settings import Settings
from plugin.state.shared_writes import SharedWrites

SQLITE_BUSY_MILLISECONDS = 10_000
MIGRATIONS = Path(__file__).parent.parent / "migrations"
CIPHER_ATTRIBUTE = "mosaic_cipher"

T = TypeVar("T")


class Database:
    """Sessions on one database. Safe to make before a fork: each process opens its own connections."""

    def __init__(self, settings: Settings) -> None:
        self._url = make_url(settings.resolved_database_url)
        self._cipher = make_cipher(settings.secret_keys)
        self._pool = {
            "pool_size": settings.database_connections,
            "max_overflow": 0,
            "pool_timeout": settings.database_wait_seconds,
        }
        self._engine: Engine | None = None
        self._writing: Engine | None = None  # the same, for sessions that write
        self._shared = SharedWrites(self)
        self._pid = 0

    @property
    def engine(self) -> Engine:
        if self._engine is None or self._pid != os.getpid():
            # A pool must not cross a fork; the parent's connections are left alone, not closed.
            if self._engine is not None:
                self._engine.dispose(close=False)
            url = str(self._url.render_as_string(hide_password=False))
            self._engine = _make_engine(url, self._cipher, self._pool)
            self._writing = self._engine.execution_options(mosaic_write=True)
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
        however long the busy timeout; taking the lock at the beginning makes it wait instead.
        """
        engine = self.engine and self._writing
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

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


def _make_engine(url: str, cipher: MultiFernet, pool: Mapping[str, Any]) -> Engine:
    if url.startswith("sqlite"):
        connect_args = {"timeout": SQLITE_BUSY_MILLISECONDS / 1000}
        engine = create_engine(url, hide_parameters=True, connect_args=connect_args, **pool)
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
        connection.execute(f"PRAGMA {pragma}")
    # SQLite's own lower() knows ASCII only, and people search for names such as Émile or Łukasz.
    connection.create_function("lower", 1, _casefold, deterministic=True)


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("mosaic_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    database = Database(settings)
    try:
        with database.engine.execution_options(mosaic_write=True).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        database.dispose()
