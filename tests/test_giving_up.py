"""Whoever erases themselves or signs out gives up the tokens that let us ask about them; a platform that can revoke
them is told, and nobody waits for that."""

import time
from typing import Any

import pytest
from sqlalchemy import select, text

from plugin.platforms import errands, installs
from plugin.state.platform_models import Installation, Setup
from tests.factories import Person, Service, error_of
from tests.fake_teams.server import ACME, ADA
from tests.teams_cast import TeamsService
from tests.test_made_up_platform import FairService, at_fair, fair
from tests.test_zoom_oauth import consented
from tests.zoom_cast import ZoomService

FIXTURES = (at_fair, fair)
REVOKE = "/oauth/revoke"


def rows(service: Service) -> list[Installation]:
    with service.shop.database.read() as session:
        return list(session.scalars(select(Installation)))


def everything(service: Service) -> str:
    """All that is in the table, as it lies there."""
    with service.shop.database.read() as session:
        return str(session.execute(text("SELECT * FROM installations")).all())


@pytest.fixture
def ada(in_zoom: ZoomService) -> Person:
    """Somebody in a meeting of Zoom's who has added the app."""
    in_zoom.start_wall()
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert consented(in_zoom, ada).status_code == 200
    return ada


def give_up(person: Person, way: str) -> None:
    method, path = ("DELETE", "/api/me") if way == "erase" else ("POST", "/api/zoom/sign-out")
    assert person.call(method, path, json={}).status_code in (200, 202)


@pytest.mark.parametrize("way", ["erase", "sign out"])
def test_tokens_are_nobodys_at_once_and_then_revoked(in_zoom: ZoomService, ada: Person, way: str) -> None:
    assert [each.user_id for each in rows(in_zoom)] == ["u_Ada"]
    give_up(ada, way)
    assert "u_Ada" not in everything(in_zoom)
    assert in_zoom.zoom.asked(REVOKE) == 0  # nobody waited for it
    in_zoom.run_errands()
    assert in_zoom.zoom.asked(REVOKE) == 1
    assert in_zoom.zoom.access == in_zoom.zoom.refresh == {}
    assert rows(in_zoom) == []


def test_tokens_that_have_run_out_are_made_new_only_to_be_revoked(in_zoom: ZoomService, ada: Person) -> None:
    with in_zoom.shop.database.write() as session:
        session.scalars(select(Installation)).one().expires_at = 0.0
    give_up(ada, "erase")
    in_zoom.run_errands()
    assert in_zoom.zoom.asked(REVOKE) == 1
    assert in_zoom.zoom.refresh == {}
    assert rows(in_zoom) == []


def test_a_platform_that_does_not_answer_is_told_later_and_not_for_ever(
    in_zoom: ZoomService, ada: Person
) -> None:
    in_zoom.zoom.fault(REVOKE, "status", times=2, status=503)
    give_up(ada, "erase")
    in_zoom.run_errands()
    assert len(rows(in_zoom)) == 1
    office, now = errands.office(), time.time()
    errands.look_around(office, now)
    in_zoom.run_errands()
    assert in_zoom.zoom.asked(REVOKE) == 1  # not before the pause
    errands.look_around(office, now + errands.REVOKE_PAUSE_SECONDS + 5)
    in_zoom.run_errands()
    assert in_zoom.zoom.asked(REVOKE) == 2
    errands.look_around(office, now + errands.GIVEN_UP_KEPT_SECONDS + 5)
    assert rows(in_zoom) == []


def test_erasing_at_teams_which_revokes_nothing_leaves_no_token(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")["place"]
    in_teams.teams.agreed.add((ACME, ADA))
    ada = in_teams.enter("ada", place)
    in_teams.run_errands()
    assert [each.user_id for each in rows(in_teams) if each.refresh_token] == [ADA]
    assert ada.call("DELETE", "/api/me").status_code == 202
    assert [each.user_id for each in rows(in_teams) if each.user_id == ADA] == []
    assert ADA not in everything(in_teams)


def test_erasing_forgets_what_somebody_set_up_and_nobody_agreed_to(in_teams: TeamsService) -> None:
    place = in_teams.configured("hanna")["place"]
    in_teams.configured("ada", kind="same")
    hanna, ada = in_teams.enter("hanna", place), in_teams.enter("ada", place)
    assert [each["name"] for each in hanna.get("/api/host/co-hosts")["waiting"]] == ["Ada Lovelace"]
    ada.call("DELETE", "/api/me")
    assert hanna.get("/api/host/co-hosts")["waiting"] == []
    with in_teams.shop.database.read() as session:
        assert session.scalars(select(Setup)).all() == []


def test_a_guest_gives_up_nobodys_tokens(in_zoom: ZoomService, ada: Person) -> None:
    guest = in_zoom.enter(uid=None, attendrole="participant")
    give_up(guest, "erase")
    assert [each.user_id for each in rows(in_zoom)] == ["u_Ada"]


def test_what_somebody_added_for_everybody_of_their_tenant_stays(at_fair: FairService) -> None:
    at_fair.start_wall()
    hanna = at_fair.enter()
    asking = hanna.get("/api/fair/authorize")
    body: dict[str, Any] = {
        "code": at_fair.fair.consent(asking["codeChallenge"]),
        "state": asking["state"],
        "redirectUri": "https://mosaic.example.org/fair/home",
    }
    assert hanna.call("POST", "/api/fair/onauthorized", json=body).status_code == 200
    assert hanna.call("DELETE", "/api/me").status_code == 202
    at_fair.run_errands()
    assert [each.is_for_tenant for each in rows(at_fair)] == [True]
    assert REVOKE not in at_fair.fair.asked


def test_nobody_finds_tokens_that_were_given_up(in_zoom: ZoomService, ada: Person) -> None:
    give_up(ada, "sign out")
    (given,) = rows(in_zoom)
    assert installs.platform_of(in_zoom.shop.database, given.id) is None
    again = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert again.get("/api/me")["profile_pending"] is False
    answer = again.call("GET", "/api/zoom/authorize")
    assert answer.status_code == 200, error_of(answer)
