"""The check of pictures: what it makes of harmless ones, and what becomes of those that it doubts.

There are no sexual pictures here: where one is needed, the score from which a picture counts as one is set to nothing.
"""

import time

import pytest

from plugin.people.floods import DRAIN_SECONDS, drain
from plugin.state.keys import UPLOADS, photo_folder
from plugin.wall import changing
from tests.factories import Event, Person, Service, error_of, photo_bytes
from worker import checking
from worker.pictures.photos import prepare
from worker.pictures.sexual import sexual


def checked(event: Event, wanted: str) -> Person:
    """The event checks its pictures from now on; its host."""
    host = event.host()
    answer = host.call("PATCH", "/api/host/event", json={"picture_check": wanted})
    assert answer.json["moderation"]["picture_check"] == wanted
    return host


def sent(service: Service, event: Event) -> Person:
    person = event.join()
    person.send(photo_bytes(3), name="Ada")
    service.run_jobs()
    return person


def test_the_model_finds_a_harmless_picture_harmless() -> None:
    assert sexual(prepare(photo_bytes(3))) < checking.ASKED_FROM


def test_nothing_is_checked_unless_a_host_wants_it(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "ASKED_FROM", 0.0)
    assert sent(service, service.open_event()).photo()["state"] == "placed"


def test_a_harmless_photo_is_on_the_wall_of_an_event_that_checks(service: Service) -> None:
    event = service.open_event()
    checked(event, "refuse")
    assert sent(service, event).photo()["state"] == "placed"


def test_a_doubtful_one_waits_for_a_host_however_long(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "ASKED_FROM", 0.0)
    event = service.open_event()
    host = checked(event, "ask")
    ada = sent(service, event)
    assert ada.photo()["state"] == "held"
    shop = service.shop
    assert drain(shop.database, shop.jobs, shop.presence, time.time() + 2 * DRAIN_SECONDS) == 0
    (waiting,) = host.get("/api/host")["waiting"]
    assert waiting["doubted"] is True
    host.call(
        "POST", f"/api/host/photos/{waiting['id']}", json={"decision": "approve", "story": waiting["story"]}
    )
    service.run_jobs()
    assert ada.photo()["state"] == "placed"


def test_one_that_it_is_sure_of_is_refused_in_words_and_leaves_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = service.open_event()
    checked(event, "refuse")
    monkeypatch.setattr(checking, "REFUSED_FROM", 0.0)
    photo = sent(service, event).photo()
    assert photo["refusal"]["code"] == "sexual"
    assert "It can be wrong" in photo["refusal"]["message"]
    for folder in (photo_folder(photo["key"]), UPLOADS):
        assert list(service.shop.storage.names(folder)) == []


def test_a_worker_that_cannot_check_lets_a_host_look(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = service.open_event()
    checked(event, "ask")
    monkeypatch.setattr(checking, "is_installed", lambda: False)
    assert sent(service, event).photo()["state"] == "held"


def test_where_it_is_not_installed_no_host_can_choose_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = service.open_event().host()
    monkeypatch.setattr(changing, "CHECKER", "a_package_that_is_not_there")
    assert host.get("/api/host")["moderation"]["can_check"] is False
    refused = host.call("PATCH", "/api/host/event", json={"picture_check": "ask"})
    assert (refused.status_code, error_of(refused)["code"]) == (422, "no_check")
    assert "picture-check" in error_of(refused)["message"]
    odd = host.call("PATCH", "/api/host/event", json={"picture_check": "sometimes"})
    assert error_of(odd)["code"] == "unknown_choice"
