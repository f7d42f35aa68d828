"""The app package: as Microsoft's own schema wants it, and as its store wants it where a schema cannot say."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator  # type: ignore[import-untyped]
from PIL import Image

from integrations.platform import PackageError
from integrations.teams import Teams, icons
from integrations.teams.package import FORBIDDEN_DOMAINS, PACKAGE, packed, teams_manifest
from integrations.teams.settings import SETTINGS
from plugin.cli import main
from tests.fake_teams.server import APP_ID, CLIENT_ID

ROOT = Path(__file__).parent.parent
SCHEMAS = ROOT / "node_modules/@microsoft/app-manifest/build/json-schemas/teams"
BASE_URL = "https://mosaic.example.org"
FILES = ["color.png", "manifest.json", "outline.png"]


def faults(archive: bytes) -> list[str]:
    """What Microsoft's schema and the store's other rules say against a package."""
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        if sorted(zipped.namelist()) != FILES:
            return [f"files: {sorted(zipped.namelist())}"]
        content = {name: zipped.read(name) for name in FILES}
    manifest = json.loads(content["manifest.json"])
    return [
        *against_schema(manifest),
        *(f"icon: {each}" for each in against_icons(content["color.png"], content["outline.png"])),
        *(f"domain: {each}" for each in against_domains(manifest)),
        *(f"text: {each}" for each in against_texts(manifest)),
    ]


def against_schema(manifest: dict[str, Any]) -> list[str]:
    """By draft 7: draft 4, which the schema names, ignores its `const`; and its expressions are none of Python's."""
    schema = json.loads((SCHEMAS / "v1.29/MicrosoftTeams.schema.json").read_text(encoding="utf-8"))
    return [
        f"schema: {error.json_path} {error.message}"
        for error in Draft7Validator(schema).iter_errors(manifest)
    ]


def against_icons(color: bytes, outline: bytes) -> list[str]:
    large, small = Image.open(io.BytesIO(color)), Image.open(io.BytesIO(outline))
    found = []
    if (large.format, large.size) != ("PNG", (192, 192)):
        found.append("the one in colour is no PNG of 192 x 192")
    if (small.format, small.size, small.mode) != ("PNG", (32, 32), "RGBA"):
        return [*found, "the outline is no PNG of 32 x 32 with transparency"]
    pixels = set(small.get_flattened_data())
    if {each for each in pixels if each[3]} != {(255, 255, 255, 255)} or all(each[3] for each in pixels):
        found.append("the outline is not white on nothing")
    return found


def against_domains(manifest: dict[str, Any]) -> list[str]:
    domains = manifest["validDomains"]
    found = [f"{each} is no host of ours" for each in domains if is_forbidden(each)]
    hosts = {
        urlsplit(each).hostname for each in addresses(manifest) if not each.startswith(manifest["$schema"])
    }
    found += [f"{host} is missing in validDomains" for host in hosts if host not in domains]
    resource = urlsplit(manifest["webApplicationInfo"]["resource"])
    if resource.hostname not in domains or resource.netloc != resource.netloc.lower():
        found.append("the resource is at another host")
    if resource.path != f"/{manifest['webApplicationInfo']['id']}":
        found.append("the resource is another app's")
    return found


def is_forbidden(domain: str) -> bool:
    bare = domain.removeprefix("*.")
    return bare.count(".") == 0 or any(
        bare == each or bare.endswith(f".{each}") for each in FORBIDDEN_DOMAINS
    )


def addresses(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [address for each in value.values() for address in addresses(each)]
    if isinstance(value, list):
        return [address for each in value for address in addresses(each)]
    return [value] if isinstance(value, str) and value.startswith(("https://", "http://")) else []


def against_texts(manifest: dict[str, Any]) -> list[str]:
    name, description = manifest["name"], manifest["description"]
    found = ["short and full description are the same"] if description["short"] == description["full"] else []
    if name["short"] == name["full"]:
        found.append("short and full name are the same")
    for word in ("teams", "microsoft", "beta", "preview"):
        if word in f"{name['short']} {name['full']}".lower():
            found.append(f"the name says {word}")
    return found


def made(**options: str) -> dict[str, Any]:
    return teams_manifest(BASE_URL, APP_ID, CLIENT_ID, **options)


# ---- the package as it is ---------------------------------------------------------------------------------------


def test_the_schema_and_the_stores_rules_find_nothing() -> None:
    assert faults(PACKAGE.make(BASE_URL, app_id=APP_ID, client_id=CLIENT_ID)) == []


def test_the_command_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "teams.zip"
    command = ["package", "teams", "--base-url", f"{BASE_URL}/", "--app-id", APP_ID.upper()]
    command += ["--client-id", CLIENT_ID, "--developer", "Acme", "--version", "1.2.3", "--output", str(path)]
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 0, told.output
    assert "docs/teams/README.md" in told.output
    assert faults(path.read_bytes()) == []
    with zipfile.ZipFile(path) as zipped:
        manifest = json.loads(zipped.read("manifest.json"))
    assert (manifest["id"], manifest["version"], manifest["name"]["full"]) == (
        APP_ID,
        "1.2.3",
        "Virtual Mosaic by Acme",
    )
    missing = CliRunner().invoke(main, ["package", "teams", "--base-url", BASE_URL])
    assert (missing.exit_code, "--app-id" in missing.output) == (2, True)


def test_the_same_package_is_the_same_bytes() -> None:
    one, other = (PACKAGE.make(BASE_URL, app_id=APP_ID, client_id=CLIENT_ID) for _ in range(2))
    assert one == other


def test_no_placeholder_is_left_and_every_address_is_one_that_answers() -> None:
    manifest = made()
    assert "{" not in json.dumps(list(strings(manifest)))
    ours = {f"/{Teams.name}/{page}" for page in Teams.pages} | {"/teams/home"}
    found = {urlsplit(each).path for each in addresses(manifest) if each.startswith(BASE_URL)}
    assert found <= ours


def strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize(
    "address",
    [
        "http://mosaic.example.org",
        "https://localhost",
        "https://127.0.0.1",
        "https://[::1]",
        "https://mosaic",
        "https://mosaic.example.org:8443",
        "https://mosaic.example.org/below",
        "https://mosaic.example.org/?x",
        "https://me@mosaic.example.org",
        "https://mosaic.azurewebsites.net",
        "https://x.ngrok-free.app",
        "mosaic.example.org",
        "",
    ],
)
def test_an_address_that_teams_cannot_show_is_refused_in_words(address: str) -> None:
    with pytest.raises(PackageError):
        teams_manifest(address, APP_ID, CLIENT_ID)


@pytest.mark.parametrize(
    "options",
    [
        {"app_id": "x"},
        {"client_id": ""},
        {"developer": "x" * 33},
        {"developer": " "},
        {"version": "1.0"},
        {"version": "v1.0.0"},
        {"version": "01.0.0"},
    ],
)
def test_options_that_the_store_would_refuse_are_refused_here(options: dict[str, str]) -> None:
    with pytest.raises(PackageError):
        teams_manifest(**{"base_url": BASE_URL, "app_id": APP_ID, "client_id": CLIENT_ID} | options)


def test_a_host_is_written_small() -> None:
    manifest = teams_manifest("https://Mosaic.Example.ORG/", APP_ID, CLIENT_ID)
    assert manifest["validDomains"] == ["mosaic.example.org"]
    assert manifest["webApplicationInfo"]["resource"] == f"api://mosaic.example.org/{CLIENT_ID}"


def test_the_hosts_default_to_those_that_no_package_may_name() -> None:
    defaults = {each.variable: each.default for each in SETTINGS}
    assert is_forbidden(defaults["TEAMS_LOGIN_HOST"])
    assert is_forbidden(defaults["TEAMS_GRAPH_HOST"])


# ---- planted mistakes -------------------------------------------------------------------------------------------

Change = Callable[[dict[str, Any]], None]


def put(*path: str | int, value: Any) -> Change:
    def change(manifest: dict[str, Any]) -> None:
        at: Any = manifest
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = value

    return change


def drop(name: str) -> Change:
    return lambda manifest: manifest.pop(name)


MISTAKES: dict[str, tuple[Change, str]] = {
    "another version's manifest": (put("manifestVersion", value="1.17"), "schema: $.manifestVersion"),
    "a scope as it was once spelt": (
        put("configurableTabs", 0, "scopes", value=["groupchat"]),
        "schema: $.configurableTabs[0].scopes",
    ),
    "a field that is none": (put("packageName", value="x"), "schema: $"),
    "a missing field": (drop("accentColor"), "schema: $"),
    "a name that is too long": (put("name", "short", value="x" * 31), "schema: $.name.short"),
    "an id that is none": (put("id", value="mosaic"), "schema: $.id"),
    "a context that is none": (
        put("configurableTabs", 0, "context", value=["callingSidePanel"]),
        "schema: $.configurableTabs[0].context",
    ),
    "a domain of Microsoft's": (
        put("validDomains", value=["teams.microsoft.com"]),
        "domain: teams.microsoft.com",
    ),
    "a domain that is not named": (
        put("configurableTabs", 0, "configurationUrl", value="https://other.example.org/teams/configure"),
        "domain: other.example.org",
    ),
    "the resource of another host": (
        put("webApplicationInfo", "resource", value=f"api://other.example.org/{CLIENT_ID}"),
        "domain: the resource",
    ),
    "one text twice": (
        lambda manifest: manifest["description"].update(full=manifest["description"]["short"]),
        "text: short and full",
    ),
    "a product of Microsoft's in the name": (
        put("name", "short", value="Mosaic for Teams"),
        "text: the name says teams",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_planted_mistake_is_found(mistake: str) -> None:
    change, said = MISTAKES[mistake]
    manifest = made()
    change(manifest)
    found = faults(packed(manifest, icons.colour(), icons.outline()))
    assert any(each.startswith(said) for each in found), found


def test_planted_icons_and_files_are_found() -> None:
    manifest = made()
    small = icons.png(96, lambda x, y: (1, 2, 3, 255))
    grey = icons.png(32, lambda x, y: (200, 200, 200, 255 if x == y else 0))
    full = icons.png(32, lambda x, y: icons.WHITE)
    for color, outline in (
        (small, icons.outline()),
        (icons.colour(), icons.colour()),
        (icons.colour(), grey),
        (icons.colour(), full),
    ):
        assert any(each.startswith("icon:") for each in faults(packed(manifest, color, outline)))
    packet = io.BytesIO(packed(manifest, icons.colour(), icons.outline()))
    with zipfile.ZipFile(packet, "a") as zipped:
        zipped.writestr("notes.txt", "x")
    assert faults(packet.getvalue())[0].startswith("files:")
