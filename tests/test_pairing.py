"""A phone that speaks for the person whose panel showed it a code."""

import base64
from xml.etree import ElementTree

import pytest

from tests.factories import Person, Service, error_of, photo_bytes
from tests.zoom_cast import ZoomService


def launch_of(url: str) -> str:
    return url.partition("#launch=")[2]


def test_the_phone_is_the_same_person_and_what_it_sends_is_theirs(service: Service) -> None:
    event = service.open_event()
    ada = event.join(name="Ada")
    shown = ada.call("POST", "/api/me/pairing").json
    assert shown["url"].startswith(f"https://mosaic.example.org/e/{event.code}#launch=")
    assert shown["expires_in"] == 600
    phone = event.join(launch=launch_of(shown["url"]))
    assert phone.joined["attendee"]["id"] == ada.joined["attendee"]["id"]
    assert phone.joined["return_key"]
    phone.send(photo_bytes(1), story="From my phone")
    service.run_jobs()
    assert ada.photo()["story"] == "From my phone"
    assert ada.photo()["state"] == "placed"


def test_the_code_is_a_drawing_in_the_answer_and_no_cache_keeps_it(service: Service) -> None:
    answer = service.open_event().join().call("POST", "/api/me/pairing")
    kind, _, drawing = answer.json["qr_url"].partition(";base64,")
    assert kind == "data:image/svg+xml"
    assert ElementTree.fromstring(base64.b64decode(drawing)).tag.endswith("svg")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_code_works_once_and_the_second_phone_is_told_what_to_do(service: Service) -> None:
    event = service.open_event()
    launch = launch_of(event.join().call("POST", "/api/me/pairing").json["url"])
    event.join(launch=launch)
    answer = service.client.post("/api/join", json={"code": event.code, "launch": launch})
    assert answer.status_code == 410
    assert error_of(answer)["code"] == "spent_pairing"
    assert "Show a new one" in error_of(answer)["message"]


def test_a_code_of_more_than_ten_minutes_ago_is_spent(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = service.open_event()
    launch = launch_of(event.join().call("POST", "/api/me/pairing").json["url"])
    monkeypatch.setattr("plugin.people.pairing.PAIRING_SECONDS", -1)
    answer = service.client.post("/api/join", json={"code": event.code, "launch": launch})
    assert answer.status_code == 410


def test_a_code_of_another_event_opens_nothing_and_is_not_used_up(service: Service) -> None:
    spring, autumn = service.open_event(), service.open_event(name="Autumn Summit")
    ada = spring.join()
    launch = launch_of(ada.call("POST", "/api/me/pairing").json["url"])
    assert autumn.join(launch=launch).joined["attendee"]["id"] != ada.joined["attendee"]["id"]
    assert spring.join(launch=launch).joined["attendee"]["id"] == ada.joined["attendee"]["id"]


def test_a_made_up_code_makes_a_guest_as_any_other_launch_does(service: Service) -> None:
    event = service.open_event()
    ada = event.join()
    genuine = launch_of(ada.call("POST", "/api/me/pairing").json["url"])
    for forged in (genuine[:-2], f"{genuine[1:]}", "x", ada.joined["return_key"]):
        assert event.join(launch=forged).joined["attendee"]["id"] != ada.joined["attendee"]["id"]


def test_a_hosts_phone_may_do_what_their_panel_may(in_zoom: ZoomService) -> None:
    host = in_zoom.start_wall()
    assert host.call("GET", "/api/host").status_code == 200
    code = host.joined["event"]["code"]
    launch = launch_of(host.call("POST", "/api/me/pairing").json["url"])
    joined = in_zoom.client.post("/api/join", json={"code": code, "launch": launch}).json
    phone = Person(in_zoom, joined["token"], joined)
    assert joined["attendee"]["id"] == host.joined["attendee"]["id"]
    assert joined["attendee"]["role"] == "host"
    assert phone.call("GET", "/api/host").status_code == 200


def test_a_stage_has_no_phone(service: Service) -> None:
    assert service.open_event().stage().call("POST", "/api/me/pairing").status_code == 403


def test_a_phone_that_was_disconnected_is_out_at_once(in_zoom: ZoomService) -> None:
    ada = in_zoom.start_wall()
    code = ada.joined["event"]["code"]
    launch = launch_of(ada.call("POST", "/api/me/pairing").json["url"])
    joined = in_zoom.client.post("/api/join", json={"code": code, "launch": launch}).json
    phone = Person(in_zoom, joined["token"], joined)
    shown = [each for each in ada.get("/api/me/doors")["doors"] if not each.get("this")]
    for each in shown:
        ada.call("DELETE", f"/api/me/doors/{each['id']}")
    refused = phone.call("GET", "/api/me")
    assert (refused.status_code, error_of(refused)["code"]) == (401, "disconnected")


def test_the_phone_of_whoever_erased_themselves_is_out_at_once(service: Service) -> None:
    event = service.open_event()
    ada = event.join(name="Ada")
    phone = event.join(launch=launch_of(ada.call("POST", "/api/me/pairing").json["url"]))
    phone.send(photo_bytes(1))
    service.run_jobs()
    assert ada.call("DELETE", "/api/me").status_code == 202  # their photo is still to be taken off the wall
    for path in ("/api/me", "/api/hellos"):
        refused = {
            who: error_of(each.call("GET", path))["code"] for who, each in (("ada", ada), ("phone", phone))
        }
        assert refused == {"ada": "join_again", "phone": "disconnected"}, path
