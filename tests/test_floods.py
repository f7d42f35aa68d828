"""What one address may bring to a wall at once, who waits beyond it, and how many hellos one person is shown."""

import time

import pytest
from sqlalchemy import func, select, update

from plugin.people.floods import DRAIN_SECONDS, HASTY_SECONDS, Budget, drain, is_over, network_mark
from plugin.settings import Settings
from plugin.state.encounters import HelloLine
from plugin.state.models import Assurance, Attendee, Photo, PhotoState, Role
from plugin.state.presence import HERE_SECONDS
from plugin.together.conversations import LEFT_ALONE_SECONDS, UNANSWERED_AT_ONCE
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Person, Service, photo_bytes
from tests.gatherings import gather


def arrive(service: Service, event: Event, number: int, address: str = "198.51.100.7") -> list[Person]:
    """So many guests of one address, each with a photo at once, as a script does it."""
    people = []
    for _ in range(number):
        answer = service.client.post(
            "/api/join", json={"code": event.code}, environ_overrides={"REMOTE_ADDR": address}
        )
        person = Person(service, answer.json["token"], answer.json)
        person.send(photo_bytes("red"), name="Mallory")
        people.append(person)
    return people


def number_in(service: Service, state: PhotoState) -> int:
    with service.shop.database.read() as session:
        return session.scalar(select(func.count()).select_from(Photo).where(Photo.state == state)) or 0


def later(service: Service, seconds: float) -> None:
    """As if everybody had joined and sent so long ago."""
    with service.shop.database.write() as session:
        session.execute(update(Attendee).values(joined_at=Attendee.joined_at - seconds))
        session.execute(update(Photo).values(touched_at=Photo.touched_at - seconds))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A small budget, so that a flood is quickly made."""
    object.__setattr__(settings, "photos_at_once", 3)
    object.__setattr__(settings, "guests_an_hour", 8)
    return settings


def test_a_flood_from_one_address_waits_and_others_do_not(service: Service) -> None:
    event = service.open_event()
    arrive(service, event, 7)
    (ada,) = arrive(service, event, 1, "203.0.113.9")
    service.run_jobs()
    assert number_in(service, PhotoState.PLACED) == 4
    assert number_in(service, PhotoState.HELD) == 4
    assert ada.photo()["state"] == "placed"
    assert len(event.host().get("/api/host")["waiting"]) == 4


def test_an_ipv6_customer_is_one_address(service: Service) -> None:
    event = service.open_event()
    for number in range(5):
        arrive(service, event, 1, f"2001:db8:1:2::{number}")
    arrive(service, event, 1, "2001:db8:1:3::1")
    service.run_jobs()
    assert number_in(service, PhotoState.HELD) == 2


def test_whoever_waits_can_say_no_hello_until_the_host_has_looked(service: Service) -> None:
    event = service.open_event()
    first, *_, last = arrive(service, event, 5)
    service.run_jobs()
    body = {"photo": first.photo()["id"], "opener": "photo_like"}
    answer = last.call("POST", "/api/hellos", json=body)
    assert answer.json["error"]["code"] == "photo_waiting"
    host = event.host()
    photo = last.photo()
    path = f"/api/host/photos/{photo['id']}"
    answer = host.call("POST", path, json={"decision": "approve", "story": photo["story"]})
    assert answer.status_code < 300, answer.text
    service.run_jobs()
    assert last.call("POST", "/api/hellos", json=body).status_code == 201


def test_the_budget_refills(service: Service) -> None:
    event = service.open_event()
    arrive(service, event, 4)
    later(service, HASTY_SECONDS + 1)
    arrive(service, event, 2)
    service.run_jobs()
    assert number_in(service, PhotoState.HELD) == 1
    later(service, 3601)
    arrive(service, event, 2)
    service.run_jobs()
    assert number_in(service, PhotoState.HELD) == 1


def test_beyond_so_many_guests_an_hour_patience_does_not_help(service: Service) -> None:
    event = service.open_event()
    people = [event.join() for _ in range(10)]
    later(service, HASTY_SECONDS + 1)
    for person in people:
        person.send(photo_bytes("red"), name="Mallory")
    service.run_jobs()
    assert [person.photo()["state"] for person in people] == ["placed"] * 8 + ["held"] * 2


def test_a_hall_behind_one_address_waits_for_nobody(service: Service) -> None:
    """3,000 guests who come within a minute; one of twenty is quick, the others are still choosing a photo."""
    (ada,) = gather(service, 1)
    now = time.time()
    with service.shop.database.write() as session:
        own = session.scalars(select(Photo).where(Photo.attendee_id == ada.id)).one()
        people = [
            Attendee(
                event_id=session.get_one(Attendee, ada.id).event_id,
                platform="web",
                tenant="",
                user_id=f"guest-{number}",
                assurance=Assurance.GUEST,
                came_from=b"hall",
                joined_at=now - 60 + number / 50,
            )
            for number in range(3000)
        ]
        session.add_all(people)
        session.flush()
        session.add_all(
            Photo(
                wall_id=own.wall_id,
                attendee_id=person.id,
                key=f"{person.id:032x}",
                idempotency_key="12345678",
                story="",
                prompt="",
            )
            for person in people[::20]
        )
        session.flush()
        assert not [person.id for person in people[-200:] if is_over(session, Budget(), person, now)]


def test_without_a_host_at_hand_the_queue_drains_slowly(service: Service) -> None:
    event = service.open_event()
    arrive(service, event, 5)
    service.run_jobs()
    shop = service.shop
    later(service, DRAIN_SECONDS + 1)
    half_a_minute_on = time.time() + HERE_SECONDS + 1
    assert drain(shop.database, shop.jobs, shop.presence, half_a_minute_on) == 1
    service.run_jobs()
    assert (number_in(service, PhotoState.PLACED), number_in(service, PhotoState.HELD)) == (4, 1)
    assert drain(shop.database, shop.jobs, shop.presence, half_a_minute_on) == 1


def test_with_a_host_at_hand_the_host_decides(service: Service) -> None:
    event = service.open_event()
    arrive(service, event, 5)
    service.run_jobs()
    shop, known = service.shop, service.app.extensions[EXTENSION]
    event.host().get("/api/host")
    known.batches.flush()
    later(service, DRAIN_SECONDS + 1)
    with known.database.read() as session:
        host_id = session.scalars(select(Attendee.id).where(Attendee.role == Role.HOST)).one()
        event_id = session.get_one(Attendee, host_id).event_id
    assert known.batches.presence.beat(event_id, [host_id], time.time() + HERE_SECONDS)
    assert drain(shop.database, shop.jobs, shop.presence, time.time() + HERE_SECONDS + 1) == 0


def test_what_has_waited_for_a_moment_only_goes_on_waiting(service: Service) -> None:
    event = service.open_event()
    arrive(service, event, 5)
    service.run_jobs()
    shop = service.shop
    assert drain(shop.database, shop.jobs, shop.presence, time.time() + DRAIN_SECONDS - 5) == 0


def test_where_the_host_looks_at_every_photo_nothing_drains(service: Service) -> None:
    event = service.open_event(reviewed="1")
    arrive(service, event, 5)
    service.run_jobs()
    shop, known = service.shop, service.app.extensions[EXTENSION]
    known.batches.flush()
    later(service, DRAIN_SECONDS + 1)
    assert drain(shop.database, shop.jobs, shop.presence, time.time() + 31) == 0


def test_a_network_is_a_digest_of_its_own_in_each_event() -> None:
    marks = {
        network_mark(*each)
        for each in (
            ("secret", "ABC", "198.51.100.7"),
            ("secret", "ABD", "198.51.100.7"),
            ("other", "ABC", "198.51.100.7"),
            ("secret", "ABC", "198.51.100.8"),
        )
    }
    assert len(marks) == 4


# ---- hellos -----------------------------------------------------------------------------------------------------


def test_one_person_is_shown_a_few_unanswered_hellos_at_once(service: Service) -> None:
    ada, *crowd = gather(service, 61)
    sent = [person.say(ada)["id"] for person in crowd]
    shown = [hello["id"] for hello in ada.hellos()]
    assert sorted(shown) == sent[:UNANSWERED_AT_ONCE]
    assert ada.get("/api/me")["hellos"] == UNANSWERED_AT_ONCE
    assert crowd[-1].hellos()[0]["state"] == "sent"  # the sender sees no difference
    ada.answer(sent[0])
    ada.call("POST", f"/api/hellos/{sent[1]}/decline", json={})
    assert sorted(hello["id"] for hello in ada.hellos()) == [sent[0], *sent[2 : UNANSWERED_AT_ONCE + 2]]


def test_hellos_that_were_seen_and_left_alone_make_room(service: Service) -> None:
    ada, *crowd = gather(service, UNANSWERED_AT_ONCE + 3)
    sent = [person.say(ada)["id"] for person in crowd]
    ada.call("POST", "/api/hellos/seen", json={"ids": sent[:1]})
    assert len(ada.hellos()) == UNANSWERED_AT_ONCE
    with service.shop.database.write() as session:
        session.execute(update(HelloLine).values(read_at=HelloLine.read_at - LEFT_ALONE_SECONDS - 1))
    assert sorted(hello["id"] for hello in ada.hellos()) == sent[: UNANSWERED_AT_ONCE + 1]
