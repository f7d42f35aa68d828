"""One event in a real Chromium that keeps no cookies of other sites: from an organizer's install, by each of the four
ways in, to a wall that people in Zoom and in Teams see grow."""

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Playwright, expect

from bench.browser import ARGUMENTS, chromium
from bench.client import Server, serving
from tests.browser.conftest import PATIENCE_MILLISECONDS, SMALL, note_error, until
from tests.browser.test_hopin import KEEPS_COOKIES, WITHOUT_FOREIGN_COOKIES, choose, link, send_photo
from tests.browser.test_teams import LIST_ELSEWHERE, panel
from tests.browser.test_teams import settings as settings_of
from tests.fake_hopin.server import RESOURCE, FakeHopin
from tests.fake_teams.client import SERVICE, FakeClient, TeamsPerson
from tests.fake_teams.server import ACME, ADA, HANNA, FakeTeams
from tests.fake_zoom.client import ZoomPerson
from tests.fake_zoom.server import FakeZoom
from tests.registered import PostOffice, post_office

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
OURS = f"https://{SERVICE}"
PEOPLE = 2000
LINKED, MAILED = "visitor.7@acme.example", "visitor.8@acme.example"
STORIES = {
    "Visitor 7": "I opened my own link",
    "Visitor 8": "I typed six digits",
    "Gus": "Nobody knows me",
}


@dataclass
class World:
    """The service, all platforms around it, and a browser."""

    server: Server
    zoom: FakeZoom
    teams: FakeTeams
    hopin: FakeHopin
    mails: PostOffice
    client: FakeClient
    browser: Browser
    errors: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def somebody(self, width: int = 1100, height: int = 850) -> BrowserContext:
        """A browser of one's own; an error on its pages fails the test."""
        context = self.browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.contexts.append(context)
        return context

    def open(self, address: str, context: BrowserContext | None = None) -> Page:
        page = (context or self.somebody()).new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: LIST_ELSEWHERE in said.text or note_error(self.errors, said))
        page.goto(address)
        return page

    def in_zoom(self, uid: str, name: str, role: str = "attendee") -> Page:
        context = self.somebody(width=400, height=760)
        ZoomPerson(self.zoom, uid, name, role).enter(context)
        return self.open(f"{OURS}/zoom/home", context)

    def in_teams(self, person: TeamsPerson, **options: str) -> Page:
        return self.open(self.client.address(person, **options))

    def in_frame(self, embedded: str) -> FrameLocator:
        """A page of the events platform, of another site than ours, with the wall in it."""
        page = self.open(self.hopin.venue(embedded))
        frame = page.frame_locator("iframe")
        expect(frame.locator("#event")).to_have_text("Spring Summit")
        (inside,) = [each for each in page.frames if each.url.startswith(OURS)]
        assert inside.evaluate(KEEPS_COOKIES) is False
        return frame


@pytest.fixture
def world(playwright: Playwright) -> Iterator[World]:
    with ExitStack() as stack:
        zoom, teams, hopin, mails = (
            stack.enter_context(each) for each in (FakeZoom(), FakeTeams(), FakeHopin(), post_office())
        )
        for number in range(PEOPLE):
            hopin.register(f"visitor.{number}@acme.example")
        teams.agreed |= {(ACME, HANNA), (ACME, ADA)}
        own = {"MOSAIC_BASE_URL": OURS}
        environ = zoom.environ | teams.environ | hopin.environ | mails.environ | own
        server = stack.enter_context(serving(SMALL, environ))
        client = stack.enter_context(
            FakeClient(server.port, lambda person: teams.token(person.tid, person.oid))
        )
        browser = playwright.chromium.launch(
            executable_path=chromium(with_windows=True),
            args=[*ARGUMENTS, *client.arguments, WITHOUT_FOREIGN_COOKIES],
        )
        stack.callback(browser.close)
        found = World(server, zoom, teams, hopin, mails, client, browser)
        yield found
        for each in found.contexts:
            each.close()
        assert found.errors == []


@dataclass
class Wall:
    """What the organizer has: the address to embed, the way to the desk, and everybody's personal link."""

    embedded: str
    desk: Page
    links: dict[str, str]


def organized(world: World) -> Wall:
    """Install, pick the event, wait until 2,000 registrations are here, and fetch the personal links at the desk."""
    organizer = world.open(f"{OURS}/hopin/install?resource={quote(RESOURCE)}")
    expect(organizer.get_by_text("Acme Events is connected.")).to_be_visible()
    card = choose(organizer, "Spring Summit")
    expect(card.get_by_text("2,000 people are expected.")).to_be_visible()
    embedded = link(card, "Address for the tab beside the stage")
    desk = world.open(link(card, "Your desk, as the host"))
    with desk.expect_download() as download:
        desk.get_by_role("button", name="Download everybody’s link").click()
    table = download.value.path().read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(table)))
    links = {cell: row[-1] for row in rows for cell in row if "@" in cell and "#" not in cell}
    assert len(set(links.values())) == PEOPLE
    return Wall(embedded, desk, links)


def host_code(desk: Page) -> str:
    desk.get_by_role("button", name="Make a host code").click()
    code = desk.locator(".host-code .big-code")
    expect(code).to_be_visible()
    return code.inner_text()


def attached(world: World, desk: Page) -> tuple[Page, Page]:
    """Hosts in Zoom and in Teams show the same wall there; an attendee of each."""
    hanna = world.in_zoom("u_Hanna", "Hanna", "host")
    hanna.get_by_text("Or show a wall that is open elsewhere").click()
    hanna.get_by_label("Host code", exact=True).fill(host_code(desk))
    hanna.get_by_role("button", name="Show it here").click()
    expect(hanna.get_by_text("Be the first")).to_be_visible()
    host = world.in_teams(
        TeamsPerson("hanna", "Hanna Host", HANNA, ACME, "hanna@acme.example", may_share=True), view="settings"
    )
    desk.reload()
    settings_of(host).get_by_text("A wall that I have prepared").click()
    settings_of(host).get_by_label("Host code", exact=True).fill(host_code(desk))
    host.get_by_role("button", name="Save").click()
    expect(panel(host).get_by_text("Be the first")).to_be_visible()
    ada = world.in_zoom("u_Ada", "Ada")
    expect(ada.get_by_text("Be the first")).to_be_visible()
    ines = world.in_teams(TeamsPerson("ada", "Ada Lovelace", ADA, ACME, "ada@acme.example"))
    expect(panel(ines).get_by_text("Be the first")).to_be_visible()
    return ada, ines


def by_link(world: World, address: str) -> Page:
    """The personal link, opened from a mail; what it keeps is nothing in the address."""
    page = world.open(address, world.somebody(width=420, height=850))
    expect(page.get_by_role("button", name="Add your photo")).to_be_enabled()
    assert "#" not in page.url
    send_photo(page, 11, STORIES["Visitor 7"], "")  # type: ignore[arg-type]
    return page


def by_mail(world: World, embedded: str) -> None:
    frame = world.in_frame(embedded)
    this_is_me(frame)
    frame.get_by_label("Your e-mail address").fill(MAILED)
    frame.get_by_role("button", name="Send me a code").click()
    expect(frame.get_by_label("The six digits")).to_be_focused()
    until(world.contexts[-1].pages[0], lambda: bool(world.mails.letters))
    frame.get_by_label("The six digits").fill(world.mails.digits())
    frame.get_by_role("button", name="Go on").click()
    expect(frame.locator("#notice")).to_contain_text("Visitor 8")
    send_photo(frame, 12, STORIES["Visitor 8"], "")


def by_pairing(world: World, embedded: str, known: Page) -> None:
    """The frame shows a code, and the tab that is known already says: that is me."""
    frame = world.in_frame(embedded)
    this_is_me(frame)
    frame.get_by_role("button", name="Show a code").click()
    code, number = (
        frame.locator(".screen-code .code").inner_text(),
        frame.locator(".screen-number b").inner_text(),
    )
    known.locator("#go-me").click()
    known.get_by_role("button", name="Connect another screen").click()
    known.get_by_label("The code on the other screen").fill(code)
    known.get_by_role("button", name="Go on").click()
    known.get_by_role("dialog", name="Is this your screen?").get_by_role(
        "button", name=number, exact=True
    ).click()
    expect(frame.locator("#notice")).to_contain_text("Visitor 7")
    expect(frame.get_by_role("button", name="Add your photo")).to_be_hidden()  # it is on the wall already


def as_guest(world: World, embedded: str) -> None:
    send_photo(world.in_frame(embedded), 13, STORIES["Gus"], "Gus")


def this_is_me(frame: FrameLocator) -> None:
    frame.get_by_role("button", name="Add your photo").click()
    frame.get_by_role("button", name="This is me").click()


def sees_everybody(view: Page | FrameLocator, marks: str) -> None:
    """Three photos on this wall, each with its line and name; and no word of another platform."""
    expect(view.locator("#count")).to_have_text("3 photos")
    view.locator("#go-people").click()
    people: Any = view.locator("#place-people")
    for name, story in STORIES.items():
        expect(people.locator(".person", has_text=story)).to_contain_text(name)
    people.locator(".person", has_text=STORIES["Gus"]).click()
    expect(view.locator("dialog.sheet img").first).to_be_visible()
    expect(view.get_by_text(marks)).to_have_count(0)


def test_people_who_came_by_four_ways_are_on_one_wall_in_zoom_and_in_teams(world: World) -> None:
    wall = organized(world)
    ada, ines = attached(world, wall.desk)
    known = by_link(world, wall.links[LINKED])
    by_mail(world, wall.embedded)
    by_pairing(world, wall.embedded, known)
    as_guest(world, wall.embedded)
    sees_everybody(ada, "Teams")
    sees_everybody(panel(ines), "Zoom")
