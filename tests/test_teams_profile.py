"""What Graph tells about somebody: asked on their behalf, in an errand, and only what they agreed to."""

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, text, update

from plugin.people import profiles
from plugin.platforms import errands
from plugin.state.models import Attendee
from plugin.state.platform_models import Installation, Suggestion
from tests.factories import Person, error_of, photo_bytes
from tests.fake_teams.server import ACME, ADA, BEN, CLIENT_ID, GLOBEX, HANNA
from tests.teams_cast import BASE_URL, TeamsService

ME, PHOTO = "/v1.0/me", "/v1.0/me/photo/$value"
TOKEN = f"/{ACME}/oauth2/v2.0/token"
END = f"{BASE_URL}/teams/auth/end"


@pytest.fixture
def place(in_teams: TeamsService) -> str:
    key: str = in_teams.configured("hanna")["place"]
    return key


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "CONSENT_PAUSES_SECONDS", (0.3, 0.3, 0.3))


def run_until(in_teams: TeamsService, person: Person) -> dict[str, Any]:
    """Do the errands, also those that come again after a while; what the panel sees then."""
    give_up = time.monotonic() + 20
    while time.monotonic() < give_up:
        in_teams.run_errands()
        me: dict[str, Any] = person.get("/api/me")
        if not me["profile_pending"]:
            return me
        time.sleep(0.02)
    raise AssertionError("still pending")


def rows(in_teams: TeamsService) -> list[Installation]:
    with in_teams.shop.database.read() as session:
        return list(session.scalars(select(Installation)))


# ---- on somebody's behalf ---------------------------------------------------------------------------------------


def test_name_title_company_and_photo_are_suggested_and_nobodys_panel_waited(
    in_teams: TeamsService, place: str
) -> None:
    in_teams.teams.agreed.add((ACME, ADA))
    asked = len(in_teams.teams.log)
    ada = in_teams.enter("ada", place)
    assert all(path.endswith("/keys") for _, path, _ in in_teams.teams.log[asked:])
    assert ada.get("/api/me")["profile_pending"] is True
    profile = run_until(in_teams, ada)["profile"]
    assert (profile["name"], profile["title"], profile["company"]) == ("Ada Lovelace", "Analyst", "Acme")
    assert in_teams.client.get(profile["picture"]).status_code == 200
    assert in_teams.teams.asked(TOKEN) == 1
    assert in_teams.teams.asked(f"/{GLOBEX}/oauth2/v2.0/token") == 0


def test_a_person_without_a_photo_is_suggested_the_rest(in_teams: TeamsService, place: str) -> None:
    in_teams.teams.agreed.add((GLOBEX, BEN))
    me = run_until(in_teams, in_teams.enter("ben", place))
    assert (me["profile"]["name"], me["profile"]["picture"]) == ("Ben Bitdiddle", None)
    assert in_teams.teams.asked(PHOTO) == 1


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"kind": "garbage"}, {"kind": "redirect", "location": "/x"}]
)
def test_a_photo_that_does_not_come_leaves_the_words(
    in_teams: TeamsService, place: str, fault: dict[str, Any]
) -> None:
    in_teams.teams.agreed.add((ACME, ADA))
    in_teams.teams.fault(PHOTO, **fault)
    me = run_until(in_teams, in_teams.enter("ada", place))
    assert (me["profile"]["name"], me["profile"]["picture"]) == ("Ada Lovelace", None)


def test_a_photo_that_is_none_is_not_shown(in_teams: TeamsService, place: str) -> None:
    in_teams.teams.agreed.add((ACME, ADA))
    in_teams.teams.photos[ACME, ADA] = b"<svg onload=alert(1)>"
    me = run_until(in_teams, in_teams.enter("ada", place))
    assert me["profile"]["picture"] is None


def test_tokens_are_unreadable_in_the_database_and_the_proof_goes(in_teams: TeamsService, place: str) -> None:
    in_teams.teams.agreed.add((ACME, ADA))
    in_teams.enter("ada", place)
    (waiting,) = [each for each in rows(in_teams) if each.user_id == ADA]
    assert waiting.assertion is not None
    proof = waiting.assertion
    run_until(in_teams, in_teams.enter("ada", place))
    (kept,) = [each for each in rows(in_teams) if each.user_id == ADA]
    assert (kept.tenant, kept.assertion) == (ACME, None)
    assert kept.access_token in in_teams.teams.access
    with in_teams.shop.database.read() as session:
        stored = repr(session.execute(text("SELECT * FROM installations")).all())
    for secret in (kept.access_token, kept.refresh_token, proof):
        assert secret not in stored


def test_an_old_token_is_refreshed_at_the_persons_own_tenant(in_teams: TeamsService, place: str) -> None:
    in_teams.teams.agreed.add((GLOBEX, BEN))
    ben = in_teams.enter("ben", place)
    run_until(in_teams, ben)
    with in_teams.shop.database.write() as session:
        session.execute(update(Installation).values(expires_at=1.0))
        session.execute(update(Suggestion).values(state="wanted", attempts=0))
    in_teams.app.extensions["mosaic"].jobs.ask_for_profile(ben.joined["attendee"]["id"])
    assert run_until(in_teams, ben)["profile"]["name"] == "Ben Bitdiddle"
    assert in_teams.teams.asked(f"/{GLOBEX}/oauth2/v2.0/token") == 2


def test_while_graph_is_busy_it_is_asked_later(in_teams: TeamsService, place: str) -> None:
    in_teams.teams.agreed.add((ACME, ADA))
    in_teams.teams.fault(ME, status=429, retry_after=7)
    ada = in_teams.enter("ada", place)
    in_teams.run_errands()
    assert ada.get("/api/me")["profile_pending"] is True
    assert errands.look_around(errands.office(), time.time()) == 0  # not before the pause that was asked for
    assert errands.look_around(errands.office(), time.time() + 60) == 1
    assert run_until(in_teams, ada)["profile"]["name"] == "Ada Lovelace"


def test_what_proved_somebody_is_forgotten_after_hours(in_teams: TeamsService, place: str) -> None:
    in_teams.enter("ada", place)
    errands.look_around(errands.office(), time.time() + errands.ASSERTIONS_KEPT_SECONDS + 1)
    assert rows(in_teams) == []


# ---- consent ----------------------------------------------------------------------------------------------------


def test_who_has_not_agreed_is_told_so_after_a_few_seconds_and_not_before(
    in_teams: TeamsService, place: str
) -> None:
    ada = in_teams.enter("ada", place)
    assert ada.get("/api/me")["consent_wanted"] is False
    me = run_until(in_teams, ada)
    assert (me["profile"], me["consent_wanted"]) == (None, True)
    assert in_teams.teams.asked(TOKEN) == 1 + len(profiles.CONSENT_PAUSES_SECONDS)


def test_the_seconds_until_entra_knows_of_a_consent_are_waited_for(
    in_teams: TeamsService, place: str
) -> None:
    in_teams.teams.agreed.add((ACME, ADA))
    in_teams.teams.not_yet = 3
    me = run_until(in_teams, in_teams.enter("ada", place))
    assert me["profile"]["name"] == "Ada Lovelace"


def test_an_admin_who_agreed_meanwhile_is_noticed_at_the_next_opening(
    in_teams: TeamsService, place: str
) -> None:
    ada = in_teams.enter("ada", place)
    assert run_until(in_teams, ada)["consent_wanted"] is True
    in_teams.teams.agreed.add((ACME, ADA))
    again = in_teams.enter("ada", place)
    assert run_until(in_teams, again)["profile"]["name"] == "Ada Lovelace"


def agree(in_teams: TeamsService, person: Person) -> dict[str, Any]:
    """From the panel's question through the window to what its end tells: {"code", "state"} or {"error"}."""
    asked = person.call("GET", "/api/teams/authorize")
    assert asked.status_code == 200, asked.text
    begin = in_teams.client.get(asked.json["popup"])
    assert begin.status_code == 302
    return in_teams.teams.consent(begin.headers["Location"])


def test_the_window_leads_to_the_tenant_with_all_that_it_wants_to_know(
    in_teams: TeamsService, place: str
) -> None:
    ada = in_teams.enter("ada", place)
    asked = ada.call("GET", "/api/teams/authorize").json
    address = urlsplit(in_teams.client.get(asked["popup"]).headers["Location"])
    assert f"{address.scheme}://{address.netloc}" == in_teams.teams.address
    assert address.path == f"/{ACME}/oauth2/v2.0/authorize"
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert query.pop("scope").split() == [
        "openid", "profile", "offline_access", f"{in_teams.teams.address}/User.Read"
    ]  # fmt: skip
    assert query == {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": END,
        "state": asked["state"],
        "code_challenge": asked["codeChallenge"],
        "code_challenge_method": "S256",
        "prompt": "consent",
        "login_hint": "ada@acme.example",
    }


def test_after_the_window_the_profile_comes_and_it_is_still_the_same_person(
    in_teams: TeamsService, place: str
) -> None:
    ada = in_teams.enter("ada", place)
    assert run_until(in_teams, ada)["consent_wanted"] is True
    told = agree(in_teams, ada)
    answer = ada.call("POST", "/api/teams/onauthorized", json=told | {"redirectUri": END})
    assert answer.status_code == 200, answer.text
    assert answer.json["attendee"]["id"] == ada.joined["attendee"]["id"]
    assert answer.json["profile_pending"] is True
    assert run_until(in_teams, ada)["profile"]["title"] == "Analyst"
    (kept,) = [each for each in rows(in_teams) if each.user_id == ADA]
    assert kept.assertion is None


def test_conditional_access_is_asked_for_with_what_it_wants(in_teams: TeamsService, place: str) -> None:
    in_teams.teams.agreed.add((ACME, ADA))
    in_teams.teams.challenge = '{"access_token":{"polids":{"essential":true,"values":["9ab0"]}}}'
    ada = in_teams.enter("ada", place)
    assert run_until(in_teams, ada)["consent_wanted"] is True
    told = agree(in_teams, ada)
    assert in_teams.teams.challenge == ""  # it came along
    answer = ada.call("POST", "/api/teams/onauthorized", json=told | {"redirectUri": END})
    assert answer.status_code == 200
    assert run_until(in_teams, ada)["profile"]["name"] == "Ada Lovelace"


def test_a_code_of_somebody_elses_window_is_good_for_nothing(in_teams: TeamsService, place: str) -> None:
    ada, ben = in_teams.enter("ada", place), in_teams.enter("ben", place)
    told = agree(in_teams, ada)
    stolen = ben.call("POST", "/api/teams/onauthorized", json=told | {"redirectUri": END})
    assert (stolen.status_code, error_of(stolen)["code"]) == (400, "bad_state")
    assert ada.call("POST", "/api/teams/onauthorized", json=told | {"redirectUri": END}).status_code == 200
    again = ada.call("POST", "/api/teams/onauthorized", json=told | {"redirectUri": END})
    assert again.status_code == 400


def test_a_consent_of_somebody_else_is_not_taken_for_ones_own(in_teams: TeamsService, place: str) -> None:
    ada = in_teams.enter("ada", place)
    asked = ada.call("GET", "/api/teams/authorize").json
    address = in_teams.client.get(asked["popup"]).headers["Location"]
    told = in_teams.teams.consent(address.replace("ada%40acme", "hanna%40acme"))
    answer = ada.call("POST", "/api/teams/onauthorized", json=told | {"redirectUri": END})
    assert (answer.status_code, error_of(answer)["code"]) == (403, "other_person")
    assert all(each.user_id != HANNA or each.assertion for each in rows(in_teams))


def test_a_wrong_address_and_a_denied_consent_are_refused_in_words(
    in_teams: TeamsService, place: str
) -> None:
    ada = in_teams.enter("ada", place)
    told = agree(in_teams, ada)
    for address in (f"{BASE_URL}/teams/home", "https://example.org/teams/auth/end", ""):
        answer = ada.call("POST", "/api/teams/onauthorized", json=told | {"redirectUri": address})
        assert answer.status_code == 400
    in_teams.teams.denies = True
    assert agree(in_teams, ada)["error"] == "access_denied"


def test_the_window_begins_nowhere_else(in_teams: TeamsService, place: str) -> None:
    tokens = in_teams.app.extensions["mosaic"].tokens
    for carried in ("", "x", tokens.seal("install", {"address": "https://example.org/"})):
        answer = in_teams.client.get("/teams/auth/start", query_string={"to": carried})
        assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_an_anonymous_person_is_asked_for_no_consent(in_teams: TeamsService, place: str) -> None:
    guest = in_teams.enter(None, place)
    answer = guest.call("GET", "/api/teams/authorize")
    assert (answer.status_code, error_of(answer)["code"]) == (403, "not_proved")


def test_signing_out_forgets_the_tokens_and_what_was_suggested(in_teams: TeamsService, place: str) -> None:
    in_teams.teams.agreed.add((ACME, ADA))
    ada = in_teams.enter("ada", place)
    run_until(in_teams, ada)
    assert ada.call("POST", "/api/teams/sign-out").status_code == 200
    assert [each for each in rows(in_teams) if each.user_id == ADA] == []
    assert ada.get("/api/me")["profile"] is None


# ---- the link to a chat -----------------------------------------------------------------------------------------


def met(in_teams: TeamsService, place: str) -> tuple[Person, Person, int]:
    """Ada and Ben, each with a photo, talking to each other; the hello's id."""
    ada, ben = in_teams.enter("ada", place), in_teams.enter("ben", place)
    for number, each in enumerate((ada, ben)):
        each.send(photo_bytes(number))
    in_teams.run_jobs()
    body = {"photo": ben.photo()["id"], "opener": "story_question"}
    said = ada.call("POST", "/api/hellos", json=body)
    assert said.status_code == 201, said.text
    hello_id = said.json["hello"]["id"]
    assert ben.call("POST", f"/api/hellos/{hello_id}/answer", json={"words": "Hello"}).status_code == 200
    return ada, ben, hello_id


def link(person: Person) -> str | None:
    (hello,) = person.get("/api/hellos")["hellos"]
    found: str | None = hello["contact"]["url"]
    return found


def test_the_link_to_a_chat_is_handed_out_once_both_want_it_and_to_nobody_else(
    in_teams: TeamsService, place: str
) -> None:
    ada, ben, hello_id = met(in_teams, place)
    assert (link(ada), link(ben)) == (None, None)
    for first in (ada, ben):
        shared = first.call("POST", f"/api/hellos/{hello_id}/share", json={})
        assert shared.status_code == 200, shared.text
        if first is ada:
            assert (link(ada), link(ben)) == (None, None)
    assert link(ada) == "https://teams.microsoft.com/l/chat/0/0?users=ben%40globex.example"
    assert link(ben) == "https://teams.microsoft.com/l/chat/0/0?users=ada%40acme.example"
    hanna = in_teams.enter("hanna", place)
    for path in ("/api/wall", "/api/me", "/api/hellos", "/api/people", "/api/host"):
        told = hanna.call("GET", path).text
        assert "globex.example" not in told
        assert "ada@" not in told


def test_graph_knows_the_address_better_than_the_token(in_teams: TeamsService, place: str) -> None:
    in_teams.teams.agreed.add((ACME, ADA))
    ada = in_teams.session(in_teams.token("ada", preferred_username="ada.alias@acme.example"), place).json
    person = Person(in_teams, ada["token"], ada)
    run_until(in_teams, person)
    in_teams.session(in_teams.token("ada", preferred_username="ada.alias@acme.example"), place)
    with in_teams.shop.database.read() as session:
        assert session.get_one(Attendee, ada["attendee"]["id"]).email == "ada@acme.example"
        assert "acme.example" not in repr(session.execute(text("SELECT * FROM attendees")).all())
    assert "acme.example" not in json.dumps(person.get("/api/me"))
