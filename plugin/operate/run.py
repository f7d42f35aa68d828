"""`mosaic run`: the whole service on one machine, under one supervisor."""

import fcntl
import os
import resource
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from plugin.operate.checks import (
    folder_refused,
    found_storage,
    line_of,
    migrate_database,
    recognise_keys,
    say,
    warning_about_redis,
)
from plugin.operate.supervisor import Program, StartError, Supervisor, labelled
from plugin.operate.valkey import redis_server
from plugin.settings import Settings, given
from plugin.state.draining import Draining
from plugin.state.measures import FOLDER
from plugin.state.queue import ERRANDS, FINISH_SECONDS, PRINT_FINISH_SECONDS

DEFAULT_DATA_FOLDER = "data"
ROLES = ("web", "prepare", "place", "print", "sweep", "errands")
# A stopped run may still be finishing its last photos when the next one starts.
LOCK_WAIT_SECONDS = 12.0
OPEN_FILES = 65_536
LISTEN_BACKLOG = 4096
STREAMS_PER_PROCESS = 30_000
WEB_MARGIN_SECONDS = 3  # beyond the time that it may drain
# Placing multiplies many small matrices, and so does cleaning a photo: threads would wait for each other, and there are
# as many who clean as there are cores.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
PYTHON = (sys.executable, "-P")  # a folder called worker where we were started is not our worker
WORKER_MARGIN_SECONDS = 3.0  # beyond the time that it may finish its job, to hand it back


def prepare_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with an absolute data folder and a secret; makes both where they are missing.

    Raises StartError when the folder cannot be written, and SettingsError.
    """
    ready = dict(environ)
    for name in ("REDIS_URL", "MOSAIC_BASE_URL"):  # for which there are others, should nobody give one
        if value := given(environ, name):
            ready[name] = value
    data_folder = Path(ready.get("MOSAIC_DATA") or DEFAULT_DATA_FOLDER).expanduser().absolute()
    ready["MOSAIC_DATA"] = str(data_folder)
    if not str(data_folder).isprintable():
        raise StartError(
            f"The data folder {str(data_folder)!r} has something in its name that cannot be written down. "
            "Choose another with --data or MOSAIC_DATA."
        )
    try:
        data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if "MOSAIC_SECRET_KEY" not in ready and "MOSAIC_SECRET_KEY_FILE" not in ready:
            ready["MOSAIC_SECRET_KEY_FILE"] = str(_secret_file(data_folder))
    except OSError as error:
        raise folder_refused(data_folder, error) from None
    return ready


def roles_in(text: str, environ: Mapping[str, str]) -> frozenset[str]:
    """Those that one machine of several takes, such as "web,prepare"; all of them for "". Raises StartError."""
    if not text.strip():
        return frozenset(ROLES)
    wished = frozenset(name.strip() for name in text.split(","))
    if unknown := sorted(wished - set(ROLES)):
        raise StartError(f"There is no role called {unknown[0]!r}; there are: {', '.join(ROLES)}. (--only)")
    if not given(environ, "REDIS_URL"):
        raise StartError("Machines that share the work share a Redis: set REDIS_URL. (--only)")
    return wished


def run(
    environ: Mapping[str, str],
    read: Callable[[Mapping[str, str]], Settings],
    roles: frozenset[str] = frozenset(ROLES),
) -> None:
    """Run what has these roles until told to stop; `read` makes the settings.

    Raises StartError or SettingsError at the start.
    """
    ready = prepare_environ(environ)
    settings = read(ready)
    is_web = "web" in roles
    with (
        only_run(settings.data_folder) as lock,
        _listen(settings.host, settings.port) if is_web else nullcontext() as listener,
        _listen_for_operator(settings, asked_for="MOSAIC_OPERATOR_ADDRESS" in ready) as operator,
        _measures_folder() as ready[FOLDER],
    ):
        if listener is not None:
            ready.setdefault("MOSAIC_BASE_URL", _guessed_base_url(settings.host, listener.getsockname()[1]))
            ready["MOSAIC_PORT"] = str(listener.getsockname()[1])
        _raise_open_files()
        migrate_database(settings)
        recognise_keys(settings)
        found_storage(settings)
        with redis_server(ready, settings.data_folder, lock.fileno()) as (ready["REDIS_URL"], servers):
            every = _programs(read(ready), ready, listener.fileno() if listener else -1, lock.fileno())
            programs = [each for each in every if each.name.partition("-")[0] in roles]
            if operator is not None:
                programs.append(_lookout(settings, ready, operator.fileno(), lock.fileno()))
            leave = partial(_leave, Draining.of(ready), listener, settings.drain_warning_seconds)
            supervisor = Supervisor([*servers, *programs], line=line_of(settings), leave=leave)
            if not servers and (warning := warning_about_redis(ready["REDIS_URL"])):
                supervisor.say(warning)
            _announce(supervisor, ready, listener)
            supervisor.run()


def _secret_file(data_folder: Path) -> Path:
    path = data_folder / "secret.key"
    with suppress(FileExistsError):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w") as secret:
            secret.write(secrets.token_urlsafe(48) + "\n")
    return path


@contextmanager
def only_run(data_folder: Path) -> Iterator[IO[str]]:
    """Hold the folder's lock. The programs inherit it, so it is free only when the last of them has ended."""
    with _lock_file(data_folder) as lock:
        deadline = time.monotonic() + LOCK_WAIT_SECONDS
        if is_busy := not _try_lock(lock):
            print(labelled(f"Another run uses {data_folder}; waiting for it to end ..."), flush=True)
        while is_busy and not _try_lock(lock):
            if time.monotonic() > deadline:
                lock.seek(0)
                raise StartError(
                    f"Another `mosaic run` (process {lock.read().strip() or 'unknown'}) uses {data_folder}. "
                    "Stop it first, or choose another folder with --data."
                )
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield lock


def _lock_file(data_folder: Path) -> IO[str]:
    try:
        return open(data_folder / "run.lock", "a+")
    except OSError as error:
        raise folder_refused(data_folder, error) from None


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _socket_for(host: str, port: int) -> tuple[socket.socket, Any]:
    """(an unbound socket of the right kind, the address to bind it to). Raises StartError."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.socket(family, kind, protocol), address
    except OSError as error:
        raise StartError(f"The address {host} is not known: {error.strerror}. See --host.") from None


def _listen(host: str, port: int) -> socket.socket:
    """The web server's socket, opened here: nobody is refused while a web process starts again."""
    listener, address = _socket_for(host, port)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(LISTEN_BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(
            f"Cannot listen on {host} port {port}: {error.strerror}. "
            "Stop the program that uses it, or choose another with --port or MOSAIC_PORT."
        ) from None
    return listener


@contextmanager
def _listen_for_operator(settings: Settings, *, asked_for: bool) -> Iterator[socket.socket | None]:
    """The socket of the lookout. Several may run on one machine: who did not ask for the address does without it."""
    if not settings.operator_address:
        yield None
        return
    host, _, port = settings.operator_address.rpartition(":")
    try:
        listener = _listen(host.strip("[]"), int(port))
    except StartError as error:
        if asked_for:
            raise StartError(f"{error} (MOSAIC_OPERATOR_ADDRESS)") from None
        say(settings, f"{settings.operator_address} is in use: no /metrics (MOSAIC_OPERATOR_ADDRESS).")
        yield None
        return
    with listener:
        yield listener


def _leave(draining: Draining, listener: socket.socket | None, warning_seconds: float) -> Iterator[float]:
    """Tell balancers that this machine goes, and then let nobody in: who is refused is sent to another at once, while
    who is let in and waits for an answer would wait until the end."""
    draining.begin()
    if listener is not None:
        yield warning_seconds
        listener.close()


@contextmanager
def _measures_folder() -> Iterator[str]:
    """Where all processes count, in memory where there is some: on a slow disk, counting could stall them."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - only a folder of our own in it
    with tempfile.TemporaryDirectory(prefix="mosaic-", dir=memory) as folder:
        yield folder


def _guessed_base_url(host: str, port: int) -> str:
    """Where a browser finds us when the operator did not say: this machine's own address on its network."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = _network_address()
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _network_address() -> str:
    """The address of the interface with the default route. Connecting a datagram socket sends nothing."""
    documentation_address = "192.0.2.1"  # RFC 5737: never assigned
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect((documentation_address, 9))
        return str(probe.getsockname()[0])
    return "127.0.0.1"


def _raise_open_files() -> None:
    """Ten thousand open panels are ten thousand open files; the usual soft limit is 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _programs(settings: Settings, environ: Mapping[str, str], listener: int, lock: int) -> list[Program]:
    web = Program(
        name="web",
        command=(*PYTHON, "-m", "gunicorn", *_gunicorn_options(settings, listener)),
        environ=environ,
        stop_rank=1,
        stop_seconds=settings.drain_seconds + WEB_MARGIN_SECONDS,
        keep_open=(listener, lock),
    )
    roles = [f"prepare-{number + 1}" for number in range(settings.prepare_workers)]
    workers = [_worker(role, environ, lock) for role in (*roles, "place", "print", "sweep")]
    return [web, *workers, *_errands(settings, environ, lock)]


def _worker(role: str, environ: Mapping[str, str], lock: int) -> Program:
    """A worker process; `prepare-2` is the second of that role."""
    return Program(
        name=role,
        command=(*PYTHON, "-m", "worker", role.partition("-")[0]),
        environ=environ if role in ("print", "sweep") else {**ONE_THREAD, **environ},
        stop_rank=2,
        stop_seconds=(PRINT_FINISH_SECONDS if role == "print" else FINISH_SECONDS) + WORKER_MARGIN_SECONDS,
        keep_open=(lock,),
    )


def _errands(settings: Settings, environ: Mapping[str, str], lock: int) -> list[Program]:
    """The process that goes to platforms and posts mail, where there are any."""
    if not settings.has_errands:
        return []
    return [
        Program(
            name="errands",
            command=(sys.executable, "-P", "-m", "plugin.platforms.errands"),
            environ=environ,
            stop_rank=2,
            stop_seconds=FINISH_SECONDS + WORKER_MARGIN_SECONDS,
            keep_open=(lock,),
        )
    ]


def _lookout(settings: Settings, environ: Mapping[str, str], operator: int, lock: int) -> Program:
    looks_for = [ERRANDS] if settings.has_errands else []  # it knows no platforms itself
    return Program(
        name="lookout",
        command=(*PYTHON, "-m", "plugin.operate.lookout", str(operator), *looks_for),
        environ=environ,
        stop_rank=2,
        stop_seconds=2,
        keep_open=(operator, lock),
    )


def _gunicorn_options(settings: Settings, listener: int) -> list[str]:
    options = [
        "--worker-class=plugin.web.request.draining.Server",
        f"--workers={settings.web_processes}",
        f"--bind=fd://{listener}",
        f"--backlog={LISTEN_BACKLOG}",
        f"--worker-connections={STREAMS_PER_PROCESS}",
        f"--graceful-timeout={settings.drain_seconds}",
        "--timeout=60",
        "--keep-alive=75",  # longer than the 60 s of common proxies, so that they close first
        "--no-control-socket",
        "--log-level=warning",
    ]
    if os.access("/dev/shm", os.W_OK):  # noqa: S108 - gunicorn makes an unnamed file there
        # The heartbeat's file; on a slow disk, touching it can stall the whole process.
        options.append("--worker-tmp-dir=/dev/shm")
    return [*options, "plugin.app:create_app_from_environ()"]


def _announce(supervisor: Supervisor, environ: Mapping[str, str], listener: socket.socket | None) -> None:
    """Say the address as soon as the service answers."""
    if listener is None:
        supervisor.say("This machine only works for others   (Ctrl-C stops it)")
        return
    base_url = environ["MOSAIC_BASE_URL"]
    host, port = listener.getsockname()[:2]
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound

    def announce() -> None:
        wait_for(lambda: answers(_guessed_base_url(local, port) + "/healthz"))
        supervisor.say(f"Virtual Mosaic is at {base_url}   (Ctrl-C stops it)")
        if urlsplit(base_url).hostname in ("127.0.0.1", "::1", "localhost"):
            supervisor.say("Only this computer can open it. For phones near you: mosaic run --host 0.0.0.0")

    threading.Thread(target=announce, daemon=True).start()


def answers(url: str) -> bool:
    """Whether a web server says 200 there."""
    direct = build_opener(ProxyHandler({}))  # a proxy for the outside does not know this machine's inside
    try:
        with direct.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (URLError, OSError, HTTPException):
        return False


def wait_for(is_so: Callable[[], bool], pause_seconds: float = 0.1) -> None:
    """Return once `is_so` says yes."""
    while not is_so():
        time.sleep(pause_seconds)
