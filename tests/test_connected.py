"""The page of whoever added the app in a meeting client: what is connected, keys for signed links, and its end."""

import time
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from werkzeug.test import TestResponse

from plugin.platforms import gatherings
from plugin.state.models import Tenant
from plugin.state.platform_models import Installation, Suggestion, SuggestionState
from tests.factories import Service
from tests.fake_teams.server import ACME, HANNA
from tests.teams_cast import TeamsService
from tests.test_teams_profile import run_until
from tests.zoom_cast import BASE_URL, MEETING, ZoomService


class Page:
    """The page, as its script calls ours."""

    def __init__(self, service: Service, platform: str, address: str) -> None:
        self.service, self.api = service, f"/api/{platform}/organize"
        where, _, handover = address.removeprefix(BASE_URL).partition("#")
        assert where == f"/{platform}/organize"
        self.handover = handover
        self.entered = service.client.post(f"{self.api}/session", json={"handover": handover})
        self.token = (self.entered.json or {}).get("token", "")

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.service.client.open(f"{self.api}{path}", method=method, headers=headers, **options)

    def state(self) -> Any:
        answer = self.call("GET", "/state")
        assert answer.status_code == 200, answer.text
        return answer.json


def added_in_zoom(in_zoom: ZoomService, user_id: str = "u_Hanna") -> Page:
    landed = in_zoom.install(user_id, "/zoom/install?to=page")
    assert landed.status_code == 303, landed.text
    return Page(in_zoom, "zoom", landed.headers["Location"])


def proved_in_teams(in_teams: TeamsService, who: str) -> TestResponse:
    body = {"token": in_teams.token(who), "context": {"frame": "content"}}
    return in_teams.client.post("/api/teams/organize/proof", json=body)


def agreed_in_teams(in_teams: TeamsService) -> Page:
    """Hanna set up a wall in Teams, and agreed that we read her profile."""
    in_teams.teams.agreed.add((ACME, HANNA))
    hanna = in_teams.enter("hanna", in_teams.configured("hanna")["place"])
    run_until(in_teams, hanna)
    answer = proved_in_teams(in_teams, "hanna")
    assert answer.status_code == 200, answer.text
    return Page(in_teams, "teams", answer.json["address"])


# ---- the way there ----------------------------------------------------------------------------------------------


def test_whoever_adds_the_app_anew_for_it_sees_what_is_connected_and_no_token(in_zoom: ZoomService) -> None:
    state = added_in_zoom(in_zoom).state()
    connection = state["connection"]
    assert (connection["is_known"], connection["has_key"], connection["is_renewed"]) == (True, False, True)
    assert connection["token_seconds"] > 0
    assert abs(connection["since"] - time.time()) < 60
    assert "user:read:user" in " ".join(connection["scopes"])
    assert (state["walls"], state["signing"]["number"]) == ([], 0)
    (kept,) = in_zoom.rows(Installation)
    for secret in (kept.access_token, kept.refresh_token):
        assert secret not in str(state)


def test_where_the_client_does_not_open_by_itself_the_page_after_the_callback_leads_there(
    in_zoom: ZoomService,
) -> None:
    in_zoom.zoom.fault("/v2/zoomapp/deeplink", 503)
    landed = in_zoom.install()
    assert landed.status_code == 200
    address = landed.text.partition('href="/zoom/organize#')[2].partition('"')[0]
    assert address
    assert Page(in_zoom, "zoom", f"/zoom/organize#{address}").state()["connection"]["is_known"]


def test_a_proof_of_the_client_leads_there_once_each(in_zoom: ZoomService) -> None:
    in_zoom.install()
    body = {"context": in_zoom.zoom.context(uid="u_Hanna", mid=MEETING)}
    answer = in_zoom.client.post("/api/zoom/organize/proof", json=body)
    assert answer.json["address"].startswith(f"{BASE_URL}/zoom/organize#")
    page = Page(in_zoom, "zoom", answer.json["address"])
    assert page.state()["connection"]["is_known"]
    assert Page(in_zoom, "zoom", answer.json["address"]).entered.status_code == 401  # used
    again = in_zoom.client.post("/api/zoom/organize/proof", json=body)
    assert (again.status_code, again.json["error"]["code"]) == (401, "used_context")


def test_no_other_page_may_show_it_in_a_frame(in_zoom: ZoomService) -> None:
    policy = in_zoom.client.get("/zoom/organize").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy


def test_nobody_else_is_led_there(in_zoom: ZoomService) -> None:
    in_zoom.install("u_Hanna")
    ada = in_zoom.client.post("/api/zoom/organize/proof", json={"context": in_zoom.zoom.context(uid="u_Ada")})
    assert (ada.status_code, ada.json["error"]["code"]) == (404, "nothing_connected")
    guest = in_zoom.client.post("/api/zoom/organize/proof", json={"context": in_zoom.zoom.context(uid=None)})
    assert (guest.status_code, guest.json["error"]["code"]) == (403, "not_proved")
    hanna = in_zoom.start_wall()
    for body in ({}, {"context": "forged"}, {"return_key": hanna.joined["return_key"]}, {"context": 7}):
        answer = in_zoom.client.post("/api/zoom/organize/proof", json=body)
        assert 400 <= answer.status_code < 500, body
    assert in_zoom.client.get("/api/zoom/organize/state").status_code == 401
    assert (
        hanna.call("GET", "/api/zoom/organize/state").status_code == 401
    )  # a panel's token opens nothing here


def test_what_only_organizers_with_lists_have_is_not_there(in_zoom: ZoomService) -> None:
    page = added_in_zoom(in_zoom)
    for method, path in (("GET", "/tenants"), ("GET", "/gatherings"), ("POST", "/walls"), ("POST", "/key")):
        assert page.call(method, path, json={}).status_code in (404, 405), path


def test_in_teams_somebody_who_agreed_sees_it_and_somebody_who_did_not_has_nothing(
    in_teams: TeamsService,
) -> None:
    page = agreed_in_teams(in_teams)
    connection = page.state()["connection"]
    assert (connection["is_known"], connection["is_renewed"]) == (True, True)
    ada = proved_in_teams(in_teams, "ada")
    assert (ada.status_code, ada.json["error"]["code"]) == (404, "nothing_connected")


# ---- the end ----------------------------------------------------------------------------------------------------


def test_disconnecting_deletes_the_tokens_and_keys_and_zoom_hears_of_it(in_zoom: ZoomService) -> None:
    hanna = in_zoom.start_wall()
    page = added_in_zoom(in_zoom)
    assert page.call("POST", "/signing-key", json={}).status_code == 200
    assert page.call("DELETE", "").status_code == 200
    assert page.call("GET", "/state").status_code == 401
    body = {"context": in_zoom.zoom.context(uid="u_Hanna")}
    assert in_zoom.client.post("/api/zoom/organize/proof", json=body).status_code == 404
    in_zoom.run_errands()
    assert in_zoom.zoom.asked("/oauth/revoke") == 1
    assert in_zoom.rows(Installation) == []
    assert [each.ticket_key for each in in_zoom.rows(Tenant)] == [None]
    assert hanna.get("/api/wall")["name"] == "Stand-up"  # the wall stays


def test_disconnecting_in_teams_deletes_what_graph_told(in_teams: TeamsService) -> None:
    page = agreed_in_teams(in_teams)

    def told() -> list[Suggestion]:
        with in_teams.shop.database.read() as session:
            return list(session.query(Suggestion).all())

    assert [each.name for each in told()] == ["Hanna Host"]
    assert page.call("DELETE", "").status_code == 200
    assert [(each.name, each.picture_key, each.state) for each in told()] == [
        (None, None, SuggestionState.NONE)
    ]
    with in_teams.shop.database.read() as session:
        assert session.query(Installation).all() == []


def test_one_persons_end_is_nobody_elses(in_zoom: ZoomService) -> None:
    added_in_zoom(in_zoom, "u_Ada").call("POST", "/signing-key", json={})
    ada = added_in_zoom(in_zoom, "u_Ada")
    hanna = added_in_zoom(in_zoom, "u_Hanna")
    hanna.call("POST", "/signing-key", json={})
    assert hanna.state()["signing"]["kid"] != ada.state()["signing"]["kid"]
    hanna.call("DELETE", "")
    assert ada.state()["signing"]["number"] == 1


# ---- keys for signed links --------------------------------------------------------------------------------------


def ticket(made: dict[str, Any], code: str, role: str = "host") -> str:
    claims = {
        "aud": "virtual-mosaic",
        "exp": int(time.time()) + 120,
        "jti": f"{code}-{role}-{time.time()}",
        "sub": "visitor-7",
        "code": code,
        "role": role,
    }
    return jwt.encode({"alg": "HS256", "kid": made["kid"]}, claims, OctKey.import_key(made["key"]))


def opened(service: Service, made: dict[str, Any], code: str) -> str:
    """The role of whoever comes by a signed link; "" for one that opens nothing."""
    landed = service.client.get("/web/launch", query_string={"ticket": ticket(made, code)})
    if landed.status_code != 303:
        return ""
    launch = landed.headers["Location"].partition("#launch=")[2]
    joined = service.client.post("/api/join", json={"code": code, "launch": launch})
    return str(joined.json["attendee"]["role"])


@pytest.mark.parametrize("when", ["before", "after"])
def test_keys_count_for_the_walls_that_one_started_and_for_no_others(in_zoom: ZoomService, when: str) -> None:
    page = added_in_zoom(in_zoom)
    made = page.call("POST", "/signing-key", json={}).json if when == "after" else {}
    own = in_zoom.start_wall().joined["event"]["code"]
    others = in_zoom.start_wall(uid="u_Ada", mid="b3RoZXItbWVldGluZw==").joined["event"]["code"]
    made = made or page.call("POST", "/signing-key", json={}).json
    assert opened(in_zoom, made, own) == "host"
    assert opened(in_zoom, made, others) == ""


def test_keys_count_for_the_wall_that_one_set_up_in_teams(in_teams: TeamsService) -> None:
    page = agreed_in_teams(in_teams)
    made = page.call("POST", "/signing-key", json={}).json
    later = in_teams.configured("hanna", chat="19:another@thread.v2")["event"]["code"]
    assert opened(in_teams, made, later) == "host"
    ada = in_teams.configured("ada", chat="19:adas_own@thread.v2")["event"]["code"]
    assert opened(in_teams, made, ada) == ""


def test_while_nobody_knows_whose_tokens_these_are_there_is_no_key(in_zoom: ZoomService) -> None:
    database = in_zoom.shop.database
    app = in_zoom.app.extensions["mosaic"].platforms["zoom"].oauth
    client_id = app.credentials[0].client_id
    with database.write() as session:
        row = Installation(
            platform="zoom", client_id=client_id, access_token="a", refresh_token="r", expires_at=time.time()
        )
        session.add(row)
        session.flush()
        number = row.id
    by = gatherings.organizer(database, "zoom", number)
    assert by is not None
    with in_zoom.app.test_request_context():
        from plugin.web.views.organizing import address

        page = Page(in_zoom, "zoom", address(in_zoom.app.extensions["mosaic"].platforms["zoom"], number))
    assert page.state()["signing"] is None
    refused = page.call("POST", "/signing-key", json={})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "not_named")
    assert page.call("DELETE", "").status_code == 200
    assert in_zoom.rows(Installation) == []
