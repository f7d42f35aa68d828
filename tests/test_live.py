"""The live stream as panels get it: real gunicorn with gevent, real sockets, real Valkey."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import update

from plugin.state.encounters import Line
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Service, environ_for, photo_bytes
from tests.gatherings import Guest, gather
from tests.test_lines import get_in, in_the_line_phase

PATIENCE_SECONDS = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def web_process(environ: dict[str, str]) -> Iterator[int]:
    """A web process on a port of its own, stopped as the supervisor stops it."""
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "--worker-class", "gevent", "--bind", f"127.0.0.1:{port}",
        "--no-control-socket", "--graceful-timeout", "0", "--log-level", "warning",
        "plugin.app:create_app_from_environ()",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=os.environ | environ)
    try:
        wait_until(lambda: answers(port))
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def wait_until(is_so: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < give_up, "it took too long"
        time.sleep(0.05)


@pytest.fixture
def port(service: Service) -> Iterator[int]:
    with web_process(environ_for(service.settings)) as port:
        yield port


class Stream:
    """A panel's end of the live stream."""

    def __init__(self, port: int, token: str, since: int | None = None, path: str = "/api/live") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        path = path if since is None else f"{path}?since={since}"
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        self.answer = self._connection.getresponse()

    def events(self) -> Iterator[tuple[str, Any]]:
        name = ""
        while line := self.answer.readline():
            kind, _, value = line.decode().rstrip("\n").partition(": ")
            if kind == "event":
                name = value
            elif kind == "data":
                yield name, json.loads(value)

    def next(self, wanted: str) -> Any:
        for name, data in self.events():
            if name == wanted:
                return data
        raise AssertionError(f"the stream ended before {wanted}")

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


@contextmanager
def stream(port: int, token: str, since: int | None = None) -> Iterator[Stream]:
    panel = Stream(port, token, since)
    try:
        yield panel
    finally:
        panel.close()


def place(event: Event, number: int) -> int:
    """Somebody's photo comes onto the wall; its id."""
    person = event.join()
    photo_id = int(person.send(photo_bytes(number), on_stage="1" if number % 2 else "0").json["photo"]["id"])
    event.service.run_jobs()
    return photo_id


def new_photos(changes: Any) -> list[int]:
    return [photo["id"] for change in changes["changes"] for photo in change["photos"]]


def test_an_open_panel_gets_what_is_placed_without_asking(service: Service, port: int) -> None:
    event = service.open_event()
    with stream(port, event.join().token) as panel:
        assert panel.answer.status == 200
        assert panel.answer.getheader("Content-Type") == "text/event-stream"
        assert panel.next("status")["delayed"] is False
        photo_id = place(event, 1)
        changes = panel.next("changes")
        assert new_photos(changes) == [photo_id]
        assert changes["changes"][0]["from"] < changes["revision"]


def asked(port: int, person: Guest, path: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    with closing(connection):
        connection.request("GET", path, headers={"Authorization": f"Bearer {person.token}"})
        return json.loads(connection.getresponse().read())


def test_a_tab_in_the_background_learns_of_a_hello_and_is_not_taken_for_here(
    service: Service, port: int
) -> None:
    ada, ben = gather(service, 2)
    wait_until(lambda: asked(port, ada, "/api/news?heard=0")["me"] is not None)
    before = asked(port, ada, "/api/news?heard=0")
    assert set(before) == {"heard", "me"}
    ben.say(ada)
    wait_until(lambda: asked(port, ada, f"/api/news?heard={before['heard']}")["me"])
    presence = service.app.extensions[EXTENSION].batches.presence
    assert ada.id not in presence.surely_here(1, time.time())


def test_who_polls_hears_of_a_hello_that_only_the_stream_told(service: Service, port: int) -> None:
    ada, ben = gather(service, 2)

    def poll(heard: int) -> Any:
        return asked(port, ada, f"/api/changes?since=1&heard={heard}")

    wait_until(lambda: poll(0)["me"] is not None)  # it listens to the others by now
    before = poll(0)
    assert before["me"] is False
    ben.say(ada)
    wait_until(lambda: poll(before["heard"])["me"])
    assert {"changes", "here", "state", "delayed"} <= before.keys()
    wait_until(lambda: not poll(poll(before["heard"])["heard"])["me"])  # it was told once


def test_ones_other_devices_hear_of_what_one_did_oneself(service: Service, port: int) -> None:
    ada, ben, cleo = gather(service, 3)

    def heard(before: int = 0) -> Any:
        return asked(port, ada, f"/api/news?heard={before}")

    def is_heard_of(method: str, path: str, **body: Any) -> None:
        before = heard()["heard"]
        assert ada.call(method, path, json=body).status_code < 300
        wait_until(lambda: heard(before)["me"])

    wait_until(lambda: heard()["me"] is not None)
    is_heard_of("POST", "/api/hellos", photo=ben.photo_id, opener="story_more")
    is_heard_of("PATCH", "/api/me", title="Gardener")
    before = heard()["heard"]
    theirs = cleo.say(ada)["id"]
    wait_until(lambda: heard(before)["me"])  # of that itself, and not of what comes now
    is_heard_of("POST", f"/api/hellos/{theirs}/decline")
    is_heard_of("POST", "/api/block", photo=ben.photo_id)


def test_who_polls_hears_of_a_refusal_and_of_the_line(service: Service, port: int) -> None:
    event = service.open_event()
    ada, ben = gather(service, 2, event)

    def poll(heard: int) -> Any:
        return asked(port, ada, f"/api/changes?since=1&heard={heard}")

    wait_until(lambda: poll(0)["me"] is not None)
    before = poll(0)["heard"]
    ada.send(photo_bytes("red", (800, 600))[:1500])
    service.run_jobs()
    wait_until(lambda: poll(before)["me"])
    assert ada.get("/api/me")["photos"][0]["state"] == "refused"
    before = poll(before)["heard"]
    in_the_line_phase(service, event)
    wait_until(lambda: poll(before)["break"] is not None)
    assert poll(before)["me"] is False
    get_in(ada, ben)
    with service.shop.database.write() as session:
        session.execute(update(Line).values(moves_at=0.0))
    assert ben.get("/api/line")["line"]["state"] == "together"
    wait_until(lambda: poll(before)["me"])
    assert ada.get("/api/line")["line"]["state"] == "together"


def test_a_panel_that_comes_back_gets_what_it_missed_first(service: Service, port: int) -> None:
    event = service.open_event()
    panel_token = event.join().token
    since = event.join().get("/api/wall")["revision"]
    missed = [place(event, 1), place(event, 2)]
    with stream(port, panel_token, since) as panel:
        assert new_photos(panel.next("changes")) == missed
        later = place(event, 3)
        assert new_photos(panel.next("changes")) == [later]


def test_a_panel_that_opens_before_the_others_were_told_stops_nobody(service: Service, port: int) -> None:
    event = service.open_event()
    with stream(port, event.join().token) as first:
        assert first.next("status")["delayed"] is False
        for number in range(1, 4):
            photo_id = place(event, number)
            # Told in batches: this panel comes while the first one has not heard of the photo yet.
            with stream(port, event.join().token) as late:
                assert late.next("status")["delayed"] is False
                # Tiles may come in a batch of their own, before it.
                while not (arrived := new_photos(first.next("changes"))):
                    pass
                assert arrived == [photo_id]


def test_two_panels_and_a_stage_get_what_is_theirs(service: Service, port: int) -> None:
    event, other = service.open_event(), service.open_event()
    tokens = [event.join().token, event.join().token]
    with (
        stream(port, tokens[0]) as first,
        stream(port, tokens[1]) as second,
        stream(port, event.stage().token) as stage,
        stream(port, other.join().token) as elsewhere,
    ):
        for panel in (first, second, stage, elsewhere):
            panel.next("status")
        hidden = place(event, 2)
        shown = place(event, 1)
        seen = [new_photos(panel.next("changes")) for panel in (first, second)]
        for panel, known in ((first, seen[0]), (second, seen[1])):
            while shown not in known:
                known += new_photos(panel.next("changes"))
        assert seen == [[hidden, shown], [hidden, shown]]
        staged: list[int] = []
        while shown not in staged:
            staged += new_photos(stage.next("changes"))
        assert staged == [shown]
        foreign = place(other, 5)
        assert new_photos(elsewhere.next("changes")) == [foreign]


def test_a_refusal_reaches_its_sender_and_nobody_else(service: Service, port: int) -> None:
    event = service.open_event()
    ada, ben = event.join(), event.join()
    with stream(port, ada.token) as hers, stream(port, ben.token) as his:
        for panel in (hers, his):
            panel.next("status")
        ada.send(photo_bytes("red", (800, 600))[:1500])
        service.run_jobs()
        assert hers.next("me") == {}
        photo_id = place(event, 1)
        name, data = next(his.events())
        assert (name, new_photos(data)) == ("changes", [photo_id])


def test_panels_are_told_when_the_event_closes(service: Service, port: int) -> None:
    event = service.open_event()
    with stream(port, event.join().token) as panel:
        panel.next("status")
        event.host().call("POST", "/api/host/state", json={"state": "closed"})
        assert panel.next("status") == {"state": "closed"}


@pytest.mark.parametrize("since", [999_999])
def test_a_panel_from_the_future_is_told_to_fetch_the_snapshot(
    service: Service, port: int, since: int
) -> None:
    event = service.open_event()
    with stream(port, event.join().token, since) as panel:
        assert panel.next("gap") == {}


def test_nobody_listens_without_a_token(service: Service, port: int) -> None:
    service.open_event()
    with stream(port, "forged") as panel:
        assert panel.answer.status == 401


def test_panels_that_go_away_do_not_stop_the_others(service: Service, port: int) -> None:
    event = service.open_event()
    with stream(port, event.join().token) as staying:
        staying.next("status")
        for _ in range(20):
            with stream(port, event.join().token) as leaving:
                leaving.next("status")
        seen = [place(event, 1), place(event, 3)]
        known: list[int] = []
        while len(known) < 2:
            known += new_photos(staying.next("changes"))
        assert known == seen


def test_without_redis_panels_are_told_of_the_delay_and_still_get_what_is_placed(service: Service) -> None:
    event = service.open_event()
    environ = environ_for(service.settings) | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    with web_process(environ) as port, stream(port, event.join().token) as panel:
        statuses = (panel.next("status")["delayed"] for _ in range(2))
        assert True in statuses
        photo_id = place(event, 1)
        assert new_photos(panel.next("changes")) == [photo_id]


# ---- framing ----------------------------------------------------------------------------------------------------


def spoken(port: int, *parts: bytes) -> bytes:
    """The first bytes of the answer to a request written by hand."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        for part in parts:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        return connection.recv(200)


def test_bad_framing_is_the_senders_fault(port: int) -> None:
    head = b"POST /api/join HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for body in (
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"Content-Length: 10\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n{}",
        b"Content-Length: x\r\n\r\n{}",
    ):
        answer = spoken(port, head + body)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), (body, answer)
    assert answers(port)
