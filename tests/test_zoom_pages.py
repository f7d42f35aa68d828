"""What Zoom demands of pages: headers on every answer, the pages of the listing, the manifest, the settings."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from integrations.platform import PackageError
from integrations.registry import ADAPTERS
from integrations.zoom.package import zoom_manifest
from plugin.app import create_app
from plugin.cli import main
from plugin.settings import Settings, SettingsError
from plugin.web.request.services import EXTENSION
from tests.zoom_cast import ZoomService, with_zoom

ROOT = Path(__file__).parent.parent
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FRAMES = "frame-ancestors 'self' https://zoom.us https://*.zoom.us"
NO_FRAMES = "frame-ancestors 'none'"
SECURE = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def check(answer: Any, what: Any) -> None:
    assert answer.status_code != 500, what
    for name, value in SECURE.items():
        assert answer.headers.get(name) == value, (what, name)
    policy = answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "unsafe" not in policy
    if answer.content_type.startswith("text/html"):
        # The page of what is connected is opened in a browser, and nobody may lay it under another page.
        is_ours_alone = "zoom/organize" in str(what) and NO_FRAMES in policy
        assert FRAMES in policy or is_ours_alone, what
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "<script>" not in answer.text
        assert " style=" not in answer.text
        if answer.status_code // 100 != 3:  # a redirect's own words name where it goes
            assert not re.search(r'(src|href)="(https?:)?//', answer.text), what


def addresses(service: ZoomService) -> list[str]:
    """Every rule of the map, filled with values that exist or nearly do."""
    code = service.open_event(work=False).code
    values = {"code": code, "key": "0" * 32, "name": "overview-1.jpg", "size": "64", "language": "de"}
    adapter = service.app.url_map.bind("localhost")
    found = []
    for rule in service.app.url_map.iter_rules():
        # A number where the rule wants one, and a plausible text elsewhere.
        given = {name: values.get(name, 1 if name.endswith("_id") else "x") for name in rule.arguments}
        found.append(adapter.build(rule.endpoint, given))
    return found


def test_every_answer_of_every_route_has_zooms_headers(in_zoom: ZoomService) -> None:
    found = addresses(in_zoom)
    assert len(found) > 60
    assert {
        "/zoom/home",
        "/zoom/install",
        "/zoom/callback",
        "/zoom/notices",
        "/zoom/",
        "/api/zoom/session",
    } <= set(found)
    for path in found:
        for method in METHODS:
            check(in_zoom.client.open(path, method=method), (method, path))


def test_errors_have_them_too(in_zoom: ZoomService, monkeypatch: pytest.MonkeyPatch) -> None:
    big = b"x" * (in_zoom.settings.upload_bytes + 200_000)
    tried = {
        400: in_zoom.client.get("/zoom/callback?state=again-x"),
        401: in_zoom.client.get("/zoom/home", headers={"x-zoom-app-context": "AAAA"}),
        403: in_zoom.client.post(
            "/api/join", json={"code": in_zoom.open_event(work=False).code, "host_key": "x"}
        ),
        404: in_zoom.client.get("/zoom/nowhere"),
        405: in_zoom.client.delete("/zoom/home"),
        413: in_zoom.client.post("/api/events", data=big, content_type="multipart/form-data; boundary=x"),
        422: in_zoom.client.post("/api/events", data={}),
    }
    for status, answer in tried.items():
        assert answer.status_code == status, answer.text
        check(answer, status)
    static = in_zoom.client.get("/static/nowhere.js")
    check(static, "static")
    monkeypatch.setattr("plugin.web.views.platform.look", lambda *_: 1 / 0)
    broken = in_zoom.client.get("/zoom/home", headers={"x-zoom-app-context": in_zoom.zoom.context()})
    assert broken.status_code == 500
    assert FRAMES in broken.headers["Content-Security-Policy"]
    assert broken.headers["Strict-Transport-Security"]


def test_the_headers_are_there_over_plain_http_as_well_so_that_one_can_try_it_out(
    in_zoom: ZoomService,
) -> None:
    app = create_app(replace(in_zoom.settings, base_url="http://127.0.0.1:8000"))
    try:
        check(app.test_client().get("/zoom/home"), "plain")
        check(app.test_client().get("/nowhere"), "plain")
    finally:
        app.extensions[EXTENSION].database.dispose()
        app.extensions[EXTENSION].jobs.close()


def test_the_home_page_is_never_kept_and_has_a_way_on_without_scripts(in_zoom: ZoomService) -> None:
    answer = in_zoom.client.get("/zoom/home")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<noscript>" in answer.text


# ---- the pages of the listing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/zoom/", ("Add it", "Use it", "Remove it", "/zoom/install")),
        ("/zoom/privacy", ("What we get from Zoom", "Deleting", "hash")),
        ("/zoom/terms", ("kind",)),
        ("/zoom/support", ("two working days", "help@mosaic.example.org")),
    ],
)
def test_the_pages_of_the_listing_say_what_they_should(
    in_zoom: ZoomService, path: str, words: tuple[str, ...]
) -> None:
    app = create_app(replace(in_zoom.settings, contact="help@mosaic.example.org"))
    try:
        answer = app.test_client().get(path)
        assert answer.status_code == 200
        for word in words:
            assert word in answer.text
    finally:
        app.extensions[EXTENSION].database.dispose()
        app.extensions[EXTENSION].jobs.close()


def test_without_a_contact_the_pages_send_people_to_their_organization(in_zoom: ZoomService) -> None:
    for path in ("/zoom/privacy", "/zoom/support"):
        assert "organization" in in_zoom.client.get(path).text


def test_the_text_of_the_verification_is_served_where_zoom_looks(in_zoom: ZoomService) -> None:
    assert in_zoom.client.get("/zoomverify/verifyzoom.html").status_code == 404
    app = create_app(with_zoom(in_zoom.settings, verification="a1b2c3"))
    try:
        answer = app.test_client().get("/zoomverify/verifyzoom.html")
        assert (answer.status_code, answer.text) == (200, "a1b2c3")
        check(answer, "verification")
    finally:
        app.extensions[EXTENSION].database.dispose()
        app.extensions[EXTENSION].jobs.close()


# ---- the manifest -----------------------------------------------------------------------------------------------


def manifest(base_url: str = "https://mosaic.example.org", development: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(zoom_manifest(base_url, development or base_url))
    return found


def test_the_manifest_names_our_addresses_and_asks_for_no_more_than_is_needed() -> None:
    found = manifest("https://mosaic.example.org/")
    oauth, features = found["oauth_information"], found["features"]
    assert oauth["production_redirect_uri"] == "https://mosaic.example.org/zoom/callback"
    assert features["production_home_uri"] == "https://mosaic.example.org/zoom/home"
    assert [each["scope"] for each in oauth["scopes"]] == [
        "zoomapp:inmeeting",
        "zoomapp:inwebinar",
        "user:read:user",
    ]
    for scope in oauth["scopes"]:
        assert f"{scope['scope']}:" in oauth["scope_description"]
    assert [each["domain"] for each in features["domain_allow_list"]] == ["mosaic.example.org"]
    assert features["in_client_feature"]["guest_mode"]["enable"] is True
    assert "{" not in re.sub(
        r'[{}]\s*["\n}\],]|: \{', "", json.dumps(found["oauth_information"]["oauth_allow_list"])
    )


def test_the_addresses_in_the_manifest_are_those_that_answer(in_zoom: ZoomService) -> None:
    text = zoom_manifest("https://mosaic.example.org", "https://mosaic.example.org")
    paths = set(re.findall(r"https://mosaic\.example\.org(/[a-z/]*)", text))
    assert paths == {"/zoom/callback", "/zoom/home", "/zoom/notices"}
    assert paths <= {rule.rule for rule in in_zoom.app.url_map.iter_rules()}


def test_the_manifest_asks_for_exactly_what_the_panel_uses() -> None:
    code = (ROOT / "integrations/zoom/client.js").read_text(encoding="utf-8")
    used = re.findall(r'"(\w+)"', code.partition("CAPABILITIES = [")[2].partition("]")[0])
    assert manifest()["features"]["in_client_feature"]["zoom_app_api"]["zoom_app_apis"] == used


def test_the_manifest_keeps_to_the_lengths_of_the_listing() -> None:
    shown = manifest()["display_information"]
    assert len(shown["display_name"]) <= 50
    assert len(shown["description"]) <= 150
    assert len(shown["long_description"]) <= 4000


def test_an_app_under_development_has_addresses_of_its_own() -> None:
    found = manifest("https://mosaic.example.org", "https://dev.example.org")
    assert found["oauth_information"]["development_redirect_uri"] == "https://dev.example.org/zoom/callback"
    assert found["oauth_information"]["production_redirect_uri"] == "https://mosaic.example.org/zoom/callback"
    assert found["features"]["development_home_uri"] == "https://dev.example.org/zoom/home"
    assert len(found["oauth_information"]["oauth_allow_list"]) == 4
    assert [each["domain"] for each in found["features"]["domain_allow_list"]] == [
        "mosaic.example.org",
        "dev.example.org",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "http://mosaic.example.org",
        "mosaic.example.org",
        "",
        "https://",
        "https://x?y",
        "https://a@x.org",
        "https://localhost",
    ],
)
def test_an_address_that_zoom_cannot_reach_is_refused_in_words(address: str) -> None:
    with pytest.raises(PackageError):
        zoom_manifest(address, address)
    told = CliRunner().invoke(main, ["package", "zoom", "--base-url", address, "--output", "-"])
    assert told.exit_code == 1
    assert "Traceback" not in told.output


def test_the_command_writes_the_manifest(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    command = ["package", "zoom", "--base-url", "https://mosaic.example.org", "--output", str(path)]
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 0, told.output
    assert json.loads(path.read_text(encoding="utf-8")) == manifest()
    assert "docs/zoom" in told.output


# ---- settings ---------------------------------------------------------------------------------------------------

GOOD = {
    "MOSAIC_SECRET_KEY": "x" * 40,
    "ZOOM_CLIENT_ID": "published development",
    "ZOOM_CLIENT_SECRET": "one two",
    "ZOOM_SECRET_TOKEN": "token",
}


def test_several_credentials_go_in_their_order() -> None:
    options = Settings.from_environ(GOOD, ADAPTERS).platform_options["zoom"]
    assert options["credentials"] == (("published", "one"), ("development", "two"))


@pytest.mark.parametrize(
    ("changes", "variable"),
    [
        ({"ZOOM_CLIENT_SECRET": "one"}, "ZOOM_CLIENT_SECRET"),
        ({"ZOOM_CLIENT_ID": ""}, "ZOOM_CLIENT_SECRET"),
        ({"ZOOM_SECRET_TOKEN": ""}, "ZOOM_SECRET_TOKEN"),
        ({"ZOOM_PKCE": "none"}, "ZOOM_PKCE"),
        ({"ZOOM_HOST": "http://zoom.example.org"}, "ZOOM_HOST"),
        ({"ZOOM_HOST": "zoom.us/v2"}, "ZOOM_HOST"),
        ({"ZOOM_HOST": "zoom"}, "ZOOM_HOST"),
        ({"ZOOM_HOST": ""}, "ZOOM_HOST"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(changes: dict[str, str], variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Settings.from_environ(GOOD | changes, ADAPTERS)


@pytest.mark.parametrize(
    "host", ["zoom.us", "zoomgov.com", "http://127.0.0.1:9000", "https://stand-in.example.org"]
)
def test_the_host_of_zoom_is_a_setting(host: str) -> None:
    settings = Settings.from_environ(GOOD | {"ZOOM_HOST": host}, ADAPTERS)
    assert settings.platform_options["zoom"]["host"] == host


def test_without_credentials_there_is_no_zoom_to_be_made() -> None:
    assert set(Settings.from_environ({"MOSAIC_SECRET_KEY": "x" * 40}, ADAPTERS).platform_options) == {"web"}


# ---- what the review reads --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "technical-design.md",
        "scopes.md",
        "test-plan.md",
        "privacy.md",
        "support.md",
        "add-use-remove.md",
        "data-deletion.md",
    ],
)
def test_what_the_review_asks_for_is_written_down(name: str) -> None:
    text = (ROOT / "docs/zoom" / name).read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert len(text.split()) > 100
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert "://" in link or (ROOT / "docs/zoom" / link).exists(), link


def test_every_scope_of_the_manifest_is_justified() -> None:
    text = (ROOT / "docs/zoom/scopes.md").read_text(encoding="utf-8")
    for each in manifest()["oauth_information"]["scopes"]:
        assert f"`{each['scope']}`" in text
    for name in manifest()["features"]["in_client_feature"]["zoom_app_api"]["zoom_app_apis"]:
        assert f"`{name}`" in text, name
