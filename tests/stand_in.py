"""What the stand-ins for platforms have in common: a real HTTP server on this machine, whose answers can go wrong."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

EVERYWHERE = "*"  # the path of a fault at each
HANG_SECONDS = 30.0
DRIP_SECONDS = 0.2


@dataclass
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(status: int, content: Any) -> Answer:
    return Answer(status, json.dumps(content).encode())


def as_form(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode()))


@dataclass
class StandIn:
    """Serves what `_answer` says, one at a time. `log` has what was asked: method, path, headers in lower case."""

    port: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    log: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                fake.serve(self)

            def do_POST(self) -> None:
                fake.serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.address = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def fault(self, path: str, kind: str = "status", times: int = 1, **options: Any) -> None:
        """Let the next `times` requests of `path` go wrong.

        Kinds: status (status=500, body={...}), slow (seconds=1), redirect (location=...), hang, drip, garbage.
        """
        self.faults.append({"path": path, "kind": kind, "times": times} | options)

    def asked(self, path: str) -> int:
        """How often `path` was requested."""
        return sum(each == path for _, each, _ in self.log)

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            self.log.append((handler.command, parts.path, headers))
            fault = self._next_fault(parts.path)
        if fault is not None and self._spoil(handler, fault):
            return
        with self._lock:
            answer = self._answer(handler.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
        self._send(handler, answer)

    def _answer(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> Answer:
        raise NotImplementedError

    def _next_fault(self, path: str) -> dict[str, Any] | None:
        for fault in self.faults:
            if fault["path"] in (path, EVERYWHERE) and fault["times"] > 0:
                fault["times"] -= 1
                return fault
        return None

    def _spoil(self, handler: BaseHTTPRequestHandler, fault: dict[str, Any]) -> bool:
        """Play a fault; whether the request is done with."""
        kind = fault["kind"]
        if kind == "slow":
            self._stopped.wait(fault.get("seconds", 1.0))
            return False
        if kind == "status":
            headers = {"Retry-After": str(fault["retry_after"])} if "retry_after" in fault else {}
            body = json.dumps(fault.get("body", {"code": 1, "message": "no"})).encode()
            self._send(handler, Answer(fault.get("status", 500), body, headers=headers))
        elif kind == "garbage":
            self._send(handler, Answer(200, b"<html>not what you asked for", "text/html"))
        elif kind == "redirect":
            self._send(handler, Answer(302, headers={"Location": fault["location"]}))
        elif kind == "hang":
            self._stopped.wait(HANG_SECONDS)
            handler.close_connection = True
        else:
            self._drip(handler)
        return True

    def _drip(self, handler: BaseHTTPRequestHandler) -> None:
        """A byte now and then: each arrives in time, the whole never does."""
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.close_connection = True
        give_up = time.monotonic() + HANG_SECONDS
        try:
            while time.monotonic() < give_up and not self._stopped.wait(DRIP_SECONDS):
                handler.wfile.write(b" ")
                handler.wfile.flush()
        except OSError:
            pass

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.content_type)
        handler.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)
