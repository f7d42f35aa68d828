"""The demo whose people come from a meeting of the stand-in for Zoom."""

import threading
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.serving import make_server

from plugin.cli import main
from plugin.operate import demo, platform_demo
from plugin.operate.demo import DemoError
from plugin.operate.platform_demo import ClientDoor
from plugin.state.models import Assurance, Attendee
from tests.factories import photo_bytes
from tests.fake_zoom.demo import Meeting
from tests.zoom_cast import ZoomService


def test_known_people_and_guests_come_from_the_main_room_and_from_breakout_rooms(
    in_zoom: ZoomService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = [tmp_path / f"{number}.jpg" for number in range(6)]
    for number, path in enumerate(photos):
        path.write_bytes(photo_bytes(number))
    server = make_server("127.0.0.1", 0, in_zoom.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        code = demo.let_arrive(url, 6, 0, "coffee", photos, ClientDoor("zoom", "Zoom", Meeting(in_zoom.zoom)))
        with pytest.raises(DemoError, match="no picture called"):
            demo.let_arrive(url, 6, 0, "unknown", photos, ClientDoor("zoom", "Zoom", Meeting(in_zoom.zoom)))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    people = [each for each in in_zoom.rows(Attendee) if each.user_id != "u_Hanna"]
    assert len(people) == 6
    assert {each.platform for each in people} == {"zoom"}
    assert {each.assurance for each in people} == {Assurance.PROVED, Assurance.GUEST}
    assert len({each.room for each in people}) == 3
    assert code in capsys.readouterr().out


def test_where_the_sources_are_not_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platform_demo, "CHECKOUT", tmp_path)
    told = CliRunner().invoke(main, ["demo", "--platform", "zoom"])
    assert told.exit_code == 1
    assert "source checkout only" in told.output
    assert "Traceback" not in told.output


def test_it_does_not_take_over_a_service_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_demo, "is_up", lambda _url: True)
    told = CliRunner().invoke(main, ["demo", "--platform", "zoom", "--url", "http://127.0.0.1:9"])
    assert told.exit_code == 1
    assert "answers at http://127.0.0.1:9 already" in told.output
