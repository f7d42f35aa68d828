"""The reveal as a moment: counted down for everybody, ready when its time comes, undone, seen by the host first."""

import io
import time
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from plugin.state.encounters import Hello, HelloState
from plugin.state.finish import Reveal
from plugin.state.models import Attendee, Photo, PhotoState, Wall
from plugin.wall import revealing
from plugin.web.live.facts import EventFacts
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Person, Service
from worker import sweeper
from worker.ticking import Ticking


def reveal(host: Person, wished: bool = True, status: int = 200, **more: Any) -> Any:
    answer = host.call("POST", "/api/host/reveal", json={"revealed": wished} | more)
    assert answer.status_code == status, answer.text
    return answer.json


def told(service: Service, somebody: Person) -> Any:
    """What polling tells of the reveal."""
    service.app.extensions[EXTENSION].facts.forget(1)
    return somebody.get("/api/changes?since=0")["reveal"]


def wall_of(service: Service) -> Wall:
    with service.shop.database.read() as session:
        return session.scalars(select(Wall)).one()


def row_of(service: Service) -> Reveal:
    with service.shop.database.read() as session:
        return session.scalars(select(Reveal).options(undefer(Reveal.rehearsed))).one()


def tick(service: Service, seconds: float) -> None:
    """So much later."""
    Ticking(service.shop).tick(time.time() + seconds)
    service.run_jobs()


def test_the_reveal_is_counted_down_from_a_moment_that_the_service_gives(service: Service) -> None:
    event, people = service.wall_with(3)
    before = wall_of(service)
    assert told(service, people[0]) is None
    first = reveal(event.host())["reveal"]
    assert first["starts_in"] == pytest.approx(revealing.NOTICE_SECONDS, abs=2)
    for somebody in (people[0], event.join(), event.stage()):
        now = told(service, somebody)
        assert now["id"] == first["id"]
        assert 10 < now["starts_in"] <= first["starts_in"]
        service.app.extensions[EXTENSION].snapshots._kept.clear()
        assert somebody.get("/api/wall")["reveal"]["id"] == first["id"]
    assert reveal(event.host())["reveal"]["id"] == first["id"]  # a second host does not begin anew
    service.run_jobs()
    tick(service, 0)
    assert wall_of(service).revision == before.revision  # nobody's wall changes yet


def test_it_is_worked_out_before_and_begins_when_its_time_has_come(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, _ = service.wall_with(3)
    reveal(event.host())
    service.run_jobs()
    worked_out = row_of(service).rehearsed
    assert worked_out
    monkeypatch.setattr("worker.wall.remodel._finished", None)  # it has no need to be worked out again
    tick(service, revealing.NOTICE_SECONDS - revealing.LEAD_SECONDS - 5)
    assert not wall_of(service).revealed
    tick(service, revealing.NOTICE_SECONDS - revealing.LEAD_SECONDS + 1)
    wall = wall_of(service)
    assert wall.revealed
    assert wall.columns * wall.rows > 5000
    assert row_of(service).rehearsed is None


def test_whoever_comes_and_goes_during_the_countdown_is_on_the_revealed_wall_and_is_not(
    service: Service,
) -> None:
    event, people = service.wall_with(30)
    reveal(event.host())
    service.run_jobs()
    (late,) = event.with_photos(1)
    people[0].call("DELETE", f"/api/photos/{people[0].photo()['id']}")
    service.run_jobs()
    tick(service, revealing.NOTICE_SECONDS)
    wall = wall_of(service)
    shown = set(np.frombuffer(wall.cells, "<u4").tolist())
    with service.shop.database.read() as session:
        placed = set(session.scalars(select(Photo.id).where(Photo.state == PhotoState.PLACED)))
    assert wall.revealed
    assert shown == placed
    assert late.photo()["id"] in shown


def test_a_reveal_that_nobody_worked_out_comes_all_the_same(service: Service) -> None:
    event, _ = service.wall_with(3)
    reveal(event.host())
    service.shop.jobs._redis.flushall()
    tick(service, revealing.NOTICE_SECONDS)
    assert wall_of(service).revealed


def test_a_lost_rehearsal_is_asked_for_again(service: Service) -> None:
    event, _ = service.wall_with(3)
    reveal(event.host())
    service.shop.jobs._redis.flushall()
    assert sweeper.sweep(service.shop, 0) == 1
    service.run_jobs()
    assert row_of(service).rehearsed
    assert sweeper.sweep(service.shop, 0) == 0


def test_it_is_undone_while_it_is_counted_down(service: Service) -> None:
    event, people = service.wall_with(3)
    hanna, before = event.host(), wall_of(service)
    reveal(hanna)
    assert reveal(hanna, wished=False)["reveal"] is None
    assert told(service, people[0]) is None
    tick(service, 100)
    assert wall_of(service).revision == before.revision
    again = reveal(hanna)["reveal"]
    assert again["id"] == 2  # so that a panel begins to count anew


def test_it_is_undone_afterwards_and_can_come_again(service: Service) -> None:
    event, people = service.wall_with(3)
    hanna, before = event.host(), wall_of(service)
    for turn in (1, 2):
        reveal(hanna)
        tick(service, revealing.NOTICE_SECONDS)
        assert wall_of(service).revealed
        assert told(service, people[0])["id"] == turn
        reveal(hanna, wished=False)
        service.run_jobs()
        after = wall_of(service)
        assert (after.revealed, after.cells) == (False, before.cells)
        assert told(service, people[0]) is None


def test_a_host_who_brings_back_the_live_wall_at_the_picture_ends_the_moment_too(service: Service) -> None:
    event, people = service.wall_with(3)
    hanna = event.host()
    reveal(hanna)
    tick(service, revealing.NOTICE_SECONDS)
    assert hanna.call("POST", "/api/host/picture", json={"finish": "none"}).status_code == 200
    assert told(service, people[0]) is None


def test_a_host_may_do_it_at_once(service: Service) -> None:
    event, _ = service.wall_with(3)
    reveal(event.host(), notice=0)
    service.run_jobs()
    assert wall_of(service).revealed


@pytest.mark.parametrize("notice", [-1, 121, True, "soon", 1.5, None])
def test_a_notice_of_another_kind_is_refused(service: Service, notice: object) -> None:
    event, _ = service.wall_with(3)
    reveal(event.host(), notice=notice, status=422)


def test_without_a_photo_there_is_nothing_to_reveal(service: Service) -> None:
    event = service.open_event()
    reveal(event.host(), status=422)
    assert event.host().call("POST", "/api/host/reveal/preview").status_code == 422


def test_only_a_host_reveals_and_sees_the_preview(service: Service) -> None:
    _, people = service.wall_with(3)
    for method, path in (
        ("POST", "/api/host/reveal"),
        ("POST", "/api/host/reveal/preview"),
        ("GET", "/api/host/reveal/preview.jpg"),
    ):
        json = {"revealed": True} if method == "POST" else None
        assert people[0].call(method, path, json=json).status_code == 403


def test_a_wall_that_shows_each_photo_once_is_revealed_without_a_rehearsal(service: Service) -> None:
    event, _ = service.wall_with(30)
    hanna = event.host()
    assert hanna.call("POST", "/api/host/picture", json={"finish": "once"}).status_code == 200
    service.run_jobs()
    assert hanna.call("POST", "/api/host/reveal/preview").status_code == 409
    reveal(hanna)
    service.run_jobs()
    assert row_of(service).rehearsed is None
    assert sweeper.sweep(service.shop, 0) == 0
    tick(service, revealing.NOTICE_SECONDS)
    assert (wall_of(service).revealed, wall_of(service).once) == (True, False)
    reveal(hanna, wished=False)
    service.run_jobs()
    assert not wall_of(service).revealed


# ---- what was achieved ------------------------------------------------------------------------------------------


def test_afterwards_it_is_told_how_many_people_rooms_and_hellos_there_were(service: Service) -> None:
    event, people = service.wall_with(30)
    with service.shop.database.write() as session:
        ids = list(session.scalars(select(Photo.attendee_id)))
        for number, attendee_id in enumerate(ids):
            room = "ab"[number % 2] * 32
            session.execute(update(Attendee).where(Attendee.id == attendee_id).values(room=room))
        pairs = list(zip(sorted(ids)[:6], sorted(ids)[6:12], strict=True))
        for number, (low, high) in enumerate(pairs):
            state = HelloState.ANSWERED if number < 5 else HelloState.DECLINED
            session.add(Hello(event_id=1, low_id=low, high_id=high, from_id=low, to_id=high, state=state))
    reveal(event.host())
    assert told(service, people[0])["people"] == 0  # not before
    tick(service, revealing.NOTICE_SECONDS)
    after = told(service, people[0])
    assert (after["people"], after["rooms"], after["hellos"]) == (30, 2, 5)


def test_one_room_and_a_few_hellos_are_not_spoken_of(service: Service) -> None:
    event, people = service.wall_with(3)
    with service.shop.database.write() as session:
        low, high = sorted(session.scalars(select(Photo.attendee_id)))[:2]
        session.add(
            Hello(event_id=1, low_id=low, high_id=high, from_id=low, to_id=high, state=HelloState.ANSWERED)
        )
        session.execute(update(Attendee).where(Attendee.id == low).values(room="a" * 32))
    reveal(event.host(), notice=0)
    after = told(service, people[0])
    assert (after["people"], after["rooms"], after["hellos"]) == (3, 0, 0)


def test_panels_with_a_stream_are_told_of_the_beginning_and_of_the_end(service: Service) -> None:
    event, _ = service.wall_with(3)
    facts = EventFacts(service.shop.database, service.shop.presence)
    before = facts.look(1)
    hanna = event.host()
    reveal(hanna)
    counting = facts.look(1)
    assert counting.news_since(before)["reveal"]["starts_in"] > 0
    assert "reveal" not in facts.look(1).news_since(counting)
    tick(service, revealing.NOTICE_SECONDS)
    done = facts.look(1)
    assert done.news_since(counting)["reveal"]["people"] == 3
    reveal(hanna, wished=False)
    assert facts.look(1).news_since(done) == {"reveal": None}


# ---- the preview --------------------------------------------------------------------------------------------------


def preview(host: Person) -> Any:
    return host.call("GET", "/api/host/reveal/preview.jpg")


def test_a_host_sees_the_reveal_first_and_nobody_elses_wall_changes(service: Service) -> None:
    event, people = service.wall_with(30)
    hanna, before = event.host(), wall_of(service)
    assert preview(hanna).status_code == 202
    assert hanna.call("POST", "/api/host/reveal/preview").status_code == 202
    assert preview(hanna).status_code == 202
    service.run_jobs()
    answer = preview(hanna)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    with Image.open(io.BytesIO(answer.data)) as picture:
        assert picture.width > 900
    after = wall_of(service)
    assert (after.revision, after.cells, after.revealed) == (before.revision, before.cells, False)
    assert told(service, people[0]) is None
    previewed = np.frombuffer(row_of(service).rehearsed or b"", "<u4")
    reveal(hanna)
    tick(service, revealing.NOTICE_SECONDS)
    wall = wall_of(service)
    cells = wall.columns * wall.rows
    assert wall.cells == previewed[3 : 3 + cells].tobytes()  # what was seen is what comes


def test_the_preview_goes_with_a_photo_that_is_taken_back(service: Service) -> None:
    event, people = service.wall_with(3)
    hanna = event.host()
    hanna.call("POST", "/api/host/reveal/preview")
    service.run_jobs()
    assert preview(hanna).status_code == 200
    people[0].call("DELETE", f"/api/photos/{people[0].photo()['id']}")
    service.run_jobs()
    assert preview(hanna).status_code == 404


def test_small_events_have_a_reveal_worth_the_name(service: Service) -> None:
    event: Event = service.wall_with(30)[0]
    before = wall_of(service)
    reveal(event.host(), notice=0)
    service.run_jobs()
    after = wall_of(service)
    assert after.columns * after.rows > 2.5 * before.columns * before.rows
