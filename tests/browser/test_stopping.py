"""When something goes wrong it is stopped in one tap, in the panel; and a break that was planned comes by itself."""

import datetime
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from bench.client import Server
from tests.browser import hands
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open
from tests.browser.gathering import Gathering, gather

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture
def three(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben", "Cleo") as gathering:
        yield gathering


def test_the_stage_is_cleared_photos_stop_and_somebody_is_gone(open_page: Open, three: Gathering) -> None:
    stage = open_page(f"/e/{three.code}?stage=1", 1280, 720)
    newcomer = open_page(f"/e/{three.code}", 280, 700)
    host = open_page(f"/e/{three.code}", 280, 700, **three.as_host())
    expect(stage.locator(".stage-wall")).to_be_visible()
    expect(newcomer.locator("#next")).to_have_text("Add your photo")
    sheet = hands.open_hand(host)
    hands.press(sheet, "Clear the stage")
    expect(stage.get_by_text("The picture will be back soon.")).to_be_visible()
    expect(stage.locator(".stage-wall")).to_be_hidden()
    hands.press(sheet, "Bring the stage back")
    expect(stage.locator(".stage-wall")).to_be_visible()
    hands.press(sheet, "No new photos")
    expect(newcomer.get_by_text("The host takes no new photos for now.")).to_be_visible()
    expect(newcomer.locator("#next")).to_have_text("Stroll")
    hands.press(sheet, "Take photos again")
    expect(newcomer.locator("#next")).to_have_text("Add your photo")
    hands.press(sheet, "Erase a person")
    sheet.get_by_label("Whom? Search names and stories").fill("Ben")
    sheet.get_by_role("button", name="Erase Ben").click()
    expect(sheet.get_by_role("button", name="Keep")).to_be_focused()  # asked once
    hands.press(sheet, "Erase everything")
    expect(sheet.get_by_text("Everything of Ben is gone.")).to_be_visible()
    expect(newcomer.locator("#count")).to_have_text("2 photos")
    assert not hands.is_sideways(host)


def in_minutes(page: Page, minutes: int) -> str:
    """As the page's own clock has it."""
    now = page.evaluate(
        "(minutes) => { const at = new Date(Date.now() + minutes * 60000);"
        " return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16) }",
        minutes,
    )
    return str(datetime.datetime.fromisoformat(now).strftime("%Y-%m-%dT%H:%M"))


def test_a_planned_break_is_seen_coming_in_panels_and_on_the_stage(open_page: Open, three: Gathering) -> None:
    ada = open_page(f"/e/{three.code}", 280, 700, **three.as_("Ada"))
    stage = open_page(f"/e/{three.code}?stage=1", 1280, 720)
    desk = open_page(f"/host/{three.code}", 1280, 900, **three.as_host())
    desk.get_by_text("Planned breaks").click()
    desk.get_by_label("Day and time").fill(in_minutes(desk, 60))
    desk.get_by_role("button", name="Plan this break").click()
    expect(desk.locator(".agenda-list li")).to_have_count(1)
    desk.locator(".agenda-list").get_by_role("button").click()
    expect(desk.get_by_text("None is planned.")).to_be_visible()
    desk.get_by_label("Day and time").fill(in_minutes(desk, 8))
    desk.get_by_role("button", name="Plan this break").click()
    expect(ada.locator("#break")).to_contain_text("Starts soon")
    expect(stage.locator("#break")).to_contain_text("A coffee break is about to begin.")
    expect(desk.get_by_role("button", name="Start it now")).to_be_visible()


def test_a_break_starts_now_in_five_or_in_ten_minutes(open_page: Open, three: Gathering) -> None:
    ada = open_page(f"/e/{three.code}", 280, 700, **three.as_("Ada"))
    host = open_page(f"/e/{three.code}", 280, 700, **three.as_host())
    sheet = hands.open_hand(host)
    sheet.get_by_label("in 5 min").check()
    hands.press(sheet, "Start the coffee break")
    expect(ada.locator("#break")).to_contain_text("in 5 min")
    hands.press(sheet, "Start it now")
    expect(ada.locator("#break")).to_contain_text("Pour")
