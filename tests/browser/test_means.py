"""How a panel learns whose it is: a personal link, a code by mail, a phone that knows; in frames that keep nothing."""

import http.server
import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Route, expect

from bench.client import Server, serving
from plugin.people.codes import email_digest
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.models import Event
from plugin.state.registrations import Registration, Source
from plugin.web.request.tokens import Tokens
from tests.browser.conftest import PATIENCE_MILLISECONDS, SMALL, forget_limits, until
from tests.browser.gathering import Gathering, gather
from tests.browser.test_accessibility import look
from tests.registered import PostOffice, post_office

pytestmark = pytest.mark.browser

TOO_WIDE = """[...document.querySelectorAll('dialog *')]
    .filter((each) => each.clientWidth && each.scrollWidth > each.clientWidth + 1)
    .map((each) => each.className)"""

INNER = re.compile(r"/(e|me)/[A-Z0-9]+")
KEEPS_NOTHING = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })"

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture(scope="module")
def mails() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture(scope="module")
def server(mails: PostOffice) -> Iterator[Server]:
    """The service with a mail server."""
    with serving(SMALL, mails.environ) as server:
        yield server


@pytest.fixture
def gathering(server: Server) -> Iterator[Gathering]:
    forget_limits(server)
    with gather(server, "Ben", "Cleo") as gathering:
        yield gathering


def secret_of(server: Server) -> str:
    return (server.data / "secret.key").read_text().strip()


def expected(gathering: Gathering, name: str, address: str) -> str:
    """Somebody is registered; the path of their personal link."""
    server = gathering.server
    secret = secret_of(server)
    database = Database(Settings.from_environ({"MOSAIC_SECRET_KEY": secret, "MOSAIC_DATA": str(server.data)}))
    with database.write() as session:
        event = session.query(Event).filter_by(code=gathering.code).one()
        source = session.query(Source).filter_by(event_id=event.id).first()
        if source is None:
            source = Source(event_id=event.id, platform="fair", tenant="acme", external_id="gathering")
            session.add(source)
            session.flush()
        row = Registration(
            source_id=source.id,
            external_id=address,
            email_digest=email_digest(secret, address),
            email=address,
            name=name,
            headline="Engines",
        )
        session.add(row)
        session.flush()
        link = Tokens((secret,)).personal_link(row.id, row.link_version)
    database.dispose()
    return f"/me/{gathering.code}#me={link}"


@pytest.fixture
def venue(browser: Browser) -> Iterator[str]:
    """An event platform: a page of another origin with a frame."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(
                b"<!doctype html><title>Venue</title><body style='margin:0'>"
                b"<iframe style='inline-size:100%;block-size:98vh;border:0' allow='camera'></iframe>"
            )

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        yield f"http://localhost:{pages.server_address[1]}/"
        pages.shutdown()


class Reader:
    """Somebody with a browser of their own."""

    def __init__(self, browser: Browser, server: Server, width: int = 400) -> None:
        self.context: BrowserContext = browser.new_context(viewport={"width": width, "height": 800})
        self.context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.page: Page = self.context.new_page()
        self.address = f"http://127.0.0.1:{server.port}"

    def open(self, path: str) -> Page:
        self.page.goto("about:blank")  # an address that differs behind the # only would load nothing
        self.page.goto(f"{self.address}{path}")
        return self.page


@pytest.fixture
def people(browser: Browser, server: Server) -> Iterator[list[Reader]]:
    readers = [Reader(browser, server) for _ in range(2)]
    yield readers
    for each in readers:
        each.context.close()


def ready(page: Page | FrameLocator) -> None:
    expect(page.locator("#room[data-state=ready]")).to_be_visible()


def open_me(page: Page | FrameLocator) -> None:
    page.locator("#go-me").click()


def name_in(page: Page | FrameLocator) -> str:
    return page.get_by_label("Your name").input_value()


def test_a_personal_link_opens_as_oneself_and_leaves_nothing_in_the_address(
    gathering: Gathering, people: list[Reader]
) -> None:
    link = expected(gathering, "Ada Lovelace", "ada@example.org")
    page = people[0].open(link)
    ready(page)
    assert "#" not in page.url
    open_me(page)
    expect(page.get_by_label("Your name")).to_have_value("Ada Lovelace")
    expect(page.locator(".devices")).to_contain_text("Your personal link")
    look(page, "me")
    page.reload()
    ready(page)
    open_me(page)
    expect(page.get_by_label("Your name")).to_have_value("Ada Lovelace")


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("forged", "This link does not work"),
        ("revoked", "This link was taken back"),
        ("other", "A link for another event"),
        ("refunded", "This link has run out"),
    ],
)
def test_a_link_that_opens_nothing_says_why_and_what_to_do(
    gathering: Gathering, people: list[Reader], kind: str, title: str
) -> None:
    link = expected(gathering, "Ada Lovelace", f"{kind}@example.org")
    if kind == "forged":
        link = link[:-3]
    elif kind == "revoked":
        gathering.host.post("/api/host/registrations/take-back", {})
    elif kind == "refunded":
        secret = secret_of(gathering.server)
        database = Database(
            Settings.from_environ({"MOSAIC_SECRET_KEY": secret, "MOSAIC_DATA": str(gathering.server.data)})
        )
        with database.write() as session:
            session.query(Registration).filter_by(external_id="refunded@example.org").one().refunded = True
        database.dispose()
    else:
        with gather(gathering.server) as autumn:
            link = link.replace(gathering.code, autumn.code)
    page = people[0].open(link)
    expect(page.locator("#loader")).to_contain_text(title)
    look(page, title)
    page.get_by_role("button", name="Go on as a guest").click()
    expect(page.locator("#room")).to_have_attribute("data-state", re.compile("ready|loading"))
    expect(page.locator("#loader")).to_be_hidden()
    page.reload()  # and nothing of the link is remembered
    expect(page.locator("#loader")).to_be_hidden()


def test_a_second_device_is_asked_for_the_mailed_code(
    gathering: Gathering, people: list[Reader], mails: PostOffice
) -> None:
    link = expected(gathering, "Ada Lovelace", "ada2@example.org")
    laptop = people[0].open(link)
    ready(laptop)
    until(laptop, lambda: _knows_that_she_is_here(gathering))
    phone = people[1].open(link)
    expect(phone.locator("#loader")).to_contain_text("Open on another device")
    phone.get_by_role("button", name="This is me").click()
    phone.get_by_label("Your e-mail address").fill("ada2@example.org")
    before = len(mails.letters)
    phone.get_by_role("button", name="Send me a code").click()
    expect(phone.get_by_label("The six digits")).to_be_focused()
    until(phone, lambda: len(mails.letters) > before)
    phone.get_by_label("The six digits").fill("000000")
    phone.get_by_role("button", name="Go on").click()
    expect(phone.get_by_text("This is not the code.")).to_be_visible()
    phone.get_by_label("The six digits").fill(mails.digits())
    phone.get_by_role("button", name="Go on").click()
    expect(phone.locator("#notice")).to_contain_text("Ada Lovelace")
    open_me(phone)
    expect(phone.get_by_label("Your name")).to_have_value("Ada Lovelace")
    expect(phone.locator(".devices li")).to_have_count(2)


def _knows_that_she_is_here(gathering: Gathering) -> bool:
    from redis import Redis

    ids = gathering.server.rows("SELECT attendee_id, event_id FROM doors ORDER BY id DESC LIMIT 1")
    with Redis.from_url(gathering.server.redis_url) as redis:
        return bool(ids) and redis.zscore(f"mosaic:here:{ids[0][1]}", ids[0][0]) is not None


def test_in_a_frame_that_may_keep_nothing_the_link_works_at_each_opening(
    gathering: Gathering, people: list[Reader], venue: str
) -> None:
    """As in a meeting client: another origin, no storage, built anew at each opening."""
    link = expected(gathering, "Ada Lovelace", "ada3@example.org")
    page = people[0].page
    page.add_init_script(KEEPS_NOTHING)
    inner = f"{people[0].address}{link}"
    framed(page, venue, inner)
    frame = page.frame_locator("iframe")
    ready(frame)
    until(page, lambda: _knows_that_she_is_here(gathering))
    for _ in range(2):
        shown(page, inner)
        frame = page.frame_locator("iframe")
        ready(frame)
        open_me(frame)
        expect(frame.get_by_label("Your name")).to_have_value("Ada Lovelace")


def test_a_frame_that_goes_at_once_says_so_too(
    gathering: Gathering, people: list[Reader], venue: str
) -> None:
    """Before it has heard more than that it is in, it is built anew: whoever it was is on no other device."""
    page = people[0].page
    page.add_init_script(KEEPS_NOTHING)
    page.route("**/api/me", lambda route: None)  # the answer is still on its way
    inner = f"{people[0].address}{expected(gathering, 'Ada Lovelace', 'ada4@example.org')}"
    framed(page, venue, inner)
    ready(page.frame_locator("iframe"))
    until(page, lambda: _knows_that_she_is_here(gathering))
    page.unroute("**/api/me")
    shown(page, inner)
    ready(page.frame_locator("iframe"))


def framed(page: Page, venue: str, inner: str) -> None:
    page.goto(venue)
    shown(page, inner)


def shown(page: Page, inner: str) -> None:
    """The venue builds its frame anew, for this address. Whether the service allows it to is not what is tested here.

    Nothing but the page itself is stopped on its way: a goodbye that is held would be lost with its frame.
    """

    def without_ancestors(route: Route) -> None:
        response = route.fetch()
        headers = {
            name: value for name, value in response.headers.items() if name != "content-security-policy"
        }
        route.fulfill(response=response, headers=headers)

    page.evaluate(
        "const old = document.querySelector('iframe'), next = old.cloneNode(); next.removeAttribute('src'); "
        "old.replaceWith(next)"
    )
    page.route(INNER, without_ancestors)
    with page.expect_response(INNER):
        page.evaluate("(address) => { document.querySelector('iframe').src = address }", inner)
    page.unroute(INNER)


def test_a_frame_learns_from_a_phone_whose_it_is(
    gathering: Gathering, people: list[Reader], venue: str
) -> None:
    phone, page = people[0], people[1].page
    phone.context.close()
    context = page.context.browser.new_context(  # type: ignore[union-attr]
        viewport={"width": 400, "height": 800}, **gathering.as_("Ben")
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    ben = context.new_page()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })"
    )
    framed(page, venue, f"{people[1].address}/e/{gathering.code}")
    frame = page.frame_locator("iframe")
    ready(frame)
    frame.locator("#next").click()
    frame.get_by_role("button", name="This is me").click()
    frame.get_by_role("button", name="Show a code").click()
    code = frame.locator(".screen-code .code").inner_text()
    number = frame.locator(".screen-number b").inner_text()
    ben.goto(f"{people[1].address}/e/{gathering.code}#pair={code.replace('-', '')}")
    dialog = ben.get_by_role("dialog", name="Is this your screen?")
    expect(dialog).to_contain_text("Spring Summit")
    expect(dialog).to_contain_text("inside a meeting or event client")
    expect(dialog.locator(".number")).to_have_count(3)
    look(ben, "whose screen")
    dialog.get_by_role("button", name=number, exact=True).click()
    expect(frame.locator("#notice")).to_contain_text("Ben")
    open_me(frame)
    expect(frame.get_by_label("Your name")).to_have_value("Ben")
    # Ben closes the screen again, and it is out at once, with all of his that is open there.
    ben.locator("#go-me").click()
    expect(ben.locator(".devices")).to_contain_text("A screen that you connected")
    ben.get_by_role("button", name="Disconnect").first.click()
    expect(frame.locator("#notice")).to_contain_text("This device was disconnected")
    expect(frame.locator("dialog")).to_have_count(0)
    open_me(frame)
    expect(frame.get_by_label("Your name")).to_have_value("")
    context.close()


def test_the_wrong_number_hands_nothing_over(gathering: Gathering, people: list[Reader]) -> None:
    stranger = people[0].open(f"/e/{gathering.code}")
    ready(stranger)
    stranger.locator("#next").click()
    stranger.get_by_role("button", name="This is me").click()
    stranger.get_by_role("button", name="Show a code").click()
    code = stranger.locator(".screen-code .code").inner_text()
    number = stranger.locator(".screen-number b").inner_text()
    context = people[1].context.browser.new_context(**gathering.as_("Cleo"))  # type: ignore[union-attr]
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    cleo = context.new_page()
    cleo.goto(f"{people[1].address}/e/{gathering.code}")
    ready(cleo)
    cleo.locator("#go-me").click()
    cleo.get_by_role("button", name="Connect another screen").click()
    cleo.get_by_label("The code on the other screen").fill(code.lower())
    cleo.get_by_role("button", name="Go on").click()
    dialog = cleo.get_by_role("dialog", name="Is this your screen?")
    expect(dialog.locator(".number")).to_have_count(3)
    wrong = next(each for each in dialog.locator(".number").all_inner_texts() if each != number)
    dialog.get_by_role("button", name=wrong, exact=True).click()
    expect(cleo.get_by_text("so nothing was handed over")).to_be_visible()
    expect(stranger.get_by_text("This code has run out, or it was not confirmed.")).to_be_visible()
    context.close()


def test_the_ways_in_can_be_had_with_the_keyboard_alone_and_fit_a_narrow_panel(
    browser: Browser, server: Server, gathering: Gathering
) -> None:
    expected(gathering, "Ada Lovelace", "ada4@example.org")
    reader = Reader(browser, server, width=280)
    page = reader.open(f"/e/{gathering.code}")
    ready(page)
    page.locator("#next").click()
    page.get_by_role("button", name="This is me").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="This is me")
    expect(dialog).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Show a code":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".screen-code .code")).to_be_visible()
    look(page, "this is me")
    assert page.evaluate(TOO_WIDE) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    reader.context.close()


def test_the_service_hears_nothing_of_links_in_its_addresses(
    gathering: Gathering, people: list[Reader]
) -> None:
    link = expected(gathering, "Ada Lovelace", "ada5@example.org")
    asked: list[str] = []
    people[0].page.on("request", lambda request: asked.append(request.url))
    ready(people[0].open(link))
    secret = link.partition("#me=")[2]
    assert asked
    assert not [url for url in asked if secret in url.partition("#")[0]]


def test_the_desk_hands_out_the_links_and_takes_them_back(
    browser: Browser, server: Server, gathering: Gathering
) -> None:
    link = expected(gathering, "Ada Lovelace", "ada6@example.org")
    context = browser.new_context(**gathering.as_host())
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    desk = context.new_page()
    desk.goto(f"http://127.0.0.1:{server.port}/host/{gathering.code}")
    with desk.expect_download() as download:
        desk.get_by_role("button", name="Download everybody’s link").click()
    table = download.value.path().read_text(encoding="utf-8")
    assert link in table
    desk.get_by_label("Find somebody").fill("lovelace")
    desk.get_by_role("button", name="Take the link back").click()
    expect(desk.get_by_text("1 link was taken back.")).to_be_visible()
    reader = Reader(browser, server)
    expect(reader.open(link).locator("#loader")).to_contain_text("This link was taken back")
    for each in (context, reader.context):
        each.close()
