"""Three people in line, two in the browser and one inside Zoom: they answer, talk, stay, keep in touch; and whoever is
blocked or reported is gone at once."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from bench.client import Server
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, forget_limits, until
from tests.browser.gathering import Gathering, gather
from tests.browser.lines import change, open_the_line, say
from tests.browser.test_hello import Room, add_photo, open_talk
from tests.fake_zoom.server import FakeZoom

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
# What stands in the sheet is inside the window, and nothing of it is cut off at its sides.
FITS = """() => {
  const shown = [...document.querySelectorAll("dialog.line :is(.stander, .line-question, .log, textarea, button)")]
  const boxes = shown.filter((each) => each.getClientRects().length).map((each) => each.getBoundingClientRect())
  const inside = boxes.every(
    ({ left, right, top, bottom }) => left >= 0 && right <= innerWidth && top >= 0 && bottom <= innerHeight,
  )
  const cut = shown.some((each) => each.scrollWidth > each.clientWidth + 1)
  return inside && !cut && document.documentElement.scrollHeight <= innerHeight
}"""
LAST_IN_VIEW = """() => {
  const log = document.querySelector("dialog.line .log").getBoundingClientRect()
  const last = document.querySelector("dialog.line .said-line:last-child").getBoundingClientRect()
  return last.bottom <= log.bottom + 1 && last.bottom > log.top
}"""


@pytest.fixture(scope="module")
def server(zoom_server: Server) -> Server:
    forget_limits(zoom_server)
    return zoom_server


@pytest.fixture
def room(browser: Browser, zoom: FakeZoom, address: str) -> Iterator[Room]:
    room = Room(browser, zoom, address)
    yield room
    for context in room.contexts:
        context.close()
    assert room.errors == []


def test_three_in_line_answer_talk_stay_and_keep_in_touch(room: Room, server: Server) -> None:
    ada, ben, cleo = (room.come(name) for name in ("Ada", "Ben", "Cleo"))  # Ben is inside Zoom
    ada.set_viewport_size({"width": 280, "height": 700})
    for number, (page, name) in enumerate(((ada, "Ada"), (ben, "Ben"), (cleo, "Cleo"))):
        add_photo(page, name, f"{name} bakes bread at night", 31 + number)
    open_the_line(server, room.code)
    for page in (ada, ben, cleo):
        page.get_by_role("button", name="Get in line").click()
    for page in (ada, ben, cleo):
        expect(page.locator("dialog.line .stander")).to_have_count(2)
        expect(page.locator(".line-question")).not_to_be_empty()
    # The line stays as it is until this test moves it, however slow the machine is.
    change(server, "UPDATE lines SET moves_at = moves_at + 3600")

    say(ada, "Your answer", "In Porto, by the sea")
    for page in (ben, cleo):
        expect(page.locator(".said-line.theirs.answer")).to_have_text(["Ada: In Porto, by the sea"])
    say(ben, "Your answer", "In Oslo")
    say(cleo, "Your answer", "At home")
    expect(ada.locator(".said-line.answer")).to_have_count(3)
    say(ada, "Your own words", "Is it cold?")
    for page in (ada, ben, cleo):
        expect(page.locator(".said-line")).to_have_count(4)
        until(page, lambda page=page: page.evaluate(FITS) and page.evaluate(LAST_IN_VIEW))  # type: ignore[misc]

    for page in (ada, ben):
        page.get_by_role("button", name="Stay and talk").click()
        expect(page.get_by_role("button", name="Stay and talk")).to_have_attribute("aria-pressed", "true")
    expect(cleo.get_by_text("Ada and Ben would like to stay and talk.")).to_be_visible()
    change(server, "UPDATE lines SET moves_at = 0")
    expect(cleo.locator("dialog.line h2")).to_have_text("Waiting for company")
    for page in (ada, ben):
        expect(page.locator("dialog.line .stander")).to_have_count(1)
        expect(page.locator(".said-line")).to_have_count(4)
    say(ben, "Your own words", "Only in winter")
    expect(ada.locator(".said-line").last).to_have_text("Ben: Only in winter")
    assert "Only in winter" not in cleo.content()

    change(server, "UPDATE breaks SET ended_at = ?", time.time())
    for page in (ada, ben, cleo):
        expect(page.locator("dialog.touch .touch-row")).to_have_count(2)
    ada.locator("dialog.touch").get_by_role("button", name="Say hello to Cleo").click()
    expect(ada.locator("dialog.touch").get_by_text("Hello sent")).to_be_visible()
    expect(cleo.locator("#hellos-count")).to_have_text("1")
    cleo.locator("dialog.touch").get_by_role("button", name="Close").last.click()
    open_talk(cleo, "Ada")
    expect(cleo.locator("dialog.talk .said-line.theirs")).to_contain_text("Let us keep in touch!")


@pytest.fixture
def three(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben", "Cleo") as three:
        yield three


def stand_together(server: Server, page: Page, three: Gathering) -> None:
    """Ada's panel stands in line with Ben and Cleo, who have none."""
    open_the_line(server, three.code)
    for name in ("Ben", "Cleo"):
        three.guests[name].caller.post("/api/line", {})
    page.get_by_role("button", name="Get in line").click()
    expect(page.locator("dialog.line .stander")).to_have_count(2)
    change(server, "UPDATE lines SET moves_at = moves_at + 3600")


def speak(three: Gathering, name: str, words: str) -> None:
    caller = three.guests[name].caller
    group = caller.get("/api/line")["line"]["group"]
    caller.post("/api/line/words", {"words": words, "group": group})


def test_a_block_in_line_takes_person_and_words_from_sight_and_can_be_undone(
    open_page: Open, three: Gathering, server: Server
) -> None:
    ada = open_page(f"/e/{three.code}", 280, 700, **three.as_("Ada"))
    ada.clock.install()
    stand_together(server, ada, three)
    speak(three, "Ben", "Something hurtful")
    expect(ada.locator(".said-line")).to_have_text(["Ben: Something hurtful"])
    ada.locator("dialog.line").get_by_role("button", name="Block or report").click()
    ada.locator("dialog.whom").get_by_role("button", name="Ben").click()
    ada.clock.pause_at(time.time() + 600)  # nothing runs out while the test looks
    ada.locator("dialog.safety").get_by_role("button", name="Block", exact=True).click()
    undo = ada.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    ada.clock.run_for(1_000)  # the sheet goes
    expect(ada.locator(".said-line")).to_have_count(0)
    assert three.guests["Ada"].caller.get("/api/blocks")["blocked"][0]["name"] == "Ben"
    undo.click()
    ada.clock.resume()
    until(ada, lambda: three.guests["Ada"].caller.get("/api/blocks")["blocked"] == [])


def test_a_report_goes_after_five_seconds_and_the_row_goes_at_once(open_page: Open, three: Gathering) -> None:
    ada = open_page(f"/e/{three.code}", 280, 700, **three.as_("Ada"))
    ada.clock.install()
    ada.locator("#go-people").click()
    ada.locator("#place-people .person", has_text="Ben").click()
    ada.locator("dialog.photo").get_by_role("button", name="Block or report").click()
    sheet = ada.locator("dialog.safety")
    sheet.get_by_role("button", name="Send the report").click()
    expect(sheet.get_by_role("alert")).to_have_text("Choose what it is first.")
    sheet.get_by_label("Advertising").check()
    sheet.get_by_label("A word to the host").fill("He sells radios")
    ada.clock.pause_at(time.time() + 600)
    sheet.get_by_role("button", name="Send the report").click()
    expect(ada.get_by_text("Your report goes to the host in a moment")).to_be_visible()
    expect(ada.locator("#place-people .person", has_text="Ben")).to_have_count(0)
    assert three.host.get("/api/host/reports")["reports"] == []
    ada.clock.run_for(5_000)
    until(ada, lambda: len(three.host.get("/api/host/reports")["reports"]) == 1)
    (report,) = three.host.get("/api/host/reports")["reports"]
    assert (report["reason"], report["note"]) == ("spam", "He sells radios")
    ada.clock.resume()


def test_contact_is_a_link_in_view_and_an_answer_shows_at_the_photo(
    open_page: Open, three: Gathering
) -> None:
    ada_guest, ben_guest = three.guests["Ada"], three.guests["Ben"]
    ada = open_page(f"/e/{three.code}", 280, 700, **three.as_("Ada"))
    ada.locator("#go-people").click()
    ada.locator("#place-people .person", has_text="Ben").click()
    photo = ada.locator("dialog.photo")
    photo.get_by_role("button", name="Say hello").click()
    hello_sheet = ada.locator("dialog.hello")
    hello_sheet.locator(".phrase").first.click()
    expect(hello_sheet.get_by_text("Your hello is on its way")).to_be_visible()
    (hello,) = ben_guest.caller.get("/api/hellos")["hellos"]
    ben_guest.caller.post(f"/api/hellos/{hello['id']}/answer", {"words": "Hello Ada"})
    expect(hello_sheet.get_by_text("Ben has answered you.")).to_be_visible()
    ada.keyboard.press("Escape")
    expect(photo.get_by_text("Ben has answered you.")).to_be_visible()
    photo.get_by_role("button", name="Go to your conversation").click()
    talk = ada.locator("dialog.talk")
    expect(talk.locator(".phrase")).to_have_count(3)
    expect(talk.locator(".phrase").first).to_be_hidden()  # folded: Ada has spoken
    for part in (
        talk.get_by_role("button", name="Share contact"),
        talk.get_by_role("button", name="Block or report"),
        talk.get_by_label("Your own words"),
        talk.locator(".said-line").last,
    ):
        expect(part).to_be_in_viewport(ratio=1)
    # What one does oneself is not told to one's other panels: so Ben comes last.
    ada_guest.caller.post(f"/api/hellos/{hello['id']}/share", {"contact": "javascript:alert(1)"})
    ben_guest.caller.post(f"/api/hellos/{hello['id']}/share", {"contact": "ben@example.org"})
    link = talk.locator(".contact-line a")
    expect(link).to_have_attribute("href", "mailto:ben@example.org")
    expect(talk.get_by_role("button", name=re.compile("Copy"))).to_be_in_viewport(ratio=1)
    ben = open_page(f"/e/{three.code}", 280, 700, **three.as_("Ben"))
    open_talk(ben, "Ada")
    expect(ben.locator(".contact-line")).to_have_text("javascript:alert(1)")
    expect(ben.locator(".contact-line a")).to_have_count(0)
