"""What Zoom tells about somebody: offered once it comes, used only when they say so, and never waited for."""

import io
import time
from typing import Any

import pytest
from PIL import Image

from integrations.platform import PlatformError
from integrations.registry import platforms
from plugin.people import profiles
from plugin.platforms import calls, errands
from plugin.platforms.calls import fetch_picture
from plugin.state.keys import suggestion_key
from plugin.state.models import Attendee
from plugin.state.platform_models import Suggestion, SuggestionState
from plugin.state.storage import NotStoredError
from tests.factories import Person, error_of, photo_bytes
from tests.zoom_cast import ZoomService

KEY = {"Idempotency-Key": "a key of its own"}


@pytest.fixture
def ada(in_zoom: ZoomService) -> Person:
    """Ada added the app, so Zoom may be asked about her."""
    in_zoom.install("u_Ada")
    in_zoom.start_wall(work=True)
    return in_zoom.enter(uid="u_Ada", attendrole="participant")


def kept_in(service: ZoomService, folder: str) -> set[str]:
    return set(service.shop.storage.names(folder))


def test_the_profile_comes_after_the_panel_is_open_and_is_only_a_suggestion(
    in_zoom: ZoomService, ada: Person
) -> None:
    me = ada.get("/api/me")
    assert (me["profile"], me["profile_pending"]) == (None, True)
    in_zoom.run_errands()
    me = ada.get("/api/me")
    assert me["profile_pending"] is False
    assert me["profile"] == {
        "name": "Ada Lovelace",
        "title": "Analyst",
        "company": "Acme",
        "picture": me["profile"]["picture"],
    }
    assert me["attendee"]["name"] == me["attendee"]["title"] == ""


def test_the_picture_is_ours_re_encoded_and_carries_nothing_along(in_zoom: ZoomService) -> None:
    stream = io.BytesIO()
    Image.open(io.BytesIO(photo_bytes("green", (300, 200)))).save(
        stream, "PNG", pnginfo=_note("where Ada lives")
    )
    in_zoom.zoom.set_picture("u_Ada", stream.getvalue(), "image/png")
    in_zoom.install("u_Ada")
    in_zoom.start_wall(work=True)
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    in_zoom.run_errands()
    address = ada.get("/api/me")["profile"]["picture"]
    answer = in_zoom.client.get(address)
    assert answer.content_type == "image/jpeg"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert b"where Ada lives" not in answer.data
    assert Image.open(io.BytesIO(answer.data)).size == (300, 200)
    assert kept_in(in_zoom, "uploads") == set()


def _note(text: str) -> Any:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", text)
    return info


def test_the_picture_becomes_a_photo_like_any_other(in_zoom: ZoomService, ada: Person) -> None:
    in_zoom.run_errands()
    address = ada.get("/api/me")["profile"]["picture"]
    body = {
        "picture": True,
        "story": "I write programs",
        "name": "Ada L.",
        "title": "Analyst",
        "stage": "named",
    }
    answer = ada.call("POST", "/api/me/profile/use", json=body, headers=KEY)
    assert answer.status_code == 202, answer.text
    in_zoom.run_jobs()
    me = ada.get("/api/me")
    assert me["photos"][0]["state"] == "placed"
    assert me["photos"][0]["story"] == "I write programs"
    assert (me["attendee"]["name"], me["attendee"]["title"], me["attendee"]["stage"]) == (
        "Ada L.",
        "Analyst",
        "named",
    )
    assert me["profile"] is None
    assert in_zoom.client.get(address).status_code == 404
    assert kept_in(in_zoom, "suggestions") == set()
    again = ada.call("POST", "/api/me/profile/use", json=body, headers=KEY)
    assert (again.status_code, error_of(again)["code"]) == (404, "no_picture")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"picture": True, "name": "Ada"}, "story"),
        ({"picture": True, "story": "x"}, "name"),
        ({"picture": True, "story": "x" * 141, "name": "Ada"}, "story"),
        ({"picture": True, "story": "x", "name": "Ada", "title": "x" * 81}, "title"),
        ({"picture": True, "story": "x", "name": "Ada", "stage": "yes"}, "stage"),
        ({"picture": "yes", "story": "x", "name": "Ada"}, "photo"),
        ({}, "photo"),
    ],
)
def test_what_is_missing_or_too_long_is_told_with_its_field_and_the_picture_stays(
    in_zoom: ZoomService, ada: Person, body: dict[str, Any], field: str
) -> None:
    in_zoom.run_errands()
    answer = ada.call("POST", "/api/me/profile/use", json=body, headers=KEY)
    assert (answer.status_code, error_of(answer)["field"]) == (422, field)
    assert ada.get("/api/me")["profile"]["picture"]


def test_who_wants_none_of_it_sends_it_away_for_good(in_zoom: ZoomService, ada: Person) -> None:
    in_zoom.run_errands()
    address = ada.get("/api/me")["profile"]["picture"]
    assert ada.call("POST", "/api/me/profile/dismiss").status_code == 200
    assert ada.get("/api/me")["profile"] is None
    assert in_zoom.client.get(address).status_code == 404
    in_zoom.enter(uid="u_Ada", attendrole="participant")
    in_zoom.run_errands()
    assert ada.get("/api/me")["profile"] is None


def test_sent_away_before_it_came_it_does_not_come(in_zoom: ZoomService, ada: Person) -> None:
    ada.call("POST", "/api/me/profile/dismiss")
    in_zoom.run_errands()
    me = ada.get("/api/me")
    assert (me["profile"], me["profile_pending"]) == (None, False)


def test_left_alone_for_a_day_it_is_forgotten(in_zoom: ZoomService, ada: Person) -> None:
    in_zoom.run_errands()
    errands.look_around(errands.office(), time.time() + profiles.KEPT_SECONDS + 60)
    assert ada.get("/api/me")["profile"] is None
    assert kept_in(in_zoom, "suggestions") == set()


@pytest.mark.sqlite
def test_a_copy_of_the_database_does_not_show_it(in_zoom: ZoomService, ada: Person) -> None:
    in_zoom.run_errands()
    everything = b"".join(path.read_bytes() for path in in_zoom.settings.data_folder.glob("mosaic.sqlite3*"))
    assert b"Lovelace" not in everything
    assert b"Analyst" not in everything


def test_about_a_guest_or_somebody_without_the_app_zoom_is_not_asked(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    for fields in ({"uid": None}, {"uid": "u_Ben"}):
        person = in_zoom.enter(attendrole="participant", **fields)
        in_zoom.run_errands()
        me = person.get("/api/me")
        assert (me["profile"], me["profile_pending"]) == (None, False)
    assert in_zoom.zoom.log == []


def test_a_consent_without_the_profile_tells_nothing(in_zoom: ZoomService) -> None:
    in_zoom.zoom.scope = "zoomapp:inmeeting"
    in_zoom.install("u_Ada")
    in_zoom.run_errands()
    in_zoom.start_wall()
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    in_zoom.run_errands()
    me = ada.get("/api/me")
    assert (me["profile"], me["profile_pending"]) == (None, False)


def test_names_in_parts_and_missing_fields_are_no_trouble(in_zoom: ZoomService) -> None:
    del in_zoom.zoom.users["u_Ben"]["pic_url"]
    in_zoom.install("u_Ben")
    in_zoom.start_wall()
    ben = in_zoom.enter(uid="u_Ben", attendrole="participant")
    in_zoom.run_errands()
    profile = ben.get("/api/me")["profile"]
    assert profile == {"name": "Ben Bitdiddle", "title": "", "company": "", "picture": None}


def test_what_cannot_be_seen_in_a_name_is_taken_out_like_in_a_typed_one(in_zoom: ZoomService) -> None:
    in_zoom.zoom.users["u_Ben"] |= {
        "display_name": "Ben\u202e\u0000 Bitdiddle\n",
        "job_title": "\u0007\u2066",
    }
    in_zoom.install("u_Ben")
    in_zoom.start_wall()
    ben = in_zoom.enter(uid="u_Ben", attendrole="participant")
    in_zoom.run_errands()
    profile = ben.get("/api/me")["profile"]
    assert (profile["name"], profile["title"]) == ("Ben Bitdiddle", "")


@pytest.mark.parametrize("value", [7, None, [], {}, True])
def test_an_answer_of_the_wrong_kind_is_no_trouble(in_zoom: ZoomService, value: Any) -> None:
    in_zoom.install("u_Ben")
    in_zoom.zoom.users["u_Ben"] |= dict.fromkeys(("display_name", "job_title", "company", "pic_url"), value)
    in_zoom.start_wall()
    ben = in_zoom.enter(uid="u_Ben", attendrole="participant")
    in_zoom.run_errands()
    assert ben.get("/api/me")["profile"]["name"] == "Ben Bitdiddle"


def test_what_zoom_tells_about_somebody_else_is_not_shown(in_zoom: ZoomService, ada: Person) -> None:
    in_zoom.zoom.users["u_Ada"]["id"] = "u_Ben"
    in_zoom.run_errands()
    assert ada.get("/api/me")["profile"] is None


# ---- Zoom down or slow ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"),
    [("status", {"status": 500}), ("status", {"status": 429}), ("garbage", {}), ("hang", {}), ("drip", {})],
)
def test_whatever_zoom_does_people_get_in_at_once_and_the_profile_comes_when_it_can(
    in_zoom: ZoomService, kind: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.platforms.http.TOTAL_SECONDS", 1.0)
    in_zoom.install("u_Ada")
    in_zoom.start_wall(work=True)
    in_zoom.zoom.fault("/v2/users/me", kind, **options)
    asked = in_zoom.zoom.asked("/v2/users/me")
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert in_zoom.zoom.asked("/v2/users/me") == asked
    in_zoom.run_errands()
    me = ada.get("/api/me")
    assert (me["profile"], me["profile_pending"]) == (None, True)
    ada.send(photo_bytes(1))
    in_zoom.run_jobs()
    assert ada.photo()["state"] == "placed"
    assert errands.look_around(errands.office(), time.time()) == 0  # not at once again
    assert errands.look_around(errands.office(), time.time() + 3600) == 1
    in_zoom.run_errands()
    assert ada.get("/api/me")["profile"]["name"] == "Ada Lovelace"


def test_a_zoom_that_stays_away_is_given_up(in_zoom: ZoomService, ada: Person) -> None:
    in_zoom.zoom.fault("/v2/users/me", "status", times=100)
    for _ in range(profiles.MOST_ATTEMPTS + 1):
        errands.profile(ada.joined["attendee"]["id"])
    me = ada.get("/api/me")
    assert (me["profile"], me["profile_pending"]) == (None, False)
    assert errands.look_around(errands.office(), time.time() + 3600) == 0


def test_an_errand_that_got_lost_is_asked_for_again(in_zoom: ZoomService, ada: Person) -> None:
    from redis import Redis

    with Redis.from_url(in_zoom.settings.redis_url) as redis:
        redis.flushall()
    assert errands.look_around(errands.office(), time.time() + 60) == 1
    in_zoom.run_errands()
    assert ada.get("/api/me")["profile"]


def test_a_consent_that_was_taken_back_gives_no_profile(in_zoom: ZoomService, ada: Person) -> None:
    in_zoom.zoom.access.clear()
    in_zoom.run_errands()
    me = ada.get("/api/me")
    assert (me["profile"], me["profile_pending"]) == (None, False)


# ---- the picture and its address --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("status", {"status": 500}),
        ("status", {"status": 404}),
        ("garbage", {}),
        ("redirect", {"location": "//x.org/"}),
    ],
)
def test_without_its_picture_the_profile_comes_all_the_same(
    in_zoom: ZoomService, ada: Person, kind: str, options: dict[str, Any]
) -> None:
    in_zoom.zoom.fault("/pictures/u_Ada", kind, **options)
    in_zoom.run_errands()
    profile = ada.get("/api/me")["profile"]
    assert profile["name"] == "Ada Lovelace"
    assert profile["picture"] is None
    assert kept_in(in_zoom, "uploads") == kept_in(in_zoom, "suggestions") == set()


@pytest.mark.parametrize(
    "data", [b"\xff\xd8\xff but no more", b"<svg/>", photo_bytes("red")[:400], b"GIF89a"]
)
def test_a_picture_that_is_none_is_not_offered(in_zoom: ZoomService, data: bytes) -> None:
    in_zoom.zoom.set_picture("u_Ada", data)
    in_zoom.install("u_Ada")
    in_zoom.start_wall()
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    in_zoom.run_errands()
    me = ada.get("/api/me")
    assert me["profile"]["picture"] is None
    assert me["profile_pending"] is False
    assert kept_in(in_zoom, "uploads") == kept_in(in_zoom, "suggestions") == set()


def test_the_picture_is_asked_for_without_a_token(in_zoom: ZoomService, ada: Person) -> None:
    in_zoom.run_errands()
    (headers,) = [headers for _, path, headers in in_zoom.zoom.log if path == "/pictures/u_Ada"]
    assert "authorization" not in headers
    assert "cookie" not in headers


def test_a_picture_that_is_too_large_is_not_read_to_its_end(in_zoom: ZoomService) -> None:
    in_zoom.zoom.set_picture("u_Ada", b"\xff\xd8\xff" + bytes(calls.PICTURE_BYTES))
    with pytest.raises(PlatformError) as raised:
        fetch_picture(in_zoom.zoom.users["u_Ada"]["pic_url"], lambda _url: True)
    assert raised.value.code == "garbage"


def test_a_redirect_is_followed_only_to_where_one_may_go(in_zoom: ZoomService) -> None:
    zoom = in_zoom.zoom
    here = platforms(in_zoom.settings.platform_options)["zoom"].may_fetch
    zoom.fault("/pictures/u_Ada", "redirect", location="/pictures/u_Ben")
    ben, _ = zoom.pictures["u_Ben"]
    assert fetch_picture(zoom.users["u_Ada"]["pic_url"], here) == ben
    for location in (
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "ftp://x",
        "//[::1]/",
    ):
        zoom.fault("/pictures/u_Ada", "redirect", location=location)
        with pytest.raises(PlatformError) as raised:
            fetch_picture(zoom.users["u_Ada"]["pic_url"], here)
        assert raised.value.code == "refused", location
    zoom.fault("/pictures/u_Ada", "redirect", times=10, location="/pictures/u_Ada")
    with pytest.raises(PlatformError):
        fetch_picture(zoom.users["u_Ada"]["pic_url"], here)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("https://zoom.us/p/v2/x", True),
        ("https://us02web.zoom.us/p/v2/x", True),
        ("https://US02WEB.ZOOM.US/p/v2/x", True),
        ("https://us02web.zoom.us.:443/p", True),
        ("http://us02web.zoom.us/p", False),
        ("https://us02web.zoom.us:8443/p", False),
        ("https://user@us02web.zoom.us/p", False),
        ("https://us02web.zoom.us@evil.example/p", False),
        ("https://evilzoom.us/p", False),
        ("https://zoom.us.evil.example/p", False),
        ("https://evil.example/zoom.us", False),
        ("https://evil.example#.zoom.us", False),
        ("https://evil.example\\.zoom.us/", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://[::1]/", False),
        ("https://zoom.us:x/", False),
        ("https://[/", False),
        ("file:///etc/passwd", False),
        ("//zoom.us/p", False),
        ("", False),
    ],
)
def test_pictures_are_fetched_from_zooms_own_hosts_only(address: str, allowed: bool) -> None:
    assert platforms({"zoom": {"credentials": [("a", "b")]}})["zoom"].may_fetch(address) is allowed


def test_a_government_cloud_has_its_hosts_too() -> None:
    zoom = platforms({"zoom": {"credentials": [("a", "b")], "host": "zoomgov.com"}})["zoom"]
    assert zoom.may_fetch("https://www.zoomgov.com/p")
    assert zoom.may_fetch("https://us02web.zoom.us/p")
    assert "https://*.zoomgov.com" in zoom.frame_ancestors


@pytest.mark.parametrize("key", ["0" * 32, "../secret", "0" * 31, "0" * 32 + "x", "G" * 32])
def test_an_address_that_was_guessed_shows_nothing(in_zoom: ZoomService, key: str) -> None:
    assert in_zoom.client.get(f"/media/suggestions/{key}.jpg").status_code == 404


def test_a_person_is_asked_about_once_however_often_they_open_the_panel(
    in_zoom: ZoomService, ada: Person
) -> None:
    in_zoom.run_errands()
    asked = in_zoom.zoom.asked("/v2/users/me")
    for _ in range(3):
        in_zoom.enter(uid="u_Ada", attendrole="participant")
        in_zoom.run_errands()
    assert in_zoom.zoom.asked("/v2/users/me") == asked


def test_whoever_left_while_the_picture_was_cleaned_leaves_none_behind(
    in_zoom: ZoomService, ada: Person
) -> None:
    from worker import suggestions

    errands.profile(ada.joined["attendee"]["id"])
    (found,) = in_zoom.rows(Suggestion)
    assert found.picture_key
    prepare = suggestions.prepare

    def meanwhile(data: bytes, crop: None) -> Any:
        profiles.dismiss(in_zoom.shop.database, in_zoom.shop.storage, found.attendee_id)
        return prepare(data, crop)

    suggestions.prepare = meanwhile  # type: ignore[assignment]
    try:
        suggestions.clean(found.attendee_id)
    finally:
        suggestions.prepare = prepare
    with pytest.raises(NotStoredError):
        in_zoom.shop.storage.get(suggestion_key(found.picture_key))
    assert in_zoom.rows(Suggestion)[0].state is SuggestionState.NONE


def test_the_job_for_somebody_who_is_not_there_does_nothing(in_zoom: ZoomService) -> None:
    from worker import suggestions

    for job in (errands.profile, errands.owner, errands.notice, suggestions.clean):
        job(4711)
    assert in_zoom.rows(Attendee) == []
