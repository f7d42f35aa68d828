"""How it goes: the desk's numbers beside what the database truly holds, worked out here in another way."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from plugin.safety.forgetting import forget_attendee
from plugin.state.encounters import CoffeeBreak, Hello, HelloState, LineKind
from plugin.state.models import Attendee, Photo, PhotoState, Wall
from plugin.together.going import numbers, share_of, told_of
from plugin.together.turns import note_met
from plugin.web.request.services import EXTENSION, Services
from tests.factories import Event, Service
from tests.gatherings import Guest, gather
from worker.ticking import Ticking

PEOPLE = 300


def known(service: Service) -> Services:
    found: Services = service.app.extensions[EXTENSION]
    return found


# ---- what is told ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (3, 4, (None, None, False)),
        (4, 300, (None, 300, False)),
        (5, 300, (5, 300, False)),
        (295, 300, (295, 300, False)),
        (297, 300, (None, 300, True)),  # three stand out
        (300, 300, (300, 300, False)),
    ],
)
def test_a_share_that_singles_out_a_few_is_not_told(
    part: int, whole: int, told: tuple[int | None, int | None, bool]
) -> None:
    found = share_of(part, whole)
    assert (found.part, found.whole, found.nearly) == told


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8))
def test_a_cell_that_is_not_told_does_not_follow_from_those_that_are(cells: list[int]) -> None:
    told = told_of(cells)
    assert all(each is None or each >= 5 for each in told)
    hidden = [number for number, each in zip(cells, told, strict=True) if each is None]
    assert sum(hidden) == 0 or sum(hidden) >= 5 or len(hidden) == len(cells)


# ---- three hundred people ------------------------------------------------------------------------------------------


@dataclass
class Gathering:
    """An event of 300 people as it was played, and who was here when in its break."""

    event: Event
    people: list[Guest]
    came: dict[str, set[int]] = field(default_factory=dict)  # by phase; "" is the whole break
    stayed: dict[str, set[int]] = field(default_factory=dict)


@pytest.fixture
def gathering(service: Service) -> Gathering:
    """Seven in ten have a photo; some say hello and are answered, some stand in line, some leave before the end."""
    chance = Random(300)
    event = service.open_event(work=False)
    played = Gathering(event, gather(service, PEOPLE, event))
    event.host()  # at the desk, who is nobody in the numbers
    _photos(service, played.people, chance)
    _hellos(service, played.people, chance)
    _lines(service, played.people, chance)
    _break(service, played, chance)
    _leave(service, played.people)
    return played


def _photos(service: Service, people: list[Guest], chance: Random) -> None:
    states = [PhotoState.PLACED] * 210 + [PhotoState.HELD] * 12 + [PhotoState.REFUSED] * 8
    states += [PhotoState.PREPARED] * 6 + [PhotoState.WITHDRAWN] * 64
    with known(service).database.write() as session:
        for number, (person, state) in enumerate(zip(people, states, strict=True)):
            sent = 1_000_000.0 + number * 2
            placed = sent + chance.uniform(0.4, 9) if state is PhotoState.PLACED else None
            session.execute(
                update(Photo)
                .where(Photo.id == person.photo_id)
                .values(state=state, received_at=sent, placed_at=placed)
            )
        session.execute(update(Wall).values(count=210, room=40_000))


def _hellos(service: Service, people: list[Guest], chance: Random) -> None:
    states = [HelloState.SENT, HelloState.SEEN, HelloState.DECLINED, *[HelloState.ANSWERED] * 3]
    pairs = {tuple(sorted(chance.sample(range(PEOPLE), 2))) for _ in range(160)}
    with known(service).database.write() as session:
        for one, other in sorted(pairs):
            low, high = people[one].id, people[other].id
            session.add(
                Hello(
                    event_id=1, low_id=low, high_id=high, from_id=low, to_id=high, state=chance.choice(states)
                )
            )


def _lines(service: Service, people: list[Guest], chance: Random) -> None:
    in_line = people[:140]
    with known(service).database.write() as session:
        for turn in range(3):
            chance.shuffle(in_line)
            pairs = [tuple(sorted((one.id, other.id))) for one, other in list(pairwise(in_line))[::2]]
            note_met(session, 1, [(low, high) for low, high in pairs], LineKind.BREAK, float(turn))


def _break(service: Service, played: Gathering, chance: Random) -> None:
    """Everybody is there when it begins; late ones come, and at each look one in forty has gone for good."""
    host = played.event.host()
    assert host.call("POST", "/api/host/break", json={"minutes": 5, "start_in": 3600}).status_code == 201
    presence, ticking = known(service).batches.presence, Ticking(service.shop)
    with known(service).database.read() as session:
        begins = session.scalars(select(CoffeeBreak.begins_at)).one()
    here, late = {each.id for each in played.people[:240]}, [each.id for each in played.people[240:]]
    desk = host.joined["attendee"]["id"]
    presence.beat(1, [desk], begins - 60)  # since then it is known who is here
    for passed in range(0, 330, 10):
        gone = {each for each in sorted(here) if chance.random() < 1 / 40}
        here = (here - gone) | set(late[:2])
        late = late[2:]
        for each in gone:
            presence.left(1, each)
        presence.beat(1, [*here, desk], begins + passed)
        ticking.tick(begins + passed)
        phase = "pour" if passed < 60 else "stroll" if passed < 150 else "line" if passed < 300 else None
        for each in (phase, "") if phase else ():
            played.came.setdefault(each, set()).update(here)
            played.stayed[each] = set(here)


def _leave(service: Service, people: list[Guest]) -> None:
    """Two erase themselves and a host takes one out: none of them counts any more."""
    for each in people[20:22]:
        forget_attendee(known(service).database, known(service).storage, known(service).jobs, each.id)
    with known(service).database.write() as session:
        session.execute(update(Attendee).where(Attendee.id == people[30].id).values(removed_at=1.0))


def rows(service: Service, table: str) -> list[dict[str, Any]]:
    """As the database itself tells them."""
    with known(service).database.engine.connect() as database:
        return [dict(row) for row in database.exec_driver_sql(f"SELECT * FROM {table}").mappings()]


def truly_here(service: Service) -> set[int]:
    """The people of the event: not the desk, not who erased themselves, not who was taken out."""
    return {
        row["id"]
        for row in rows(service, "attendees")
        if row["user_id"] != "host-link"
        and not row["user_id"].startswith("erased-")
        and not row["removed_at"]
    }


def truly_met(service: Service) -> Counter[int]:
    """How many others each of them met."""
    others: dict[int, set[int]] = {}
    pairs = [(row["low_id"], row["high_id"]) for row in rows(service, "met")]
    pairs += [
        (row["low_id"], row["high_id"]) for row in rows(service, "hellos") if row["state"] == "answered"
    ]
    for low, high in pairs:
        others.setdefault(low, set()).add(high)
        others.setdefault(high, set()).add(low)
    return Counter({who: len(whom) for who, whom in others.items() if who in truly_here(service)})


def test_the_desk_tells_what_the_database_holds(service: Service, gathering: Gathering) -> None:
    found = gathering.event.host().get("/api/host/numbers")
    people, now = found["people"], found["now"]
    here, photos, hellos = truly_here(service), rows(service, "photos"), rows(service, "hellos")
    assert len(here) == PEOPLE - 3
    assert people["came"] == len(here)
    added = {
        row["attendee_id"] for row in photos if row["state"] in ("received", "prepared", "held", "placed")
    }
    assert people["added"] == {"part": len(added & here), "whole": len(here), "nearly": False}
    answered = sum(row["state"] == "answered" for row in hellos)
    assert people["hellos"] == {"part": answered, "whole": len(hellos), "nearly": False}
    assert now["waiting"] == sum(row["state"] == "held" for row in photos)
    assert now["coming"] == sum(row["state"] in ("received", "prepared") for row in photos)
    assert now["refused"] == sum(row["state"] == "refused" for row in photos)
    assert (now["placed"], now["fits"]) == (210, 40_000 - 210)
    placed = [row for row in photos if row["state"] == "placed"]
    assert now["seconds"] == round(median(row["placed_at"] - row["received_at"] for row in placed), 1)
    assert now["growth"][-1]["photos"] == len(placed)
    assert [each["photos"] for each in now["growth"]] == sorted(each["photos"] for each in now["growth"])


def test_each_person_counts_once_among_those_who_met(service: Service, gathering: Gathering) -> None:
    people = gathering.event.host().get("/api/host/numbers")["people"]
    met, here = truly_met(service), truly_here(service)
    assert people["met"] == {"part": len(met), "whole": len(here), "nearly": False}
    by_number = Counter(min(number, 6) for number in met.values())
    expected = [len(here) - len(met), *(by_number[number] for number in range(1, 7))]
    told = people["met_by_number"]
    assert all(number in (None, truth) for number, truth in zip(told, expected, strict=True))
    assert all(number is not None or truth < 20 for number, truth in zip(told, expected, strict=True))
    assert sum(number is not None for number in told) >= 4


def test_who_is_kept_to_the_end_of_each_phase_is_counted_by_people(
    service: Service, gathering: Gathering
) -> None:
    (only,) = gathering.event.host().get("/api/host/numbers")["breaks"]
    shares = {each["phase"]: (each["part"], each["whole"]) for each in only["phases"]}
    assert list(shares) == ["pour", "stroll", "line"]
    for phase, told in shares.items():
        assert told == (len(gathering.stayed[phase]), len(gathering.came[phase]))
    assert (only["kept"]["part"], only["kept"]["whole"]) == (
        len(gathering.stayed[""]),
        len(gathering.came[""]),
    )


def test_the_database_never_holds_who_stayed(gathering: Gathering, service: Service) -> None:
    assert {name for row in rows(service, "stays") for name in row} == {"break_id", "phase", "came", "stayed"}


def test_whoever_opens_the_panel_again_and_again_is_one_person(service: Service) -> None:
    event = service.open_event(work=False)
    people = [event.join() for _ in range(5)]
    for person in people * 3:
        event.join(return_key=person.joined["return_key"])
    event.host()
    assert event.host().get("/api/host/numbers")["people"]["came"] == 5


def test_of_few_people_nothing_is_told(service: Service) -> None:
    event = service.open_event(work=False)
    ada, ben, *_ = gather(service, 4, event)
    ben.answer(ada.say(ben)["id"])
    people = event.host().get("/api/host/numbers")["people"]
    assert people["came"] is None
    assert {share["part"] for share in (people["added"], people["met"], people["hellos"])} == {None}
    assert set(people["met_by_number"]) == {None}


def test_nobody_knows_who_is_here_while_redis_is_new(service: Service) -> None:
    event = service.open_event(work=False)
    gather(service, 6, event)
    assert numbers(known(service).database, 1, None)["now"]["here"] is None


def test_a_photo_keeps_the_time_at_which_it_came_onto_the_wall(service: Service) -> None:
    event, (ada,) = service.wall_with(1)
    (before,) = rows(service, "photos")
    assert before["received_at"] < before["placed_at"]
    host = event.host()
    (wall,) = rows(service, "walls")
    assert wall["room"] > 30_000
    assert host.get("/api/host/numbers")["now"]["fits"] == wall["room"] - 1
    ada.call("PATCH", "/api/me", json={"only_whole": True})
    service.run_jobs()
    assert rows(service, "photos")[0]["placed_at"] == before["placed_at"]
