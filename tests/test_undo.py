"""What a host did is taken back: from the list of what was done, by whichever host, once, and not against a person."""

import threading
import time
from typing import Any

import pytest
from sqlalchemy import select, update

from plugin.safety import undoing
from plugin.state.decisions import UNDO_SECONDS, Decision
from plugin.state.models import Attendee, Photo, PhotoState, Placement
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Person, Service, error_of, photo_bytes
from tests.gatherings import gather
from tests.test_safety import host_of, report
from worker.sweeper import tidy


def undo(host: Person, *decisions: int) -> Any:
    return host.call("POST", "/api/host/decisions/undo", json={"decisions": list(decisions)})


def why_not(host: Person, *decisions: int) -> str:
    return str(error_of(undo(host, *decisions))["code"])


def reviewed(service: Service, number: int = 1) -> tuple[Event, list[Person]]:
    """An event whose host looks first, with so many photos that wait."""
    event = service.open_event(reviewed="1")
    people = []
    for index in range(number):
        people.append(event.join())
        people[-1].send(photo_bytes(index), name=f"Person {index}", story=f"Story {index}")
    service.run_jobs()
    return event, people


def decide(host: Person, photo: dict[str, Any], decision: str) -> int:
    path = f"/api/host/photos/{photo['id']}"
    answer = host.call("POST", path, json={"decision": decision, "story": photo["story"]})
    assert answer.status_code == 200, answer.text
    return int(answer.json["decision"])


def settle(host: Person, decision: str) -> int:
    """Decide about the newest report."""
    number = host.get("/api/host/reports")["reports"][0]["id"]
    answer = host.call("POST", f"/api/host/reports/{number}", json={"decision": decision})
    assert answer.status_code == 200, answer.text
    return int(answer.json["decision"])


def count(person: Person) -> int:
    """How many photos have a cell."""
    with person.service.shop.database.read() as session:
        return len(session.scalars(select(Placement.photo_id)).all())


# ---- photos ---------------------------------------------------------------------------------------------------------


def test_a_refused_photo_waits_again_and_its_owner_is_told_both_times(service: Service) -> None:
    event, (ada,) = reviewed(service)
    host = event.host()
    refused = decide(host, ada.photo(), "refuse")
    assert ada.photo()["state"] == "refused"
    assert "another one" in ada.photo()["refusal"]["message"]
    assert undo(host, refused).json == {"undone": [refused]}
    assert (ada.photo()["state"], ada.photo()["refusal"]) == ("held", None)
    assert [each["id"] for each in host.get("/api/host")["waiting"]] == [ada.photo()["id"]]
    decide(host, ada.photo(), "approve")
    service.run_jobs()
    assert ada.photo()["state"] == "placed"


def test_an_approved_photo_leaves_the_wall_and_can_be_approved_again(service: Service) -> None:
    event, (ada, ben) = reviewed(service, 2)
    host = event.host()
    decide(host, ben.photo(), "approve")
    approved = decide(host, ada.photo(), "approve")
    service.run_jobs()
    assert count(ben) == 2
    undo(host, approved)
    service.run_jobs()
    assert (count(ben), ada.photo()["state"], ada.photo()["home"]) == (1, "held", None)
    decide(host, ada.photo(), "approve")
    service.run_jobs()
    assert (count(ben), ada.photo()["state"]) == (2, "placed")


def test_a_photo_that_is_approved_again_before_it_has_left_keeps_its_place(service: Service) -> None:
    event, (ada,) = reviewed(service)
    host = event.host()
    approved = decide(host, ada.photo(), "approve")
    service.run_jobs()
    home = ada.photo()["home"]
    undo(host, approved)
    decide(host, ada.photo(), "approve")
    service.run_jobs()
    assert (ada.photo()["state"], ada.photo()["home"]) == ("placed", home)
    with service.shop.database.read() as session:
        assert len(session.scalars(select(Placement)).all()) == 1


def test_all_that_are_seen_are_approved_at_once_and_an_unseen_line_is_left(service: Service) -> None:
    event, people = reviewed(service, 3)
    host = event.host()
    seen = [{"id": each.photo()["id"], "story": each.photo()["story"]} for each in people]
    path = f"/api/photos/{people[1].photo()['id']}"
    assert people[1].call("PATCH", path, json={"story": "Another one"}).status_code == 200
    answer = host.call("POST", "/api/host/photos", json={"decision": "approve", "photos": seen}).json
    assert (len(answer["decisions"]), answer["left"]) == (2, 1)
    service.run_jobs()
    assert [each.photo()["state"] for each in people] == ["placed", "held", "placed"]
    assert undo(host, *answer["decisions"]).json["undone"] == sorted(answer["decisions"], reverse=True)
    service.run_jobs()
    assert [each.photo()["state"] for each in people] == ["held"] * 3


@pytest.mark.parametrize("photos", [None, "all", [7], [{"id": "7"}], [{"id": True}], [{}]])
def test_nonsense_instead_of_photos_decides_nothing(service: Service, photos: Any) -> None:
    host = service.open_event().host()
    answer = host.call("POST", "/api/host/photos", json={"decision": "approve", "photos": photos})
    assert answer.status_code in (200, 422)
    assert answer.status_code == 422 or answer.json["decisions"] == []


# ---- people ---------------------------------------------------------------------------------------------------------


def with_a_report(service: Service) -> tuple[Person, list[Person]]:
    event, people = service.wall_with(3)
    ada, ben, _ = people
    photo = ada.photo()["id"]
    ben.get(f"/api/photos?ids={photo}")
    answer = ben.call("POST", "/api/report", json={"photo": photo, "reason": "rude", "block": False})
    assert answer.status_code == 204
    return event.host(), people


def test_a_hidden_photo_comes_back_with_its_story_and_until_then_nobody_sees_it(service: Service) -> None:
    host, (ada, ben, _) = with_a_report(service)
    photo = ada.photo()
    hidden = settle(host, "hide_photo")
    assert ben.get(f"/api/photos?ids={photo['id']}")["photos"] == []
    assert ada.photo()["state"] == "refused"
    assert "ask the host" in ada.photo()["refusal"]["message"]
    service.run_jobs()
    assert count(ben) == 2
    assert undo(host, hidden).json == {"undone": [hidden]}
    service.run_jobs()
    assert (count(ben), ada.photo()["state"], ada.photo()["story"]) == (3, "placed", photo["story"])
    assert host.get("/api/host/reports")["open"] == 1


def test_what_was_hidden_is_gone_for_good_once_it_cannot_be_taken_back(service: Service) -> None:
    host, (ada, _, _) = with_a_report(service)
    key = ada.photo()["key"]
    hidden = settle(host, "hide_photo")
    service.run_jobs()
    tidy(service.shop, time.time())
    service.run_jobs()
    assert service.shop.storage.names(f"photos/{key[:2]}/{key}") or ada.photo()["state"] == "refused"
    tidy(service.shop, time.time() + UNDO_SECONDS + 1)
    service.run_jobs()
    with service.shop.database.read() as session:
        assert session.scalar(select(Photo).where(Photo.key == key)) is None
    assert not any(key in str(path) for path in service.settings.data_folder.rglob("*"))
    assert undo(host, hidden).status_code == 200  # the report is open again; there is no photo to show
    assert ada.get("/api/me")["photos"] == []


def test_a_removed_persons_token_stops_at_once_and_taking_it_back_gives_it_back(service: Service) -> None:
    host, (ada, ben, _) = with_a_report(service)
    removed = settle(host, "remove")
    refused = ada.call("GET", "/api/me")
    assert (refused.status_code, error_of(refused)["code"]) == (403, "removed")
    service.run_jobs()
    assert count(ben) == 2
    undo(host, removed)
    service.run_jobs()
    assert ada.get("/api/me")["attendee"]["paused"] is False
    assert (ada.photo()["state"], count(ben)) == ("placed", 3)


def test_a_pause_that_was_there_before_is_there_again(service: Service) -> None:
    host, (ada, _, _) = with_a_report(service)
    me = ada.get("/api/me")["attendee"]["id"]
    host.call("POST", f"/api/host/people/{me}", json={"paused": True})
    dismissed = settle(host, "dismiss")
    assert ada.get("/api/me")["attendee"]["paused"] is False
    undo(host, dismissed)
    assert ada.get("/api/me")["attendee"]["paused"] is True
    assert host.get("/api/host/reports")["open"] == 1


def test_who_was_reported_often_enough_meanwhile_is_paused_when_a_dismissal_is_taken_back(
    service: Service,
) -> None:
    event = service.open_event(work=False)
    ada, ben, cleo, mallory = gather(service, 4, event)
    host = event.host()
    report(ada, mallory)
    dismissed = settle(host, "dismiss")
    for person in (ben, cleo):
        report(person, mallory)
    assert mallory.get("/api/me")["attendee"]["paused"] is False  # the host has looked
    assert undo(host, dismissed).status_code == 200
    assert mallory.get("/api/me")["attendee"]["paused"] is True


def test_of_two_decisions_about_somebody_the_newest_is_taken_back_first(service: Service) -> None:
    host, _ = with_a_report(service)
    hidden = settle(host, "hide_photo")
    paused = settle(host, "pause")
    assert why_not(host, hidden) == "decided_anew"
    assert undo(host, hidden, paused).json["undone"] == [paused, hidden]


def test_who_erased_themselves_meanwhile_stays_erased(service: Service) -> None:
    host, (ada, ben, _) = with_a_report(service)
    hidden = settle(host, "hide_photo")
    assert ada.call("DELETE", "/api/me").status_code == 202
    assert why_not(host, hidden) == "no_decision"
    service.run_jobs()
    assert count(ben) == 2
    with service.shop.database.read() as session:
        assert session.scalars(select(Decision)).all() == []


def test_a_newer_photo_is_not_replaced_by_the_hidden_one(service: Service) -> None:
    host, (ada, ben, _) = with_a_report(service)
    hidden = settle(host, "hide_photo")
    service.run_jobs()
    ada.send(photo_bytes(77), story="Another one")
    service.run_jobs()
    undo(host, hidden)
    service.run_jobs()
    assert [each["story"] for each in ada.get("/api/me")["photos"]] == ["Another one"]
    assert count(ben) == 3


# ---- the break and the event ----------------------------------------------------------------------------------------


def end_break(host: Person) -> int:
    return int(host.call("DELETE", "/api/host/break").json["decision"])


def test_a_break_that_was_ended_goes_on_where_it_would_be(service: Service) -> None:
    host = service.open_event().host()
    begun = host.call("POST", "/api/host/break", json={"minutes": 10}).json["break"]
    ended = end_break(host)
    assert host.get("/api/break")["break"]["phase"] == "seats"
    assert undo(host, ended).status_code == 200
    again = host.get("/api/break")["break"]
    assert (again["id"], again["phase"]) == (begun["id"], "pour")


def test_a_planned_break_that_was_called_off_is_planned_again(service: Service) -> None:
    host = service.open_event().host()
    host.call("POST", "/api/host/break", json={"minutes": 5, "start_in": 600})
    ended = end_break(host)
    assert host.get("/api/break")["break"] is None
    undo(host, ended)
    assert host.get("/api/break")["break"]["phase"] == "soon"


def test_a_break_is_not_taken_up_again_beside_another_one(service: Service) -> None:
    host = service.open_event().host()
    host.call("POST", "/api/host/break", json={"minutes": 10})
    ended = end_break(host)
    host.call("POST", "/api/host/break", json={"minutes": 5})
    assert why_not(host, ended) == "break_running"


def test_a_closed_event_is_open_again_and_the_reveal_of_its_end_called_off(service: Service) -> None:
    event, people = service.wall_with(3)
    host = event.host()
    assert host.call("POST", "/api/host/picture", json={"reveal_on_close": True}).status_code == 200
    closed = host.call("POST", "/api/host/state", json={"state": "closed"}).json["decision"]
    assert people[0].get("/api/changes?since=0")["reveal"] is not None
    undo(host, closed)
    told = people[0].get("/api/changes?since=0")
    assert (told["state"], told["reveal"]) == ("open", None)


# ---- who, when, how often -------------------------------------------------------------------------------------------


def test_the_list_says_what_was_done_about_whom_and_what_can_be_taken_back(service: Service) -> None:
    event, (ada, _) = reviewed(service, 2)
    host = event.host()
    refused = decide(host, ada.photo(), "refuse")
    (found,) = host.get("/api/host/decisions")["decisions"]
    assert (found["id"], found["kind"], found["about"]) == (refused, "refuse", "Person 0")
    assert (found["undone"], found["can_undo"]) == (False, True)
    undo(host, refused)
    (found,) = host.get("/api/host/decisions")["decisions"]
    assert (found["undone"], found["can_undo"]) == (True, False)


def test_undone_twice_is_told(service: Service) -> None:
    event, (ada,) = reviewed(service)
    host = event.host()
    refused = decide(host, ada.photo(), "refuse")
    undo(host, refused)
    decide(host, ada.photo(), "approve")
    assert why_not(host, refused) == "undone"
    service.run_jobs()
    assert ada.photo()["state"] == "placed"


def test_two_hosts_who_take_the_same_back_at_once_do_it_once(service: Service) -> None:
    event, (ada,) = reviewed(service)
    refused = decide(event.host(), ada.photo(), "refuse")
    known = service.app.extensions[EXTENSION]
    host = host_of(service)
    start, results = threading.Barrier(2), []

    def take_back() -> None:
        start.wait()
        try:
            undoing.undo(known.database, known.jobs, host, refused)
            results.append("done")
        except Exception as refusal:
            results.append(getattr(refusal, "code", repr(refusal)))

    both = [threading.Thread(target=take_back) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(results) == ["done", "undone"]
    assert ada.photo()["state"] == "held"


def test_what_is_long_ago_stays(service: Service) -> None:
    event, (ada,) = reviewed(service)
    host = event.host()
    refused = decide(host, ada.photo(), "refuse")
    with service.shop.database.write() as session:
        session.execute(update(Decision).values(made_at=Decision.made_at - UNDO_SECONDS - 1))
    assert why_not(host, refused) == "too_late"
    assert host.get("/api/host/decisions")["decisions"][0]["can_undo"] is False


def test_nobody_but_hosts_of_this_event_sees_or_takes_back(service: Service) -> None:
    event, (ada,) = reviewed(service)
    refused = decide(event.host(), ada.photo(), "refuse")
    assert ada.call("GET", "/api/host/decisions").status_code == 403
    assert undo(ada, refused).status_code == 403
    elsewhere = service.open_event(work=False, name="Another").host()
    assert why_not(elsewhere, refused) == "no_decision"
    assert elsewhere.get("/api/host/decisions")["decisions"] == []


@pytest.mark.parametrize("wish", [None, [], "7", [True], ["x"], [0], [2**70], list(range(1, 300))])
def test_nonsense_takes_nothing_back(service: Service, wish: Any) -> None:
    host = service.open_event(work=False).host()
    answer = host.call("POST", "/api/host/decisions/undo", json={"decisions": wish})
    assert answer.status_code in (200, 404, 422)
    assert answer.status_code != 200 or answer.json["undone"] == []


def test_what_waits_is_counted_by_photo_and_by_person(service: Service) -> None:
    event = service.open_event(work=False)
    mallory, ada, ben = gather(service, 3, event)
    report(ada, mallory)
    report(ben, mallory)
    host = event.host()
    assert host.get("/api/host/waits") == {"photos": 0, "reports": 1}
    with service.shop.database.write() as session:
        session.execute(update(Photo).where(Photo.attendee_id == ada.id).values(state=PhotoState.HELD))
    assert host.get("/api/host/waits") == {"photos": 1, "reports": 1}
    assert ada.call("GET", "/api/host/waits").status_code == 403
    with service.shop.database.read() as session:
        assert session.get(Attendee, mallory.id) is not None
