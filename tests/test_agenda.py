"""Breaks planned beforehand: they begin by themselves, and people see them coming."""

import time
from typing import Any

import pytest
from sqlalchemy import select

from plugin.safety import retention
from plugin.state.agenda import PlannedBreak
from plugin.state.encounters import CoffeeBreak
from plugin.state.models import Wall
from plugin.together import agenda
from tests.factories import Person, Service, error_of
from tests.test_lines import database_of
from worker.ticking import Ticking

HOUR = 3600


def plan(host: Person, **wishes: Any) -> Any:
    return host.call("POST", "/api/host/agenda", json={"begins_in": HOUR, "minutes": 10} | wishes)


def tick(service: Service, after: float) -> None:
    """What the clock does when so many seconds have passed."""
    Ticking(service.shop).tick(time.time() + after)


def breaks_of(service: Service) -> list[CoffeeBreak]:
    with database_of(service).read() as session:
        return list(session.scalars(select(CoffeeBreak).order_by(CoffeeBreak.id)))


def test_what_is_planned_is_listed_for_hosts_in_its_order(service: Service) -> None:
    event = service.open_event(work=False)
    host = event.host()
    plan(host, begins_in=2 * HOUR, minutes=5)
    listed = plan(host, reveal=True).json["agenda"]
    assert [(each["minutes"], each["reveal"]) for each in listed] == [(10, True), (5, False)]
    assert abs(listed[0]["begins_in"] - HOUR) <= 1
    assert [each["id"] for each in host.get("/api/host")["agenda"]] == [each["id"] for each in listed]
    assert event.join().call("POST", "/api/host/agenda", json={}).status_code == 403


def test_a_break_is_seen_coming_ten_minutes_before_and_begins_at_its_time(service: Service) -> None:
    event = service.open_event(work=False)
    ada, host = event.join(), event.host()
    plan(host)
    tick(service, HOUR - agenda.LEAD_SECONDS - 5)
    assert breaks_of(service) == []
    tick(service, HOUR - agenda.LEAD_SECONDS + 5)
    (planned,) = breaks_of(service)
    assert abs(planned.begins_at - time.time() - HOUR) < 5
    assert planned.pour + planned.stroll + planned.line == 600
    assert ada.get("/api/break")["break"]["phase"] == "soon"
    assert host.get("/api/host")["agenda"] == []
    tick(service, HOUR)
    assert len(breaks_of(service)) == 1


def test_the_picture_is_revealed_at_the_end_of_a_break_that_was_planned_so(service: Service) -> None:
    host = service.open_event(work=False).host()
    plan(host, reveal=True)
    tick(service, HOUR)
    with database_of(service).read() as session:
        assert session.scalars(select(Wall.reveal_on_close)).one() is True


def test_a_break_that_the_host_began_meanwhile_goes_on_first(service: Service) -> None:
    host = service.open_event(work=False).host()
    plan(host, begins_in=300)
    host.call("POST", "/api/host/break", json={"minutes": 5})
    tick(service, 10)
    assert len(breaks_of(service)) == 1
    assert len(host.get("/api/host")["agenda"]) == 1
    host.call("DELETE", "/api/host/break")
    tick(service, 400)
    assert len(breaks_of(service)) == 2


@pytest.mark.parametrize("late", [True, False])
def test_what_was_missed_or_planned_for_a_closed_event_does_not_begin(service: Service, late: bool) -> None:
    host = service.open_event(work=False).host()
    plan(host)
    if not late:
        host.call("POST", "/api/host/state", json={"state": "closed"})
    tick(service, HOUR + (HOUR if late else 0))
    assert breaks_of(service) == []
    assert host.get("/api/host")["agenda"] == []


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"minutes": 7}, "minutes"),
        ({"begins_in": 0}, "begins_in"),
        ({"begins_in": 31 * 86_400}, "begins_in"),
        ({"begins_in": "soon"}, "begins_in"),
        ({"reveal": 1}, "reveal"),
        ({"begins_in": HOUR + 300}, "begins_in"),
    ],
)
def test_what_cannot_be_planned_is_refused_in_words(service: Service, wishes: Any, field: str) -> None:
    host = service.open_event(work=False).host()
    assert plan(host).status_code == 201
    refused = plan(host, **({"begins_in": 3 * HOUR} | wishes))
    assert (refused.status_code in (409, 422), error_of(refused)["field"]) == (True, field)


def test_a_planned_break_is_called_off_by_hosts_of_its_event_alone(service: Service) -> None:
    host = service.open_event(work=False).host()
    other = service.open_event(work=False, name="Other").host()
    (planned,) = plan(host).json["agenda"]
    path = f"/api/host/agenda/{planned['id']}"
    assert other.call("DELETE", path).status_code == 404
    assert host.call("DELETE", path).json["agenda"] == []
    assert host.call("DELETE", path).status_code == 404


def test_an_agenda_goes_with_its_event(service: Service) -> None:
    plan(service.open_event(work=False).host())
    retention.purge(service.shop.database, service.shop.storage, before=4e9)
    with database_of(service).read() as session:
        assert session.scalars(select(PlannedBreak)).all() == []
