"""One picture for several meetings: a code from the desk of a wall brings it into a meeting that has none."""

import pytest

from plugin.platforms import host_codes
from plugin.state.models import Role
from tests.factories import Event, error_of, photo_bytes
from tests.zoom_cast import ZoomService

OTHER = "b3RoZXItbWVldGluZy0wMDE="


@pytest.fixture
def elsewhere(in_zoom: ZoomService) -> Event:
    """A wall in plain browsers, with a photo on it."""
    event = in_zoom.open_event()
    event.join().send(photo_bytes(1), name="Bo", story="I grow chillies")
    in_zoom.run_jobs()
    return event


def code_of(event: Event) -> str:
    return str(event.host().call("POST", "/api/host/code").json["code"])


def test_a_host_brings_a_wall_into_their_meeting_and_is_its_host(
    in_zoom: ZoomService, elsewhere: Event
) -> None:
    asked = in_zoom.session().json
    opened = in_zoom.open_wall(asked["start_token"], host_code=code_of(elsewhere).lower())
    assert opened.status_code == 201, opened.text
    assert opened.json["event"]["code"] == elsewhere.code
    assert opened.json["attendee"]["role"] == Role.HOST
    assert opened.json["desk_url"] is None  # the host link stays with whoever opened the event
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert ada.joined["event"]["code"] == elsewhere.code
    assert ada.joined["attendee"]["role"] == Role.ATTENDEE
    assert ada.call("GET", "/api/wall").json["count"] == 1


def test_the_same_wall_shows_in_a_second_meeting_by_a_second_code(
    in_zoom: ZoomService, elsewhere: Event
) -> None:
    first = in_zoom.open_wall(in_zoom.session().json["start_token"], host_code=code_of(elsewhere))
    second = in_zoom.session(context={"uid": "u_Ines", "mid": OTHER}).json
    opened = in_zoom.open_wall(second["start_token"], host_code=code_of(elsewhere))
    assert opened.json["event"] == first.json["event"]
    assert opened.json["attendee"]["id"] != first.json["attendee"]["id"]


def test_a_code_counts_once_and_for_ten_minutes(
    in_zoom: ZoomService, elsewhere: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = code_of(elsewhere)
    assert in_zoom.open_wall(in_zoom.session().json["start_token"], host_code=code).status_code == 201
    other = in_zoom.session(context={"uid": "u_Ines", "mid": OTHER}).json["start_token"]
    answer = in_zoom.open_wall(other, host_code=code)
    assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_host_code")
    monkeypatch.setattr(host_codes, "HOST_CODE_SECONDS", -1)
    late = code_of(elsewhere)
    answer = in_zoom.open_wall(other, host_code=late)
    assert (answer.status_code, error_of(answer)["field"]) == (404, "host_code")
    assert in_zoom.session(context={"uid": "u_Ines", "mid": OTHER}).json["event"] is None


def test_whoever_may_not_start_a_wall_brings_none(in_zoom: ZoomService, elsewhere: Event) -> None:
    code = code_of(elsewhere)
    mallory = in_zoom.session(context={"uid": "u_Mallory", "attendrole": "participant"}).json
    answer = in_zoom.open_wall(mallory["start_token"], host_code=code)
    assert (answer.status_code, error_of(answer)["code"]) == (403, "not_host")
    # The code was not even looked at: the real host still can.
    assert in_zoom.open_wall(in_zoom.session().json["start_token"], host_code=code).status_code == 201


def test_guesses_of_host_codes_are_counted(in_zoom: ZoomService) -> None:
    token = in_zoom.session().json["start_token"]
    statuses = {in_zoom.open_wall(token, host_code=f"BCDF-GHJK-{each:04}").status_code for each in range(90)}
    assert statuses == {404, 429}
