"""What a browser fetches to open the wall of 300 people (1,000 cells and more) in the panel.

    python -m bench.open [--photos 300]

Opens the panel in a real Chromium of 400 x 800 with an empty cache, and counts every request and its bytes on the
wire, heads included, until nothing has been asked for during some seconds. Aims: at most 12 requests and 400 kB beside
the scripts and styles, and at most 150 kB of those.
"""

import argparse
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from bench.browser import ARGUMENTS, chromium
from bench.client import Caller, Server, join, open_event, send, serving, table, watching
from bench.photos import small_photos

SIZE = {"width": 400, "height": 800}
SENDERS = 6
PLACING_SECONDS = 300.0
STILL_SECONDS = 12.0  # longer than the pause between two rounds of improvement
SETTLING_SECONDS = 600.0
CALM_SECONDS = 5.0
LONGEST_SECONDS = 40.0
CODE_TYPES = ("Script", "Stylesheet")
REQUESTS_AIM, REST_AIM, CODE_AIM = 12, 400, 150  # requests, kB, kB


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.open")
    parser.add_argument("--photos", type=int, default=300)
    options = parser.parse_args(arguments)
    with serving() as server:
        code = open_event(server.port)
        _fill(server, code, options.photos)
        grid = _settled(server, code)
        traffic = _open_in_browser(f"http://127.0.0.1:{server.port}/e/{code}")
    print(
        f"a wall of {options.photos} photos on {grid['columns']} x {grid['rows']} cells, opened at 400 x 800"
    )
    _report(traffic)
    return 0


def _fill(server: Server, code: str, count: int) -> None:
    """Bring people with their photos; return when all are placed."""
    photos = small_photos(count)
    ids: list[int] = []

    def work(sender: int) -> None:
        with Caller(server.port) as caller:
            for number in range(sender, count, SENDERS):
                join(caller, code)
                ids.append(send(caller, photos[number], f"Ada {number}", f"I make bread number {number}"))

    with watching(server.port, code) as panel:
        threads = [threading.Thread(target=work, args=(sender,), daemon=True) for sender in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        panel.wait_for(ids, PLACING_SECONDS)


def _settled(server: Server, code: str) -> dict[str, Any]:
    """The grid, once the tiles are drawn too and quiet moments have nothing left to improve.

    What changes while a panel opens comes as changes, as for every open panel; here only the opening is counted.
    """
    revision, since = -1, time.monotonic()
    give_up = since + SETTLING_SECONDS
    while time.monotonic() - since < STILL_SECONDS:
        if time.monotonic() > give_up:
            raise TimeoutError("the wall does not come to rest")
        now = server.rows("SELECT revision, tiles_pending FROM walls")[0]
        if now != (revision, 0):
            revision, since = now[0], time.monotonic()
        time.sleep(0.2)
    time.sleep(1.5)  # the snapshot may be a second old
    with Caller(server.port) as caller:
        join(caller, code)
        grid: dict[str, Any] = caller.get("/api/wall")["grid"]
    return grid


@dataclass
class Fetched:
    """One request: how much of it came over the wire, and how much it is unpacked."""

    url: str
    kind: str
    method: str
    status: int = 0
    encoding: str = ""
    wire_bytes: int = 0
    plain_bytes: int = 0
    ended: bool = False

    @property
    def is_code(self) -> bool:
        return self.kind in CODE_TYPES


@dataclass
class Traffic:
    """Listens to what the browser says about its network."""

    fetched: dict[str, Fetched] = field(default_factory=dict)
    newest: float = field(default_factory=time.monotonic)

    def listen(self, session: Any) -> None:
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.responseReceived", self._answered)
        session.on("Network.dataReceived", self._received)
        session.on("Network.loadingFinished", self._ended)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": False})

    def _asked(self, event: dict[str, Any]) -> None:
        request = event["request"]
        if request["url"].startswith(("http:", "https:")):
            self.newest = time.monotonic()
            self.fetched[event["requestId"]] = Fetched(
                request["url"], event.get("type", "Other"), request["method"]
            )

    def _answered(self, event: dict[str, Any]) -> None:
        if each := self.fetched.get(event["requestId"]):
            response = event["response"]
            each.status = response["status"]
            each.encoding = {k.lower(): v for k, v in response["headers"].items()}.get("content-encoding", "")
            each.wire_bytes = max(each.wire_bytes, int(response["encodedDataLength"]))

    def _received(self, event: dict[str, Any]) -> None:
        if each := self.fetched.get(event["requestId"]):
            each.plain_bytes += event["dataLength"]
            each.wire_bytes += event["encodedDataLength"]

    def _ended(self, event: dict[str, Any]) -> None:
        if each := self.fetched.get(event["requestId"]):
            each.wire_bytes = int(event["encodedDataLength"])  # heads and body: the last word
            each.ended = True


def _open_in_browser(url: str) -> Traffic:
    from playwright.sync_api import sync_playwright

    traffic = Traffic()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport=SIZE)
        page.on("pageerror", lambda error: print(f"error in the page: {error}", file=sys.stderr))
        traffic.listen(page.context.new_cdp_session(page))
        began = traffic.newest = time.monotonic()
        page.goto(url, wait_until="domcontentloaded")
        while time.monotonic() - traffic.newest < CALM_SECONDS and time.monotonic() - began < LONGEST_SECONDS:
            page.wait_for_timeout(200)
        browser.close()
    return traffic


def _report(traffic: Traffic) -> None:
    everything = list(traffic.fetched.values())
    rows = [
        (
            f"{each.method} {_short(each.url)}",
            each.kind,
            each.status,
            each.encoding,
            f"{each.wire_bytes / 1000:.1f}",
            f"{each.plain_bytes / 1000:.1f}",
            "" if each.ended else "stays open",
        )
        for each in everything
    ]
    table("Requests", [("", "", "status", "packed", "kB on the wire", "kB unpacked", ""), *rows])
    code = [each for each in everything if each.is_code]
    rest = [each for each in everything if not each.is_code]
    table(
        "",
        [
            ("", "requests", "kB on the wire", "aim"),
            ("scripts and styles", len(code), _kilobytes(code), f"<= {CODE_AIM} kB"),
            ("the rest", len(rest), _kilobytes(rest), f"<= {REST_AIM} kB, <= {REQUESTS_AIM} requests"),
        ],
    )


def _short(url: str) -> str:
    parts = urlsplit(url)
    path = "/".join(part if len(part) < 32 else f"{part[:6]}…" for part in parts.path.split("/"))
    return path + (f"?{parts.query[:30]}" if parts.query else "")


def _kilobytes(fetched: Sequence[Fetched]) -> str:
    return f"{sum(each.wire_bytes for each in fetched) / 1000:.1f}"


if __name__ == "__main__":
    sys.exit(main())
