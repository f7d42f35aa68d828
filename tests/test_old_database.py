"""A database as version 0.1 left it: after migrating, everybody is still who they were.

`old/0006.sql` is the dump of one, made with the secret key of the tests: a Zoom meeting with its host, who added the
app, a co-host, a guest and somebody in a breakout room who has just removed the app.
"""

import sqlite3
from pathlib import Path

import pytest

from plugin.settings import Settings
from plugin.state.db import migrate
from plugin.state.models import Assurance, Attendee, StageChoice
from plugin.state.platform_models import Installation, Notice
from tests.zoom_cast import ZoomService

pytestmark = pytest.mark.sqlite

DUMP = Path(__file__).parent / "old/0006.sql"
GUEST_KEY = "Mw.-s96bQyNQo4tAzB_dp5wImKkeoY"
OTHER = "YW5vdGhlci1tZWV0aW5n/w=="


@pytest.fixture
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In place of an empty database of today."""
    folder = tmp_path_factory.mktemp("old")
    with sqlite3.connect(folder / "mosaic.sqlite3") as database:
        database.executescript(DUMP.read_text(encoding="utf-8"))
        database.execute("UPDATE attendees SET on_stage = 1 WHERE id = 2")
        database.execute("UPDATE attendees SET in_keepsake = 1 WHERE id = 2")
    database.close()
    migrate(Settings.from_environ({"MOSAIC_SECRET_KEY": "x" * 40, "MOSAIC_DATA": str(folder)}))
    return folder / "mosaic.sqlite3"


def test_everybody_is_who_they_were(in_zoom: ZoomService) -> None:
    hanna = in_zoom.enter(uid="u_Hanna", attendrole="host")
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    guest = in_zoom.enter(GUEST_KEY, uid=None, attendrole="participant")
    assert [each.joined["attendee"]["id"] for each in (hanna, ada, guest)] == [1, 2, 3]
    assert hanna.joined["event"]["name"] == "Stand-up"
    assert len(in_zoom.rows(Attendee)) == 4


def test_whoever_had_not_said_yes_stays_off_the_stage_until_they_do(in_zoom: ZoomService) -> None:
    said = {each.id: (each.stage, each.stage_public) for each in in_zoom.rows(Attendee)}
    assert said.pop(2) == (StageChoice.NAMED, True)  # to the stage and to recordings
    assert set(said.values()) == {(StageChoice.NO, False)}
    newcomer = in_zoom.enter(uid="u_Zoe", attendrole="participant")
    assert newcomer.joined["attendee"]["stage"] == StageChoice.UNSAID


def test_whoever_agreed_to_the_keepsake_alone_is_asked_again_and_is_in_nothing_until_then(
    in_zoom: ZoomService,
) -> None:
    said = {each.id: (each.in_keepsake, each.keepsake_terms) for each in in_zoom.rows(Attendee)}
    assert said.pop(2) == (False, 1)
    assert set(said.values()) == {(False, 0)}
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant")
    assert ada.joined["attendee"]["keepsake_asked"] == "before"
    ada.call("PATCH", "/api/me", json={"in_keepsake": True})  # a panel of before, with the words of before
    assert in_zoom.rows(Attendee)[1].in_keepsake is False
    ada.call("PATCH", "/api/me", json={"keepsake": True})
    assert ada.get("/api/me")["attendee"]["keepsake_asked"] == "yes"
    assert ada.get("/api/me")["attendee"]["in_keepsake"] is True
    ada.call("PATCH", "/api/me", json={"in_keepsake": False})  # a no counts, whatever was asked
    assert ada.get("/api/me")["attendee"]["in_keepsake"] is False
    newcomer = in_zoom.enter(uid="u_Zoe", attendrole="participant")
    assert newcomer.joined["attendee"]["keepsake_asked"] == "no"


def test_the_opener_is_known_by_their_wall_and_the_installer_by_their_installation(
    in_zoom: ZoomService,
) -> None:
    elsewhere = in_zoom.session(context={"uid": "u_Hanna", "attendrole": "participant", "mid": OTHER}).json
    assert [each["name"] for each in elsewhere["meeting"]["earlier"]] == []
    assert elsewhere["meeting"]["can_start"] is True  # she added the app
    hosting = in_zoom.session(context={"uid": "u_Hanna", "attendrole": "host", "mid": OTHER}).json
    assert [each["name"] for each in hosting["meeting"]["earlier"]] == ["Stand-up"]
    nobody = in_zoom.session(context={"uid": "u_Ada", "attendrole": "participant", "mid": OTHER}).json
    assert nobody["meeting"]["can_start"] is False
    (kept,) = in_zoom.rows(Installation)
    assert (kept.tenant, kept.account, kept.user_id, kept.is_for_tenant) == ("", "a_Acme", "u_Hanna", False)
    assert kept.access_token


def test_adding_the_app_again_takes_the_place_of_what_there_was(in_zoom: ZoomService) -> None:
    in_zoom.install()
    assert len(in_zoom.rows(Installation)) == 1


def test_a_removal_that_was_noted_before_is_carried_out(in_zoom: ZoomService) -> None:
    (noted,) = in_zoom.rows(Notice)
    in_zoom.app.extensions["mosaic"].jobs.carry_out_notice(noted.id)
    in_zoom.run_errands()
    assert {each.user_id for each in in_zoom.rows(Attendee) if each.assurance is Assurance.PROVED} == {
        "u_Hanna",
        "u_Ada",
    }


def test_launch_installation_and_removal_are_one_person(in_zoom: ZoomService) -> None:
    body, headers = in_zoom.zoom.notice("app_deauthorized", in_zoom.zoom.removal("u_Hanna"))
    assert in_zoom.client.post("/zoom/notices", data=body, headers=headers).status_code == 200
    in_zoom.run_errands()
    assert in_zoom.rows(Installation) == []
    assert "u_Hanna" not in {each.user_id for each in in_zoom.rows(Attendee)}
    nobody = in_zoom.session(context={"uid": "u_Hanna", "attendrole": "host", "mid": OTHER}).json
    assert nobody["meeting"]["earlier"] == []


def test_no_id_is_given_twice_from_then_on_and_every_row_still_finds_its_own(
    in_zoom: ZoomService, migrated: Path
) -> None:
    ada = in_zoom.enter(uid="u_Ada", attendrole="participant").joined["attendee"]["id"]
    with in_zoom.shop.database.write() as session:
        last = max(each.id for each in session.query(Attendee))
        session.delete(session.get_one(Attendee, last))
    newcomer = in_zoom.enter(uid="u_Zoe", attendrole="participant").joined["attendee"]["id"]
    assert newcomer > last > ada
    with sqlite3.connect(migrated) as database:
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        made = database.execute("SELECT sql FROM sqlite_schema WHERE type = 'table'").fetchall()
    database.close()
    assert sum("AUTOINCREMENT" in sql for (sql,) in made) >= 8
    assert not [sql for (sql,) in made if "_alembic_tmp" in sql]
