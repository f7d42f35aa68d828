"""What makes somebody a host, how long it does, and what nobody becomes a host by."""

import time
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from sqlalchemy import update

from plugin.people import tenants
from plugin.state.models import Attendee, Role, Tenant
from plugin.state.platform_models import Meeting
from plugin.web.views import platform as platform_pages
from tests.factories import Service, error_of
from tests.fake_zoom.server import CLIENT_ID
from tests.test_join import KEY, launch, ticket
from tests.test_zoom_session import OTHER, ROOM
from tests.zoom_cast import MEETING, ZoomService

GUEST_CO_HOST = {"uid": None, "attendrole": "co-host"}


# ---- start tokens -----------------------------------------------------------------------------------------------


def test_a_start_token_used_five_times_is_one_person(in_zoom: ZoomService) -> None:
    token = in_zoom.session(context=GUEST_CO_HOST).json["start_token"]
    answers = [in_zoom.open_wall(token, name="Stand-up") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["attendee"]["id"] for answer in answers}) == 1
    assert [each.role for each in in_zoom.rows(Attendee)] == [Role.CO_HOST]
    for _ in range(5):
        in_zoom.session(start_token=token)
    assert len(in_zoom.rows(Attendee)) == 1


def test_a_guest_who_waits_is_one_person_however_often_they_look(in_zoom: ZoomService) -> None:
    waiting = in_zoom.session(context={"uid": None, "attendrole": "participant"}).json
    in_zoom.start_wall()
    looks = [in_zoom.session(start_token=waiting["start_token"]).json for _ in range(3)]
    assert len({look["attendee"]["id"] for look in looks}) == 1
    again = in_zoom.session(start_token=looks[0]["start_token"]).json
    assert again["attendee"]["id"] == looks[0]["attendee"]["id"]


def test_the_start_token_of_somebody_makes_nobody_else(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    guest = in_zoom.enter(uid=None, attendrole="participant")
    for _ in range(3):
        again = in_zoom.session(start_token=guest.joined["start_token"]).json
        assert again["attendee"]["id"] == guest.joined["attendee"]["id"]


def test_a_host_of_five_minutes_ago_opens_nothing(
    in_zoom: ZoomService, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = in_zoom.session(context={"uid": "u_Ada", "attendrole": "co-host"}).json["start_token"]
    monkeypatch.setattr(platform_pages, "FRESH_SECONDS", -1)
    opened = in_zoom.open_wall(token, name="Mine")
    assert (opened.status_code, error_of(opened)["code"]) == (401, "expired_context")
    looked = in_zoom.session(start_token=token)
    assert (looked.status_code, error_of(looked)["code"]) == (401, "expired_context")
    waiting = in_zoom.session(context={"uid": "u_Ben", "attendrole": "participant"}).json["start_token"]
    assert in_zoom.session(start_token=waiting).status_code == 200


@pytest.mark.parametrize(("seconds", "status"), [(299, 201), (301, 401)])
def test_what_a_host_was_signed_with_serves_for_five_minutes(
    in_zoom: ZoomService, monkeypatch: pytest.MonkeyPatch, seconds: int, status: int
) -> None:
    token = in_zoom.session(context={"uid": "u_Ada", "attendrole": "host"}).json["start_token"]
    now = int(time.time())
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _signer: now + seconds)
    assert in_zoom.open_wall(token, name="Mine").status_code == status


def test_a_co_host_who_is_none_any_more_moves_no_wall(in_zoom: ZoomService) -> None:
    earlier = in_zoom.start_wall(uid="u_Ada", mid=OTHER).joined["event"]["code"]
    in_zoom.start_wall()
    ada = in_zoom.session(context={"uid": "u_Ada", "attendrole": "co-host"}).json
    assert ada["attendee"]["role"] == "co_host"
    in_zoom.enter(uid="u_Ada", attendrole="participant")
    moved = in_zoom.open_wall(ada["start_token"], earlier_code=earlier)
    assert (moved.status_code, error_of(moved)["code"]) == (403, "not_host")
    again = in_zoom.open_wall(ada["start_token"], name="Mine")
    assert again.status_code == 403


def test_what_was_signed_before_puts_nobody_in_charge(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    ada = in_zoom.session(context={"uid": "u_Ada", "attendrole": "co-host"}).json
    assert (ada["meeting"]["role"], ada["meeting"]["can_pin"]) == ("co_host", True)
    in_zoom.enter(uid="u_Ada", attendrole="participant")
    looked = in_zoom.session(start_token=ada["start_token"]).json
    assert (looked["meeting"]["role"], looked["meeting"]["can_pin"]) == ("attendee", False)


# ---- rooms and webinars -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fields", [{"mid": MEETING, "bmid": ROOM}, {"mid": ROOM, "pid": MEETING}])
def test_a_breakout_room_belongs_to_its_meeting_however_zoom_spells_it(
    in_zoom: ZoomService, fields: dict[str, str]
) -> None:
    begun = in_zoom.start_wall(uid="u_Ada", attendrole="co-host", **fields)
    main = in_zoom.enter(uid="u_Ben", attendrole="participant")
    assert main.joined["event"]["code"] == begun.joined["event"]["code"]
    assert main.joined["meeting"]["room"] is None
    assert begun.joined["meeting"]["room"]
    hinted = in_zoom.enter(uid="u_Eve", attendrole="participant", hints={"parentUUID": OTHER}, **fields)
    assert hinted.joined["event"]["code"] == begun.joined["event"]["code"]


def test_both_spellings_are_the_same_room(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    one = in_zoom.enter(uid="u_Ada", attendrole="participant", mid=MEETING, bmid=ROOM)
    other = in_zoom.enter(uid="u_Ben", attendrole="participant", mid=ROOM, pid=MEETING)
    assert one.joined["meeting"]["room"] == other.joined["meeting"]["room"] is not None


WEBINAR: dict[str, Any] = {"typ": "webinar", "mid": None}
HINTS = {"meetingUUID": MEETING}


def squatted(in_zoom: ZoomService) -> str:
    """Another webinar's host says that theirs is this one, and opens a wall."""
    mallory = in_zoom.session(context=WEBINAR | {"uid": "u_Mallory"}, hints=HINTS).json
    opened = in_zoom.open_wall(mallory["start_token"], name="Mine")
    assert opened.status_code == 201
    code: str = opened.json["event"]["code"]
    return code


def test_the_host_whom_zoom_signs_takes_a_webinar_back_from_whoever_only_said_so(
    in_zoom: ZoomService,
) -> None:
    code = squatted(in_zoom)
    guest = in_zoom.enter(uid=None, attendrole="attendee", hints=HINTS, **WEBINAR)
    assert guest.joined["event"]["code"] == code
    hanna = in_zoom.start_wall(typ="webinar", wall={"name": "Keynote"})
    assert hanna.joined["event"]["code"] != code
    again = in_zoom.enter(uid=None, attendrole="attendee", hints=HINTS, **WEBINAR)
    assert again.joined["event"]["code"] == hanna.joined["event"]["code"]
    mallory = in_zoom.enter(uid="u_Mallory", attendrole="host", hints=HINTS, **WEBINAR)
    assert mallory.joined["event"]["code"] == hanna.joined["event"]["code"]
    assert mallory.joined["attendee"]["role"] == "attendee"


def test_a_host_who_opened_it_unsigned_and_is_signed_later_keeps_the_wall(in_zoom: ZoomService) -> None:
    waiting = in_zoom.session(context=WEBINAR, hints=HINTS).json
    opened = in_zoom.open_wall(waiting["start_token"], name="Keynote").json
    signed = in_zoom.enter(typ="webinar")
    assert signed.joined["event"]["code"] == opened["event"]["code"]
    assert signed.joined["attendee"]["role"] == "host"
    ada = in_zoom.enter(uid="u_Ada", typ="webinar", attendrole="panelist")
    assert ada.joined["event"]["code"] == opened["event"]["code"]
    other_host = in_zoom.enter(uid="u_Ben", typ="webinar", attendrole="host")
    assert other_host.joined["event"]["code"] == opened["event"]["code"]


def test_a_host_code_moves_no_meeting_that_is_only_said_to_be_one(in_zoom: ZoomService) -> None:
    event, code = host_code(in_zoom)
    waiting = in_zoom.session(context=WEBINAR, hints=HINTS).json
    refused = in_zoom.open_wall(waiting["start_token"], host_code=code)
    assert (refused.status_code, error_of(refused)["code"]) == (409, "no_meeting")
    inside = in_zoom.session(context={"uid": "u_Ada", "attendrole": "host"}).json
    opened = in_zoom.open_wall(inside["start_token"], host_code=code)  # it is not spent
    assert opened.status_code == 201
    assert opened.json["event"]["code"] == event.code


def test_when_a_meeting_was_seen_is_noted_once_a_minute(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()

    def seen_at() -> float:
        return in_zoom.rows(Meeting)[0].seen_at

    before = seen_at()
    in_zoom.enter(uid="u_Ada")
    assert seen_at() == before
    with in_zoom.shop.database.write() as session:
        session.execute(update(Meeting).values(seen_at=before - 61))
    in_zoom.enter(uid="u_Ada")
    assert seen_at() >= before


def test_which_of_our_apps_a_meeting_uses_is_noted_at_once(in_zoom: ZoomService) -> None:
    """What we send into the meeting goes by that app."""
    in_zoom.start_wall()
    with in_zoom.shop.database.write() as session:
        session.execute(update(Meeting).values(client_id="another", seen_at=time.time()))
    in_zoom.enter(uid="u_Ada")
    assert in_zoom.rows(Meeting)[0].client_id == CLIENT_ID


# ---- tickets ----------------------------------------------------------------------------------------------------


@pytest.fixture
def acme(service: Service) -> Service:
    with service.shop.database.write() as session:
        session.add(Tenant(platform="web", external_id="acme", name="Acme", ticket_key=KEY))
    return service


def role_by_ticket(acme: Service, code: str, **claims: Any) -> str:
    answer = launch(acme, ticket(code, **claims))
    assert answer.status_code == 303, answer.text
    handover = answer.headers["Location"].partition("#launch=")[2]
    joined = acme.client.post("/api/join", json={"code": code, "launch": handover}).json
    role: str = joined["attendee"]["role"]
    return role


def test_a_tenant_hosts_only_where_it_was_let_in(acme: Service) -> None:
    event, other = acme.open_event(work=False), acme.open_event(work=False)
    assert role_by_ticket(acme, event.code, role="host", jti="1") == "attendee"
    tenants.let_in(acme.shop.database, "web", "acme", event.code)
    tenants.let_in(acme.shop.database, "web", "acme", event.code)
    assert role_by_ticket(acme, event.code, role="host", jti="2") == "host"
    assert role_by_ticket(acme, other.code, role="co_host", jti="3") == "attendee"
    assert role_by_ticket(acme, other.code, role="attendee", jti="4") == "attendee"


def test_a_key_that_a_host_made_for_themselves_counts_in_their_own_events_only(service: Service) -> None:
    """It vouches for nobody elsewhere, whatever role its tickets tell."""
    own, other = service.open_event(work=False), service.open_event(work=False)
    database = service.shop.database
    key = tenants.new_key_for(database, "hanna", "Hanna", [1])
    assert role_by_ticket(service, own.code, kid="hanna", key=key, role="host", jti="1") == "host"
    for number, role in enumerate(("host", "attendee")):
        answer = launch(service, ticket(other.code, kid="hanna", key=key, role=role, jti=f"other-{number}"))
        refused = service.client.post(
            "/api/join",
            json={"code": other.code, "launch": answer.headers.get("Location", "").partition("#launch=")[2]},
        )
        assert (answer.status_code, refused.status_code) != (303, 200)
        assert "another event" in f"{answer.text}{refused.text}"


def test_a_ticket_counts_from_its_time_on(acme: Service) -> None:
    event = acme.open_event(work=False)
    now = int(time.time())
    for begins in (now + 120, "soon", True):
        assert launch(acme, ticket(event.code, nbf=begins, jti=f"{begins}")).status_code == 401
    assert role_by_ticket(acme, event.code, nbf=now - 5, jti="now") == "attendee"


@pytest.mark.parametrize(
    ("told", "shown"),
    [("Ada\u0000\nLovelace", "Ada Lovelace"), ("x" * 80, "x" * 80), ("\u200b", ""), ("www.example.com", "")],
)
def test_a_name_in_a_ticket_is_cleaned_like_a_typed_one(acme: Service, told: str, shown: str) -> None:
    event = acme.open_event(work=False)
    role_by_ticket(acme, event.code, name=told)
    with acme.shop.database.read() as session:
        (ada,) = [each for each in session.query(Attendee) if each.tenant == "acme"]
    assert ada.name == shown


# ---- floods -----------------------------------------------------------------------------------------------------


def test_guests_of_a_platform_share_the_budget_of_their_network(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    for _ in range(2):
        in_zoom.enter(uid=None, attendrole="participant")
    marks = {each.came_from for each in in_zoom.rows(Attendee) if not each.user_id.startswith("u_")}
    assert len(marks) == 1
    assert None not in marks


# ---- host codes in the panel ------------------------------------------------------------------------------------


def host_code(service: Service) -> tuple[Any, str]:
    event = service.open_event(work=False)
    made = event.host().call("POST", "/api/host/code", json={})
    return event, str(made.json["code"])


def test_a_host_code_makes_its_bearer_a_co_host_once_and_a_host_takes_it_back(service: Service) -> None:
    event, code = host_code(service)
    ada, ben = event.join(), event.join()
    assert ada.call("POST", "/api/host/enter", json={"host_code": code}).status_code == 200
    assert ada.get("/api/me")["attendee"]["role"] == "co_host"
    assert ada.get("/api/host")["event"]["state"] == "open"
    assert (
        error_of(ben.call("POST", "/api/host/enter", json={"host_code": code}))["code"] == "unknown_host_code"
    )
    host = event.host()
    (found,) = host.get("/api/host/co-hosts")["people"]
    assert found["may_take"] is True
    host.call("POST", f"/api/host/people/{found['id']}/role", json={"role": "attendee"})
    assert ada.call("GET", "/api/host").status_code == 403


def test_a_host_code_of_another_event_makes_nobody_anything(service: Service) -> None:
    _, code = host_code(service)
    ada = service.open_event(work=False, name="Another").join()
    assert ada.call("POST", "/api/host/enter", json={"host_code": code}).status_code == 404
    for wrong in ("", "BCDF-GHJK-MNPQ", None, 7):
        assert ada.call("POST", "/api/host/enter", json={"host_code": wrong}).status_code == 404
    assert ada.get("/api/me")["attendee"]["role"] == "attendee"


def test_who_is_paused_becomes_no_host_by_a_code(service: Service) -> None:
    event, code = host_code(service)
    ada = event.join()
    me = ada.get("/api/me")["attendee"]["id"]
    event.host().call("POST", f"/api/host/people/{me}", json={"paused": True})
    refused = ada.call("POST", "/api/host/enter", json={"host_code": code})
    assert (refused.status_code, error_of(refused)["code"]) == (409, "paused")
