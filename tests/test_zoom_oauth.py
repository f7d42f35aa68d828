"""Adding the app to Zoom, consenting inside the client, and keeping tokens fresh: what works, and what never does."""

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from integrations.platform import Identity, PlatformError, Profile
from integrations.platform import Person as Owner
from integrations.registry import ADAPTERS, platforms
from plugin.platforms import installs
from plugin.platforms.calls import Api, App, Grant, app_of
from plugin.state.db import Database
from plugin.state.platform_models import Authorization, Installation
from tests.factories import Person, environ_for, error_of
from tests.fake_zoom.server import CLIENT_ID, CLIENT_SECRET, FakeZoom
from tests.zoom_cast import BASE_URL, ZoomService, with_zoom

HOME = f"{BASE_URL}/zoom/home"


def tokens(service: ZoomService) -> list[Installation]:
    return service.rows(Installation)


def asked(service: ZoomService, path: str = "/zoom/install") -> dict[str, str]:
    """What our install page tells Zoom."""
    answer = service.get(path)
    assert answer.status_code == 302
    parts = urlsplit(answer.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{service.zoom.address}/oauth/authorize"
    return dict(parse_qsl(parts.query))


def answered(service: ZoomService, **query: str) -> Any:
    return service.get(f"/zoom/callback?{urlencode(query)}")


def cookie(service: ZoomService) -> Any:
    return service.client.get_cookie("mosaic-install", domain="mosaic.example.org", path="/zoom/")


# ---- adding the app in a browser --------------------------------------------------------------------------------


def test_zoom_is_asked_with_state_and_a_proof_key(in_zoom: ZoomService) -> None:
    query = asked(in_zoom)
    assert query["response_type"] == "code"
    assert query["client_id"] == CLIENT_ID
    assert query["redirect_uri"] == f"{BASE_URL}/zoom/callback"
    assert query["code_challenge_method"] == "S256"
    assert len(query["code_challenge"]) == 43
    assert len(query["state"]) >= 43
    assert asked(in_zoom)["state"] != query["state"]


def test_the_cookie_is_for_this_way_only_and_no_script_reads_it(in_zoom: ZoomService) -> None:
    answer = in_zoom.get("/zoom/install")
    (set_cookie,) = answer.headers.getlist("Set-Cookie")
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/zoom/", "Max-Age=600"):
        assert part in set_cookie
    assert answer.headers["Cache-Control"] == "no-store"


def test_whoever_consents_lands_in_the_client_and_their_tokens_are_kept(in_zoom: ZoomService) -> None:
    answer = in_zoom.install("u_Hanna")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{in_zoom.zoom.address}/launch?")
    (kept,) = tokens(in_zoom)
    assert (kept.user_id, kept.tenant, kept.account, kept.client_id) == ("u_Hanna", "", "a_Acme", CLIENT_ID)
    assert "user:read:user" in kept.scopes
    assert kept.access_token in in_zoom.zoom.access
    assert in_zoom.rows(Authorization) == []


def test_the_link_into_the_client_names_the_event_that_one_came_from(in_zoom: ZoomService) -> None:
    answer = in_zoom.install(path="/zoom/install?code=bcd-fgh")
    action = parse_qs(urlsplit(answer.headers["Location"]).query)["action"][0]
    assert json.loads(action) == {"code": "BCDFGH"}


def test_adding_it_again_replaces_the_tokens(in_zoom: ZoomService) -> None:
    in_zoom.install()
    (first,) = tokens(in_zoom)
    in_zoom.install()
    (second,) = tokens(in_zoom)
    assert second.id == first.id
    assert second.access_token != first.access_token


def test_the_cookie_is_gone_after_every_answer(in_zoom: ZoomService) -> None:
    for query in ({}, {"code": "x"}, {"error": "access_denied"}):
        state = asked(in_zoom)["state"]
        assert cookie(in_zoom) is not None
        answered(in_zoom, state=state, **query)
        assert cookie(in_zoom) is None, query


def test_an_answer_without_a_state_is_not_exchanged_and_the_person_is_asked_properly(
    in_zoom: ZoomService,
) -> None:
    in_zoom.zoom.signed_in = "u_Ada"
    answer = answered(in_zoom, code="from-the-marketplace")
    assert answer.status_code == 302
    assert in_zoom.zoom.asked("/oauth/token") == 0
    landed = in_zoom.get(in_zoom.consent(answer.headers["Location"]))
    assert landed.status_code == 302
    assert [each.user_id for each in tokens(in_zoom)] == ["u_Ada"]


def test_an_answer_with_a_wrong_state_is_not_exchanged(in_zoom: ZoomService) -> None:
    asked(in_zoom)
    answer = answered(in_zoom, code="stolen", state="x" * 43)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(f"{in_zoom.zoom.address}/oauth/authorize")
    assert in_zoom.zoom.asked("/oauth/token") == 0
    assert tokens(in_zoom) == []


def test_an_answer_that_belongs_to_another_browser_is_not_exchanged(in_zoom: ZoomService) -> None:
    state = asked(in_zoom)["state"]
    other = in_zoom.app.test_client()
    answer = other.get(f"/zoom/callback?code=x&state={state}", base_url=BASE_URL)
    assert answer.status_code == 302
    assert in_zoom.zoom.asked("/oauth/token") == 0


def test_a_browser_that_keeps_no_cookies_is_told_so_and_not_sent_in_a_circle(in_zoom: ZoomService) -> None:
    first = in_zoom.app.test_client(use_cookies=False).get("/zoom/callback?code=x", base_url=BASE_URL)
    state = dict(parse_qsl(urlsplit(first.headers["Location"]).query))["state"]
    second = in_zoom.app.test_client(use_cookies=False).get(
        f"/zoom/callback?code=x&state={state}", base_url=BASE_URL
    )
    assert second.status_code == 400
    assert "cookies" in second.text
    assert in_zoom.zoom.asked("/oauth/token") == 0


def test_an_answer_counts_once(in_zoom: ZoomService) -> None:
    path = in_zoom.consent(in_zoom.get("/zoom/install").headers["Location"])
    assert in_zoom.get(path).headers["Location"].startswith(f"{in_zoom.zoom.address}/launch")
    assert "/oauth/authorize" in in_zoom.get(path).headers["Location"]
    assert in_zoom.zoom.asked("/oauth/token") == 1


def test_an_answer_after_ten_minutes_is_not_exchanged(
    in_zoom: ZoomService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installs, "CONSENT_SECONDS", -1)
    path = in_zoom.consent(in_zoom.get("/zoom/install").headers["Location"])
    assert in_zoom.get(path).status_code == 302
    assert in_zoom.zoom.asked("/oauth/token") == 0


def test_whoever_says_no_is_told_that_nothing_happened(in_zoom: ZoomService) -> None:
    in_zoom.zoom.denies = True
    answer = in_zoom.install()
    assert answer.status_code == 403
    assert "nothing was added" in answer.text
    assert tokens(in_zoom) == []
    assert in_zoom.rows(Authorization) == []
    in_zoom.zoom.denies = False
    assert in_zoom.install().status_code == 302


@pytest.mark.parametrize("code", ["", "x" * 513])
def test_a_code_that_cannot_be_one_is_not_sent_to_zoom(in_zoom: ZoomService, code: str) -> None:
    answer = answered(in_zoom, state=asked(in_zoom)["state"], code=code)
    assert answer.status_code == 400
    assert in_zoom.zoom.asked("/oauth/token") == 0


def test_a_code_that_zoom_does_not_know_is_told_in_words(in_zoom: ZoomService) -> None:
    answer = answered(in_zoom, state=asked(in_zoom)["state"], code="unknown")
    assert answer.status_code == 400
    assert "try again" in answer.text
    assert tokens(in_zoom) == []


@pytest.mark.parametrize(
    ("kind", "options", "status"),
    [
        ("garbage", {}, 503),
        ("status", {"status": 500}, 503),
        ("status", {"status": 429}, 503),
        ("status", {"status": 400}, 400),
        ("redirect", {"location": "https://example.org/"}, 400),
    ],
)
def test_when_zoom_gives_no_tokens_the_person_is_told_and_nothing_is_kept(
    in_zoom: ZoomService, kind: str, options: dict[str, Any], status: int
) -> None:
    in_zoom.zoom.fault("/oauth/token", kind, **options)
    assert in_zoom.install().status_code == status
    assert tokens(in_zoom) == []
    assert cookie(in_zoom) is None
    assert in_zoom.install().status_code == 302


@pytest.mark.parametrize(
    "body", [{}, {"access_token": ""}, {"access_token": 7}, {"access_token": "x", "expires_in": "1"}]
)
def test_tokens_of_the_wrong_kind_are_not_kept(body: dict[str, Any]) -> None:
    from plugin.platforms.calls import _grant

    with pytest.raises(PlatformError) as raised:
        _grant(body, "old")
    assert raised.value.code == "garbage"


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_nobody_waits_for_zoom_longer_than_stated(
    in_zoom: ZoomService, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugin.platforms.http.TOTAL_SECONDS", 1.0)
    in_zoom.zoom.fault("/oauth/token", kind)
    answer = in_zoom.install()
    assert answer.status_code == 503
    assert "does not answer" in answer.text


def test_when_zoom_does_not_say_who_it_was_the_app_is_added_and_an_errand_asks_later(
    in_zoom: ZoomService,
) -> None:
    in_zoom.zoom.fault("/v2/users/me", "status", status=500)
    answer = in_zoom.install("u_Ada")
    assert answer.status_code == 200
    assert "Added" in answer.text
    assert [each.user_id for each in tokens(in_zoom)] == [None]
    assert in_zoom.zoom.asked("/v2/zoomapp/deeplink") == 0  # whoever waits, waits for two answers at most
    in_zoom.run_errands()
    assert [each.user_id for each in tokens(in_zoom)] == ["u_Ada"]


def test_an_owner_found_later_takes_the_place_of_older_tokens(in_zoom: ZoomService) -> None:
    in_zoom.install("u_Ada")
    in_zoom.zoom.fault("/v2/users/me", "status", status=429)
    in_zoom.install("u_Ada")
    assert len(tokens(in_zoom)) == 2
    in_zoom.run_errands()
    (kept,) = tokens(in_zoom)
    assert kept.user_id == "u_Ada"


def test_tokens_that_nobody_can_be_found_for_go_after_a_day(in_zoom: ZoomService) -> None:
    in_zoom.zoom.fault("/v2/users/me", "status", status=500, times=10)
    in_zoom.install("u_Ada")
    from plugin.platforms.errands import look_around, office

    assert look_around(office(), time.time() + 60) == 1
    look_around(office(), time.time() + 90_000)
    assert tokens(in_zoom) == []


@pytest.mark.parametrize("kind", ["garbage", "status"])
def test_without_a_link_into_the_client_the_person_is_told_how_to_open_it(
    in_zoom: ZoomService, kind: str
) -> None:
    in_zoom.zoom.fault("/v2/zoomapp/deeplink", kind)
    answer = in_zoom.install()
    assert answer.status_code == 200
    assert "choose Apps" in answer.text
    assert len(tokens(in_zoom)) == 1


def test_a_link_that_leads_elsewhere_is_not_followed() -> None:
    class Odd:
        def get(self, url: str) -> dict[str, Any]:
            return {}

        def post(self, url: str, body: Any) -> dict[str, Any]:
            return {"deeplink": self.link}

    odd = Odd()
    zoom = platforms({"zoom": {"credentials": [("a", "b")]}})["zoom"]
    for odd.link, leads in (  # type: ignore[attr-defined]
        ("https://applications.zoom.us/launch/x", True),
        ("https://zoom.us.example.org/launch", False),
        ("http://zoom.us/launch", False),
        ("javascript:alert(1)", False),
        (7, False),
    ):
        assert (zoom.opening_url(odd, "{}") is not None) is leads, odd.link  # type: ignore[attr-defined]


# ---- tokens at rest ---------------------------------------------------------------------------------------------


@pytest.mark.sqlite
def test_a_copy_of_the_database_shows_no_token(in_zoom: ZoomService) -> None:
    in_zoom.install()
    asked(in_zoom)
    (kept,) = tokens(in_zoom)
    verifiers = [each.verifier for each in in_zoom.rows(Authorization)]
    assert verifiers
    everything = b"".join(path.read_bytes() for path in in_zoom.settings.data_folder.glob("mosaic.sqlite3*"))
    for secret in (kept.access_token, kept.refresh_token, CLIENT_SECRET, *verifiers):
        assert secret.encode() not in everything


def test_after_a_new_secret_key_old_tokens_are_still_read_and_new_ones_are_written_with_it(
    in_zoom: ZoomService,
) -> None:
    in_zoom.install("u_Hanna")
    new = "the key that came after the one before"
    keys = (new.replace(" ", "-"), *in_zoom.settings.secret_keys)
    both, only_new = (Database(replace(in_zoom.settings, secret_keys=each)) for each in (keys, keys[:1]))
    try:
        with both.read() as session:
            (kept,) = session.query(Installation).all()
        assert kept.access_token in in_zoom.zoom.access
        app = App("zoom", CLIENT_ID, CLIENT_SECRET, "", "", "")
        installs.keep(
            both,
            app,
            Grant("new access", "new refresh", "", 0.0),
            Owner(Identity("zoom", "", "u_Ada", "proved"), Profile()),
        )
        with only_new.read() as session:
            found = session.query(Installation).where(Installation.user_id == "u_Ada").one()
            assert found.access_token == "new access"
    finally:
        both.dispose()
        only_new.dispose()


def test_secrets_do_not_show_where_values_are_printed() -> None:
    app = App("zoom", CLIENT_ID, CLIENT_SECRET, "", "", "")
    shown = f"{app!r} {Grant('the access', 'the refresh', '', 0.0)!r}"
    assert CLIENT_SECRET not in shown
    assert "the access" not in shown
    assert "the refresh" not in shown


# ---- consenting inside the client -------------------------------------------------------------------------------


@pytest.fixture
def ada(in_zoom: ZoomService) -> Person:
    in_zoom.start_wall()
    return in_zoom.enter(uid="u_Ada", attendrole="participant")


def consented(service: ZoomService, person: Person, user_id: str = "u_Ada", **changes: Any) -> Any:
    """The page asks, the client shows Zoom's consent, and the page brings back what it got."""
    asking = person.get("/api/zoom/authorize")
    uri = changes.pop("consented_uri", HOME)
    body = {
        "code": service.zoom.consent(user_id, asking["codeChallenge"], uri),
        "state": asking["state"],
        "redirectUri": uri,
    } | changes
    return person.call("POST", "/api/zoom/onauthorized", json=body)


def test_a_consent_inside_the_client_brings_tokens_and_then_the_profile(
    in_zoom: ZoomService, ada: Person
) -> None:
    answer = consented(in_zoom, ada)
    assert answer.status_code == 200, answer.text
    assert answer.json["attendee"]["id"] == ada.joined["attendee"]["id"]
    assert answer.json["profile_pending"] is True
    assert [each.user_id for each in tokens(in_zoom)] == ["u_Ada"]
    in_zoom.run_errands()
    assert ada.get("/api/me")["profile"]["name"] == "Ada Lovelace"


def test_the_challenge_is_the_verifier_where_the_client_knows_no_other_method(
    in_zoom: ZoomService, ada: Person
) -> None:
    challenge = ada.get("/api/zoom/authorize")["codeChallenge"]
    assert challenge in {each.verifier for each in in_zoom.rows(Authorization)}


def test_the_method_is_a_setting(in_zoom: ZoomService) -> None:
    from plugin.app import create_app
    from plugin.web.request.services import EXTENSION

    app = create_app(with_zoom(in_zoom.settings, in_client_method="S256"))
    try:
        client = app.test_client()
        started = client.post("/api/zoom/session", json={"context": in_zoom.zoom.context()}).json
        headers = {"Authorization": f"Bearer {started['start_token']}"}
        opened = client.post(
            "/api/zoom/walls", json={"name": "x", "target_name": "coffee"}, headers=headers
        ).json
        headers = {"Authorization": f"Bearer {opened['token']}"}
        challenge = client.get("/api/zoom/authorize", headers=headers).json["codeChallenge"]
        assert len(challenge) == 43
        assert challenge not in {each.verifier for each in in_zoom.rows(Authorization)}
    finally:
        app.extensions[EXTENSION].database.dispose()
        app.extensions[EXTENSION].jobs.close()


def test_a_guest_who_consents_becomes_somebody_known_and_stays_who_they_were(in_zoom: ZoomService) -> None:
    in_zoom.start_wall()
    guest = in_zoom.enter(uid=None, attendrole="participant")
    answer = consented(in_zoom, guest)
    assert answer.json["attendee"]["assurance"] == "proved"
    assert answer.json["attendee"]["id"] == guest.joined["attendee"]["id"]
    again = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert again.joined["attendee"]["id"] == guest.joined["attendee"]["id"]


def test_a_guest_who_is_here_already_gets_a_token_for_whom_they_are(
    in_zoom: ZoomService, ada: Person
) -> None:
    guest = in_zoom.enter(uid=None, attendrole="participant")
    answer = consented(in_zoom, guest).json
    assert answer["attendee"]["id"] == ada.joined["attendee"]["id"]
    assert Person(in_zoom, answer["token"]).get("/api/me")["attendee"]["id"] == ada.joined["attendee"]["id"]


def test_a_consent_of_somebody_else_is_given_back(in_zoom: ZoomService, ada: Person) -> None:
    answer = consented(in_zoom, ada, user_id="u_Ben")
    assert (answer.status_code, error_of(answer)["code"]) == (403, "other_person")
    assert tokens(in_zoom) == []
    assert in_zoom.zoom.access == {}
    assert in_zoom.zoom.asked("/oauth/revoke") == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"state": ""},
        {"state": "x" * 43},
        {"state": None},
        {"state": 7},
        {"code": ""},
        {"code": None},
        {"code": "x" * 513},
        {"redirectUri": ""},
        {"redirectUri": "https://evil.example/zoom/home"},
        {"redirectUri": f"{BASE_URL}/zoom/home?x=1"},
        {"redirectUri": f"{BASE_URL}/zoom/home/"},
        {"redirectUri": f"{BASE_URL}.evil.example/zoom/home"},
        {"redirectUri": None},
    ],
)
def test_an_answer_with_a_fault_is_refused_before_zoom_is_asked(
    in_zoom: ZoomService, ada: Person, changes: dict[str, Any]
) -> None:
    answer = consented(in_zoom, ada, **changes)
    assert answer.status_code == 400
    assert in_zoom.zoom.asked("/oauth/token") == 0


def test_the_state_of_one_person_is_of_no_use_to_another(in_zoom: ZoomService, ada: Person) -> None:
    ben = in_zoom.enter(uid="u_Ben", attendrole="participant")
    state = ben.get("/api/zoom/authorize")["state"]
    assert consented(in_zoom, ada, state=state).status_code == 400
    assert in_zoom.zoom.asked("/oauth/token") == 0


def test_a_state_of_the_browser_is_of_no_use_in_the_client_and_the_other_way_round(
    in_zoom: ZoomService, ada: Person
) -> None:
    assert consented(in_zoom, ada, state=asked(in_zoom)["state"]).status_code == 400
    answered(in_zoom, code="x", state=ada.get("/api/zoom/authorize")["state"])
    assert in_zoom.zoom.asked("/oauth/token") == 0


def test_a_state_counts_once(in_zoom: ZoomService, ada: Person) -> None:
    asking = ada.get("/api/zoom/authorize")
    code = in_zoom.zoom.consent("u_Ada", asking["codeChallenge"], HOME)
    body = {"code": code, "state": asking["state"], "redirectUri": HOME}
    assert ada.call("POST", "/api/zoom/onauthorized", json=body).status_code == 200
    assert ada.call("POST", "/api/zoom/onauthorized", json=body).status_code == 400


def test_a_code_for_another_address_or_another_proof_key_is_refused_by_zoom(
    in_zoom: ZoomService, ada: Person
) -> None:
    for code in (
        in_zoom.zoom.consent("u_Ada", "another verifier", HOME),
        in_zoom.zoom.consent("u_Ada", ada.get("/api/zoom/authorize")["codeChallenge"], f"{BASE_URL}/other"),
        "unknown",
    ):
        answer = consented(in_zoom, ada, code=code)
        assert (answer.status_code, error_of(answer)["code"]) == (400, "refused")
    assert tokens(in_zoom) == []


@pytest.mark.parametrize("path", ["/oauth/token", "/v2/users/me"])
@pytest.mark.parametrize("status", [429, 500])
def test_when_zoom_is_busy_the_panel_is_told_and_nothing_changes(
    in_zoom: ZoomService, ada: Person, path: str, status: int
) -> None:
    in_zoom.zoom.fault(path, "status", status=status, retry_after=7)
    answer = consented(in_zoom, ada)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "7"
    assert tokens(in_zoom) == []
    assert consented(in_zoom, ada).status_code == 200


def test_outside_zoom_nobody_is_asked_for_a_consent(in_zoom: ZoomService) -> None:
    guest = in_zoom.open_event(work=False).join()
    assert guest.call("GET", "/api/zoom/authorize").status_code == 403
    assert guest.call("POST", "/api/zoom/onauthorized", json={}).status_code == 403
    assert in_zoom.client.get("/api/zoom/authorize").status_code == 401


def test_a_consent_belongs_to_the_credential_that_opened_the_meeting(
    settings: Any, made_walls: Path, zoom: FakeZoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugin.app import create_app
    from plugin.web.request.services import EXTENSION
    from worker.workshop import open_workshop

    zoom.apps["development_id"] = "development-secret"
    environ = environ_for(settings) | {"MOSAIC_BASE_URL": BASE_URL} | zoom.environ
    settings = type(settings).from_environ(environ, ADAPTERS)
    app = create_app(settings)
    service = ZoomService(app, settings, open_workshop(settings), made_walls, zoom)
    try:
        token = service.session(context=zoom.context("development_id")).json["start_token"]
        hanna = Person(service, service.open_wall(token, name="x").json["token"])
        asking = hanna.get("/api/zoom/authorize")
        code = zoom.consent("u_Hanna", asking["codeChallenge"], HOME, "development_id")
        body = {"code": code, "state": asking["state"], "redirectUri": HOME}
        assert hanna.call("POST", "/api/zoom/onauthorized", json=body).status_code == 200
        assert [each.client_id for each in tokens(service)] == ["development_id"]
    finally:
        for part in (app.extensions[EXTENSION], service.shop):
            part.database.dispose()
            part.jobs.close()


# ---- keeping tokens fresh ---------------------------------------------------------------------------------------


def finder(service: ZoomService) -> Any:
    zoom = platforms(service.settings.platform_options)["zoom"]
    return partial(app_of, "zoom", zoom.oauth)


def outdate(service: ZoomService) -> Installation:
    with service.shop.database.write() as session:
        kept: Installation = session.query(Installation).one()
        kept.expires_at = time.time() - 1
    return kept


def test_a_token_that_works_is_used_and_zoom_is_not_asked(in_zoom: ZoomService) -> None:
    in_zoom.install()
    (kept,) = tokens(in_zoom)
    assert installs.access_token(in_zoom.shop.database, kept.id, finder(in_zoom)) == kept.access_token
    assert in_zoom.zoom.asked("/oauth/token") == 1


def test_an_old_token_is_refreshed_and_the_new_refresh_token_kept(in_zoom: ZoomService) -> None:
    in_zoom.install()
    for _ in range(3):
        old = outdate(in_zoom)
        token = installs.access_token(in_zoom.shop.database, old.id, finder(in_zoom))
        (kept,) = tokens(in_zoom)
        assert token == kept.access_token != old.access_token
        assert kept.refresh_token != old.refresh_token
        assert kept.refreshing_until == 0.0
        assert Api(token).get(f"{in_zoom.zoom.address}/v2/users/me")["id"] == "u_Hanna"
    assert in_zoom.zoom.spent == set()


def test_a_consent_that_counts_no_more_is_forgotten(in_zoom: ZoomService) -> None:
    in_zoom.install()
    in_zoom.zoom.refresh.clear()
    old = outdate(in_zoom)
    assert installs.access_token(in_zoom.shop.database, old.id, finder(in_zoom)) is None
    assert tokens(in_zoom) == []
    assert installs.access_token(in_zoom.shop.database, old.id, finder(in_zoom)) is None


@pytest.mark.parametrize("status", [429, 500])
def test_a_zoom_that_is_busy_costs_no_token(in_zoom: ZoomService, status: int) -> None:
    in_zoom.install()
    old = outdate(in_zoom)
    in_zoom.zoom.fault("/oauth/token", "status", status=status)
    with pytest.raises(PlatformError):
        installs.access_token(in_zoom.shop.database, old.id, finder(in_zoom))
    assert installs.access_token(in_zoom.shop.database, old.id, finder(in_zoom))


def test_a_wrong_secret_of_ours_costs_no_token(in_zoom: ZoomService) -> None:
    in_zoom.install()
    old = outdate(in_zoom)
    in_zoom.zoom.apps[CLIENT_ID] = "changed in the Marketplace"
    with pytest.raises(PlatformError):
        installs.access_token(in_zoom.shop.database, old.id, finder(in_zoom))
    assert len(tokens(in_zoom)) == 1


def test_tokens_of_a_credential_that_was_taken_out_are_left_alone(in_zoom: ZoomService) -> None:
    in_zoom.install()
    old = outdate(in_zoom)
    assert installs.access_token(in_zoom.shop.database, old.id, lambda _client_id, _tenant: None) is None
    assert len(tokens(in_zoom)) == 1


def test_a_lease_of_somebody_who_died_runs_out(in_zoom: ZoomService) -> None:
    in_zoom.install()
    old = outdate(in_zoom)
    with in_zoom.shop.database.write() as session:
        session.get_one(Installation, old.id).refreshing_until = time.time() - 0.1
    assert installs.access_token(in_zoom.shop.database, old.id, finder(in_zoom))


def test_whoever_removed_the_app_meanwhile_stays_removed(in_zoom: ZoomService) -> None:
    in_zoom.install()
    old = outdate(in_zoom)
    app = finder(in_zoom)

    def removed_meanwhile(client_id: str, tenant: str) -> App | None:
        installs.remove(in_zoom.shop.database, old.id)
        return app(client_id, tenant)  # type: ignore[no-any-return]

    installs.access_token(in_zoom.shop.database, old.id, removed_meanwhile)
    assert tokens(in_zoom) == []


REFRESH = """
import os, sys
from functools import partial
from integrations.registry import ADAPTERS, platforms
from plugin.platforms import installs
from plugin.state.db import Database
from plugin.platforms.calls import app_of
from plugin.settings import Settings

settings = Settings.from_environ(os.environ, ADAPTERS)
zoom = platforms(settings.platform_options)["zoom"]
print("ready", flush=True)
sys.stdin.readline()
print(installs.access_token(Database(settings), int(sys.argv[1]), partial(app_of, "zoom", zoom.oauth)))
"""


def test_two_processes_at_once_spend_a_refresh_token_once(in_zoom: ZoomService) -> None:
    in_zoom.install()
    old = outdate(in_zoom)
    before = in_zoom.zoom.asked("/oauth/token")
    in_zoom.zoom.fault("/oauth/token", "slow", seconds=0.5)
    command = [sys.executable, "-c", REFRESH, str(old.id)]
    processes = [
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = {process.communicate(timeout=60)[0].strip() for process in processes}
    (kept,) = tokens(in_zoom)
    assert said == {kept.access_token}
    assert kept.access_token != old.access_token
    assert in_zoom.zoom.asked("/oauth/token") == before + 1
    assert in_zoom.zoom.spent == set()


def test_many_threads_at_once_spend_a_refresh_token_once(in_zoom: ZoomService) -> None:
    from concurrent.futures import ThreadPoolExecutor

    in_zoom.install()
    old = outdate(in_zoom)
    in_zoom.zoom.fault("/oauth/token", "slow", seconds=0.2)
    ask = partial(installs.access_token, in_zoom.shop.database, old.id, finder(in_zoom))
    with ThreadPoolExecutor(6) as pool:
        said = {future.result() for future in [pool.submit(ask) for _ in range(6)]}
    assert len(said) == 1
    assert in_zoom.zoom.spent == set()
