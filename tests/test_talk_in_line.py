"""What people in line say to each other: who hears it, how much, how it ends; who stays; who keeps in touch."""

import time
from typing import Any

import pytest
from sqlalchemy import select, text, update

from plugin.state.base import Base
from plugin.state.encounters import CoffeeBreak, Line, LineHeard, LinePlace, LineWords, Met
from plugin.state.models import Attendee, Reachability
from plugin.together import lines, linewords
from plugin.together.linewords import IN_A_ROW, KEPT_SECONDS, SAID_SOON
from tests.factories import Event, Service
from tests.gatherings import Guest, change, gather
from tests.test_lines import database_of, get_in, in_the_line_phase, line_of, move
from worker.ticking import Ticking


@pytest.fixture
def event(service: Service) -> Event:
    return service.open_event(work=False)


def together(service: Service, event: Event, number: int) -> list[Guest]:
    """So many stand in one group."""
    people = gather(service, number, event)
    in_the_line_phase(service, event)
    get_in(*people)
    move(service)
    assert len(line_of(people[0])["people"]) == number - 1
    return people


def say(person: Guest, words: str) -> Any:
    answer = person.call("POST", "/api/line/words", json={"words": words, "group": line_of(person)["group"]})
    assert answer.status_code == 200, answer.text
    return answer.json["line"]


def refused(person: Guest, words: str) -> str:
    return person.refused("POST", "/api/line/words", json={"words": words, "group": line_of(person)["group"]})


def stay(*people: Guest, wish: bool = True) -> None:
    for person in people:
        assert person.call("POST", "/api/line/stay", json={"stay": wish}).json["line"]["stays"] is wish


def heard(person: Guest) -> list[str]:
    return [each["text"] for each in line_of(person)["words"]]


def later(service: Service, seconds: float) -> None:
    """What was said is older than it is."""
    with database_of(service).write() as session:
        session.execute(update(LineWords).values(said_at=LineWords.said_at - seconds))


# ---- talking ------------------------------------------------------------------------------------------------------


def test_the_first_words_of_each_answer_the_question_and_all_who_stand_there_hear_them(
    service: Service, event: Event
) -> None:
    ada, ben, cleo = together(service, event, 3)
    assert not line_of(ada)["answered"]
    assert say(ada, "In  Porto")["answered"]
    say(ben, "In Oslo")
    say(ada, "Is it cold?")
    for person in (ada, ben, cleo):
        found = [(each["text"], each["answers"], each["mine"]) for each in line_of(person)["words"]]
        assert found == [
            ("In Porto", True, person is ada),
            ("In Oslo", True, person is ben),
            ("Is it cold?", False, person is ada),
        ]
    assert [each["name"] for each in line_of(cleo)["words"]] == ["Ada", "Ben", "Ada"]


def test_the_others_are_told_and_nobody_else(service: Service, event: Event) -> None:
    ada, ben, cleo = together(service, event, 3)
    gather(service, 1, event)
    with database_of(service).read() as session:
        person = session.get_one(Attendee, ada.id)
    told = lines.say(database_of(service), person, "Hello", line_of(ada)["group"])
    assert told.concerned == {ben.id, cleo.id}


def test_words_are_clean_kind_and_short(service: Service, event: Event) -> None:
    ada, _ = together(service, event, 2)
    assert refused(ada, " ") == "empty"
    assert refused(ada, "you asshole") == "unkind"
    assert refused(ada, "see example.org") == "link"
    assert refused(ada, "x" * 141) == "too_long"
    assert heard(ada) == []


def test_whoever_has_said_three_things_lets_another_one_speak(service: Service, event: Event) -> None:
    ada, ben = together(service, event, 2)
    for number in range(IN_A_ROW):
        say(ada, f"Words {number}")
    assert refused(ada, "More") == "your_turn_is_over"
    say(ben, "Yes?")
    say(ada, "More")


def test_nobody_floods_a_line_not_even_with_somebody_who_answers(service: Service, event: Event) -> None:
    ada, ben = together(service, event, 2)
    for number in range(SAID_SOON):
        say(ada, f"Words {number}")
        say(ben, "Yes")
    assert refused(ada, "More") == "too_quick"
    later(service, linewords.SOON_SECONDS)
    say(ada, "More")


def test_who_stands_alone_or_nowhere_says_nothing(service: Service, event: Event) -> None:
    ada, ben = gather(service, 2, event)
    words = {"words": "Hello", "group": 1}
    assert ada.refused("POST", "/api/line/words", json=words) == "no_line"
    in_the_line_phase(service, event)
    assert ada.refused("POST", "/api/line/words", json=words) == "no_line"
    get_in(ada)
    assert ada.refused("POST", "/api/line/words", json=words) == "alone"
    get_in(ben)
    move(service)
    event.host().call("DELETE", "/api/host/break")
    assert ada.refused("POST", "/api/line/words", json=words) == "no_line"


def test_whoever_is_paused_does_not_talk_and_what_they_said_is_out_of_sight(
    service: Service, event: Event
) -> None:
    ada, ben, cleo = together(service, event, 3)
    say(ada, "Something bad")
    group = line_of(ada)["group"]
    change(service, ada, paused_at=time.time())
    assert ada.refused("POST", "/api/line/words", json={"words": "More", "group": group}) == "paused"
    assert heard(ben) == heard(cleo) == []


def test_words_reach_the_group_that_they_were_written_for_or_nobody(service: Service, event: Event) -> None:
    ada, ben = together(service, event, 2)
    group = line_of(ada)["group"]
    say(ben, "Hello")
    move(service)
    assert line_of(ada)["group"] != group
    assert ada.refused("POST", "/api/line/words", json={"words": "Hi", "group": group}) == "moved"
    assert heard(ada) == heard(ben) == []  # the next turn begins anew


def test_a_newcomer_hears_the_answers_of_those_who_stand_there_and_what_comes_after(
    service: Service, event: Event
) -> None:
    ada, ben, cleo = together(service, event, 3)
    (dan,) = gather(service, 1, event)
    say(ada, "An answer of Ada")
    say(ada, "A secret")
    say(ben, "An answer of Ben")
    say(cleo, "An answer of Cleo")
    cleo.call("DELETE", "/api/line")
    get_in(dan)
    assert heard(dan) == ["An answer of Ada", "An answer of Ben"]
    say(ada, "Welcome")
    assert heard(dan)[-1] == "Welcome"
    assert "A secret" in heard(ben)


def test_whoever_leaves_hears_no_more(service: Service, event: Event) -> None:
    ada, ben, cleo = together(service, event, 3)
    say(ada, "Before")
    cleo.call("DELETE", "/api/line")
    say(ben, "After")
    assert line_of(cleo) is None
    with database_of(service).read() as session:
        after = session.scalars(select(LineWords)).all()[-1]
        ears = set(session.scalars(select(LineHeard.attendee_id).where(LineHeard.words_id == after.id)))
    assert ears == {ada.id}


# ---- staying ------------------------------------------------------------------------------------------------------


def groups(service: Service) -> list[set[int]]:
    with database_of(service).read() as session:
        places = session.scalars(select(LinePlace).where(LinePlace.group_no.is_not(None))).all()
    numbers = {place.group_no for place in places}
    return [{each.attendee_id for each in places if each.group_no == number} for number in numbers]


def test_those_who_wish_it_stay_together_and_what_was_said_stays_with_them(
    service: Service, event: Event
) -> None:
    people = gather(service, 8, event)
    in_the_line_phase(service, event)
    get_in(*people)
    move(service)
    first = line_of(people[0])["people"][0]["person"]["name"]
    pair = [people[0], next(each for each in people if each.name == first)]
    say(pair[0], "Where were we?")
    stay(*pair)
    assert line_of(pair[1])["people"][0]["stays"] is True
    move(service)
    assert {each.id for each in pair} in groups(service)
    assert heard(pair[0]) == heard(pair[1]) == ["Where were we?"]
    assert not line_of(pair[0])["stays"]  # for one turn
    with database_of(service).read() as session:
        low, high = sorted(each.id for each in pair)
        assert session.get_one(Met, (low, high)).times == 1


def test_nobody_is_kept_who_did_not_choose_it(service: Service, event: Event) -> None:
    for seed in range(6):
        people = gather(service, 3, event)
        if not seed:
            in_the_line_phase(service, event)
        get_in(*people)
        move(service)
        ada, ben, cleo = people
        stay(ada, ben)
        stay(cleo)
        stay(cleo, wish=False)
        move(service)
        assert {ada.id, ben.id} in groups(service)
        assert line_of(cleo)["state"] == "waiting"
        for person in people:
            person.call("DELETE", "/api/line")


def test_one_alone_who_wishes_to_stay_goes_on_with_the_line(service: Service, event: Event) -> None:
    people = gather(service, 4, event)
    in_the_line_phase(service, event)
    get_in(*people)
    move(service)
    before = groups(service)
    stay(people[0])
    move(service)
    assert all(group not in before for group in groups(service))


def test_whoever_is_left_over_joins_those_who_stay_but_not_the_ones_they_left(
    service: Service, event: Event
) -> None:
    people = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(*people)
    move(service)
    stay(*people[:2])
    (dan,) = gather(service, 1, event)
    with database_of(service).write() as session:
        line_id = session.scalars(select(Line.id)).one()
        session.add(LinePlace(line_id=line_id, attendee_id=dan.id))
        session.add(Met(low_id=people[2].id, high_id=dan.id, event_id=1))
    people[2].call("DELETE", "/api/line")
    move(service)
    assert {people[0].id, people[1].id, dan.id} in groups(service)


def test_those_who_block_each_other_do_not_stay_together(service: Service, event: Event) -> None:
    ada, ben, cleo = together(service, event, 3)
    stay(ada, ben, cleo)
    ada.call("POST", "/api/block", json={"photo": ben.photo_id})
    move(service)
    assert all(not {ada.id, ben.id} <= group for group in groups(service))
    assert {ben.id, cleo.id} in groups(service)


# ---- safety -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [True, False])
def test_whoever_reports_is_out_of_the_group_at_once_and_the_words_go_along_as_evidence(
    service: Service, event: Event, block: bool
) -> None:
    ada, ben, cleo = together(service, event, 3)
    say(ada, "Hello Ben")
    say(ben, "Something hurtful")
    words_id = line_of(ada)["words"][1]["id"]
    complaint = {"words": words_id, "reason": "rude", "block": block}
    assert ada.call("POST", "/api/report", json=complaint).status_code == 204
    assert line_of(ada)["state"] == "waiting"
    assert line_of(ada)["words"] == []
    assert heard(cleo) == ["Hello Ben", "Something hurtful"]
    (report,) = event.host().get("/api/host/reports")["reports"]
    assert [(each["theirs"], each["text"]) for each in report["evidence"]["lines"]] == [
        (False, "Hello Ben"),
        (True, "Something hurtful"),
    ]


def test_nobody_reports_by_words_that_they_did_not_hear(service: Service, event: Event) -> None:
    ada, ben = together(service, event, 2)
    (dan,) = gather(service, 1, event)
    say(ben, "Between us")
    words_id = line_of(ada)["words"][0]["id"]
    for path in ("/api/report", "/api/block"):
        assert dan.refused("POST", path, json={"words": words_id, "reason": "rude"}) == "nobody"
    assert ada.call("POST", "/api/block", json={"words": words_id}).status_code == 204
    (blocked,) = ada.get("/api/blocks")["blocked"]
    assert (blocked["name"], blocked["photo"]) == ("Ben", ben.photo_id)


def test_after_a_block_neither_reads_the_other_whatever_stands_in_the_rows(
    service: Service, event: Event
) -> None:
    ada, ben, cleo = together(service, event, 3)
    say(ben, "From Ben")
    say(cleo, "From Cleo")
    group = line_of(ada)["group"]
    ada.call("POST", "/api/block", json={"photo": ben.photo_id})
    with database_of(service).write() as session:  # as if they had come together by a mistake
        session.execute(update(LinePlace).where(LinePlace.attendee_id == ada.id).values(group_no=group))
    assert heard(ada) == ["From Cleo"]
    assert [each["person"]["name"] for each in line_of(ada)["people"]] == ["Cleo"]
    say(ben, "More")
    assert heard(ada) == ["From Cleo"]


def test_two_reports_take_somebody_out_of_the_line_with_their_words(service: Service, event: Event) -> None:
    ada, ben, cleo = together(service, event, 3)
    say(ada, "Something bad")
    words_id = line_of(ben)["words"][0]["id"]
    for person in (ben, cleo):
        person.call("POST", "/api/report", json={"words": words_id, "reason": "rude"})
    assert line_of(ada) is None
    assert ada.refused("POST", "/api/line", json={}) == "paused"


# ---- how long it is kept ------------------------------------------------------------------------------------------


def rows_of_words(service: Service) -> int:
    with database_of(service).read() as session:
        return len(session.scalars(select(LineWords.id)).all()) + len(
            session.execute(select(LineHeard)).all()
        )


def test_what_was_said_goes_when_the_farewell_of_the_break_is_over(service: Service, event: Event) -> None:
    ada, ben = together(service, event, 2)
    say(ada, "Hello")
    assert rows_of_words(service) == 2
    event.host().call("DELETE", "/api/host/break")
    ticking = Ticking(service.shop)
    now = time.time()
    ticking.tick(now + 6)
    assert rows_of_words(service) == 2  # somebody may still report it
    ben.call("POST", "/api/report", json={"photo": ada.photo_id, "reason": "rude"})
    ticking.tick(now + KEPT_SECONDS + 7)
    assert rows_of_words(service) == 0
    (report,) = event.host().get("/api/host/reports")["reports"]
    assert [each["text"] for each in report["evidence"]["lines"]] == ["Hello"]


def test_a_line_goes_on_when_its_break_is_extended_after_its_end(service: Service, event: Event) -> None:
    ada, ben = together(service, event, 2)
    event.host().call("DELETE", "/api/host/break")
    Ticking(service.shop).tick(time.time() + 6)
    assert event.host().call("PATCH", "/api/host/break", json={"extend": 5}).status_code == 200
    get_in(ada, ben)
    move(service)
    say(ada, "Here we are again")
    assert heard(ben) == ["Here we are again"]


def test_no_table_holds_the_words_in_clear_and_an_erasure_takes_them(service: Service, event: Event) -> None:
    ada, ben = together(service, event, 2)
    say(ada, "a-word-of-ada")
    say(ben, "a-word-of-ben")
    before = everything(service)
    assert b"a-word-of" not in before
    with database_of(service).read() as session:
        kept = session.execute(text("SELECT words FROM line_words WHERE sender_id = :id"), {"id": ada.id})
        sealed = [row.words for row in kept]
    assert sealed
    assert all(repr(each).encode() in before for each in sealed)
    assert ada.call("DELETE", "/api/me").status_code == 202
    assert heard(ben) == [] or line_of(ben)["state"] == "waiting"
    rest = everything(service)
    assert all(repr(each).encode() not in rest for each in sealed)
    with database_of(service).read() as session:
        assert [each.sender_id for each in session.scalars(select(LineWords))] == [ben.id]
        assert session.execute(select(LineHeard)).all() == []


def everything(service: Service) -> bytes:
    """All rows of all tables as they lie in the database."""
    with database_of(service).read() as session:
        tables = [table.name for table in Base.metadata.sorted_tables]
        rows = [session.execute(text(f"SELECT * FROM {name}")).all() for name in tables]
    return repr(rows).encode()


# ---- keeping in touch ---------------------------------------------------------------------------------------------


def touch(person: Guest) -> Any:
    return person.get("/api/line")["touch"]["people"]


def test_a_hello_in_line_is_one_tap_and_no_limit_counts_it(service: Service, event: Event) -> None:
    ada, ben = together(service, event, 2)
    ada.say(ben, "line_hello")
    assert line_of(ada)["people"][0]["hello"]["state"] == "sent"
    assert line_of(ben)["people"][0]["hello"]["state"] == "new"
    assert ada.get("/api/hellos")["left"]["soon"] == 6


def test_when_the_break_ends_one_is_shown_whom_one_stood_with(service: Service, event: Event) -> None:
    people = gather(service, 6, event)
    in_the_line_phase(service, event)
    get_in(*people)
    move(service)
    move(service)
    ada = people[0]
    met = {each["person"]["name"] for each in ada.get("/api/hellos")["met"]}
    assert len(met) >= 2
    event.host().call("DELETE", "/api/host/break")
    assert {each["person"]["name"] for each in touch(ada)} == met
    other = next(each for each in people if each.name in met)
    ada.say(other, "line_touch")
    assert ada.get("/api/hellos")["left"]["soon"] == 6
    assert {each["hello"]["state"] for each in touch(ada) if each["hello"]} == {"sent"}
    with database_of(service).write() as session:
        session.execute(update(CoffeeBreak).values(ended_at=time.time() - 61))
    assert "touch" not in ada.get("/api/line")


def test_nobody_is_shown_who_is_hidden_blocked_just_looking_or_of_an_earlier_break(
    service: Service, event: Event
) -> None:
    ada, ben, cleo, dan, eva, finn = gather(service, 6, event)
    in_the_line_phase(service, event)
    with database_of(service).write() as session:
        event_id = session.get_one(Attendee, ada.id).event_id
        for other in (ben, cleo, dan, eva, finn):
            low, high = sorted((ada.id, other.id))
            ago = 86_400 if other is eva else 0
            session.add(Met(low_id=low, high_id=high, event_id=event_id, met_at=time.time() - ago))
    change(service, ben, reachability=Reachability.HIDDEN)
    change(service, cleo, reachability=Reachability.LOOKING)
    dan.call("POST", "/api/block", json={"photo": ada.photo_id})
    event.host().call("DELETE", "/api/host/break")
    assert [each["person"]["name"] for each in touch(ada)] == [finn.name]
    change(service, ada, paused_at=time.time())
    assert touch(ada) == []
