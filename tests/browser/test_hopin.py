"""RingCentral Events: an organizer's way from the install address to a frame in a page of another site, which keeps no
cookies of ours; and a guest's photo from there to the wall of everybody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Playwright, expect

from bench.browser import ARGUMENTS, chromium
from bench.client import Server, serving
from tests.browser import hands
from tests.browser.conftest import OVERFLOWS, PATIENCE_MILLISECONDS, SMALL, note_error, until
from tests.browser.lines import talk_and_keep_in_touch
from tests.factories import photo_bytes
from tests.fake_hopin.server import ACME, RESOURCE, FakeHopin

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
PEOPLE = 2000
FAIR = "903"  # an event of this test alone
WITHOUT_FOREIGN_COOKIES = "--test-third-party-cookie-phaseout"
# Whether the page can keep a cookie where it stands.
KEEPS_COOKIES = """() => {
  document.cookie = "probe=1; SameSite=None; Secure"
  const kept = document.cookie.includes("probe=1")
  document.cookie = "probe=; SameSite=None; Secure; Max-Age=0"
  return kept
}"""


@pytest.fixture(scope="module")
def hopin() -> Iterator[FakeHopin]:
    with FakeHopin() as hopin:
        for number in range(PEOPLE):
            hopin.register(f"visitor.{number}@acme.example")
        yield hopin


@pytest.fixture(scope="module")
def server(hopin: FakeHopin) -> Iterator[Server]:
    with serving(SMALL, hopin.environ) as server:
        yield server


@pytest.fixture(scope="module")
def strict_browser(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium that takes cookies of the page's own site only."""
    browser = playwright.chromium.launch(
        executable_path=chromium(with_windows=True), args=[*ARGUMENTS, WITHOUT_FOREIGN_COOKIES]
    )
    yield browser
    browser.close()


class Somebody:
    """A browser of one's own; an error on its pages fails the test."""

    def __init__(self, browser: Browser, errors: list[str], **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.errors = errors

    def open(self, address: str) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: note_error(self.errors, message))
        page.goto(address)
        return page


@pytest.fixture
def people(strict_browser: Browser) -> Iterator[Any]:
    errors: list[str] = []
    known: list[Somebody] = []

    def come(**options: Any) -> Somebody:
        known.append(Somebody(strict_browser, errors, **options))
        return known[-1]

    yield come
    for each in known:
        each.context.close()
    assert errors == []


def choose(page: Page, event: str, name: str | None = None) -> Any:
    """Give one of the events a wall; its card."""
    page.get_by_label(event).check()
    expect(page.get_by_label("Name of the wall")).to_have_value(event)
    if name:
        page.get_by_label("Name of the wall").fill(name)
    page.get_by_role("button", name="Create the wall").click()
    return page.locator("section.organized", has_text=event)


def link(card: Any, label: str) -> str:
    row = card.locator(".link-row", has=card.page.get_by_text(label, exact=True))
    address = row.locator("a").get_attribute("href")
    assert address
    return str(address)


def send_photo(frame: FrameLocator, colour: int, story: str, name: str) -> None:
    frame.locator("#next").click()
    sheet = frame.locator("dialog.sheet")
    picture: Any = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(colour, (640, 480))}
    sheet.locator("input[type=file]").first.set_input_files(picture)
    expect(sheet.locator(".frame img")).to_be_visible()
    sheet.get_by_label("Your story").fill(story)
    if name:
        sheet.get_by_label("Your name").fill(name)
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(frame.get_by_text("You are on the wall")).to_be_visible()


def test_from_the_install_address_to_a_guests_photo_on_everybodys_wall(
    server: Server, hopin: FakeHopin, people: Any, tmp_path: Path
) -> None:
    ours = f"http://127.0.0.1:{server.port}"
    organizer = people(viewport={"width": 900, "height": 900}).open(
        f"{ours}/hopin/install?resource={quote(RESOURCE)}"
    )
    expect(organizer.get_by_text("Acme Events is connected.")).to_be_visible()
    assert organizer.url == f"{ours}/hopin/organize"  # nothing secret stays in the address
    card = choose(organizer, "Spring Summit")
    expect(card.get_by_text("2,000 people are expected.")).to_be_visible()
    expect(card.get_by_text("Registrations were read just now.")).to_be_visible()
    expect(card.get_by_text("Your desk, as the host")).to_be_visible()
    desk = people(viewport={"width": 1100, "height": 900}).open(link(card, "Your desk, as the host"))
    desk.get_by_role("button", name="Make a key").click()
    expect(desk.get_by_text("1 key counts.")).to_be_visible()
    desk.get_by_role("button", name="Make another key").click()
    desk.get_by_role("button", name="Give up the key before").click()
    expect(desk.get_by_role("button", name="Give up the key before")).to_be_hidden()
    embedded = link(card, "Address for the tab beside the stage")
    card.get_by_label("Name of the session").fill("Room 1")
    in_session = link(card, "Address for this session")
    assert in_session == f"{embedded}&session=Room+1"
    organizer.reload()  # the tab is known still
    expect(organizer.locator("section.organized")).to_have_count(1)

    ada = people(viewport={"width": 1200, "height": 800}).open(hopin.venue(f"{embedded}&name=Ada"))
    frame = ada.frame_locator("iframe")
    expect(frame.locator("#event")).to_have_text("Spring Summit")
    expect(frame.get_by_role("button", name="Add your photo")).to_be_enabled()
    (inside,) = [each for each in ada.frames if each.url.startswith(ours)]
    assert inside.evaluate(KEEPS_COOKIES) is False
    frame.locator("#next").click()
    expect(frame.locator("dialog.sheet").get_by_label("Your name")).to_have_value("Ada")  # a suggestion
    expect(frame.get_by_text("The page that shows this wall suggests it.")).to_be_visible()
    expect(frame.get_by_text("From your")).to_have_count(0)
    ada.keyboard.press("Escape")
    send_photo(frame, 40, "I count stars", "")

    ben = people(viewport={"width": 1200, "height": 800}).open(hopin.venue(in_session))
    theirs = ben.frame_locator("iframe")
    theirs.locator("#go-people").click()
    expect(theirs.locator("#place-people").get_by_text("I count stars")).to_be_visible()
    web = people(viewport={"width": 400, "height": 800}).open(link(card, "Join link"))
    assert web.evaluate(KEEPS_COOKIES) is True  # so it was the other site that forbade it
    web.locator("#go-people").click()
    expect(web.locator("#place-people").get_by_text("I count stars")).to_be_visible()
    expect(web.get_by_text("RingCentral")).to_have_count(0)


def test_two_in_line_talk_and_keep_in_touch(server: Server, hopin: FakeHopin, people: Any) -> None:
    hopin.events[ACME][FAIR], hopin.people[FAIR] = "Autumn Fair", {}  # nobody else's
    organizer = people(viewport={"width": 900, "height": 900}).open(
        f"http://127.0.0.1:{server.port}/hopin/install?resource={quote(RESOURCE)}"
    )
    card = choose(organizer, "Autumn Fair")
    embedded = link(card, "Address for the tab beside the stage")
    code = link(card, "Join link").rpartition("/")[2]
    frames = []
    for number, name in enumerate(("Ada", "Ben")):
        page = people(viewport={"width": 1200, "height": 800}).open(hopin.venue(embedded))
        frames.append(page.frame_locator("iframe"))
        send_photo(frames[-1], 40 + number, f"{name} counts stars", name)
    talk_and_keep_in_touch(server, code, *frames)


def test_a_page_that_nobody_named_does_not_show_the_wall(
    server: Server, hopin: FakeHopin, people: Any
) -> None:
    ours = f"http://127.0.0.1:{server.port}"
    somebody = people()
    page = somebody.open(f"{hopin.address}/venue?show={ours}/hopin/home?place=x")
    expect(page.get_by_role("heading", name="The stage")).to_be_visible()
    until(page, lambda: bool(somebody.errors))
    assert "frame-ancestors" in somebody.errors.pop()
    expect(page.frame_locator("iframe").locator("#room")).to_have_count(0)


def test_a_place_without_a_key_offers_the_code(server: Server, hopin: FakeHopin, people: Any) -> None:
    ours = f"http://127.0.0.1:{server.port}"
    page = people(viewport={"width": 900, "height": 700}).open(hopin.venue(f"{ours}/hopin/home"))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Join code")).to_be_visible()
    frame.get_by_label("Join code").fill("BCDFGH")
    frame.get_by_role("button", name="Join").click()
    expect(frame.get_by_text("We know no event with this code.")).to_be_visible()


def test_the_organizers_page_with_a_key_in_every_language_and_width(
    server: Server, hopin: FakeHopin, people: Any
) -> None:
    ours = f"http://127.0.0.1:{server.port}"
    page = people(viewport={"width": 900, "height": 900}).open(f"{ours}/hopin/organize")
    expect(page.get_by_text("Choose Virtual Mosaic among the apps")).to_be_visible()
    expect(page.get_by_text("null")).to_have_count(0)
    page.get_by_label("Or with an API key").fill("wrong")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("does not take this key")).to_be_visible()
    page.get_by_label("Or with an API key").fill("fake-api-key")
    page.get_by_role("button", name="Connect", exact=True).click()
    expect(page.get_by_text("With an API key of yours.")).to_be_visible()
    card = choose(page, "Winter Gala")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_text("1 key counts.")).to_be_visible()
    card.get_by_label("More places that show it").fill("events.acme.example")
    card.get_by_role("button", name="Save").click()
    expect(card.get_by_role("button", name="Saved")).to_be_visible()
    for language in ("de", "ar", "ja"):
        page.goto(f"{ours}/hopin/organize?lang={language}")
        expect(page.locator("section.organized")).to_have_count(1)
        for width in (320, 600, 1200):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (language, width)
            assert not page.locator("label").evaluate_all(f"labels => labels.some({OVERFLOWS})")
    page.goto(f"{ours}/hopin/organize?lang=en")
    page.get_by_role("button", name="Disconnect").click()
    page.get_by_role("button", name="Disconnect and delete").click()
    expect(page.get_by_text("Disconnected.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Or with an API key")).to_be_visible()


def test_a_host_has_what_hosts_need_in_the_frame_by_a_code_from_the_desk(
    server: Server, hopin: FakeHopin, people: Any
) -> None:
    ours = f"http://127.0.0.1:{server.port}"
    organizer = people(viewport={"width": 900, "height": 900}).open(
        f"{ours}/hopin/install?resource={quote(RESOURCE)}"
    )
    expect(organizer.get_by_text("Acme Events is connected.")).to_be_visible()
    card = choose(organizer, "Winter Gala")
    desk = people(viewport={"width": 1100, "height": 900}).open(link(card, "Your desk, as the host"))
    desk.get_by_role("button", name="Make a host code").click()
    code = desk.locator(".host-code .big-code").inner_text()
    embedded = link(card, "Address for the tab beside the stage")
    page = people(viewport={"width": 900, "height": 700}).open(hopin.venue(embedded))
    page.locator("iframe").evaluate("frame => (frame.style.width = '280px')")
    frame = page.frame_locator("iframe")
    frame.locator("#go-me").click()
    frame.get_by_text("Do you host this event?").click()
    frame.get_by_label("Host code").fill(code)
    frame.get_by_role("button", name="Go on").click()
    expect(frame.get_by_text("You are a host of this wall now.").first).to_be_visible()
    page.keyboard.press("Escape")
    joined = str(link(card, "Join link")).rpartition("/")[2]
    with hands.crowd_of(server, joined) as crowd:
        crowd.come("Cleo", "I sing")
        sheet = hands.open_hand(frame)
        hands.start_and_extend(page, sheet, crowd)
        hands.approve_and_undo(page, sheet, crowd)
        hands.settle_the_event(page, frame, sheet, crowd)
        hands.end_and_undo(frame, sheet)
