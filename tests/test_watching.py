"""What panels and stages see: the snapshot, what changed since, who is behind a photo, search; never another event."""

import base64
import io
import json
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from plugin.state.models import Change, Wall
from plugin.wall import watching
from tests.factories import Event, Person, Service, photo_bytes


def numbers(text: str) -> list[int]:
    data = base64.b64decode(text)
    return list(struct.unpack(f"<{len(data) // 4}I", data))


def pairs(text: str) -> dict[int, int]:
    flat = numbers(text)
    return dict(zip(flat[::2], flat[1::2], strict=True))


def picture(service: Service, address: str) -> Any:
    answer = service.client.get(address)
    assert answer.status_code == 200, address
    assert "immutable" in answer.headers["Cache-Control"]
    with Image.open(io.BytesIO(answer.data)) as image:
        return np.asarray(image)


def test_a_new_wall_is_empty_and_has_a_picture(service: Service) -> None:
    snapshot = service.open_event().join().get("/api/wall")
    grid = snapshot["grid"]
    assert 900 <= grid["columns"] * grid["rows"] <= 1100
    assert set(numbers(grid["cells"])) == {0}
    assert numbers(grid["homes"]) == []
    height, width, _ = picture(service, snapshot["overview"]["url"]).shape
    cell_px = snapshot["overview"]["cell_px"]
    assert (width, height) == (grid["columns"] * cell_px, grid["rows"] * cell_px)
    assert picture(service, snapshot["target"]).shape[1] <= 640


def test_a_wall_whose_target_is_not_ready_says_so_and_is_no_error(service: Service) -> None:
    snapshot = service.open_event(work=False).join().get("/api/wall")
    assert snapshot["grid"]["generation"] == 0
    assert snapshot["overview"] is None
    assert snapshot["levels"] == []


def test_the_first_photo_makes_the_picture_whole(service: Service) -> None:
    _, [ada] = service.wall_with(1)
    grid = ada.get("/api/wall")["grid"]
    own = ada.photo()
    assert set(numbers(grid["cells"])) == {own["id"]}
    assert pairs(grid["homes"]) == {own["id"]: own["home"]}


def test_every_tile_the_snapshot_names_exists(service: Service) -> None:
    event, _ = service.wall_with(5)
    snapshot = event.join().get("/api/wall")
    for level in snapshot["levels"]:
        across = -(-snapshot["grid"]["columns"] // level["tile_cells"])
        for index, revision in enumerate(level["tiles"]):
            name = f"tile-{level['cell_px']}-{index % across}-{index // across}-{revision}.jpg"
            assert picture(service, snapshot["media"] + name).shape[0] <= 512


def test_the_snapshot_is_the_same_bytes_for_all_and_cacheable_for_a_second(service: Service) -> None:
    _, (ada, ben) = service.wall_with(2)
    answers = [each.call("GET", "/api/wall", headers={"Accept-Encoding": "gzip"}) for each in (ada, ben)]
    assert answers[0].data == answers[1].data
    assert answers[0].headers["Cache-Control"] == "private, max-age=1"
    assert answers[0].headers["Content-Encoding"] == "gzip"


def replay(
    cells: list[int], details: list[int], homes: dict[int, int], changes: list[dict[str, Any]]
) -> None:
    """What a panel does with changes."""
    for change in changes:
        for photo_id in change["gone"]:
            homes.pop(photo_id, None)
        for cell, photo_id, home, detail in change["cells"]:
            cells[cell], details[cell] = photo_id, detail
            if home:
                homes[photo_id] = cell


def test_a_panel_that_replays_the_changes_shows_what_the_snapshot_shows(service: Service) -> None:
    event = service.open_event()
    watcher = event.join()
    first = watcher.get("/api/wall")
    cells, homes = numbers(first["grid"]["cells"]), pairs(first["grid"]["homes"])
    details = list(base64.b64decode(first["grid"]["details"]))
    people = []
    for number in range(12):
        people += event.with_photos(1)
        if number % 4 == 3:
            gone = people.pop(0)
            gone.call("DELETE", f"/api/photos/{gone.photo()['id']}")
            service.run_jobs()
    news = watcher.get(f"/api/changes?since={first['revision']}")
    replay(cells, details, homes, news["changes"])
    service.app.extensions["mosaic"].snapshots._kept.clear()
    last = watcher.get("/api/wall")
    assert news["revision"] == last["revision"]
    assert cells == numbers(last["grid"]["cells"])
    assert details == list(base64.b64decode(last["grid"]["details"]))
    assert any(details)
    assert homes == pairs(last["grid"]["homes"])
    assert watcher.get(f"/api/changes?since={last['revision']}")["changes"] == []


def test_a_change_brings_what_it_takes_to_draw_the_new_photo_and_its_name_is_there_for_the_asking(
    service: Service,
) -> None:
    event = service.open_event()
    watcher = event.join()
    since = watcher.get("/api/wall")["revision"]
    own = event.with_photos(1)[0].photo()
    change = watcher.get(f"/api/changes?since={since}")["changes"][0]
    picture = {"id": own["id"], "key": own["key"], "home": own["home"]}
    assert change["photos"] == [picture]
    words = {
        "name": "Person 0",
        "title": "",
        "story": "Story number 0",
        "prompt": own["prompt"],
        "hidden": False,
    }
    assert watcher.get(f"/api/photos?ids={own['id']}")["photos"] == [picture | words]
    assert change["count"] == 1
    assert "new" not in change


def test_the_patch_has_the_changed_cells_in_their_order(service: Service) -> None:
    event = service.open_event()
    watcher = event.join()
    event.with_photos(3)
    snapshot = watcher.get("/api/wall")
    changes = watcher.get("/api/changes?since=0")["changes"]
    change = next(each for each in reversed(changes) if each["patch"])
    strip = picture(service, f"{snapshot['media']}patch-{change['revision']}.jpg")
    overview = picture(service, snapshot["overview"]["url"]).astype(int)
    px, columns = snapshot["overview"]["cell_px"], snapshot["grid"]["columns"]
    for index, (cell, *_) in enumerate(change["cells"]):
        top, left = index // 32 * px, index % 32 * px
        y, x = cell // columns * px, cell % columns * px
        apart = strip[top : top + px, left : left + px].astype(int) - overview[y : y + px, x : x + px]
        assert abs(apart).mean() < 12


@pytest.mark.parametrize("since", ["999999", "-1", "nonsense", "99999999999999999999"])
def test_a_panel_that_is_ahead_or_lost_is_told_to_fetch_the_snapshot(service: Service, since: str) -> None:
    event, _ = service.wall_with(1)
    answer = event.join().get(f"/api/changes?since={since}")
    assert answer.get("gap") or answer["changes"][0]["from"] == 0


def test_a_hole_in_the_changes_is_a_gap(service: Service) -> None:
    event, _ = service.wall_with(1)
    event.with_photos(1)
    with service.shop.database.write() as session:
        revision = session.scalars(select(Wall.revision)).one()
        session.delete(session.get_one(Change, (1, revision - 1)))
    assert event.join().get(f"/api/changes?since={revision - 2}")["gap"] is True


def test_a_panel_far_behind_is_told_to_fetch_the_snapshot(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = service.open_event()
    for _ in range(3):
        event.with_photos(1)
    monkeypatch.setattr(watching, "CHANGES_AT_ONCE", 3)
    assert event.join().get("/api/changes?since=0")["gap"] is True


def test_a_hidden_person_is_part_of_the_picture_without_name_and_line(service: Service) -> None:
    _, (ada, ben) = service.wall_with(2)
    own = ada.photo()["id"]
    assert ada.call("PATCH", "/api/me", json={"reachability": "hidden"}).status_code == 200
    details = ben.get(f"/api/photos?ids={own}")["photos"][0]
    assert (details["name"], details["story"], details["hidden"]) == ("", "", True)
    assert [each["id"] for each in ben.get("/api/people")["people"]] == [ben.photo()["id"]]
    assert ben.get("/api/people?q=Person 0")["people"] == []


def test_search_finds_all_words_in_names_and_stories_without_minding_capitals(service: Service) -> None:
    event = service.open_event()
    for number, (name, story) in enumerate(
        [("Émile Zołka", "Ich backe BROT"), ("Ben", "100 % bread_lover"), ("Chen", "I swim")]
    ):
        event.join().send(photo_bytes(number), name=name, story=story)
    service.run_jobs()
    watcher = event.join()

    def found(query: str) -> list[str]:
        answer = watcher.call("GET", "/api/people", query_string={"q": query})
        return [each["name"] for each in answer.json["people"]]

    assert found("émile brot") == ["Émile Zołka"]
    assert found("ZOŁKA") == ["Émile Zołka"]
    assert found("%") == ["Ben"]
    assert found("d_l") == ["Ben"]
    assert found("nobody") == []
    assert found("") == ["Chen", "Ben", "Émile Zołka"]


def test_the_list_of_people_comes_in_pages(service: Service) -> None:
    event, _ = service.wall_with(5)
    watcher = event.join()
    seen: list[int] = []
    after = ""
    for _ in range(3):
        page = watcher.get(f"/api/people?limit=2&after={after}")
        seen += [each["id"] for each in page["people"]]
        after = page["next"]
    assert after is None
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 5


def everything_an_outsider_may_try(person: Person, photo_id: int) -> dict[str, Any]:
    paths = [
        "/api/wall",
        "/api/changes?since=0",
        f"/api/photos?ids={photo_id}",
        "/api/people",
        "/api/people?q=secret",
        "/api/me",
    ]
    return {path: person.call("GET", path).text for path in paths}


def test_no_endpoint_leaks_another_events_data(service: Service) -> None:
    here, there = service.open_event(name="Here secret"), service.open_event(name="There")
    ada = here.join()
    ada.send(name="Ada secret", story="A secret line")
    service.run_jobs()
    own = ada.photo()
    media = ada.get("/api/wall")["media"]
    for outsider in (there.join(), there.host()):
        for path, text in everything_an_outsider_may_try(outsider, own["id"]).items():
            for private in ("secret", own["key"], media):
                assert private not in text, path
        assert outsider.call("PATCH", f"/api/photos/{own['id']}", json={"story": "x"}).status_code == 404
        assert outsider.call("DELETE", f"/api/photos/{own['id']}").status_code == 404
    assert ada.photo()["state"] == "placed"


@pytest.mark.parametrize(
    "path",
    [
        "/media/walls/..%2f..%2fmosaic/x.jpg",
        "/media/walls/" + "0" * 32 + "/..%2ftarget.jpg",
        "/media/walls/" + "0" * 32 + "/overview-1.jpg",
        "/media/walls/" + "0" * 32 + "/.jpg",
        "/media/photos/" + "0" * 32 + "/64.jpg",
        "/media/photos/" + "g" * 32 + "/64.jpg",
        "/media/photos/../../secret.key",
        "/static/../settings.py",
        "/static/%2e%2e/settings.py",
    ],
)
def test_tricks_with_paths_find_nothing(service: Service, path: str) -> None:
    assert service.client.get(path).status_code == 404


class TestStage:
    """An event's own stage shows who did not say no; one that is recorded or public only who said yes to that."""

    @pytest.fixture
    def event(self, service: Service) -> Event:
        return service.open_event()

    def test_who_said_nothing_is_there_without_name_and_story(self, service: Service, event: Event) -> None:
        own = event.with_photos(1)[0].photo()
        snapshot = self.now(service, event)
        assert pairs(snapshot["grid"]["homes"]) == {own["id"]: own["home"]}
        (person,) = event.stage().get(f"/api/photos?ids={own['id']}")["photos"]
        assert (person["name"], person["story"], person["hidden"]) == ("", "", True)

    def test_who_said_nothing_leaves_a_stage_that_becomes_public_and_comes_back(
        self, service: Service, event: Event
    ) -> None:
        silent, private, public = event.join(), event.join(), event.join()
        for number, (person, form) in enumerate(
            [(silent, {}), (private, {"stage": "named"}), (public, {"stage": "photo", "stage_public": "1"})]
        ):
            person.send(photo_bytes(number), **form)
        service.run_jobs()
        assert len(pairs(self.now(service, event)["grid"]["homes"])) == 3
        host = event.host()
        assert host.call("POST", "/api/host/stage", json={"public": True}).status_code == 200
        service.run_jobs()
        assert set(pairs(self.now(service, event)["grid"]["homes"])) == {public.photo()["id"]}
        assert event.join().joined["event"]["stage_public"] is True
        private.call("PATCH", "/api/me", json={"stage": "named", "stage_public": True})
        service.run_jobs()
        assert set(pairs(self.now(service, event)["grid"]["homes"])) == {
            each.photo()["id"] for each in (private, public)
        }
        host.call("POST", "/api/host/stage", json={"public": False})
        service.run_jobs()
        assert len(pairs(self.now(service, event)["grid"]["homes"])) == 3

    def test_only_hosts_say_that_the_stage_is_public(self, event: Event) -> None:
        assert event.join().call("POST", "/api/host/stage", json={"public": False}).status_code == 403
        assert event.host().call("POST", "/api/host/stage", json={"public": "no"}).status_code == 422

    def test_who_said_no_is_not_there(self, service: Service, event: Event) -> None:
        ada = event.join()
        ada.send(photo_bytes(0), story="Story number 0", stage="no")
        service.run_jobs()
        own = ada.photo()
        stage = event.stage()
        snapshot = stage.get("/api/wall")
        assert set(numbers(snapshot["grid"]["cells"])) == {0}
        assert numbers(snapshot["grid"]["homes"]) == []
        assert snapshot["levels"] == []
        texts = [stage.call("GET", path).text for path in ("/api/wall", "/api/changes?since=0")]
        texts.append(stage.call("GET", f"/api/photos?ids={own['id']}").text)
        for text in texts:
            assert own["key"] not in text
            assert "Story number 0" not in text

    def test_who_chose_it_is_shown_in_data_and_picture(self, service: Service, event: Event) -> None:
        ada = event.join()
        empty = picture(service, event.stage().get("/api/wall")["overview"]["url"])
        ada.send(photo_bytes("red"), on_stage="1")
        service.run_jobs()
        snapshot = self.now(service, event)
        own = ada.photo()
        assert pairs(snapshot["grid"]["homes"]) == {own["id"]: own["home"]}
        shown = picture(service, snapshot["overview"]["url"])
        assert abs(shown.astype(int) - empty).mean() > 10
        change = event.stage().get("/api/changes?since=0")["changes"][-2]
        assert change["photos"][0]["key"] == own["key"]
        assert picture(service, f"{snapshot['media']}stage-patch-{change['revision']}.jpg").size

    def now(self, service: Service, event: Event) -> dict[str, Any]:
        service.app.extensions["mosaic"].snapshots._kept.clear()
        found: dict[str, Any] = event.stage().get("/api/wall")
        return found

    def test_changing_ones_mind_takes_effect_in_data_and_picture(
        self, service: Service, event: Event
    ) -> None:
        empty = picture(service, event.stage().get("/api/wall")["overview"]["url"])
        ada = event.join()
        ada.send(photo_bytes("red"), on_stage="1")
        service.run_jobs()
        ada.call("PATCH", "/api/me", json={"on_stage": False})
        service.run_jobs()
        snapshot = self.now(service, event)
        assert set(numbers(snapshot["grid"]["cells"])) == {0}
        assert np.array_equal(picture(service, snapshot["overview"]["url"]), empty)
        assert ada.get("/api/wall")["count"] == 1
        ada.call("PATCH", "/api/me", json={"on_stage": True})
        service.run_jobs()
        assert len(pairs(self.now(service, event)["grid"]["homes"])) == 1

    def test_a_stage_is_nobody(self, event: Event) -> None:
        stage = event.stage()
        assert "return_key" not in stage.joined
        for path in ("/api/me", "/api/people", "/api/host"):
            assert stage.call("GET", path).status_code == 403
        assert stage.send(ok=False).status_code == 403


def test_changes_carry_no_names_in_the_database(service: Service) -> None:
    service.wall_with(3)
    with service.shop.database.read() as session:
        for body in session.scalars(select(Change.body)):
            assert "Story" not in body
            assert set(json.loads(body)) - {"grid"} == {
                "revision", "from", "generation", "cells", "new", "gone", "count", "patch", "tiles",
            }  # fmt: skip
