"""What people may do with each other, and what an event speaks: changed by a host while it runs, and so everywhere."""

from typing import Any

import pytest
from sqlalchemy import select, update

from plugin.state.models import Event as Gathering
from plugin.together import allowing
from tests.factories import Event, Person, Service, error_of
from tests.gatherings import Guest, gather
from tests.test_lines import database_of, get_in, in_the_line_phase, move


def wish(host: Person, **wishes: Any) -> Any:
    answer = host.call("PATCH", "/api/host/event", json=wishes)
    assert answer.status_code == 200, answer.text
    return answer.json["event"]


def event_id_of(service: Service) -> int:
    with database_of(service).read() as session:
        return session.scalars(select(Gathering.id)).one()


def asked(person: Person) -> Any:
    return person.get("/api/changes?since=0")


# ---- hellos ---------------------------------------------------------------------------------------------------------


def test_with_hellos_off_nobody_begins_a_conversation_and_is_told_why(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    assert wish(event.host(), hellos=False)["hellos"] is False
    refused = ada.call("POST", "/api/hellos", json={"photo": ben.photo_id, "opener": "story_more"})
    assert (refused.status_code, error_of(refused)["code"]) == (403, "hellos_off")
    assert "hellos off" in error_of(refused)["message"]
    assert ada.get(f"/api/photos/{ben.photo_id}/hello")["why"] == "hellos_off"
    assert ben.hellos() == []


def test_what_was_said_stays_can_be_answered_and_conversations_go_on(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben, cleo = gather(service, 3, event)
    talking, waiting = ada.say(ben), ada.say(cleo)
    ben.answer(talking["id"])
    wish(event.host(), hellos=False)
    assert len(ada.answer(talking["id"], words="And then?")["lines"]) == 3
    assert cleo.answer(waiting["id"])["state"] == "answered"
    wish(event.host(), hellos=True)
    assert ben.say(cleo)["state"] == "sent"


def test_nobody_says_hello_to_those_they_stand_in_line_with_meanwhile(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    wish(event.host(), hellos=False)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    together = ada.get("/api/line")["line"]["people"]
    assert [each["person"]["id"] for each in together] == [ben.photo_id]
    hello = {"photo": ben.photo_id, "opener": "line_hello"}
    assert ada.refused("POST", "/api/hellos", json=hello) == "hellos_off"


def test_a_speaker_takes_nobody_and_nobody_gets_in_line_for_one_meanwhile(service: Service) -> None:
    event = service.open_event(work=False)
    speaker, ada, ben = gather(service, 3, event)
    host = event.host()
    line_id = host.call("POST", "/api/host/speakers", json={"photo": speaker.photo_id}).json["speaker"]["id"]
    path = f"/api/speakers/{line_id}"
    assert ada.call("POST", f"{path}/line", json={"opener": "talk_thanks"}).status_code == 200
    wish(host, hellos=False)
    assert ben.refused("POST", f"{path}/line", json={"opener": "talk_thanks"}) == "hellos_off"
    assert speaker.refused("POST", f"{path}/next", json={}) == "hellos_off"


def test_when_the_break_ends_nobody_is_asked_to_keep_in_touch_while_hellos_are_off(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    host = event.host()
    host.call("DELETE", "/api/host/break")
    assert [each["person"]["name"] for each in ada.get("/api/line")["touch"]["people"]] == ["Ben"]
    wish(host, hellos=False)
    assert ada.get("/api/line")["touch"]["people"] == []


# ---- lines ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_line(service: Service) -> tuple[Event, list[Guest]]:
    event = service.open_event(work=False)
    people = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(*people[:2])
    move(service)
    return event, people


def test_with_lines_off_nobody_stands_in_line_any_more_and_who_stood_there_is_told(
    service: Service, in_line: tuple[Event, list[Guest]]
) -> None:
    event, (ada, ben, cleo) = in_line
    assert ada.get("/api/line")["line"]["state"] == "together"
    moved = allowing.change(database_of(service), service.shop.jobs, event_id_of(service), {"lines": False})
    assert moved.concerned == {ada.id, ben.id}
    for person in (ada, ben):
        assert person.get("/api/line") == {"line": None, "open": False}
        assert person.refused("POST", "/api/line/words", json={"words": "Still here?"}) == "no_line"
    refused = cleo.call("POST", "/api/line", json={})
    assert (refused.status_code, error_of(refused)["code"]) == (403, "lines_off")
    wish(event.host(), lines=True)
    get_in(ada, cleo)


def test_the_time_in_line_is_for_strolling_then(in_line: tuple[Event, list[Guest]]) -> None:
    event, (ada, *_) = in_line
    before = asked(ada)["break"]
    assert (before["phase"], [each["name"] for each in before["phases"]]) == (
        "line",
        ["pour", "stroll", "line"],
    )
    wish(event.host(), lines=False)
    told = asked(ada)["break"]
    assert (told["phase"], [each["name"] for each in told["phases"]]) == ("stroll", ["pour", "stroll"])
    assert told["phase_left"] == told["left"] == told["phases"][1]["left"]
    assert abs(told["left"] - before["left"]) <= 1


def test_whoever_got_in_at_that_very_moment_is_let_out_when_the_line_moves(
    service: Service, in_line: tuple[Event, list[Guest]]
) -> None:
    _, (ada, ben, _) = in_line
    with database_of(service).write() as session:
        session.execute(update(Gathering).values(lines=False))
    assert move(service) >= {ada.id, ben.id}


def test_a_speakers_line_ends_too_and_none_can_be_opened(service: Service) -> None:
    event = service.open_event(work=False)
    speaker, ada = gather(service, 2, event)
    host = event.host()
    line_id = host.call("POST", "/api/host/speakers", json={"photo": speaker.photo_id}).json["speaker"]["id"]
    ada.call("POST", f"/api/speakers/{line_id}/line", json={"opener": "talk_thanks"})
    wish(host, lines=False)
    assert ada.get("/api/speakers")["speakers"] == []
    refused = host.call("POST", "/api/host/speakers", json={"photo": speaker.photo_id})
    assert error_of(refused)["code"] == "lines_off"


# ---- what the event speaks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/e/{code}", "/e/{code}?stage=1", "/me/{code}"])
def test_the_wall_and_the_stage_speak_what_the_host_chose(service: Service, path: str) -> None:
    event = service.open_event(work=False)
    page = path.format(code=event.code)
    english = {"Accept-Language": "en"}
    assert '<html lang="en"' in service.client.get(page, headers=english).text
    wish(event.host(), language="ar")
    text = service.client.get(page, headers=english).text
    assert '<html lang="ar" dir="rtl"' in text
    assert '"event": "ar"' in text
    assert '"own": "en"' in text


def test_whoever_asks_for_a_language_gets_it_and_the_desk_is_the_hosts_own(service: Service) -> None:
    event = service.open_event(work=False)
    wish(event.host(), language="ja")
    english = {"Accept-Language": "en"}
    assert '<html lang="de"' in service.client.get(f"/e/{event.code}?lang=de", headers=english).text
    assert '<html lang="en"' in service.client.get(f"/host/{event.code}", headers=english).text
    assert '<html lang="en"' in service.client.get("/", headers=english).text


def test_panels_are_told_what_the_event_speaks_and_each_persons_own_is_a_choice(service: Service) -> None:
    event = service.open_event(work=False)
    ada, host = event.join(), event.host()
    assert asked(ada)["language"] == ""
    wish(host, language="fr")
    assert asked(ada)["language"] == "fr"
    wish(host, language="")
    assert asked(ada)["language"] == ""


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {"language": None}, {"hellos": "no"}, {"lines": 0}])
def test_nothing_else_is_taken(service: Service, wrong: dict[str, Any]) -> None:
    host = service.open_event(work=False).host()
    refused = host.call("PATCH", "/api/host/event", json=wrong)
    assert (refused.status_code, error_of(refused)["field"]) == (422, next(iter(wrong)))
