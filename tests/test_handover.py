"""Many people at one door at once, and people who try a door with something that was used already."""

from tests.factories import error_of
from tests.test_zoom_session import boot_of, home
from tests.zoom_cast import ZoomService

WEBINAR = {"uid": None, "attendrole": "attendee"}


def test_guests_who_open_the_app_in_the_same_second_all_get_in(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    boots = [boot_of(home(in_zoom, in_zoom.zoom.context(**WEBINAR)).text) for _ in range(20)]
    assert len({boot["launch"] for boot in boots}) == 20
    answers = [in_zoom.session(launch=boot["launch"]) for boot in boots]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["attendee"]["id"] for answer in answers}) == 20


def test_what_is_refused_for_being_used_locks_nobody_out(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    used = in_zoom.zoom.context(**WEBINAR)
    assert in_zoom.session(context=used).status_code == 200
    for _ in range(150):
        assert error_of(in_zoom.session(context=used))["code"] == "used_context"
        assert in_zoom.session(context="forged").status_code == 401
    assert in_zoom.session(context=WEBINAR).status_code == 200
