"""Adding the app at RingCentral Events, with `resource`, or giving a key of its API: what works, what never does."""

import time
from typing import Any

import pytest
from click.testing import CliRunner

from plugin.cli import main
from plugin.platforms import installs
from plugin.state.platform_models import Authorization, Installation
from tests.factories import error_of
from tests.fake_hopin.server import ACME, CLIENT_ID, GLOBEX, RESOURCE, query_of
from tests.hopin_cast import API, BASE_URL, HopinService, Organizer


def kept(service: HopinService) -> list[Installation]:
    with service.shop.database.read() as session:
        return list(session.query(Installation))


def asked(service: HopinService, **query: str) -> dict[str, str]:
    answer = service.browse("/hopin/install", query_string={"resource": RESOURCE} | query)
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(f"{service.hopin.address}/oauth/authorize?")
    return query_of(answer.headers["Location"])


def test_the_organizer_is_asked_with_what_the_vendors_sample_has_and_nothing_else(
    in_hopin: HopinService,
) -> None:
    query = asked(in_hopin)
    assert query.pop("state")
    assert query == {
        "client_id": CLIENT_ID,
        "redirect_uri": f"{BASE_URL}/hopin/callback",
        "response_type": "code",
        "scope": "api",
        "resource": RESOURCE,
    }


def test_the_resource_goes_along_untouched_to_the_token_and_to_every_refresh(in_hopin: HopinService) -> None:
    in_hopin.organizer()
    (installation,) = kept(in_hopin)
    assert (installation.resource, installation.tenant, installation.account) == (
        RESOURCE,
        ACME,
        "Acme Events",
    )
    assert installation.is_for_tenant
    assert abs(installation.expires_at - time.time() - 3600) < 60
    with in_hopin.shop.database.write() as session:
        session.get_one(Installation, installation.id).expires_at = 0.0
    walls = Organizer(in_hopin, in_hopin.organizer().token)
    installs.outdate(in_hopin.shop.database, installation.id, kept(in_hopin)[0].access_token)
    assert walls.call("GET", "/tenants").json["items"] == [{"id": ACME, "name": "Acme Events", "begins": ""}]
    assert (
        kept(in_hopin)[0].access_token in in_hopin.hopin.access
    )  # a refresh with another resource is refused


@pytest.mark.parametrize("resource", ["", "x" * 501])
def test_without_a_resource_somebody_is_told_where_it_begins(in_hopin: HopinService, resource: str) -> None:
    answer = in_hopin.browse("/hopin/install", query_string={"resource": resource} if resource else {})
    assert answer.status_code == 400
    assert "apps of your organization" in answer.text
    assert kept(in_hopin) == []
    with in_hopin.shop.database.read() as session:
        assert session.query(Authorization).count() == 0


def test_an_answer_that_nobody_asked_for_is_not_exchanged(in_hopin: HopinService) -> None:
    answer = in_hopin.browse("/hopin/callback?code=from-somewhere")
    assert answer.status_code == 400  # without its resource it cannot be asked properly
    asked(in_hopin)
    again = in_hopin.browse("/hopin/callback?code=stolen&state=xyz")
    assert query_of(again.headers["Location"])["resource"] == RESOURCE
    assert in_hopin.hopin.asked("/oauth/token") == 0


@pytest.mark.parametrize("wants", ["form", "query"])
@pytest.mark.parametrize("says", ["expires_in", "expires_at", "iso"])
def test_tokens_come_wherever_the_address_wants_to_be_told_and_however_it_says_when_they_end(
    in_hopin: HopinService, wants: str, says: str
) -> None:
    in_hopin.hopin.token_wants, in_hopin.hopin.says_when = wants, says
    in_hopin.organizer()
    (installation,) = kept(in_hopin)
    assert abs(installation.expires_at - time.time() - 3600) < 60
    calls = [(path, query) for path, query in in_hopin.hopin.queries if path == "/oauth/token"]
    assert [bool(query) for _, query in calls] == [False, True][: len(calls)]
    assert len(calls) == (1 if wants == "form" else 2)


def test_a_code_that_is_spent_is_not_tried_a_second_time_in_an_address(in_hopin: HopinService) -> None:
    state = asked(in_hopin)["state"]
    answer = in_hopin.browse("/hopin/callback", query_string={"code": "unknown", "state": state})
    assert answer.status_code == 400
    assert in_hopin.hopin.asked("/oauth/token") == 1


def test_whoever_says_no_is_told_that_nothing_happened(in_hopin: HopinService) -> None:
    in_hopin.hopin.denies = True
    answer = in_hopin.install()
    assert answer.status_code == 403
    assert kept(in_hopin) == []


def test_the_way_to_the_organizers_page_is_good_once_and_for_a_minute(
    in_hopin: HopinService, monkeypatch: pytest.MonkeyPatch
) -> None:
    handover = in_hopin.install().headers["Location"].partition("#")[2]
    assert in_hopin.client.post(f"{API}/session", json={"handover": handover}).status_code == 200
    again = in_hopin.client.post(f"{API}/session", json={"handover": handover})
    assert (again.status_code, error_of(again)["code"]) == (401, "connect_again")
    late = in_hopin.install().headers["Location"].partition("#")[2]
    monkeypatch.setattr("plugin.web.views.organizing.HANDOVER_SECONDS", -1)
    assert in_hopin.client.post(f"{API}/session", json={"handover": late}).status_code == 401


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_without_a_token_nobody_is_an_organizer(in_hopin: HopinService, token: str) -> None:
    stranger = Organizer(in_hopin, token)
    for method, path in (
        ("GET", "/state"),
        ("GET", "/tenants"),
        ("GET", "/gatherings?tenant=11"),
        ("POST", "/walls"),
        ("POST", "/walls/1/read"),
        ("DELETE", "/walls/1"),
        ("POST", "/signing-key"),
        ("DELETE", ""),
    ):
        answer = stranger.call(method, path, json={} if method == "POST" else None)
        assert answer.status_code == 401, path


@pytest.mark.sqlite
def test_a_key_of_the_api_does_instead_of_a_consent(in_hopin: HopinService) -> None:
    answer = in_hopin.client.post(f"{API}/key", json={"key": " fake-api-key "})
    organizer = Organizer(in_hopin, answer.json["token"])
    state = organizer.state()
    assert state["connection"] | {"resource": "", "since": 0} == {
        "name": "Acme Events",
        "resource": "",
        "has_key": True,
        "is_known": True,
        "token_seconds": None,
        "is_renewed": False,
        "scopes": [],
        "since": 0,
    }
    assert [each["name"] for each in organizer.call("GET", f"/gatherings?tenant={ACME}").json["items"]] == [
        "Spring Summit",
        "Winter Gala",
    ]
    stored = b"".join(path.read_bytes() for path in in_hopin.settings.data_folder.glob("mosaic.sqlite3*"))
    assert b"fake-api-key" not in stored


@pytest.mark.parametrize("key", ["", "wrong", "two words", "ünlike", "x" * 501, None, 7])
def test_a_key_that_is_none_is_told_in_words(in_hopin: HopinService, key: Any) -> None:
    answer = in_hopin.client.post(f"{API}/key", json={"key": key})
    assert (answer.status_code, error_of(answer)["code"]) == (422, "bad_key")
    assert kept(in_hopin) == []


def test_whoever_opens_other_organizations_is_another_organizer(in_hopin: HopinService) -> None:
    acme = in_hopin.organizer()
    acme.start_wall()
    in_hopin.hopin.gives = (ACME, GLOBEX)
    both = in_hopin.organizer()
    assert len(kept(in_hopin)) == 2
    assert both.state()["walls"] == []
    number = acme.state()["walls"][0]["id"]
    for method, path in (("POST", f"/walls/{number}/read"), ("DELETE", f"/walls/{number}")):
        answer = both.call(method, path, json={} if method == "POST" else None)
        assert (answer.status_code, error_of(answer)["code"]) == (404, "no_source")


def test_connecting_again_keeps_walls_and_replaces_tokens(in_hopin: HopinService) -> None:
    in_hopin.organizer().start_wall()
    (first,) = kept(in_hopin)
    again = in_hopin.organizer()
    (second,) = kept(in_hopin)
    assert (first.id, first.access_token != second.access_token) == (second.id, True)
    assert len(again.state()["walls"]) == 1


def test_an_owner_found_later_takes_the_walls_along(in_hopin: HopinService) -> None:
    in_hopin.organizer().start_wall()
    in_hopin.hopin.fault("/v1/organizations", status=500)
    later = in_hopin.organizer()
    assert later.state()["connection"]["is_known"] is False
    in_hopin.run_errands()
    assert later.state()["connection"]["is_known"] is True
    assert len(later.state()["walls"]) == 1
    assert len(kept(in_hopin)) == 1


def test_disconnecting_deletes_tokens_and_registrations_and_ends_the_page(in_hopin: HopinService) -> None:
    from plugin.state.registrations import Registration, Source

    in_hopin.hopin.register("ada@acme.example")
    organizer = in_hopin.organizer()
    wall = organizer.start_wall()["wall"]
    organizer.call("POST", "/signing-key", json={})
    in_hopin.read()
    assert len(in_hopin.registrations()) == 1
    assert organizer.call("DELETE", "").status_code == 200
    with in_hopin.shop.database.read() as session:
        assert [session.query(each).count() for each in (Installation, Source, Registration)] == [0, 0, 0]
    assert organizer.call("GET", "/state").status_code == 401
    assert in_hopin.enter(wall["place"]).joined["event"]["code"] == wall["event"]["code"]
    in_hopin.organizer()  # the same number again, but not the same installation
    assert organizer.call("GET", "/state").status_code == 401


def test_lists_are_asked_page_by_page_and_only_where_our_tokens_may_go(in_hopin: HopinService) -> None:
    in_hopin.hopin.page_size = 1
    organizer = in_hopin.organizer()
    first = organizer.call("GET", f"/gatherings?tenant={ACME}").json
    second = organizer.call("GET", "/gatherings", query_string={"tenant": ACME, "page": first["next"]}).json
    assert [each["name"] for each in first["items"] + second["items"]] == ["Spring Summit", "Winter Gala"]
    assert second["next"] == ""
    before = len(in_hopin.hopin.log)
    for elsewhere in (
        "https://example.org/",
        f"{in_hopin.hopin.address}.example.org/",
        "file:///etc/passwd",
        "x",
    ):
        answer = organizer.call("GET", "/gatherings", query_string={"tenant": ACME, "page": elsewhere})
        assert answer.status_code == 503
    assert len(in_hopin.hopin.log) == before
    assert organizer.call("GET", "/gatherings").status_code == 422


def test_a_token_that_is_refused_too_early_is_renewed_while_an_organizer_waits(
    in_hopin: HopinService,
) -> None:
    organizer = in_hopin.organizer()
    in_hopin.hopin.expire()
    assert organizer.call("GET", "/tenants").status_code == 200
    in_hopin.hopin.expire()
    in_hopin.hopin.refresh.clear()
    assert error_of(organizer.call("GET", "/tenants"))["code"] == "connect_again"
    assert kept(in_hopin) == []


def test_an_operator_with_a_key_gets_the_way_to_the_page_of_their_organization(
    in_hopin: HopinService, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = CliRunner().invoke(main, ["tenant", "organize", "hopin"])
    assert (refused.exit_code, "no API key" in refused.output) == (1, True)
    monkeypatch.setenv("HOPIN_API_KEY", "fake-api-key")
    told = CliRunner().invoke(main, ["tenant", "organize", "hopin"])
    assert told.exit_code == 0, told.output
    handover = told.output.strip().partition("#")[2]
    entered = in_hopin.client.post(f"{API}/session", json={"handover": handover})
    assert Organizer(in_hopin, entered.json["token"]).state()["connection"]["name"] == "Acme Events"
    monkeypatch.setenv("HOPIN_API_KEY", "wrong")
    wrong = CliRunner().invoke(main, ["tenant", "organize", "hopin"])
    assert (wrong.exit_code, "said no" in wrong.output) == (1, True)
