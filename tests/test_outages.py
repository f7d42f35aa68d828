"""What was acknowledged is not lost, whatever fails meanwhile; what could not be kept is said so."""

import http.client
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from plugin.state import db
from plugin.state.db import DatabaseBusyError
from plugin.state.models import Photo
from plugin.state.readiness import Readiness
from plugin.state.storage import StorageError
from tests.factories import Service, environ_for, error_of, photo_bytes
from tests.test_live import PATIENCE_SECONDS, web_process
from worker import jobs, printing, sweeper
from worker.prints import timelapse


@contextmanager
def without_storage(service: Service) -> Iterator[None]:
    """Its disk is not mounted just now: where it was is an empty folder."""
    files = service.settings.data_folder / "files"
    away = files.rename(files.with_name("away"))
    files.mkdir()
    try:
        yield
    finally:
        files.rmdir()  # nothing was written where the disk will be
        away.rename(files)


@contextmanager
def held(service: Service) -> Iterator[None]:
    """Another process writes to the database and does not end."""
    with closing(sqlite3.connect(service.settings.data_folder / "mosaic.sqlite3")) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def sweep_and_work(service: Service, times: int) -> None:
    for _ in range(times):
        sweeper.sweep(service.shop, time.time() + 1)
        service.run_jobs()


# ---- the storage is gone --------------------------------------------------------------------------------------------


def test_a_photo_outlasts_an_outage_of_the_storage_of_any_length(service: Service) -> None:
    ada = service.open_event().join()
    ada.send()
    with without_storage(service):
        sweep_and_work(service, 2 * jobs.MOST_ATTEMPTS)
        assert ada.photo()["state"] == "received"
    sweep_and_work(service, 1)
    assert ada.photo()["state"] == "placed"


@pytest.mark.parametrize("broken", ["put", "delete"])
def test_an_outage_that_begins_after_decoding_does_not_count_either(
    service: Service, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    ada = service.open_event().join()
    photo_id = ada.send().json["photo"]["id"]

    def full(*_arguments: object, **_options: object) -> None:
        raise StorageError("No space left on device")

    with monkeypatch.context() as outage:
        outage.setattr(service.shop.storage, broken, full)
        for _ in range(2 * jobs.MOST_ATTEMPTS):
            try:
                jobs.prepare(photo_id)
            except StorageError:
                continue
    sweep_and_work(service, 1)
    assert ada.photo()["state"] == "placed"


@pytest.mark.sqlite
def test_a_database_that_is_busy_while_a_photo_is_prepared_does_not_count_either(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = service.open_event().join()
    photo_id = ada.send().json["photo"]["id"]
    monkeypatch.setattr(db, "LOCK_WAIT_SECONDS", 0.01)
    with held(service):
        for _ in range(2 * jobs.MOST_ATTEMPTS):
            with pytest.raises((DatabaseBusyError, OperationalError)):
                jobs.prepare(photo_id)
    sweep_and_work(service, 1)
    assert ada.photo()["state"] == "placed"


def test_a_worker_that_dies_after_decoding_does_not_count_against_the_photo(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Death(BaseException):
        pass

    def die(*_arguments: object, **_options: object) -> None:
        raise Death

    ada = service.open_event().join()
    photo_id = ada.send().json["photo"]["id"]
    with monkeypatch.context() as outage:
        outage.setattr(service.shop.storage, "put_all", die)
        for _ in range(2 * jobs.MOST_ATTEMPTS):
            with pytest.raises(Death):
                jobs.prepare(photo_id)
    sweep_and_work(service, 1)
    assert ada.photo()["state"] == "placed"


def test_a_photo_that_the_storage_does_not_take_is_not_acknowledged(service: Service) -> None:
    ada = service.open_event().join()
    with without_storage(service):
        answer = ada.send(key="the-same-key", ok=False)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "try again in a moment" in error_of(answer)["message"]
        assert service.client.get("/healthz").status_code == 200
    assert ada.send(key="the-same-key").status_code == 202
    service.run_jobs()
    assert ada.photo()["state"] == "placed"


def test_a_picture_that_cannot_be_read_just_now_is_no_picture_that_is_gone(service: Service) -> None:
    key = service.open_event().with_photos(1)[0].photo()["key"]
    with without_storage(service):
        assert service.client.get(f"/media/photos/{key}/64.jpg").status_code == 503
    assert service.client.get(f"/media/photos/{key}/64.jpg").status_code == 200


def test_nothing_is_placed_as_a_hole_while_thumbs_cannot_be_read(service: Service) -> None:
    event = service.open_event()
    event.with_photos(1)
    ben = event.join()
    photo_id = ben.send().json["photo"]["id"]
    jobs.prepare(photo_id)
    service.shop.walls.clear()
    service.shop.thumbs.forget(1)
    with without_storage(service), pytest.raises(StorageError):
        jobs.place(1)
    jobs.place(1)
    assert ben.photo()["state"] == "placed"


def ask_for_prints(service: Service) -> tuple[Any, Any]:
    """A host who wants a poster and a film, and somebody who wants their keepsake."""
    event, (ada, *_) = service.wall_with(3)
    ada.call("PATCH", "/api/me", json={"keepsake": True})
    host = event.host()
    for kind, form in (("poster", "jpeg"), ("timelapse", "mp4")):
        wish = {"kind": kind, "form": form, "cell_px": 100}
        assert host.call("POST", "/api/host/prints", json=wish).status_code == 202
    assert ada.call("POST", "/api/me/keepsake", json={}).status_code == 202
    return host, ada


def states_of_prints(host: Any, ada: Any) -> list[tuple[str, str | None]]:
    prints = [*host.get("/api/host/prints")["prints"], ada.get("/api/me/keepsake")["print"]]
    return [(each["state"], each["error"] and each["error"]["code"]) for each in prints]


def sweep_later(service: Service, times: int = 1) -> None:
    for _ in range(times):
        sweeper.sweep(service.shop, time.time() + printing.PAUSE_SECONDS + 1)
        service.run_jobs()


def test_prints_outlast_an_outage_of_the_storage_of_any_length(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelapse, "SHORTEST", 1.0)
    asked = ask_for_prints(service)
    with without_storage(service):
        service.run_jobs()
        sweep_later(service, 2 * printing.MOST_ATTEMPTS)
        assert states_of_prints(*asked) == [("queued", None)] * 3
    sweep_later(service)
    assert states_of_prints(*asked) == [("done", None)] * 3


@pytest.mark.parametrize("broken", ["get", "put_file"])
def test_an_outage_while_a_print_is_made_does_not_end_it(
    service: Service, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(timelapse, "SHORTEST", 1.0)
    asked = ask_for_prints(service)

    plainly = service.shop.storage.get

    def gone(key: str, *_: object) -> bytes:
        if broken == "get" and not key.startswith("photos/"):
            return plainly(key)  # the picture itself was read in time
        raise StorageError("the store is gone")

    with monkeypatch.context() as outage:
        outage.setattr(service.shop.storage, broken, gone)
        service.run_jobs()
        sweep_later(service)
        assert states_of_prints(*asked) == [("queued", None)] * 3
        assert list((service.settings.data_folder / "files" / ".halves").iterdir()) == []
    assert sweeper.sweep(service.shop, time.time()) == 0  # what takes a minute is not begun anew at once
    sweep_later(service)
    assert states_of_prints(*asked) == [("done", None)] * 3


# ---- the database is held by another process ------------------------------------------------------------------------


@pytest.mark.sqlite
def test_a_write_waits_for_another_process_and_then_goes_through(service: Service) -> None:
    ada = service.open_event().join()
    with held(service):
        sending = threading.Thread(target=ada.send)
        sending.start()
        time.sleep(0.5)
        assert sending.is_alive()
    sending.join(PATIENCE_SECONDS)
    service.run_jobs()
    assert ada.photo()["state"] == "placed"


@pytest.mark.sqlite
def test_a_write_that_waited_in_vain_says_so_and_leaves_no_bytes(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = service.open_event().join()
    monkeypatch.setattr(db, "LOCK_WAIT_SECONDS", 0.2)
    with held(service):
        answer = ada.send(key="the-same-key", ok=False)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert ada.get("/api/wall")["count"] == 0
    assert service.shop.storage.names("uploads") == {}
    assert ada.send(key="the-same-key").status_code == 202
    assert len(service.shop.storage.names("uploads")) == 1


@pytest.mark.sqlite
def test_writers_that_wait_hold_no_connection_that_readers_need(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "LOCK_WAIT_SECONDS", 2.0)
    database = service.shop.database
    refused: list[BaseException] = []

    def write() -> None:
        try:
            with database.write() as session:
                session.execute(update(Photo).values(attempts=0))
        except DatabaseBusyError as error:
            refused.append(error)

    writers = [threading.Thread(target=write) for _ in range(40)]
    with held(service):
        for writer in writers:
            writer.start()
        time.sleep(0.3)
        began = time.monotonic()
        with database.read() as session:
            session.get(Photo, 1)
        assert time.monotonic() - began < 1
        for writer in writers:
            writer.join()
    assert len(refused) == len(writers)


def asked(port: int, path: str, token: str = "") -> tuple[int, float]:
    """(status, seconds) of a GET."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    with closing(connection):
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        status = connection.getresponse().status
    return status, time.monotonic() - began


@pytest.mark.sqlite
def test_a_web_process_goes_on_answering_while_another_holds_the_database(service: Service) -> None:
    event = service.open_event()
    ada, ben = event.with_photos(2)
    statuses: list[int] = []
    with web_process(environ_for(service.settings)) as port:

        def write() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
            with closing(connection):
                body = json.dumps({"name": "Benjamin"})
                headers = {"Authorization": f"Bearer {ben.token}", "Content-Type": "application/json"}
                connection.request("PATCH", "/api/me", body, headers)
                statuses.append(connection.getresponse().status)

        writers = [threading.Thread(target=write) for _ in range(20)]
        with held(service):
            for writer in writers:
                writer.start()
            for _ in range(30):
                for path in ("/healthz", "/api/wall"):
                    status, seconds = asked(port, path, ada.token)
                    assert (status, seconds < 1.0) == (200, True), f"{path}: {status} after {seconds:.1f} s"
                time.sleep(0.1)
            for writer in writers:
                writer.join()
    assert set(statuses) == {503}


# ---- the workers are gone -------------------------------------------------------------------------------------------


def ready(service: Service) -> Any:
    return service.client.get("/readyz")


def parts(service: Service) -> dict[str, bool]:
    shop = service.shop
    found = Readiness(shop.database, shop.jobs, shop.storage).parts(time.time())
    return {name: part["ready"] for name, part in found.items()}


def test_the_service_says_what_it_lacks(service: Service) -> None:
    for role in ("prepare", "place", "sweep"):
        service.shop.jobs.sign(role)
    assert ready(service).status_code == 200
    with without_storage(service):
        assert ready(service).status_code == 503
        assert (parts(service)["storage"], parts(service)["database"]) == (False, True)


def test_workers_that_gave_no_sign_of_life_are_told_to_operator_and_sender(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = service.open_event().join()
    assert ada.send().json["delayed"] is False
    monkeypatch.setattr("plugin.state.queue.SIGN_SECONDS", -1.0)
    monkeypatch.setattr("plugin.state.readiness.SIGN_SECONDS", -1.0)
    assert (ready(service).status_code, parts(service)["prepare"]) == (503, False)
    assert ada.send(photo_bytes("blue")).json["delayed"] is True
    assert service.client.get("/healthz").json == {"ok": True}


def test_the_sweeper_goes_on_while_the_database_cannot_be_reached(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Enough(Exception):  # noqa: N818
        pass

    rounds: list[float] = []

    def rest(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 3:
            raise Enough

    def broken(*_arguments: object) -> None:
        raise DatabaseBusyError("held")

    monkeypatch.setattr(sweeper, "sweep", broken)
    monkeypatch.setattr("time.sleep", rest)
    with pytest.raises(Enough):
        sweeper.run(service.shop, 30)
    assert "asking again failed" in caplog.text
