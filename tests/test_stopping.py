"""What a host does when something goes wrong: no new photos, the stage cleared, a person gone; own words; and trust."""

from typing import Any

import pytest
from sqlalchemy import func, select

from plugin.people import ownwords
from plugin.people.refusal import Refusal
from plugin.state.models import Attendee, Photo
from tests.factories import Event, Person, Service, error_of, photo_bytes
from tests.gatherings import gather
from tests.test_allowing import wish
from tests.test_lines import database_of, get_in, in_the_line_phase, move


def staged(service: Service) -> int:
    with database_of(service).read() as session:
        return session.scalar(select(func.count()).where(Photo.staged)) or 0


# ---- no new photos --------------------------------------------------------------------------------------------------


def test_no_new_photo_is_taken_until_the_host_takes_them_again(service: Service) -> None:
    event = service.open_event(work=False)
    ada, host = event.join(), event.host()
    wish(host, takes_photos=False)
    refused = ada.send(photo_bytes(1), ok=False)
    assert (refused.status_code, error_of(refused)["code"]) == (403, "no_photos_now")
    assert ada.get("/api/changes?since=0")["takes_photos"] is False
    wish(host, takes_photos=True)
    ada.send(photo_bytes(1))


def test_a_photo_that_was_on_its_way_waits_for_the_hosts_look(service: Service) -> None:
    event = service.open_event()
    ada, host = event.join(), event.host()
    ada.send(photo_bytes(1))
    wish(host, takes_photos=False)
    service.run_jobs()
    assert ada.photo()["state"] == "held"
    assert [each["name"] for each in host.get("/api/host")["waiting"]] == ["Ada"]


# ---- the stage ------------------------------------------------------------------------------------------------------


def test_a_cleared_stage_shows_nobody_and_everybody_again_when_it_is_brought_back(service: Service) -> None:
    event, _ = service.wall_with(3)
    host, stage = event.host(), event.stage()
    assert staged(service) == 3
    wish(host, stage_cleared=True)
    assert stage.get("/api/changes?since=0")["stage_cleared"] is True
    service.run_jobs()
    assert staged(service) == 0
    wish(host, stage_cleared=False)
    service.run_jobs()
    assert staged(service) == 3


# ---- a person -------------------------------------------------------------------------------------------------------


def purge(host: Person, photo_id: int) -> Any:
    return host.call("POST", "/api/host/purge", json={"photo": photo_id})


def test_a_person_is_gone_for_good_with_all_that_was_theirs(service: Service) -> None:
    event, (ada, ben, _) = service.wall_with(3)
    host = event.host()
    ben.call("POST", "/api/hellos", json={"photo": ada.photo()["id"], "opener": "story_more"})
    photo_id = ben.photo()["id"]
    assert purge(host, photo_id).status_code == 202
    service.run_jobs()
    assert ben.call("GET", "/api/me").status_code == 401
    assert ada.get("/api/hellos")["hellos"] == []
    with database_of(service).read() as session:
        assert session.get(Photo, photo_id) is None
        assert "Person 1" not in session.scalars(select(Attendee.name)).all()
    assert event.join().get("/api/people")["people"][0]["name"] != "Person 1"
    assert error_of(purge(host, photo_id))["code"] == "nobody"


def test_nothing_of_it_can_be_taken_back(service: Service) -> None:
    event, (_, ben, _) = service.wall_with(3)
    host = event.host()
    purge(host, ben.photo()["id"])
    assert host.get("/api/host/decisions")["decisions"] == []


def test_whoever_comes_back_with_the_same_browser_waits_for_the_hosts_look(service: Service) -> None:
    event = service.open_event()
    device = "a-browser-that-keeps-something"
    ben = event.join(device=device)
    ben.send(photo_bytes(1))
    service.run_jobs()
    host = event.host()
    purge(host, ben.photo()["id"])
    again = event.join(device=device)
    again.send(photo_bytes(2))
    service.run_jobs()
    assert again.photo()["state"] == "held"


def test_a_host_is_not_purged_and_nobody_else_purges(service: Service) -> None:
    event, (ada, ben, _) = service.wall_with(3)
    host = event.host()
    host.send(photo_bytes(9), name="Hanna")
    service.run_jobs()
    assert error_of(purge(host, host.photo()["id"]))["code"] == "is_host"
    assert purge(ada, ben.photo()["id"]).status_code == 403
    assert purge(event.stage(), ben.photo()["id"]).status_code == 403


def test_nobody_of_another_event_is_purged(service: Service) -> None:
    _, (ada, *_) = service.wall_with(3)
    other = service.open_event(work=False, name="Other").host()
    assert error_of(purge(other, ada.photo()["id"]))["code"] == "nobody"
    assert ada.photo()["state"] == "placed"


# ---- own words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("ass", "I teach a classic", False),
        ("ass", "You ASS!", True),
        ("straße", "Wir wohnen in der STRASSE", True),
        ("two words", "These are Two  words, here", True),
        ("café", "cafe\u0301 au lait", True),
        ("бот", "Работа", False),
        ("бот", "Ты бот.", True),
        ("كلب", "يا كلب", True),
        ("バカ", "バカンスに行く", False),
        ("バカ", "おまえはバカだ", True),
        ("馬鹿", "この馬鹿者", True),
        ("โง่", "เขาโง่มาก", True),
        ("👩", "👩\u200d💻 at work", False),
        ("🍆", "look 🍆", True),
        ("ＡＢＣ", "abc", True),
        ("evil", "e\u200bv\u200bil", True),
    ],
)
def test_own_words_are_found_whole_in_any_language(word: str, text: str, found: bool) -> None:
    assert ownwords.holds_any(["other", word], ownwords.tidy(text)) is found


def test_an_empty_list_forbids_nothing_and_one_has_its_bounds() -> None:
    assert not ownwords.holds_any([], "anything")
    assert ownwords.read(" one \n\n two words\none\n") == ["one", "two words"]
    for wrong in ("\n".join(map(str, range(201))), "x" * 61):
        with pytest.raises(Refusal):
            ownwords.read(wrong)


def test_nobody_says_such_a_word_anywhere_and_the_list_is_the_hosts_alone(service: Service) -> None:
    event = service.open_event(work=False)
    host = event.host()
    ada, ben = gather(service, 2, event)
    hello = ada.say(ben)["id"]
    answer = host.call("PATCH", "/api/host/event", json={"own_words": "Globex\n"})
    assert answer.json["moderation"]["own_words"] == "Globex"
    assert "own_words" not in ada.get("/api/changes?since=0")
    words = {"words": "Was I at GLOBEX?"}
    assert ben.refused("POST", f"/api/hellos/{hello}/answer", json=words) == "unkind"
    assert ada.refused("PATCH", f"/api/photos/{ada.photo_id}", json={"story": "I left globex."}) == "unkind"
    assert ada.refused("PATCH", "/api/me", json={"title": "Globex, sales"}) == "unkind"
    refused = event.join().send(photo_bytes(1), story="globex forever", ok=False)
    assert (error_of(refused)["code"], error_of(refused)["field"]) == ("unkind", "story")
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    group = ada.get("/api/line")["line"]["group"]
    assert ada.refused("POST", "/api/line/words", json=words | {"group": group}) == "unkind"
    assert ben.answer(hello, words="globexian it is")["state"] == "answered"


# ---- trust ----------------------------------------------------------------------------------------------------------


def look(service: Service, host: Person, decision: str) -> int:
    """Decide about the photo that waits."""
    service.run_jobs()
    (waiting,) = host.get("/api/host")["waiting"]
    body = {"decision": decision, "story": waiting["story"]}
    answer = host.call("POST", f"/api/host/photos/{waiting['id']}", json=body)
    assert answer.status_code == 200, answer.text
    service.run_jobs()
    return int(answer.json["decision"])


@pytest.fixture
def approved_once(service: Service) -> tuple[Event, Person, Person]:
    event = service.open_event(reviewed="1")
    host, ada = event.host(), event.join()
    ada.send(photo_bytes(1))
    look(service, host, "approve")
    return event, host, ada


def another(service: Service, person: Person, number: int) -> str:
    person.send(photo_bytes(number))
    service.run_jobs()
    return str(person.photo()["state"])


def test_whoever_was_approved_twice_is_not_looked_at_again_where_the_host_trusts(
    service: Service, approved_once: tuple[Event, Person, Person]
) -> None:
    _, host, ada = approved_once
    wish(host, trusts=True)
    assert another(service, ada, 2) == "held"
    look(service, host, "approve")
    assert another(service, ada, 3) == "placed"
    wish(host, trusts=False)
    assert another(service, ada, 4) == "held"


def test_a_doubt_ends_the_trust_and_what_was_taken_back_does_not_count(
    service: Service, approved_once: tuple[Event, Person, Person]
) -> None:
    _, host, ada = approved_once
    wish(host, trusts=True)
    another(service, ada, 2)
    second = look(service, host, "approve")
    assert host.call("POST", "/api/host/decisions/undo", json={"decisions": [second]}).status_code == 200
    service.run_jobs()
    look(service, host, "refuse")
    assert another(service, ada, 3) == "held"
    look(service, host, "approve")
    assert another(service, ada, 4) == "held"
