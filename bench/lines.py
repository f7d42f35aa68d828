"""Connections of a crowd: requests and answers, streams that are listened to, and when they heard of what."""

import asyncio
import time
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

PATIENCE_SECONDS = 120.0
REVISION = b'"revision":'


@dataclass
class Hearing:
    """When each listener heard of each revision."""

    revisions: "array[int]" = field(default_factory=lambda: array("q"))
    moments: "array[float]" = field(default_factory=lambda: array("d"))  # time.monotonic() of each

    def hear(self, data: bytes) -> None:
        """Note when a revision came. The last number in the data is the newest."""
        at = data.rfind(REVISION)
        if at < 0:
            return
        digits = data[at + len(REVISION) : at + len(REVISION) + 12]
        self.revisions.append(int(digits.split(b",", 1)[0].split(b"}", 1)[0]))
        self.moments.append(time.monotonic())

    def delays(self, committed: Mapping[int, float]) -> "array[float]":
        """Seconds from the moment of each revision, on the clock that all processes of a machine share."""
        pairs = zip(self.revisions, self.moments, strict=True)
        return array("d", (moment - committed[each] for each, moment in pairs if each in committed))


class Line(asyncio.Protocol):
    """One kept-open connection: a request and its answer, or a stream that is listened to."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._crowd: Hearing | None = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, request: bytes, crowd: "Hearing | None" = None) -> tuple[int, bytes]:
        """(status, body); of a stream its first event, and the `crowd` hears of the others."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._received.clear()
        self._crowd = crowd
        self._transport.write(request)
        return await asyncio.wait_for(self._answer, PATIENCE_SECONDS)

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            if self._crowd is not None:
                self._crowd.hear(data)
            return
        self._received += data
        head, ended, body = bytes(self._received).partition(b"\r\n\r\n")
        status = int(head[9:12]) if ended else 0
        if self._crowd is not None and status == 200:
            if b"data: " in body:
                self._done(status, body)
        elif ended and len(body) >= _length(head):
            self._done(status, body)

    def _done(self, status: int, body: bytes) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((status, body))
        self._answer = None

    def connection_lost(self, reason: Exception | None) -> None:
        self.is_lost = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("closed"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    return 0


async def connect(host: str, port: int) -> Line:
    _, line = await asyncio.get_running_loop().create_connection(Line, host, port)
    return line
