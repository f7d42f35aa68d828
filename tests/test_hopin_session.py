"""The frame of RingCentral Events: everybody sees the wall at once and is a guest, whatever the address says."""

import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from plugin.state.models import Attendee
from tests.factories import Person, error_of, photo_bytes
from tests.fake_hopin.server import GALA, SUMMIT
from tests.hopin_cast import BASE_URL, HopinService


def policy_of(service: HopinService, path: str) -> list[str]:
    answer = service.client.get(path)
    assert answer.status_code == 200, answer.text
    directives = dict(
        each.strip().partition(" ")[::2] for each in answer.headers["Content-Security-Policy"].split(";")
    )
    return directives["frame-ancestors"].split()


def people(service: HopinService) -> list[Attendee]:
    with service.shop.database.read() as session:
        return list(session.query(Attendee).where(Attendee.platform == "hopin"))


# ---- what an organizer gets --------------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_an_event_gets_a_wall_and_its_addresses(in_hopin: HopinService) -> None:
    led = in_hopin.organizer().start_wall()
    wall = led["wall"]
    code = wall["event"]["code"]
    assert wall["embed_url"] == f"{BASE_URL}/hopin/home?place={wall['place']}"
    assert wall["join_url"] == f"{BASE_URL}/e/{code}"
    assert wall["stage_url"] == f"{BASE_URL}/e/{code}?stage=1"
    assert in_hopin.client.get(wall["qr_url"]).mimetype == "image/svg+xml"
    desk = urlsplit(led["desk_url"])
    host = in_hopin.client.post("/api/join", json={"code": code, "host_key": desk.fragment})
    assert host.json["attendee"]["role"] == "host"
    assert wall["place"].encode() not in in_hopin.settings.data_folder.joinpath("mosaic.sqlite3").read_bytes()


def test_one_event_has_one_wall_and_another_has_another(in_hopin: HopinService) -> None:
    organizer = in_hopin.organizer()
    organizer.start_wall()
    again = organizer.call(
        "POST", "/walls", json={"tenant": "11", "gathering": SUMMIT, "name": "Twice", "target_name": "coffee"}
    )
    assert (again.status_code, error_of(again)["code"]) == (409, "has_wall")
    organizer.start_wall(GALA)
    assert len(organizer.state()["walls"]) == 2


def test_a_wall_that_there_is_is_brought_by_its_hosts_code_once(in_hopin: HopinService) -> None:
    event = in_hopin.open_event(work=False)
    code = event.host().call("POST", "/api/host/code", json={}).json["code"]
    organizer = in_hopin.organizer()
    led = organizer.start_wall(host_code=code)
    assert (led["wall"]["event"]["code"], led["desk_url"]) == (event.code, None)
    again = organizer.call(
        "POST", "/walls", json={"tenant": "11", "gathering": GALA, "gathering_name": "", "host_code": code}
    )
    assert (again.status_code, error_of(again)["code"]) == (404, "unknown_host_code")
    guest = in_hopin.enter(led["wall"]["place"])
    web = event.join()
    assert guest.joined["event"]["code"] == web.joined["event"]["code"]


@pytest.mark.parametrize("gathering", [None, "", 7, "x" * 101])
def test_what_is_no_event_gets_no_wall(in_hopin: HopinService, gathering: Any) -> None:
    from plugin.state.models import Event

    body = {"tenant": "11", "gathering": gathering, "name": "Odd", "target_name": "coffee"}
    assert in_hopin.organizer().call("POST", "/walls", json=body).status_code == 422
    with in_hopin.shop.database.read() as session:
        assert session.query(Event).count() == 0


# ---- where it may be framed ----------------------------------------------------------------------------------------


def test_the_frame_may_stand_where_the_operator_and_the_organizer_said_and_nowhere_else(
    in_hopin: HopinService,
) -> None:
    organizer = in_hopin.organizer()
    wall, other = organizer.start_wall()["wall"], organizer.start_wall(GALA)["wall"]
    here, there = (f"/hopin/home?place={each['place']}" for each in (wall, other))
    everywhere = ["'self'", in_hopin.hopin.venue_origin]
    assert policy_of(in_hopin, here) == everywhere
    answer = organizer.call(
        "POST", f"/walls/{wall['id']}/frames", json={"frames": "https://Events.Example.ORG/ *.acme.example"}
    )
    assert answer.status_code == 200
    assert policy_of(in_hopin, here) == [*everywhere, "https://events.example.org", "https://*.acme.example"]
    assert policy_of(in_hopin, there) == everywhere
    assert policy_of(in_hopin, "/hopin/home") == everywhere
    assert policy_of(in_hopin, "/hopin/home?place=unknown") == everywhere
    assert policy_of(in_hopin, "/hopin/organize") == ["'none'"]
    assert in_hopin.hopin.venue_origin not in policy_of(in_hopin, f"/e/{wall['event']['code']}")


@pytest.mark.parametrize(
    "frames",
    ["*", "*.com;", "http:", "'unsafe-inline'", "a.example ; script-src *", "localhost", "x.example " * 11],
)
def test_what_is_no_host_is_refused(in_hopin: HopinService, frames: str) -> None:
    organizer = in_hopin.organizer()
    wall = organizer.start_wall()["wall"]
    answer = organizer.call("POST", f"/walls/{wall['id']}/frames", json={"frames": frames})
    assert (answer.status_code, error_of(answer)["field"]) == (422, "frames")


def test_opening_the_page_names_the_event_and_makes_nobody(in_hopin: HopinService) -> None:
    wall = in_hopin.organizer().start_wall()["wall"]
    page = in_hopin.client.get(f"/hopin/home?place={wall['place']}&name=Ada")
    assert '<h1 class="event" id="event" dir="auto">Spring Summit</h1>' in page.text
    assert "Ada" not in page.text
    assert people(in_hopin) == []


# ---- who comes ------------------------------------------------------------------------------------------------------


def test_everybody_is_a_guest_whatever_the_address_says(in_hopin: HopinService) -> None:
    wall = in_hopin.organizer().start_wall()["wall"]
    ada = in_hopin.enter(
        wall["place"], name="Ada", email="ada@acme.example", role="host", assurance="proved", user_id="7"
    )
    (row,) = people(in_hopin)
    assert (row.assurance, row.role, row.name, row.email) == ("guest", "attendee", "", None)
    assert ada.joined["meeting"]["can_start"] is False
    assert ada.joined["meeting"]["can_pin"] is False


def test_a_guest_who_opens_the_frame_again_is_the_same_person(in_hopin: HopinService) -> None:
    wall = in_hopin.organizer().start_wall()["wall"]
    ada = in_hopin.enter(wall["place"])
    ada.send(photo_bytes(1))
    in_hopin.run_jobs()
    back = in_hopin.enter(wall["place"], ada.joined["return_key"])
    assert back.joined["attendee"]["id"] == ada.joined["attendee"]["id"]
    assert back.photo()["state"] == "placed"
    assert in_hopin.enter(wall["place"]).joined["attendee"]["id"] != ada.joined["attendee"]["id"]


def test_people_of_one_session_are_in_one_room_and_nobody_else_is(in_hopin: HopinService) -> None:
    organizer = in_hopin.organizer()
    wall, other = organizer.start_wall()["wall"], organizer.start_wall(GALA)["wall"]

    def room(place: str, session: str = "") -> str:
        return str(in_hopin.enter(place, session=session).joined["attendee"]["room"])

    assert room(wall["place"]) == ""
    assert room(wall["place"], "Room 1") == room(wall["place"], " Room 1 ") != ""
    assert (
        len({room(wall["place"], "Room 1"), room(wall["place"], "Room 2"), room(other["place"], "Room 1")})
        == 3
    )


def test_a_place_that_leads_nowhere_lets_somebody_in_by_the_code_on_the_stage(in_hopin: HopinService) -> None:
    wall = in_hopin.organizer().start_wall()["wall"]
    lost = in_hopin.client.post("/api/hopin/session", json={"place": "unknown"})
    assert (lost.status_code, lost.json["event"], lost.json["meeting"]["place"]) == (200, None, "unknown")
    code = wall["event"]["code"]
    assert in_hopin.enter("unknown", code=code.lower()).joined["event"]["code"] == code
    assert in_hopin.enter("", code=code).joined["event"]["code"] == code
    assert in_hopin.client.post("/api/hopin/session", json={"place": "", "code": "BCDFGX"}).status_code == 404
    assert error_of(in_hopin.client.post("/api/hopin/session", json={}))["code"] == "no_context"


def test_nobody_starts_a_wall_from_within_the_frame(in_hopin: HopinService) -> None:
    lost = in_hopin.client.post("/api/hopin/session", json={"place": "unknown"}).json
    headers = {"Authorization": f"Bearer {lost['start_token']}"}
    answer = in_hopin.client.post(
        "/api/hopin/walls", json={"name": "Mine", "target_name": "coffee"}, headers=headers
    )
    assert answer.status_code == 403


def test_while_everything_there_is_down_people_come_as_always_and_nothing_is_asked(
    in_hopin: HopinService, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_hopin.hopin.register("ada@acme.example")
    wall = in_hopin.organizer().start_wall()["wall"]
    in_hopin.read()

    asked: list[Any] = []
    monkeypatch.setattr(
        in_hopin.hopin, "serve", lambda handler: asked.append(handler.path)
    )  # answers nothing
    ada = in_hopin.enter(wall["place"])
    assert in_hopin.client.get(f"/hopin/home?place={wall['place']}").status_code == 200
    assert ada.call("GET", "/api/wall").status_code == 200
    ada.send(photo_bytes(1))
    in_hopin.run_jobs()
    assert in_hopin.enter(wall["place"], ada.joined["return_key"]).photo()["state"] == "placed"
    assert asked == []


# ---- signed links of an organizer's own pages ------------------------------------------------------------------------


def signed(service: HopinService, kid: str, key: str, code: str, **claims: Any) -> Person | str:
    """Who comes by a ticket signed so, or why nobody does."""
    from tests.test_join import launch, ticket

    answer = launch(service, ticket(code, key=key, kid=kid, jti=f"{time.time_ns()}", **claims))
    if answer.status_code != 303:
        return f"{answer.status_code}"
    handover = answer.headers["Location"].partition("#launch=")[2]
    joined = service.client.post("/api/join", json={"code": code, "launch": handover})
    return Person(service, joined.json["token"], joined.json)


def test_an_organizers_key_signs_links_to_their_own_walls_only(in_hopin: HopinService) -> None:
    elsewhere = in_hopin.open_event(work=False)
    organizer = in_hopin.organizer()
    code = organizer.start_wall()["wall"]["event"]["code"]
    made = organizer.call("POST", "/signing-key", json={}).json
    ada = signed(in_hopin, made["kid"], made["key"], code, role="host")
    assert isinstance(ada, Person)
    assert (ada.joined["attendee"]["assurance"], ada.joined["attendee"]["role"]) == ("proved", "host")
    assert signed(in_hopin, made["kid"], made["key"], elsewhere.code) == "403"
    later = organizer.start_wall(GALA)["wall"]["event"]["code"]
    assert isinstance(signed(in_hopin, made["kid"], made["key"], later), Person)
    assert "hopin" not in made["kid"]


def test_a_key_is_changed_without_a_link_that_fails(in_hopin: HopinService) -> None:
    organizer = in_hopin.organizer()
    code = organizer.start_wall()["wall"]["event"]["code"]
    first, second, third = (organizer.call("POST", "/signing-key", json={}).json for _ in range(3))
    kid = first["kid"]
    assert (second["number"], third["number"]) == (2, 2)
    assert signed(in_hopin, kid, first["key"], code) == "401"
    assert isinstance(signed(in_hopin, kid, second["key"], code), Person)
    assert organizer.call("DELETE", "/signing-key").json == {"kid": kid, "number": 1}
    assert signed(in_hopin, kid, second["key"], code) == "401"
    assert isinstance(signed(in_hopin, kid, third["key"], code), Person)


def test_a_host_makes_keys_at_the_desk_for_that_event_and_a_second_host_does_not(
    in_hopin: HopinService,
) -> None:
    event, other = in_hopin.open_event(work=False), in_hopin.open_event(work=False, name="Another")
    host = event.host()
    assert host.get("/api/host/signing-key")["number"] == 0
    made = host.call("POST", "/api/host/signing-key", json={}).json
    assert isinstance(signed(in_hopin, made["kid"], made["key"], event.code), Person)
    assert signed(in_hopin, made["kid"], made["key"], other.code) == "403"
    co_host = signed(in_hopin, made["kid"], made["key"], event.code, role="co_host", sub="another")
    assert isinstance(co_host, Person)
    assert co_host.call("POST", "/api/host/signing-key", json={}).status_code == 403
    assert event.join().call("POST", "/api/host/signing-key", json={}).status_code == 403
    assert host.call("DELETE", "/api/host/signing-key").json["number"] == 1


@pytest.mark.sqlite
def test_no_key_is_told_twice(in_hopin: HopinService) -> None:
    organizer = in_hopin.organizer()
    organizer.start_wall()
    key = organizer.call("POST", "/signing-key", json={}).json["key"]
    assert key not in organizer.call("GET", "/state").text
    stored = b"".join(path.read_bytes() for path in in_hopin.settings.data_folder.glob("mosaic.sqlite3*"))
    assert key.encode() not in stored


def test_the_pages_of_the_platform_are_there(in_hopin: HopinService) -> None:
    for page in ("", "privacy", "terms", "support", "organize"):
        answer = in_hopin.client.get(f"/hopin/{page}")
        assert answer.status_code == 200, page
        assert "%(" not in answer.text
    home = in_hopin.client.get("/hopin/home")
    assert home.status_code == 200
