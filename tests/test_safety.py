"""Block, report, pause, remove, erase: at once, everywhere, and without telling the one it is about."""

import time
from typing import Any

import pytest
from sqlalchemy import select, update

from plugin.people import visibility
from plugin.people.cohosts import HOST_LINK
from plugin.safety import evidence, forgetting, reports, retention
from plugin.state.base import Base
from plugin.state.db import Database, DatabaseBusyError
from plugin.state.encounters import Block, Hello, HelloLine, Line, LineKind, LinePlace, Report, ReportState
from plugin.state.keys import REPORTS
from plugin.state.models import Assurance, Attendee, Change, Event, Photo, Placement, Role, Wall
from plugin.web.request.services import EXTENSION
from tests.factories import Person, Service, photo_bytes, write_through
from tests.gatherings import Guest, change, gather
from worker.sweeper import tidy


def report(person: Guest, other: Guest, **more: Any) -> None:
    """Open somebody's photo, and report what is seen there."""
    person.opens(other)
    answer = person.call(
        "POST", "/api/report", json={"photo": other.photo_id, "reason": "rude", "block": False} | more
    )
    assert answer.status_code == 204, answer.text


def host_of(service: Service) -> Attendee:
    """Whoever sits at the desk of the first event."""
    with service.shop.database.write() as session:
        host = session.scalar(select(Attendee).where(Attendee.user_id == HOST_LINK))
        if host is None:
            host = Attendee(
                event_id=1,
                platform="web",
                tenant="",
                user_id=HOST_LINK,
                assurance=Assurance.PROVED,
                role=Role.HOST,
            )
            session.add(host)
    return host


def names(person: Guest) -> set[str]:
    """Whom somebody finds in the list of people."""
    return {each["name"] for each in person.get("/api/people")["people"]}


def detail(person: Person, other: Guest) -> dict[str, Any]:
    (found,) = person.get(f"/api/photos?ids={other.photo_id}")["photos"]
    return dict(found)


# ---- block ----------------------------------------------------------------------------------------------------------


def test_a_block_removes_both_from_each_others_sight_everywhere(service: Service) -> None:
    ada, ben, cleo = gather(service, 3)
    hello = ada.say(ben)
    ben.answer(hello["id"])
    for person in (ada, ben):
        person.call("POST", f"/api/hellos/{hello['id']}/share", json={"contact": "a line"})
    assert ada.call("POST", "/api/block", json={"hello": hello["id"]}).status_code == 204
    for one, other in ((ada, ben), (ben, ada)):
        assert one.hellos() == []
        assert one.get("/api/me")["hellos"] == 0
        assert names(one) == {one.name, "Cleo"}
        found = detail(one, other)
        assert (found["name"], found["story"], found["hidden"]) == ("", "", True)
        assert one.refused("POST", f"/api/hellos/{hello['id']}/answer", json={"words": "Hey"}) == "no_hello"
        assert one.refused("GET", "/api/hellos/take-along") == "nobody"
        assert one.get(f"/api/photos/{other.photo_id}/hello")["why"] == "not_reachable"
    assert names(cleo) == {"Ada", "Ben", "Cleo"}
    assert detail(cleo, ben)["name"] == "Ben"


def test_a_block_looks_like_somebody_hidden(service: Service) -> None:
    ada, ben, cleo = gather(service, 3)
    ada.call("POST", "/api/block", json={"photo": ben.photo_id})
    change(service, cleo, reachability="hidden")
    blocked, hidden = detail(ben, ada), detail(ben, cleo)
    same = ("name", "story", "prompt", "title", "hidden")
    assert {key: blocked[key] for key in same} == {key: hidden[key] for key in same}
    assert set(blocked) == set(hidden)


def test_a_new_photo_comes_to_those_who_block_each_other_as_a_picture_only(service: Service) -> None:
    event, (ada, ben, cleo) = service.wall_with(3)
    since = ada.get("/api/wall")["revision"]
    assert ada.call("POST", "/api/block", json={"photo": ben.photo()["id"]}).status_code == 204
    ben.send(photo_bytes(9), name="Benjamin", story="I am back", on_stage="1")
    service.run_jobs()
    new = ben.photo()
    told = [person.get(f"/api/changes?since={since}") for person in (ada, cleo)]
    for each in told:
        for looked in ("here", "hosts_here", "as_of"):  # looked at anew each second
            del each[looked]
    assert told[0] == told[1]
    (picture,) = [photo for change in told[0]["changes"] for photo in change["photos"]]
    assert picture.keys() == {"id", "key", "home"}
    assert (picture["id"], picture["key"]) == (new["id"], new["key"])
    assert not {text for text in ("Benjamin", "I am back") if text in str(told)}
    (found,) = cleo.get(f"/api/photos?ids={new['id']}")["photos"]
    assert (found["name"], found["story"]) == ("Benjamin", "I am back")
    (found,) = ada.get(f"/api/photos?ids={new['id']}")["photos"]
    assert (found["name"], found["story"], found["hidden"]) == ("", "", True)
    staged = event.stage().get(f"/api/changes?since={since}")
    assert [photo["name"] for change in staged["changes"] for photo in change["photos"]] == ["Benjamin"]


def test_only_the_blocker_knows_and_can_take_it_back(service: Service) -> None:
    ada, ben = gather(service, 2)
    ada.say(ben)
    ada.call("POST", "/api/block", json={"photo": ben.photo_id})
    ada.call(
        "POST", "/api/block", json={"photo": ben.photo_id}
    )  # out of sight, but a second tap does no harm
    (blocked,) = ada.get("/api/blocks")["blocked"]
    assert blocked["name"] == "Ben"
    assert ben.get("/api/blocks")["blocked"] == []
    assert ben.refused("DELETE", f"/api/blocks/{blocked['id']}") == "no_block"
    assert ada.call("DELETE", f"/api/blocks/{blocked['id']}").status_code == 204
    assert ada.refused("DELETE", f"/api/blocks/{blocked['id']}") == "no_block"
    assert len(ben.hellos()) == 1


def test_a_block_takes_the_thread_from_the_wall_for_everybody(service: Service) -> None:
    people = gather(service, 12)
    ada, ben, cleo = people[:3]
    ben.answer(ada.say(ben)["id"])
    before = cleo.get("/api/threads")
    assert (before["count"], len(before["pairs"])) == (1, 1)
    ada.call("POST", "/api/block", json={"photo": ben.photo_id})
    after = cleo.get("/api/threads")
    assert (after["count"], after["pairs"]) == (0, [])
    assert after["revision"] > before["revision"]
    ada.call("DELETE", f"/api/blocks/{ada.get('/api/blocks')['blocked'][0]['id']}")
    again = cleo.get("/api/threads")
    assert again["count"] == 1
    assert again["revision"] > after["revision"]


def test_the_pairs_that_are_kept_apart_are_those_among_the_people_asked_about(service: Service) -> None:
    ada, ben, cleo, dan = gather(service, 4)
    ben.call("POST", "/api/block", json={"photo": ada.photo_id})
    ada.call("POST", "/api/block", json={"photo": cleo.photo_id})
    with service.app.extensions[EXTENSION].database.read() as session:
        assert visibility.barred_pairs(session, [ada.id, ben.id, dan.id]) == {(ada.id, ben.id)}
        assert visibility.barred_pairs(session, [each.id for each in (ada, ben, cleo, dan)]) == {
            (ada.id, ben.id),
            (ada.id, cleo.id),
        }
        assert visibility.barred_pairs(session, [ben.id, cleo.id]) == set()


def test_nobody_can_block_or_report_themselves_or_strangers_of_other_events(service: Service) -> None:
    ada, _ = gather(service, 2)
    (elsewhere,) = gather(service, 1)
    for body in ({"photo": ada.photo_id}, {"photo": elsewhere.photo_id}, {"hello": 99}, {}):
        answer = ada.call("POST", "/api/block", json=body)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "nobody")
        assert ada.refused("POST", "/api/report", json=body | {"reason": "rude"}) == "nobody"


# ---- threads --------------------------------------------------------------------------------------------------------


def test_threads_do_not_say_who_met(service: Service) -> None:
    people = gather(service, 60)
    true_pairs = []
    for one, other in zip(people[::2], people[1::2], strict=True):
        if len(true_pairs) == 20:
            break
        other.answer(one.say(other)["id"])
        true_pairs.append(sorted((one.photo_id, other.photo_id)))
    found = people[-1].get("/api/threads")
    assert found["count"] == 20
    assert len(found["pairs"]) == 20
    assert all(one < other for one, other in found["pairs"])
    exact = sum(pair in true_pairs for pair in found["pairs"])
    assert exact < 10
    mine = people[0].hellos()[0]["photos"]
    assert sorted(mine) == true_pairs[0]


def test_where_people_are_few_no_threads_are_drawn(service: Service) -> None:
    ada, ben, *_ = gather(service, 4)
    ben.answer(ada.say(ben)["id"])
    assert ada.get("/api/threads")["pairs"] == []
    assert ada.get("/api/threads")["count"] == 1


# ---- report ---------------------------------------------------------------------------------------------------------


def test_a_report_keeps_what_was_said_and_shown(service: Service) -> None:
    event, (ada, ben) = service.wall_with(2)
    photo_id = ada.photo()["id"]
    answer = ada.call("POST", "/api/hellos", json={"photo": ben.photo()["id"], "opener": "photo_like"})
    hello_id = answer.json["hello"]["id"]
    ben.call("POST", f"/api/hellos/{hello_id}/answer", json={"words": "Tell me about maps"})
    body = {"hello": hello_id, "reason": "rude", "note": "He would not stop"}
    assert ben.call("POST", "/api/report", json=body).status_code == 204
    ada.call("PATCH", f"/api/photos/{photo_id}", json={"story": "Nothing happened"})
    host = event.host()
    queue = host.get("/api/host/reports")
    (found,) = queue["reports"]
    assert queue["open"] == 1
    assert (found["reason"], found["note"], found["state"]) == ("rude", "He would not stop", "open")
    assert found["person"] == {
        "id": found["person"]["id"],
        "name": "Person 0",
        "paused": False,
        "photo": photo_id,
    }
    assert found["evidence"]["story"] == "Story number 0"
    assert [(line["theirs"], line["text"]) for line in found["evidence"]["lines"]] == [
        (True, "I like your photo. What is the story behind it?"),
        (False, "Tell me about maps"),
    ]
    picture = service.client.get(found["evidence"]["picture"])
    assert picture.status_code == 200
    assert picture.data[:2] == b"\xff\xd8"
    assert picture.headers["Cache-Control"] == "no-store"
    assert ben.get("/api/hellos")["hellos"] == []  # reporting blocks as well, unless one does not want that
    assert service.client.get("/media/reports/nothing.jpg").status_code == 404
    assert service.client.get(f"/media/reports/{'0' * 32}.jpg").status_code == 404


@pytest.mark.parametrize(
    ("failure", "status"), [(OSError("disk full"), 500), (DatabaseBusyError("held by another"), 503)]
)
def test_a_report_that_fails_leaves_no_copy_behind(
    service: Service, monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int
) -> None:
    _, (ada, ben) = service.wall_with(2)
    monkeypatch.setattr(reports, "_note_report", lambda *_, **__: (_ for _ in ()).throw(failure))
    answer = ben.call("POST", "/api/report", json={"photo": ada.photo()["id"], "reason": "spam"})
    assert answer.status_code == status
    assert service.shop.storage.names(REPORTS) == {}


def test_two_people_who_report_somebody_take_them_out_of_sight(service: Service) -> None:
    event = service.open_event(work=False)
    mallory, ada, ben, cleo = gather(service, 4, event)
    for other in (ada, ben, cleo):
        mallory.say(other)
    report(ada, mallory)
    report(ada, mallory)  # one person counts once
    assert len(cleo.hellos()) == 1
    report(ben, mallory)
    assert cleo.hellos() == []
    assert cleo.get("/api/me")["hellos"] == 0
    assert names(cleo) == {ada.name, ben.name, cleo.name}
    assert detail(cleo, mallory)["hidden"] is True
    assert detail(event.host(), mallory)["name"] == ""
    assert mallory.get("/api/me")["attendee"]["paused"] is True
    hello = {"photo": cleo.photo_id, "opener": "photo_like"}
    assert mallory.refused("POST", "/api/hellos", json=hello) == "paused"
    assert cleo.refused("POST", f"/api/hellos/{1}/decline", json={}) == "no_hello"
    host = event.host()
    found = host.get("/api/host/reports")["reports"]
    assert [each["reporters"] for each in found] == [2, 2]
    assert found[0]["person"]["paused"] is True


def test_a_paused_person_cannot_go_on_talking(service: Service) -> None:
    mallory, ada, ben, cleo = gather(service, 4)
    hello = mallory.say(ada)
    ada.answer(hello["id"])
    report(ben, mallory)
    report(cleo, mallory)
    path = f"/api/hellos/{hello['id']}"
    assert mallory.refused("POST", f"{path}/answer", json={"words": "Hey"}) == "paused"
    assert mallory.refused("POST", f"{path}/share", json={"contact": "x"}) == "paused"
    assert mallory.hellos()[0]["can"] == {"answer": False, "words": False, "decline": False, "share": False}
    assert ada.hellos()[0]["state"] == "answered"  # what was said stays with whom it was said to


@pytest.mark.parametrize(
    ("decision", "state", "visible"),
    [("dismiss", "dismissed", True), ("pause", "paused", False), ("hide_photo", "photo_hidden", None)],
)
def test_a_decision_settles_all_open_reports(
    service: Service, decision: str, state: str, visible: bool | None
) -> None:
    event = service.open_event(work=False)
    mallory, ada, ben, cleo = gather(service, 4, event)
    mallory.say(cleo)
    report(ada, mallory)
    report(ben, mallory)
    host = event.host()
    report_id = host.get("/api/host/reports")["reports"][0]["id"]
    answer = host.call("POST", f"/api/host/reports/{report_id}", json={"decision": decision})
    assert answer.json["report"]["state"] == state
    assert host.get("/api/host/reports")["open"] == 0
    assert {each["state"] for each in host.get("/api/host/reports")["reports"]} == {state}
    if visible is None:
        assert cleo.get(f"/api/photos?ids={mallory.photo_id}")["photos"] == []
        (own,) = mallory.get("/api/me")["photos"]
        assert own["refusal"]["code"] == "hidden"  # they are told, and what they can do
        assert mallory.get("/api/me")["attendee"]["paused"] is False
    else:
        assert bool(detail(cleo, mallory)["name"]) is visible
        assert bool(cleo.hellos()) is visible


def test_a_host_can_pause_and_let_go_on(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    host = event.host()
    path = f"/api/host/people/{ada.id}"
    assert host.call("POST", path, json={"paused": True}).json["person"]["paused"] is True
    assert detail(ben, ada)["hidden"] is True
    assert host.call("POST", path, json={"paused": False}).json["person"]["paused"] is False
    assert detail(ben, ada)["name"] == "Ada"
    assert host.call("POST", path, json={"paused": "yes"}).status_code == 422
    assert host.call("POST", "/api/host/people/9999", json={"paused": True}).status_code == 404
    assert ben.refused("POST", path, json={"paused": True}) == "not_host"


def test_a_pause_concerns_who_was_greeted_and_moves_no_thread(service: Service) -> None:
    mallory, ada, _ = gather(service, 3)
    mallory.say(ada)
    for paused in (True, False):
        _, done, _ = reports.set_paused(service.shop.database, host_of(service), mallory.id, paused)
        assert (done.concerned, done.threads, done.wall_id) == ({mallory.id, ada.id}, False, 0)


def test_a_removed_person_is_out_and_stays_out(service: Service) -> None:
    event = service.open_event(work=False)
    mallory, ada, ben = gather(service, 3, event)
    hello = mallory.say(ada)
    ada.answer(hello["id"])
    report(ben, mallory)
    host = event.host()
    report_id = host.get("/api/host/reports")["reports"][0]["id"]
    assert host.call("POST", f"/api/host/reports/{report_id}", json={"decision": "remove"}).status_code == 200
    assert mallory.refused("GET", "/api/me") == "removed"
    key = service.app.extensions[EXTENSION].tokens.return_key(mallory.id)
    back = service.client.post("/api/join", json={"code": event.code, "return_key": key})
    assert (back.status_code, back.json["error"]["code"]) == (403, "removed")
    assert ada.hellos() == []
    assert ada.get(f"/api/photos?ids={mallory.photo_id}")["photos"] == []
    assert host.call("POST", f"/api/host/people/{mallory.id}", json={"paused": False}).status_code == 404


def threads_of(database: Database) -> int:
    """The revision of the threads of the one wall that there is."""
    with database.read() as session:
        return session.scalars(select(Wall.threads)).one()


def test_a_removal_moves_the_threads_and_a_hidden_photo_does_not(service: Service) -> None:
    event = service.open_event(work=False)
    mallory, trudy, ada = gather(service, 3, event)
    known = service.app.extensions[EXTENSION]
    for number, (person, decision) in enumerate(((mallory, "remove"), (trudy, "hide_photo")), 1):
        report(ada, person)
        before = threads_of(known.database)
        done = reports.decide(known.database, known.jobs, host_of(service), number, decision).done
        moved = threads_of(known.database) > before
        assert (moved, done.threads, person.id in done.concerned) == (
            decision == "remove",
            decision == "remove",
            True,
        )


def test_who_erases_themselves_concerns_those_they_talked_to_or_stand_with_and_nobody_else(
    service: Service,
) -> None:
    ada, ben, cleo, dan = gather(service, 4)
    ben.answer(ada.say(ben)["id"])
    dan.answer(cleo.say(dan)["id"])
    database = service.app.extensions[EXTENSION].database
    with database.write() as session:
        line = Line(event_id=1, kind=LineKind.BREAK, moves_at=0.0)
        session.add(line)
        session.flush()
        session.add_all(
            LinePlace(line_id=line.id, attendee_id=each.id, joined_at=0.0, group_no=1) for each in (ada, cleo)
        )
        me = session.get_one(Attendee, ada.id)
    before = threads_of(database)
    assert reports.those_who_know(database, me) == {ben.id, cleo.id}
    assert threads_of(database) > before
    with database.read() as session:
        assert session.scalars(select(LinePlace.attendee_id)).all() == [cleo.id]


def test_a_host_who_is_reported_keeps_the_desk(service: Service) -> None:
    event = service.open_event(work=False)
    hanna, ada, ben = gather(service, 3, event)
    change(service, hanna, role="host")
    report(ada, hanna)
    report(ben, hanna)
    assert detail(ada, hanna)["hidden"] is False
    reports = event.host().get("/api/host/reports")["reports"]
    answer = event.host().call("POST", f"/api/host/reports/{reports[0]['id']}", json={"decision": "remove"})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "is_host")


def test_nonsense_is_refused_with_words(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    body = {"photo": ben.photo_id, "reason": "because"}
    assert ada.refused("POST", "/api/report", json=body) == "unknown_choice"
    assert ada.call("POST", "/api/report", json=body).status_code == 422
    body = {"photo": ben.photo_id, "reason": "other", "note": "x" * 141}
    assert ada.refused("POST", "/api/report", json=body) == "too_long"
    host = event.host()
    answer = host.call("POST", "/api/host/reports/1", json={"decision": "shout"})
    assert answer.status_code == 422
    assert host.call("POST", "/api/host/reports/1", json={"decision": "dismiss"}).status_code == 404
    assert ada.refused("GET", "/api/host/reports") == "not_host"


def test_another_events_host_sees_no_report_of_this_one(service: Service) -> None:
    event, other = service.open_event(work=False), service.open_event(work=False)
    mallory, ada = gather(service, 2, event)
    gather(service, 1, other)
    report(ada, mallory)
    stranger = other.host()
    assert stranger.get("/api/host/reports") == {"open": 0, "reports": []}
    assert stranger.call("POST", "/api/host/reports/1", json={"decision": "remove"}).status_code == 404
    assert stranger.call("POST", f"/api/host/people/{mallory.id}", json={"paused": True}).status_code == 404


def test_a_line_with_an_insult_or_a_link_is_no_story(service: Service) -> None:
    ada = service.open_event(work=False).join()
    for story, code in (("Fuck this", "unkind"), ("Buy at example.com", "link")):
        answer = ada.send(story=story, ok=False)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
        assert answer.json["error"]["field"] == "story"
    answer = ada.send(name="www.example.com", ok=False)
    assert (answer.status_code, answer.json["error"]["field"]) == (422, "name")
    for name in ("Ben Cumming", "Mary Hooker", "Kuntz"):
        assert ada.call("PATCH", "/api/me", json={"name": name}).status_code == 200
    assert ada.call("PATCH", "/api/me", json={"contact": "https://ada.example.org"}).status_code == 200
    assert ada.call("PATCH", "/api/me", json={"contact": "arschloch"}).status_code == 422
    assert ada.call("PATCH", "/api/me", json={"contact": ""}).json["contact"] == ""


# ---- erase me -------------------------------------------------------------------------------------------------------

SECRETS = (b"Xanthippe", b"wears-two-hats", b"a-word-of-mine", b"xanthippe-at-home")


def test_erasing_oneself_leaves_nothing_anywhere(service: Service) -> None:
    event, (ada, ben) = service.wall_with(2)
    me = event.join()
    me.send(photo_bytes(7), name="Xanthippe", story="wears-two-hats", on_stage="1", keepsake="1")
    service.run_jobs()
    me.call("PATCH", "/api/me", json={"contact": "xanthippe-at-home"})
    key = me.photo()["key"]
    answer = me.call("POST", "/api/hellos", json={"photo": ada.photo()["id"], "opener": "photo_like"})
    hello_id = answer.json["hello"]["id"]
    ada.call("POST", f"/api/hellos/{hello_id}/answer", json={"opener": "answer_gladly"})
    me.call("POST", f"/api/hellos/{hello_id}/answer", json={"words": "a-word-of-mine"})
    ben.call(
        "POST", "/api/report", json={"photo": me.photo()["id"], "reason": "picture", "note": "wears-two-hats"}
    )
    me.call("POST", "/api/block", json={"photo": ben.photo()["id"]})
    copies = service.shop.storage.names(REPORTS)
    assert len(copies) == 1
    assert me.call("DELETE", "/api/me").status_code == 202
    assert me.call("GET", "/api/me").status_code == 401
    assert ada.get("/api/hellos")["hellos"] == []
    service.run_jobs()
    tidy(service.shop, time.time())
    assert service.shop.storage.names(REPORTS) == {}
    (gone,) = event.host().get("/api/host/reports")["reports"]
    assert (gone["state"], gone["person"], gone["evidence"]["name"]) == ("gone", None, "")
    write_through(service.settings)
    for path in service.settings.data_folder.rglob("*"):
        assert key not in str(path)
        if path.is_file():
            data = path.read_bytes()
            assert key.encode() not in data, path
            assert not [each for each in SECRETS if each in data], path
    with service.shop.database.read() as session:
        assert session.scalars(select(HelloLine)).all() == []
        assert session.scalars(select(Block)).all() == []
        assert session.scalar(select(Attendee.id).where(Attendee.name == "Xanthippe")) is None
        assert session.scalar(select(Photo.id).where(Photo.key == key)) is None
        assert all(each.contact is None for each in session.scalars(select(Attendee)))


def test_erasing_twice_and_of_nobody_does_no_harm(service: Service) -> None:
    (ada,) = gather(service, 1)
    known = service.app.extensions[EXTENSION]
    for _ in range(2):
        forgetting.forget_attendee(known.database, known.storage, known.jobs, ada.id)
    forgetting.forget_attendee(known.database, known.storage, known.jobs, 9999)
    assert ada.call("DELETE", "/api/me").status_code == 401


def test_who_reported_somebody_and_erases_themselves_leaves_the_report(service: Service) -> None:
    event = service.open_event(work=False)
    mallory, ada = gather(service, 2, event)
    report(ada, mallory)
    ada.call("DELETE", "/api/me")
    (found,) = event.host().get("/api/host/reports")["reports"]
    assert found["state"] == "open"
    assert found["person"]["id"] == mallory.id


# ---- an event that had its time -------------------------------------------------------------------------------------


def test_an_event_without_a_sign_of_life_is_deleted_with_everything_in_it(service: Service) -> None:
    old, young = service.open_event(), service.open_event()
    ada, ben = old.with_photos(2)
    young.with_photos(1)
    answer = ada.call("POST", "/api/hellos", json={"photo": ben.photo()["id"], "opener": "photo_like"})
    ben.call("POST", f"/api/hellos/{answer.json['hello']['id']}/answer", json={"words": "a-word-of-mine"})
    ben.call("POST", "/api/report", json={"photo": ada.photo()["id"], "reason": "spam"})
    old.host().call("POST", "/api/host/break", json={"minutes": 5})
    service.app.extensions[EXTENSION].batches.flush()
    keys = [ada.photo()["key"], ben.photo()["key"]]
    database, storage = service.shop.database, service.shop.storage
    long_ago = time.time() - 40 * retention.DAY_SECONDS
    assert retention.purge(database, storage, time.time() - 30 * retention.DAY_SECONDS) == 0
    _age(service, 1, long_ago)
    with database.write() as session:  # its last sign of life is one line that was said
        session.execute(update(Hello).values(touched_at=time.time()))
    assert retention.purge(database, storage, time.time() - 30 * retention.DAY_SECONDS) == 0
    _age(service, 1, long_ago)
    assert retention.purge(database, storage, time.time() - 30 * retention.DAY_SECONDS) == 1
    for key in keys:
        assert storage.names(f"photos/{key}") == {}
    assert storage.names(REPORTS) == {}
    assert service.client.post("/api/join", json={"code": old.code}).status_code == 404
    assert young.join().get("/api/wall")["count"] == 1
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if any(key.column.table.name == "events" for key in column.foreign_keys):
                    assert session.execute(select(table).where(column == 1)).all() == [], table.name
        assert session.scalars(select(Event.id)).all() == [2]


def _age(service: Service, event_id: int, moment: float) -> None:
    """Let everything in an event have happened then."""
    with service.shop.database.write() as session:
        wall_id = session.scalars(select(Wall.id).where(Wall.event_id == event_id)).one()
        session.execute(update(Event).where(Event.id == event_id).values(created_at=moment))
        session.execute(update(Attendee).where(Attendee.event_id == event_id).values(joined_at=moment))
        session.execute(update(Photo).where(Photo.wall_id == wall_id).values(touched_at=moment))
        session.execute(update(Change).where(Change.wall_id == wall_id).values(changed_at=moment))
        session.execute(update(Hello).where(Hello.event_id == event_id).values(touched_at=moment))


def test_evidence_of_nothing_is_empty() -> None:
    empty = Report(state=ReportState.GONE, evidence=None, picture_key=None)
    assert evidence.shown(empty, 0.0) == {"name": "", "title": "", "story": "", "picture": None, "lines": []}


def test_a_card_shows_the_persons_own_photo_story_and_home(service: Service) -> None:
    event = service.open_event(work=False)
    people = gather(service, 3, event)
    guest = event.join().joined["attendee"]["id"]
    with service.shop.database.read() as session:
        homes = {row.photo_id: row.cell for row in session.scalars(select(Placement))}
        cards = visibility.cards(session, [each.id for each in people] + [guest])
    for each in people:
        card = cards[each.id]
        assert (card["id"], card["name"], card["story"]) == (
            each.photo_id,
            each.name,
            f"Line of {each.name}",
        )
        assert card["prompt"]
        assert card["home"] == homes[each.photo_id]
        assert card["hidden"] is False
    assert len({cards[each.id]["home"] for each in people}) == 3
    assert (cards[guest]["id"], cards[guest]["story"], cards[guest]["prompt"], cards[guest]["home"]) == (
        None,
        "",
        "",
        None,
    )
