"""Documents that would go stale are compared with what they describe."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from integrations.registry import ADAPTERS
from plugin.cli import main
from plugin.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.M))


def rows() -> dict[str, tuple[str, str]]:
    """Default and explanation by variable, from the table of settings."""
    section = README.partition("## Settings")[2].partition("\n## ")[0]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line
    ]
    return {name.strip("`"): (default.strip("`"), about) for name, default, about in cells[2:]}


def settings() -> dict[str, tuple[str, str]]:
    """The same of the service's own settings and of those of all platforms."""
    own = [each.metadata for each in fields(Settings) if each.metadata]
    described = {each["variable"]: (each["default"] or "", each["about"]) for each in own}
    for adapter in ADAPTERS.values():
        described |= {each.variable: (each.default, each.about) for each in adapter.settings}
    return described


@pytest.mark.parametrize("variable", settings())
def test_every_setting_has_its_row_with_default_and_meaning(variable: str) -> None:
    assert rows().get(variable) == settings()[variable]


def test_no_row_describes_a_setting_that_is_gone() -> None:
    assert set(rows()) == set(settings())


def test_the_example_environment_names_only_settings() -> None:
    names = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M)
    assert names
    assert {name.removesuffix("_FILE") for name in names} <= set(settings())


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_and_command_named_in_a_document_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = set(
        re.findall(r"\bmake ([a-z][a-z-]*[a-z])(?=[`\n ])", "\n".join(re.findall(r"`[^`]+`", text)))
    )
    assert targets <= TARGETS
    commands = set(re.findall(r"`(?:\.venv/bin/)?mosaic ([a-z]+)", text))
    assert commands <= set(main.commands)


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_link_into_the_repository_leads_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_target_explains_itself_in_the_list_of_make_help() -> None:
    internal = {"check", "chromium", "engines", "nchan", "nginx", "postgres", "programs", "tools"}
    explained = set(re.findall(r"^([a-z][a-z-]*):.*## \S", MAKEFILE, re.M))
    assert TARGETS - internal == explained


def test_lock_files_hold_hashes_for_all_and_name_no_place() -> None:
    locks = sorted((ROOT / "requirements").glob("*.lock"))
    assert {lock.name for lock in locks} >= {"run.lock", "dev.lock"}
    for lock in locks:
        text = lock.read_text()
        assert not re.search(r"https?:|file:|--index|--find-links|/", text), lock.name
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "--hash=sha256:" in block, block
    for place in (ROOT, ROOT / "tests/engines"):
        assert "://" not in (place / "package-lock.json").read_text(), place
