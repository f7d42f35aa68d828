"""Taking a photo back: gone from the wall at once, and every trace of it soon after."""

import io
import time

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from plugin.state.models import Photo, Placement, Wall
from tests.factories import Person, Service, photo_bytes, write_through
from worker import jobs, placing, sweeper
from worker.restoring import live_wall, restored
from worker.revisions import Overtaken
from worker.waiting import look
from worker.wallfiles import delete_superseded
from worker.workshop import open_workshop


def withdraw(person: Person) -> None:
    answer = person.call("DELETE", f"/api/photos/{person.photo()['id']}")
    assert answer.status_code == 202
    assert answer.json["delayed"] is False


def stored(service: Service) -> dict[str, bytes]:
    folder = service.settings.data_folder
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def shows_magenta(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as image:
        red, green, blue = np.moveaxis(np.asarray(image.convert("RGB")).astype(int), -1, 0)
    return bool(((red > 170) & (green < 90) & (blue > 170)).any())


def magenta() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), (255, 0, 255)).save(stream, "PNG")
    return stream.getvalue()


def test_every_trace_is_gone_from_storage_database_tiles_and_overview(service: Service) -> None:
    event = service.open_event(target_name="coffee")
    for colour in ("green", "blue", "grey"):
        event.join().send(photo_bytes(colour))
    ada = event.join()
    ada.send(magenta(), name="Ada", story="a line that nobody else would write", on_stage="1")
    service.run_jobs()
    key = ada.photo()["key"]
    assert any(shows_magenta(data) for name, data in stored(service).items() if name.endswith(".jpg"))
    withdraw(ada)
    assert ada.get("/api/me")["photos"] == []
    service.run_jobs()
    write_through(service.settings)
    left = stored(service)
    assert left
    for name, data in left.items():
        assert key not in name
        assert key.encode() not in data
        assert b"a line that nobody else would write" not in data, name
        assert not (name.endswith(".jpg") and shows_magenta(data)), name
    with service.shop.database.read() as session:
        assert session.scalar(select(Photo.id).where(Photo.key == key)) is None


def test_the_cells_of_a_withdrawn_photo_are_refilled_at_once(service: Service) -> None:
    _, (ada, ben) = service.wall_with(2)
    withdraw(ada)
    service.run_jobs()
    people = ben.get("/api/people")["people"]
    assert [each["id"] for each in people] == [ben.photo()["id"]]
    with service.shop.database.read() as session:
        assert session.scalars(select(Placement.photo_id)).all() == [ben.photo()["id"]]
    news = ben.get("/api/changes?since=0")["changes"]
    assert any(change["gone"] for change in news)


def test_the_last_photo_leaves_an_empty_wall(service: Service) -> None:
    event = service.open_event()
    ada = event.with_photos(1)[0]
    withdraw(ada)
    service.run_jobs()
    snapshot = event.join().get("/api/wall")
    assert snapshot["count"] == 0
    assert set(snapshot["grid"]["cells"].replace("=", "")) == {"A"}


def test_a_photo_that_was_never_placed_is_erased_too(service: Service) -> None:
    event = service.open_event(reviewed="1")
    ada = event.join()
    ada.send()
    service.run_jobs()
    key = ada.photo()["key"]
    withdraw(ada)
    service.run_jobs()
    assert service.shop.storage.names(f"photos/{key}") == {}
    with service.shop.database.read() as session:
        assert session.scalars(select(Photo)).all() == []


def test_withdrawing_survives_the_loss_of_its_jobs(service: Service) -> None:
    _, [ada] = service.wall_with(1)
    key = ada.photo()["key"]
    withdraw(ada)
    service.shop.jobs._redis.flushall()
    for _ in range(3):
        sweeper.sweep(service.shop, time.time() + 1)
        service.run_jobs()
    assert service.shop.storage.names(f"photos/{key}") == {}
    assert sweeper.sweep(service.shop, time.time() + 1) == 0


def test_a_photo_withdrawn_while_it_is_placed_is_not_placed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, _ = service.wall_with(1)
    ada = event.join()
    photo_id = ada.send(photo_bytes(9)).json["photo"]["id"]
    arrange = placing._arrange
    tries = []

    def withdrawing(*arguments: object) -> object:
        tries.append(1)
        if len(tries) == 1:
            assert ada.call("DELETE", f"/api/photos/{photo_id}").status_code == 202
        return arrange(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(placing, "_arrange", withdrawing)
    service.run_jobs()
    assert ada.get("/api/wall")["count"] == 1
    with service.shop.database.read() as session:
        assert session.get(Photo, photo_id) is None


def test_a_wall_restored_from_its_rows_is_the_wall_that_was_kept(service: Service) -> None:
    event, people = service.wall_with(6)
    event.join().send(photo_bytes(9), on_stage="1")
    service.run_jobs()
    withdraw(people[0])
    service.run_jobs()
    kept = service.shop.walls[1]
    with service.shop.database.read() as session:
        again = restored(service.shop, session.get_one(Wall, 1))
    assert np.array_equal(again.board.shown, kept.board.shown)
    assert again.board.home_cells == kept.board.home_cells
    assert np.array_equal(again.panel.pixels, kept.panel.pixels)
    assert np.array_equal(again.stage.pixels, kept.stage.pixels)
    assert again.staged == kept.staged
    assert again.packed_tiles() == kept.packed_tiles()
    assert again.dirty == kept.dirty == set()


def test_two_workers_on_one_wall_do_not_place_a_photo_twice(service: Service) -> None:
    event, _ = service.wall_with(2)
    other = open_workshop(service.settings)
    placing.bring_up_to_date(other, 1)
    ada = event.join()
    photo_id = ada.send(photo_bytes(5)).json["photo"]["id"]
    jobs.prepare(photo_id)
    work, wall = look(other, 1)
    assert wall is not None
    live = live_wall(other, wall)
    placing.bring_up_to_date(service.shop, 1)
    with pytest.raises(Overtaken):
        placing._step(other, live, work)
    placing.bring_up_to_date(other, 1)
    with service.shop.database.read() as session:
        assert len(session.scalars(select(Placement)).all()) == 3
    other.database.dispose()
    other.jobs.close()


def test_superseded_pictures_go_after_a_while_and_current_ones_stay(service: Service) -> None:
    event = service.open_event()
    for _ in range(3):
        event.with_photos(1)
    before = set(stored(service))
    assert delete_superseded(service.shop, 1, older_than_seconds=3600) == 0
    assert delete_superseded(service.shop, 1, older_than_seconds=0) > 5
    snapshot = event.join().get("/api/wall")
    for address in (snapshot["overview"]["url"], snapshot["target"]):
        assert service.client.get(address).status_code == 200
    assert set(stored(service)) < before


def test_a_panel_finds_every_patch_that_it_is_told_of_after_a_photo_was_taken_back(service: Service) -> None:
    event = service.open_event(target_name="coffee")
    for colour in ("green", "blue"):
        event.join().send(photo_bytes(colour))
    service.run_jobs()
    ada = event.join()
    before = ada.get("/api/wall")["revision"]
    ada.send(magenta(), name="Ada")
    service.run_jobs()
    withdraw(ada)
    service.run_jobs()
    told = event.join().get(f"/api/changes?since={before}")["changes"]
    patched = [change["revision"] for change in told if change["patch"]]
    assert any(change["gone"] for change in told if change["patch"])
    media = event.join().get("/api/wall")["media"]
    for revision in patched:
        for audience in ("", "stage-"):
            assert service.client.get(f"{media}{audience}patch-{revision}.jpg").status_code == 200
    shown = [name for name, data in stored(service).items() if name.endswith(".jpg") and shows_magenta(data)]
    assert shown == []
