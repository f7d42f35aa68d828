"""axe-core looks at every view, in every theme and in Arabic: nothing serious, nothing critical."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bench.client import Caller, Server
from tests.browser import hands
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open
from tests.browser.gathering import Gathering, gather

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
GRAVE = ("serious", "critical")
NARROW, HIGH = 280, 700
ERASE = re.compile("Erase a person|محو شخص")

THEMES: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "contrast": {"color_scheme": "dark", "contrast": "more", "forced_colors": "active"},
    "arabic": {"locale": "ar"},
}


@pytest.fixture(scope="module")
def gathering(server: Server) -> Iterator[Gathering]:
    """A coffee break in which something has happened to Ada: hellos in every state, a speaker, a report."""
    with gather(server, "Ada", "Ben", "Cleo", "Dora", "Emil", Cleo="أزرع النعناع على الشرفة") as gathering:
        ada, ben, cleo, dora, emil = gathering.guests.values()
        talk = ben.hello_to(ada)
        ada.caller.post(f"/api/hellos/{talk}/answer", {"words": "What is on your desk?"})
        ben.caller.post(f"/api/hellos/{talk}/share", {"contact": "ben@example.org"})
        cleo.hello_to(ada, "prompt_mine")
        speaker = gathering.host.post("/api/host/speakers", {"photo": dora.photo})["speaker"]
        emil.caller.post(f"/api/speakers/{speaker['id']}/line", {"opener": "talk_thanks"})
        emil.caller.call(
            "POST", "/api/report", b'{"photo": %d, "reason": "rude"}' % ben.photo, "application/json"
        )
        gathering.host.post("/api/host/break", {"minutes": 15, "start_in": 0})
        gathering.hurry(8 * 60)  # the line is open, and stays so however slow the machine is
        gathering.host.call("PATCH", "/api/host/break", b'{"extend": 15}', "application/json")
        yield gathering


def look(page: Page, view: str) -> None:
    """Let axe look at what is shown now, and whether all of it is inside the window."""
    page.wait_for_timeout(60)  # without motion, a sheet is there at once
    page.evaluate(AXE)
    found = page.evaluate("async () => (await axe.run({ resultTypes: ['violations'] })).violations")
    grave = [
        f"{view}: {each['id']} ({each['impact']}): {[node['html'][:160] for node in each['nodes']]}"
        for each in found
        if each["impact"] in GRAVE
    ]
    assert grave == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{view} is too wide"


def unfold(page: Page) -> None:
    page.evaluate("for (const each of document.querySelectorAll('.setting')) each.open = true")
    page.get_by_role("button", name=ERASE).click()


def dress(gathering: Gathering, accent: str) -> None:
    wish = json.dumps({"accent": accent}).encode()
    gathering.host.call("PATCH", "/api/host/event", wish, "application/json")


def close(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def stand_together(page: Page, partner: Caller) -> None:
    """Wait for a turn that has room for both; whoever stands in line goes on asking, as a panel does."""
    partner.post("/api/line", {})
    for _ in range(240):  # longer than a turn without them takes
        if page.locator(".stander").count():
            return
        partner.get("/api/line")
        page.wait_for_timeout(500)
    seen = page.locator("dialog.line").count(), partner.get("/api/line")
    raise AssertionError(f"nobody came; the sheet, and what the partner sees: {seen}")


@pytest.mark.parametrize("theme", THEMES)
def test_no_page_around_the_panel_shuts_anybody_out(
    open_page: Open, address: str, gathering: Gathering, theme: str
) -> None:
    page = open_page("/", NARROW, HIGH, reduced_motion="reduce", **THEMES[theme])
    look(page, "landing")
    for view, path in (
        ("start", "/start"),
        ("message", "/e/NOSUCH"),
        ("stage", f"/e/{gathering.code}?stage=1"),
    ):
        page.goto(f"{address}{path}")
        look(page, view)
    guest = open_page(f"/e/{gathering.code}", NARROW, HIGH, reduced_motion="reduce", **THEMES[theme])
    expect(guest.locator("#room[data-state=ready]")).to_be_visible()
    guest.locator("#next").click()
    expect(guest.locator("dialog.add")).to_be_visible()
    look(guest, "adding a photo")


@pytest.mark.parametrize("theme", THEMES)
def test_no_view_of_the_panel_shuts_anybody_out(open_page: Open, gathering: Gathering, theme: str) -> None:
    options = THEMES[theme] | gathering.as_("Ada")
    page = open_page(f"/e/{gathering.code}", NARROW, HIGH, reduced_motion="reduce", **options)
    expect(page.locator("#room[data-state=ready]")).to_be_visible()
    expect(page.locator("#speakers button")).to_be_visible()
    look(page, "wall")
    page.locator("#go-people").click()
    expect(page.locator("#place-people .person").first).to_be_visible()
    look(page, "people")
    page.locator("#place-people .person", has_text="Emil").click()
    expect(page.locator("dialog.photo h2")).to_have_text("Emil")
    look(page, "photo")
    page.locator("dialog.photo .my-actions button").last.click()
    expect(page.locator("dialog.safety")).to_be_visible()
    look(page, "safety")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(1)
    page.locator("dialog.photo .main").click()
    expect(page.locator("dialog.hello .phrase")).to_have_count(3)
    look(page, "saying hello")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(1)
    close(page)
    page.locator("#go-hellos").click()
    expect(page.locator("#place-hellos .person").first).to_be_visible()
    look(page, "hellos")
    for name in ("Ben", "Cleo"):
        page.locator("#place-hellos .person", has_text=name).first.click()
        expect(page.locator("dialog.talk")).to_be_visible()
        look(page, f"talk with {name}")
        close(page)
    page.locator(".list-end button").click()
    expect(page.locator("dialog.take")).to_be_visible()
    look(page, "taking along")
    close(page)
    page.locator("#speakers button").click()
    expect(page.locator("dialog.at-speaker")).to_be_visible()
    look(page, "waiting for the speaker")
    close(page)
    page.locator("#go-me").click()
    expect(page.locator("dialog .erase")).to_be_visible()
    page.locator("dialog .erase").click()
    look(page, "me")
    close(page)


def test_the_line_shuts_nobody_out(open_page: Open, gathering: Gathering) -> None:
    """One turn for all themes: a panel that opens anew still stands in line."""
    page = open_page(f"/e/{gathering.code}", NARROW, HIGH, reduced_motion="reduce", **gathering.as_("Ada"))
    page.locator("#next[data-does=line]").click()
    expect(page.locator("dialog.line")).to_be_visible()
    stand_together(page, gathering.guests["Dora"].caller)
    dora = gathering.guests["Dora"].caller
    group = dora.get("/api/line")["line"]["group"]
    dora.post("/api/line/words", {"words": "In a small town by the sea", "group": group})
    expect(page.locator("dialog.line .said-line")).to_have_count(1)
    look(page, "in line")
    page.emulate_media(color_scheme="dark")
    look(page, "in line, dark")
    page.emulate_media(color_scheme="dark", forced_colors="active", contrast="more")
    look(page, "in line, contrast")
    arabic = open_page(
        f"/e/{gathering.code}", NARROW, HIGH, reduced_motion="reduce", locale="ar", **gathering.as_("Ada")
    )
    expect(arabic.locator("dialog.line .stander")).to_be_visible()
    look(arabic, "in line, in Arabic")
    page.emulate_media(color_scheme="dark", forced_colors="none", contrast="no-preference")
    gathering.host.call("DELETE", "/api/host/break")
    for panel in (page, arabic):
        expect(panel.locator("dialog.touch .touch-row").first).to_be_visible()
        look(panel, "keeping in touch")


@pytest.mark.parametrize("theme", THEMES)
def test_the_desk_shuts_nobody_out(open_page: Open, gathering: Gathering, theme: str) -> None:
    options = THEMES[theme] | gathering.as_host()
    desk = open_page(f"/host/{gathering.code}", 1280, 900, reduced_motion="reduce", **options)
    expect(desk.locator(".report").first).to_be_visible()
    look(desk, "desk")
    unfold(desk)
    look(desk, "desk, unfolded")
    desk.set_viewport_size({"width": 320, "height": 800})
    look(desk, "desk in a narrow window")


@pytest.mark.parametrize("theme", THEMES)
def test_what_hosts_have_in_the_panel_shuts_nobody_out(
    open_page: Open, gathering: Gathering, theme: str
) -> None:
    options = THEMES[theme] | gathering.as_host()
    panel = open_page(f"/e/{gathering.code}", 280, 700, reduced_motion="reduce", **options)
    sheet = hands.open_hand(panel)
    expect(sheet.locator(".report").first).to_be_visible()
    look(panel, "for hosts")
    unfold(panel)
    look(panel, "for hosts, unfolded")


@pytest.mark.parametrize("theme", THEMES)
def test_a_colour_that_an_event_chose_shuts_nobody_out(
    open_page: Open, gathering: Gathering, theme: str
) -> None:
    dress(gathering, "#0a1f44")
    panel = open_page(f"/e/{gathering.code}", NARROW, HIGH, reduced_motion="reduce", **THEMES[theme])
    expect(panel.locator("#brand")).to_have_count(1)
    panel.locator("#next").click()
    expect(panel.locator("dialog.add")).to_be_visible()
    look(panel, "adding a photo, in the event's colour")
    stage = open_page(f"/e/{gathering.code}?stage=1", 1280, 720, reduced_motion="reduce", **THEMES[theme])
    expect(stage.locator("#room[data-state=ready]")).to_be_visible()
    look(stage, "stage, in the event's colour")
    dress(gathering, "")
