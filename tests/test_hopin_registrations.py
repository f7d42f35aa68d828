"""Reading who registered: page by page, past everything that goes wrong on the way, and twice is like once."""

import time
from typing import Any

import pytest
from sqlalchemy import update

from plugin.people.codes import email_digest
from plugin.platforms import errands
from plugin.platforms import registrations as readings
from plugin.platforms.errands import look_around, office
from plugin.state.registrations import Registration, Source
from tests.fake_hopin.server import SUMMIT
from tests.hopin_cast import HopinService, Organizer

REGISTRATIONS = f"/v1/events/{SUMMIT}/registrations"


def with_people(service: HopinService, number: int) -> list[str]:
    return [service.hopin.register(f"visitor.{each}@acme.example") for each in range(number)]


def wait(service: HopinService, seconds: float = readings.READ_SECONDS + 1) -> None:
    """Let so much time pass, for everything that is noted of the source."""
    with service.shop.database.write() as session:
        session.execute(
            update(Source).values(
                wanted_at=Source.wanted_at - seconds,
                reading_until=Source.reading_until - seconds,
                whole_at=Source.whole_at - seconds,
                read_at=Source.read_at - seconds,
                hook_until=Source.hook_until - seconds,
            )
        )


def state(organizer: Organizer) -> Any:
    (wall,) = organizer.state()["walls"]
    return wall


def rows(service: HopinService) -> list[tuple[Any, ...]]:
    with service.shop.database.read() as session:
        return [
            (
                each.external_id,
                each.email_digest,
                each.email,
                each.name,
                each.headline,
                each.refunded,
                each.link_version,
            )
            for each in session.query(Registration).order_by(Registration.id)
        ]


def found(service: HopinService, address: str) -> bool:
    secret = service.settings.secret_keys[0]
    with service.shop.database.read() as session:
        event_id = session.query(Source.event_id).scalar()
        return readings.registered(session, event_id, email_digest(secret, address)) is not None


@pytest.mark.sqlite
def test_everybody_who_registered_is_expected_and_nothing_of_them_is_readable(in_hopin: HopinService) -> None:
    with_people(in_hopin, 120)
    in_hopin.hopin.register("ben@acme.example", refunded=True, headline="Analyst")
    organizer = in_hopin.organizer()
    organizer.start_wall()
    assert state(organizer)["state"] == "waiting"
    in_hopin.read()
    told = state(organizer)
    assert (told["state"], told["expected"], told["refunded"], told["came"]) == ("ok", 120, 1, 0)
    assert told["read_seconds_ago"] < 60
    assert in_hopin.hopin.asked(REGISTRATIONS) == 3
    assert in_hopin.registrations()["ben@acme.example"].headline == "Analyst"
    assert in_hopin.registrations()["visitor.7@acme.example"].name == "Visitor 7"
    assert found(in_hopin, " Visitor.7@ACME.example")
    assert not found(in_hopin, "ben@acme.example")
    stored = b"".join(path.read_bytes() for path in in_hopin.settings.data_folder.glob("mosaic.sqlite3*"))
    assert b"visitor.7@acme" not in stored
    assert b"Visitor 7" not in stored


def test_2000_registrations_are_read_in_seconds_and_a_second_reading_changes_nothing(
    in_hopin: HopinService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_people(in_hopin, 2000)
    in_hopin.organizer().start_wall()
    monkeypatch.setattr(errands, "READING_SECONDS", 0.5)  # others have errands too
    in_hopin.run_errands()
    first = rows(in_hopin)
    assert len(first) == 2000
    wait(in_hopin)
    in_hopin.read()
    assert rows(in_hopin) == first
    assert in_hopin.source().run == 2
    assert in_hopin.hopin.asked(REGISTRATIONS) == 80


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_waited_for_and_reading_goes_on_where_it_stopped(
    in_hopin: HopinService, status: int
) -> None:
    with_people(in_hopin, 120)
    organizer = in_hopin.organizer()
    organizer.start_wall()
    in_hopin.hopin.between[1] = lambda: in_hopin.hopin.fault(
        REGISTRATIONS, status=status, **({"retry_after": 90} if status == 429 else {})
    )
    in_hopin.read()
    told = state(organizer)
    assert (told["state"], told["trouble"], told["expected"]) == ("trouble", "unavailable", 100)
    assert told["next_seconds"] >= (85 if status == 429 else 2)
    assert found(in_hopin, "visitor.0@acme.example")  # what was read counts at once
    before = in_hopin.hopin.asked(REGISTRATIONS)
    in_hopin.read()
    assert in_hopin.hopin.asked(REGISTRATIONS) == before  # not before its time
    wait(in_hopin, 91)
    in_hopin.read()
    assert (state(organizer)["state"], state(organizer)["expected"]) == ("ok", 120)
    assert in_hopin.hopin.asked(REGISTRATIONS) == before + 1  # the last page only


def test_pauses_grow_with_each_failure_up_to_an_hour(in_hopin: HopinService) -> None:
    organizer = in_hopin.organizer()
    organizer.start_wall()
    pauses = []
    for _ in range(14):
        in_hopin.hopin.fault(REGISTRATIONS, status=500)
        in_hopin.read()
        pauses.append(state(organizer)["next_seconds"])
        wait(in_hopin, 3601)
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (5, 3600)


def test_a_page_that_comes_twice_changes_nothing(in_hopin: HopinService) -> None:
    with_people(in_hopin, 170)
    in_hopin.hopin.repeats_page = 2
    organizer = in_hopin.organizer()
    organizer.start_wall()
    in_hopin.read()
    assert (state(organizer)["state"], state(organizer)["expected"]) == ("ok", 170)
    assert in_hopin.hopin.asked(REGISTRATIONS) == 5


def test_a_list_without_an_end_is_not_walked_for_ever(
    in_hopin: HopinService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_people(in_hopin, 100)
    organizer = in_hopin.organizer()
    organizer.start_wall()
    answer = in_hopin.hopin._list

    def round_and_round(kind: str, found: Any, query: dict[str, str], path: list[str]) -> Any:
        return answer(
            kind,
            found | {"more": {}, "and more": {}},
            query | {"after": str(int(query.get("after", 0)) % 100)},
            path,
        )

    monkeypatch.setattr(in_hopin.hopin, "_list", round_and_round)
    in_hopin.read()
    assert state(organizer)["trouble"] == "garbage"
    assert in_hopin.hopin.asked(REGISTRATIONS) < 40
    monkeypatch.undo()
    wait(in_hopin)
    in_hopin.read()
    assert (state(organizer)["state"], state(organizer)["expected"]) == ("ok", 100)


def test_whoever_is_refunded_while_we_read_is_not_expected_after_the_next_reading(
    in_hopin: HopinService,
) -> None:
    numbers = with_people(in_hopin, 120)
    organizer = in_hopin.organizer()
    organizer.start_wall()
    in_hopin.hopin.between[2] = lambda: in_hopin.hopin.change(numbers[3], refunded=True)
    in_hopin.read()
    assert found(in_hopin, "visitor.3@acme.example")  # their page was read before
    wait(in_hopin)
    in_hopin.read()
    assert not found(in_hopin, "visitor.3@acme.example")
    assert (state(organizer)["expected"], state(organizer)["refunded"]) == (119, 1)
    in_hopin.hopin.change(numbers[3], refunded=False)
    wait(in_hopin)
    in_hopin.read()
    assert found(in_hopin, "visitor.3@acme.example")


def test_whoever_is_gone_is_not_expected_and_whoever_only_moved_up_a_page_is(in_hopin: HopinService) -> None:
    numbers = with_people(in_hopin, 120)
    organizer = in_hopin.organizer()
    organizer.start_wall()
    in_hopin.read()
    wait(in_hopin)
    # The first line goes while we read: the first one of the second page moves to the first, and is not seen.
    in_hopin.hopin.between[1] = lambda: in_hopin.hopin.remove(numbers[0])
    in_hopin.read()
    assert found(in_hopin, "visitor.50@acme.example")
    for _ in range(2):
        wait(in_hopin)
        in_hopin.read()
    assert found(in_hopin, "visitor.50@acme.example")
    assert not found(in_hopin, "visitor.0@acme.example")
    assert (state(organizer)["expected"], state(organizer)["refunded"]) == (119, 1)


def test_that_everybody_is_gone_at_once_is_not_believed(in_hopin: HopinService) -> None:
    with_people(in_hopin, 20)
    organizer = in_hopin.organizer()
    organizer.start_wall()
    in_hopin.read()
    kept, in_hopin.hopin.people[SUMMIT] = in_hopin.hopin.people[SUMMIT], {}
    for _ in range(3):
        wait(in_hopin, 3601)
        in_hopin.read()
    assert (state(organizer)["trouble"], state(organizer)["expected"]) == ("garbage", 20)
    in_hopin.hopin.people[SUMMIT] = kept
    wait(in_hopin, 3601)
    in_hopin.read()
    assert (state(organizer)["state"], state(organizer)["expected"]) == ("ok", 20)


def test_a_token_that_ends_on_the_way_is_renewed_and_the_reading_goes_on(in_hopin: HopinService) -> None:
    with_people(in_hopin, 170)
    organizer = in_hopin.organizer()
    organizer.start_wall()
    in_hopin.hopin.between[2] = in_hopin.hopin.expire
    calls = in_hopin.hopin.asked("/oauth/token")
    in_hopin.hopin.expire()
    in_hopin.read()
    assert (state(organizer)["state"], state(organizer)["expected"]) == ("ok", 170)
    assert in_hopin.hopin.asked("/oauth/token") == calls + 2
    assert in_hopin.hopin.asked(REGISTRATIONS) == 4 + 2  # the pages that were refused, once more


def test_a_consent_that_is_over_is_told_and_what_was_read_counts(in_hopin: HopinService) -> None:
    with_people(in_hopin, 10)
    organizer = in_hopin.organizer()
    wall = organizer.start_wall()["wall"]
    in_hopin.read()
    in_hopin.hopin.expire()
    in_hopin.hopin.refresh.clear()
    wait(in_hopin)
    in_hopin.read()
    assert in_hopin.source().trouble == "no_consent"
    assert found(in_hopin, "visitor.1@acme.example")
    assert in_hopin.enter(wall["place"]).joined["event"]["code"] == wall["event"]["code"]
    assert organizer.call("GET", "/state").status_code == 401


def test_an_organizer_who_comes_back_after_that_finds_their_walls(in_hopin: HopinService) -> None:
    organizer = in_hopin.organizer()
    organizer.start_wall()
    in_hopin.hopin.expire()
    in_hopin.hopin.refresh.clear()
    in_hopin.read()
    again = in_hopin.organizer()
    in_hopin.read()
    assert len(again.state()["walls"]) == 1
    with_people(in_hopin, 3)
    wait(in_hopin, 3601)
    in_hopin.read()
    assert (state(again)["state"], state(again)["expected"]) == ("ok", 3)


def test_two_readers_do_not_read_at_the_same_time(in_hopin: HopinService) -> None:
    with_people(in_hopin, 10)
    in_hopin.organizer().start_wall()
    database, now = in_hopin.shop.database, time.time()
    turn = readings.begin(database, in_hopin.source().id, now, can_say_since=False)
    assert turn is not None
    assert readings.begin(database, turn.source_id, now, can_say_since=False) is None
    late = now + readings.READ_SECONDS + 1  # the first one died
    assert readings.begin(database, turn.source_id, late, can_say_since=False) is not None


def test_nobody_is_read_for_an_event_that_is_closed(in_hopin: HopinService) -> None:
    from plugin.state.models import Event, EventState

    in_hopin.organizer().start_wall()
    with in_hopin.shop.database.write() as session:
        session.query(Event).one().state = EventState.CLOSED
    assert readings.due(in_hopin.shop.database, time.time() + 10_000) == []


def test_a_lost_errand_is_asked_for_again(in_hopin: HopinService) -> None:
    with_people(in_hopin, 10)
    in_hopin.organizer().start_wall()
    in_hopin.shop.jobs._redis.flushall()
    assert look_around(office(), time.time() + 1) == 1
    in_hopin.run_errands()
    assert len(in_hopin.registrations()) == 10


def test_an_address_that_is_none_and_texts_that_are_too_long_do_no_harm(in_hopin: HopinService) -> None:
    with_people(in_hopin, 1)
    for odd in ({"email": None}, {"email": 7}, {"email": "x"}, {"email": "a@" + "b" * 300}):
        in_hopin.hopin.change(in_hopin.hopin.register("x@y.example"), **odd)
    in_hopin.hopin.register("long@acme.example", firstName="x" * 900, headline=["no text"])
    in_hopin.organizer().start_wall()
    in_hopin.read()
    assert set(in_hopin.registrations()) == {"visitor.0@acme.example", "long@acme.example"}
    assert len(in_hopin.registrations()["long@acme.example"].name) == 200


# ---- asking for changes only --------------------------------------------------------------------------------------


@pytest.fixture
def with_filter(in_hopin: HopinService, monkeypatch: pytest.MonkeyPatch) -> HopinService:
    """The operator has set the name of a filter; whether the platform knows it, a test says."""
    lists = office().platforms["hopin"].gatherings
    monkeypatch.setattr(lists, "can_say_since", True)
    monkeypatch.setattr(lists, "_since_filter", "filter[updatedAt][gte]")
    return in_hopin


def test_with_a_filter_only_what_changed_is_read_but_for_once_an_hour(with_filter: HopinService) -> None:
    service, hopin = with_filter, with_filter.hopin
    hopin.knows_filter = "filter[updatedAt][gte]"
    numbers = with_people(service, 170)
    for day, row in enumerate(hopin.people[SUMMIT].values()):
        row["updatedAt"] = f"2026-01-{1 + day // 24:02}T{day % 24:02}:00:00.000Z"
    organizer = service.organizer()
    organizer.start_wall()
    service.read()
    wait(service)
    service.read()  # knows now how far the first one had seen
    before = hopin.asked(REGISTRATIONS)
    hopin.change(numbers[3], refunded=True)
    hopin.register("late@acme.example")
    wait(service)
    service.read()
    assert not found(service, "visitor.3@acme.example")
    assert found(service, "late@acme.example")
    assert found(service, "visitor.4@acme.example")
    wait(service)
    service.read()
    wait(service)
    service.read()
    assert hopin.asked(REGISTRATIONS) == before + 3
    hopin.remove(numbers[5])
    for _ in range(2):
        wait(service, 3601)
        service.read()
    assert not found(service, "visitor.5@acme.example")


def test_a_filter_that_the_platform_does_not_know_is_told_and_harms_nobody(with_filter: HopinService) -> None:
    service = with_filter
    with_people(service, 60)
    organizer = service.organizer()
    organizer.start_wall()
    service.read()
    assert state(organizer)["state"] == "ok"
    wait(service)
    service.read()
    assert state(organizer)["trouble"] == "refused"
    service.hopin.register("late@acme.example")
    wait(service)
    service.read()
    assert (state(organizer)["state"], state(organizer)["expected"]) == ("ok", 61)


# ---- hints ------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_hints(in_hopin: HopinService, monkeypatch: pytest.MonkeyPatch) -> HopinService:
    lists = office().platforms["hopin"].gatherings
    monkeypatch.setattr(lists, "_signals", ("registration",))
    return in_hopin


@pytest.mark.sqlite
def test_a_hint_has_us_look_soon_and_nobody_else_can_give_one(with_hints: HopinService) -> None:
    service, hopin = with_hints, with_hints.hopin
    organizer = service.organizer()
    organizer.start_wall()
    service.read()
    (subscription,) = hopin.subscriptions
    assert subscription["signals"] == ["registration"]
    address = subscription["configuration"]["url"]
    assert address.startswith("https://mosaic.example.org/hopin/hooks/")
    path = address.removeprefix("https://mosaic.example.org")
    assert len(path.rpartition("/")[2]) >= 43
    assert (
        path.rpartition("/")[2].encode()
        not in service.settings.data_folder.joinpath("mosaic.sqlite3").read_bytes()
    )
    with_people(service, 5)
    body = {"data": {"attributes": {"email": "made-up@evil.example"}}}
    assert service.client.post(f"{path}x", json=body).status_code == 202  # nobody learns which address counts
    assert service.client.get(path).status_code == 405
    assert service.client.post(path, data="x").status_code == 422
    assert readings.due(service.shop.database, time.time() + 60) == []
    for _ in range(3):
        assert service.client.post(path, json=body).status_code == 202
    assert readings.due(service.shop.database, time.time()) == []  # not while the last reading is so fresh
    assert readings.due(service.shop.database, time.time() + readings.HINT_SECONDS + 1) == [
        service.source().id
    ]
    wait(service, readings.HINT_SECONDS + 1)
    service.read()
    assert state(organizer)["expected"] == 5
    assert not found(service, "made-up@evil.example")


def test_hints_are_renewed_before_they_end_and_the_old_address_is_forgotten(with_hints: HopinService) -> None:
    service, hopin = with_hints, with_hints.hopin
    organizer = service.organizer()
    organizer.start_wall()
    service.read()
    assert state(organizer)["has_hints"]
    wait(service)
    service.read()
    assert len(hopin.subscriptions) == 1
    wait(service, readings.HOOK_SECONDS - readings.RENEWED_BEFORE_SECONDS)
    service.read()
    assert len(hopin.subscriptions) == 2
    old, new = (
        each["configuration"]["url"].removeprefix("https://mosaic.example.org")
        for each in hopin.subscriptions
    )
    assert old != new
    database = service.shop.database
    now = time.time()
    assert not readings.hint(database, "hopin", old.rpartition("/")[2], now)
    assert readings.hint(database, "hopin", new.rpartition("/")[2], now)
    assert not readings.hint(database, "zoom", new.rpartition("/")[2], now)
    assert not readings.hint(database, "hopin", new.rpartition("/")[2], now + readings.HOOK_SECONDS)


def test_where_the_platform_takes_no_subscription_reading_goes_on_by_itself(with_hints: HopinService) -> None:
    service = with_hints
    service.hopin.fault(f"/v1/events/{SUMMIT}/dataSubscriptions", status=422, times=9)
    with_people(service, 5)
    organizer = service.organizer()
    organizer.start_wall()
    service.read()
    assert (state(organizer)["state"], state(organizer)["has_hints"]) == ("ok", False)
