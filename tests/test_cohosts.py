"""Who hosts a wall together: what a host may decide about it, what nobody else may, and that it counts at once."""

from typing import Any

import pytest
from sqlalchemy import select, update

from plugin.state.models import Attendee, Reachability, Tenant
from tests.factories import Person, Service, error_of
from tests.teams_cast import TeamsService
from tests.test_join import KEY
from tests.test_powers import role_by_ticket
from tests.test_teams_places import desk_of
from tests.zoom_cast import ZoomService


def decide(host: Person, about: Person, role: Any) -> tuple[int, str]:
    """(status, code) of making somebody a co-host, or an attendee again."""
    path = f"/api/host/people/{about.joined['attendee']['id']}/role"
    answer = host.call("POST", path, json={"role": role})
    return answer.status_code, "" if answer.status_code == 200 else error_of(answer)["code"]


def named(person: Person, name: str) -> Person:
    assert person.call("PATCH", "/api/me", json={"name": name}).status_code == 200
    return person


def found(host: Person, query: str) -> list[str]:
    return [each["name"] for each in host.get(f"/api/host/co-hosts/candidates?q={query}")["people"]]


def is_host(person: Person) -> bool:
    return person.call("GET", "/api/host").status_code == 200


# ---- naming and taking back -------------------------------------------------------------------------------------


def test_a_co_host_is_one_at_once_with_the_token_that_they_have_and_none_at_once_after(
    in_teams: TeamsService,
) -> None:
    place = in_teams.configured("hanna")["place"]
    hanna, ada = in_teams.enter("hanna", place), named(in_teams.enter("ada", place), "Ada Lovelace")
    assert not is_host(ada)
    assert found(hanna, "ada") == ["Ada Lovelace"]
    assert decide(hanna, ada, "co_host") == (200, "")
    assert is_host(ada)
    assert ada.get("/api/me")["attendee"]["role"] == "co_host"
    assert found(hanna, "ada") == []  # is one already
    assert decide(hanna, ada, "attendee") == (200, "")
    assert not is_host(ada)
    assert ada.call("POST", "/api/host/state", json={"state": "closed"}).status_code == 403


def test_a_host_at_the_desk_of_the_browser_decides_as_well(in_teams: TeamsService) -> None:
    saved = in_teams.configured("hanna")
    desk, ada = desk_of(in_teams, saved), in_teams.enter("ada", saved["place"])
    hanna = in_teams.enter("hanna", saved["place"])
    assert decide(desk, ada, "co_host") == (200, "")
    listed = desk.get("/api/host/co-hosts")
    assert listed["may_name"] is True
    assert {each["id"]: (each["role"], each["may_take"]) for each in listed["people"]} == {
        hanna.joined["attendee"]["id"]: ("host", False),
        ada.joined["attendee"]["id"]: ("co_host", True),
    }
    assert not any(each["is_you"] for each in listed["people"])  # the desk is nobody of the meeting
    assert ada.get("/api/host/co-hosts")["may_name"] is False
    own = ada.joined["attendee"]["id"]
    assert [each["id"] for each in ada.get("/api/host/co-hosts")["people"] if each["is_you"]] == [own]
    assert not any(each["may_take"] for each in ada.get("/api/host/co-hosts")["people"])


def test_what_a_host_decided_outlasts_what_the_platform_says_at_the_next_opening(
    in_zoom: ZoomService,
) -> None:
    hanna = in_zoom.start_wall()
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert decide(hanna, ada, "co_host") == (200, "")
    assert in_zoom.enter(uid="u_Ada", attendrole="participant").joined["attendee"]["role"] == "co_host"
    ben = in_zoom.enter(uid="u_Ben", attendrole="co-host")
    assert is_host(ben)
    assert decide(hanna, ben, "attendee") == (200, "")
    assert in_zoom.enter(uid="u_Ben", attendrole="co-host").joined["attendee"]["role"] == "attendee"
    # Whom the platform makes the host of the meeting is its host.
    assert in_zoom.enter(uid="u_Ben", attendrole="host").joined["attendee"]["role"] == "host"


def test_people_with_tickets_of_a_web_tenant_are_named_like_any_others(service: Service) -> None:
    with service.shop.database.write() as session:
        session.add(Tenant(platform="web", external_id="acme", name="Acme", ticket_key=KEY))
    event = service.open_event(work=False)
    assert role_by_ticket(service, event.code, jti="1") == "attendee"
    host = event.host()
    with service.shop.database.read() as session:
        number = session.scalars(select(Attendee.id).where(Attendee.tenant == "acme")).one()
    assert decide(host, Person(service, "", {"attendee": {"id": number}}), "co_host") == (200, "")
    assert role_by_ticket(service, event.code, jti="2") == "co_host"


# ---- who may not, and who cannot be --------------------------------------------------------------------------------


def test_a_co_host_makes_no_hosts_in_any_way(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")["place"]
    hanna, ada, ben = (in_teams.enter(who, place) for who in ("hanna", "ada", "ben"))
    in_teams.configured("ben", kind="same")
    (waiting,) = hanna.get("/api/host/co-hosts")["waiting"]
    assert decide(hanna, ada, "co_host") == (200, "")
    assert decide(ada, ben, "co_host") == (403, "not_host")
    assert decide(ada, hanna, "attendee") == (403, "not_host")
    assert ada.get("/api/host/co-hosts")["waiting"] == []
    for path, body in (
        ("/api/host/code", {}),
        (f"/api/host/co-hosts/{waiting['id']}", {"decision": "confirm"}),
    ):
        answer = ada.call("POST", path, json=body)
        assert (answer.status_code, error_of(answer)["code"]) == (403, "not_host")
    assert ada.call("GET", "/api/host/co-hosts/candidates?q=ben").status_code == 403
    assert not is_host(ben)


def test_guests_paused_and_removed_people_and_those_of_other_events_are_never_named(
    in_teams: TeamsService,
) -> None:
    place = in_teams.configured("hanna")["place"]
    hanna, ada, ben = (in_teams.enter(who, place) for who in ("hanna", "ada", "ben"))
    guest = named(in_teams.enter(None, place), "Gus Guest")
    assert decide(hanna, guest, "co_host") == (403, "not_proved")
    assert found(hanna, "gus") == []
    number = ada.joined["attendee"]["id"]
    hanna.call("POST", f"/api/host/people/{number}", json={"paused": True})
    assert decide(hanna, ada, "co_host") == (409, "paused")
    hanna.call("POST", f"/api/host/people/{number}", json={"paused": False})
    with in_teams.shop.database.write() as session:
        session.execute(update(Attendee).where(Attendee.id == number).values(removed_at=1.0))
    assert decide(hanna, ada, "co_host") == (404, "nobody")
    elsewhere = in_teams.open_event(work=False).host()
    assert decide(elsewhere, ben, "co_host") == (404, "nobody")


@pytest.mark.parametrize("role", ["host", "organizer", "", None, 7, ["co_host"], {"role": "co_host"}])
def test_nothing_else_can_be_made_of_anybody(in_teams: TeamsService, role: Any) -> None:
    place = in_teams.configured("hanna")["place"]
    hanna, ada = in_teams.enter("hanna", place), in_teams.enter("ada", place)
    assert decide(hanna, ada, role)[0] == 422
    assert not is_host(ada)


# ---- there always is a host ------------------------------------------------------------------------------------


def test_whoever_started_the_wall_stays_its_host_whatever_others_wish(in_teams: TeamsService) -> None:
    saved = in_teams.configured("hanna")
    hanna, desk = in_teams.enter("hanna", saved["place"]), desk_of(in_teams, saved)
    code = hanna.call("POST", "/api/host/code").json["code"]
    ada = in_teams.enter("ada", in_teams.configured("ada", kind="code", host_code=code)["place"])
    assert ada.joined["attendee"]["role"] == "host"
    for whom in (hanna, desk, ada):
        assert decide(ada, whom, "attendee") == (409, "is_host")
    for who in (hanna, desk):
        assert decide(who, hanna, "attendee") == (409, "is_host")
        assert decide(who, hanna, "co_host") == (409, "is_host")
        assert decide(who, desk, "attendee") == (409, "is_host")
    assert decide(hanna, ada, "attendee") == (200, "")
    assert not is_host(ada)
    assert is_host(hanna)


def test_whoever_erased_themselves_is_no_co_host_when_they_come_back(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")["place"]
    hanna, ada = in_teams.enter("hanna", place), in_teams.enter("ada", place)
    decide(hanna, ada, "co_host")
    assert ada.call("DELETE", "/api/me").status_code == 202
    assert in_teams.enter("ada", place).joined["attendee"]["role"] == "attendee"


# ---- looking for somebody ---------------------------------------------------------------------------------------


def test_nobody_is_found_whom_this_host_does_not_see_elsewhere(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")["place"]
    hanna = in_teams.enter("hanna", place)
    ada, ben = named(in_teams.enter("ada", place), "Ada Lovelace"), in_teams.enter("ben", place)
    assert found(hanna, "") == found(hanna, "%25") == found(hanna, "_") == []
    assert found(hanna, "LOVE ada") == ["Ada Lovelace"]
    assert found(hanna, "ben") == []  # has not given a name
    named(ben, "Ben Bitdiddle")
    ben.call("PATCH", "/api/me", json={"reachability": Reachability.HIDDEN.value})
    assert found(hanna, "ben") == []
    hanna.send(name="Hanna")
    in_teams.run_jobs()
    ada.call("POST", "/api/block", json={"photo": hanna.photo()["id"]})
    assert found(hanna, "ada") == []
