"""A host turns hellos and lines off in the panel, and chooses a language: open panels and the stage follow at once."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from bench.client import Server
from tests.browser import hands
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open
from tests.browser.gathering import Gathering, gather
from tests.browser.test_talk_in_line import open_the_line

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture
def three(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben", "Cleo") as gathering:
        yield gathering


def test_hellos_and_lines_go_off_in_panels_that_are_open(
    open_page: Open, server: Server, three: Gathering
) -> None:
    open_the_line(server, three.code)
    ada = open_page(f"/e/{three.code}", 280, 700, **three.as_("Ada"))
    ada.locator("#next", has_text="Get in line").click()
    expect(ada.locator("dialog.line")).to_be_visible()
    ben = open_page(f"/e/{three.code}", 400, 800, **three.as_("Ben"))
    ben.locator("#go-people").click()
    ben.locator(".person", has_text="Cleo").click()
    expect(ben.get_by_role("button", name="Say hello")).to_be_visible()
    host = open_page(f"/e/{three.code}", 280, 700, **three.as_host())
    sheet = hands.open_hand(host)
    sheet.get_by_text("What people may do").click()
    sheet.get_by_role("switch", name="Say hello").uncheck()
    expect(ben.get_by_text("The host has turned hellos off for now.")).to_be_visible()
    expect(ben.get_by_role("button", name="Say hello")).to_be_hidden()
    sheet.get_by_role("switch", name="Stand in line").uncheck()
    expect(ada.locator("dialog.line")).to_be_hidden()
    expect(ada.get_by_text("The host has turned lines off for now.")).to_be_visible()
    expect(ada.locator("#break")).to_contain_text("Stroll")
    assert not hands.is_sideways(host)
    sheet.get_by_role("switch", name="Say hello").check()
    sheet.get_by_role("switch", name="Stand in line").check()
    expect(ben.get_by_role("button", name="Say hello")).to_be_visible()
    expect(ada.locator("#next")).to_have_text("Get in line")


def test_the_event_speaks_another_language_but_not_to_whoever_chose_theirs(
    open_page: Open, three: Gathering
) -> None:
    ada = open_page(f"/e/{three.code}", 280, 700, **three.as_("Ada"))
    ben = open_page(f"/e/{three.code}?lang=fr", 280, 700, **three.as_("Ben"))
    stage = open_page(f"/e/{three.code}?stage=1", 1280, 720)
    host = open_page(f"/host/{three.code}", 1280, 900, **three.as_host())
    expect(ada.locator("#go-people")).to_have_text("people")
    ada.locator("#go-me").click()
    ada.get_by_label("Your name").fill("Ada L.")
    host.get_by_text("What people may do").click()
    host.get_by_label("Language of the event").select_option("ar")
    expect(stage.locator("html[dir=rtl]")).to_have_count(1)
    time.sleep(1.5)
    expect(ada.get_by_label("Your name")).to_have_value("Ada L.")  # nobody is thrown out of what they write
    ada.keyboard.press("Escape")
    expect(ada.locator("html[dir=rtl]")).to_have_count(1)
    expect(ada.locator("#go-people")).to_have_text("الناس")
    expect(ben.locator("html[lang=fr]")).to_have_count(1)
    expect(host.locator("html[lang=en]")).to_have_count(1)
