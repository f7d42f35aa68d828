"""Who is believed: single sign-on tokens, the keys behind them, and what happens while Entra is silent."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select

from integrations.platform import PlatformError
from integrations.teams import tokens
from plugin.platforms import trust
from plugin.platforms.trust import SigningKeys
from plugin.state import db
from plugin.state.models import Assurance, Attendee
from plugin.state.platform_models import SigningKeySet
from plugin.web.request.services import EXTENSION
from tests.factories import error_of
from tests.fake_teams.server import ACME, ADA, APP_ID, GLOBEX, HANNA, FakeTeams
from tests.teams_cast import TeamsService

KEYS = "/common/discovery/v2.0/keys"


def signed(teams: FakeTeams, key: Any = None, kid: str = "common", **changes: Any) -> str:
    return jwt.encode({"alg": "RS256", "kid": kid}, teams.claims(**changes), key or teams.key)


def by_public_key(teams: FakeTeams) -> str:
    """As an attacker does who hopes that the public key is taken for a secret."""
    pem = teams.key.as_pem(private=False)
    return by_hand(teams, "HS256", lambda message: hmac.new(pem, message, hashlib.sha256).digest())


def by_hand(
    teams: FakeTeams, alg: str, sign: Callable[[bytes], bytes] = lambda _message: b"", kid: Any = "common"
) -> str:
    """What no library makes."""

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    header = json.dumps({"alg": alg, "kid": kid}).encode()
    message = f"{part(header)}.{part(json.dumps(teams.claims()).encode())}"
    return f"{message}.{part(sign(message.encode()))}"


FORGERIES: dict[str, Callable[[FakeTeams], str]] = {
    "for another app": lambda teams: signed(teams, aud=APP_ID),
    "from another issuer": lambda teams: signed(teams, iss="https://login.example/x/v2.0"),
    "tenant that is not the issuer's": lambda teams: signed(teams, tid=GLOBEX, iss=teams.claims()["iss"]),
    "key of another tenant": lambda teams: signed(teams, teams.own_key, kid="globex"),
    "signed by nobody": lambda teams: by_hand(teams, "none"),
    "public key as a secret": by_public_key,
    "without scope": lambda teams: signed(teams, scp=None),
    "by another client": lambda teams: signed(teams, azp=APP_ID),
    "of an app and not of a person": lambda teams: signed(teams, idtyp="app"),
    "of another version": lambda teams: signed(teams, ver="3.0"),
    "of no version": lambda teams: signed(teams, ver=None),
    "with another scope": lambda teams: signed(teams, scp="access_as_users User.Read"),
    "scopes that are no text": lambda teams: signed(teams, scp=["access_as_user"]),
    "tenant that is no id": lambda teams: signed(
        teams, tid="common", iss=teams.issuer.replace("{tenantid}", "common")
    ),
    "person that is no id": lambda teams: signed(teams, oid=f"{HANNA}0"),
    "no person": lambda teams: jwt.encode(
        {"alg": "RS256", "kid": "common"},
        {name: value for name, value in teams.claims().items() if name != "oid"},
        teams.key,
    ),
    "valid for a year": lambda teams: signed(teams, exp=4_000_000_000),
    "without an end": lambda teams: signed(teams, exp=None),
    "without a beginning": lambda teams: signed(teams, nbf=None),
    "end that is no time": lambda teams: signed(teams, exp=True),
    "without a key id": lambda teams: jwt.encode({"alg": "RS256"}, teams.claims(), teams.key),
    "key id that is empty": lambda teams: signed(teams, kid=""),
    "not yet valid": lambda teams: signed(teams, nbf=4_000_000_000),
    "by a key of ours": lambda teams: signed(teams, RSAKey.generate_key(2048)),
    "unknown key": lambda teams: signed(teams, kid="unknown"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_opens_nothing_and_is_not_told_why(in_teams: TeamsService, forgery: str) -> None:
    place = in_teams.configured("hanna")
    answer = in_teams.session(FORGERIES[forgery](in_teams.teams), place["place"])
    assert (answer.status_code, error_of(answer)["code"]) == (401, "bad_context")
    assert error_of(answer)["message"].startswith("Teams did not vouch for this.")
    with in_teams.shop.database.read() as session:
        assert session.scalars(select(Attendee)).all() == []


def test_an_expired_token_is_told_so_that_the_panel_asks_for_another(in_teams: TeamsService) -> None:
    answer = in_teams.session(in_teams.token("ada", exp=1_700_000_000))
    assert (answer.status_code, error_of(answer)["code"]) == (401, "expired_context")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"nbf": 60}, ""),  # to the very second
        ({"nbf": 61}, "bad_context"),
        ({"exp": -60}, ""),
        ({"exp": -61}, "expired_context"),
        ({"exp": 30 * 3600}, ""),
        ({"exp": 30 * 3600 + 1}, "bad_context"),
        ({"nbf": 61, "exp": -61}, "bad_context"),
        ({"nbf": 0, "exp": 30 * 3600 + 1}, "bad_context"),
    ],
)
def test_a_token_counts_from_its_beginning_to_its_end_and_a_minute_around(
    claims: dict[str, int], code: str
) -> None:
    now = 1_800_000_000
    key = RSAKey.generate_key(2048, {"kid": "common"})
    facts = {
        "iss": f"https://login.example/{ACME}/v2.0",
        "aud": "app",
        "tid": ACME,
        "oid": ADA,
        "ver": "2.0",
        "scp": "User.Read access_as_user",
        "azp": "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",
        "name": "Ada",
    } | {name: now + claims.get(name, later) for name, later in (("nbf", -5), ("exp", 3600))}
    token = jwt.encode({"alg": "RS256", "kid": "common"}, facts, key)
    issuer = "https://login.example/{tenantid}/v2.0"
    public = {**key.as_dict(private=False), "issuer": issuer}
    assert why_not(token, public, issuer, now) == code


def why_not(token: str, key: dict[str, Any], issuer: str, now: float) -> str:
    """Why a token for "app" is refused; "" when it is believed."""
    try:
        tokens.member_of(token, key, "app", issuer, now)
    except PlatformError as error:
        return error.code
    return ""


def test_a_token_of_version_1_names_the_setting_to_put_right(in_teams: TeamsService) -> None:
    answer = in_teams.session(in_teams.token("ada", ver="1.0"))
    assert (answer.status_code, error_of(answer)["code"]) == (401, "old_token")
    assert "requestedAccessTokenVersion" in error_of(answer)["message"]


def test_a_key_may_sign_for_the_tenant_that_it_names(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    token = signed(in_teams.teams, in_teams.teams.own_key, kid="globex", tid=GLOBEX)
    assert in_teams.session(token, place["place"]).json["attendee"]["assurance"] == "proved"


def test_the_same_token_opens_the_panel_again(in_teams: TeamsService) -> None:
    """Teams keeps one for an hour and gives it each time."""
    place, token = in_teams.configured("hanna"), in_teams.token("ada")
    first, again = (in_teams.session(token, place["place"]).json for _ in range(2))
    assert first["attendee"]["id"] == again["attendee"]["id"]


def test_an_operator_lets_in_certain_tenants_only(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    known = in_teams.app.extensions[EXTENSION]
    known.platforms["teams"]._tenants = frozenset({ACME})
    assert in_teams.session(in_teams.token("ada"), place["place"]).status_code == 200
    answer = in_teams.session(in_teams.token("ben"), place["place"])
    assert (answer.status_code, error_of(answer)["code"]) == (401, "wrong_tenant")


# ---- keys -------------------------------------------------------------------------------------------------------


def restarted(in_teams: TeamsService) -> None:
    """What a new process knows: nothing but the database."""
    known = in_teams.app.extensions[EXTENSION]
    in_teams.app.extensions[EXTENSION] = replace(known, signing_keys=SigningKeys(known.database))


def outdate(in_teams: TeamsService) -> None:
    with in_teams.shop.database.write() as session:
        for row in session.scalars(select(SigningKeySet)):
            row.tried_at -= 2 * trust.FRESH_SECONDS
            row.fetched_at -= 2 * trust.FRESH_SECONDS


def test_a_flood_of_unknown_key_ids_asks_entra_once(in_teams: TeamsService) -> None:
    assert in_teams.session(in_teams.token("ada")).status_code == 200
    for number in range(30):
        assert in_teams.session(signed(in_teams.teams, kid=f"unknown {number}")).status_code == 401
        if number % 10 == 0:
            restarted(in_teams)
    assert in_teams.teams.asked(KEYS) == 1


def test_tokens_that_cannot_be_read_ask_entra_nothing(in_teams: TeamsService) -> None:
    without_key_id = [by_hand(in_teams.teams, "RS256", kid=kid) for kid in (None, "", 7, ["common"])]
    for token in ("", "x", "a.b.c", "e30.e30.", "W10.e30.", "e30.W10.", 7, "a" * 20_000, *without_key_id):
        assert in_teams.session(token).status_code == 401
    assert in_teams.teams.asked(KEYS) == 0


def test_a_token_may_be_so_long_and_no_longer() -> None:
    head = base64.urlsafe_b64encode(b'{"kid":"common"}').rstrip(b"=").decode()
    longest = f"{head}.e30.".ljust(16_384, "x")
    assert tokens.key_id_of(longest) == "common"
    with pytest.raises(PlatformError):
        tokens.key_id_of(f"{longest}x")


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "WAIT_SECONDS", 0.2)
    monkeypatch.setattr(db, "LOCK_WAIT_SECONDS", 60.0)  # how long 200 threads take is the machine's business


def crowd(in_teams: TeamsService, tab: str, number: int) -> list[Any]:
    """So many people open the panel at the same moment; what each was answered."""
    answers: list[Any] = []

    def open_panel(index: int) -> None:
        token = in_teams.teams.token(ACME, f"00000000-0000-4000-9000-{index:012}")
        body = {"token": token, "tab": tab, "context": {}}
        answers.append(in_teams.app.test_client().post("/api/teams/session", json=body))

    threads = [threading.Thread(target=open_panel, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.usefixtures("quickly")
def test_200_people_come_in_proved_while_the_keys_address_hangs_and_graph_is_busy(
    in_teams: TeamsService,
) -> None:
    place = in_teams.configured("hanna")
    outdate(in_teams)
    restarted(in_teams)
    in_teams.teams.fault(KEYS, "hang", times=1000)
    in_teams.teams.fault("/v1.0/me", status=429, retry_after=5, times=200)
    asked = len(in_teams.teams.log)
    answers = crowd(in_teams, place["place"], 200)
    assert [each.status_code for each in answers] == [200] * 200
    assert {each.json["attendee"]["assurance"] for each in answers} == {"proved"}
    assert len({each.json["attendee"]["id"] for each in answers}) == 200
    # Nobody's answer waited for Entra's tokens or for Graph: neither was asked, and of the keys once.
    assert [path for _, path, _ in in_teams.teams.log[asked:]] == [KEYS]


@pytest.mark.usefixtures("quickly")
def test_on_a_machine_without_keys_they_come_in_as_guests_and_are_proved_later(
    in_teams: TeamsService,
) -> None:
    place = in_teams.configured("hanna")
    with in_teams.shop.database.write() as session:
        session.query(SigningKeySet).delete()
    restarted(in_teams)
    in_teams.teams.fault(KEYS, "hang", times=1)
    answers = crowd(in_teams, place["place"], 40)
    assert {each.json["attendee"]["assurance"] for each in answers} == {"guest"}
    assert {each.json["may_prove_later"] for each in answers} == {True}
    outdate(in_teams)
    restarted(in_teams)
    guest = answers[0].json
    token = in_teams.token("ada")
    proved = in_teams.session(token, place["place"], return_key=guest["return_key"]).json
    assert proved["attendee"]["id"] == guest["attendee"]["id"]
    assert (proved["attendee"]["assurance"], proved["may_prove_later"]) == ("proved", False)
    with in_teams.shop.database.read() as session:
        found = session.get_one(Attendee, guest["attendee"]["id"])
    assert (found.tenant, found.user_id, found.assurance) == (ACME, ADA, Assurance.PROVED)


@pytest.mark.usefixtures("quickly")
def test_without_keys_nobody_is_a_host(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    with in_teams.shop.database.write() as session:
        session.query(SigningKeySet).delete()
    restarted(in_teams)
    in_teams.teams.fault(KEYS, "hang", times=5)
    forged = jwt.encode({"alg": "RS256", "kid": "x"}, in_teams.teams.claims(), RSAKey.generate_key(2048))
    joined = in_teams.session(forged, place["place"]).json
    assert (joined["attendee"]["role"], joined["attendee"]["assurance"]) == ("attendee", "guest")
    answer = in_teams.save("hanna", kind="same")
    assert (answer.status_code, error_of(answer)["code"]) == (503, "not_now")
    assert HANNA not in {each.user_id for each in rows(in_teams)}


def rows(in_teams: TeamsService) -> list[Attendee]:
    with in_teams.shop.database.read() as session:
        return list(session.scalars(select(Attendee)))
