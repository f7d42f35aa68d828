"""Echoes show details of photos, everywhere alike; people and hosts can have photos whole only."""

import base64
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, update

from plugin.state.models import Photo, Wall
from tests.factories import Person, Service, error_of
from worker import jobs, placing, sweeper
from worker.placement.rules import Board
from worker.restoring import restored
from worker.wall import remodel
from worker.wall.livewall import LiveWall


def wall_of(service: Service) -> Wall:
    with service.shop.database.read() as session:
        return session.scalars(select(Wall)).one()


def live_of(service: Service) -> LiveWall:
    return restored(service.shop, wall_of(service))


def board_of(service: Service) -> Board:
    return live_of(service).board


def details_in(service: Service, person: Person) -> np.ndarray:
    """As the snapshot tells them: (cells,)."""
    service.app.extensions["mosaic"].snapshots._kept.clear()
    grid = person.get("/api/wall")["grid"]
    return np.frombuffer(base64.b64decode(grid["details"]), np.uint8)


def want(person: Person, **wishes: Any) -> None:
    assert person.call("PATCH", "/api/me", json=wishes).status_code == 200
    person.service.run_jobs()


def improve(service: Service, times: int) -> None:
    for _ in range(times):
        jobs.improve(wall_of(service).id)


def as_before_details(service: Service) -> None:
    """The rows as a version left them that knew only whole photos."""
    with service.shop.database.write() as session:
        session.execute(update(Photo).values(details=None))
        session.execute(update(Wall).values(details=None, improvable=True))
    service.shop.walls.clear()


def test_echoes_show_details_and_homes_never_do(service: Service) -> None:
    _, (ada, *_) = service.wall_with(12)
    board, told = board_of(service), details_in(service, ada)
    assert told.tolist() == board.details.tolist()
    assert (told > 0).mean() > 0.2
    assert not told[board.homes].any()
    canvas = live_of(service).panel
    assert canvas.details.tolist() == told.tolist()
    assert canvas.shown.tolist() == board.shown.tolist()


def test_the_stage_is_told_of_details_only_of_those_it_shows(service: Service) -> None:
    event, people = service.wall_with(6)
    for other in people[1:]:
        want(other, stage="no")
    stage = event.stage()
    told = details_in(service, stage)
    canvas = live_of(service).stage
    assert canvas.details.tolist() == told.tolist()
    assert set(np.unique(canvas.shown).tolist()) == {people[0].photo()["id"]}
    assert (told > 0).mean() > 0.2  # whoever stands in for others does so in details, too


def test_who_wants_to_be_whole_stands_in_for_others_whole_as_well(service: Service) -> None:
    event, people = service.wall_with(6)
    ada, ben, *others = people
    for other in others:
        want(other, stage="no")
    stage = event.stage()
    since = wall_of(service).revision
    stood_in = live_of(service).stage
    parted = np.flatnonzero((stood_in.shown == ada.photo()["id"]) & (stood_in.details > 0))
    assert parted.size
    want(ada, only_whole=True)
    canvas = live_of(service).stage
    assert details_in(service, stage).tolist() == canvas.details.tolist()
    assert not canvas.details[canvas.shown == ada.photo()["id"]].any()
    assert canvas.details[canvas.shown == ben.photo()["id"]].any()
    news = stage.get(f"/api/changes?since={since}")["changes"]
    assert set(parted.tolist()) <= {cell[0] for each in news for cell in each["cells"]}


def test_somebody_wants_their_photo_whole_and_has_it_so_everywhere_at_once(service: Service) -> None:
    event, people = service.wall_with(12)
    board = board_of(service)
    most = np.bincount(board.slots, weights=board.details > 0).argmax()
    photo_id = int(board.ids[most])
    ada = next(each for each in people if each.photo()["id"] == photo_id)
    cells = np.flatnonzero((board.shown == photo_id) & (board.details > 0))
    assert ada.get("/api/me")["attendee"]["only_whole"] is False
    since = wall_of(service).revision
    want(ada, only_whole=True)
    assert ada.get("/api/me")["attendee"]["only_whole"] is True
    after = board_of(service)
    assert not after.details[after.shown == photo_id].any()
    assert (after.details > 0).any()
    after.check()
    news = ada.get(f"/api/changes?since={since}")["changes"]
    changed = {cell[0]: cell[1:] for each in news for cell in each["cells"]}
    assert set(cells.tolist()) <= changed.keys()
    event.with_photos(6)
    improve(service, 8)
    assert not board_of(service).details[board_of(service).shown == photo_id].any()
    want(ada, only_whole=False)
    assert board_of(service).described[board_of(service).ids == photo_id].any()


def test_it_holds_from_the_first_photo_on_and_for_a_new_one(service: Service) -> None:
    event, _ = service.wall_with(8)
    ben = event.join()
    want(ben, only_whole=True)
    for _ in range(2):
        ben.send()
        service.run_jobs()
        board, photo_id = board_of(service), ben.photo()["id"]
        assert (board.shown == photo_id).any()
        assert not board.details[board.shown == photo_id].any()


def test_who_changes_their_mind_while_others_are_placed_is_shown_otherwise_right_after(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, (ada, ben, *_) = service.wall_with(6)
    drawn, asked = placing.draw_tiles, []

    def meanwhile(*arguments: Any) -> None:
        if not asked:
            asked.append(ada.call("PATCH", "/api/me", json={"only_whole": True}))
            ben.call("PATCH", "/api/me", json={"stage": "no"})
        drawn(*arguments)

    monkeypatch.setattr(placing, "draw_tiles", meanwhile)
    event.join().send()
    service.run_jobs()
    assert asked
    with service.shop.database.read() as session:
        photos = [session.get_one(Photo, each.photo()["id"]) for each in (ada, ben)]
    assert [(each.whole, each.staged) for each in photos] == [(True, True), (False, False)]


def test_a_wish_that_its_job_was_lost_of_is_found_again(service: Service) -> None:
    _, (ada, *_) = service.wall_with(6)
    ada.call("PATCH", "/api/me", json={"only_whole": True})
    with service.shop.database.read() as session:
        assert sweeper._walls_to_place(session, 2e10) == [wall_of(service).id]


def test_a_host_wants_whole_photos_only_and_changes_their_mind(service: Service) -> None:
    event, people = service.wall_with(12)
    hanna = event.host()
    for whole in (True, False):
        answer = hanna.call("POST", "/api/host/picture", json={"whole_only": whole})
        assert (answer.json["whole_only"], answer.json["busy"]) == (whole, True)
        service.run_jobs()
        board = board_of(service)
        board.check()
        assert (board.whole, bool(board.details.any())) == (whole, not whole)
        assert details_in(service, people[0]).any() != whole
    assert (
        error_of(hanna.call("POST", "/api/host/picture", json={"whole_only": "yes"}))["field"] == "whole_only"
    )


@pytest.mark.parametrize("finish", ["reveal", "once"])
def test_a_finish_that_is_undone_brings_back_the_very_details(service: Service, finish: str) -> None:
    event, _ = service.wall_with(20)
    hanna = event.host()
    look = board_of(service).look()
    for wanted in (finish, "none"):
        assert hanna.call("POST", "/api/host/picture", json={"finish": wanted}).status_code == 200
        service.run_jobs()
        assert board_of(service).details.any() != (wanted == "once")
    assert board_of(service).look().tolist() == look.tolist()


def test_whole_photos_only_is_true_of_the_wall_that_a_finish_goes_back_to(service: Service) -> None:
    event, _ = service.wall_with(20)
    hanna = event.host()
    for wish in ({"finish": "reveal"}, {"whole_only": True}):
        assert hanna.call("POST", "/api/host/picture", json=wish).status_code == 200
        service.run_jobs()
    assert not board_of(service).details.any()
    assert wall_of(service).revealed
    hanna.call("POST", "/api/host/picture", json={"finish": "none"})
    service.run_jobs()
    board_of(service).check()
    assert not board_of(service).details.any()


def test_a_wall_kept_before_there_were_details_can_be_gone_back_to(service: Service) -> None:
    service.wall_with(9)
    board = board_of(service)
    size = [board.grid.columns, board.grid.rows]
    homes = np.stack([board.ids, board.homes], axis=1).ravel()
    old = np.concatenate([size, board.shown, homes]).astype("<u4").tobytes()
    before = remodel._unpacked(old)
    assert before.shown.tolist() == board.shown.tolist()
    assert dict(before.homes.tolist()) == board.home_cells
    assert not before.details.any()
    now = remodel._unpacked(remodel.packed_board(board))
    assert now.details.tolist() == board.details.tolist()
    assert now.homes.tolist() == before.homes.tolist()


def test_a_wall_of_before_goes_on_as_it_is_and_has_details_after_a_quiet_moment(service: Service) -> None:
    event, (ada, *_) = service.wall_with(12)
    as_before_details(service)
    shown = board_of(service).shown
    assert ada.get("/api/wall")["grid"]["details"] == ""
    assert not board_of(service).details.any()
    improve(service, 12)
    board = board_of(service)
    assert (board.details > 0).any()
    assert details_in(service, ada).tolist() == board.details.tolist()
    with service.shop.database.read() as session:
        assert all(len(data) == 61 * 48 for data in session.scalars(select(Photo.details)))
    assert set(np.unique(shown)) == set(np.unique(board.shown))
    board.check()
    event.with_photos(1)
    board_of(service).check()


def test_a_photo_whose_thumb_is_gone_stays_whole_and_is_not_looked_for_again(service: Service) -> None:
    service.wall_with(3)
    as_before_details(service)
    with service.shop.database.read() as session:
        key = session.scalars(select(Photo.key).order_by(Photo.id)).first()
    service.shop.storage.delete(f"photos/{key}/128.jpg")
    improve(service, 2)
    with service.shop.database.read() as session:
        kept = session.scalars(select(Photo.details).order_by(Photo.id)).all()
    assert [len(each or b"") for each in kept] == [0, 2928, 2928]
    assert kept[0] == b""
