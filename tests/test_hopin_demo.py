"""The demo whose people come from an event of the stand-in for RingCentral Events."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from plugin.operate import demo
from plugin.operate.platform_demo import ClientDoor
from plugin.state.models import Assurance, Attendee
from tests.factories import photo_bytes
from tests.fake_hopin.demo import Gathering
from tests.hopin_cast import HopinService


def test_guests_come_by_the_frame_that_an_organizer_embedded(
    in_hopin: HopinService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = [tmp_path / f"{number}.jpg" for number in range(6)]
    for number, path in enumerate(photos):
        path.write_bytes(photo_bytes(number))
    server = make_server("127.0.0.1", 0, in_hopin.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        door = ClientDoor("hopin", "RingCentral Events", Gathering(in_hopin.hopin), has_organizers=True)
        assert door.looks_around_seconds > 20  # guests like those with a code
        code = demo.let_arrive(f"http://127.0.0.1:{server.server_port}", 6, 0, "coffee", photos, door)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    with in_hopin.shop.database.read() as session:
        people = list(session.scalars(select(Attendee).where(Attendee.platform == "hopin")))
    assert {each.assurance for each in people} == {Assurance.GUEST}
    assert len({each.room for each in people}) == 3
    told = capsys.readouterr().out
    assert code in told
    assert "/venue?show=" in told
