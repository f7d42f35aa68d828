"""The listing pack: what is asked for is in it, with our own address, and says what is so."""

import io
import json
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from integrations.hopin import Hopin, settings
from integrations.hopin.package import PACKAGE
from integrations.platform import PackageError
from plugin.cli import main
from tests.hopin_cast import HopinService

ROOT = Path(__file__).parent.parent
BASE_URL = "https://events.acme.example/mosaic"
FILES = {"listing.json", "listing.md", "install.md", "security.md", "data-map.md", "privacy.md"}


def packed(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_the_command_writes_everything_that_a_review_asks_for(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    command = ["package", "hopin", "--base-url", f"{BASE_URL}/", "--output", str(path)]
    told = CliRunner().invoke(main, [*command, "--developer", "Acme", "--contact", "mosaic@acme.example"])
    assert told.exit_code == 0, told.output
    assert "docs/hopin/README.md" in told.output
    found = packed(path.read_bytes())
    assert set(found) == FILES
    for name, text in found.items():
        assert "{base_url}" not in text, name
        assert "{contact}" not in text, name
    assert f"`{BASE_URL}/hopin/install" in found["install.md"]
    assert "mosaic@acme.example" in found["security.md"]
    assert json.loads(found["listing.json"])["scopes"] == ["api"]


def test_the_same_pack_is_the_same_bytes() -> None:
    assert PACKAGE.make(BASE_URL) == PACKAGE.make(BASE_URL)


def test_every_address_in_it_answers(in_hopin: HopinService) -> None:
    facts = json.loads(packed(PACKAGE.make("https://mosaic.example.org"))["listing.json"])
    addresses = {name: urlsplit(each).path for name, each in facts.items() if name.endswith("_url")}
    assert set(addresses.values()) >= {f"/hopin/{page}" for page in Hopin.pages}
    for name, path in addresses.items():
        status = in_hopin.browse(path).status_code
        assert status == (400 if name == "install_url" else 200), name  # without its resource


@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("http://mosaic.example.org", {}),
        ("https://localhost", {}),
        ("https://mosaic.example.org/?x=1", {}),
        ("mosaic", {}),
        (BASE_URL, {"developer": " "}),
        (BASE_URL, {"contact": "x" * 81}),
    ],
)
def test_what_a_listing_cannot_have_is_refused_in_words(address: str, more: dict[str, str]) -> None:
    with pytest.raises(PackageError):
        PACKAGE.make(address, **more)


def test_the_security_answers_are_the_same_in_the_documents() -> None:
    ours = (ROOT / "integrations/hopin/security.md").read_text(encoding="utf-8")
    documented = (ROOT / "docs/hopin/security.md").read_text(encoding="utf-8")
    for line in ours.splitlines():
        if "{contact}" not in line:
            assert line in documented


def test_every_setting_that_stands_for_an_open_question_is_explained() -> None:
    guide = (ROOT / "docs/hopin/README.md").read_text(encoding="utf-8")
    for each in settings.SETTINGS:
        if each.variable != settings.SIGNAL_TYPE:
            assert f"`{each.variable}" in guide, each.variable


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"HOPIN_CLIENT_ID": "x"}, "HOPIN_CLIENT_SECRET"),
        ({"HOPIN_CLIENT_SECRET": "x"}, "HOPIN_CLIENT_ID"),
        ({"HOPIN_API_KEY": "x", "HOPIN_HOST": "http://events.example.org"}, "HOPIN_HOST"),
        ({"HOPIN_API_KEY": "x", "HOPIN_FRAMES": "*"}, "HOPIN_FRAMES"),
        ({"HOPIN_API_KEY": "x", "HOPIN_FRAMES": "http://events.example.org"}, "HOPIN_FRAMES"),
        ({"HOPIN_API_KEY": "x", "HOPIN_TOKEN_FIELDS": "header"}, "HOPIN_TOKEN_FIELDS"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(values: dict[str, str], wrong: str) -> None:
    from integrations.registry import ADAPTERS
    from plugin.settings import Settings, SettingsError

    with pytest.raises(SettingsError, match=wrong):
        Settings.from_environ({"MOSAIC_SECRET_KEY": "x" * 40} | values, ADAPTERS)


def test_a_key_alone_is_enough_and_then_nothing_is_installed_by_consent() -> None:
    from integrations.registry import ADAPTERS
    from plugin.settings import Settings

    environ = {"MOSAIC_SECRET_KEY": "x" * 40, "HOPIN_API_KEY": "x"}
    adapter = Hopin(**Settings.from_environ(environ, ADAPTERS).platform_options["hopin"])
    assert adapter.oauth is None
    assert adapter.gatherings is not None
    assert adapter.gatherings.key == "x"
