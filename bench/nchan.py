"""News to as many listeners through nginx with nchan, which passes messages on and does nothing else: how far are we
from a program in C?

    python -m bench.doors --nchan            after our own panels, on the same machine in the same run

Listeners connect as panels do, and each message is as long as one of ours. nginx has a worker for each core.
"""

import asyncio
import http.client
import json
import os
import tempfile
import time
from array import array
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from bench.client import HOST, free_port, share, table
from bench.generators import generators
from bench.lines import Hearing, Line, connect
from bench.nginx import Nginx
from bench.processes import busy_seconds, cpu_below, memory_below

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")  # Debian: libnginx-mod-nchan
MOST_FILES = 20_000
AT_ONCE = 200  # who connect in the same moment
SETTLING_SECONDS = 3.0
SUBSCRIBE = b"GET /listen HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n\r\n"


class Listeners(Hearing):
    """Connections that wait for messages."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []

    async def connect(self, port: int, count: int) -> int:
        while len(self._lines) < count:
            some = [await connect(HOST, port) for _ in range(min(AT_ONCE, count - len(self._lines)))]
            await asyncio.gather(*(each.ask(SUBSCRIBE, self) for each in some))
            self._lines += some
        return len(self._lines)

    async def heard(self, sent: Mapping[int, float]) -> "array[float]":
        return self.delays(sent)


async def listen(panels: int, changes: float, watch: float, processes: int) -> None:
    """Print how long messages take to so many listeners, and what that costs nginx."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _passing_on(Path(folder)) as server,
        generators(processes, Listeners) as crowds,
    ):
        assert server.process is not None
        pid = server.process.pid
        await asyncio.to_thread(_publish, server.port, 0)  # whoever connects gets the last message
        empty = memory_below(pid)
        listeners = sum(await crowds.all("connect", server.port, panels // processes))
        await asyncio.sleep(SETTLING_SECONDS)
        held = (memory_below(pid) - empty) / 1024 / listeners
        spent, own, busy, began = (
            cpu_below(pid),
            await crowds.processor_seconds(),
            busy_seconds(),
            time.monotonic(),
        )
        count, sent = max(1, int(watch * changes)), {}
        for number in range(1, count + 1):
            await asyncio.sleep(max(0.0, began + number / changes - time.monotonic()))
            sent[number] = time.monotonic()
            await asyncio.to_thread(_publish, server.port, number)
        took = time.monotonic() - began
        await asyncio.sleep(SETTLING_SECONDS)
        cost, whole, used = (
            cpu_below(pid) - spent,
            busy_seconds() - busy,
            await crowds.processor_seconds() - own,
        )
        delays = [each for part in await crowds.all("heard", sent) for each in part]
        table(
            f"The same through nginx with nchan: {listeners:,} listeners, {count} messages",
            [
                ("from sent to heard, s: p50", share(delays or [float("inf")], 50)),
                ("                       p99", share(delays or [float("inf")], 99)),
                ("messages a listener", len(delays) / listeners),
                ("nginx, s of processor", cost, f"in {took:.1f} s"),
                ("this program's, s", used),
                ("the whole machine's, s", whole),
                ("memory a listener, kB", held),
            ],
        )


def _publish(port: int, revision: int) -> None:
    change = {
        "revision": revision, "from": revision - 1, "generation": 1, "cells": [[revision % 1000, 1, 0]],
        "new": [], "gone": [], "count": 300, "patch": False, "tiles": [],
    }  # fmt: skip
    with closing(http.client.HTTPConnection(HOST, port, timeout=60)) as connection:
        body = json.dumps({"changes": [change], "revision": revision}, separators=(",", ":"))
        connection.request("POST", "/tell", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (201, 202):
            raise RuntimeError(f"nchan answered {answer.status}")


@contextmanager
def _passing_on(folder: Path) -> Iterator[Nginx]:
    if not MODULE.exists():
        raise SystemExit(
            "This needs nginx with nchan. On Debian: sudo apt-get install nginx libnginx-mod-nchan"
        )
    port = free_port()
    text = f"""
load_module {MODULE};
pid {folder / "pid"};
worker_processes {os.cpu_count() or 2};
worker_rlimit_nofile {MOST_FILES};
events {{ worker_connections {MOST_FILES}; }}
http {{
    access_log off;
    nchan_shared_memory_size 256m;
    server {{
        listen {HOST}:{port} backlog=4096;
        location = /tell {{ nchan_publisher; nchan_channel_id wall; }}
        location = /listen {{
            nchan_subscriber eventsource;
            nchan_channel_id wall;
            nchan_subscriber_first_message -1;
        }}
    }}
}}
"""
    server = Nginx(folder, port, text)
    server.start()
    try:
        yield server
    finally:
        server.stop()
