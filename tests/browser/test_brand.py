"""An event's own look, in two choices at the desk: in open panels, on the stage, and in pages that come later."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from bench.client import Server
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, until
from tests.browser.gathering import Gathering, gather

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
ACCENT = "getComputedStyle(document.body).getPropertyValue('--accent').trim()"
SEEN = ".logo:not([hidden])"


@pytest.fixture
def two(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben") as gathering:
        yield gathering


def logo() -> Any:
    image = Image.new("RGBA", (400, 160), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((20, 20, 380, 140), fill="#0a1f44")
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return {"name": "logo.png", "mimeType": "image/png", "buffer": stream.getvalue()}


def wears(page: Page, colour: str) -> bool:
    return str(page.evaluate(ACCENT)) == colour


def test_a_logo_and_a_colour_are_everywhere_at_once_and_gone_at_once(open_page: Open, two: Gathering) -> None:
    panel = open_page(f"/e/{two.code}", 280, 700, **two.as_("Ada"))
    stage = open_page(f"/e/{two.code}?stage=1", 1280, 720)
    desk = open_page(f"/host/{two.code}", 1280, 900, **two.as_host())
    desk.get_by_text("Your own look").click()
    desk.locator(".look input[type=file]").set_input_files(logo())
    for page in (panel, stage):
        expect(page.locator(SEEN)).to_be_visible()
    assert panel.locator(SEEN).get_attribute("data-ground") == "light"
    desk.locator("#look-colour").fill("#0a1f44")
    expect(desk.get_by_text("On dark ground and on the stage it is a little lighter")).to_be_visible()
    until(panel, lambda: wears(panel, "#0a1f44"))
    until(stage, lambda: not wears(stage, "#ffbf2e") and not wears(stage, "#0a1f44"))
    assert panel.evaluate("document.documentElement.scrollWidth") <= 280
    later = open_page(f"/e/{two.code}", 400, 800, color_scheme="dark")
    expect(later.locator(SEEN)).to_be_visible()
    until(later, lambda: not wears(later, "#0a1f44") and not wears(later, "#ffbf2e"))
    desk.get_by_role("button", name="Back to ours").click()
    desk.get_by_role("button", name="Remove the logo").click()
    expect(panel.locator(SEEN)).to_have_count(0)
    until(panel, lambda: wears(panel, "#ffbf2e"))


def test_a_file_that_is_no_logo_is_refused_in_words(open_page: Open, two: Gathering) -> None:
    desk = open_page(f"/host/{two.code}", 1280, 900, **two.as_host())
    desk.get_by_text("Your own look").click()
    stream = io.BytesIO()
    Image.new("RGB", (60, 60), "red").save(stream, "GIF")
    picture: Any = {"name": "logo.gif", "mimeType": "image/gif", "buffer": stream.getvalue()}
    desk.locator(".look input[type=file]").set_input_files(picture)
    expect(desk.get_by_text("A logo is a PNG, a WebP or a JPEG.")).to_be_visible()
