"""What the benches have in common: the real service with a data folder of its own, and people who use it over HTTP."""

import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 180.0  # on a busy machine; whoever has ended is noticed at once
STOP_SECONDS = 30.0
CALL_SECONDS = 60.0
IDLE_SECONDS = 30.0  # less than the service keeps a connection
JPEG = "image/jpeg"
NO_SETTINGS: Mapping[str, str] = {}


class Unanswered(Exception):  # noqa: N818 - says what happened
    """A call that did not get the answer it needs."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status


# ---- the service ------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """A running `mosaic run`. Its log is a file beside the data, shown when something goes wrong."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.data / 'redis' / 'redis.sock'}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query finds in the service's database, read beside it."""
        with closing(sqlite3.connect(self.data / "mosaic.sqlite3", timeout=10)) as connection:
            return connection.execute(query, parameters).fetchall()

    def is_up(self) -> bool:
        with suppress(OSError, http.client.HTTPException, Unanswered), Caller(self.port) as caller:
            return bool(caller.get("/healthz")["ok"])
        return False


@contextmanager
def serving(
    options: Sequence[str] = (),
    settings: Mapping[str, str] = NO_SETTINGS,
    port: int = 0,
    folder: Path | None = None,
) -> Iterator[Server]:
    """Run the whole service, as `mosaic run` does, on a free port with an empty data folder; stop it at the end.

    With a `folder` of the caller's it goes on with what lies there, and leaves it.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that `timeout` leaves nothing running
    is_own = folder is None
    folder = folder or Path(tempfile.mkdtemp(prefix="mosaic-bench-"))
    server = started(options, settings, port or free_port(), folder)
    try:
        wait_until_up(server)
        yield server
    except BaseException:
        print("".join(f"    {line}\n" for line in server.log.splitlines()[-25:]), file=sys.stderr)
        raise
    finally:
        stop(server.process)
        if is_own:
            shutil.rmtree(folder, ignore_errors=True)


def started(options: Sequence[str], settings: Mapping[str, str], port: int, folder: Path) -> Server:
    """The service as it begins, on what lies in the folder; its log goes on."""
    command = [sys.executable, "-m", "plugin.cli", "run", "--port", str(port), "--data", str(folder / "data")]
    with open(folder / "log", "ab") as log:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env=_clean_environ() | dict(settings),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
    return Server(port, folder, process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _clean_environ() -> dict[str, str]:
    """Nobody's settings but the defaults; and all those people may come from this one machine, as quick as it is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOSAIC_", "REDIS_"))}
    return kept | {"MOSAIC_PHOTOS_AT_ONCE": "1000000", "MOSAIC_GUESTS_AN_HOUR": "1000000"}


def wait_until_up(server: Server) -> None:
    give_up = time.monotonic() + START_SECONDS
    while not server.is_up():
        if server.process.poll() is not None or time.monotonic() > give_up:
            raise RuntimeError("the service did not start")
        time.sleep(0.1)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()  # its children get a SIGTERM from the kernel
        process.wait()


# ---- people -----------------------------------------------------------------------------------------------------


class Caller:
    """One kept-open connection, as a browser has it. One that was idle for long is not trusted: the service may be
    closing it at this moment."""

    def __init__(self, port: int, token: str = "") -> None:
        self.token = token
        self._used_at = 0.0
        self._connection = http.client.HTTPConnection(HOST, port, timeout=CALL_SECONDS)

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str) -> Any:
        return json.loads(self.fetch(path))

    def fetch(self, path: str) -> bytes:
        return self.call("GET", path)

    def post(self, path: str, body: Any) -> Any:
        return json.loads(self.call("POST", path, json.dumps(body).encode(), "application/json"))

    def call(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "", **headers: str
    ) -> bytes:
        """The body of a 2xx answer. Raises Unanswered, OSError or HTTPException."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if content_type:
            sent["Content-Type"] = content_type
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            self._connection.close()
        try:
            self._connection.request(method, path, body, sent)
            answer = self._connection.getresponse()
            data = answer.read()
            self._used_at = time.monotonic()
        except (OSError, http.client.HTTPException):
            self._connection.close()  # the next call opens a new one
            raise
        if answer.status >= 300:
            raise Unanswered(answer.status, data[:300])
        return data


def open_event(port: int, target: bytes = b"") -> str:
    """Open a coffee break by a picture, or by the sunrise; its join code."""
    return open_hosted(port, target)[0]


def open_hosted(port: int, target: bytes = b"") -> tuple[str, str]:
    """The same; its join code and its host key."""
    fields = {"name": "Bench"} if target else {"name": "Bench", "target_name": "sunrise"}
    body, content_type = multipart(fields, {"target": target} if target else {})
    with Caller(port) as caller:
        opened = json.loads(caller.call("POST", "/api/events", body, content_type))
    return str(opened["code"]), str(opened["host_url"]).partition("#")[2]


def join(caller: Caller, code: str, **more: str) -> None:
    """Come in as a new guest, or with a `host_key` as the host."""
    caller.token = ""
    caller.token = caller.post("/api/join", {"code": code, **more})["token"]


def send(caller: Caller, photo: bytes, name: str, story: str, key: str | None = None) -> int:
    """Send a photo; its id from the 202."""
    body, content_type = multipart({"name": name, "story": story}, {"photo": photo})
    answer = caller.call(
        "POST", "/api/photos", body, content_type, Idempotency_Key=key or secrets.token_hex(16)
    )
    return int(json.loads(answer)["photo"]["id"])


def multipart(fields: Mapping[str, str], files: Mapping[str, bytes]) -> tuple[bytes, str]:
    """(body, content type) of a form as browsers send it."""
    mark = secrets.token_hex(16)
    head = f'--{mark}\r\nContent-Disposition: form-data; name="{{}}"'
    parts = [f"{head.format(name)}\r\n\r\n{value}\r\n".encode() for name, value in fields.items()]
    for name, data in files.items():
        about = f'{head.format(name)}; filename="photo.jpg"\r\nContent-Type: {JPEG}\r\n\r\n'
        parts += [about.encode(), data, b"\r\n"]
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"


# ---- an open panel ----------------------------------------------------------------------------------------------


@dataclass
class Panel:
    """Somebody who watches: reads the live stream on a connection of its own and notes when each photo arrived, and
    each hint that there is news of their own. A new guest, where no token says who it is."""

    port: int
    code: str
    token: str = ""
    hints: list[float] = field(default_factory=list)  # time.time() of each
    seen: dict[int, float] = field(default_factory=dict)  # photo id -> time.time() when its change was read
    gaps: int = 0
    streams: int = 0
    _news: threading.Condition = field(default_factory=threading.Condition)
    _open: bool = True

    def watch_until_closed(self) -> None:
        with Caller(self.port, self.token) as caller:
            if not self.token:
                join(caller, self.code)
            revision = caller.get("/api/wall")["revision"]
        while self._open:
            try:
                revision = self._read_stream(caller.token, revision)
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)

    def _read_stream(self, token: str, revision: int) -> int:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=CALL_SECONDS)
        with closing(connection):
            connection.request(
                "GET", f"/api/live?since={revision}", headers={"Authorization": f"Bearer {token}"}
            )
            answer = connection.getresponse()
            if answer.status != 200:
                raise OSError(f"no stream: {answer.status}")
            self.streams += 1
            kind = ""
            while self._open and (line := answer.readline()):
                name, _, value = line.rstrip(b"\r\n").partition(b": ")
                if name == b"event":
                    kind = value.decode()
                elif name == b"data":
                    revision = self._note(kind, json.loads(value), revision)
        return revision

    def _note(self, kind: str, data: Any, revision: int) -> int:
        now = time.time()
        if kind == "gap":
            self.gaps += 1
        if kind == "me":
            self.hints.append(now)
        if kind != "changes":
            return revision
        with self._news:
            for change in data["changes"]:
                for photo in change["photos"]:
                    self.seen.setdefault(photo["id"], now)
            self._news.notify_all()
        return int(data["revision"])

    def wait_for(self, photo_ids: Sequence[int], seconds: float) -> None:
        """Return when all these photos have arrived. Raises TimeoutError."""
        with self._news:
            if not self._news.wait_for(lambda: self.seen.keys() >= set(photo_ids), seconds):
                raise TimeoutError(f"{len(set(photo_ids) - self.seen.keys())} photos did not arrive")

    def close(self) -> None:
        self._open = False


@contextmanager
def watching(port: int, code: str, token: str = "") -> Iterator[Panel]:
    """An open panel, from when its stream stands."""
    panel = Panel(port, code, token)
    threading.Thread(target=panel.watch_until_closed, daemon=True).start()
    give_up = time.monotonic() + START_SECONDS
    while not panel.streams:
        if time.monotonic() > give_up:
            raise TimeoutError("no live stream")
        time.sleep(0.02)
    try:
        yield panel
    finally:
        panel.close()


# ---- tables -----------------------------------------------------------------------------------------------------


def table(title: str, rows: Sequence[Sequence[object]]) -> None:
    """Print rows under a title, the first column to the left, the others to the right."""
    texts = [[each if isinstance(each, str) else _number(each) for each in row] for row in rows]
    widths = [
        max(len(row[column]) for row in texts if column < len(row)) for column in range(max(map(len, texts)))
    ]
    print(f"\n{title}")
    for row in texts:
        cells = [
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=False))
        ]
        print("  " + "  ".join(cells).rstrip())


def _number(value: object) -> str:
    return (
        f"{value:,.2f}"
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else str(value)
    )


def share(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100).__int__() - 1)]
