"""What hosts do with the picture: prepare it, replace it, tint it, finish it, and go back; and what cannot be one."""

import base64
import io
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select, update

from plugin.state.keys import target_name, wall_folder
from plugin.state.models import Photo, Wall
from plugin.wall.picture import WORDS_OF_TARGETS
from plugin.wall.revealing import NOTICE_SECONDS
from tests.factories import Event, Person, Service, error_of, photo_bytes
from worker import improving, jobs, opening, sweeper
from worker.pictures.builtin.gallery import draw
from worker.placement import grids
from worker.placement.rules import Board, spacing
from worker.restoring import restored
from worker.ticking import Ticking
from worker.wallfiles import delete_superseded, target_of

Upload = tuple[io.BytesIO, str]


def upload(image: Image.Image, kind: str = "PNG", **options: Any) -> Upload:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    stream.seek(0)
    return stream, f"target.{kind.lower()}"


def logo(
    size: tuple[int, int] = (320, 200), ground: str | None = "#ffffff", shape: str = "#0057b8"
) -> Image.Image:
    sheet = Image.new("RGBA", size, ground or (0, 0, 0, 0))
    ImageDraw.Draw(sheet).ellipse((size[0] * 0.3, size[1] * 0.2, size[0] * 0.7, size[1] * 0.8), fill=shape)
    return sheet


def wall_of(service: Service) -> Wall:
    with service.shop.database.read() as session:
        return session.scalars(select(Wall)).one()


def board_of(service: Service) -> Board:
    """The wall as a worker that has just started finds it."""
    return restored(service.shop, wall_of(service)).board


def seen(service: Service, person: Person) -> dict[str, Any]:
    """The snapshot, whatever was asked a second ago."""
    service.app.extensions["mosaic"].snapshots._kept.clear()
    found: dict[str, Any] = person.get("/api/wall")
    return found


def change(event: Event, host: Person, **wishes: Any) -> dict[str, Any]:
    answer = host.call("POST", "/api/host/picture", json=wishes)
    assert answer.status_code == 200, answer.text
    event.service.run_jobs()
    found: dict[str, Any] = host.get("/api/host")["picture"]
    assert not found["busy"]
    return found


def replace(event: Event, host: Person, **form: Any) -> Any:
    answer = host.call("POST", "/api/host/target", data=form)
    event.service.run_jobs()
    return answer


def pixels(service: Service, address: str) -> np.ndarray:
    answer = service.client.get(address)
    assert answer.status_code == 200
    return np.asarray(Image.open(io.BytesIO(answer.data)).convert("RGB")).astype(int)


# ---- prepared or original -------------------------------------------------------------------------------------------


def test_a_drawing_is_prepared_and_the_host_can_go_back_to_the_original(service: Service) -> None:
    event = service.open_event(target=upload(logo()))
    event.with_photos(3)
    hanna = event.host()
    picture = hanna.get("/api/host")["picture"]
    original, prepared = (pixels(service, picture[name]) for name in ("original", "prepared"))
    assert original.shape == prepared.shape
    assert original[0, 0].tolist() == [255, 255, 255]
    assert prepared[0, 0].max() < 200
    before = seen(service, hanna)
    assert np.abs(pixels(service, before["target"]) - prepared).mean() < 3

    assert change(event, hanna, uses_prepared=False)["uses_prepared"] is False
    after = seen(service, hanna)
    assert after["grid"]["generation"] == before["grid"]["generation"] + 1
    assert after["target"] != before["target"]
    assert np.abs(pixels(service, after["target"]) - original).mean() < 3
    assert pixels(service, hanna.get("/api/host")["picture"]["prepared"]).shape == original.shape
    assert np.abs(pixels(service, seen(service, hanna)["target"]) - original).mean() < 3

    change(event, hanna, uses_prepared=True)
    assert pixels(service, seen(service, hanna)["target"])[0, 0].max() < 200


def test_a_photograph_has_nothing_to_prepare(service: Service) -> None:
    event = service.open_event(target=(io.BytesIO(noisy()), "target.jpg"))
    picture = event.host().get("/api/host")["picture"]
    assert picture["prepared"] is None
    assert pixels(service, picture["original"]).shape[1] == 640


def noisy() -> bytes:
    """Something with the grain of a photograph."""
    grain = np.random.default_rng(0).normal(0, 12, (200, 320, 3))
    soft = Image.open(io.BytesIO(photo_bytes(1, (320, 200)))).convert("RGB")
    stream = io.BytesIO()
    Image.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8)).save(stream, "JPEG")
    return stream.getvalue()


# ---- another picture ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 5, 40])
def test_the_target_can_be_replaced_with_everybody_keeping_a_home(service: Service, count: int) -> None:
    event, _ = service.wall_with(count)
    hanna = event.host()
    before = seen(service, hanna)
    answer = replace(event, hanna, target=upload(logo((300, 300))))
    assert answer.status_code == 200
    after = seen(service, hanna)
    assert after["count"] == count
    assert after["grid"]["columns"] == after["grid"]["rows"]
    assert after["grid"]["generation"] == before["grid"]["generation"] + 1
    assert len(base64.b64decode(after["grid"]["homes"])) == 8 * count
    board_of(service).check()
    assert service.shop.storage.names("uploads") == {}


def test_people_find_their_photos_again_near_their_old_places_when_there_are_many(service: Service) -> None:
    event, _ = service.wall_with(40)
    before = board_of(service)
    assert replace(event, event.host(), target=upload(logo((320, 200)))).status_code == 200
    after = board_of(service)
    width = after.grid.columns
    moved = np.hypot(before.homes % width - after.homes % width, before.homes // width - after.homes // width)
    assert before.grid == after.grid
    assert moved.max() <= 0.08 * width + 1
    assert moved.mean() <= 0.042 * width


def test_a_built_in_picture_can_replace_an_uploaded_one(service: Service) -> None:
    event = service.open_event(target=upload(logo()))
    hanna = event.host()
    assert replace(event, hanna, target_name="coffee").status_code == 200
    assert seen(service, hanna)["grid"]["columns"] == 40
    assert replace(event, hanna, target_name="../coffee").status_code == 422
    assert replace(event, hanna).status_code == 422
    assert replace(event, event.join(), target_name="coffee").status_code == 403


def test_a_built_in_picture_is_drawn_once_for_however_many_walls(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(opening, "draw", lambda name: drawn.append(name) or draw(name))  # type: ignore[func-returns-value]
    opening._built_in.cache_clear()
    walls = [service.open_event(target_name="coffee") for _ in range(3)]
    shown = [seen(service, event.host()) for event in walls]
    assert drawn == ["coffee"]
    assert len({each["target"] for each in shown}) == 3  # each wall has its own files
    assert [each["grid"]["columns"] for each in shown] == [40, 40, 40]


def test_a_replacement_that_cannot_be_used_leaves_the_wall_and_says_what_to_do(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, _ = service.wall_with(2)
    hanna = event.host()
    before = seen(service, hanna)
    monkeypatch.setattr("plugin.web.views.picture.TARGET_WAIT_SECONDS", 5.0)
    monkeypatch.setattr("time.sleep", lambda _seconds: service.run_jobs())
    answer = replace(event, hanna, target=upload(Image.new("RGB", (300, 200), "navy")))
    assert answer.status_code == 422
    assert error_of(answer)["message"] == WORDS_OF_TARGETS["one_colour"]
    refusal = hanna.get("/api/host")["picture"]["refusal"]
    assert refusal == {"code": "one_colour", "message": WORDS_OF_TARGETS["one_colour"]}
    assert seen(service, hanna)["target"] == before["target"]
    assert replace(event, hanna, target=upload(logo())).status_code == 200
    assert hanna.get("/api/host")["picture"]["refusal"] is None


def test_of_two_replacements_at_once_the_later_one_counts(service: Service) -> None:
    event = service.open_event()
    hanna = event.host()
    for size in ((300, 300), (300, 150)):
        assert hanna.call("POST", "/api/host/target", data={"target": upload(logo(size))}).status_code == 200
    service.run_jobs()
    grid = seen(service, hanna)["grid"]
    assert grid["columns"] > 1.8 * grid["rows"]
    assert service.shop.storage.names("uploads") == {}


def test_a_wish_that_was_lost_with_redis_is_met_by_the_sweeper(service: Service) -> None:
    event, _ = service.wall_with(2)
    hanna = event.host()
    hanna.call("POST", "/api/host/target", data={"target": upload(logo((300, 300)))})
    hanna.call("POST", "/api/host/picture", json={"tint": 5})
    assert hanna.get("/api/host")["picture"]["busy"] is True
    service.shop.jobs._redis.flushall()
    assert sweeper.sweep(service.shop, 0) == 2
    service.run_jobs()
    snapshot = seen(service, hanna)
    assert (snapshot["tint"], snapshot["grid"]["columns"]) == (5, snapshot["grid"]["rows"])


def test_pictures_that_were_replaced_are_tidied_away(service: Service) -> None:
    event = service.open_event(target=upload(logo()))
    hanna = event.host()
    for _ in range(2):
        replace(event, hanna, target=upload(logo(shape="#c00000")))
    delete_superseded(service.shop, wall_of(service).id, older_than_seconds=0)
    names = service.shop.storage.names(wall_folder(wall_of(service).media_key))
    kinds = sorted(name.rpartition("-")[0] for name in names if name.startswith("target"))
    assert kinds == ["target", "target-original", "target-original-small", "target-prepared", "target-small"]
    change(event, hanna, uses_prepared=False)


def test_a_wall_of_before_its_target_had_a_number_goes_on(service: Service) -> None:
    event, _ = service.wall_with(2)
    wall = wall_of(service)
    folder, storage = wall_folder(wall.media_key), service.shop.storage
    for name, old in (
        (target_name(wall.target_revision), "target.jpg"),
        (target_name(wall.target_revision, small=True), "target-small.jpg"),
    ):
        storage.put(f"{folder}/{old}", storage.get(f"{folder}/{name}"))
    with service.shop.database.write() as session:
        session.execute(update(Wall).values(target_revision=0, target_opened=0, target_used=0, tints=None))
    storage.delete_folder(f"{folder}/none")
    service.shop.walls.clear()
    hanna = event.host()
    assert seen(service, hanna)["target"].endswith("/target-small.jpg")
    event.with_photos(1)
    change(event, hanna, tint=30, uses_prepared=False)
    assert seen(service, hanna)["tint"] == 30
    assert pixels(service, seen(service, hanna)["target"]).shape[1] == 640


# ---- tint -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tint", [7, 20, 40])
def test_the_tint_follows_the_host_and_panels_know_it_cell_by_cell(service: Service, tint: int) -> None:
    event, _ = service.wall_with(12)
    hanna = event.host()
    before = seen(service, hanna)
    assert change(event, hanna, tint=tint)["tint"] == tint
    after = seen(service, hanna)
    assert after["tint"] == tint
    assert after["grid"]["generation"] == before["grid"]["generation"] + 1
    assert after["grid"]["cells"] == before["grid"]["cells"]
    assert after["grid"]["homes"] == before["grid"]["homes"]
    tints = np.frombuffer(base64.b64decode(after["grid"]["tints"]), np.uint8)
    live = service.shop.walls[wall_of(service).id]
    echoes = ~live.board.is_home
    assert tints.size == live.grid.cells
    assert abs(float(tints.mean()) - tint) < 0.7
    assert (live.panel.tints[echoes] == tints[echoes]).all()
    assert (live.panel.tints[live.board.homes] == 0).all()
    assert all(all(level["tiles"]) for level in after["levels"])


@pytest.mark.parametrize("tint", [-1, 41, "20", True, None, 3.5])
def test_a_tint_that_cannot_be_is_refused(service: Service, tint: Any) -> None:
    event = service.open_event(work=False)
    answer = event.host().call("POST", "/api/host/picture", json={"tint": tint})
    assert answer.status_code == 422
    assert error_of(answer)["field"] == "tint"


@pytest.mark.parametrize(
    "wish", [{"finish": "more"}, {"finish": "once"}, {"uses_prepared": "no"}, {"reveal_on_close": 1}]
)
def test_wishes_that_cannot_be_are_refused(service: Service, wish: dict[str, Any]) -> None:
    event = service.open_event(work=False)
    assert event.host().call("POST", "/api/host/picture", json=wish).status_code == 422
    assert event.join().call("POST", "/api/host/picture", json={}).status_code == 403


# ---- finishes, and back ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("finish", ["reveal", "once"])
def test_undoing_a_finish_gives_back_the_very_cells(service: Service, finish: str) -> None:
    event, _ = service.wall_with(60)
    hanna = event.host()
    before = seen(service, hanna)
    look = board_of(service).look()
    change(event, hanna, finish=finish)
    finished = seen(service, hanna)
    assert (finished["finish"], finished["revealed"]) == (finish, True)
    assert finished["grid"]["cells"] != before["grid"]["cells"]
    service.shop.walls.clear()  # by another worker
    change(event, hanna, finish="none")
    after = seen(service, hanna)
    assert (after["finish"], after["revealed"]) == ("none", False)
    assert after["grid"]["cells"] == before["grid"]["cells"]
    assert board_of(service).look().tolist() == look.tolist()


def test_each_photo_once_shows_everybody_once_and_no_echo(service: Service) -> None:
    event, _ = service.wall_with(23)
    hanna = event.host()
    change(event, hanna, finish="once")
    board = board_of(service)
    shown = board.shown[board.shown > 0]
    assert sorted(shown.tolist()) == sorted(board.ids.tolist())
    assert 23 <= board.grid.cells <= 28
    assert 1.2 < board.grid.columns / board.grid.rows < 2.1


def test_who_comes_and_who_goes_during_each_photo_once_is_there_and_gone(service: Service) -> None:
    event, first = service.wall_with(23)
    hanna = event.host()
    change(event, hanna, finish="once")
    generation = seen(service, hanna)["grid"]["generation"]
    first[0].call("DELETE", f"/api/photos/{first[0].photo()['id']}")
    service.run_jobs()
    board = board_of(service)
    assert board.photos == 22
    assert (board.shown == 0).sum() == board.grid.cells - 22
    event.with_photos(1)
    assert seen(service, hanna)["grid"]["generation"] == generation  # there was room
    event.with_photos(20)
    board = board_of(service)
    assert (board.photos, board.once) == (43, True)
    assert (board.shown > 0).sum() == 43
    change(event, hanna, finish="none")
    board_of(service).check()
    assert board_of(service).photos == 43


@pytest.mark.parametrize("finish", ["reveal", "once"])
def test_after_undoing_who_stayed_is_where_they_were_and_who_came_has_a_home(
    service: Service, finish: str
) -> None:
    event, people = service.wall_with(40)
    hanna = event.host()
    homes, cells = board_of(service).home_cells, board_of(service).shown
    change(event, hanna, finish=finish)
    leaver = people[7].photo()["id"]
    people[7].call("DELETE", f"/api/photos/{leaver}")
    event.with_photos(2)
    change(event, hanna, finish="none")
    board = board_of(service)
    assert board.photos == 41
    assert {photo: board.home_cells[photo] for photo in homes if photo != leaver} == {
        photo: cell for photo, cell in homes.items() if photo != leaver
    }
    same = (board.shown == cells)[cells != leaver].mean()
    assert same > 0.7
    assert leaver not in board.shown
    assert spacing(board.photos) == spacing(40)  # else all echoes are chosen anew


def test_the_wall_grows_at_once_when_many_came_during_the_reveal(service: Service) -> None:
    event, _ = service.wall_with(30)
    hanna = event.host()
    change(event, hanna, finish="reveal")
    event.with_photos(230)
    change(event, hanna, finish="none")
    board = board_of(service)
    board.check()
    assert board.photos == 260
    assert board.grid.cells > 1200


def test_one_finish_can_follow_the_other_and_the_live_wall_is_kept(service: Service) -> None:
    event, _ = service.wall_with(40)
    hanna = event.host()
    before = seen(service, hanna)["grid"]["cells"]
    for finish in ("reveal", "once", "reveal"):
        assert change(event, hanna, finish=finish)["finish"] == finish
    change(event, hanna, finish="none")
    assert seen(service, hanna)["grid"]["cells"] == before


def test_the_tint_can_change_while_the_picture_is_revealed(service: Service) -> None:
    event, _ = service.wall_with(40)
    hanna = event.host()
    before = seen(service, hanna)["grid"]["cells"]
    change(event, hanna, finish="reveal")
    change(event, hanna, tint=35)
    change(event, hanna, finish="none")
    after = seen(service, hanna)
    assert (after["grid"]["cells"], after["tint"]) == (before, 35)


def test_a_picture_replaced_during_the_reveal_stays_revealed_and_can_be_undone(service: Service) -> None:
    event, _ = service.wall_with(40)
    hanna = event.host()
    change(event, hanna, finish="reveal")
    assert replace(event, hanna, target=upload(logo((300, 300)))).status_code == 200
    assert seen(service, hanna)["finish"] == "reveal"
    change(event, hanna, finish="none")
    grid = seen(service, hanna)["grid"]
    assert grid["columns"] == grid["rows"]
    board_of(service).check()


def test_the_reveal_comes_with_the_end_of_the_break_if_the_host_wants_that(service: Service) -> None:
    event = service.open_event()
    hanna = event.host()

    def close(state: str) -> str:
        assert hanna.call("POST", "/api/host/state", json={"state": state}).status_code == 200
        Ticking(service.shop).tick(time.time() + NOTICE_SECONDS)
        service.run_jobs()
        return str(seen(service, hanna)["finish"])

    assert change(event, hanna, reveal_on_close=True)["reveal_on_close"] is True
    assert close("closed") == "none"  # nobody is on the wall yet
    assert close("open") == "none"
    event.with_photos(5)
    assert close("closed") == "reveal"
    assert close("open") == "reveal"
    change(event, hanna, reveal_on_close=False, finish="none")
    assert close("closed") == "none"


# ---- quiet moments --------------------------------------------------------------------------------------------------


def test_a_quiet_wall_gets_better_bit_by_bit_until_there_is_nothing_to_gain(service: Service) -> None:
    event, _ = service.wall_with(60)
    misfit, homes = board_of(service).fit.sum(), board_of(service).home_cells
    revision = wall_of(service).revision
    assert sweeper.improve_quiet_walls(service.shop, wall_of(service).changed_at) == 0  # it has just changed
    slices = 0
    while wall_of(service).improvable:
        slices += 1
        assert slices < 200
        before = wall_of(service)
        assert sweeper.improve_quiet_walls(service.shop, before.changed_at + 1) == 1
        service.run_jobs()
        after = wall_of(service)
        assert after.revision - before.revision in (0, 2)  # the cells, and their tiles
        if after.revision == before.revision:
            assert not after.improvable
    board = board_of(service)
    board.check()
    assert slices > 1
    assert board.home_cells == homes
    assert board.fit.sum() < misfit
    assert wall_of(service).revision > revision
    assert sweeper.improve_quiet_walls(service.shop, wall_of(service).changed_at + 1) == 0
    event.with_photos(1)
    assert wall_of(service).improvable


def test_panels_hear_of_an_improvement_as_of_any_change(service: Service) -> None:
    event, _ = service.wall_with(60)
    hanna = event.host()
    before = seen(service, hanna)
    jobs.improve(wall_of(service).id)
    missed = hanna.get(f"/api/changes?since={before['revision']}")
    cells, tiles = missed["changes"]
    assert cells["cells"]
    assert all(not home for _, _, home, _ in cells["cells"])
    assert (cells["patch"], cells["count"]) == (True, 60)
    assert len({cell // before["grid"]["columns"] // 8 for cell, *_ in cells["cells"]}) == 1
    assert tiles["tiles"]


def test_improving_waits_while_somebody_is_coming(service: Service) -> None:
    event, _ = service.wall_with(60)
    event.join().send(photo_bytes(99))
    before = wall_of(service)
    assert sweeper.improve_quiet_walls(service.shop, before.changed_at + 1) == 0
    jobs.improve(before.id)
    assert wall_of(service).revision == before.revision
    jobs.improve(before.id + 1)  # a wall that is not there


def test_an_improvement_that_was_overtaken_changes_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _ = service.wall_with(60)
    wall = wall_of(service)
    store = improving.store_pictures

    def other_was_faster(*arguments: Any) -> None:
        with service.shop.database.write() as session:
            session.execute(update(Wall).values(revision=Wall.revision + 1))
        store(*arguments)

    monkeypatch.setattr(improving, "store_pictures", other_was_faster)
    jobs.improve(wall.id)
    assert wall_of(service).cells == wall.cells
    assert wall_of(service).revision == wall.revision + 1
    assert wall.id not in service.shop.walls


# ---- odd input, from one end to the other ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (upload(logo((60, 40))), "too_small"),
        (upload(Image.new("1", (10_000, 8_000))), "too_many_pixels"),
        (upload(Image.new("RGB", (300, 200), "#0057b8")), "one_colour"),
        (upload(Image.new("RGBA", (300, 200))), "one_colour"),
    ],
    ids=["tiny", "huge", "one colour", "nothing at all"],
)
def test_a_target_that_cannot_be_is_refused_with_words_that_say_what_to_do(
    service: Service, monkeypatch: pytest.MonkeyPatch, target: Upload, reason: str
) -> None:
    monkeypatch.setattr("plugin.web.views.picture.TARGET_WAIT_SECONDS", 5.0)
    monkeypatch.setattr("time.sleep", lambda _seconds: service.run_jobs())
    target[0].seek(0)
    answer = service.client.post(
        "/api/events", data={"name": "x", "target": (io.BytesIO(target[0].read()), "t.png")}
    )
    assert answer.status_code == 422
    error = error_of(answer)
    assert (error["code"], error["field"]) == (reason, "target")
    assert error["message"] == WORDS_OF_TARGETS[reason]
    assert any(word in error["message"] for word in ("Choose", "Save"))


def test_a_white_drawing_on_nothing_becomes_a_wall_on_which_it_shows(service: Service) -> None:
    event = service.open_event(target=upload(logo(ground=None, shape="#ffffff")))
    event.with_photos(1)
    picture = pixels(service, event.host().get("/api/host")["picture"]["original"])
    middle, corner = picture[picture.shape[0] // 2, picture.shape[1] // 2], picture[3, 3]
    assert middle.min() > 240
    assert corner.max() < 80


def test_an_animated_target_gives_its_first_picture(service: Service) -> None:
    frames = [logo().convert("RGB"), logo(shape="#c00000").convert("RGB")]
    target = upload(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)
    picture = pixels(
        service, service.open_event(target=target).host().get("/api/host")["picture"]["original"]
    )
    assert picture[picture.shape[0] // 2, picture.shape[1] // 2].argmax() == 2  # blue


def test_a_huge_target_is_taken_in_at_a_bounded_size(service: Service) -> None:
    event = service.open_event(target=upload(logo().resize((6000, 3750)).convert("RGB"), "JPEG"))
    stored = target_of(service.shop, wall_of(service))
    assert max(stored.shape) <= 2048
    assert event.host().get("/api/host")["target"] == "ready"


@pytest.mark.parametrize("finish", ["none", "reveal", "once"])
def test_one_photo_makes_a_whole_wall(service: Service, finish: str) -> None:
    event, _ = service.wall_with(1)
    change(event, event.host(), finish=finish)
    board = board_of(service)
    assert (board.shown > 0).all()
    assert board.photos == 1


def test_two_identical_photos_have_a_home_each(service: Service) -> None:
    event = service.open_event()
    for name in ("Ada", "Ben"):
        event.join().send(photo_bytes(3), name=name)
    service.run_jobs()
    board = board_of(service)
    assert len(set(board.home_cells.values())) == 2
    assert set(np.unique(board.shown)) == set(board.ids)


def test_a_photo_of_a_single_colour_is_a_photo(service: Service) -> None:
    event, _ = service.wall_with(12)
    stream = io.BytesIO()
    Image.new("RGB", (200, 200), "#123456").save(stream, "PNG")
    ada = event.join()
    ada.send(stream.getvalue())
    service.run_jobs()
    assert ada.photo()["state"] == "placed"
    board_of(service).check()


def test_beyond_the_last_cell_of_the_last_grid_photos_are_turned_away_with_words(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FIRST_CELLS", "MOST_CELLS"):
        monkeypatch.setattr(grids, name, 15)
    event, people = service.wall_with(17)
    states = [person.photo()["state"] for person in people]
    assert states.count("placed") == wall_of(service).count == board_of(service).grid.cells
    late = next(person for person in people if person.photo()["state"] == "refused")
    assert late.photo()["refusal"]["code"] == "wall_full"
    assert "full" in late.photo()["refusal"]["message"]
    with service.shop.database.read() as session:
        assert not session.scalars(select(Photo.id).where(Photo.state == "prepared")).all()
    hanna = event.host()
    change(event, hanna, finish="once")
    assert board_of(service).photos == wall_of(service).count
    people[0].call("DELETE", f"/api/photos/{people[0].photo()['id']}")
    service.run_jobs()
    late.send(photo_bytes(500))
    service.run_jobs()
    assert late.photo()["state"] == "placed"
