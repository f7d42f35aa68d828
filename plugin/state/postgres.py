"""What PostgreSQL needs of us: how we connect, how a collision of two transactions looks, one machine at a time."""

from contextlib import suppress
from typing import Any

from sqlalchemy import URL, Connection, Engine, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm.exc import StaleDataError

from plugin.settings import Settings

DRIVER = "postgresql+psycopg"
# https://www.postgresql.org/docs/current/errcodes-appendix.html: a serialization failure, a deadlock; and a row that
# another transaction has just added or deleted, so that the next look finds what this one did not.
COLLISIONS = frozenset({"40001", "40P01", "23505", "23503"})
ENDED = "mosaic_ended"
ALONE = 0x6D6F73616963  # names our lock; any number will do that all of our versions agree on
# A server that is gone without a word, as after a power cut, is noticed within half a minute.
KEEPALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}


def is_postgres(url: URL) -> bool:
    return url.get_backend_name() in ("postgresql", "postgres")


def connect_arguments(settings: Settings) -> dict[str, Any]:
    milliseconds = 1000 * settings.database_statement_seconds
    return {
        "connect_timeout": max(2, settings.database_wait_seconds),  # libpq takes less than 2 for 2
        "application_name": "mosaic",
        "options": f"-c statement_timeout={milliseconds} -c idle_in_transaction_session_timeout=300000",
        **KEEPALIVE,
    }


def hear_the_last(connection: Any, record: Any) -> None:
    """Note on a new connection's record when the server says, between two questions, that it ends this."""

    def note(said: Any) -> None:
        if said.severity_nonlocalized == "FATAL":
            record.info[ENDED] = True

    connection.add_notice_handler(note)


def refuse_closed(connection: Any, record: Any, _proxy: Any) -> None:
    """Let the pool open another connection in the place of one that the server has ended, as when it was restarted.

    What has arrived says so. A question and its answer each time would be a quarter of what a look costs.
    """
    from psycopg import OperationalError

    with suppress(OperationalError):  # which says the same
        connection.pgconn.consume_input()
        connection.pgconn.is_busy()  # reads what came: a server that stops says so, and hangs up a moment later
        connection.pgconn.consume_input()
    if connection.closed or record.info.pop(ENDED, False):
        raise InvalidatePoolError


def for_reading(engine: Engine) -> Engine:
    """For sessions whose looks all see one moment, as those of SQLite do: a wall's row and its photos fit together."""
    if not is_postgres(engine.url):
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def for_looking(engine: Engine) -> Engine:
    """For sessions whose looks may each see a moment of its own: without a transaction, which begins and ends with a
    question and an answer more."""
    if not is_postgres(engine.url):
        return engine
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def is_collision(error: Exception) -> bool:
    """Whether a transaction failed only because another one was in its way: nothing of it was kept."""
    if isinstance(error, StaleDataError):  # the other one deleted the row that this one changes
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in COLLISIONS


def wait_for_turn(connection: Connection) -> None:
    """Let one machine at a time do what follows; the lock goes with the transaction, which may take its time."""
    connection.execute(text("SET LOCAL statement_timeout = 0"))
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": ALONE})
