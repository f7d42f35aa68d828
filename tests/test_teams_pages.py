"""Pages of Teams: who may frame them, what they begin with, and what the store wants to read."""

import json
import re
from typing import Any

import pytest

from integrations.teams import Teams
from tests.fake_teams.server import APP_ID, CLIENT_ID
from tests.teams_cast import BASE_URL, TeamsService

FRAMES = "frame-ancestors 'self' https://teams.microsoft.com https://*.teams.microsoft.com https://*.cloud.microsoft"


def boot_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="boot">(.*?)</script>', page, re.S)
    assert found
    boot: dict[str, Any] = json.loads(found[1])
    return boot


def ancestors(headers: Any) -> str:
    (found,) = [
        each for each in headers["Content-Security-Policy"].split("; ") if each.startswith("frame-anc")
    ]
    return str(found)


# ---- frames -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["home", "home?tab=x", *Teams.pages, "nothing"])
def test_teams_frames_its_own_pages_and_nobody_else_does(in_teams: TeamsService, path: str) -> None:
    answer = in_teams.client.get(f"/teams/{path}")
    assert answer.status_code == (404 if path == "nothing" else 200)
    assert "X-Frame-Options" not in answer.headers
    if path != "nothing":
        assert ancestors(answer.headers) == FRAMES


def test_errors_of_its_calls_are_framed_like_its_pages(in_teams: TeamsService) -> None:
    assert ancestors(in_teams.client.get("/teams/stage?code=BCDFGH").headers) == FRAMES
    assert ancestors(in_teams.session("x.y.z").headers) == FRAMES


@pytest.mark.parametrize("path", ["/", "/start", "/e/{code}", "/host/{code}", "/api/targets"])
def test_teams_frames_nothing_else_of_ours(in_teams: TeamsService, path: str) -> None:
    code = in_teams.open_event(work=False).code
    answer = in_teams.client.get(path.replace("{code}", code))
    assert ancestors(answer.headers) == "frame-ancestors 'self'"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["start", "end"])
def test_the_window_for_consents_is_framed_by_nobody_and_keeps_who_opened_it(
    in_teams: TeamsService, path: str
) -> None:
    answer = in_teams.client.get(f"/teams/auth/{path}")
    assert ancestors(answer.headers) == "frame-ancestors 'none'"
    assert "Cross-Origin-Opener-Policy" not in answer.headers
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_the_windows_way_to_microsoft_keeps_who_opened_it_too(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    popup = in_teams.enter("ada", place["place"]).get("/api/teams/authorize")["popup"]
    answer = in_teams.client.get(popup)
    assert answer.status_code == 302
    assert "Cross-Origin-Opener-Policy" not in answer.headers


def test_nothing_sets_a_cookie(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")
    in_teams.enter("ada", place["place"])
    for path in ("home", "configure", "ready", "auth/end", f"stage?code={place['event']['code']}"):
        assert "Set-Cookie" not in in_teams.client.get(f"/teams/{path}").headers
    assert in_teams.client._cookies == {}


# ---- what pages begin with --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["home", "configure", "ready"])
def test_a_page_knows_its_calls_and_no_event(in_teams: TeamsService, path: str) -> None:
    boot = boot_of(in_teams.client.get(f"/teams/{path}").text)
    assert (boot["platform"], boot["title"], boot["code"], boot["launch"]) == ("teams", "Teams", None, None)
    assert boot["paths"] == {
        "session": "/api/teams/session",
        "walls": "/api/teams/walls",
        "look": "/api/teams/look",
        "places": "/api/teams/places",
        "stage": "/teams/stage",
        "authorize": "/api/teams/authorize",
        "authorized": "/api/teams/onauthorized",
        "sign_out": "/api/teams/sign-out",
        "connected": "/api/teams/organize/proof",
        "about": "/teams/",
        "install": "/teams/",
    }
    assert (boot["own"]["app_id"], boot["own"]["client_id"]) == (APP_ID, CLIENT_ID)
    assert boot["own"]["admin_consent"].endswith(f"&redirect_uri={BASE_URL}/teams/ready")
    assert "fake-teams-secret" not in json.dumps(boot)


def test_the_stage_is_the_events_and_needs_nobodys_token(in_teams: TeamsService) -> None:
    code = in_teams.configured("hanna")["event"]["code"]
    boot = boot_of(in_teams.client.get(f"/teams/stage?code={code.lower()}").text)
    assert (boot["stage"], boot["code"], boot["platform"]) == (True, code, "teams")
    joined = in_teams.client.post("/api/join", json={"code": code, "stage": True})
    assert joined.status_code == 200
    assert in_teams.client.get("/teams/stage").status_code == 404
    assert in_teams.client.get("/teams/stage?code=BCDFGH").status_code == 404


@pytest.mark.parametrize("path", ["", "privacy", "terms", "support"])
def test_what_the_store_wants_to_read_says_whom_to_ask(in_teams: TeamsService, path: str) -> None:
    page = in_teams.client.get(f"/teams/{path}").text
    for other in ("/teams/", "/teams/privacy", "/teams/terms", "/teams/support"):
        assert f'href="{other}"' in page
    assert "Zoom" not in page
    assert "organization" in page or path == "terms"


def test_without_credentials_there_is_no_teams(service: Any) -> None:
    for path in ("home", "", "configure", "auth/start", "auth/end", "stage"):
        assert service.client.get(f"/teams/{path}").status_code == 404
    assert service.client.post("/api/teams/session", json={}).status_code == 404


def test_a_made_up_frame_of_the_operators_is_added(in_teams: TeamsService) -> None:
    more = Teams("id", "secret", frames=("teams.live.com", "*.teams.microsoft.us"))
    assert more.frame_ancestors[-2:] == ("https://teams.live.com", "https://*.teams.microsoft.us")
