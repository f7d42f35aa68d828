"""Three people on all platforms there are: photo, stroll, hello, answer, contact; block, report, erase."""

import base64
import re
import secrets
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench.client import Server
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, forget_limits, note_error
from tests.browser.gathering import Gathering, gather
from tests.factories import photo_bytes
from tests.fake_zoom.client import ZoomPerson
from tests.fake_zoom.server import FakeZoom

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture(scope="module")
def server(zoom_server: Server) -> Server:
    forget_limits(zoom_server)
    return zoom_server


# ---- the platforms: how somebody comes to the wall that belongs to a meeting, and has a join code ------------------

Way = Callable[["Room", BrowserContext, str], str]


def by_web(room: "Room", _context: BrowserContext, _name: str) -> str:
    return f"/e/{room.code}"


def by_zoom(room: "Room", context: BrowserContext, name: str) -> str:
    ZoomPerson(room.zoom, f"u_{name}", name, meeting=room.meeting).enter(context)
    return "/zoom/home"


WAYS: dict[str, Way] = {
    "web": by_web,
    "zoom": by_zoom,
}


class Room:
    """Browsers of people who come in by one platform after the other."""

    def __init__(self, browser: Browser, zoom: FakeZoom, address: str) -> None:
        self.browser, self.zoom, self.address = browser, zoom, address
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []
        self.ways = cycle(WAYS.values())
        self.meeting = base64.b64encode(secrets.token_bytes(12)).decode()
        self.code = self._open_wall()

    def _open_wall(self) -> str:
        """The meeting's host opens a wall inside Zoom; its join code brings people of every platform to it."""
        context = self._context()
        ZoomPerson(self.zoom, "u_Hanna", "Hanna", "host", self.meeting).enter(context)
        host = self._page(context, "/zoom/home")
        host.get_by_role("button", name="Open the wall").click()
        expect(host.get_by_text("Be the first")).to_be_visible()
        host.locator("button.pin").click()
        code = host.locator(".big-code").inner_text()
        context.close()
        self.contexts.remove(context)
        return code

    def come(self, name: str) -> Page:
        context = self._context()
        return self._page(context, next(self.ways)(self, context, name))

    def _context(self) -> BrowserContext:
        context = self.browser.new_context(viewport={"width": 336, "height": 700})
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.contexts.append(context)
        return context

    def _page(self, context: BrowserContext, path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: note_error(self.errors, message))
        page.goto(f"{self.address}{path}")
        return page


@pytest.fixture
def room(browser: Browser, zoom: FakeZoom, address: str) -> Iterator[Room]:
    room = Room(browser, zoom, address)
    yield room
    for context in room.contexts:
        context.close()
    assert room.errors == []


# ---- what people do ------------------------------------------------------------------------------------------------


def add_photo(page: Page, name: str, story: str, colour: int) -> None:
    page.get_by_role("button", name="Add your photo").click()
    sheet = page.locator("dialog.sheet")
    files: Any = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(colour, (640, 480))}
    sheet.locator("input[type=file]").first.set_input_files(files)
    sheet.get_by_label("Your story").fill(story)
    sheet.get_by_label("Your name").fill(name)
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("You are on the wall")).to_be_visible()


def stroll_to(page: Page, name: str) -> None:
    """By chance alone, until they are met."""
    photo = page.locator("dialog.photo")
    page.get_by_role("button", name="Stroll", exact=True).click()
    for _ in range(8):
        expect(photo.locator("h2")).not_to_have_text(re.compile("^…?$"))
        if photo.locator("h2").inner_text() == name:
            return
        before = photo.locator("img").get_attribute("src")
        photo.get_by_role("button", name="Stroll", exact=True).click()
        expect(photo.locator("img")).not_to_have_attribute("src", str(before))
    raise AssertionError(f"{name} was not met")


def say_hello(page: Page) -> None:
    page.locator("dialog.photo").get_by_role("button", name="Say hello").click()
    sheet = page.locator("dialog.hello")
    expect(sheet.locator(".phrase")).to_have_count(3)
    sheet.locator(".phrase").first.click()
    expect(sheet.get_by_text("Your hello is on its way")).to_be_visible()
    sheet.get_by_role("button", name="Close").last.click()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def open_talk(page: Page, name: str) -> None:
    page.locator("#go-hellos").click()
    page.locator("#place-hellos").get_by_role("button", name=re.compile(name)).first.click()
    expect(page.locator("dialog.talk h2")).to_have_text(name)


def test_photo_stroll_hello_answer_and_the_link_shows_only_when_both_shared(room: Room) -> None:
    ada, ben, cleo = (room.come(name) for name in ("Ada", "Ben", "Cleo"))
    add_photo(ada, "Ada", "I bake bread at night", 31)
    add_photo(ben, "Ben", "I repair radios", 32)
    add_photo(cleo, "Cleo", "I grow mint", 33)
    for page in (ada, ben, cleo):
        expect(page.locator("#count")).to_have_text("3 photos")

    stroll_to(ada, "Ben")
    say_hello(ada)
    expect(ben.locator("#hellos-count")).to_have_text("1")
    open_talk(ben, "Ada")
    talk = ben.locator("dialog.talk")
    expect(talk.locator(".said-line.theirs")).to_have_count(1)
    talk.locator(".phrase").first.click()
    expect(talk.locator(".said-line.mine")).to_have_count(1)

    expect(ada.locator("#hellos-count")).to_have_text("1")
    open_talk(ada, "Ben")
    expect(ada.locator("dialog.talk .said-line.theirs")).to_have_count(1)
    ada.get_by_role("button", name="Share contact").click()
    ada.get_by_label("How to reach you").fill("ada@example.org")
    ada.locator("dialog.talk").get_by_role("button", name="Share contact").click()
    expect(ada.get_by_text("You shared yours. It shows once Ben shares too.")).to_be_visible()

    expect(talk.get_by_text("Ada would like to share contact with you.")).to_be_visible()
    assert "ada@example.org" not in ben.content()
    talk.get_by_role("button", name="Share contact").click()
    talk.get_by_label("How to reach you").fill("ben@example.org")
    talk.get_by_role("button", name="Share contact").click()
    expect(talk.locator(".contact-line")).to_have_text("ada@example.org")
    expect(ada.locator("dialog.talk .contact-line")).to_have_text("ben@example.org")
    cleo.locator("#go-hellos").click()
    expect(cleo.get_by_text("No hellos yet")).to_be_visible()
    assert "@example.org" not in cleo.content()


@pytest.fixture
def three(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben", "Cleo") as three:
        yield three


def test_a_block_in_the_middle_of_a_talk_takes_each_from_the_others_sight(
    open_page: Open, three: Gathering
) -> None:
    ada_guest, ben_guest = three.guests["Ada"], three.guests["Ben"]
    hello = ben_guest.hello_to(ada_guest)
    ada_guest.caller.post(f"/api/hellos/{hello}/answer", {"opener": "answer_gladly"})
    ada = open_page(f"/e/{three.code}", **three.as_("Ada"))
    ben = open_page(f"/e/{three.code}", **three.as_("Ben"))
    for page, other in ((ada, "Ben"), (ben, "Ada")):
        open_talk(page, other)
    ben.locator("dialog.talk").get_by_role("button", name="Block or report").click()
    ben.locator("dialog.safety").get_by_role("button", name="Block", exact=True).click()
    for page in (ada, ben):
        expect(page.locator("dialog.talk")).to_have_count(0)
        expect(page.get_by_text("No hellos yet")).to_be_visible()
    assert "Block" not in ada.locator("body").inner_text()  # invisible
    seen = []
    for _ in range(3):
        met = ada_guest.caller.post("/api/stroll", {"from": None, "seen": seen})["photo"]
        seen.append(met["id"])
        assert met["name"] != "Ben"


def test_a_part_that_did_not_load_is_told_and_comes_with_the_next_try(
    open_page: Open, three: Gathering
) -> None:
    page = open_page(f"/e/{three.code}", **three.as_("Ada"))
    page.get_by_role("button", name="Stroll", exact=True).click()
    say_hello = page.locator("dialog.photo").get_by_role("button", name="Say hello")
    page.route("**/hello-*.js", lambda route: route.abort())
    say_hello.click()
    expect(page.locator("#notice")).to_have_text("This did not load. Try again, or reload the page.")
    page.unroute("**/hello-*.js")
    say_hello.click()
    expect(page.locator("dialog.hello .phrase")).to_have_count(3)


def test_two_reports_pause_somebody_until_a_host_has_looked(open_page: Open, three: Gathering) -> None:
    cleo = three.guests["Cleo"]
    for name in ("Ada", "Ben"):
        page = open_page(f"/e/{three.code}", **three.as_(name))
        page.locator("#go-people").click()
        page.locator("#place-people").get_by_role("button", name=re.compile("Cleo")).click()
        page.locator("dialog.photo").get_by_role("button", name="Block or report").click()
        page.locator("dialog.safety").get_by_label("Rude or hurtful").check()
        page.locator("dialog.safety").get_by_role("button", name="Send the report").click()
        expect(page.get_by_text("Thank you. The host will have a look").first).to_be_visible()
    assert cleo.caller.get(f"/api/photos/{three.guests['Ada'].photo}/hello")["can"] is False
    desk = open_page(f"/host/{three.code}", 1280, 900, **three.as_host())
    report = desk.locator(".report", has_text="Cleo").first
    expect(report).to_contain_text("Rude or hurtful")
    expect(report).to_contain_text("Reported by 2 people")
    expect(report.locator("img")).to_be_visible()
    report.get_by_role("button", name="All is well").click()
    expect(desk.locator(".report.open")).to_have_count(0)


def test_erasing_oneself_takes_everything_and_leaves_a_way_back(open_page: Open, three: Gathering) -> None:
    ada_guest, ben_guest = three.guests["Ada"], three.guests["Ben"]
    hello = ben_guest.hello_to(ada_guest)
    ada_guest.caller.post(f"/api/hellos/{hello}/answer", {"opener": "answer_gladly"})
    ada = open_page(f"/e/{three.code}", **three.as_("Ada"))
    ben = open_page(f"/e/{three.code}", **three.as_("Ben"))
    ada.locator("#go-hellos").click()
    expect(ada.locator("#place-hellos").get_by_text("Ben").first).to_be_visible()
    ben.locator("#go-me").click()
    ben.get_by_role("button", name="Erase me").click()
    ben.get_by_role("button", name="Erase everything of mine").click()
    expect(ben.get_by_role("heading", name="Everything of yours is gone")).to_be_visible()
    expect(ada.locator("#count")).to_have_text("2 photos")
    expect(ada.get_by_text("No hellos yet")).to_be_visible()
    ben.get_by_role("button", name="Come in again").click()
    expect(ben.get_by_role("button", name="Add your photo")).to_be_visible()


def test_a_line_puts_three_together_and_leaving_it_is_one_tap(open_page: Open, three: Gathering) -> None:
    three.host.post("/api/host/break", {"minutes": 5, "start_in": 0})
    three.hurry(170)
    ada = open_page(f"/e/{three.code}", **three.as_("Ada"))
    expect(ada.locator("#break")).to_contain_text("min left")
    for name in ("Ben", "Cleo"):
        three.guests[name].caller.post("/api/line", {})
    ada.get_by_role("button", name="Get in line").click()
    line = ada.locator("dialog.line")
    expect(line.locator(".stander")).to_have_count(2)
    expect(line.locator(".line-question")).to_contain_text("?")
    line.get_by_role("button", name="Leave the line").click()
    expect(line).to_have_count(0)
    expect(ada.get_by_role("button", name="Get in line")).to_be_visible()
    three.wait_until_out_of_line("Ada")
