"""The database: an engine made lazily in each process, short read and write sessions, and the migrations."""

import base64
import hashlib
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import URL, Connection, Dialect, Engine, Integer, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from plugin.settings import Settings
from plugin.state import postgres
from plugin.state.shared_writes import SharedWrites

# How long somebody waits while another process holds an SQLite database, and how long between two looks: at first
# short, for most locks last a millisecond. SQLite's own waiting would stop a web process with all its greenlets.
LOCK_WAIT_SECONDS = 5.0
LOOKS_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05, 0.1)
if TYPE_CHECKING:
    from alembic.config import Config

# Between two tries of a transaction that another was in the way of; each waits a time of its own around it.
TRIES_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0)
MIGRATIONS = Path(__file__).parent.parent / "migrations"
# How PostgreSQL locks a row while its person or event is changed. Others may go on referring to it: a hello to somebody
# does not wait for the hello that they are just sending. Who locks several takes them in the order of their ids.
HELD: dict[str, Any] = {"key_share": True}
CIPHER_ATTRIBUTE = "mosaic_cipher"

T = TypeVar("T")


class DatabaseBusyError(SQLAlchemyError):
    """Another process held the database for too long. Nothing was read or written."""


def again(act: Callable[[], T]) -> T:
    """What `act` gives, done anew from its start where another transaction was in the way of its own.

    SQLite lets one write at a time; there that does not happen.
    """
    for pause in TRIES_SECONDS:
        try:
            return act()
        except (DBAPIError, StaleDataError) as error:
            if not postgres.is_collision(error):
                raise
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that the two do not meet again
    return act()


class Database:
    """Sessions on one database. Safe to make before a fork: each process opens its own connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cipher = make_cipher(settings.secret_keys)
        self._ways: dict[int, _Way] = {}  # by process; only one's own is used
        self._shared = SharedWrites(self)

    @property
    def engine(self) -> Engine:
        return self._way.engine

    @property
    def _way(self) -> "_Way":
        return self._ways.get(os.getpid()) or self._make_way()

    def _make_way(self) -> "_Way":
        """Of several threads that come first at once all get the same one: the others' have no connections yet."""
        for process in list(self._ways):
            # A pool must not cross a fork; the parent's connections are left alone, not closed.
            if process != os.getpid() and (parents := self._ways.pop(process, None)):
                parents.engine.dispose(close=False)
        return self._ways.setdefault(os.getpid(), _Way.on(_make_engine(self._settings, self._cipher)))

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for looking, to which nothing changes from its first look on. What it changes is not kept."""
        with Session(self._way.for_reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def look(self) -> Iterator[Session]:
        """The same for one look, or for several that need not fit together: on PostgreSQL each sees what is there then,
        and none costs more than its own way there and back."""
        with Session(self._way.for_looking, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock from its first statement and commits at the end.

        SQLite answers "database is locked" at once to a transaction that read first and writes later,
        however long one waits; taking the lock at the beginning makes waiting possible. Raises DatabaseBusyError.
        """
        with (
            self._turn(),
            Session(self._way.for_writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def write_alone(self) -> Iterator[Session]:
        """The same, while no other machine does so or migrates."""
        with self.write() as session:
            if not self._is_sqlite:
                postgres.wait_for_turn(session.connection())
            yield session

    @property
    def _is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer of this process at a time: SQLite lets only one write, and the others would wait with a
        connection in their hands each, until none is left for those who only look."""
        if not self._is_sqlite:
            yield
            return
        writing = self._way.writing
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
        way = self._ways.pop(os.getpid(), None)
        if way is not None:
            way.engine.dispose()


@dataclass(frozen=True)
class _Way:
    """How one process comes to the database: its connections, and whose turn it is to write."""

    engine: Engine
    for_writing: Engine  # the same, for sessions that write
    for_reading: Engine
    for_looking: Engine
    writing: threading.Lock

    @classmethod
    def on(cls, engine: Engine) -> Self:
        for_writing = engine.execution_options(mosaic_write=True)
        reading, looking = postgres.for_reading(engine), postgres.for_looking(engine)
        return cls(engine, for_writing, reading, looking, threading.Lock())


def ciphers(secret_keys: Sequence[str]) -> list[Fernet]:
    """Fernet keys derived from the secrets, newest first, so that rotating a secret rotates the encryption."""

    def derive(secret: str) -> Fernet:
        digest = hashlib.blake2b(secret.encode(), digest_size=32, person=b"mosaic-columns").digest()
        return Fernet(base64.urlsafe_b64encode(digest))

    return [derive(secret) for secret in secret_keys]


def make_cipher(secret_keys: Sequence[str]) -> MultiFernet:
    """Seals with the newest, and opens what any of them has sealed."""
    return MultiFernet(ciphers(secret_keys))


def url_of(settings: Settings) -> URL:
    if (
        not settings.database_url
    ):  # made of its parts: a folder's name may hold what means something in an address
        return URL.create("sqlite", database=str(settings.data_folder / "mosaic.sqlite3"))
    url = make_url(settings.database_url)
    return url.set(drivername=postgres.DRIVER) if postgres.is_postgres(url) else url


def _make_engine(settings: Settings, cipher: MultiFernet) -> Engine:
    pool: dict[str, Any] = {
        "pool_size": settings.database_connections,
        "max_overflow": settings.database_overflow,
        "pool_timeout": settings.database_wait_seconds,
        "hide_parameters": True,
    }
    url = url_of(settings)
    if postgres.is_postgres(url):
        arguments = postgres.connect_arguments(settings)
        engine = create_engine(url, connect_args=arguments, **pool)
        event.listen(engine, "connect", postgres.hear_the_last)
        event.listen(engine, "checkout", postgres.refuse_closed)
        engine.dialect.colspecs = {**engine.dialect.colspecs, Integer: _OfItsOwnSize}
    else:
        engine = create_engine(url, connect_args={"timeout": 0}, **pool)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    setattr(engine.dialect, CIPHER_ATTRIBUTE, cipher)
    return engine


class _OfItsOwnSize(Integer):
    """A number as PostgreSQL is handed it: by psycopg, which says how large it is, and not as one of the column's size.
    Whoever asks for an id that no row can have then finds none, as in SQLite."""

    render_bind_cast = False


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


def _alembic() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def steps(database: Database) -> tuple[str | None, str | None]:
    """(the step of the schema at which the database is, the newest that we know)."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with database.engine.connect() as connection:
        at = MigrationContext.configure(connection).get_current_revision()
    return at, ScriptDirectory.from_config(_alembic()).get_current_head()


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema."""
    from alembic import command

    config = _alembic()
    database = Database(settings)
    try:
        with database.engine.connect().execution_options(mosaic_write=True) as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            if is_sqlite:  # a step may put a new table in the place of one that others refer to
                driver: Any = connection.connection.driver_connection
                _patiently(driver.execute, "PRAGMA foreign_keys=OFF")
            with connection.begin():
                if not is_sqlite:
                    postgres.wait_for_turn(connection)
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                if is_sqlite and (loose := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise RuntimeError(f"a row of {loose[0]} refers to one of {loose[2]} that is not there")
    finally:
        database.dispose()
