"""How many walls and places somebody may set up: counted for each person, so that a conference shares no limit."""

import pytest

from plugin.web.request import limits
from tests.factories import error_of
from tests.teams_cast import TeamsService

FEW = "3 per hour"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "OPENING", FEW)


def statuses(in_teams: TeamsService, who: str, number: int) -> list[int]:
    wish = {"kind": "code", "host_code": "BCDF-GHJK-MNPQ"}  # the cheapest wish is counted like all others
    return [in_teams.save(who, **wish).status_code for _ in range(number)]


def test_one_persons_many_places_leave_those_of_a_neighbour_alone(in_teams: TeamsService) -> None:
    assert statuses(in_teams, "hanna", 4) == [404, 404, 404, 429]
    assert statuses(in_teams, "ada", 2) == [404, 404]
    refused = in_teams.save("hanna", kind="same")
    assert error_of(refused)["code"] == "too_many_walls"
    assert 0 < int(refused.headers["Retry-After"]) <= 3600


def test_whoever_proves_nothing_uses_up_nobodys_number(in_teams: TeamsService) -> None:
    for _ in range(5):
        forged = in_teams.token("hanna")[:-8] + "AAAAAAAA"
        body = {"token": forged, "context": {}, "wish": {"kind": "same"}}
        assert in_teams.client.post("/api/teams/places", json=body).status_code == 401
    assert statuses(in_teams, "hanna", 1) == [404]
