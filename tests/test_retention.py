"""When an event had its time, which one is still awaited, and that nobody gets the id of somebody who went with it."""

import time

import pytest
from sqlalchemy import update

from plugin.safety import retention
from plugin.state.models import Attendee, Change, Event, Role
from plugin.state.registrations import Registration, Source
from tests.factories import Service
from tests.hopin_cast import HopinService

DAY = retention.DAY_SECONDS


def age(service: Service, days: float) -> None:
    """All events are so many days old, and nothing has happened since; their registrations were read just now."""
    then = time.time() - days * DAY
    with service.shop.database.write() as session:
        for column in (Event.created_at, Attendee.joined_at, Change.changed_at):
            session.execute(update(column.class_).values({column: then}))


def purged(service: Service) -> int:
    return retention.purge(service.shop.database, service.shop.storage, time.time() - 30 * DAY)


@pytest.fixture
def prepared(in_hopin: HopinService) -> HopinService:
    """An organizer gave an event a wall and looked at its desk; two people registered."""
    for name in ("ada", "ben"):
        in_hopin.hopin.register(f"{name}@acme.example")
    started = in_hopin.organizer().start_wall()
    in_hopin.read()
    code, _, key = started["desk_url"].rpartition("/")[2].partition("#")
    joined = in_hopin.client.post("/api/join", json={"code": code, "host_key": key})
    assert joined.json["attendee"]["role"] == Role.HOST
    return in_hopin


def test_a_wall_whose_registrations_are_read_waits_for_its_event_for_a_year(prepared: HopinService) -> None:
    age(prepared, 200)
    assert purged(prepared) == 0
    assert len(prepared.registrations()) == 2
    age(prepared, 397)
    assert purged(prepared) == 1
    assert prepared.registrations() == {}


def test_it_does_not_wait_once_somebody_came(prepared: HopinService) -> None:
    prepared.enter(prepared.source().place_key)
    age(prepared, 29)
    assert purged(prepared) == 0
    age(prepared, 31)
    assert purged(prepared) == 1


def test_it_does_not_wait_when_nothing_is_read_any_more(prepared: HopinService) -> None:
    with prepared.shop.database.write() as session:
        session.execute(update(Source).values(read_at=time.time() - 31 * DAY))
    age(prepared, 31)
    assert purged(prepared) == 1


def test_a_wall_without_registrations_does_not_wait(service: Service) -> None:
    service.open_event(work=False)
    age(service, 31)
    assert purged(service) == 1


def test_the_id_of_somebody_who_went_with_an_event_is_nobody_elses(service: Service) -> None:
    before = service.open_event(work=False).join()
    age(service, 31)
    assert purged(service) == 1
    event = service.open_event(work=False)
    after = event.join()
    assert after.joined["attendee"]["id"] > before.joined["attendee"]["id"]
    back = event.join(return_key=before.joined["return_key"])
    assert back.joined["attendee"]["id"] not in (
        before.joined["attendee"]["id"],
        after.joined["attendee"]["id"],
    )
    assert before.call("GET", "/api/me").status_code == 401


def test_no_personal_link_becomes_that_of_somebody_else(prepared: HopinService) -> None:
    known = max(each.id for each in prepared.registrations().values())
    age(prepared, 397)
    assert purged(prepared) == 1
    prepared.organizer().start_wall()
    prepared.read()
    with prepared.shop.database.read() as session:
        assert min(each.id for each in session.query(Registration)) > known
