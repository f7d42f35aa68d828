"""The coffee break: phases by the clock, minutes left and never clock times, and an end that loses nothing."""

import time
from typing import Any

import pytest
from sqlalchemy import update

from plugin.state.encounters import CoffeeBreak
from plugin.state.models import Attendee, Role, Wall
from plugin.together import breaks
from plugin.wall.revealing import NOTICE_SECONDS
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Person, Service
from tests.gatherings import gather
from worker.ticking import Ticking

SLOW = 30  # seconds that a busy machine may take between two steps of a test


def a_break(**values: Any) -> CoffeeBreak:
    return CoffeeBreak(
        **{"id": 1, "event_id": 1, "begins_at": 1000.0, "pour": 60, "stroll": 90, "line": 150} | values
    )


def shift(service: Service, seconds: float) -> None:
    """Let so much time pass for every break."""
    with service.app.extensions[EXTENSION].database.write() as session:
        session.execute(
            update(CoffeeBreak).values(
                begins_at=CoffeeBreak.begins_at - seconds, ended_at=CoffeeBreak.ended_at - seconds
            )
        )
    service.app.extensions[EXTENSION].facts._facts.clear()


@pytest.mark.parametrize(
    ("now", "phase", "phase_left", "left"),
    [
        (940, "soon", 60, 300),
        (1000, "pour", 60, 300),
        (1059, "pour", 1, 241),
        (1060, "stroll", 90, 240),
        (1150, "line", 150, 150),
        (1299.5, "line", 1, 1),
        (1300, "seats", 60, 0),
        (1359, "seats", 1, 0),
    ],
)
def test_phases_follow_one_another(now: float, phase: str, phase_left: int, left: int) -> None:
    at = breaks.moment(a_break(), now)
    assert at is not None
    shown = at.as_dict()
    assert (shown["phase"], shown["phase_left"], shown["left"]) == (phase, phase_left, left)
    assert sum(each["left"] for each in shown["phases"]) in (left, left + 1)


def test_a_minute_after_its_end_a_break_is_over() -> None:
    assert breaks.moment(a_break(), 1360) is None
    assert breaks.moment(a_break(ended_at=1010.0), 1030).phase == "seats"  # type: ignore[union-attr]
    assert breaks.moment(a_break(ended_at=1010.0), 1070) is None


def start(event: Event, minutes: int = 5, **more: Any) -> Person:
    host = event.host()
    answer = host.call("POST", "/api/host/break", json={"minutes": minutes} | more)
    assert answer.status_code == 201, answer.text
    return host


@pytest.mark.parametrize("minutes", [5, 10, 15])
def test_a_break_that_the_host_starts_is_in_every_panel(service: Service, minutes: int) -> None:
    event = service.open_event(work=False)
    ada = event.join()
    assert ada.get("/api/break")["break"] is None
    start(event, minutes)
    shown = ada.get("/api/break")["break"]
    assert shown["phase"] == "pour"
    assert minutes * 60 - SLOW <= shown["left"] <= minutes * 60
    assert sum(each["left"] for each in shown["phases"]) in range(shown["left"], shown["left"] + 3)
    for path in ("/api/wall", "/api/changes?since=0"):
        assert ada.get(path)["break"]["id"] == shown["id"]
    assert event.stage().get("/api/wall")["break"]["phase"] == "pour"


def test_no_answer_names_a_time_of_day(service: Service) -> None:
    event = service.open_event(work=False)
    start(event)
    now = time.time()

    def numbers(value: Any) -> list[float]:
        if isinstance(value, dict):
            return [each for part in value.values() for each in numbers(part)]
        if isinstance(value, list):
            return [each for part in value for each in numbers(part)]
        return [value] if isinstance(value, int | float) else []

    found = numbers(event.join().get("/api/break"))
    assert found
    assert all(abs(each - now) > 86_400 for each in found)


def test_a_scheduled_break_waits_and_can_be_begun_or_called_off(service: Service) -> None:
    event = service.open_event(work=False)
    host = start(event, 10, start_in=600)
    assert host.get("/api/break")["break"]["phase"] == "soon"
    assert 600 - SLOW <= host.get("/api/break")["break"]["starts_in"] <= 600
    begun = host.call("PATCH", "/api/host/break", json={"start_now": True}).json["break"]
    assert (begun["phase"], begun["starts_in"]) == ("pour", 0)
    host.call("DELETE", "/api/host/break")
    shift(service, 120)
    host.call("POST", "/api/host/break", json={"minutes": 5, "start_in": 60})
    assert host.call("DELETE", "/api/host/break").json["break"] is None
    assert host.get("/api/break")["break"] is None


def test_a_break_is_extended_in_the_phase_that_runs(service: Service) -> None:
    event = service.open_event(work=False)
    host = start(event, 5)
    shift(service, 100)  # in the stroll
    longer = host.call("PATCH", "/api/host/break", json={"extend": 5}).json["break"]
    assert longer["phase"] == "stroll"
    assert 350 - SLOW <= longer["phase_left"] <= 350
    assert 500 - SLOW <= longer["left"] <= 500


@pytest.mark.parametrize("passed", [310, 310.8])
def test_a_break_that_has_just_ended_goes_on_in_line(service: Service, passed: float) -> None:
    event = service.open_event(work=False)
    host = start(event, 5)
    shift(service, passed)
    assert host.get("/api/break")["break"]["phase"] == "seats"
    longer = host.call("PATCH", "/api/host/break", json={"extend": 3}).json["break"]
    assert longer["phase"] == "line"
    assert 180 - SLOW <= longer["left"] <= 180


def test_a_break_that_was_ended_in_its_first_minute_can_go_on_too(service: Service) -> None:
    event = service.open_event(work=False)
    host = start(event, 15)
    shift(service, 20.7)
    assert host.call("DELETE", "/api/host/break").json["break"]["phase"] == "seats"
    longer = host.call("PATCH", "/api/host/break", json={"extend": 2}).json["break"]
    assert longer["phase"] in ("pour", "line")
    assert 120 - SLOW <= longer["left"] <= 120


def test_one_break_at_a_time(service: Service) -> None:
    event = service.open_event(work=False)
    host = start(event)
    answer = host.call("POST", "/api/host/break", json={"minutes": 5})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "break_running")
    host.call("DELETE", "/api/host/break")
    assert host.call("POST", "/api/host/break", json={"minutes": 5}).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"minutes": 7},
        {"minutes": "5"},
        {"minutes": True},
        {},
        {"minutes": 5, "start_in": -1},
        {"minutes": 5, "start_in": 90_000},
    ],
)
def test_other_lengths_are_refused_with_words(service: Service, body: dict[str, Any]) -> None:
    host = service.open_event(work=False).host()
    answer = host.call("POST", "/api/host/break", json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "unknown_choice")


def test_what_cannot_be_changed_is_said(service: Service) -> None:
    event = service.open_event(work=False)
    host = event.host()
    for method, body in (("PATCH", {"extend": 5}), ("PATCH", {"start_now": True}), ("DELETE", {})):
        assert host.call(method, "/api/host/break", json=body).json["error"]["code"] == "no_break"
    start(event, 15)
    assert host.call("PATCH", "/api/host/break", json={"extend": 99}).status_code == 422
    for _ in range(3):
        host.call("PATCH", "/api/host/break", json={"extend": 15})
    assert host.call("PATCH", "/api/host/break", json={"extend": 15}).json["error"]["code"] == "too_long"
    host.call("POST", "/api/host/state", json={"state": "closed"})
    host.call("DELETE", "/api/host/break")
    assert host.call("POST", "/api/host/break", json={"minutes": 5}).json["error"]["code"] == "closed"


def test_an_organizer_may_start_a_break_and_an_attendee_may_not(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    with service.app.extensions[EXTENSION].database.write() as session:
        session.get_one(Attendee, ada.id).role = Role.ORGANIZER
    assert ben.refused("POST", "/api/host/break", json={"minutes": 5}) == "not_host"
    assert ada.call("POST", "/api/host/break", json={"minutes": 5}).status_code == 201
    assert ben.refused("DELETE", "/api/host/break") == "not_host"


def test_a_latecomer_enters_any_phase_and_nothing_is_lost_at_zero(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    start(event)
    hello = ada.say(ben)
    for passed in (100, 100, 110):
        shift(service, passed)
        late = event.join()
        assert late.get("/api/break")["break"] is not None
        assert late.send().status_code == 202
    shift(service, 100)
    assert ada.get("/api/break")["break"] is None
    assert ben.answer(hello["id"])["state"] == "answered"


def test_the_end_of_a_break_finishes_the_picture_where_the_host_wanted_that(service: Service) -> None:
    wanted, other = service.open_event(work=False), service.open_event(work=False)
    for event in (wanted, other):
        gather(service, 2, event)
        start(event)
    database = service.app.extensions[EXTENSION].database
    with database.write() as session:
        session.execute(update(Wall).where(Wall.event_id == 1).values(reveal_on_close=True))
    ticking = Ticking(service.shop)
    ticking.tick(time.time())
    with database.read() as session:
        assert not session.get_one(Wall, 1).reveal_wished
    shift(service, 301)
    ticking.tick(time.time())  # from now on it is counted down
    with database.read() as session:
        assert not session.get_one(Wall, 1).reveal_wished
    ticking.tick(time.time() + NOTICE_SECONDS)
    with database.read() as session:
        assert session.get_one(Wall, 1).reveal_wished
        assert not session.get_one(Wall, 2).reveal_wished
    with database.write() as session:  # the host undoes it; the break's end does not come twice
        session.get_one(Wall, 1).reveal_wished = False
    ticking.tick(time.time())
    with database.read() as session:
        assert not session.get_one(Wall, 1).reveal_wished
