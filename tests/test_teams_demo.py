"""The demo whose people come from a meeting of the stand-in for Teams."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from plugin.operate import demo
from plugin.operate.platform_demo import ClientDoor
from plugin.state.models import Assurance, Attendee
from tests.factories import photo_bytes
from tests.fake_teams.client import FakeClient
from tests.fake_teams.demo import Meeting
from tests.fake_teams.server import ACME, GLOBEX
from tests.teams_cast import TeamsService


def test_people_of_two_tenants_and_anonymous_ones_come_by_the_tab_that_the_host_set_up(
    in_teams: TeamsService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = [tmp_path / f"{number}.jpg" for number in range(6)]
    for number, path in enumerate(photos):
        path.write_bytes(photo_bytes(number))
    server = make_server("127.0.0.1", 0, in_teams.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with FakeClient(server.server_port, lambda _person: "") as client:
            door = ClientDoor("teams", "Teams", Meeting(in_teams.teams, client), has_places=True)
            code = demo.let_arrive(f"http://127.0.0.1:{server.server_port}", 6, 0, "coffee", photos, door)
            (meeting,) = client.meetings.values()
            assert "/teams/home?tab=" in meeting["tab"]["contentUrl"]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    with in_teams.shop.database.read() as session:
        people = list(session.scalars(select(Attendee).where(Attendee.platform == "teams")))
    assert {each.assurance for each in people} == {Assurance.PROVED, Assurance.GUEST}
    assert {each.tenant for each in people if each.assurance is Assurance.PROVED} == {ACME, GLOBEX}
    told = capsys.readouterr().out
    assert code in told
    assert "chromium" in told
