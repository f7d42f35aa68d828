"""Numbers about an event: added up in batches, about nobody, and none under five for the host's eyes."""

import atexit
import time
from typing import Any

import pytest
from sqlalchemy import select

from plugin.state.encounters import Count
from plugin.together.stroll import Strolls
from plugin.wall import counters
from plugin.wall.counters import Tally, shown, span_of
from plugin.web.live import batches as live_batches
from plugin.web.request.services import EXTENSION, Services
from tests.factories import Service
from tests.gatherings import gather


def known(service: Service) -> Services:
    found: Services = service.app.extensions[EXTENSION]
    return found


def counted(service: Service) -> dict[str, int]:
    known(service).batches.flush()
    with known(service).database.read() as session:
        rows = session.execute(select(Count.name, Count.number).where(Count.detail == "")).all()
    return {row.name: row.number for row in rows}


@pytest.mark.parametrize(
    ("seconds", "span"), [(0, "15"), (15, "15"), (15.1, "30"), (46, "60"), (480, "480"), (481, "longer")]
)
def test_durations_fall_into_spans(seconds: float, span: str) -> None:
    assert span_of(seconds) == span


def test_numbers_under_five_are_not_shown() -> None:
    assert [shown(number) for number in (0, 4, 5, 100)] == [None, None, 5, 100]


def test_everything_that_happens_is_counted_and_nothing_says_who(service: Service) -> None:
    event = service.open_event(work=False)
    people = gather(service, 6, event)
    ada, ben, cleo, *_ = people
    event.join().send()
    for person in people:
        person.call("POST", "/api/stroll", json={})
        person.call("POST", "/api/left", json={})
    hello, other = ada.say(ben), ada.say(cleo)
    ben.call("POST", "/api/hellos/seen", json={"ids": [hello["id"]]})
    ben.call("POST", "/api/hellos/seen", json={"ids": [hello["id"]]})
    ben.answer(hello["id"])
    cleo.call("POST", f"/api/hellos/{other['id']}/decline", json={})
    report = [{"id": ben.photo_id, "how": "wall"}, {"id": cleo.photo_id, "how": "stroll"}]
    ada.call("POST", "/api/opened", json={"opened": report})
    ada.call("POST", "/api/block", json={"photo": cleo.photo_id})
    ada.call("POST", "/api/report", json={"photo": ben.photo_id, "reason": "spam"})
    assert counted(service) == {
        "photo_sent": 1,
        "stroll_step": 6,
        "left": 6,
        "hello_sent": 2,
        "hello_seen": 1,
        "hello_answered": 1,
        "declined": 1,
        "opened_photo": 2,
        "blocked": 1,
        "reported": 1,
    }
    assert {column.name for column in Count.__table__.columns} == {"event_id", "name", "detail", "number"}


def test_the_host_sees_sums_and_no_small_ones(service: Service) -> None:
    event = service.open_event(work=False)
    people = gather(service, 7, event)
    for person in (
        people * 2
    ):  # the first time round, the last of them may be left with the own photo, which is skipped
        person.call("POST", "/api/stroll", json={})
    people[0].say(people[1])
    known(service).batches.flush()
    found = event.host().get("/api/host/numbers")["sums"]
    assert found["numbers"]["stroll_step"] == 14
    assert found["numbers"]["hello_sent"] is None
    assert {each["people"] for each in found["first_hello"]} == {None}
    assert [each["within"] for each in found["first_photo"]] == [15, 30, 45, 60, 120, 240, 480, None]
    assert people[0].refused("GET", "/api/host/numbers") == "not_host"


def test_each_process_adds_to_the_same_sums(service: Service) -> None:
    gather(service, 1)
    database = known(service).database
    here, there = Tally(), Tally()
    for tally in (here, there, here):
        tally.note(1, "left", number=2)
        tally.flush(database)
        tally.flush(database)
    assert counted(service) == {"left": 6}


def test_what_could_not_be_written_is_kept(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    gather(service, 1)
    tally = Tally()
    tally.note(1, "left")
    with monkeypatch.context() as broken:
        broken.setattr(counters, "_add", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            tally.flush(known(service).database)
    tally.note(1, "left")
    tally.flush(known(service).database)
    assert counted(service) == {"left": 2}


def test_a_fault_in_one_batch_stops_no_other(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    (ada,) = gather(service, 1)
    batches = known(service).batches
    ada.call("POST", "/api/left", json={})
    monkeypatch.setattr(batches.presence, "beat", lambda *_: (_ for _ in ()).throw(OSError("gone")))
    monkeypatch.setattr(batches.strolls, "flush", lambda: (_ for _ in ()).throw(OSError("gone")))
    assert counted(service) == {"left": 1}


def test_nobody_is_taken_for_gone_while_the_database_is_slow(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is repeated for who is here waits for nothing that is counted."""
    (ada,) = gather(service, 1)
    slow = Tally()
    monkeypatch.setattr(slow, "flush", lambda _: pytest.fail("it waits for the database"))
    repeated: list[Any] = []
    monkeypatch.setattr(live_batches.gevent, "spawn", lambda _, writes: repeated.append(writes))
    usual, database = known(service).batches, known(service).database
    usual.presence.left(1, ada.id)
    batches = live_batches.Batches(database, slow, Strolls(database), usual.presence)
    batches.watch(1, ada.id)
    atexit.unregister(batches.flush)
    batches._write(repeated[0])
    assert usual.presence.count(1, time.time()) == 1
    assert len(repeated) == 2


def test_who_watches_is_here_as_long_as_the_stream_is_open(service: Service) -> None:
    (ada,) = gather(service, 1)
    batches = known(service).batches
    batches._is_running = True  # no greenlet beside a test
    batches.watch(1, ada.id)
    batches.watch(1, ada.id)
    batches.unwatch(1, ada.id)
    batches.flush()
    assert batches.presence.count(1, time.time()) == 1
    assert ada.get("/api/break")["here"] == 1
    batches.unwatch(1, ada.id)
    assert batches._watching == {}
    batches.presence.left(1, ada.id)
    assert batches.presence.count(1, time.time()) == 0
