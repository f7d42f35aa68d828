"""The stroll: least seen first, by chance, far across the wall; and the neighbours next door."""

from collections import Counter
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from plugin.state.db import Database
from plugin.state.encounters import Exposure
from plugin.state.models import Attendee, Photo, PhotoState, Placement, Reachability
from plugin.together import stroll
from plugin.together.leastseen import LeastSeen
from plugin.together.stroll import Strolls, Walk
from plugin.web.request.services import EXTENSION
from tests.factories import Service
from tests.gatherings import Guest, change, gather


def database_of(service: Service) -> Database:
    found: Database = service.app.extensions[EXTENSION].database
    return found


def next_photo(person: Guest, came_from: int | None = None, seen: tuple[int, ...] = ()) -> int | None:
    answer = person.call("POST", "/api/stroll", json={"from": came_from, "seen": list(seen)})
    assert answer.status_code == 200, answer.text
    photo = answer.json["photo"]
    return photo["id"] if photo else None


@pytest.fixture(autouse=True)
def always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test does not wait until a process looks at the database again."""
    monkeypatch.setattr(stroll, "LOOK_SECONDS", -1.0)
    monkeypatch.setattr(stroll, "LOAD_SHARE", 0)
    monkeypatch.setattr(stroll, "RELOAD_SECONDS", -1.0)


# ---- the structure --------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.sampled_from("psr"), st.integers(1, 12), st.integers(0, 4)), max_size=80),
    st.integers(),
)
@settings(max_examples=200, deadline=None)
def test_the_walk_goes_through_all_photos_once_the_least_shown_first(
    steps: list[tuple[str, int, int]], seed: int
) -> None:
    seen, model = LeastSeen(), {}
    for kind, photo_id, times in steps:
        if kind == "p":
            seen.put(photo_id, times)
            model[photo_id] = times
        elif kind == "s":
            seen.shown(photo_id)
            if photo_id in model:
                model[photo_id] += 1
        else:
            seen.remove(photo_id)
            model.pop(photo_id, None)
    walk = list(seen.in_order(Random(seed)))
    assert sorted(photo_id for _, photo_id in walk) == sorted(model) == sorted(seen)
    assert [times for times, _ in walk] == sorted(model.values())
    assert all(model[photo_id] == times == seen.times(photo_id) for times, photo_id in walk)
    assert len(seen) == len(model)


def test_among_equals_chance_decides_evenly() -> None:
    seen = LeastSeen()
    for photo_id in range(1, 101):
        seen.put(photo_id, 3)
    chance = Random(7)
    firsts = Counter(next(seen.in_order(chance))[1] for _ in range(10_000))
    assert len(firsts) == 100
    assert max(firsts.values()) < 160


def test_the_nearest_homes_come_first() -> None:
    chance = Random(3)
    cells = chance.sample(range(40 * 30), 60)
    walk = Walk(1, columns=40, rows=30, homes=dict(enumerate(cells, 1)))
    walk.at = {cell: number for number, cell in walk.homes.items()}
    for photo_id in walk.homes:
        around = list(walk.around(photo_id))
        distances = [walk.distance(photo_id, other) for other in around]
        assert distances == sorted(distances)
        assert sorted(around) == sorted(set(walk.homes) - {photo_id})


# ---- through the service --------------------------------------------------------------------------------------------


def test_as_many_steps_as_photos_leave_no_photo_unseen(service: Service) -> None:
    people = gather(service, 40)
    shown: Counter[int | None] = Counter()
    for number in range(2 * len(people)):
        shown[next_photo(people[number % len(people)])] += 1
    assert len(shown) == len(people)
    assert max(shown.values()) <= 3


def test_one_never_strolls_to_oneself_nor_to_the_photo_one_comes_from(service: Service) -> None:
    ada, ben = gather(service, 2)
    assert next_photo(ada) == ben.photo_id
    assert next_photo(ada, came_from=ben.photo_id) is None


def test_what_this_panel_has_seen_comes_last_and_then_it_goes_round(service: Service) -> None:
    ada, *others = gather(service, 6)
    seen: list[int] = []
    for _ in others:
        answer = ada.call("POST", "/api/stroll", json={"from": seen[-1] if seen else None, "seen": seen})
        assert answer.json["again"] is False
        seen.append(answer.json["photo"]["id"])
    assert sorted(seen) == sorted(each.photo_id for each in others)
    again = ada.call("POST", "/api/stroll", json={"from": seen[-1], "seen": seen})
    assert again.json["again"] is True
    assert again.json["photo"]["id"] != seen[-1]


@pytest.mark.parametrize(
    "why", [{"reachability": Reachability.HIDDEN}, {"paused_at": 1.0}, {"removed_at": 1.0}]
)
def test_who_is_out_of_sight_is_not_strolled_to(service: Service, why: dict[str, object]) -> None:
    ada, ben, cleo = gather(service, 3)
    assert {next_photo(ada), next_photo(ada)} == {ben.photo_id, cleo.photo_id}
    change(service, ben, **why)
    assert {next_photo(ada) for _ in range(6)} == {cleo.photo_id}
    assert [each["id"] for each in ada.get(f"/api/photos/{cleo.photo_id}/next-door")["photos"]] == []


def test_a_block_works_at_once_and_both_ways(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stroll, "LOOK_SECONDS", 3600.0)
    ada, ben, cleo = gather(service, 3)
    next_photo(ada)
    ada.call("POST", "/api/block", json={"photo": ben.photo_id})
    assert {next_photo(ada) for _ in range(6)} == {cleo.photo_id}
    assert {next_photo(ben) for _ in range(6)} == {cleo.photo_id}
    doors = cleo.get(f"/api/photos/{cleo.photo_id}/next-door")["photos"]
    assert [each["id"] for each in doors] == [ben.photo_id, ada.photo_id]
    assert ada.get(f"/api/photos/{cleo.photo_id}/next-door")["photos"] == []


def test_a_photo_taken_back_is_not_strolled_to(service: Service) -> None:
    ada, ben, cleo = gather(service, 3)
    next_photo(ada)
    ben.call("DELETE", f"/api/photos/{ben.photo_id}")
    assert {next_photo(ada) for _ in range(4)} == {cleo.photo_id}


def test_the_next_stop_is_a_jump_across_the_wall(service: Service) -> None:
    people = gather(service, 200)
    database = database_of(service)
    strolls = Strolls(database, Random(1))
    with database.read() as session:
        ada = session.get_one(Attendee, people[0].id)
    walked: list[int] = []
    for _ in range(60):
        photo, _ = strolls.next_photo(ada, walked[-1] if walked else None, walked)
        assert photo is not None
        walked.append(photo["id"])
    walk = next(iter(strolls._walks.values()))
    jumps = [walk.distance(*pair) for pair in pairwise(walked)]
    chance = Random(2)
    ids = list(walk.homes)
    by_chance = [walk.distance(*chance.sample(ids, 2)) for _ in range(2000)]
    assert sum(jumps) / len(jumps) > 1.3 * sum(by_chance) / len(by_chance)


def test_a_new_photo_is_found_without_reading_the_whole_wall_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = service.open_event(work=False)
    ada, ben = gather(service, 2, event)
    assert next_photo(ada) == ben.photo_id
    monkeypatch.setattr(stroll, "LOAD_SHARE", 1e9)
    monkeypatch.setattr(stroll, "RELOAD_SECONDS", 3600.0)
    (cleo,) = gather(service, 1, event)
    assert next_photo(ada, came_from=ben.photo_id) == cleo.photo_id
    assert ada.get(f"/api/photos/{cleo.photo_id}/next-door")["photos"][0]["id"] == ben.photo_id


def test_a_greeter_sees_first_whom_nobody_has_opened_and_then_who_had_no_hello(service: Service) -> None:
    ada, ben, cleo, dan = gather(service, 4)
    ada.call("PATCH", "/api/me", json={"greeter": True})
    report = {"opened": [{"id": each.photo_id, "how": "wall"} for each in (ben, cleo)]}
    assert cleo.call("POST", "/api/opened", json=report).status_code == 204
    assert next_photo(ada) == dan.photo_id
    ben.say(cleo)
    dan.say(ben)
    for _ in range(5):
        cleo.call("POST", "/api/opened", json={"opened": [{"id": dan.photo_id, "how": "wall"}]})
    assert next_photo(ada) == dan.photo_id  # opened most often, but nobody said hello yet


def test_exposures_are_written_in_batches_and_add_up_over_processes(service: Service) -> None:
    ada, ben, cleo = gather(service, 3)
    database = database_of(service)
    here, there = Strolls(database), Strolls(database)
    with database.read() as session:
        row = session.get_one(Attendee, ada.id)
    for _ in range(3):
        here.next_photo(row, None, [])
        there.next_photo(row, None, [])
    with database.read() as session:
        assert session.scalars(select(Exposure)).all() == []
    here.flush()
    there.flush()
    with database.read() as session:
        shown = dict(session.execute(select(Exposure.photo_id, Exposure.shown)).all())  # type: ignore[arg-type]
    assert sum(shown.values()) == 6
    assert set(shown) == {ben.photo_id, cleo.photo_id}
    here.next_photo(row, None, [])
    walk = next(iter(here._walks.values()))
    assert sum(walk.seen.times(each) for each in walk.seen) == 7


def test_counts_of_an_erased_photo_are_dropped_and_those_of_others_kept(service: Service) -> None:
    ada, ben, _ = gather(service, 3)
    database = database_of(service)
    strolls = Strolls(database)
    assert strolls.opened(1, [ada.photo_id, ben.photo_id, 999_999]) == 2
    with database.write() as session:
        session.delete(session.get_one(Placement, (1, 1)))
        session.flush()
        session.delete(session.get_one(Photo, ben.photo_id))
    strolls.flush()
    with database.read() as session:
        assert session.scalars(select(Exposure.photo_id)).all() == [ada.photo_id]


def test_counts_that_could_not_be_written_are_kept(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, ben = gather(service, 2)
    database = database_of(service)
    strolls = Strolls(database)
    strolls.opened(1, [ada.photo_id, ben.photo_id])
    with monkeypatch.context() as broken:
        broken.setattr(stroll, "_write", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            strolls.flush()
    strolls.flush()
    with database.read() as session:
        assert session.scalars(select(Exposure.shown)).all() == [1, 1]


def test_walls_that_nobody_strolls_on_are_let_go(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stroll, "WALLS_KEPT", 1)
    database = database_of(service)
    strolls = Strolls(database)
    gather(service, 2)
    gather(service, 2)
    strolls.opened(1, [])
    strolls.opened(2, [])
    assert [walk.wall_id for walk in strolls._walks.values()] == [2]


@pytest.mark.parametrize("body", [{"seen": "all"}, {"seen": {"a": 1}}])
def test_nonsense_is_refused_with_words(service: Service, body: dict[str, object]) -> None:
    (ada,) = gather(service, 1)
    assert ada.refused("POST", "/api/stroll", json=body) == "not_json"
    assert ada.refused("POST", "/api/opened", json={"opened": [1]}) == "not_json"


def test_strange_ids_are_left_out(service: Service) -> None:
    ada, ben = gather(service, 2)
    answer = ada.call("POST", "/api/stroll", json={"from": "x", "seen": [True, -1, "9", None, 1.5]})
    assert answer.json["photo"]["id"] == ben.photo_id
    report = {"opened": [{"id": "x"}, {"how": "wall"}, {"id": ben.photo_id, "how": "stroll"}]}
    assert ada.call("POST", "/api/opened", json=report).status_code == 204


def test_somebody_without_a_home_has_no_neighbours(service: Service) -> None:
    ada, ben = gather(service, 2)
    assert ada.get("/api/photos/999999/next-door")["photos"] == []
    database = database_of(service)
    with database.write() as session:
        session.get_one(Photo, ben.photo_id).state = PhotoState.WITHDRAWN
    assert ada.get(f"/api/photos/{ada.photo_id}/next-door")["photos"] == []


# ---- what the wall shows by itself ----------------------------------------------------------------------------------


def shown_in(service: Service) -> dict[int, int]:
    service.app.extensions[EXTENSION].batches.flush()
    with database_of(service).read() as session:
        return {row.photo_id: row.shown for row in session.scalars(select(Exposure))}


def test_whoever_a_panel_wandered_to_counts_as_shown_and_comes_later_in_the_stroll(service: Service) -> None:
    ada, ben, cleo, dora = gather(service, 4)
    wandered = {"photos": [ben.photo_id, cleo.photo_id, ben.photo_id, ada.photo_id, 999]}
    assert ada.call("POST", "/api/wandered", json=wandered).status_code == 204
    assert shown_in(service) == {ben.photo_id: 1, cleo.photo_id: 1}  # once each, and not oneself
    assert next_photo(ada) == dora.photo_id


def test_a_panel_reports_few_photos_and_rarely(service: Service) -> None:
    ada, *others = gather(service, 14)
    photos = {"photos": [each.photo_id for each in others]}
    answers = [ada.call("POST", "/api/wandered", json=photos).status_code for _ in range(5)]
    assert answers == [204, 204, 204, 204, 429]
    assert sum(shown_in(service).values()) == 4 * 12


@pytest.mark.parametrize("photos", [None, "all", {"1": 2}])
def test_what_is_no_list_of_photos_is_refused(service: Service, photos: object) -> None:
    (ada,) = gather(service, 1)
    assert ada.call("POST", "/api/wandered", json={"photos": photos}).status_code == 422


@pytest.mark.sqlite
def test_a_few_people_are_looked_up_by_their_ids(service: Service) -> None:
    """And not by what nearly all of them share, one after the other."""
    queries = (
        "SELECT story FROM photos JOIN placements ON photo_id = photos.id WHERE state = ? AND photos.id IN (1, 2, 3)",
        "SELECT name FROM attendees WHERE event_id = ? AND id IN (1, 2, 3)",
    )
    with service.shop.database.read() as session:
        steps = [
            step.detail
            for query in queries
            for step in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", ("1",))
        ]
    assert "SEARCH attendees USING INTEGER PRIMARY KEY (rowid=?)" in steps
    assert "SEARCH photos USING INTEGER PRIMARY KEY (rowid=?)" in steps
    assert not [step for step in steps if "state=?" in step], steps
