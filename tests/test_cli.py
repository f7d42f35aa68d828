"""The `mosaic` command: what each word does, and that mistakes are told without a stack trace."""

import os
import tomllib
from collections.abc import Mapping
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from plugin.cli import main
from plugin.operate.supervisor import StartError
from plugin.people.tenants import tenant_keys
from plugin.settings import Settings
from plugin.state.db import Database

ROOT = Path(__file__).parent.parent


def mosaic(data: Path, *arguments: str) -> Result:
    before = os.umask(0o077)
    try:
        return CliRunner().invoke(main, arguments, env={"MOSAIC_DATA": str(data), "MOSAIC_SECRET_KEY": None})
    finally:
        os.umask(before)


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert mosaic(tmp_path, "--version").output == f"mosaic, version {setup['metadata']['version']}\n"
    assert version("virtual-mosaic") == setup["metadata"]["version"]


def test_every_command_explains_itself(tmp_path: Path) -> None:
    for command in main.commands.values():
        assert command.help
        assert command.help.splitlines()[0].endswith(".")


def test_migrate_makes_the_database_and_may_be_repeated(tmp_path: Path) -> None:
    for _ in range(2):
        result = mosaic(tmp_path, "migrate")
        assert result.output == "The database is up to date.\n"
        assert result.exit_code == 0
    assert (tmp_path / "mosaic.sqlite3").stat().st_mode & 0o077 == 0


def test_a_wrong_setting_is_named_without_a_stack_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOSAIC_PORT", "eighty")
    result = mosaic(tmp_path, "migrate")
    assert result.exit_code == 1
    assert result.output.startswith("Error: MOSAIC_PORT: ")
    assert "Traceback" not in result.output


def test_a_new_tenant_gets_its_key_once(tmp_path: Path) -> None:
    result = mosaic(tmp_path, "tenant", "add", "Acme & Söhne")
    assert result.exit_code == 0
    kid, key = (line.partition(": ")[2] for line in result.output.splitlines()[:2])
    assert kid == "acme-sohne"
    database = Database(Settings.from_environ(_environ(tmp_path)))
    assert tenant_keys(database, "web", kid) == [key]
    database.dispose()

    rotated = mosaic(tmp_path, "tenant", "rotate", kid)
    newer = rotated.output.splitlines()[1].partition(": ")[2]
    database = Database(Settings.from_environ(_environ(tmp_path)))
    assert tenant_keys(database, "web", kid) == [newer, key]
    assert mosaic(tmp_path, "tenant", "rotate", kid, "--finish").exit_code == 0
    assert tenant_keys(database, "web", kid) == [newer]
    database.dispose()
    assert mosaic(tmp_path, "tenant", "rotate", "nobody").exit_code == 1
    assert "a to z" in mosaic(tmp_path, "tenant", "add", "!?").output
    assert "small letters" in mosaic(tmp_path, "tenant", "add", "Acme", "--id", "Acme Ltd").output

    again = mosaic(tmp_path, "tenant", "add", "Acme & Söhne")
    assert again.exit_code == 1
    assert "There is a tenant acme-sohne already" in again.output
    assert key not in again.output


def test_a_tenant_may_choose_its_short_name_and_needs_one(tmp_path: Path) -> None:
    assert "kid: globex\n" in mosaic(tmp_path, "tenant", "add", "Globex Corporation", "--id", "globex").output
    assert mosaic(tmp_path, "tenant", "add", "!?").exit_code == 1


def test_options_of_run_come_before_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Mapping[str, str]] = []
    monkeypatch.setattr("plugin.operate.run.run", lambda environ, _read, _roles: seen.append(environ))
    monkeypatch.setenv("MOSAIC_PORT", "1111")
    monkeypatch.setenv("MOSAIC_HOST", "::1")
    result = mosaic(tmp_path, "run", "--port", "2222", "--workers", "3", "--web", "4")
    assert result.exit_code == 0
    assert seen[0]["MOSAIC_PORT"] == "2222"
    assert seen[0]["MOSAIC_HOST"] == "::1"
    assert seen[0]["MOSAIC_PREPARE_WORKERS"] == "3"
    assert seen[0]["MOSAIC_WEB_PROCESSES"] == "4"
    assert seen[0]["MOSAIC_DATA"] == str(tmp_path)


def test_a_start_that_fails_ends_with_code_1_and_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_environ: Mapping[str, str], _read: object, _roles: object) -> None:
        raise StartError("The kettle is empty.")

    monkeypatch.setattr("plugin.operate.run.run", fail)
    result = mosaic(tmp_path, "run")
    assert result.exit_code == 1
    assert result.output == "Error: The kettle is empty.\n"


def test_demo_takes_the_address_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr("plugin.operate.demo.demo", lambda url, **options: seen.append((url, options)))
    monkeypatch.setenv("MOSAIC_BASE_URL", "http://mosaic.example.org")
    mosaic(tmp_path, "demo", "--people", "5", "--seconds", "0.5", "--target", "coffee")
    mosaic(tmp_path, "demo", "--url", "http://127.0.0.1:9")
    monkeypatch.delenv("MOSAIC_BASE_URL")
    mosaic(tmp_path, "demo")
    monkeypatch.setenv("MOSAIC_PORT", "8765")
    mosaic(tmp_path, "demo")
    assert seen[0] == ("http://mosaic.example.org", {"people": 5, "seconds": 0.5, "target_name": "coffee"})
    assert [url for url, _ in seen[1:]] == [
        "http://127.0.0.1:9",
        "http://127.0.0.1:8000",
        "http://127.0.0.1:8765",
    ]
    assert seen[1][1] == {"people": 300, "seconds": 120, "target_name": None}


def test_the_command_is_installed_under_its_name() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert "mosaic = plugin.cli:main" in setup["options.entry_points"]["console_scripts"]
    assert set(tomllib.loads((ROOT / "pyproject.toml").read_text())) == {"build-system", "tool"}


def _environ(data: Path) -> dict[str, str]:
    return {"MOSAIC_DATA": str(data), "MOSAIC_SECRET_KEY_FILE": str(data / "secret.key")}
