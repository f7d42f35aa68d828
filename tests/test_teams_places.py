"""A tab is set up, and who gets into the wall behind it: by its key, and by nothing else."""

import time
from typing import Any

import pytest
from sqlalchemy import select, update

from plugin.state.models import Attendee, Event
from plugin.state.platform_models import HostCode, Meeting, Setup
from tests.factories import Person, error_of, photo_bytes
from tests.fake_teams.server import ACME, ADA, GLOBEX
from tests.teams_cast import BASE_URL, CHAT, NEW, TeamsService


def desk_of(in_teams: TeamsService, place: dict[str, Any]) -> Person:
    """The desk of a wall, by the host link that the save gave."""
    address, _, host_key = place["desk_url"].partition("#")
    body = {"code": address.rpartition("/")[2], "host_key": host_key}
    joined = in_teams.client.post("/api/join", json=body)
    assert joined.status_code == 200, joined.text
    return Person(in_teams, joined.json["token"], joined.json)


def people(in_teams: TeamsService) -> list[Attendee]:
    with in_teams.shop.database.read() as session:
        return list(session.scalars(select(Attendee).where(Attendee.platform == "teams")))


# ---- the first save ---------------------------------------------------------------------------------------------


def test_whoever_saves_is_the_host_and_everybody_with_the_tab_comes_in(in_teams: TeamsService) -> None:
    assert in_teams.look("hanna") == {"state": "free", "name": "", "earlier": []}
    place = in_teams.configured("hanna")
    assert place["state"] == "ready"
    assert place["name"] == "Weekly coffee"
    assert place["content_url"] == f"{BASE_URL}/teams/home?tab={place['place']}"
    assert place["website_url"] == f"{BASE_URL}/e/{place['event']['code']}"
    assert place["desk_url"].startswith(f"{BASE_URL}/host/{place['event']['code']}#")
    hanna = in_teams.enter("hanna", place["place"])
    assert (hanna.joined["meeting"]["role"], hanna.joined["meeting"]["can_pin"]) == ("host", True)
    ada, ben = in_teams.enter("ada", place["place"]), in_teams.enter("ben", place["place"])
    for each in (ada, ben):
        assert each.joined["event"]["code"] == place["event"]["code"]
        assert (each.joined["meeting"]["role"], each.joined["meeting"]["can_pin"]) == ("attendee", False)
        assert each.joined["meeting"]["place"] == "ready"
        assert each.joined["meeting"]["can_start"] is False
        assert each.joined["attendee"]["assurance"] == "proved"
    anonymous = in_teams.enter(None, place["place"])
    assert anonymous.joined["attendee"]["assurance"] == "guest"


def test_the_host_stays_the_host_at_the_next_opening(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    first = in_teams.enter("hanna", place["place"])
    again = in_teams.enter("hanna", place["place"])
    assert again.joined["attendee"]["id"] == first.joined["attendee"]["id"]
    assert again.joined["attendee"]["role"] == "host"
    assert again.call("GET", "/api/host").status_code == 200


def test_the_short_name_of_a_tab_does_not_open_it(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    answer = in_teams.session(in_teams.token("ada"), place["entity_id"])
    assert (answer.json["event"], answer.json["meeting"]["place"]) == (None, "unknown")


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_a_known_chat_without_the_tabs_key_opens_nothing(in_teams: TeamsService, who: str) -> None:
    in_teams.configured("hanna")
    before = len(people(in_teams))
    for tab in ("", "guessed", CHAT):
        answer = in_teams.session(in_teams.token(who), tab, chat=CHAT)
        assert (answer.json["event"], answer.json["token"]) == (None, None)
    assert len(people(in_teams)) == before


def test_a_hint_of_another_tenant_changes_nothing(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    body = {
        "token": in_teams.token("ben"),
        "tab": place["place"],
        "context": {"tenant": ACME, "role": "host"},
    }
    joined = in_teams.client.post("/api/teams/session", json=body).json
    assert joined["attendee"]["role"] == "attendee"
    (ben,) = [each for each in people(in_teams) if each.role.value == "attendee"]
    assert ben.tenant == GLOBEX


def test_guessing_keys_leaves_no_rows(in_teams: TeamsService) -> None:
    for number in range(20):
        in_teams.session(in_teams.token("ada"), f"guess {number}", chat="")
    with in_teams.shop.database.read() as session:
        assert session.scalars(select(Meeting)).all() == []


def test_guests_and_forgers_set_up_nothing(in_teams: TeamsService) -> None:
    for token, status in ((None, 401), ("x.y.z", 401), (in_teams.token("ada", aud="another"), 401)):
        body = {"token": token, "context": {"chat": CHAT}, "wish": NEW}
        for path in ("places", "look"):
            assert in_teams.client.post(f"/api/teams/{path}", json=body).status_code == status
    body = {"token": None, "tab": "x", "context": {"chat": CHAT}, "wish": NEW}
    answer = in_teams.client.post("/api/teams/places", json=body)
    assert (answer.status_code, error_of(answer)["code"]) == (403, "not_proved")
    with in_teams.shop.database.read() as session:
        assert session.scalars(select(Event)).all() == []


@pytest.mark.parametrize(
    "wish", [{}, {"kind": "other"}, {"kind": "new", "name": "", "target_name": "sunrise"}]
)
def test_a_wish_that_makes_no_sense_is_refused_in_words(in_teams: TeamsService, wish: dict[str, str]) -> None:
    answer = in_teams.save("hanna", **wish)
    assert answer.status_code == 422
    assert error_of(answer)["message"]


def test_a_body_without_a_wish_is_refused_in_words(in_teams: TeamsService) -> None:
    for wish in (None, 7, "new", []):
        body = {"token": in_teams.token("hanna"), "context": {}, "wish": wish}
        assert in_teams.client.post("/api/teams/places", json=body).status_code == 422


# ---- a second one in the same chat --------------------------------------------------------------------------------


def test_a_later_saver_waits_until_a_host_agrees_and_is_co_host_then(in_teams: TeamsService) -> None:
    first = in_teams.configured("hanna")
    assert in_teams.look("ada")["state"] == "taken"
    assert in_teams.look("ada")["name"] == ""  # what it is called is not everybody's business
    second = in_teams.configured("ada", kind="same")
    assert (second["state"], second["event"], second["desk_url"]) == ("waiting", None, None)
    for who in ("ada", "ben"):
        waiting = in_teams.session(in_teams.token(who), second["place"]).json
        assert (waiting["event"], waiting["meeting"]["place"]) == (None, "waiting")
    hanna = in_teams.enter("hanna", first["place"])
    (asked,) = hanna.get("/api/host/co-hosts")["waiting"]
    assert asked["name"] == "Ada Lovelace"
    agreed = hanna.call("POST", f"/api/host/co-hosts/{asked['id']}", json={"decision": "confirm"})
    assert agreed.status_code == 200
    ada = in_teams.enter("ada", second["place"])
    assert ada.joined["event"]["code"] == first["event"]["code"]
    assert (ada.joined["attendee"]["role"], ada.joined["attendee"]["name"]) == ("co_host", "Ada Lovelace")
    assert in_teams.enter("ben", second["place"]).joined["attendee"]["role"] == "attendee"
    assert {each["role"] for each in hanna.get("/api/host/co-hosts")["people"]} == {"host", "co_host"}


def test_somebody_who_knows_the_chat_gets_nothing_by_saving(in_teams: TeamsService) -> None:
    first = in_teams.configured("hanna")
    forged = in_teams.configured("ben", kind="same")
    assert in_teams.session(in_teams.token("ben"), forged["place"]).json["event"] is None
    hanna = in_teams.enter("hanna", first["place"])
    (asked,) = hanna.get("/api/host/co-hosts")["waiting"]
    refused = hanna.call("POST", f"/api/host/co-hosts/{asked['id']}", json={"decision": "refuse"})
    assert refused.status_code == 200
    after = in_teams.session(in_teams.token("ben"), forged["place"]).json
    assert (after["event"], after["meeting"]["place"]) == (None, "unknown")
    again = hanna.call("POST", f"/api/host/co-hosts/{asked['id']}", json={"decision": "confirm"})
    assert again.status_code == 404


def test_only_a_host_of_that_wall_decides(in_teams: TeamsService) -> None:
    first = in_teams.configured("hanna")
    other = in_teams.configured("ben", chat="19:other@thread.v2")
    in_teams.configured("ada", kind="same")
    hanna = in_teams.enter("hanna", first["place"])
    (asked,) = hanna.get("/api/host/co-hosts")["waiting"]
    ben, ada = in_teams.enter("ben", other["place"]), in_teams.enter("ada", first["place"])
    path, wish = f"/api/host/co-hosts/{asked['id']}", {"decision": "confirm"}
    assert ben.call("POST", path, json=wish).status_code == 404  # a host, of another wall
    assert ada.call("POST", path, json=wish).status_code == 403
    assert hanna.call("POST", path, json={"decision": "maybe"}).status_code == 422
    assert ada.call("GET", "/api/host/co-hosts").status_code == 403


def test_in_a_taken_chat_a_new_wall_is_ones_own_and_the_chat_stays_bound(in_teams: TeamsService) -> None:
    first = in_teams.configured("hanna")
    own = in_teams.configured("ada")
    assert own["event"]["code"] != first["event"]["code"]
    assert in_teams.enter("ada", own["place"]).joined["attendee"]["role"] == "host"
    assert in_teams.look("hanna")["state"] == "yours"
    assert in_teams.look("ada")["state"] == "taken"


def test_the_host_takes_up_the_same_wall_or_starts_the_series_anew(in_teams: TeamsService) -> None:
    first = in_teams.configured("hanna")
    assert in_teams.look("hanna") == {"state": "yours", "name": "Weekly coffee", "earlier": []}
    same = in_teams.configured("hanna", kind="same")
    assert (same["state"], same["event"]["code"]) == ("ready", first["event"]["code"])
    assert same["place"] != first["place"]
    fresh = in_teams.configured("hanna", **(NEW | {"name": "Next week"}))
    found = in_teams.look("hanna")
    assert (found["state"], found["name"]) == ("yours", "Next week")
    assert [each["name"] for each in found["earlier"]] == ["Weekly coffee"]
    # Each tab goes on leading where it led.
    assert in_teams.enter("ada", first["place"]).joined["event"]["name"] == "Weekly coffee"
    assert in_teams.enter("ada", fresh["place"]).joined["event"]["name"] == "Next week"


def test_a_chat_that_is_free_has_no_wall_to_take_up(in_teams: TeamsService) -> None:
    answer = in_teams.save("hanna", kind="same")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "no_wall")


def test_without_a_chat_everybody_starts_their_own(in_teams: TeamsService) -> None:
    one, other = in_teams.configured("hanna", chat=""), in_teams.configured("ada", chat="")
    assert one["event"]["code"] != other["event"]["code"]
    assert in_teams.look("ben", chat="")["state"] == "free"


# ---- host codes -------------------------------------------------------------------------------------------------


def test_a_host_code_takes_a_chat_back_from_a_squatter(in_teams: TeamsService) -> None:
    squatted = in_teams.configured("ben")
    event = in_teams.open_event(work=False)
    made = event.host().call("POST", "/api/host/code")
    assert (made.status_code, made.json["seconds"]) == (201, 600)
    assert in_teams.look("hanna")["state"] == "taken"
    place = in_teams.configured("hanna", kind="code", host_code=made.json["code"].lower().replace("-", " "))
    assert (place["state"], place["event"]["code"]) == ("ready", event.code)
    assert in_teams.enter("hanna", place["place"]).joined["attendee"]["role"] == "host"
    assert in_teams.look("hanna")["state"] == "yours"
    assert in_teams.look("ben")["state"] == "taken"
    # The squatter's own wall is still theirs, and nobody else's.
    assert in_teams.enter("ben", squatted["place"]).joined["event"]["code"] == squatted["event"]["code"]


def test_a_host_code_counts_once_and_ten_minutes(in_teams: TeamsService) -> None:
    host = in_teams.open_event(work=False).host()
    code = host.call("POST", "/api/host/code").json["code"]
    in_teams.configured("hanna", kind="code", host_code=code)
    late = host.call("POST", "/api/host/code").json["code"]
    with in_teams.shop.database.write() as session:
        session.execute(update(HostCode).values(expires_at=time.time() - 1))
    for wrong in (code, late, "", "BCDF-GHJK-MNPQ", 7):
        answer = in_teams.save("ada", kind="code", host_code=wrong)
        assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_host_code")
        assert error_of(answer)["field"] == "host_code"
    assert [each.role.value for each in people(in_teams)] == ["host"]


def test_host_codes_are_kept_as_hashes_and_made_by_hosts_only(in_teams: TeamsService) -> None:
    event = in_teams.open_event(work=False)
    code = event.host().call("POST", "/api/host/code").json["code"]
    with in_teams.shop.database.read() as session:
        (kept,) = session.scalars(select(HostCode)).all()
    assert code.replace("-", "").encode() not in kept.digest
    assert event.join().call("POST", "/api/host/code").status_code == 403


# ---- co-hosts ---------------------------------------------------------------------------------------------------


def test_a_host_names_co_hosts_and_a_co_host_does_not(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    hanna, ada = in_teams.enter("hanna", place["place"]), in_teams.enter("ada", place["place"])
    ben = in_teams.enter("ben", place["place"])

    def make(who: Person, whom: Person, role: Any) -> int:
        path = f"/api/host/people/{whom.joined['attendee']['id']}/role"
        return who.call("POST", path, json={"role": role}).status_code

    assert make(ada, ada, "co_host") == 403
    assert make(hanna, ada, "host") == 422
    assert make(hanna, ada, ["co_host"]) == 422
    assert make(hanna, ada, "co_host") == 200
    assert make(ada, ben, "co_host") == 403
    assert make(ada, hanna, "attendee") == 403
    assert make(hanna, hanna, "attendee") == 409
    again = in_teams.enter("ada", place["place"])  # the token says nothing about roles, so ours stays
    assert (again.joined["attendee"]["role"], again.joined["meeting"]["can_pin"]) == ("co_host", True)
    assert in_teams.look("ada")["state"] == "yours"
    assert make(hanna, ada, "attendee") == 200
    assert in_teams.enter("ada", place["place"]).joined["attendee"]["role"] == "attendee"
    other = in_teams.open_event(work=False).host()
    assert make(other, ben, "co_host") == 404


# ---- join codes -------------------------------------------------------------------------------------------------


def test_a_breakout_room_joins_by_code_and_is_remembered_for_who_typed_it(in_teams: TeamsService) -> None:
    place, room = in_teams.configured("hanna"), "19:breakout_1@thread.v2"
    first = in_teams.session(in_teams.token("ada"), chat=room).json
    assert (first["event"], first["meeting"]["can_start"]) == (None, False)
    ada = in_teams.enter("ada", chat=room, code=place["event"]["code"].lower())
    assert ada.joined["event"]["code"] == place["event"]["code"]
    again = in_teams.enter("ada", chat=room)
    assert again.joined["attendee"]["id"] == ada.joined["attendee"]["id"]
    # Only they are led there: nobody else, and they nowhere else.
    assert in_teams.session(in_teams.token("ben"), chat=room).json["event"] is None
    assert in_teams.session(in_teams.token("ada"), chat="19:other@thread.v2").json["event"] is None
    # It is the same person as in the main room.
    assert in_teams.enter("ada", place["place"]).joined["attendee"]["id"] == ada.joined["attendee"]["id"]


def test_a_guest_joins_by_code_and_comes_back_by_their_key(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    guest = in_teams.enter(None, code=place["event"]["code"])
    guest.send(photo_bytes(1))
    back = in_teams.enter(None, code=place["event"]["code"], return_key=guest.joined["return_key"])
    assert back.joined["attendee"]["id"] == guest.joined["attendee"]["id"]


def test_what_a_guest_typed_leads_no_other_guest_to_a_wall(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    elsewhere = "a key that nobody set up"
    in_teams.enter(None, elsewhere, code=place["event"]["code"])
    assert in_teams.session(None, elsewhere).json["event"] is None


def test_a_member_is_known_by_the_address_that_the_token_names(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    ada = in_teams.enter("ada", place["place"])
    guest = in_teams.enter(None, place["place"])
    addresses = {each.id: each.email for each in people(in_teams)}
    assert addresses[ada.joined["attendee"]["id"]] == in_teams.teams.claims(ACME, ADA)["preferred_username"]
    assert addresses[guest.joined["attendee"]["id"]] is None


def test_an_unknown_code_says_so(in_teams: TeamsService) -> None:
    answer = in_teams.session(in_teams.token("ada"), code="BCDFGH")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_code")


# ---- the personal tab -------------------------------------------------------------------------------------------


def test_a_wall_tried_the_day_before_in_the_personal_tab_is_taken_into_the_meeting(
    in_teams: TeamsService,
) -> None:
    first = in_teams.session(in_teams.token("hanna"), chat="").json
    assert (first["event"], first["meeting"]["can_start"], first["meeting"]["place"]) == (None, True, "none")
    headers = {"Authorization": f"Bearer {first['start_token']}"}
    wish = {"name": "Rehearsal", "target_name": "sunrise"}
    opened = in_teams.client.post("/api/teams/walls", json=wish, headers=headers)
    assert opened.status_code == 201, opened.text
    code = opened.json["event"]["code"]
    assert opened.json["attendee"]["role"] == "host"
    again = in_teams.session(in_teams.token("hanna"), chat="").json
    assert (again["event"], [each["code"] for each in again["meeting"]["earlier"]]) == (None, [code])
    chosen = in_teams.client.post("/api/teams/walls", json={"earlier_code": code}, headers=headers)
    assert (chosen.status_code, chosen.json["event"]["code"]) == (201, code)
    assert [each["code"] for each in in_teams.look("hanna")["earlier"]] == [code]
    assert in_teams.look("ada")["earlier"] == []
    refused = in_teams.save("ada", kind="earlier", code=code)
    assert (refused.status_code, error_of(refused)["code"]) == (404, "unknown_code")
    place = in_teams.configured("hanna", kind="earlier", code=code)
    assert in_teams.enter("ada", place["place"]).joined["event"]["code"] == code
    assert in_teams.look("hanna")["state"] == "yours"


def test_in_a_chat_without_a_tab_nobody_starts_a_wall(in_teams: TeamsService) -> None:
    first = in_teams.session(in_teams.token("hanna"), chat=CHAT).json
    headers = {"Authorization": f"Bearer {first['start_token']}"}
    opened = in_teams.client.post("/api/teams/walls", json=NEW, headers=headers)
    assert (opened.status_code, error_of(opened)["code"]) == (403, "not_host")


# ---- what goes --------------------------------------------------------------------------------------------------


def test_when_a_wall_has_had_its_time_its_places_lead_nowhere(in_teams: TeamsService) -> None:
    from plugin.safety import retention

    place = in_teams.configured("hanna")
    waiting = in_teams.configured("ada", kind="same")
    in_teams.enter("hanna", place["place"]).call("POST", "/api/host/code")
    retention.purge(in_teams.shop.database, in_teams.shop.storage, time.time() + 1)
    with in_teams.shop.database.read() as session:
        for table in (Event, Setup, HostCode):
            assert session.scalars(select(table)).all() == []
    for tab in (place["place"], waiting["place"]):
        assert in_teams.session(in_teams.token("ada"), tab).json["meeting"]["place"] == "unknown"
    assert in_teams.look("hanna")["state"] == "free"


def test_identity_is_tenant_and_object_id(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    there = in_teams.enter("ada", place["place"])
    elsewhere = in_teams.session(in_teams.teams.token(GLOBEX, ADA), place["place"]).json
    assert elsewhere["attendee"]["id"] != there.joined["attendee"]["id"]
    renamed = in_teams.session(
        in_teams.token("ada", preferred_username="a.king@acme.example"), place["place"]
    )
    assert renamed.json["attendee"]["id"] == there.joined["attendee"]["id"]


@pytest.mark.parametrize("path", ["session", "look", "places", "walls", "onauthorized", "sign-out"])
def test_odd_bodies_are_nobodys_mistake_but_the_senders(in_teams: TeamsService, path: str) -> None:
    token = in_teams.token("hanna")
    odd: tuple[Any, ...] = ([], 7, "x", None, {"a": [[1]]}, {"tab": "\ud800"}, {"tab": "\0"})
    for value in odd:
        for body in (
            {"token": token, "context": value},
            {"token": token, "tab": value},
            {"wish": value},
            value,
        ):
            for key in ("code", "host_code", "return_key", "start_token"):
                sent = body | {key: value} if isinstance(body, dict) else body
                answer = in_teams.client.post(f"/api/teams/{path}", json=sent)
                assert answer.status_code < 500, (sent, answer.text)
    for kind in ("new", "code", "same", "earlier"):
        for value in odd:
            wish = {"kind": kind, "name": value, "code": value, "host_code": value, "target_name": value}
            assert in_teams.save("hanna", **wish).status_code < 500
