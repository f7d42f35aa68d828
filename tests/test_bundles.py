"""What the pages load, as it was built."""

import json
import re

import pytest

from plugin.app import STATIC

DIST = STATIC / "dist"
MANIFEST = json.loads((DIST / "manifest.json").read_text())
AT_ONCE = re.compile(r'(?:from|import)"\./([^"]+\.js)"')
OWN_PAGES = sorted(path.name for path in STATIC.glob("*.js"))


def loaded_at_once(name: str, found: set[str]) -> set[str]:
    if name not in found:
        found.add(name)
        for other in AT_ONCE.findall((DIST / name).read_text()):
            loaded_at_once(other, found)
    return found


def test_there_are_pages() -> None:
    assert {"panel.js", "stage.js", "host.js"} <= set(OWN_PAGES)


@pytest.mark.parametrize("script", OWN_PAGES)
def test_whoever_opens_a_page_asks_for_two_scripts_at_most(script: str) -> None:
    assert len(loaded_at_once(MANIFEST[script], set())) <= 2


@pytest.mark.parametrize("script", OWN_PAGES)
def test_what_comes_later_is_not_there_at_once(script: str) -> None:
    """No SDK of a meeting client, for example."""
    at_once = "".join((DIST / name).read_text() for name in loaded_at_once(MANIFEST[script], set()))
    later = set(re.findall(r'import\("\./([^"]+\.js)"\)', at_once))
    assert not later & loaded_at_once(MANIFEST[script], set())
    assert len(at_once.encode()) < 240_000
