"""Who comes forward on a stage in quiet moments."""

import pytest

from plugin.together import forward
from tests.factories import Event, Person, Service, photo_bytes


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "KEPT_SECONDS", 0.0)


def with_choice(event: Event, number: int, stage: str) -> Person:
    person = event.join()
    person.send(photo_bytes(number), name=f"Person {number}", story=f"Story {number}", stage=stage)
    return person


def names(event: Event) -> list[str]:
    return [each["name"] for each in event.stage().get("/api/forward")["photos"]]


def test_only_those_who_agreed_to_be_named_come_forward(service: Service) -> None:
    event = service.open_event()
    for number, choice in enumerate(["named", "photo", "no", "named"]):
        with_choice(event, number, choice)
    event.join().send(photo_bytes(9), name="Silent")
    service.run_jobs()
    assert sorted(names(event)) == ["Person 0", "Person 3"]


def test_whoever_hides_is_paused_or_changes_their_mind_does_not(service: Service) -> None:
    event = service.open_event()
    hidden, unnamed, stays = (with_choice(event, number, "named") for number in range(3))
    service.run_jobs()
    hidden.call("PATCH", "/api/me", json={"reachability": "hidden"})
    unnamed.call("PATCH", "/api/me", json={"stage": "photo"})
    service.run_jobs()
    assert names(event) == [stays.get("/api/me")["attendee"]["name"]]


def test_the_least_shown_come_first_and_it_counts(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "AT_ONCE", 2)
    event = service.open_event()
    for number in range(4):
        with_choice(event, number, "named")
    service.run_jobs()
    first, second = names(event), names(event)
    assert sorted(first + second) == [f"Person {number}" for number in range(4)]


def test_all_stages_of_an_event_show_the_same_for_a_while(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "KEPT_SECONDS", 60.0)
    monkeypatch.setattr(forward, "AT_ONCE", 1)
    event = service.open_event()
    for number in range(3):
        with_choice(event, number, "named")
    service.run_jobs()
    assert len({tuple(names(event)) for _ in range(5)}) == 1


def test_it_is_for_stages(service: Service) -> None:
    event = service.open_event()
    assert event.join().call("GET", "/api/forward").status_code == 403
    assert service.client.get("/api/forward").status_code == 401
