"""The desk in a window of its own: whoever hosts has it, on any machine, for as long as they host, and nobody else."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from plugin.people import pairing
from plugin.state.doors import Door
from tests.factories import Person, Service, error_of
from tests.zoom_cast import ZoomService


def handed(host: Person) -> tuple[str, str]:
    """(join code, what opens the window once)."""
    answer = host.call("POST", "/api/host/window", json={})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    page, _, text = answer.json["url"].partition("#desk=")
    return page.rpartition("/")[2], text


def come(service: Service, code: str, text: str, **more: Any) -> TestResponse:
    return service.client.post("/api/join", json={"code": code, "desk": text} | more)


def window_of(service: Service, host: Person) -> Person:
    answer = come(service, *handed(host))
    assert answer.status_code == 200, answer.text
    return Person(service, answer.json["token"], answer.json)


def test_a_co_host_who_never_opened_the_wall_has_the_desk_as_themselves(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    ada = in_zoom.enter(uid="u_Ada", attendrole="co-host")
    desk = window_of(in_zoom, ada)
    assert desk.joined["attendee"]["id"] == ada.joined["attendee"]["id"]
    assert desk.get("/api/host")["event"]["state"] == "open"
    again = in_zoom.client.post(
        "/api/join", json={"code": desk.joined["event"]["code"], "return_key": desk.joined["return_key"]}
    )
    assert Person(in_zoom, again.json["token"]).get("/api/host")["event"]["state"] == "open"


def test_it_opens_once(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    code, text = handed(hanna)
    assert come(in_zoom, code, text).status_code == 200
    again = come(in_zoom, code, text)
    assert (again.status_code, error_of(again)["code"]) == (410, "spent_window")


def test_it_opens_within_a_minute_only(in_zoom: ZoomService, monkeypatch: pytest.MonkeyPatch) -> None:
    code, text = handed(in_zoom.start_wall())
    monkeypatch.setattr(pairing, "WINDOW_SECONDS", -1)
    assert error_of(come(in_zoom, code, text))["code"] == "spent_window"


def test_whose_part_is_withdrawn_loses_the_desk_that_is_open(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    ada = in_zoom.enter(uid="u_Ada", attendrole="co-host")
    desk, later = window_of(in_zoom, ada), handed(ada)
    in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert desk.call("GET", "/api/host").status_code == 403
    assert error_of(come(in_zoom, *later))["code"] == "spent_window"


def test_a_window_can_be_closed_from_where_one_is_known(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    desk = window_of(in_zoom, hanna)
    (door,) = hanna.get("/api/me/doors")["doors"]
    assert door["kind"] == "desk"
    assert hanna.call("DELETE", f"/api/me/doors/{door['id']}").status_code == 204
    closed = desk.call("GET", "/api/host")
    assert (closed.status_code, error_of(closed)["code"]) == (401, "disconnected")


def test_nobody_but_a_host_gets_one_and_it_leads_to_no_other_event(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    ben = in_zoom.enter(uid="u_Ben", attendrole="participant")
    assert ben.call("POST", "/api/host/window", json={}).status_code == 403
    _, text = handed(hanna)
    elsewhere = in_zoom.open_event(work=False, name="Another")
    assert error_of(come(in_zoom, elsewhere.code, text))["code"] == "spent_window"
    assert [each.kind for each in in_zoom.rows(Door)] == []


@pytest.mark.parametrize("text", ["", "x", "WyJ4Il0.aaaa", 7, None, True])
def test_nonsense_opens_no_desk(service: Service, text: Any) -> None:
    event = service.open_event(work=False)
    answer = come(service, event.code, text)
    assert answer.status_code in (200, 410)
    if answer.status_code == 200:  # nothing was handed over: a new guest
        assert Person(service, answer.json["token"]).call("GET", "/api/host").status_code == 403


def test_another_seal_of_ours_opens_no_desk(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    code = hanna.joined["event"]["code"]
    for text in (hanna.token, hanna.joined["return_key"], hanna.joined["start_token"]):
        assert come(in_zoom, code, text).status_code == 410
