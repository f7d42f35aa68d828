"""Opening the panel in Zoom: who somebody is, which wall it is, what they may do; and what nobody gets by a trick."""

import hashlib
import json
import re
import time
from typing import Any

import pytest
from sqlalchemy import select

from plugin.platforms import meetings
from plugin.platforms.entrances import hashed
from plugin.state.models import Attendee, Event
from plugin.state.platform_models import Installation, Meeting
from plugin.web.views import platform as zoom_pages
from tests.factories import Person, Service, error_of, photo_bytes
from tests.zoom_cast import MEETING, ZoomService

ROOM = "YnJlYWtvdXQtdXVpZC0wMDE="
OTHER = "YW5vdGhlci1tZWV0aW5n/w=="


def boot_of(page: str) -> dict[str, Any]:
    found = re.search(r'id="boot">(.*?)</script>', page, re.S)
    assert found
    boot: dict[str, Any] = json.loads(found[1])
    return boot


def home(service: ZoomService, context: str | None = None) -> Any:
    return service.client.get("/zoom/home", headers={"x-zoom-app-context": context} if context else {})


# ---- the home page ----------------------------------------------------------------------------------------------


def test_without_a_context_the_home_page_is_there_and_knows_nobody(in_zoom: ZoomService) -> None:
    answer = home(in_zoom)
    assert answer.status_code == 200
    boot = boot_of(answer.text)
    assert (boot["platform"], boot["code"], boot["launch"]) == ("zoom", None, None)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_home_page_hands_over_to_a_session_once(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    boot = boot_of(home(in_zoom, in_zoom.zoom.context(uid="u_Ada", attendrole="participant")).text)
    assert boot["code"] == hanna.joined["event"]["code"]
    assert boot["meeting"] == "open"
    first = in_zoom.session(launch=boot["launch"])
    assert first.json["attendee"]["assurance"] == "proved"
    again = in_zoom.session(launch=boot["launch"])
    assert (again.status_code, error_of(again)["code"]) == (401, "used_context")


def test_a_handover_is_stale_after_a_minute(in_zoom: ZoomService, monkeypatch: pytest.MonkeyPatch) -> None:
    boot = boot_of(home(in_zoom, in_zoom.zoom.context()).text)
    monkeypatch.setattr(zoom_pages, "HANDOVER_SECONDS", -1)
    answer = in_zoom.session(launch=boot["launch"])
    assert (answer.status_code, error_of(answer)["code"]) == (401, "expired_context")


def test_a_reload_with_the_same_header_shows_the_page_and_hands_over_nothing(in_zoom: ZoomService) -> None:
    context = in_zoom.zoom.context()
    assert boot_of(home(in_zoom, context).text)["launch"]
    again = home(in_zoom, context)
    assert again.status_code == 200
    assert boot_of(again.text)["launch"] is None


def test_a_header_that_came_too_late_shows_the_page_all_the_same(in_zoom: ZoomService) -> None:
    answer = home(in_zoom, in_zoom.zoom.context(exp=1_700_000_000_000))
    assert answer.status_code == 200
    assert boot_of(answer.text)["launch"] is None


def test_looking_at_the_headers_only_does_not_use_up_the_context(in_zoom: ZoomService) -> None:
    context = in_zoom.zoom.context()
    in_zoom.client.head("/zoom/home", headers={"x-zoom-app-context": context})
    assert boot_of(home(in_zoom, context).text)["launch"]


def test_other_headers_of_the_same_client_are_no_context(in_zoom: ZoomService) -> None:
    answer = in_zoom.client.get("/zoom/home", headers={"x-zoom-app-device-type": "desktop"})
    assert answer.status_code == 200


# ---- who one is -------------------------------------------------------------------------------------------------


def test_the_same_user_is_the_same_attendee_each_time(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    first = in_zoom.enter(uid="u_Ada", attendrole="participant")
    again = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert first.joined["attendee"]["id"] == again.joined["attendee"]["id"]
    assert first.joined["attendee"]["assurance"] == "proved"
    assert first.joined["attendee"]["name"] == ""


def test_a_guest_gets_an_identity_that_survives_a_reload(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    guest = in_zoom.enter(uid=None, attendrole="participant")
    assert guest.joined["attendee"]["assurance"] == "guest"
    back = in_zoom.enter(guest.joined["return_key"], uid=None, attendrole="participant")
    assert back.joined["attendee"]["id"] == guest.joined["attendee"]["id"]
    stranger = in_zoom.enter(uid=None, attendrole="participant")
    assert stranger.joined["attendee"]["id"] != guest.joined["attendee"]["id"]


def test_a_guest_does_not_become_a_known_person_by_their_return_key(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    guest = in_zoom.enter(hanna.joined["return_key"], uid=None, attendrole="participant")
    assert guest.joined["attendee"]["id"] != hanna.joined["attendee"]["id"]
    assert guest.joined["attendee"]["role"] == "attendee"


def test_one_known_person_does_not_become_another_by_their_return_key(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    ada = in_zoom.enter(hanna.joined["return_key"], uid="u_Ada", attendrole="participant")
    assert ada.joined["attendee"]["id"] != hanna.joined["attendee"]["id"]


def test_a_return_key_of_another_event_counts_for_nothing(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    in_zoom.start_wall(mid=OTHER)
    guest = in_zoom.enter(uid=None, attendrole="participant")
    elsewhere = in_zoom.enter(guest.joined["return_key"], uid=None, attendrole="participant", mid=OTHER)
    assert elsewhere.joined["attendee"]["id"] != guest.joined["attendee"]["id"]
    assert elsewhere.joined["event"]["code"] != guest.joined["event"]["code"]


def test_a_guest_who_signs_in_stays_who_they_were(in_zoom: ZoomService) -> None:
    in_zoom.start_wall(work=True)
    guest = in_zoom.enter(uid=None, attendrole="participant")
    guest.send(photo_bytes(1))
    known = in_zoom.enter(guest.joined["return_key"], uid="u_Ada", attendrole="participant")
    assert known.joined["attendee"]["id"] == guest.joined["attendee"]["id"]
    assert known.joined["attendee"]["assurance"] == "proved"
    assert known.photo()["story"] == "I bake bread"


def test_a_guest_who_turns_out_to_be_here_already_brings_their_photo_along(in_zoom: ZoomService) -> None:
    in_zoom.start_wall(work=True)
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    guest = in_zoom.enter(uid=None, attendrole="participant")
    guest.send(photo_bytes(1))
    known = in_zoom.enter(guest.joined["return_key"], uid="u_Ada", attendrole="participant")
    assert known.joined["attendee"]["id"] == ada.joined["attendee"]["id"]
    assert ada.photo()["story"] == "I bake bread"


def test_what_a_guest_was_called_they_are_called_when_they_turn_out_to_be_somebody_without_a_name(
    in_zoom: ZoomService,
) -> None:
    in_zoom.start_wall(work=True)
    for typed, known, called in (("Ada", "", "Ada"), ("A.", "Ada Lovelace", "Ada Lovelace")):
        person = in_zoom.enter(uid=f"u_{typed}", attendrole="participant")
        if known:
            person.call("PATCH", "/api/me", json={"name": known})
        guest = in_zoom.enter(uid=None, attendrole="participant")
        guest.call("PATCH", "/api/me", json={"name": typed})
        again = in_zoom.enter(guest.joined["return_key"], uid=f"u_{typed}", attendrole="participant")
        assert again.joined["attendee"]["id"] == person.joined["attendee"]["id"]
        assert again.joined["attendee"]["name"] == called


def test_the_return_key_of_a_browser_is_nobodys_in_zoom(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    body = {"code": hanna.joined["event"]["code"]}
    visitor = in_zoom.client.post("/api/join", json=body).json
    guest = in_zoom.enter(visitor["return_key"], uid=None, attendrole="participant")
    member = in_zoom.enter(visitor["return_key"], uid="u_Ada", attendrole="participant")
    used = in_zoom.zoom.context(uid=None, attendrole="participant")
    in_zoom.session(context=used)
    assert in_zoom.session(context=used, return_key=visitor["return_key"]).status_code == 401
    assert len({visitor["attendee"]["id"], *(each.joined["attendee"]["id"] for each in (guest, member))}) == 3
    assert {each.platform for each in in_zoom.rows(Attendee) if each.id == visitor["attendee"]["id"]} == {
        "web"
    }


def test_launching_never_asks_zoom_anything(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    home(in_zoom, in_zoom.zoom.context())
    in_zoom.enter(uid="u_Ada", attendrole="participant")
    in_zoom.enter(uid=None, attendrole="attendee", typ="webinar")
    assert in_zoom.zoom.log == []


# ---- replay -----------------------------------------------------------------------------------------------------


def test_a_used_context_opens_nothing(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    context = in_zoom.zoom.context(uid="u_Ada", attendrole="participant")
    assert in_zoom.session(context=context).status_code == 200
    again = in_zoom.session(context=context)
    assert (again.status_code, error_of(again)["code"]) == (401, "used_context")


def test_a_context_used_by_the_home_page_opens_no_second_session(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    context = in_zoom.zoom.context()
    home(in_zoom, context)
    assert in_zoom.session(context=context).status_code == 401


def test_another_spelling_of_a_used_context_is_the_same_context(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    context = in_zoom.zoom.context()
    in_zoom.session(context=context)
    spelt = context.replace("-", "+").replace("_", "/")
    for other in (spelt, spelt + "=" * (-len(spelt) % 4), f" {context} "):
        assert in_zoom.session(context=other).status_code == 401


def test_a_used_context_with_ones_own_return_key_brings_one_back_and_proves_no_role(
    in_zoom: ZoomService,
) -> None:
    in_zoom.start_wall()
    context = in_zoom.zoom.context(uid="u_Ada", attendrole="host")
    ada = in_zoom.session(context=context).json
    in_zoom.enter(uid="u_Ada", attendrole="participant")
    back = in_zoom.session(context=context, return_key=ada["return_key"])
    assert back.status_code == 200
    assert back.json["attendee"]["id"] == ada["attendee"]["id"]
    assert back.json["attendee"]["role"] == "attendee"


def test_a_used_context_of_a_guest_brings_back_a_guest_and_nobody_who_is_known(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    used = in_zoom.zoom.context(uid=None, attendrole="participant")
    guest = in_zoom.session(context=used).json
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant").joined
    back = in_zoom.session(context=used, return_key=guest["return_key"])
    assert (back.status_code, back.json["attendee"]["id"]) == (200, guest["attendee"]["id"])
    assert in_zoom.session(context=used, return_key=ada["return_key"]).status_code == 401


def test_a_used_context_with_the_return_key_of_somebody_else_opens_nothing(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    guest = in_zoom.enter(uid=None, attendrole="participant")
    context = in_zoom.zoom.context(uid="u_Ada", attendrole="participant")
    in_zoom.session(context=context)
    for key in (hanna.joined["return_key"], guest.joined["return_key"]):
        assert in_zoom.session(context=context, return_key=key).status_code == 401


def test_used_contexts_are_forgotten_once_they_would_have_expired(in_zoom: ZoomService) -> None:
    from plugin.state.platform_models import UsedTicket
    from worker import sweeper

    in_zoom.session()
    assert len(in_zoom.rows(UsedTicket)) == 1
    sweeper.tidy(in_zoom.shop, 2_000_000_000_000.0)
    assert in_zoom.rows(UsedTicket) == []


# ---- starting a wall --------------------------------------------------------------------------------------------


def test_a_host_starts_a_wall_and_everybody_in_the_meeting_finds_it(in_zoom: ZoomService) -> None:
    first = in_zoom.session().json
    assert (first["event"], first["token"], first["meeting"]["can_start"]) == (None, None, True)
    hanna = in_zoom.start_wall(wall={"name": "Stand-up", "prompt": "Tea or coffee?"})
    assert hanna.joined["attendee"]["role"] == "host"
    assert hanna.joined["event"]["prompt"] == "Tea or coffee?"
    assert "/host/" in hanna.joined["desk_url"]
    assert hanna.get("/api/host")["event"]["name"] == "Stand-up"
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert ada.joined["event"]["code"] == hanna.joined["event"]["code"]
    assert ada.call("GET", "/api/host").status_code == 403


@pytest.mark.parametrize(
    ("fields", "role"),
    [
        ({}, "host"),
        ({"uid": "u_Ada", "attendrole": "co-host"}, "co_host"),
        ({"uid": None, "attendrole": "participant"}, "attendee"),
        ({"uid": None, "attendrole": None, "typ": "panel", "mid": None}, "attendee"),
    ],
)
def test_before_there_is_a_wall_everybody_is_told_what_they_are(
    in_zoom: ZoomService, fields: dict[str, Any], role: str
) -> None:
    assert in_zoom.session(context=fields).json["meeting"]["role"] == role


def test_whoever_waits_for_the_host_gets_in_without_another_proof(in_zoom: ZoomService) -> None:
    waiting = in_zoom.session(context={"uid": "u_Ada", "attendrole": "participant"}).json
    assert waiting["event"] is None
    assert waiting["meeting"]["can_start"] is False
    in_zoom.start_wall()
    ada = in_zoom.session(start_token=waiting["start_token"]).json
    assert ada["attendee"]["role"] == "attendee"
    assert ada["event"]["name"] == "Stand-up"


@pytest.mark.parametrize(
    "fields",
    [
        {"uid": "u_Ada", "attendrole": "participant"},
        {"uid": None, "attendrole": "participant"},
        {"uid": None, "attendrole": "attendee", "typ": "webinar"},
        {"uid": "u_Ada", "attendrole": "panelist", "typ": "webinar"},
        {"uid": None, "attendrole": None, "typ": "panel", "mid": None},
        {"uid": "u_Ada", "attendrole": "host", "typ": "panel", "mid": None},
    ],
)
def test_nobody_else_starts_a_wall(in_zoom: ZoomService, fields: dict[str, Any]) -> None:
    answer = in_zoom.session(context=fields).json
    assert answer["meeting"]["can_start"] is False
    opened = in_zoom.open_wall(answer["start_token"], name="Mine")
    assert (opened.status_code, error_of(opened)["code"]) == (403, "not_host")


def test_whoever_added_the_app_may_start_where_the_host_has_none(in_zoom: ZoomService) -> None:
    with in_zoom.shop.database.write() as session:
        session.add(
            Installation(
                platform="zoom",
                client_id="x",
                user_id="u_Ada",
                access_token="a",
                refresh_token="r",
                expires_at=0.0,
            )
        )
    ada = in_zoom.start_wall(uid="u_Ada", attendrole="participant")
    assert ada.joined["attendee"]["role"] == "attendee"  # Zoom says who hosts; the desk has its own link
    assert ada.joined["desk_url"]
    hanna = in_zoom.enter()
    assert hanna.joined["attendee"]["role"] == "host"


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_a_wall_without_a_start_token_is_a_401(in_zoom: ZoomService, token: str) -> None:
    assert in_zoom.open_wall(token, name="Mine").status_code == 401


def test_a_panel_token_or_a_handover_starts_no_wall(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    boot = boot_of(home(in_zoom, in_zoom.zoom.context(mid=OTHER)).text)
    for token in (hanna.token, hanna.joined["return_key"], boot["launch"]):
        assert in_zoom.open_wall(token, name="Mine").status_code == 401


def test_a_start_token_is_stale_after_an_hour(in_zoom: ZoomService, monkeypatch: pytest.MonkeyPatch) -> None:
    token = in_zoom.session().json["start_token"]
    monkeypatch.setattr(zoom_pages, "START_SECONDS", -1)
    assert in_zoom.open_wall(token, name="Mine").status_code == 401


def test_pressing_twice_starts_one_wall(in_zoom: ZoomService) -> None:
    token = in_zoom.session().json["start_token"]
    codes = [in_zoom.open_wall(token, name="Stand-up").json["event"]["code"] for _ in range(2)]
    assert codes[0] == codes[1]


def test_a_wall_without_a_name_is_refused_with_the_field(in_zoom: ZoomService) -> None:
    answer = in_zoom.open_wall(in_zoom.session().json["start_token"], name=" ")
    assert (answer.status_code, error_of(answer)["field"]) == (422, "name")


def test_a_built_in_picture_can_be_the_one_to_form(in_zoom: ZoomService) -> None:
    headers = {"Authorization": f"Bearer {in_zoom.session().json['start_token']}"}
    body = {"name": "Stand-up", "target_name": "coffee", "reviewed": True}
    answer = in_zoom.client.post("/api/zoom/walls", json=body, headers=headers)
    assert answer.status_code == 201
    assert answer.json["event"]["reviewed"] is True


def test_a_wall_without_a_picture_to_form_is_refused_with_the_field(in_zoom: ZoomService) -> None:
    headers = {"Authorization": f"Bearer {in_zoom.session().json['start_token']}"}
    answer = in_zoom.client.post("/api/zoom/walls", json={"name": "x"}, headers=headers)
    assert (answer.status_code, error_of(answer)["field"]) == (422, "target")


# ---- roles ------------------------------------------------------------------------------------------------------


def test_a_role_that_changes_in_the_meeting_changes_here(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert ada.call("GET", "/api/host").status_code == 403
    in_zoom.enter(uid="u_Ada", attendrole="co-host")
    assert ada.call("GET", "/api/host").status_code == 200
    in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert ada.call("GET", "/api/host").status_code == 403


def test_an_old_start_token_gives_nobody_back_a_role_that_was_taken(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    ada = in_zoom.session(context={"uid": "u_Ada", "attendrole": "co-host"}).json
    in_zoom.enter(uid="u_Ada", attendrole="participant")
    again = in_zoom.session(start_token=ada["start_token"]).json
    assert again["attendee"]["id"] == ada["attendee"]["id"]
    assert again["attendee"]["role"] == "attendee"
    assert Person(in_zoom, again["token"]).call("GET", "/api/host").status_code == 403


def test_what_the_page_says_about_roles_counts_for_nothing(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    hints = {"role": "host", "screenName": "Hanna", "participantUUID": "x", "meetingUUID": OTHER}
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant", hints=hints)
    assert ada.joined["attendee"]["role"] == "attendee"
    assert ada.joined["attendee"]["name"] == ""


# ---- rooms ------------------------------------------------------------------------------------------------------


def placed(service: ZoomService, person: Person, number: int) -> None:
    person.send(photo_bytes(number), name=f"Person {number}", story=f"Story {number}")
    service.run_jobs()


def test_main_room_and_breakout_rooms_are_one_event_and_a_room_sees_its_own_corner(
    in_zoom: ZoomService,
) -> None:
    hanna = in_zoom.start_wall(work=True)
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant", bmid=ROOM)
    ben = in_zoom.enter(uid="u_Ben", attendrole="participant", bmid=ROOM)
    assert ada.joined["event"]["code"] == hanna.joined["event"]["code"]
    assert ada.joined["meeting"]["room"] == ben.joined["meeting"]["room"] is not None
    for number, person in enumerate((hanna, ada, ben), 1):
        placed(in_zoom, person, number)
    corner = {each["name"] for each in ada.get("/api/people?room=mine")["people"]}
    assert corner == {"Person 2", "Person 3"}
    everybody = {each["name"] for each in ada.get("/api/people")["people"]}
    assert everybody == {"Person 1", "Person 2", "Person 3"}
    in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert {each["name"] for each in ada.get("/api/people?room=mine")["people"]} == {"Person 1", "Person 2"}


def test_a_room_that_names_its_meeting_only_in_the_page_is_led_to_it(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    hints = {"meetingUUID": ROOM, "parentUUID": MEETING}
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant", mid=ROOM, hints=hints)
    assert ada.joined["event"]["code"] == hanna.joined["event"]["code"]
    assert ada.joined["meeting"]["room"]


def test_a_hint_leads_nowhere_but_to_a_meeting_with_a_wall(in_zoom: ZoomService) -> None:
    answer = in_zoom.session(
        context={"mid": ROOM, "attendrole": "participant"}, hints={"parentUUID": MEETING}
    ).json
    assert answer["event"] is None
    assert [meeting.event_id for meeting in in_zoom.rows(Meeting)] == [None]


def test_a_host_of_one_meeting_is_no_host_of_another_by_a_hint(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    mallory = in_zoom.enter(uid="u_Mallory", attendrole="host", mid=OTHER, hints={"parentUUID": MEETING})
    assert mallory.joined["event"]["code"] == hanna.joined["event"]["code"]
    assert mallory.joined["attendee"]["role"] == "attendee"
    assert mallory.call("GET", "/api/host").status_code == 403
    hinted = in_zoom.enter(attendrole="participant", mid=OTHER, hints={"parentUUID": MEETING})
    assert hinted.joined["attendee"]["id"] == hanna.joined["attendee"]["id"]


def test_a_hint_never_leads_away_from_the_meeting_that_was_signed(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    in_zoom.start_wall(mid=OTHER, uid="u_Mallory")
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant", hints={"parentUUID": OTHER})
    assert ada.joined["event"]["code"] == hanna.joined["event"]["code"]


@pytest.mark.parametrize("hints", [7, [], "x", {"parentUUID": 7}, {"parentUUID": "x" * 5000}, None])
def test_hints_of_the_wrong_kind_are_ignored(in_zoom: ZoomService, hints: Any) -> None:
    body = {"context": in_zoom.zoom.context(), "hints": hints}
    assert in_zoom.client.post("/api/zoom/session", json=body).status_code == 200


# ---- webinars ---------------------------------------------------------------------------------------------------


def test_an_attendee_of_a_webinar_is_a_welcome_guest(in_zoom: ZoomService) -> None:
    in_zoom.start_wall(typ="webinar", work=True)
    guest = in_zoom.enter(uid=None, typ="webinar", attendrole="attendee")
    assert guest.joined["meeting"]["kind"] == "webinar"
    placed(in_zoom, guest, 1)
    assert guest.photo()["state"] == "placed"


def test_a_webinar_whose_context_names_no_meeting_is_known_by_what_the_page_says(
    in_zoom: ZoomService,
) -> None:
    hints = {"meetingUUID": MEETING}
    waiting = in_zoom.session(context={"typ": "webinar", "mid": None}, hints=hints).json
    assert waiting["meeting"]["can_start"]
    opened = in_zoom.open_wall(waiting["start_token"], name="Keynote").json
    assert opened["attendee"]["role"] == "host"
    guest = in_zoom.enter(uid=None, typ="webinar", mid=None, attendrole="attendee", hints=hints)
    assert guest.joined["event"]["code"] == opened["event"]["code"]
    mallory = in_zoom.enter(uid="u_Mallory", typ="webinar", mid=None, attendrole="host", hints=hints)
    assert mallory.joined["attendee"]["role"] == "attendee"
    # What only a page said is never the same as the meeting that Zoom signs.
    assert in_zoom.session(context={"uid": "u_Ada"}).json["event"] is None


# ---- again and again --------------------------------------------------------------------------------------------


def test_a_meeting_that_comes_again_can_be_pointed_to_its_earlier_wall(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    again = in_zoom.session(context={"mid": OTHER}).json
    (earlier,) = again["meeting"]["earlier"]
    assert earlier == {"code": hanna.joined["event"]["code"], "name": "Stand-up", "ended_days_ago": 0}
    opened = in_zoom.open_wall(again["start_token"], earlier_code=earlier["code"])
    assert opened.status_code == 201
    assert opened.json["attendee"]["id"] == hanna.joined["attendee"]["id"]
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant", mid=OTHER)
    assert ada.joined["event"]["code"] == earlier["code"]


def test_the_newest_five_walls_are_offered_with_the_days_since_they_ended(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    day = 86_400
    with in_zoom.shop.database.write() as session:
        first = session.scalars(select(Event)).one()
        session.scalars(select(Meeting)).one().ended_at = time.time() - 3 * day - 1
    assert [each["ended_days_ago"] for each in earlier_of(in_zoom)] == [3]
    assert hanna.joined["meeting"]["earlier"] == []  # the one that is here is no earlier one
    with in_zoom.shop.database.write() as session:
        for number in range(5):
            event = Event(
                code=f"WALLS{number}",
                name=f"Wall {number}",
                prompt="?",
                host_key_digest=b"",
                opener=first.opener,
                created_at=time.time() - number * day - 1,
            )
            session.add(event)
            session.flush()
    found = earlier_of(in_zoom)
    assert [each["name"] for each in found] == [f"Wall {number}" for number in (4, 3, 2, 1, 0)]
    assert [each["ended_days_ago"] for each in found] == [4, 3, 2, 1, 0]


def earlier_of(in_zoom: ZoomService) -> list[dict[str, Any]]:
    """The walls that Hanna is offered in a meeting that has none."""
    found: list[dict[str, Any]] = in_zoom.session(context={"mid": OTHER}).json["meeting"]["earlier"]
    return found


def test_a_meeting_with_a_new_wall_can_still_be_pointed_to_the_earlier_one(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    second = in_zoom.start_wall(mid=OTHER, wall={"name": "By mistake"})
    code = hanna.joined["event"]["code"]
    opened = in_zoom.open_wall(second.joined["start_token"], earlier_code=code)
    assert opened.json["event"]["code"] == code


def test_nobody_takes_up_the_wall_of_another_host(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    mallory = in_zoom.session(context={"uid": "u_Mallory", "mid": OTHER}).json
    assert mallory["meeting"]["earlier"] == []
    for code in (hanna.joined["event"]["code"], "NOSUCH"):
        answer = in_zoom.open_wall(mallory["start_token"], earlier_code=code)
        assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_code")
    assert in_zoom.session(context={"uid": "u_Mallory", "mid": OTHER}).json["event"] is None


def test_a_wall_opened_in_a_browser_is_nobodys_earlier_wall(in_zoom: ZoomService) -> None:
    event = in_zoom.open_event(work=False)
    guest_host = in_zoom.session(context={"uid": None, "mid": OTHER}).json
    for token in (guest_host["start_token"], in_zoom.session(context={"mid": OTHER}).json["start_token"]):
        assert in_zoom.open_wall(token, earlier_code=event.code).status_code == 404


def test_in_the_main_client_a_host_finds_the_newest_wall_or_the_one_that_a_link_names(
    in_zoom: ZoomService,
) -> None:
    first = in_zoom.start_wall()
    second = in_zoom.start_wall(mid=OTHER, wall={"name": "Second"})
    outside = {"typ": "panel", "mid": None, "attendrole": None}
    assert in_zoom.enter(**outside).joined["event"]["name"] == "Second"
    act = json.dumps({"code": first.joined["event"]["code"]})
    named = in_zoom.enter(act=act, **outside)
    assert named.joined["event"]["code"] == first.joined["event"]["code"]
    assert named.joined["attendee"]["role"] == "host"
    stranger = in_zoom.session(context={"uid": "u_Mallory", "act": act} | outside).json
    assert stranger["event"] is None
    assert second.joined["event"]["code"] != first.joined["event"]["code"]


def test_who_looks_at_a_meeting_that_somebody_else_has_just_made_known_finds_its_wall(
    in_zoom: ZoomService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes look for the meeting at once and find none; the database lets one of them write it down."""
    hanna = in_zoom.start_wall()
    looks = []
    find_meeting = meetings.find_meeting

    def too_early(session: Any, platform: str, meeting: str) -> Meeting | None:
        looks.append(meeting)
        return None if len(looks) == 1 else find_meeting(session, platform, meeting)

    monkeypatch.setattr(meetings, "find_meeting", too_early)
    page = home(in_zoom, in_zoom.zoom.context(uid="u_Ada", attendrole="participant"))
    assert (page.status_code, boot_of(page.text)["code"]) == (200, hanna.joined["event"]["code"])


# ---- what is kept -----------------------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_ids_of_meetings_and_rooms_are_kept_as_hashes_only(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    in_zoom.enter(uid="u_Ada", attendrole="participant", bmid=ROOM, hints={"parentUUID": OTHER})
    database = (in_zoom.settings.data_folder / "mosaic.sqlite3").read_bytes()
    journal = in_zoom.settings.data_folder / "mosaic.sqlite3-wal"
    everything = database + (journal.read_bytes() if journal.exists() else b"")
    for each in (MEETING, ROOM, OTHER):
        assert each.encode() not in everything


def test_a_meeting_is_found_by_the_hash_that_earlier_versions_kept_and_an_unsigned_one_by_another() -> None:
    assert hashed("zoom", MEETING) == hashlib.sha256(f"zoom:{MEETING}".encode()).hexdigest()
    unsigned = hashlib.sha256(f"zoom:unsigned {MEETING}".encode()).hexdigest()
    assert hashed("zoom", MEETING, signed=False) == unsigned
    assert hashed("zoom", "") == hashed("zoom", "", signed=False) == ""


def test_a_name_a_title_and_the_search_for_it(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall(work=True)
    changed = hanna.call("PATCH", "/api/me", json={"name": "Hanna", "title": "Head of Events,  Acme\n"})
    assert changed.json["title"] == "Head of Events, Acme"
    placed(in_zoom, hanna, 1)
    assert hanna.get("/api/people?q=acme")["people"][0]["title"] == "Head of Events, Acme"
    too_long = hanna.call("PATCH", "/api/me", json={"title": "x" * 81})
    assert (too_long.status_code, error_of(too_long)["field"]) == (422, "title")
    assert hanna.call("PATCH", "/api/me", json={"title": ""}).json["title"] == ""


def test_two_people_at_once_open_the_same_meeting(in_zoom: ZoomService) -> None:
    from concurrent.futures import ThreadPoolExecutor

    contexts = [in_zoom.zoom.context(uid=f"u_{number % 3}") for number in range(12)]

    def open_panel(context: str) -> int:
        client = in_zoom.app.test_client()
        return client.post("/api/zoom/session", json={"context": context}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(open_panel, contexts)) == {200}
    assert len(in_zoom.rows(Meeting)) == 1
    in_zoom.start_wall()
    contexts = [in_zoom.zoom.context(uid=f"u_{number % 3}") for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(open_panel, contexts)) == {200}
    proved = [each for each in in_zoom.rows(Attendee) if each.platform == "zoom"]
    assert len(proved) == 4


# ---- a platform without credentials -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/zoom/home"),
        ("GET", "/zoom/"),
        ("GET", "/zoom/install"),
        ("GET", "/zoom/callback"),
        ("POST", "/zoom/notices"),
        ("POST", "/api/zoom/session"),
        ("POST", "/api/zoom/walls"),
        ("GET", "/api/zoom/authorize"),
        ("POST", "/api/zoom/onauthorized"),
        ("GET", "/zoomverify/verifyzoom.html"),
    ],
)
def test_without_credentials_there_is_no_zoom(service: Service, method: str, path: str) -> None:
    assert service.client.open(path, method=method, json={}).status_code == 404
