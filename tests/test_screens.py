"""A screen that does not know its viewer shows a code, and a device that is known says whose it is."""

import base64
from typing import Any
from xml.etree import ElementTree

import pytest
from werkzeug.test import TestResponse

from plugin.people import screens
from plugin.state.models import Assurance, Attendee
from tests.factories import Event, Person, Service, error_of, photo_bytes
from tests.registered import DEVICES, come, expect, link_of, minutes_later

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def ask(screen: Person, **more: Any) -> dict[str, Any]:
    """What the screen shows."""
    answer = screen.call(
        "POST",
        "/api/me/screen",
        json={"device": DEVICES["other"]} | more,
        headers={"User-Agent": FIREFOX},
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def look(known: Person, code: str) -> TestResponse:
    return known.call("POST", "/api/screens/look", json={"code": code})


def confirm(known: Person, code: str, number: int | None) -> TestResponse:
    return known.call("POST", "/api/screens/confirm", json={"code": code, "number": number})


def outcome(screen: Person, asked: dict[str, Any]) -> TestResponse:
    return screen.call("POST", "/api/me/screen/outcome", json={"ticket": asked["ticket"]})


def pair(screen: Person, known: Person) -> Person:
    """The screen, once it is the known one's."""
    asked = ask(screen)
    answer = confirm(known, asked["code"], asked["number"])
    assert answer.status_code == 200, answer.text
    got = outcome(screen, asked)
    assert got.status_code == 200, got.text
    return Person(screen.service, got.json["token"], got.json)


def on_the_wall(event: Event, name: str = "Ada", **wishes: Any) -> Person:
    person = event.join(**wishes)
    person.send(photo_bytes(hash(name) % 1000), name=name, story=f"Line of {name}")
    event.service.run_jobs()
    return person


def test_the_screen_becomes_the_known_ones_and_both_are_one_person(service: Service) -> None:
    event = service.open_event()
    ada = on_the_wall(event)
    frame = pair(event.join(), ada)
    assert frame.joined["attendee"]["id"] == ada.joined["attendee"]["id"]
    assert frame.photo()["story"] == "Line of Ada"
    assert frame.get("/api/me")["means"]["door"] == "paired"
    back = event.join(return_key=frame.joined["return_key"])
    assert back.joined["attendee"]["id"] == ada.joined["attendee"]["id"]


def test_the_screen_shows_a_short_code_a_number_and_a_drawing(service: Service) -> None:
    event = service.open_event()
    asked = ask(event.join())
    assert len(asked["code"]) == 7
    assert asked["url"] == f"https://mosaic.example.org/e/{event.code}#pair={asked['code'].replace('-', '')}"
    drawing = base64.b64decode(asked["qr_url"].partition("base64,")[2])
    assert ElementTree.fromstring(drawing).tag.endswith("svg")
    assert asked["expires_in"] == 120
    assert 10 <= asked["number"] <= 99


def test_whoever_confirms_sees_what_asks_and_chooses_among_three_numbers(service: Service) -> None:
    event = service.open_event()
    ada = on_the_wall(event)
    asked = ask(event.join(), framed=True)
    shown = look(ada, asked["code"].lower()).json
    assert shown["event"] == "Spring Summit"
    assert (shown["system"], shown["in_client"], shown["same_network"]) == ("Windows", True, True)
    assert len(set(shown["choices"])) == 3
    assert asked["number"] in shown["choices"]
    assert shown["becomes_one"] is False
    assert "number" not in shown


def test_another_network_is_said_to_be_another(service: Service) -> None:
    event = service.open_event()
    ada = on_the_wall(event)
    asked = event.join().call(
        "POST", "/api/me/screen", json={}, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}
    )
    assert look(ada, asked.json["code"]).json["same_network"] is False


def test_the_screen_waits_and_is_told(service: Service) -> None:
    event = service.open_event()
    ada, frame = on_the_wall(event), event.join()
    asked = ask(frame)
    assert outcome(frame, asked).json == {"waiting": True}
    confirm(ada, asked["code"], asked["number"])
    assert outcome(frame, asked).json["attendee"]["name"] == "Ada"


# ---- against strangers ----------------------------------------------------------------------------------------------


def test_one_wrong_number_ends_it_and_hands_nothing_over(service: Service) -> None:
    event = service.open_event()
    ada, stranger = on_the_wall(event), event.join()
    asked = ask(stranger)
    wrong = next(each for each in look(ada, asked["code"]).json["choices"] if each != asked["number"])
    answer = confirm(ada, asked["code"], wrong)
    assert (answer.status_code, error_of(answer)["code"]) == (410, "wrong_number")
    assert confirm(ada, asked["code"], asked["number"]).status_code == 410
    assert outcome(stranger, asked).status_code == 410
    assert stranger.get("/api/me")["attendee"]["name"] == ""


def test_no_number_says_that_the_screen_is_not_mine(service: Service) -> None:
    event = service.open_event()
    ada, stranger = on_the_wall(event), event.join()
    asked = ask(stranger)
    assert confirm(ada, asked["code"], None).json == {"refused": True}
    assert outcome(stranger, asked).status_code == 410


def test_a_code_is_good_for_two_minutes(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    event = service.open_event()
    ada, frame = on_the_wall(event), event.join()
    asked = ask(frame)
    minutes_later(monkeypatch, 2.1)
    for answer in (look(ada, asked["code"]), confirm(ada, asked["code"], asked["number"])):
        assert (answer.status_code, error_of(answer)["code"]) == (410, "over_pairing")
    assert outcome(frame, asked).status_code == 410


def test_a_code_works_once(service: Service) -> None:
    event = service.open_event()
    ada, ben, frame = on_the_wall(event), on_the_wall(event, "Ben"), event.join()
    asked = ask(frame)
    assert confirm(ada, asked["code"], asked["number"]).status_code == 200
    assert confirm(ben, asked["code"], asked["number"]).status_code == 410
    assert outcome(frame, asked).json["attendee"]["name"] == "Ada"


def test_a_new_code_ends_the_one_before(service: Service) -> None:
    event = service.open_event()
    ada, frame = on_the_wall(event), event.join()
    first, second = ask(frame), ask(frame)
    assert look(ada, first["code"]).status_code == 410
    assert look(ada, second["code"]).status_code == 200


def test_codes_of_other_events_and_made_up_ones_open_nothing(service: Service) -> None:
    spring, autumn = service.open_event(), service.open_event(name="Autumn Summit")
    asked = ask(spring.join())
    ada = on_the_wall(autumn)
    for code in (asked["code"], "BCD-FGH", "", "x" * 100):
        assert look(ada, code).status_code == 410
        assert confirm(ada, code, asked["number"]).status_code == 410
    assert outcome(ada, {"ticket": "x"}).status_code == 410


def test_guessing_codes_is_limited(service: Service) -> None:
    ada = on_the_wall(service.open_event())
    answers = [look(ada, f"BCD-FG{letter}").status_code for letter in "BCDFGHJKMNPQRSTVWXYZ2345"]
    assert answers.count(410) == 20
    assert answers[-1] == 429


def test_two_who_are_nobody_cannot_say_who_they_are(service: Service) -> None:
    event = service.open_event()
    asked = ask(event.join())
    answer = look(event.join(), asked["code"])
    assert (answer.status_code, error_of(answer)["code"]) == (409, "not_known")


def test_the_desk_is_nobodys(service: Service) -> None:
    event = service.open_event()
    ada, frame = on_the_wall(event), event.join()
    answer = event.host().call("POST", "/api/me/screen", json={})
    assert (answer.status_code, error_of(answer)["code"]) == (409, "desk")
    asked = ask(frame)
    assert error_of(look(event.host(), asked["code"]))["code"] == "desk"
    assert error_of(confirm(event.host(), asked["code"], asked["number"]))["code"] == "desk"
    assert confirm(ada, asked["code"], asked["number"]).status_code == 200


def test_a_stage_asks_nobody_whose_it_is(service: Service) -> None:
    assert service.open_event().stage().call("POST", "/api/me/screen", json={}).status_code == 403


def test_a_number_is_a_number(service: Service) -> None:
    event = service.open_event()
    ada = on_the_wall(event)
    asked = ask(event.join())
    for wrong in (True, "12", 12.5):
        assert (
            ada.call(
                "POST", "/api/screens/confirm", json={"code": asked["code"], "number": wrong}
            ).status_code
            == 422
        )
    assert confirm(ada, asked["code"], asked["number"]).status_code == 200


# ---- where somebody is known ----------------------------------------------------------------------------------------


def test_paired_devices_are_listed_and_disconnected_at_once(service: Service) -> None:
    event = service.open_event()
    ada = on_the_wall(event)
    frame = pair(event.join(), ada)
    phone = event.join(launch=ada.call("POST", "/api/me/pairing").json["url"].partition("#launch=")[2])
    listed = {each["kind"]: each for each in ada.get("/api/me/doors")["doors"]}
    assert set(listed) == {"paired", "phone"}
    assert listed["paired"]["system"] == "Windows"
    assert not listed["paired"]["mine"]
    assert [each["mine"] for each in frame.get("/api/me/doors")["doors"] if each["kind"] == "paired"] == [
        True
    ]
    for kind, device in (("paired", frame), ("phone", phone)):
        assert ada.call("DELETE", f"/api/me/doors/{listed[kind]['id']}").status_code == 204
        for path in ("/api/me", "/api/wall", "/api/hellos"):
            assert device.call("GET", path).status_code == 401
        body = {"code": event.code, "return_key": device.joined["return_key"]}
        answer = service.client.post("/api/join", json=body)
        assert (answer.status_code, error_of(answer)["code"]) == (401, "disconnected")
    assert ada.get("/api/me/doors")["doors"] == []
    assert ada.call("DELETE", f"/api/me/doors/{listed['phone']['id']}").status_code == 404


def test_nobody_disconnects_somebody_elses(service: Service) -> None:
    event = service.open_event()
    ada, ben = on_the_wall(event), on_the_wall(event, "Ben")
    frame = pair(event.join(), ada)
    door = ada.get("/api/me/doors")["doors"][0]["id"]
    assert ben.call("DELETE", f"/api/me/doors/{door}").status_code == 404
    assert frame.get("/api/me")["attendee"]["name"] == "Ada"


def test_what_a_link_let_in_goes_with_the_link_and_a_link_closes_nothing_else(service: Service) -> None:
    event = service.open_event()
    link = link_of(service, expect(service, event))
    by_link = come(event, link)
    frame = pair(event.join(), by_link)
    doors = {each["kind"]: each for each in by_link.get("/api/me/doors")["doors"]}
    assert doors["link"]["can_close"]
    assert doors["paired"]["can_close"]  # the link opened it
    deeper = pair(event.join(), frame)
    listed = {each["id"]: each["can_close"] for each in by_link.get("/api/me/doors")["doors"]}
    assert sorted(listed.values()) == [False, True, True]
    refused = next(each for each, may in listed.items() if not may)
    answer = by_link.call("DELETE", f"/api/me/doors/{refused}")
    assert (answer.status_code, error_of(answer)["code"]) == (403, "link_only")
    assert frame.call("DELETE", f"/api/me/doors/{doors['link']['id']}").status_code == 204
    for each in (by_link, frame, deeper):
        assert each.call("GET", "/api/me").status_code == 401
    answer = service.client.post("/api/join", json={"code": event.code, "personal": link})
    assert error_of(answer)["code"] == "revoked_link"  # closing it here turns it off


def test_a_paired_screen_never_hosts(service: Service) -> None:
    """Somebody who hosts may still confirm a screen: it gets their name and photo, not their desk."""
    event = service.open_event()
    hanna = on_the_wall(event, "Hanna")
    host_id = hanna.joined["attendee"]["id"]
    with service.shop.database.write() as session:
        session.get_one(Attendee, host_id).assurance = Assurance.PROVED  # guests cannot be hosts
    assert (
        event.host().call("POST", f"/api/host/people/{host_id}/role", json={"role": "co_host"}).status_code
        == 200
    )
    assert hanna.call("GET", "/api/host").status_code == 200
    frame = pair(event.join(), hanna)
    assert frame.joined["attendee"]["role"] == "attendee"
    assert frame.call("GET", "/api/host").status_code == 403
    phone = event.join(launch=hanna.call("POST", "/api/me/pairing").json["url"].partition("#launch=")[2])
    assert phone.call("GET", "/api/host").status_code == 200  # their own panel showed it to their own phone
    other = event.join(launch=frame.call("POST", "/api/me/pairing").json["url"].partition("#launch=")[2])
    assert other.call("GET", "/api/host").status_code == 403


def test_old_keys_of_before_still_count(service: Service) -> None:
    """What browsers kept before there were doors names an attendee and nothing else."""
    event = service.open_event()
    ada = on_the_wall(event)
    tokens = service.app.extensions["mosaic"].tokens
    assert tokens.read_return_key(str(tokens._return.dumps(7))) == (7, 0)
    assert tokens.read_pairing(str(tokens._pairing.dumps([7, "nonce"])), 60).door_id == 0
    assert (
        event.join(return_key=ada.joined["return_key"]).joined["attendee"]["id"]
        == ada.joined["attendee"]["id"]
    )


def test_only_so_many_devices_of_a_kind_are_remembered(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.people.doors.MOST_DOORS", 3)
    event = service.open_event()
    ada = on_the_wall(event)
    phones = [
        event.join(launch=ada.call("POST", "/api/me/pairing").json["url"].partition("#launch=")[2])
        for _ in range(4)
    ]
    assert phones[0].call("GET", "/api/me").status_code == 401
    assert phones[3].call("GET", "/api/me").status_code == 200
    assert len(ada.get("/api/me/doors")["doors"]) == 3


def test_a_code_is_kept_as_a_keyed_digest(service: Service) -> None:
    event = service.open_event()
    asked = ask(event.join())
    with service.shop.database.engine.connect() as connection:
        rows = repr(connection.exec_driver_sql("SELECT * FROM pairings").all())
    assert asked["code"].replace("-", "") not in rows
    one = screens.digest_of("one secret", 1, asked["code"])
    assert one != screens.digest_of("another secret", 1, asked["code"])
    assert one != screens.digest_of("one secret", 2, asked["code"])
