"""What the service stands on: database, Redis, storage, workers."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.exceptions import RedisError, ResponseError
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from plugin.operate.checks import REDIS_SECONDS, warning_about_redis
from plugin.operate.doctor.patient import Hint, Ill, Patient
from plugin.operate.supervisor import StartError
from plugin.state.db import Database, steps, url_of
from plugin.state.fingerprints import Fingerprint, fingerprint
from plugin.state.keys import doctor_key
from plugin.state.queue import NEEDED_WORKERS, SIGN_SECONDS, Jobs, connect
from plugin.state.storage import Storage, StorageError

LARGEST_DRIFT_SECONDS = 5.0
NOTHING_WRITTEN = {"appendonly": "no", "save": ""}


@contextmanager
def _opened(patient: Patient) -> Iterator[Database]:
    """Raises Ill. A file of SQLite that is not there is not made."""
    url = url_of(patient.settings)
    path = url.database or ""
    database = Database(patient.settings)
    try:
        if url.get_backend_name() == "sqlite":
            with open(path, "rb"):
                pass
        yield database
    except FileNotFoundError:
        raise Ill(f"There is no database at {path} yet. `mosaic run` or `mosaic migrate` makes it.") from None
    except (SQLAlchemyError, ImportError, OSError) as error:
        cause = str(getattr(error, "orig", None) or error).strip()
        raise Ill(f"It cannot be used: {cause} (MOSAIC_DATABASE_URL)") from None
    finally:
        database.dispose()


def database(patient: Patient) -> str:
    with _opened(patient) as opened, opened.read() as session:
        dialect = session.get_bind().dialect
        session.execute(text("SELECT 1"))
        known = ".".join(str(each) for each in dialect.server_version_info or ())
        return f"{dialect.name} {known} answers"


def schema(patient: Patient) -> str:
    with _opened(patient) as opened:
        at, newest = steps(opened)
    if at == newest:
        return f"at its newest step, {newest}"
    raise Ill(
        f"It is at step {at or 'none'}, and this version wants {newest}. Back up, then: mosaic migrate. "
        "If a newer version was here before, start that one."
    )


def keys(patient: Patient) -> str:
    """By their fingerprints: this machine understands the others only with one of their keys."""
    with _opened(patient) as opened, opened.read() as session:
        known = set(session.scalars(select(Fingerprint.digest)))
    ours = {fingerprint(key) for key in patient.settings.secret_keys}
    if known and not known & ours:
        raise Ill(
            "The database was used with another secret key than this machine has. Copy the key of a machine that runs; "
            "if it is lost: mosaic keys forget"
        )
    if lost := known - ours:
        raise Hint(
            f"The database was used with {len(lost)} more than this machine has. If nobody uses them any more: "
            "mosaic keys"
        )
    return f"the database knows all {len(ours)} of this machine"


def redis(patient: Patient) -> str:
    try:
        warning = warning_about_redis(patient.settings.redis_url)
    except StartError as error:
        raise Ill(str(error)) from None
    if warning is not None:
        raise Ill(f"{warning} With an own Valkey: is `mosaic run` running?")
    with _asked(patient) as asked:
        about = asked.info("server")
    return (
        f"{about.get('server_name', 'redis')} {about.get('valkey_version') or about['redis_version']} answers"
    )


def redis_keeps(patient: Patient) -> str:
    with _asked(patient) as asked:
        try:
            said = asked.config_get("appendonly", "save", "maxmemory", "maxmemory-policy")
        except ResponseError:
            raise Hint(
                "It does not say how it keeps things, as with many that are rented. See in its console."
            ) from None
    if said.get("maxmemory", "0") != "0" and said.get("maxmemory-policy") != "noeviction":
        raise Ill(
            f"When its memory is full it throws jobs away ({said['maxmemory-policy']}). "
            "Set maxmemory-policy to noeviction."
        )
    if all(said.get(name, "") == value for name, value in NOTHING_WRITTEN.items()):
        raise Ill(
            "It keeps nothing on disk: after its restart all that waits is asked for anew, and who is here is not "
            "known. Set: appendonly yes"
        )
    return "it is written to disk, and nothing is thrown away"


@contextmanager
def _asked(patient: Patient) -> Iterator[Redis]:
    url = patient.settings.redis_url
    try:
        with Redis.from_url(
            url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS, decode_responses=True
        ) as asked:
            yield asked
    except RedisError as error:
        raise Ill(f"Redis does not answer ({type(error).__name__}): see above.") from None


def redis_clock(patient: Patient) -> str:
    with _asked(patient) as asked:
        before = time.time()
        seconds, millionths = asked.time()
        drift = seconds + millionths / 1e6 - (before + time.time()) / 2
    return drifted("Redis", drift)


def drifted(name: str, seconds: float) -> str:
    """What to say of a clock that is so far from ours; raises Ill where it is too far."""
    if abs(seconds) > LARGEST_DRIFT_SECONDS:
        raise Ill(
            f"The clocks of {name} and of this machine are {abs(seconds):,.0f} s apart: tickets and breaks count by "
            "them. Let both follow a time server (timedatectl set-ntp true)."
        )
    return f"within {LARGEST_DRIFT_SECONDS:.0f} s of ours"


def storage(patient: Patient) -> str:
    """Whether it is there, and takes, gives and forgets."""
    where = patient.settings.resolved_storage_url
    store, key, data = Storage.of(patient.settings), doctor_key(secrets.token_hex(8)), secrets.token_bytes(64)
    if not store.is_there():
        raise Ill(
            f"{where} is not there. A folder: is its disk mounted? A bucket: is it made, and are its address and "
            "rights right? (MOSAIC_STORAGE_URL, MOSAIC_S3_...)"
        )
    try:
        store.put(key, data)
        is_same = store.get(key) == data
        store.delete(key)
    except (OSError, StorageError) as error:
        raise Ill(
            f"{where} does not take, give or forget a file: {error}. See its rights in docs/operate."
        ) from None
    if not is_same:
        raise Ill(f"{where} gives back other bytes than it was given.")
    return f"{where} takes, gives and forgets"


def workers(patient: Patient) -> str:
    has_errands = patient.settings.has_errands
    with connect(patient.settings.redis_url) as asked:
        signs = Jobs(asked).signs(time.time(), has_errands=has_errands)
    silent = [role for role, age in signs.items() if age is None or age > SIGN_SECONDS]
    if needed := [role for role in silent if role != "print"]:
        raise Ill(
            f"No sign of life from {', '.join(needed)}. Start them, here or on another machine: "
            f"mosaic run --only {','.join(needed)}"
        )
    if silent:
        raise Hint("Nobody makes posters and films: mosaic run --only print")
    return f"{', '.join(signs)} live" if signs else f"{', '.join(NEEDED_WORKERS)} live"
