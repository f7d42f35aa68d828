"""The line: two to four by chance, nobody alone, nobody twice while others are unmet; and waiting for a speaker."""

import time
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from plugin.safety import blocks
from plugin.state.db import Database
from plugin.state.encounters import CoffeeBreak, Line, LinePlace, Met
from plugin.state.models import Attendee, Reachability
from plugin.state.presence import HERE_SECONDS, Presence
from plugin.state.queue import connect
from plugin.together import lines, standing
from plugin.together.grouping import Acquaintance, make_groups, pairs_of
from plugin.together.turns import GATHERING_SECONDS
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Service
from tests.gatherings import Guest, change, gather
from worker.ticking import Ticking

# ---- who stands together ------------------------------------------------------------------------------------------


@given(
    number=st.integers(0, 40),
    seed=st.integers(),
    share_met=st.floats(0, 0.9),
    share_apart=st.floats(0, 0.2),
)
@settings(max_examples=150, deadline=None)
def test_everybody_stands_in_one_group_of_two_to_four_and_never_with_whom_they_block(
    number: int, seed: int, share_met: float, share_apart: float
) -> None:
    chance = Random(seed)
    people = list(range(1, number + 1))
    every_pair = list(pairs_of(people))
    met = {pair for pair in every_pair if chance.random() < share_met}
    apart = {pair for pair in every_pair if chance.random() < share_apart}
    groups, alone = make_groups(people, met, apart, chance)
    assert sorted([each for group in groups for each in group] + alone) == people
    assert all(2 <= len(group) <= 4 for group in groups)
    assert apart.isdisjoint(pair for group in groups for pair in pairs_of(group))
    assert apart >= set(pairs_of(alone))  # alone only where nobody else is left to stand with
    if number > 1 and not apart:
        assert alone == []


@pytest.mark.parametrize("number", [3, 4, 6, 10, 11, 17, 50, 301])
def test_nobody_meets_the_same_person_again_while_there_is_somebody_unmet(number: int) -> None:
    for seed in range(5):
        chance = Random(seed)
        met: set[tuple[int, int]] = set()
        for _ in range(min(number - 1, 5)):
            groups, alone = make_groups(range(number), met, (), chance)
            assert not alone
            assert Acquaintance(range(number), met).repeats(groups) == 0
            met |= {pair for group in groups for pair in pairs_of(group)}


def test_when_all_have_met_they_meet_again() -> None:
    met = set(pairs_of(range(5)))
    groups, alone = make_groups(range(5), met, (), Random(1))
    assert alone == []
    assert sorted(each for group in groups for each in group) == list(range(5))


def test_two_who_block_each_other_stand_alone_rather_than_together() -> None:
    groups, alone = make_groups([1, 2], (), [(1, 2)], Random(1))
    assert (groups, sorted(alone)) == ([], [1, 2])


def test_groups_of_three_are_the_most_usual_in_a_crowd() -> None:
    groups, _ = make_groups(range(900), (), (), Random(5))
    assert {len(group) for group in groups} == {2, 3, 4}
    assert 2.6 < 900 / len(groups) < 3.4


# ---- through the service ------------------------------------------------------------------------------------------


def database_of(service: Service) -> Database:
    found: Database = service.app.extensions[EXTENSION].database
    return found


def in_the_line_phase(service: Service, event: Event, minutes: int = 15) -> None:
    """Start a break and let it be half over."""
    event.host().call("POST", "/api/host/break", json={"minutes": minutes})
    with database_of(service).write() as session:
        session.execute(update(CoffeeBreak).values(begins_at=CoffeeBreak.begins_at - minutes * 30 - 1))


def move(service: Service) -> set[int]:
    """Let the turn be over, and the line move; who is told."""
    with database_of(service).write() as session:
        session.execute(update(Line).values(moves_at=0.0))
        line_id = session.scalars(select(Line.id)).one()
    return lines.move(database_of(service), line_id, None, chance=Random(1)).concerned


def get_in(*people: Guest) -> None:
    for person in people:
        answer = person.call("POST", "/api/line", json={})
        assert answer.status_code == 200, answer.text


def line_of(person: Guest) -> Any:
    return person.get("/api/line")["line"]


@pytest.fixture
def event(service: Service) -> Event:
    return service.open_event(work=False)


def test_two_who_get_in_line_see_each_other_and_one_question(service: Service, event: Event) -> None:
    ada, ben = gather(service, 2, event)
    in_the_line_phase(service, event)
    assert ada.get("/api/line") == {"line": None, "open": True}
    get_in(ada, ben)
    assert line_of(ada)["state"] == "waiting"
    assert line_of(ada)["waiting"] == 1
    assert move(service) == {ada.id, ben.id}
    found = line_of(ada)
    assert found["state"] == "together"
    assert [each["person"]["name"] for each in found["people"]] == ["Ben"]
    assert 60 <= found["left"] <= 90
    assert found["opener"] == line_of(ben)["opener"]
    assert found["opener"]["opener"].startswith("line_")


def test_there_is_no_line_in_other_phases(service: Service, event: Event) -> None:
    (ada,) = gather(service, 1, event)
    assert ada.refused("POST", "/api/line", json={}) == "no_line"
    event.host().call("POST", "/api/host/break", json={"minutes": 15})
    assert ada.refused("POST", "/api/line", json={}) == "no_line"
    assert ada.get("/api/line") == {"line": None, "open": False}


def test_who_cannot_be_shown_is_told_why(service: Service, event: Event) -> None:
    (ada,) = gather(service, 1, event)
    in_the_line_phase(service, event)
    change(service, ada, reachability=Reachability.HIDDEN)
    assert ada.refused("POST", "/api/line", json={}) == "hidden"
    change(service, ada, reachability=Reachability.LOOKING, paused_at=1.0)
    assert ada.refused("POST", "/api/line", json={}) == "paused"
    stranger = event.join()
    assert stranger.call("POST", "/api/line", json={}).json["error"]["code"] == "no_photo"


def test_nobody_is_left_alone_when_three_are_in_line(service: Service, event: Event) -> None:
    people = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(*people)
    move(service)
    assert [len(line_of(each)["people"]) for each in people] == [2, 2, 2]


def test_turn_after_turn_one_meets_others_until_all_were_met(service: Service, event: Event) -> None:
    people = gather(service, 12, event)
    in_the_line_phase(service, event)
    get_in(*people)
    for _ in range(3):
        move(service)
    with database_of(service).read() as session:
        met = session.execute(select(Met.times)).scalars().all()
    assert set(met) == {1}
    assert len(met) >= 18
    assert {each["how"] for each in people[0].get("/api/hellos")["met"]} == {"line"}


def test_leaving_is_one_call_and_who_stays_alone_waits_for_others(service: Service, event: Event) -> None:
    ada, ben, cleo = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    assert ada.call("DELETE", "/api/line").json == {"line": None}
    assert line_of(ben)["state"] == "waiting"
    assert line_of(ada) is None
    get_in(cleo)  # a newcomer in the middle of the turn
    assert [each["person"]["name"] for each in line_of(ben)["people"]] == ["Cleo"]


def test_of_three_two_stay_together_when_one_leaves_and_are_told(service: Service, event: Event) -> None:
    ada, ben, cleo = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(ada, ben, cleo)
    move(service)
    with database_of(service).read() as session:
        person = session.get_one(Attendee, ada.id)
    assert lines.leave(database_of(service), person).concerned == {ben.id, cleo.id}
    assert [each["person"]["name"] for each in line_of(ben)["people"]] == ["Cleo"]
    assert [each["person"]["name"] for each in line_of(cleo)["people"]] == ["Ben"]


def test_in_line_one_sees_ones_own_hellos_and_nobody_elses(service: Service, event: Event) -> None:
    ada, ben, cleo = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(ada, ben, cleo)
    move(service)
    hello = ben.say(cleo)
    assert [each["hello"] for each in line_of(ada)["people"]] == [None, None]
    told = {person.name: [each["hello"] for each in line_of(person)["people"]] for person in (ben, cleo)}
    assert told == {
        "Ben": [None, {"id": hello["id"], "state": "sent"}],
        "Cleo": [None, {"id": hello["id"], "state": "new"}],
    }


def test_a_line_that_was_looked_at_is_left_alone_until_something_is_due(
    service: Service, event: Event
) -> None:
    people = gather(service, 4, event)
    in_the_line_phase(service, event)
    get_in(*people[:3])
    with database_of(service).write() as session:
        session.execute(update(Line).values(looked_at=0.0))
    move(service)
    with database_of(service).read() as session:
        line = session.scalars(select(Line)).one()
    assert line.looked_at > 0
    assert lines.due(database_of(service), line.looked_at + 1) == []
    assert lines.due(database_of(service), line.looked_at + GATHERING_SECONDS + 1) == [
        (line.id, line.event_id)
    ]
    assert lines.due(database_of(service), line.moves_at) == [(line.id, line.event_id)]


def test_the_seconds_left_of_a_turn_end_at_nothing(service: Service, event: Event) -> None:
    ada, ben = gather(service, 2, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    with database_of(service).read() as session:
        person = session.get_one(Attendee, ada.id)
        moves_at = session.scalars(select(Line.moves_at)).one()
    for late, left in ((-7, 7), (0, 0), (9, 0)):
        assert standing.view(database_of(service), person, moves_at + late)["line"]["left"] == left


def test_a_newcomer_joins_strangers_in_the_middle_of_a_turn(service: Service, event: Event) -> None:
    ada, ben, cleo = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    get_in(cleo)
    assert {each["person"]["name"] for each in line_of(cleo)["people"]} == {"Ada", "Ben"}
    with database_of(service).read() as session:
        assert sorted(session.scalars(select(Met.times))) == [1, 1, 1]


def test_at_the_end_of_a_turn_a_newcomer_waits_for_the_next(service: Service, event: Event) -> None:
    ada, ben, cleo = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    with database_of(service).write() as session:
        session.execute(update(Line).values(moves_at=time.time() + 10))
    get_in(cleo)
    assert line_of(cleo)["state"] == "waiting"


def test_who_is_gone_for_half_a_minute_leaves_the_line(service: Service, event: Event) -> None:
    ada, ben, cleo = gather(service, 3, event)
    in_the_line_phase(service, event)
    get_in(ada, ben, cleo)
    move(service)
    presence = Presence(connect(service.settings.redis_url))
    now = time.time()
    assert presence.here(1, now) is None  # nobody knows yet, so nobody is taken for gone
    presence._redis.flushall()
    presence.beat(1, [cleo.id], now - HERE_SECONDS - 1)
    presence.beat(1, [ada.id, ben.id], now)
    assert presence.here(1, now) == {ada.id, ben.id}
    with database_of(service).read() as session:
        line_id = session.scalars(select(Line.id)).one()
    concerned = lines.move(database_of(service), line_id, presence.here(1, now)).concerned
    assert {ada.id, ben.id} <= concerned
    with database_of(service).read() as session:
        assert set(session.scalars(select(LinePlace.attendee_id))) == {ada.id, ben.id}
    presence._redis.close()


def test_presence_is_not_known_while_redis_is_gone() -> None:
    presence = Presence(connect("redis://127.0.0.1:1/0"))
    assert presence.beat(1, [1], 0.0) is False
    assert presence.beat(1, [], 0.0) is True
    assert presence.here(1, 0.0) is None
    assert presence.count(1, 0.0) is None
    presence.left(1, 1)
    presence._redis.close()


def test_a_block_parts_two_who_stand_together(service: Service, event: Event) -> None:
    ada, ben = gather(service, 2, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    ada.call("POST", "/api/block", json={"photo": ben.photo_id})
    assert line_of(ada)["people"] == line_of(ben)["people"] == []
    move(service)
    assert line_of(ada)["state"] == line_of(ben)["state"] == "waiting"


def test_a_block_parts_one_from_the_others_of_that_browser_too_and_they_are_told(
    service: Service, event: Event
) -> None:
    ada, trudy, mallory = gather(service, 3, event)
    for person in (trudy, mallory):
        change(service, person, device=b"one browser")
    in_the_line_phase(service, event)
    get_in(ada, trudy)
    move(service)
    with database_of(service).read() as session:
        me = session.get_one(Attendee, ada.id)
    told = blocks.block(database_of(service), me, mallory.photo_id, None).concerned
    assert told == {ada.id, mallory.id, trudy.id}
    assert line_of(ada)["people"] == line_of(trudy)["people"] == []


def test_two_who_block_each_other_are_not_put_into_one_group(service: Service, event: Event) -> None:
    ada, ben = gather(service, 2, event)
    ben.call("POST", "/api/block", json={"photo": ada.photo_id})
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    with database_of(service).read() as session:
        assert session.scalars(select(LinePlace.group_no)).all() == [None, None]


def test_who_hides_leaves_the_line_at_once(service: Service, event: Event) -> None:
    ada, ben = gather(service, 2, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    ada.call("PATCH", "/api/me", json={"reachability": "hidden"})
    assert line_of(ada) is None
    assert line_of(ben)["state"] == "waiting"


def test_the_line_closes_with_its_phase(service: Service, event: Event) -> None:
    ada, ben = gather(service, 2, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    event.host().call("DELETE", "/api/host/break")
    ticking = Ticking(service.shop)
    ticking.tick(time.time() + 6)
    over = ada.get("/api/line")
    assert (over["line"], over["open"]) == (None, False)
    with database_of(service).read() as session:
        assert session.scalars(select(LinePlace)).all() == []
        assert session.scalars(select(Line.closed_at)).one() is not None
    assert lines.move(database_of(service), 1, None).concerned == set()


def test_a_question_after_the_end_of_a_turn_moves_the_line(service: Service, event: Event) -> None:
    ada, ben = gather(service, 2, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    with database_of(service).write() as session:
        session.execute(update(Line).values(moves_at=0.0))
    assert line_of(ben)["state"] == "together"


def test_the_last_turn_is_as_long_as_the_phase(service: Service, event: Event) -> None:
    ada, ben = gather(service, 2, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    with database_of(service).write() as session:
        session.execute(update(CoffeeBreak).values(begins_at=time.time() - 15 * 60 + 100))
    move(service)
    assert 70 <= line_of(ada)["left"] <= 100
    with database_of(service).write() as session:
        session.execute(update(CoffeeBreak).values(begins_at=time.time() - 15 * 60 + 10))
    assert move(service) == set()  # too short for another turn


def test_many_processes_move_a_line_once(service: Service, event: Event) -> None:
    people = gather(service, 8, event)
    in_the_line_phase(service, event)
    get_in(*people)
    move(service)
    now = time.time()
    for _ in range(3):
        lines.move(database_of(service), 1, None, now=now)
    with database_of(service).read() as session:
        assert session.scalars(select(Line.turn)).one() == 1


def test_a_hello_in_line_is_not_counted_and_is_told_to_both(service: Service, event: Event) -> None:
    ada, ben, *others = gather(service, 9, event)
    for other in others[:6]:
        ada.say(other)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    ada.say(ben, "line_hello")
    assert line_of(ada)["people"][0]["hello"]["state"] == "sent"
    hello = line_of(ben)["people"][0]["hello"]
    assert hello["state"] == "new"
    ben.call("POST", "/api/hellos/seen", json={"ids": [hello["id"]]})
    assert line_of(ben)["people"][0]["hello"]["state"] == "seen"
    ben.call("POST", f"/api/hellos/{hello['id']}/decline", json={})
    assert line_of(ben)["people"][0]["hello"] is None
    assert line_of(ada)["people"][0]["hello"]["state"] == "sent"
    ben.answer(hello["id"])
    assert line_of(ada)["people"][0]["hello"]["state"] == "answered"
    assert ada.refused("POST", "/api/hellos", json={"photo": others[6].photo_id, "opener": "photo_like"}) == (
        "limit_soon"
    )


# ---- waiting for the speaker --------------------------------------------------------------------------------------


@pytest.fixture
def talk(service: Service, event: Event) -> tuple[int, list[Guest]]:
    """A speaker's line and its people; the first of them is the speaker."""
    people = gather(service, 6, event)
    host = event.host()
    answer = host.call("POST", "/api/host/speakers", json={"photo": people[0].photo_id})
    assert answer.status_code == 201, answer.text
    again = host.call("POST", "/api/host/speakers", json={"photo": people[0].photo_id})
    assert again.json["speaker"]["id"] == answer.json["speaker"]["id"]
    return answer.json["speaker"]["id"], people


def wait_for(person: Guest, line_id: int, opener: str = "talk_thanks") -> Any:
    answer = person.call("POST", f"/api/speakers/{line_id}/line", json={"opener": opener})
    assert answer.status_code == 200, answer.text
    return answer.json["speaker"]


def test_hellos_reach_the_speaker_one_after_another(talk: tuple[int, list[Guest]]) -> None:
    line_id, (speaker, ada, ben, *_) = talk
    assert wait_for(ada, line_id)["place"] == 1
    assert wait_for(ben, line_id, "talk_question")["place"] == 2
    assert speaker.hellos() == []
    (seen,) = speaker.get("/api/speakers")["speakers"]
    assert (seen["mine"], seen["waiting"], seen["next"]["name"]) == (True, 2, ada.name)
    taken = speaker.call("POST", f"/api/speakers/{line_id}/next", json={}).json
    assert taken["hello"]["person"]["name"] == ada.name
    assert taken["hello"]["lines"][0]["opener"] == "talk_thanks"
    assert ada.get("/api/speakers")["speakers"][0]["now"] is True
    assert len(speaker.hellos()) == 1
    assert wait_for(ben, line_id, "talk_remember")["place"] == 1
    speaker.call("POST", f"/api/speakers/{line_id}/next", json={})
    assert {each["lines"][0]["opener"] for each in speaker.hellos()} == {"talk_thanks", "talk_remember"}
    assert speaker.call("POST", f"/api/speakers/{line_id}/next", json={}).json["hello"] is None
    assert {each["how"] for each in ada.get("/api/hellos")["met"]} == {"speaker"}


def test_a_hello_that_a_speaker_asked_for_is_not_counted(talk: tuple[int, list[Guest]]) -> None:
    line_id, (speaker, ada, *_) = talk
    before = ada.get("/api/hellos")["left"]
    wait_for(ada, line_id)
    speaker.call("POST", f"/api/speakers/{line_id}/next", json={})
    assert len(speaker.hellos()) == 1
    assert ada.get("/api/hellos")["left"] == before


def test_those_who_wait_see_each_other_and_nobody_else_does(talk: tuple[int, list[Guest]]) -> None:
    line_id, (_, ada, ben, cleo, *_rest) = talk
    wait_for(ada, line_id)
    assert [each["name"] for each in wait_for(ben, line_id)["around"]] == [ada.name]
    (outside,) = cleo.get("/api/speakers")["speakers"]
    assert (outside["waiting"], outside["around"], outside["place"]) == (2, [], None)
    assert ada.call("DELETE", f"/api/speakers/{line_id}/line").json["speaker"]["place"] is None
    assert ben.get("/api/speakers")["speakers"][0]["around"] == []
    ada.call("DELETE", f"/api/speakers/{line_id}/line")


def test_a_hello_said_before_goes_on_in_the_speakers_line(talk: tuple[int, list[Guest]]) -> None:
    line_id, (speaker, ada, *_) = talk
    hello = ada.say(speaker)
    speaker.call("POST", f"/api/hellos/{hello['id']}/decline", json={})
    wait_for(ada, line_id)
    speaker.call("POST", f"/api/speakers/{line_id}/next", json={})
    (found,) = speaker.hellos()
    assert [each["opener"] for each in found["lines"]] == ["story_more", "talk_thanks"]


def test_a_hello_that_the_speaker_takes_is_the_newest_of_theirs(talk: tuple[int, list[Guest]]) -> None:
    line_id, (speaker, ada, ben, *_) = talk
    for person in (ada, ben):
        person.say(speaker)
    assert [each["person"]["name"] for each in speaker.hellos()] == [ben.name, ada.name]
    wait_for(ada, line_id)
    speaker.call("POST", f"/api/speakers/{line_id}/next", json={})
    assert [each["person"]["name"] for each in speaker.hellos()] == [ada.name, ben.name]


def test_who_is_away_is_passed_over(talk: tuple[int, list[Guest]], service: Service) -> None:
    line_id, (speaker, ada, ben, *_) = talk
    wait_for(ada, line_id)
    wait_for(ben, line_id)
    presence = service.app.extensions[EXTENSION].batches.presence
    service.app.extensions[EXTENSION].batches.flush()
    presence._redis.flushall()
    presence.beat(1, [ada.id], time.time() - HERE_SECONDS - 1)
    presence.beat(1, [ben.id, speaker.id], time.time())
    taken = speaker.call("POST", f"/api/speakers/{line_id}/next", json={}).json
    assert taken["hello"]["person"]["name"] == ben.name


def test_only_those_who_may_touch_a_speakers_line(talk: tuple[int, list[Guest]], event: Event) -> None:
    line_id, (speaker, ada, ben, cleo, *_) = talk
    assert speaker.refused("POST", f"/api/speakers/{line_id}/line", json={"opener": "talk_thanks"}) == "own"
    assert ada.refused("POST", f"/api/speakers/{line_id}/line", json={"opener": "no"}) == "unknown_opener"
    assert ada.refused("POST", f"/api/speakers/{line_id}/next", json={}) == "not_speaker"
    assert ada.refused("POST", "/api/host/speakers", json={"photo": ada.photo_id}) == "not_host"
    host = event.host()
    assert host.call("POST", "/api/host/speakers", json={"photo": 999_999}).status_code == 404
    assert host.call("POST", "/api/host/speakers", json={"photo": "x"}).status_code == 422
    speaker.call("POST", "/api/block", json={"photo": ben.photo_id})
    assert ben.refused("POST", f"/api/speakers/{line_id}/line", json={"opener": "talk_thanks"}) == (
        "not_reachable"
    )
    assert ben.get("/api/speakers")["speakers"] == []
    newcomer = event.join()
    answer = newcomer.call("POST", f"/api/speakers/{line_id}/line", json={"opener": "talk_thanks"})
    assert answer.json["error"]["code"] == "no_photo"
    wait_for(cleo, line_id)
    assert host.call("DELETE", f"/api/host/speakers/{line_id}").status_code == 204
    assert cleo.get("/api/speakers")["speakers"] == []
    assert cleo.refused("DELETE", f"/api/speakers/{line_id}/line") == "no_line"


@pytest.mark.parametrize("wish", [None, 1, "yes"])
def test_nonsense_is_no_wish_to_stay(service: Service, event: Event, wish: Any) -> None:
    ada, ben = gather(service, 2, event)
    in_the_line_phase(service, event)
    get_in(ada, ben)
    move(service)
    assert ada.refused("POST", "/api/line/stay", json={"stay": wish}) == "unknown_choice"
    assert line_of(ada)["stays"] is False


def test_a_hello_that_a_speaker_took_is_the_newest_again(talk: tuple[int, list[Guest]]) -> None:
    line_id, (speaker, ada, ben, *_) = talk
    ada.say(speaker)
    ben.say(speaker)
    wait_for(ada, line_id)
    speaker.call("POST", f"/api/speakers/{line_id}/next", json={})
    assert [each["person"]["name"] for each in speaker.hellos()] == [ada.name, ben.name]


def test_a_block_of_somebody_in_another_group_leaves_ones_own_as_it_is(
    service: Service, event: Event
) -> None:
    people = gather(service, 6, event)
    in_the_line_phase(service, event)
    get_in(*people)
    move(service)
    ada = people[0]
    before = line_of(ada)
    beside = {each["person"]["name"] for each in before["people"]}
    far = next(each for each in people[1:] if each.name not in beside)
    assert ada.call("POST", "/api/block", json={"photo": far.photo_id}).status_code < 300
    after = line_of(ada)
    assert (after["state"], after["group"]) == ("together", before["group"])
    assert {each["person"]["name"] for each in after["people"]} == beside
