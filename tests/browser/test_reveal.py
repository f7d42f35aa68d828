"""The reveal in three beats, in panels and on the stage: a notice, the flight, and words."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bench.client import Server
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, until
from tests.browser.gathering import Gathering, gather
from tests.factories import photo_bytes

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)

NOTICE = re.compile(r"The picture is nearly whole: \d+ seconds?")
NOTES_BEATS = """
window.beats = []
new MutationObserver(() => {
  const beat = document.getElementById("finale")?.dataset.beat
  if (beat && window.beats.at(-1) !== beat) window.beats.push(beat)
}).observe(document, { subtree: true, childList: true, attributes: true })
"""


@pytest.fixture
def gathering(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben", "Cleo") as gathering:
        yield gathering


def reveal(gathering: Gathering, **wish: Any) -> None:
    gathering.host.post("/api/host/reveal", {"revealed": True} | wish)


def beats(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.beats")
    return found


def watched(open_page: Open, gathering: Gathering, path: str = "", width: int = 400, **options: Any) -> Page:
    """A page that has the wall and notes the beats."""
    page = open_page(f"/e/{gathering.code}{path}", width, 700, **options)
    page.evaluate(NOTES_BEATS)
    expect(page.locator("#count")).to_have_text("3 photos")
    return page


def without_stream(page: Page) -> None:
    page.route("**/api/live*", lambda route: route.abort())


def test_a_notice_the_flight_and_words_in_every_panel_and_on_the_stage(
    open_page: Open, gathering: Gathering
) -> None:
    ada = watched(open_page, gathering, width=280, **gathering.as_("Ada"))
    ben = watched(open_page, gathering, reduced_motion="reduce", **gathering.as_("Ben"))
    stage = watched(open_page, gathering, "?stage=1", 1280)
    reveal(gathering, notice=20)
    late = open_page(f"/e/{gathering.code}")
    for page in (ada, ben, stage, late):
        expect(page.locator("#finale")).to_have_text(NOTICE)
    for page in (ada, ben, stage, late):
        expect(page.locator("#finale")).to_contain_text("3 people made this picture")
    for page in (ada, ben, stage):
        seen = beats(page)
        assert seen[0] == "notice"
        assert seen[-2:] == ["flight", "words"]
    expect(stage.locator("#count")).to_have_text("3 people made this picture")
    ada.locator("#finale").get_by_role("button", name="Close").click()
    expect(ada.locator("#finale")).to_be_hidden()


def test_the_keepsake_is_the_next_thing_with_the_one_question(open_page: Open, gathering: Gathering) -> None:
    page = watched(open_page, gathering, width=280, **gathering.as_("Ada"))
    reveal(gathering, notice=0)
    page.get_by_role("button", name="Take your keepsake").click()
    sheet = page.get_by_role("dialog", name="Your keepsake")
    expect(sheet.get_by_role("img", name=re.compile("Your keepsake"))).to_be_visible()
    sheet.get_by_role("button", name="Yes, show it").click()
    expect(sheet.get_by_role("status")).to_contain_text("Thank you")
    ada = gathering.guests["Ada"].caller
    assert ada.get("/api/me")["attendee"]["in_keepsake"] is True
    sheet.get_by_role("button", name="Close").click()
    expect(page.locator("#next")).to_have_text("Stroll")
    page.reload()
    expect(page.locator("#finale")).to_contain_text("3 people made this picture")
    expect(page.locator("#next")).to_have_text("Stroll")  # taken is taken


def test_whoever_is_no_photo_of_the_picture_is_asked_for_one_as_before(
    open_page: Open, gathering: Gathering
) -> None:
    page = watched(open_page, gathering)
    reveal(gathering, notice=0)
    expect(page.locator("#finale")).to_contain_text("3 people made this picture")
    expect(page.locator("#next")).to_have_text("Add your photo")


def test_a_reveal_that_is_undone_in_time_leaves_everything_as_it_was(
    open_page: Open, gathering: Gathering
) -> None:
    ada = watched(open_page, gathering, **gathering.as_("Ada"))
    stage = watched(open_page, gathering, "?stage=1", 1280)
    before = gathering.host.get("/api/wall")["grid"]["generation"]
    reveal(gathering, notice=120)
    for page in (ada, stage):
        expect(page.locator("#finale")).to_have_text(NOTICE)
    gathering.host.post("/api/host/reveal", {"revealed": False})
    for page in (ada, stage):
        expect(page.locator("#finale")).to_be_hidden()
    assert gathering.host.get("/api/wall")["grid"]["generation"] == before


def test_where_streams_do_not_get_through_the_reveal_does(open_page: Open, gathering: Gathering) -> None:
    page = open_page("/")
    without_stream(page)
    page.goto(f"{page.url.rstrip('/')}/e/{gathering.code}")
    page.evaluate(NOTES_BEATS)
    expect(page.locator("#count")).to_have_text("3 photos")
    reveal(gathering, notice=20)
    expect(page.locator("#finale")).to_have_text(NOTICE)
    expect(page.locator("#finale")).to_contain_text("3 people made this picture")
    assert beats(page)[-1] == "words"


def test_the_host_sees_it_first_and_nobody_else_does(open_page: Open, gathering: Gathering) -> None:
    ada = watched(open_page, gathering, **gathering.as_("Ada"))
    desk = open_page(f"/host/{gathering.code}", 1280, 900, **gathering.as_host())
    desk.get_by_role("button", name="See it first").click()
    picture = desk.get_by_role("img", name="The picture as it would be when revealed")
    expect(picture).to_be_visible()
    until(desk, lambda: picture.evaluate("image => image.naturalWidth") > 900)
    expect(ada.locator("#finale")).to_be_hidden()
    assert gathering.host.get("/api/wall")["revealed"] is False
    desk.get_by_role("button", name="Reveal it in 20 seconds").click()
    expect(ada.locator("#finale")).to_have_text(NOTICE)
    desk.get_by_role("button", name=re.compile("^Undo: it comes in")).click()
    expect(ada.locator("#finale")).to_be_hidden()
    expect(desk.get_by_role("button", name="Reveal the picture")).to_be_visible()


def test_whoever_is_on_the_wall_is_asked_about_the_keepsake_in_one_tap(
    open_page: Open, gathering: Gathering
) -> None:
    page = open_page(f"/e/{gathering.code}", 280, 700)
    page.locator("#next").click()
    sheet = page.locator("dialog.sheet")
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(3)}
    sheet.locator("input[type=file]").first.set_input_files(photo)  # type: ignore[arg-type]
    sheet.get_by_label("Your story").fill("I bake bread at night")
    sheet.get_by_label("Your name").fill("Dora")
    sheet.get_by_role("button", name="Send", exact=True).click()
    mine = page.locator("#mine-now")
    expect(mine).to_contain_text("You are on the wall")
    expect(mine).to_contain_text("their keepsakes, the poster, the film and the page")
    mine.get_by_role("button", name="No", exact=True).click()
    expect(mine).to_contain_text("Thank you")
    reveal(gathering, notice=0)
    page.get_by_role("button", name="Take your keepsake").click()
    keepsake = page.get_by_role("dialog", name="Your keepsake")
    expect(keepsake.get_by_role("img", name=re.compile("Your keepsake"))).to_be_visible()
    expect(keepsake.get_by_role("button", name="Yes, show it")).to_have_count(0)  # asked and answered
