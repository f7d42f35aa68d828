"""What an event is called, asks and says beside Send: changed while it runs, told at once, and kept with each photo."""

from typing import Any

import pytest
from sqlalchemy import select

from plugin.state.models import Photo
from tests.factories import Person, Service, error_of, photo_bytes

TERMS = {"notice": "Photos are kept for a week.", "notice_url": "https://acme.example/terms"}


def change(host: Person, **wishes: Any) -> Any:
    return host.call("PATCH", "/api/host/event", json=wishes)


def agreed(service: Service) -> list[str | None]:
    with service.shop.database.read() as session:
        return list(session.scalars(select(Photo.agreed).order_by(Photo.id)))


def test_a_new_name_and_question_are_told_to_everybody_at_once(service: Service) -> None:
    event = service.open_event(work=False)
    ada, stage, host = event.join(), event.stage(), event.host()
    assert ada.get("/api/changes?since=0")["name"] == "Spring Summit"
    assert change(host, name="Summer Summit", prompt="What is in your cup?").status_code == 200
    for person in (ada, stage):
        told = person.get("/api/changes?since=0")
        assert (told["name"], told["prompt"]) == ("Summer Summit", "What is in your cup?")
    assert host.get("/api/host")["event"]["name"] == "Summer Summit"
    assert event.join().joined["event"]["prompt"] == "What is in your cup?"


def test_what_is_not_named_stays(service: Service) -> None:
    event = service.open_event(work=False)
    host = event.host()
    change(host, **TERMS)
    told = change(host, prompt="Why?").json["event"]
    assert told.items() >= ({"name": "Spring Summit", "prompt": "Why?"} | TERMS).items()
    assert change(host, notice="", notice_url="").json["event"]["notice"] == ""


@pytest.mark.parametrize(
    ("wishes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"prompt": "x" * 141}, "prompt"),
        ({"notice": "x" * 201}, "notice"),
        ({"notice": "x", "notice_url": "http://acme.example"}, "notice_url"),
        ({"notice": "x", "notice_url": "javascript:alert(1)"}, "notice_url"),
        ({"notice": "x", "notice_url": "https://bank.example@acme.example"}, "notice_url"),
        ({"notice": "x", "notice_url": "https://[acme"}, "notice_url"),
        ({"notice": "x", "notice_url": "https://acme.example/a b"}, "notice_url"),
        ({"notice_url": "https://acme.example/terms"}, "notice"),
    ],
)
def test_what_cannot_be_said_is_told_beside_its_field(service: Service, wishes: Any, field: str) -> None:
    host = service.open_event(work=False).host()
    refused = change(host, **wishes)
    assert (refused.status_code, error_of(refused)["field"]) == (422, field)
    assert host.get("/api/host")["event"]["notice"] == ""


def test_nobody_but_a_host_changes_it(service: Service) -> None:
    event = service.open_event(work=False)
    assert change(event.join(), name="Mine").status_code == 403
    assert change(event.stage(), name="Mine").status_code == 403
    assert event.host().get("/api/host")["event"]["name"] == "Spring Summit"


def test_what_was_agreed_is_kept_with_the_photo(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = event.join(), event.join()
    ada.send(photo_bytes(1))
    change(event.host(), **TERMS)
    text = "Photos are kept for a week. https://acme.example/terms"
    ben.send(photo_bytes(2), agreed=text)
    assert agreed(service) == [None, text]


@pytest.mark.parametrize("read", ["", "Photos are kept for a day."])
def test_nobody_agrees_to_a_notice_that_they_did_not_read(service: Service, read: str) -> None:
    event = service.open_event(work=False)
    change(event.host(), **TERMS)
    refused = event.join().send(photo_bytes(1), ok=False, agreed=read)
    assert (refused.status_code, error_of(refused)["code"]) == (409, "other_notice")
    assert agreed(service) == []
    assert not [each for each in service.shop.storage.names("uploads") if not each.startswith("target")]
