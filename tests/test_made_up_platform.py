"""A platform that does not exist gets everything from its folder and one line of the registry, which the test adds."""

import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from jinja2 import ChoiceLoader, FileSystemLoader
from joserfc import jwt
from sqlalchemy import select, update
from werkzeug.serving import make_server

from integrations.registry import ADAPTERS
from plugin.app import create_app
from plugin.cli import main
from plugin.operate import demo
from plugin.operate.platform_demo import ClientDoor
from plugin.platforms import errands, trust
from plugin.platforms.trust import SigningKeys
from plugin.settings import Settings, SettingsError
from plugin.state.models import Assurance, Attendee, Event, Tenant
from plugin.state.platform_models import Installation, Meeting, SigningKeySet
from plugin.web.request.services import EXTENSION
from tests.factories import Person, Service, environ_for, error_of, photo_bytes, target_bytes
from tests.fake_fair import Fair, signature
from tests.fake_fair.demo import Booth
from tests.fake_fair.server import FakeFair
from tests.test_zoom_session import boot_of
from worker.workshop import workshop

TEMPLATES = Path(__file__).parent / "fake_fair/templates"
BASE_URL = "https://mosaic.example.org"


class FairService(Service):
    fair: FakeFair

    def session(self, **body: Any) -> Any:
        return self.client.post("/api/fair/session", json=body)

    def enter(self, return_key: str = "", **claims: Any) -> Person:
        answer = self.session(token=self.fair.token(**claims), return_key=return_key)
        assert answer.status_code == 200, answer.text
        return Person(self, answer.json["token"], answer.json)

    def start_wall(self, **claims: Any) -> Person:
        first = self.session(token=self.fair.token(role="host", **claims)).json
        form = {"name": "Opening", "target": (io.BytesIO(target_bytes()), "target.png")}
        headers = {"Authorization": f"Bearer {first['start_token']}"}
        opened = self.client.post("/api/fair/walls", data=form, headers=headers)
        assert opened.status_code == 201, opened.text
        self.run_jobs()
        return Person(self, opened.json["token"], opened.json)

    def people(self) -> list[Attendee]:
        with self.shop.database.read() as session:
            return list(session.scalars(select(Attendee).where(Attendee.platform == "fair")))


@pytest.fixture
def fair(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeFair]:
    monkeypatch.setitem(ADAPTERS, "fair", Fair)  # the one line of the registry
    with FakeFair() as stand_in:
        yield stand_in


@pytest.fixture
def at_fair(
    settings: Settings, fair: FakeFair, made_walls: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FairService]:
    environ = environ_for(settings) | fair.environ | {"MOSAIC_BASE_URL": BASE_URL}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings = Settings.from_environ(environ, ADAPTERS)
    workshop.cache_clear()
    errands.office.cache_clear()
    app = create_app(settings)
    # In a checkout these would lie in templates/fair.
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(TEMPLATES)])  # type: ignore[list-item]
    service = FairService(app, settings, workshop(), made_walls)
    service.fair = fair
    yield service
    office = errands.office()
    for part in (app.extensions[EXTENSION], service.shop, office):
        part.database.dispose()
        part.jobs.close()
    workshop.cache_clear()
    errands.office.cache_clear()


# ---- what comes of the folder alone -----------------------------------------------------------------------------


def test_home_page_session_and_start_of_a_wall(at_fair: FairService) -> None:
    page = at_fair.client.get("/fair/home", headers={"x-fair-token": at_fair.fair.token()})
    boot = boot_of(page.text)
    assert (boot["platform"], boot["title"], boot["meeting"]) == ("fair", "Fair", "none")
    assert boot["paths"]["session"] == "/api/fair/session"
    hanna = at_fair.start_wall()
    assert hanna.joined["attendee"]["role"] == "host"
    ada = at_fair.enter(user="2")
    assert ada.joined["event"]["code"] == hanna.joined["event"]["code"]
    ada.send(photo_bytes(1))
    at_fair.run_jobs()
    assert ada.photo()["state"] == "placed"


def test_a_token_is_good_once(at_fair: FairService) -> None:
    token = at_fair.fair.token()
    assert at_fair.session(token=token).status_code == 200
    again = at_fair.session(token=token)
    assert (again.status_code, error_of(again)["code"]) == (401, "used_context")
    assert "Close the app in Fair" in error_of(again)["message"]


@pytest.mark.parametrize("claims", [{"aud": "another"}, {"exp": 1_700_000_000}, {"exp": 4_000_000_000}])
def test_a_forged_token_opens_nothing(at_fair: FairService, claims: dict[str, Any]) -> None:
    assert at_fair.session(token=at_fair.fair.token(**claims)).status_code == 401
    for token in ("", "x", "a.b.c", at_fair.fair.token()[:-4] + "AAAA"):
        assert at_fair.session(token=token).status_code == 401
    assert at_fair.people() == []


def test_an_install_for_a_whole_fair_lets_everybody_there_start_and_nobody_elsewhere(
    at_fair: FairService,
) -> None:
    before = at_fair.session(token=at_fair.fair.token(user="7")).json
    assert before["meeting"]["can_start"] is False
    asked = at_fair.client.get("/fair/install", base_url=BASE_URL)
    assert asked.status_code == 302
    consent = requests.get(asked.headers["Location"], allow_redirects=False, timeout=5)
    back = consent.headers["Location"].removeprefix(BASE_URL)
    assert at_fair.client.get(back, base_url=BASE_URL).status_code == 200
    with at_fair.shop.database.read() as session:
        (kept,) = session.scalars(select(Installation)).all()
    assert (kept.tenant, kept.user_id, kept.account, kept.is_for_tenant) == (
        "leipzig",
        "1",
        "account of leipzig",
        True,
    )
    assert at_fair.session(token=at_fair.fair.token(user="7")).json["meeting"]["can_start"] is True
    elsewhere = at_fair.session(token=at_fair.fair.token(fair="milan", user="1")).json
    assert elsewhere["meeting"]["can_start"] is False


def test_a_consent_inside_the_client(at_fair: FairService) -> None:
    hanna = at_fair.start_wall()
    asked = hanna.call("GET", "/api/fair/authorize").json
    code = at_fair.fair.consent(asked["codeChallenge"])
    body = {"code": code, "state": asked["state"], "redirectUri": f"{BASE_URL}/fair/home"}
    answer = hanna.call("POST", "/api/fair/onauthorized", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json["attendee"]["id"] == hanna.joined["attendee"]["id"]


def test_pages_and_files(at_fair: FairService) -> None:
    assert "About the app for Fair" in at_fair.client.get("/fair/").text
    assert "What Fair tells us" in at_fair.client.get("/fair/privacy").text
    assert at_fair.client.get("/fair-app.txt").text == "fair-app"
    boot = boot_of(at_fair.client.get("/fair/home").text)
    assert boot["own"] == {"origin": at_fair.fair.address}


def test_a_platform_frames_its_own_pages_and_others_only_where_it_leads_to_them(at_fair: FairService) -> None:
    def policy(path: str) -> str:
        return str(at_fair.client.get(path).headers["Content-Security-Policy"].rpartition("; ")[2])

    for path in ("/fair/home", "/fair/privacy", "/fair-app.txt"):
        assert policy(path) == "frame-ancestors 'self' https://fair.example"
    for path in ("/", "/start", "/no-such-page"):
        assert policy(path) == "frame-ancestors 'self'"


def test_settings_are_read_checked_and_named(fair: FakeFair) -> None:
    base = {"MOSAIC_SECRET_KEY": "x" * 40}
    assert "fair" not in Settings.from_environ(base, ADAPTERS).platform_options
    with pytest.raises(SettingsError, match="FAIR_SECRET"):
        Settings.from_environ(base | {"FAIR_APP": "x"}, ADAPTERS)
    with pytest.raises(SettingsError, match=r"FAIR_HOST: expected a host such as fair\.example"):
        Settings.from_environ(base | fair.environ | {"FAIR_HOST": "fair"}, ADAPTERS)


def test_a_package_with_an_option_of_its_own(fair: FakeFair, tmp_path: Path) -> None:
    path = tmp_path / "fair.zip"
    command = ["package", "fair", "--base-url", BASE_URL, "--color", "red", "--output", str(path)]
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 0, told.output
    assert "docs/fair.md" in told.output
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("fair.json")) == {
            "home": f"{BASE_URL}/fair/home",
            "color": "red",
            "pictures": "",
        }
    assert "fair" in CliRunner().invoke(main, ["package", "--help"]).output
    refused = CliRunner().invoke(main, ["package", "fair", "--base-url", "http://x", "--output", "-"])
    assert (refused.exit_code, "expected an address" in refused.output) == (1, True)


def test_a_demo(at_fair: FairService, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = [tmp_path / f"{number}.jpg" for number in range(3)]
    for number, path in enumerate(photos):
        path.write_bytes(photo_bytes(number))
    with served(at_fair.app) as url:
        code = demo.let_arrive(url, 3, 0, "coffee", photos, ClientDoor("fair", "Fair", Booth(at_fair.fair)))
    assert code in capsys.readouterr().out
    assert len(at_fair.people()) == 4
    told = CliRunner().invoke(main, ["demo", "--platform", "nowhere"])
    assert (told.exit_code, f"there are {', '.join(ADAPTERS)}" in told.output) == (2, True)


@contextmanager
def served(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_block_holds_for_the_browser_of_whoever_comes_anew(at_fair: FairService) -> None:
    at_fair.start_wall()

    def come(user: str, device: str) -> Person:
        answer = at_fair.session(token=at_fair.fair.token(user=user), device=device)
        person = Person(at_fair, answer.json["token"], answer.json)
        person.send(photo_bytes(int(user)))
        at_fair.run_jobs()
        return person

    ada, mallory = come("2", "a" * 32), come("3", "b" * 32)
    blocked = ada.call("POST", "/api/block", json={"photo": mallory.photo()["id"]})
    assert blocked.status_code == 204
    hidden = {
        name: ada.get(f"/api/photos?ids={person.photo()['id']}")["photos"][0]["hidden"]
        for name, person in {"again": come("4", "b" * 32), "another": come("5", "c" * 32)}.items()
    }
    assert hidden == {"again": True, "another": False}


# ---- tenants ----------------------------------------------------------------------------------------------------


def test_the_same_user_id_in_two_tenants_is_two_people(at_fair: FairService) -> None:
    hanna = at_fair.start_wall(fair="leipzig", user="1")
    with at_fair.shop.database.write() as session:
        session.add(Tenant(platform="fair", external_id="milan", name="Milan", ticket_key="k" * 32))
        session.add(Tenant(platform="fair", external_id="leipzig", name="Leipzig", ticket_key="l" * 32))
    at_fair.session(token=at_fair.fair.token(fair="milan", user="1"))  # a booth without a wall yet
    with at_fair.shop.database.write() as session:  # as if a host had attached it to the event
        event_id = session.scalars(select(Event.id)).one()
        session.execute(update(Meeting).where(Meeting.event_id.is_(None)).values(event_id=event_id))
    other = at_fair.enter(fair="milan", user="1")
    assert other.joined["event"]["code"] == hanna.joined["event"]["code"]
    assert other.joined["attendee"]["id"] != hanna.joined["attendee"]["id"]
    assert {(each.tenant, each.user_id) for each in at_fair.people()} == {("leipzig", "1"), ("milan", "1")}
    # A return key of one speaks for nobody at the other fair.
    back = at_fair.enter(hanna.joined["return_key"], fair="milan", user="1")
    assert back.joined["attendee"]["id"] == other.joined["attendee"]["id"]
    # An earlier wall is the opener's, and not that of somebody with the same id elsewhere.
    for fair, names in (("leipzig", ["Opening"]), ("milan", [])):
        token = at_fair.fair.token(fair=fair, user="1", booth="second", role="host")
        earlier = at_fair.session(token=token).json["meeting"]["earlier"]
        assert [each["name"] for each in earlier] == names
    body = json.dumps({"fair": "milan", "user": "1", "kind": "left"}).encode()
    forged = at_fair.client.post(
        "/fair/notices", data=body, headers={"x-fair-signature": signature("l" * 32, body)}
    )
    assert forged.status_code == 401
    told = at_fair.client.post(
        "/fair/notices", data=body, headers={"x-fair-signature": signature("k" * 32, body)}
    )
    assert told.status_code == 200
    at_fair.run_errands()
    left = [each for each in at_fair.people() if each.assurance is Assurance.PROVED]
    assert [(each.tenant, each.user_id) for each in left] == [("leipzig", "1")]


# ---- signing keys -----------------------------------------------------------------------------------------------


def restarted(service: FairService) -> None:
    """What a new process knows: nothing but the database."""
    known = service.app.extensions[EXTENSION]
    service.app.extensions[EXTENSION] = replace(known, signing_keys=SigningKeys(known.database))


def outdate(service: FairService) -> None:
    with service.shop.database.write() as session:
        for row in session.scalars(select(SigningKeySet)):
            row.tried_at -= 2 * trust.FRESH_SECONDS
            row.fetched_at -= 2 * trust.FRESH_SECONDS


def test_keys_are_asked_for_once_and_kept(at_fair: FairService) -> None:
    at_fair.start_wall()
    for number in range(5):
        at_fair.enter(user=f"{number}")
    restarted(at_fair)
    at_fair.enter(user="9")
    assert at_fair.fair.asked.count("/keys") == 1


def test_a_flood_of_unknown_key_ids_asks_once_a_minute(at_fair: FairService) -> None:
    assert at_fair.session(token=at_fair.fair.token()).status_code == 200
    for number in range(20):
        token = jwt.encode({"alg": "RS256", "kid": f"unknown {number}"}, {"aud": "x"}, at_fair.fair.key)
        assert at_fair.session(token=token).status_code == 401
        if number % 5 == 0:
            restarted(at_fair)
    assert at_fair.fair.asked.count("/keys") == 1
    with at_fair.shop.database.write() as session:
        for row in session.scalars(select(SigningKeySet)):
            row.tried_at -= trust.PAUSE_SECONDS
    restarted(at_fair)
    token = jwt.encode({"alg": "RS256", "kid": "unknown"}, {"aud": "x"}, at_fair.fair.key)
    assert at_fair.session(token=token).status_code == 401
    assert at_fair.fair.asked.count("/keys") == 2


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "WAIT_SECONDS", 0.2)


@pytest.mark.usefixtures("quickly")
def test_after_a_restart_while_the_platform_is_silent_stored_keys_prove_everybody(
    at_fair: FairService,
) -> None:
    at_fair.start_wall()
    outdate(at_fair)
    at_fair.fair.is_silent = True
    restarted(at_fair)
    ada = at_fair.enter(user="2")
    assert ada.joined["attendee"]["assurance"] == "proved"
    assert ada.joined["may_prove_later"] is False


@pytest.mark.usefixtures("quickly")
def test_without_any_keys_people_enter_as_guests_and_are_proved_later(at_fair: FairService) -> None:
    at_fair.start_wall(user="1")
    with at_fair.shop.database.write() as session:
        session.query(SigningKeySet).delete()
    restarted(at_fair)
    at_fair.fair.is_silent = True
    guest = at_fair.enter(user="2", role="host")
    assert (guest.joined["attendee"]["assurance"], guest.joined["attendee"]["role"]) == ("guest", "attendee")
    assert guest.joined["may_prove_later"] is True
    guest.send(photo_bytes(1))
    at_fair.run_jobs()
    at_fair.fair.is_silent = False
    outdate(at_fair)
    restarted(at_fair)
    proved = at_fair.enter(guest.joined["return_key"], user="2")
    assert proved.joined["attendee"]["id"] == guest.joined["attendee"]["id"]
    assert proved.joined["attendee"]["assurance"] == "proved"
    assert proved.photo()["state"] == "placed"
    assert {each.assurance for each in at_fair.people()} == {Assurance.PROVED}


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize(
    "answer", [{}, {"keys": []}, {"keys": "x"}, {"keys": [{}] * 101}, {"keys": [{"kid": 7}]}]
)
def test_what_is_no_set_of_keys_never_replaces_one(at_fair: FairService, answer: dict[str, Any]) -> None:
    at_fair.start_wall()
    outdate(at_fair)
    known = at_fair.app.extensions[EXTENSION]
    keys = SigningKeys(known.database, lambda _url: answer)
    found = keys.of(f"{at_fair.fair.address}/keys", "one")
    assert set(found) == {"one"}


def test_keys_that_nobody_confirmed_for_two_weeks_prove_nothing(at_fair: FairService) -> None:
    at_fair.start_wall()
    with at_fair.shop.database.write() as session:
        for row in session.scalars(select(SigningKeySet)):
            row.fetched_at -= trust.KEPT_SECONDS
    keys = SigningKeys(at_fair.app.extensions[EXTENSION].database, lambda _url: {})
    assert keys.of(f"{at_fair.fair.address}/keys") == {}
