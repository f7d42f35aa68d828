"""Breakout rooms of all platforms: people in one find each other first, and its host starts a break for it alone."""

import time
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select, update

from plugin.state.encounters import CoffeeBreak, Line, LinePlace
from plugin.together import breaks, lines, stroll
from plugin.web.live.facts import Facts
from plugin.web.request.services import EXTENSION
from tests.factories import Event, Person, Service, photo_bytes
from tests.mixed_cast import Mixed, host_code, in_teams
from worker.ticking import Ticking

ROOM = "YnJlYWtvdXQtMDAx=="
CHAT_OF_ROOM = "19:breakout_1@thread.v2"
HALF_AN_HOUR = 1800


@dataclass
class Rooms:
    """One event: a room in Zoom and one in Teams with three people each, one of them by the room's link; and three in
    the main rooms."""

    event: Event
    zoom: list[Person]
    teams: list[Person]
    outside: list[Person]


def named(person: Person, name: str) -> Person:
    person.send(photo_bytes(len(name) * 7 + ord(name[0]), (64, 48)), name=name, story=f"{name} bakes bread")
    return person


@pytest.fixture
def rooms(mixed: Mixed, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    monkeypatch.setattr(stroll, "LOOK_SECONDS", -1.0)
    monkeypatch.setattr(stroll, "LOAD_SHARE", 0)
    event = mixed.any.open_event()
    start = mixed.zoom.session().json["start_token"]
    assert mixed.zoom.open_wall(start, host_code=host_code(event)).status_code == 201
    tab = mixed.teams.configured("hanna", kind="code", host_code=host_code(event))["place"]
    in_zoom = [
        mixed.zoom.enter(uid="u_Hanna", attendrole="host", bmid=ROOM),
        mixed.zoom.enter(uid="u_Ada", attendrole="participant", bmid=ROOM),
    ]
    teams_room = {"chat": CHAT_OF_ROOM, "code": event.code}
    in_chat = [mixed.teams.enter("hanna", **teams_room), in_teams(mixed.teams, "", 7, **teams_room)]
    found = Rooms(
        event,
        [*in_zoom, event.join(room=in_zoom[0].joined["meeting"]["room"])],
        [*in_chat, event.join(room=in_chat[0].joined["attendee"]["room"])],
        [
            mixed.zoom.enter(uid="u_Zoe", attendrole="participant"),
            in_teams(mixed.teams, tab, 9),
            event.join(),
        ],
    )
    colours = iter(("red", "green", "blue", "orange", "purple", "teal", "gold", "navy", "pink"))
    for each in (*found.zoom, *found.teams, *found.outside):
        named(each, next(colours))
    mixed.any.run_jobs()
    return found


def names(people: list[dict[str, Any]]) -> list[str]:
    return [each["name"] for each in people]


def room_of(person: Person) -> str:
    return str(person.get("/api/me")["attendee"]["room"])


def test_a_room_is_one_for_its_client_and_for_who_comes_by_its_link(rooms: Rooms) -> None:
    assert len({room_of(each) for each in rooms.zoom}) == 1
    assert len({room_of(each) for each in rooms.teams}) == 1
    assert {room_of(each) for each in rooms.outside} == {""}
    assert len({room_of(each) for each in (rooms.zoom[0], rooms.teams[0], rooms.outside[0])}) == 3


def test_a_link_that_names_no_room_leads_to_the_main_room(service: Service) -> None:
    event = service.open_event()
    for odd in (
        "",
        "x" * 16,
        "0123456789abcde",
        "0123456789ABCDEF",
        "0" * 17,
        7,
        None,
        "0" * 16 + "\n",
    ):
        assert event.join(room=odd).joined["attendee"]["room"] == ""
    ada = event.join(room="0123456789abcdef")
    back = event.join(return_key=ada.joined["return_key"], room="0123456789abcdef")
    assert back.joined["attendee"]["room"] == "0123456789abcdef"
    main = event.join(return_key=ada.joined["return_key"])
    assert (main.joined["attendee"]["id"], main.joined["attendee"]["room"]) == (
        ada.joined["attendee"]["id"],
        "",
    )


def test_the_code_to_scan_in_a_room_leads_into_it(service: Service) -> None:
    event = service.open_event()
    main, room, odd = (
        service.client.get(f"/qr/{event.code}.svg{query}").data
        for query in ("", "?room=0123456789abcdef", "?room=x")
    )
    assert main == odd != room


def test_a_phone_leaves_its_person_in_the_room_of_their_client(mixed: Mixed, rooms: Rooms) -> None:
    ada = rooms.zoom[1]
    shown = ada.call("POST", "/api/me/pairing", json={}).json
    phone = rooms.event.join(launch=shown["url"].partition("#launch=")[2])
    assert phone.joined["attendee"]["id"] == ada.joined["attendee"]["id"]
    assert room_of(ada) == room_of(rooms.zoom[0])


def test_people_of_the_room_come_first_in_the_list_page_by_page(rooms: Rooms) -> None:
    for room, others in ((rooms.zoom, ["blue", "green", "red"]), (rooms.teams, ["teal", "purple", "orange"])):
        listed, page, after = [], room[1].get("/api/people?limit=2"), ""
        while True:
            listed += page["people"]
            after = page["next"]
            if after is None:
                break
            page = room[1].get(f"/api/people?limit=2&after={after}")
        assert names(listed)[:3] == others
        assert [each["near"] for each in listed] == [True] * 3 + [False] * 6
        assert len(set(names(listed))) == 9
        assert names(room[2].get("/api/people?room=mine")["people"]) == others
    outside = rooms.outside[0].get("/api/people")["people"]
    assert names(outside)[0] == "pink"
    assert {each["near"] for each in outside} == {False}
    assert names(rooms.zoom[1].get("/api/people?q=gold")["people"]) == ["gold"]


def strolled(person: Person, steps: int) -> list[str]:
    seen: list[int] = []
    found: list[str] = []
    for _ in range(steps):
        photo = person.call(
            "POST", "/api/stroll", json={"from": seen[-1] if seen else None, "seen": seen}
        ).json["photo"]
        seen.append(photo["id"])
        found.append(photo["name"])
    return found


def known_for_a_minute(mixed: Mixed, *people: Person) -> None:
    """Only these are here, and the service has listened for long enough to know that."""
    batches = mixed.any.app.extensions[EXTENSION].batches
    batches.flush()
    with Redis.from_url(mixed.any.settings.redis_url) as redis:
        redis.delete("mosaic:here:1")
        redis.set("mosaic:here-since:1", time.time() - 60)
    batches.presence.beat(1, [each.joined["attendee"]["id"] for each in people], time.time())


def test_a_stroll_leads_to_those_of_the_room_who_are_here_before_it_leads_anywhere_else(
    mixed: Mixed, rooms: Rooms
) -> None:
    for person in (*rooms.outside, *rooms.teams):  # the others were seen less, and wait all the same
        strolled(person, 1)
    assert set(strolled(rooms.zoom[1], 2)) == {"red", "blue"}
    assert set(strolled(rooms.teams[2], 2)) == {"orange", "purple"}
    way = strolled(rooms.zoom[0], 8)
    assert set(way[:2]) == {"green", "blue"}
    assert len(set(way)) == 8
    for _ in range(10):  # now green was shown less, and is away
        assert set(strolled(rooms.zoom[1], 2)) == {"red", "blue"}
    known_for_a_minute(mixed, rooms.zoom[0], rooms.zoom[2], *rooms.outside)
    assert strolled(rooms.zoom[2], 1) == ["red"]


# ---- a break for a room ---------------------------------------------------------------------------------------------


def shown_to(person: Person) -> dict[str, Any] | None:
    found: dict[str, Any] | None = person.get("/api/break")["break"]
    return found


def start(person: Person, whose: str, minutes: int = 15) -> dict[str, Any]:
    answer = person.call("POST", f"/api/{whose}/break", json={"minutes": minutes})
    assert answer.status_code == 201, answer.text
    begun: dict[str, Any] = answer.json["break"]
    return begun


def halfway(service: Service) -> None:
    with service.shop.database.write() as session:
        session.execute(update(CoffeeBreak).values(begins_at=CoffeeBreak.begins_at - 15 * 30 - 1))
    forget_facts(service)


def forget_facts(service: Service) -> None:
    service.app.extensions[EXTENSION].facts.forget(1)


@pytest.mark.parametrize("which", ["zoom", "teams"])
def test_a_break_of_a_room_is_shown_to_its_people_alone(mixed: Mixed, rooms: Rooms, which: str) -> None:
    room = getattr(rooms, which)
    begun = start(room[0], "room")
    others = [each for each in (*rooms.zoom, *rooms.teams, *rooms.outside) if each not in room]
    assert [shown_to(each)["id"] for each in room] == [begun["id"]] * 3  # type: ignore[index]
    assert [shown_to(each) for each in others] == [None] * 6
    assert "break" not in room[1].get("/api/wall")  # the same for everybody: so it says nothing about it
    assert room[1].get("/api/changes?since=0")["break"]["id"] == begun["id"]
    assert others[0].get("/api/changes?since=0")["break"] is None
    assert rooms.event.stage().get("/api/wall")["break"] is None
    assert rooms.event.host().get("/api/break")["break"] is None
    assert room[0].get("/api/room/break")["break"]["id"] == begun["id"]


def test_the_events_break_goes_on_beside_that_of_a_room(mixed: Mixed, rooms: Rooms) -> None:
    of_event = start(rooms.event.host(), "host", 10)
    in_room = start(rooms.zoom[0], "room", 5)
    assert shown_to(rooms.zoom[1])["id"] == in_room["id"]  # type: ignore[index]
    assert shown_to(rooms.teams[1])["id"] == shown_to(rooms.outside[2])["id"] == of_event["id"]  # type: ignore[index]
    longer = rooms.zoom[0].call("PATCH", "/api/room/break", json={"extend": 5}).json["break"]
    assert (longer["id"], longer["total"]) == (in_room["id"], 600)
    assert rooms.zoom[0].call("DELETE", "/api/room/break").json["break"]["phase"] == "seats"
    assert shown_to(rooms.outside[0])["phase"] == "pour"  # type: ignore[index]
    with mixed.any.shop.database.write() as session:
        session.execute(
            update(CoffeeBreak).where(CoffeeBreak.room != "").values(ended_at=time.time() - breaks.FAREWELL)
        )
    forget_facts(mixed.any)
    assert shown_to(rooms.zoom[1])["id"] == of_event["id"]  # type: ignore[index]
    assert rooms.zoom[0].get("/api/room/break")["break"] is None


def test_only_who_hosts_the_event_and_is_in_a_room_starts_its_break(rooms: Rooms) -> None:
    for person in (rooms.zoom[1], rooms.zoom[2], rooms.teams[1], rooms.outside[0]):
        for method in ("GET", "POST", "PATCH", "DELETE"):
            answer = person.call(method, "/api/room/break", json={"minutes": 5})
            assert (answer.status_code, answer.json["error"]["code"]) == (403, "not_host")
    desk = rooms.event.host().call("POST", "/api/room/break", json={"minutes": 5})
    assert (desk.status_code, desk.json["error"]["code"]) == (409, "no_room")
    assert rooms.event.stage().call("POST", "/api/room/break", json={"minutes": 5}).status_code == 403
    start(rooms.zoom[0], "room")
    twice = rooms.zoom[0].call("POST", "/api/room/break", json={"minutes": 5})
    assert twice.json["error"]["code"] == "break_running"
    start(rooms.teams[0], "room")  # another room's is another matter


def in_line(person: Person) -> set[str]:
    line = person.get("/api/line")["line"]
    return {each["person"]["name"] for each in line["people"]} if line else set()


def move_all(mixed: Mixed) -> None:
    database = mixed.any.shop.database
    with database.write() as session:
        session.execute(update(Line).values(moves_at=0.0))
        line_ids = list(session.scalars(select(Line.id).where(Line.closed_at.is_(None))))
    for line_id in line_ids:
        lines.move(database, line_id, None, chance=Random(1))


def test_lines_of_a_rooms_break_are_among_its_people_and_the_events_among_the_others(
    mixed: Mixed, rooms: Rooms
) -> None:
    start(rooms.event.host(), "host")
    start(rooms.zoom[0], "room")
    halfway(mixed.any)
    for person in (*rooms.zoom, *rooms.teams, *rooms.outside):
        assert person.call("POST", "/api/line", json={}).status_code == 200
    for _ in range(3):
        move_all(mixed)
        together = [in_line(each) for each in rooms.zoom]
        assert all(each and each <= {"red", "green", "blue"} for each in together)
        assert not set.union(*(in_line(each) for each in (*rooms.teams, *rooms.outside))) & {
            "red",
            "green",
            "blue",
        }


def test_whoever_stands_in_the_events_line_leaves_it_when_their_room_begins_a_break_of_its_own(
    mixed: Mixed, rooms: Rooms
) -> None:
    start(rooms.event.host(), "host")
    halfway(mixed.any)
    ada, zoe = rooms.zoom[1], rooms.outside[0]
    for person in (ada, zoe):
        person.call("POST", "/api/line", json={})
    move_all(mixed)
    assert in_line(zoe) == {"green"}
    start(rooms.zoom[0], "room")
    assert ada.get("/api/line") == {"line": None, "open": False}
    move_all(mixed)
    assert in_line(zoe) == set()
    with mixed.any.shop.database.read() as session:
        assert len(session.scalars(select(LinePlace.attendee_id)).all()) == 1


def test_whoever_goes_to_another_room_leaves_the_line_and_the_break_of_the_first(
    mixed: Mixed, rooms: Rooms
) -> None:
    start(rooms.zoom[0], "room")
    halfway(mixed.any)
    hanna, ada = rooms.zoom[:2]
    for person in (hanna, ada):
        person.call("POST", "/api/line", json={})
    move_all(mixed)
    assert in_line(hanna) == {"green"}
    mixed.zoom.enter(uid="u_Ada", attendrole="participant")  # back in the main room
    forget_facts(mixed.any)
    assert shown_to(ada) is None
    assert ada.get("/api/line") == {"line": None, "open": False}
    move_all(mixed)
    assert in_line(hanna) == set()


def test_whoever_gets_in_line_anew_stands_in_one_line_only(mixed: Mixed, rooms: Rooms) -> None:
    start(rooms.event.host(), "host")
    halfway(mixed.any)
    ada, zoe = rooms.zoom[1], rooms.outside[0]
    for person in (ada, zoe):
        person.call("POST", "/api/line", json={})
    move_all(mixed)
    start(rooms.zoom[0], "room")
    with mixed.any.shop.database.write() as session:
        older = CoffeeBreak.begins_at - 15 * 30 - 1
        session.execute(update(CoffeeBreak).where(CoffeeBreak.room != "").values(begins_at=older))
    assert ada.call("POST", "/api/line", json={}).json["line"]["state"] == "waiting"
    assert in_line(zoe) == set()
    with mixed.any.shop.database.read() as session:
        assert sorted(session.scalars(select(LinePlace.line_id))) == [1, 2]


def test_the_end_of_a_rooms_break_is_not_the_pictures_finish(mixed: Mixed, rooms: Rooms) -> None:
    host = rooms.event.host()
    assert host.call("POST", "/api/host/picture", json={"reveal_on_close": True}).status_code == 200
    start(rooms.zoom[0], "room", 5)
    rooms.zoom[0].call("DELETE", "/api/room/break")
    Ticking(mixed.any.shop).tick(time.time() + HALF_AN_HOUR)
    mixed.any.run_jobs()
    assert breaks.due_to_finish(mixed.any.shop.database, time.time() + HALF_AN_HOUR) == []
    assert host.get("/api/wall")["finish"] == "none"
    assert breaks.running(mixed.any.shop.database, time.time()) == []


# ---- what is told ---------------------------------------------------------------------------------------------------


def a_break(room: str, number: int) -> CoffeeBreak:
    return CoffeeBreak(id=number, event_id=1, begins_at=time.time(), pour=60, stroll=60, line=60, room=room)


def facts(**values: Any) -> Facts:
    return Facts(**{"found": None, "threads": 0, "speakers": 0, "here": 0, "looked_at": 0.0} | values)


def test_news_of_a_rooms_break_are_told_to_those_who_are_in_it_or_were() -> None:
    before = facts(found=a_break("", 1))
    in_room = facts(found=before.found, rooms={"r": a_break("r", 2)}, room_of={7: "r"})
    assert in_room.has_news_since(before)
    assert in_room.concerned_since(before) == {7}
    assert in_room.news_since(before) == {}
    assert in_room.news_since(before, 8) == {}
    assert in_room.news_since(before, 7)["break"]["id"] == 2
    left = facts(found=before.found, rooms=in_room.rooms)
    assert left.has_news_since(in_room)
    assert left.news_since(in_room, 7)["break"]["id"] == 1
    assert not left.has_news_since(before)
    assert left.news_since(before) == {}
