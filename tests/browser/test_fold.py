"""From opening to a photo on the wall: what it takes, and that nothing of it is out of sight in a small window."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from bench.client import Server
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open
from tests.browser.gathering import Gathering, gather
from tests.factories import photo_bytes

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
SCREENSHOTS = Path("test-results")
SIZES = ((280, 700), (320, 568), (360, 640), (400, 800))
STORY = "My grandmother’s coffee mill, which still works every morning"

# Whether all of it can be seen and touched: inside the window, not cut off by what scrolls, and nothing above it.
IS_IN_SIGHT = """element => {
  const { left, right, top, bottom } = element.getBoundingClientRect()
  if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight || right === left) return false
  const ends = [[(left + right) / 2, top + 3], [(left + right) / 2, bottom - 3]]
  return ends.every(([x, y]) => element.contains(document.elementFromPoint(x, y)))
}"""
COUNTS = """
window.counted = { taps: 0, keys: 0 }
addEventListener("click", (event) => event.isTrusted && event.detail && counted.taps++, true)
addEventListener("keydown", (event) => event.isTrusted && counted.keys++, true)
"""


@pytest.fixture
def gathering(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ben", Ben=STORY) as gathered:
        yield gathered


def photo_file() -> dict[str, str | bytes]:
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(4, (640, 480))}


def choose(page: Page, sheet: Locator) -> None:
    """As a person does: the button, and the system's own picker, whose one tap the page does not see."""
    with page.expect_file_chooser() as chooser:
        sheet.locator(".empty-frame button").nth(-2).click()
    chooser.value.set_files(photo_file())  # type: ignore[arg-type]
    expect(sheet.locator(".preview img")).to_be_visible()


def test_a_photo_is_on_the_wall_after_four_taps_and_the_story(open_page: Open, gathering: Gathering) -> None:
    ada = open_page("/")
    ada.context.add_init_script(COUNTS)
    ada.goto(f"{ada.url}e/{gathering.code}")
    ada.locator("#next").click()
    sheet = ada.locator("dialog.sheet")
    choose(ada, sheet)
    ada.keyboard.type("My old mill")  # the story has the focus
    ada.keyboard.press("Enter")
    ada.keyboard.type("Ada")  # and then the name
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(ada.get_by_text("You are on the wall")).to_be_visible()
    counted = ada.evaluate("counted")
    in_the_picker = 1
    assert counted["taps"] + in_the_picker == 4
    assert counted["keys"] == len("My old mill") + 1 + len("Ada")


@pytest.mark.parametrize("language", ["en", "de", "ja", "ar"])
def test_no_step_is_below_the_fold(open_page: Open, gathering: Gathering, language: str) -> None:
    ada = open_page(f"/e/{gathering.code}", locale=language)
    see(ada, language, "open", "#next")
    ada.locator("#next").click()
    sheet = ada.locator("dialog.sheet")
    see(
        ada,
        language,
        "choose",
        ".empty-frame .button",
        ".sheet textarea",
        ".sheet input.field",
        ".sheet .is-me",
    )
    choose(ada, sheet)
    expect(sheet.locator("textarea")).to_be_focused()
    sheet.locator("textarea").fill(STORY)
    sheet.locator("input.field").fill("Ada Lovelace")
    sheet.locator("input.field").blur()
    see(
        ada,
        language,
        "send",
        ".preview",
        ".sheet textarea",
        ".sheet input.field",
        ".consents .choice",
        ".consents .switch",
        ".sheet-foot .small",
        ".sheet [type=submit]",
    )
    sheet.locator(".preview").click()
    see(ada, language, "crop", ".sheet .frame > img", ".frame-buttons button")
    sheet.locator(".frame-buttons .main").click()
    sheet.locator("[type=submit]").click()
    expect(ada.locator("#next[data-does=stroll]")).to_be_visible()
    see(ada, language, "sent", "#next")
    ada.locator("#next").click()
    expect(sheet.locator(".story")).to_have_text(STORY)
    see(ada, language, "photo", ".photo-picture", ".story", ".photo .my-actions button", ".photo-foot button")


def see(page: Page, language: str, step: str, *needed: str) -> None:
    """All of it is in sight in every window; a picture of each lies beside for the eye."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        page.screenshot(path=SCREENSHOTS / f"fold-{step}-{language}-{width}x{height}.png")
        for selector in needed:
            for each in page.locator(f"{selector}:visible").all():
                assert each.evaluate(IS_IN_SIGHT), (selector, each.inner_text(), width, height)
            assert page.locator(f"{selector}:visible").count(), (selector, width, height)


def test_what_was_typed_and_the_photo_survive_a_reload_and_go_when_they_are_sent(
    open_page: Open, gathering: Gathering
) -> None:
    ada = open_page(f"/e/{gathering.code}", 280, 700)
    ada.locator("#next").click()
    sheet = ada.locator("dialog.sheet")
    choose(ada, sheet)
    sheet.get_by_label("Your story").fill("My old mill")
    sheet.get_by_label("Your name").fill("Ada")
    sheet.get_by_text("Just looking").click()
    sheet.get_by_role("switch").check()
    ada.reload()
    ada.locator("#next").click()
    expect(sheet.locator(".preview img")).to_be_visible()
    expect(sheet.get_by_label("Your story")).to_have_value("My old mill")
    expect(sheet.get_by_label("Your name")).to_have_value("Ada")
    expect(sheet.get_by_role("radio", name="Just looking")).to_be_checked()
    expect(sheet.get_by_role("switch")).to_be_checked()
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(ada.get_by_text("You are on the wall")).to_be_visible()
    assert ada.evaluate("Object.keys(sessionStorage).filter(name => name.includes('draft'))") == []
    assert ada.evaluate(KEPT_PHOTOS) == 0


KEPT_PHOTOS = """() => new Promise(resolve => {
  const opening = indexedDB.open("mosaic", 1)
  opening.onsuccess = () => {
    const asked = opening.result.transaction("drafts").objectStore("drafts").count()
    asked.onsuccess = () => resolve(asked.result)
  }
})"""


def test_a_draft_is_for_nobody_else(open_page: Open, gathering: Gathering) -> None:
    ada = open_page(f"/e/{gathering.code}")
    ada.locator("#next").click()
    sheet = ada.locator("dialog.sheet")
    choose(ada, sheet)
    sheet.get_by_label("Your story").fill("My old mill")
    ada.evaluate("localStorage.clear()")  # somebody new in the same tab
    ada.reload()
    ada.locator("#next").click()
    expect(sheet.locator(".empty-frame")).to_be_visible()
    expect(sheet.get_by_label("Your story")).to_have_value("")


def test_where_a_browser_keeps_nothing_the_form_works_as_ever(open_page: Open, gathering: Gathering) -> None:
    ada = open_page("/")
    ada.context.add_init_script(
        "for (const name of ['sessionStorage', 'indexedDB'])"
        " Object.defineProperty(window, name, { get() { throw new Error('no') } })"
    )
    ada.goto(f"{ada.url}e/{gathering.code}")
    ada.locator("#next").click()
    sheet = ada.locator("dialog.sheet")
    choose(ada, sheet)
    sheet.get_by_label("Your story").fill("My old mill")
    sheet.get_by_label("Your name").fill("Ada")
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(ada.get_by_text("You are on the wall")).to_be_visible()
