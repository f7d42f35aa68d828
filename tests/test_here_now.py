"""Who is here now: whose homes glow for whom."""

import time
from collections.abc import Iterable

import pytest
from sqlalchemy import select

from plugin.state.models import Attendee
from plugin.state.queue import connect
from plugin.together import here
from plugin.together.here import Crowd, Somebody, _circle
from plugin.web.request.services import EXTENSION, Services
from tests.factories import Service, photo_bytes
from tests.gatherings import Guest, change, gather

ROOM = "a" * 16


@pytest.fixture
def four(service: Service, monkeypatch: pytest.MonkeyPatch) -> list[Guest]:
    """Ada, Ben, Cleo and Dan are on the wall, and nobody is here yet."""
    monkeypatch.setattr(here, "KEPT_SECONDS", 0.0)
    return gather(service, 4)


def known(service: Service) -> Services:
    found: Services = service.app.extensions[EXTENSION]
    return found


def are_here(service: Service, people: Iterable[Guest]) -> None:
    assert known(service).batches.presence.beat(1, [each.id for each in people], time.time())


def glowing(person: Guest) -> set[int]:
    found: list[int] = person.get("/api/here")["photos"]
    return set(found)


def test_the_homes_of_those_who_are_here_glow_and_nobody_elses(service: Service, four: list[Guest]) -> None:
    ada, ben, cleo, _ = four
    are_here(service, [ada, ben, cleo])
    assert glowing(ada) == {ben.photo_id, cleo.photo_id}
    faces = ada.get("/api/here")["faces"]
    assert sorted(each["initial"] for each in faces) == ["B", "C"]
    known(service).batches.presence.left(1, cleo.id)
    assert glowing(ada) == {ben.photo_id}


def test_only_who_is_open_glows(service: Service, four: list[Guest]) -> None:
    ada, ben, cleo, dan = four
    are_here(service, four)
    ben.call("PATCH", "/api/me", json={"reachability": "looking"})
    cleo.call("PATCH", "/api/me", json={"reachability": "hidden"})
    change(service, dan, paused_at=1.0)
    assert ada.get("/api/here") == {"photos": [], "faces": []}


def test_one_switch_turns_it_off(service: Service, four: list[Guest]) -> None:
    ada, ben, *_ = four
    are_here(service, [ada, ben])
    assert ben.get("/api/me")["attendee"]["shown_here"] is True
    ben.call("PATCH", "/api/me", json={"shown_here": False})
    assert ada.get("/api/here") == {"photos": [], "faces": []}
    assert glowing(ben) == {ada.photo_id}


def test_it_never_shines_across_a_block(service: Service, four: list[Guest]) -> None:
    ada, ben, cleo, _ = four
    are_here(service, [ada, ben, cleo])
    assert ada.call("POST", "/api/block", json={"photo": ben.photo_id}).status_code < 300
    assert glowing(ada) == {cleo.photo_id}
    assert glowing(ben) == {cleo.photo_id}
    assert glowing(cleo) == {ada.photo_id, ben.photo_id}


def test_a_stage_is_not_told(service: Service) -> None:
    code = service.open_event(work=False).code
    stage = service.client.post("/api/join", json={"code": code, "stage": True}).json["token"]
    answer = service.client.get("/api/here", headers={"Authorization": f"Bearer {stage}"})
    assert answer.status_code == 403


def test_whoever_strolls_meets_those_who_are_here_before_others_that_were_seen_as_often(
    service: Service, four: list[Guest]
) -> None:
    ada, ben, cleo, dan = four
    are_here(service, [ada, dan])
    assert step(ada) == dan.photo_id
    assert {step(ada), step(ada)} == {ben.photo_id, cleo.photo_id}
    assert step(ada) == dan.photo_id


def step(person: Guest) -> int:
    return int(person.call("POST", "/api/stroll", json={"from": None, "seen": []}).json["photo"]["id"])


def test_while_redis_is_gone_nothing_glows(
    service: Service, four: list[Guest], monkeypatch: pytest.MonkeyPatch
) -> None:
    are_here(service, four)
    monkeypatch.setattr(known(service).batches.presence, "_redis", connect("unix:///nowhere/at/all.sock"))
    assert glowing(four[0]) == set()


def test_those_in_the_own_room_come_first_and_a_viewer_keeps_seeing_the_same_ones() -> None:
    people = [Somebody(each, "X", ROOM if each % 10 == 0 else "", each, "key") for each in range(1, 1001)]
    crowd = Crowd(_circle(people), {ROOM: _circle(each for each in people if each.room)})
    seen = [each.attendee_id for each in crowd.seen_by(5, ROOM, {10})]
    assert len(seen) == len(set(seen)) == 998
    assert all(each % 10 == 0 for each in seen[:99])
    before = [each.attendee_id for each in crowd.seen_by(5, "", ())][:48]
    fewer = [each for each in people if each.attendee_id != before[0]]
    after = [each.attendee_id for each in Crowd(_circle(fewer), {}).seen_by(5, "", ())][:48]
    assert after[:47] == before[1:]


def test_the_desk_and_a_host_without_a_photo_are_no_guests(service: Service) -> None:
    """Whoever comes first is told of nobody to meet but of the host; who gave a photo is a guest like any other."""
    event = service.open_event()
    host, ada = event.host(), event.join()
    with known(service).database.read() as session:
        everybody = session.scalars(select(Attendee.id)).all()
    assert len(everybody) == 2

    def counted() -> tuple[int, bool]:
        known(service).batches.presence.beat(1, everybody, time.time())
        told = known(service).facts.look(1)
        return told.here, told.hosts_here

    assert counted() == (1, True)
    assert ada.get("/api/here")["faces"] == []
    host.send(photo_bytes(1), name="Hanna")
    service.run_jobs()
    assert counted() == (2, False)
