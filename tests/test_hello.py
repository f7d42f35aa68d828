"""Hellos: said once, answered or left to lie; contact only when both want it; nothing of it for anybody else."""

import csv
import io
import time
from typing import Any

import pytest
from sqlalchemy import update

from plugin.state.encounters import Hello, HelloLine
from plugin.state.models import Reachability
from plugin.together import hello as hello_use_cases
from plugin.together.hello import WORDS_OF_OBSTACLES, Rules
from plugin.together.openers import CATALOGUE, answers_for, openers_for, shortened, text_of
from plugin.web.request.services import EXTENSION
from tests.factories import Service, write_through
from tests.gatherings import Guest, change, gather


@pytest.fixture
def three(service: Service) -> list[Guest]:
    return gather(service, 3)


def make_older(service: Service, seconds: float) -> None:
    """Let every hello have been said so much earlier."""
    with service.app.extensions[EXTENSION].database.write() as session:
        session.execute(update(Hello).values(sent_at=Hello.sent_at - seconds))


# ---- openers --------------------------------------------------------------------------------------------------------


def test_the_openers_of_a_photo_come_from_its_line_and_prompt_and_are_the_same_at_each_look(
    three: list[Guest],
) -> None:
    ada, ben, _ = three
    first = ada.get(f"/api/photos/{ben.photo_id}/hello")
    assert first["can"] is True
    assert len({each["opener"] for each in first["openers"]}) == 3
    assert any("Line of Ben" in each["text"] for each in first["openers"])
    assert any("What would you talk about" in each["text"] for each in first["openers"])
    assert first["openers"] == ada.get(f"/api/photos/{ben.photo_id}/hello")["openers"]


def test_every_photo_has_three_different_openers_of_the_catalogue() -> None:
    for photo_id in range(1, 40):
        for story, prompt in (
            ("I bake", "Why?"),
            ("Who bakes?", "Why?"),
            ("", ""),
            ("I bake", ""),
            ("", "W"),
        ):
            found = openers_for(photo_id, story, prompt)
            assert len(set(found)) == 3, (photo_id, story, prompt)
            assert set(found) <= set(CATALOGUE)


def test_answers_are_three_different_ones() -> None:
    for hello_id in range(30):
        assert len(set(answers_for(hello_id))) == 3


def test_a_long_line_is_quoted_in_part() -> None:
    story = "word " * 40
    assert len(shortened(story)) <= 80
    assert str(text_of("story_more", story)["text"]).count("word") < 20
    assert shortened("x" * 200).endswith("…")
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    assert shortened("x" + family * 40) == "x" + family * 15 + "…"
    assert shortened("All goes well. " * 5 + "Butterflies came to an end").endswith("well…")


def test_a_line_is_quoted_without_its_full_stop() -> None:
    assert text_of("story_more", "I keep bees.")["text"] == "You wrote “I keep bees”. Tell me more?"
    assert shortened("养蜂。") == "养蜂"
    assert shortened("What now?") == "What now?"
    assert shortened("...") == "..."


# ---- say, see, answer -----------------------------------------------------------------------------------------------


def test_a_hello_reaches_the_other_with_photo_and_line_of_the_sender(three: list[Guest]) -> None:
    ada, ben, _ = three
    assert ben.get("/api/me")["hellos"] == 0
    sent = ada.say(ben)
    assert (sent["state"], sent["mine"], sent["person"]["name"]) == ("sent", True, "Ben")
    (got,) = ben.hellos()
    assert (got["state"], got["mine"], got["unread"]) == ("new", False, 1)
    assert got["person"]["id"] == ada.photo_id
    (shown,) = ben.get(f"/api/photos?ids={ada.photo_id}")["photos"]
    same = ("id", "key", "name", "title", "story", "prompt", "home", "hidden")
    assert {name: got["person"][name] for name in same} == {name: shown[name] for name in same}
    assert (shown["story"], shown["hidden"], bool(shown["prompt"])) == ("Line of Ada", False, True)
    line = got["lines"][0]
    assert line["opener"] == "story_more"
    assert line["parameters"] == {"story": "Line of Ben"}
    assert line["text"] == "You wrote “Line of Ben”. Tell me more?"
    assert got["can"] == {"answer": True, "words": True, "decline": True, "share": False}
    assert len(got["phrases"]) == 3
    assert ben.get("/api/me")["hellos"] == 1


def test_one_hello_is_open_at_a_time(three: list[Guest]) -> None:
    ada, ben, _ = three
    ada.say(ben)
    again = {"photo": ben.photo_id, "opener": "photo_like"}
    assert ada.refused("POST", "/api/hellos", json=again) == "open_already"
    way = ada.get(f"/api/photos/{ben.photo_id}/hello")
    assert (way["can"], way["why"]) == (False, "open_already")
    assert way["hello"]["state"] == "sent"
    assert len(ben.hellos()) == 1


def test_the_sender_cannot_tell_seen_put_aside_and_unseen_apart(three: list[Guest]) -> None:
    ada, ben, cleo = three
    unseen = ada.say(ben)
    declined = ada.say(cleo)

    def look(hello: dict[str, Any]) -> dict[str, Any]:
        (found,) = [each for each in ada.hellos() if each["id"] == hello["id"]]
        return {key: value for key, value in found.items() if key not in ("ago", "lines")}

    before = look(unseen), look(declined)
    ben.call("POST", "/api/hellos/seen", json={"ids": [unseen["id"]]})
    assert ben.hellos()[0]["state"] == "seen"
    assert cleo.call("POST", f"/api/hellos/{declined['id']}/decline", json={}).status_code == 204
    assert (look(unseen), look(declined)) == before
    assert cleo.hellos() == []
    assert cleo.get("/api/me")["hellos"] == 0
    again = {"photo": cleo.photo_id, "opener": "photo_like"}
    assert ada.refused("POST", "/api/hellos", json=again) == "open_already"


def test_who_put_a_hello_aside_may_think_again_and_then_it_is_answered(three: list[Guest]) -> None:
    ada, ben, _ = three
    hello = ada.say(ben)
    ben.call("POST", f"/api/hellos/{hello['id']}/decline", json={})
    assert ben.get(f"/api/photos/{ada.photo_id}/hello")["can"] is True
    assert ben.say(ada, "photo_like")["state"] == "answered"
    assert ada.hellos()[0]["state"] == "answered"


def test_two_who_say_hello_to_each_other_have_answered(three: list[Guest]) -> None:
    ada, ben, _ = three
    ada.say(ben)
    assert ben.say(ada)["state"] == "answered"
    assert len(ada.hellos()) == len(ben.hellos()) == 1


def test_two_hellos_at_the_same_moment_are_one_talk(
    three: list[Guest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes look for an earlier hello at once and find none; the database lets one of them begin."""
    ada, ben, _ = three
    looks = []
    between = hello_use_cases.between

    def too_early(session: Any, one_id: int, other_id: int) -> Hello | None:
        looks.append(one_id)
        return None if len(looks) == 1 else between(session, one_id, other_id)

    ada.say(ben)
    monkeypatch.setattr(hello_use_cases, "between", too_early)
    assert ben.say(ada)["state"] == "answered"
    assert len(ben.hellos()) == 1


def test_who_talks_already_goes_on_where_the_talk_is(service: Service, three: list[Guest]) -> None:
    ada, ben, cleo = three
    ben.answer(ada.say(ben)["id"])
    again = {"photo": ben.photo_id, "opener": "photo_like"}
    assert ada.refused("POST", "/api/hellos", json=again) == "talking"
    assert ada.get(f"/api/photos/{ben.photo_id}/hello")["why"] == "talking"
    cleo.say(ada)
    change(service, ada, paused_at=1.0)
    back = {"photo": cleo.photo_id, "opener": "photo_like"}
    assert ada.refused("POST", "/api/hellos", json=back) == "paused"
    change(service, ada, paused_at=None)
    change(service, cleo, paused_at=1.0)
    assert ada.refused("POST", "/api/hellos", json=back) == "not_reachable"


def test_own_words_are_for_those_who_answer_and_then_for_both(three: list[Guest]) -> None:
    ada, ben, _ = three
    hello = ada.say(ben)
    path = f"/api/hellos/{hello['id']}/answer"
    assert ada.refused("POST", path, json={"words": "And one more thing"}) == "open_already"
    ben.answer(hello["id"], words="I   use rye\nand time")
    answered = ada.answer(hello["id"], words="How long?")
    assert [line["text"] for line in answered["lines"][1:]] == ["I use rye and time", "How long?"]
    assert answered["lines"][1]["mine"] is False


def test_nobody_talks_on_without_end_to_somebody_who_says_nothing(three: list[Guest]) -> None:
    ada, ben, _ = three
    hello = ada.say(ben)
    ben.answer(hello["id"])
    for word in ("One", "Two", "Three"):
        last = ada.answer(hello["id"], words=word)
    assert last["can"]["answer"] is False
    path = f"/api/hellos/{hello['id']}/answer"
    assert ada.refused("POST", path, json={"words": "Four"}) == "your_turn_is_over"
    ben.answer(hello["id"], words="Fine")
    ada.answer(hello["id"], words="Four")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"words": "fuck off"}, "unkind"),
        ({"words": "Scheiße"}, "unkind"),
        ({"words": "puta madre"}, "unkind"),
        ({"words": "このバカ"}, "unkind"),
        ({"words": "شرموطة"}, "unkind"),
        ({"words": "see example.com"}, "link"),
        ({"words": "write to me@example.org"}, "link"),
        ({"words": " \n "}, "empty"),
        ({"words": "x" * 141}, "too_long"),
        ({"opener": "no_such"}, "unknown_opener"),
        ({}, "empty"),
    ],
)
def test_what_cannot_be_said_is_refused_with_words(three: list[Guest], body: Any, code: str) -> None:
    ada, ben, _ = three
    hello = ada.say(ben)
    answer = ben.call("POST", f"/api/hellos/{hello['id']}/answer", json=body)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert ben.hellos()[0]["state"] == "new"


@pytest.mark.parametrize(
    "words",
    ["I live in Essen.I like it", "Café con leche", "Scunthorpe is lovely", "3.5 kg of rye", "ええ、猫です"],
)
def test_everyday_lines_pass(three: list[Guest], words: str) -> None:
    ada, ben, _ = three
    hello = ada.say(ben)
    assert ben.answer(hello["id"], words=words)["lines"][-1]["text"] == words


def test_only_the_two_of_them_can_touch_a_hello(three: list[Guest]) -> None:
    ada, ben, cleo = three
    hello = ada.say(ben)
    for action in ("answer", "decline", "share"):
        body = {"opener": "answer_gladly"} if action == "answer" else {}
        path = f"/api/hellos/{hello['id']}/{action}"
        assert cleo.refused("POST", path, json=body) == "no_hello"
    assert cleo.hellos() == []
    cleo.call("POST", "/api/hellos/seen", json={"ids": [hello["id"]]})
    assert (ben.hellos()[0]["state"], ben.hellos()[0]["unread"]) == ("new", 1)


def test_what_one_has_seen_is_not_new_any_more_whoever_of_the_two_came_first(three: list[Guest]) -> None:
    ada, ben, _ = three
    hello = ada.say(ben)

    def sees(person: Guest) -> None:
        assert (person.hellos()[0]["unread"], person.get("/api/me")["hellos"]) == (1, 1)
        person.call("POST", "/api/hellos/seen", json={"ids": [hello["id"]]})
        assert (person.hellos()[0]["unread"], person.get("/api/me")["hellos"]) == (0, 0)

    sees(ben)
    ben.answer(hello["id"])
    sees(ada)


def test_a_hello_to_somebody_who_came_before_is_seen_by_them_too(three: list[Guest]) -> None:
    ada, ben, _ = three
    hello = ben.say(ada)
    ada.call("POST", "/api/hellos/seen", json={"ids": [hello["id"]]})
    assert ada.hellos()[0]["state"] == "seen"


@pytest.mark.parametrize("opener", ["no_such", "answer_gladly", None, 7, ["story_more"]])
def test_a_first_line_is_one_of_those_that_are_there_to_begin_with(three: list[Guest], opener: Any) -> None:
    ada, ben, _ = three
    answer = ada.call("POST", "/api/hellos", json={"photo": ben.photo_id, "opener": opener})
    assert answer.status_code in (400, 422)
    if isinstance(opener, str):
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "unknown_opener")
    assert ben.hellos() == []


def test_an_answer_moves_the_threads_of_this_wall_and_of_no_other(service: Service) -> None:
    event, other = service.open_event(work=False), service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    (cleo,) = gather(service, 1, other)
    hello = ada.say(ben)
    before = [person.get("/api/threads")["revision"] for person in (ada, cleo)]
    ben.answer(hello["id"])
    after = [person.get("/api/threads")["revision"] for person in (ada, cleo)]
    assert (after[0] > before[0], after[1]) == (True, before[1])


# ---- who can say hello to whom ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "why",
    [
        {"reachability": Reachability.HIDDEN},
        {"reachability": Reachability.LOOKING},
        {"paused_at": 1.0},
        "blocked",
    ],
)
def test_every_reason_that_is_the_others_sounds_the_same(
    service: Service, three: list[Guest], why: Any
) -> None:
    ada, ben, _ = three
    if why == "blocked":
        ben.call("POST", "/api/block", json={"photo": ada.photo_id})
    else:
        change(service, ben, **why)
    way = ada.get(f"/api/photos/{ben.photo_id}/hello")
    assert way == {
        "can": False,
        "why": "not_reachable",
        "message": "This person is not taking hellos at the moment.",
        "again_in": 0,
        "openers": [],
        "hello": None,
    }
    hello = {"photo": ben.photo_id, "opener": "photo_like"}
    assert ada.refused("POST", "/api/hellos", json=hello) == "not_reachable"


def test_what_is_missing_on_ones_own_side_is_said(service: Service, three: list[Guest]) -> None:
    ada, ben, _ = three
    event = service.open_event(work=False)
    gather(service, 1, event)
    (other,) = gather(service, 1, event)
    stranger = event.join()
    why = stranger.get(f"/api/photos/{other.photo_id}/hello")["why"]
    assert why == "no_photo"
    assert ada.get(f"/api/photos/{ada.photo_id}/hello")["why"] == "own"
    assert ada.get(f"/api/photos/{other.photo_id}/hello")["why"] == "not_reachable"  # another event's
    change(service, ada, paused_at=1.0)
    assert ada.get(f"/api/photos/{ben.photo_id}/hello")["why"] == "paused"
    change(service, ada, paused_at=None, reachability=Reachability.HIDDEN)
    assert ada.get(f"/api/photos/{ben.photo_id}/hello")["why"] == "hidden"


def test_a_photo_on_its_way_lets_wait(service: Service) -> None:
    event = service.open_event(work=False)
    (ben,) = gather(service, 1, event)
    ada = event.join()
    ada.send()
    assert ada.get(f"/api/photos/{ben.photo_id}/hello")["why"] == "photo_waiting"


def test_after_the_end_nobody_is_greeted_anew_but_talks_go_on(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben, cleo = gather(service, 3, event)
    hello = ada.say(ben)
    event.host().call("POST", "/api/host/state", json={"state": "closed"})
    assert ada.get(f"/api/photos/{cleo.photo_id}/hello")["why"] == "closed"
    assert ben.answer(hello["id"], words="See you next time")["state"] == "answered"


# ---- limits -----------------------------------------------------------------------------------------------------


def test_six_in_ten_minutes_are_the_limit_and_time_gives_new_ones(service: Service) -> None:
    ada, *others = gather(service, 10)
    for number, other in enumerate(others[:6]):
        assert ada.get("/api/hellos")["left"]["soon"] == 6 - number
        ada.say(other)
    assert ada.refused("POST", "/api/hellos", json={"photo": others[6].photo_id, "opener": "photo_like"}) == (
        "limit_soon"
    )
    way = ada.get(f"/api/photos/{others[6].photo_id}/hello")
    assert way["why"] == "limit_soon"
    assert 550 <= way["again_in"] <= 600
    assert len(way["openers"]) == 3
    make_older(service, 601)
    ada.say(others[6])


def test_an_event_has_a_limit_too(service: Service) -> None:
    ada, *others = gather(service, 25)
    sent = 0
    for other in others:
        make_older(service, 601)
        answer = ada.call("POST", "/api/hellos", json={"photo": other.photo_id, "opener": "photo_like"})
        if answer.status_code != 201:
            break
        sent += 1
        other.answer(answer.json["hello"]["id"])
    assert sent == 20
    assert answer.json["error"]["code"] == "limit_event"
    assert ada.get("/api/hellos")["left"]["event"] == 0


def test_somebody_whom_nobody_answers_may_send_fewer() -> None:
    rules = Rules(soon=6, event=20)
    assert [rules.soon_after(unanswered) for unanswered in (0, 7, 8, 13, 14, 20)] == [6, 6, 3, 3, 1, 1]


def test_an_answer_is_not_a_new_hello(service: Service) -> None:
    ada, *others = gather(service, 9)
    for other in others:
        other.say(ada)
    for hello in ada.hellos():
        ada.answer(hello["id"])
    assert ada.get("/api/hellos")["left"] == {"soon": 6, "event": 20, "again_in": 0}


# ---- contact ----------------------------------------------------------------------------------------------------


def test_contact_shows_only_when_both_want_it(three: list[Guest]) -> None:
    ada, ben, _ = three
    hello = ada.say(ben)
    path = f"/api/hellos/{hello['id']}/share"
    assert ada.refused("POST", path, json={"contact": "ada@example.org"}) == "not_answered"
    ben.answer(hello["id"])
    assert ada.refused("POST", path, json={}) == "no_contact"
    mine = ada.call("POST", path, json={"contact": "ada@example.org"}).json["hello"]["contact"]
    assert mine == {"mine": True, "theirs": False, "line": None, "url": None}
    assert ben.hellos()[0]["contact"] == {"mine": False, "theirs": True, "line": None, "url": None}
    both = ben.call("POST", path, json={"contact": "https://ben.example.org"}).json["hello"]["contact"]
    assert both == {"mine": True, "theirs": True, "line": "ada@example.org", "url": None}
    assert ada.hellos()[0]["contact"]["line"] == "https://ben.example.org"
    taken_back = ada.call("DELETE", path).json["hello"]["contact"]
    assert taken_back == {"mine": False, "theirs": True, "line": None, "url": None}
    assert ben.hellos()[0]["contact"]["line"] is None


@pytest.mark.sqlite
def test_contact_and_own_words_are_unreadable_in_a_copy_of_the_database(
    service: Service, three: list[Guest]
) -> None:
    ada, ben, _ = three
    hello = ada.say(ben)
    ben.answer(hello["id"], words="a secret about sourdough")
    ada.call("PATCH", "/api/me", json={"contact": "ada-at-home@example.org"})
    write_through(service.settings)
    data = (service.settings.data_folder / "mosaic.sqlite3").read_bytes()
    assert b"sourdough" not in data
    assert b"ada-at-home" not in data
    assert ada.get("/api/me")["attendee"]["contact"] == "ada-at-home@example.org"


def test_the_list_can_be_taken_along_with_mutual_contacts_only(three: list[Guest]) -> None:
    ada, ben, cleo = three
    assert ada.refused("GET", "/api/hellos/take-along") == "nobody"
    for other, line in ((ben, "=HYPERLINK(1)"), (cleo, "cleo; at, home")):
        hello = ada.say(other)
        other.answer(hello["id"])
        other.call("POST", f"/api/hellos/{hello['id']}/share", json={"contact": line})
        if other is ben:
            ada.call("POST", f"/api/hellos/{hello['id']}/share", json={"contact": "ada"})
    answer = ada.call("GET", "/api/hellos/take-along?format=csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="people-i-met.csv"'
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows == [["name", "title", "contact", "link"], ["Ben", "", "'=HYPERLINK(1)", ""]]
    ada.call("POST", f"/api/hellos/{ada.hellos()[0]['id']}/share", json={})
    card = ada.call("GET", "/api/hellos/take-along?format=vcard").text
    assert "FN:Cleo\r\nNOTE:cleo\\; at\\, home\r\n" in card
    assert card.count("BEGIN:VCARD") == 2
    text = ada.call("GET", "/api/hellos/take-along?format=text").text
    assert "Cleo\ncleo; at, home\n" in text
    assert ada.refused("GET", "/api/hellos/take-along?format=exe") == "unknown_choice"


# ---- what follows the person ----------------------------------------------------------------------------------------


def test_a_quoted_line_follows_its_photo(service: Service, three: list[Guest]) -> None:
    ada, ben, _ = three
    ada.say(ben)
    ben.call("PATCH", f"/api/photos/{ben.photo_id}", json={"story": "Something new"})
    assert ada.hellos()[0]["lines"][0]["text"] == "You wrote “Something new”. Tell me more?"
    ben.call("DELETE", f"/api/photos/{ben.photo_id}")
    assert ada.hellos()[0]["lines"][0]["text"] == "You wrote “…”. Tell me more?"
    assert ada.hellos()[0]["photos"] == [ada.photo_id, None]


def test_who_hides_keeps_the_talks_and_takes_the_name_from_open_hellos(
    service: Service, three: list[Guest]
) -> None:
    ada, ben, cleo = three
    hello = ada.say(ben)
    ada.say(cleo)
    ben.answer(hello["id"])
    ada.call("PATCH", "/api/me", json={"reachability": "hidden"})
    assert ben.hellos()[0]["person"]["name"] == "Ada"
    assert cleo.hellos()[0]["person"]["name"] == ""
    assert cleo.hellos()[0]["person"]["hidden"] is True


def test_lines_say_how_long_ago_and_never_when(service: Service, three: list[Guest]) -> None:
    ada, ben, _ = three
    ada.say(ben)
    with service.app.extensions[EXTENSION].database.write() as session:
        session.execute(update(HelloLine).values(said_at=time.time() - 65))
    assert 64 <= ben.hellos()[0]["lines"][0]["ago"] <= 100


def test_an_obstacle_is_told_with_a_status_that_says_whose_move_it_is() -> None:
    """What will pass by itself is 429 (the panel waits), what the asker can mend 422, what is so already 409."""
    assert {code: status for code, (status, _) in WORDS_OF_OBSTACLES.items()} == {
        "own": 409,
        "paused": 403,
        "closed": 403,
        "hellos_off": 403,
        "lines_off": 403,
        "hidden": 403,
        "no_photo": 422,
        "photo_waiting": 422,
        "not_reachable": 403,
        "open_already": 409,
        "talking": 409,
        "limit_soon": 429,
        "limit_event": 429,
    }


def test_a_hello_that_was_put_aside_counts_as_read(service: Service) -> None:
    ada, ben = gather(service, 2)
    hello = ada.say(ben)
    assert ben.get("/api/me")["hellos"] == 1
    answer = ben.call("POST", f"/api/hellos/{hello['id']}/decline", json={})
    assert answer.status_code < 300, answer.text
    assert ben.get("/api/me")["hellos"] == 0
    assert [each["unread"] for each in ben.hellos()] in ([], [0])
