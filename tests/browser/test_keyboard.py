"""By keyboard alone, as somebody who cannot use a pointer: from coming in to sharing contact, and at the desk."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from bench.client import Server
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open
from tests.browser.gathering import Gathering, gather
from tests.factories import photo_bytes

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
MOST_TABS = 40
FOCUS = "element => ({here: element === document.activeElement, seen: element.matches(':focus-visible')})"


@pytest.fixture
def gathering(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben", "Cleo") as gathering:
        yield gathering


def tab_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """As people do: on and on, until it has the focus. Where the focus is must be seen."""
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        # In one go: what is looked up first and asked later may have been drawn anew in between.
        focus = target.evaluate(FOCUS)
        if focus["here"]:
            assert focus["seen"], "the focus is not seen"
            return
        page.keyboard.press(key)
    raise AssertionError(f"{target} is not reached with {key}")


def press(page: Page, target: Locator) -> None:
    tab_to(page, target)
    page.keyboard.press("Enter")


def expect_focus_in(page: Page, selector: str) -> None:
    expect(page.locator(f"{selector}:focus-within")).to_be_visible()


def test_a_photo_a_stroll_and_a_hello_need_no_pointer(open_page: Open, gathering: Gathering) -> None:
    dora = open_page(f"/e/{gathering.code}")
    # Chromium is told to hand choosers over with the first listener, and a key may come sooner than that is so.
    dora.on("filechooser", lambda _: None)
    press(dora, dora.get_by_role("button", name="Add your photo"))
    sheet = dora.locator("dialog.add")
    expect_focus_in(dora, "dialog.add")
    tab_to(dora, sheet.get_by_role("button", name="Choose a photo"))
    with dora.expect_file_chooser() as choosing:
        dora.keyboard.press("Enter")
    choosing.value.set_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(9, (640, 480))}
    )
    tab_to(dora, sheet.get_by_label("Your story"))
    dora.keyboard.type("I draw maps of places that do not exist")
    tab_to(dora, sheet.get_by_label("Your name"))
    dora.keyboard.type("Dora")
    press(dora, sheet.get_by_role("button", name="Send", exact=True))
    expect(dora.get_by_text("You are on the wall")).to_be_visible()

    dora.locator("body").evaluate("() => document.activeElement.blur()")
    dora.keyboard.press("Space")
    photo = dora.locator("dialog.photo")
    expect(photo.locator(".story")).to_contain_text("bakes bread at night")
    first = photo.locator("h2").inner_text()
    dora.keyboard.press("Space")
    expect(photo.locator("h2")).not_to_have_text(first)
    dora.keyboard.press("ArrowLeft")  # back along the trail
    expect(photo.locator("h2")).to_have_text(first)
    press(dora, photo.get_by_role("button", name="Say hello"))
    hello = dora.locator("dialog.hello")
    expect(hello.locator(".phrase")).to_have_count(3)
    press(dora, hello.locator(".phrase").nth(1))
    expect(hello.get_by_text("Your hello is on its way")).to_be_visible()
    dora.keyboard.press("Escape")
    expect(hello).to_have_count(0)
    expect(photo).to_be_visible()
    expect_focus_in(dora, "dialog.photo")
    dora.keyboard.press("Escape")
    expect(photo).to_have_count(0)


def test_the_space_bar_strolls_before_one_has_a_photo(open_page: Open, gathering: Gathering) -> None:
    dora = open_page(f"/e/{gathering.code}")
    expect(dora.get_by_role("button", name="Add your photo")).to_be_visible()
    dora.locator("body").evaluate("() => document.activeElement.blur()")
    dora.keyboard.press("Space")
    expect(dora.locator("dialog.photo .story")).to_contain_text("bakes bread at night")


def test_answering_sharing_and_letting_lie_need_no_pointer(open_page: Open, gathering: Gathering) -> None:
    ada, ben, cleo = gathering.guests.values()
    hello = ben.hello_to(ada)
    cleo.hello_to(ada)
    page = open_page(f"/e/{gathering.code}", **gathering.as_("Ada"))
    expect(page.locator("#hellos-count")).to_have_text("2")
    press(page, page.locator("#go-hellos"))
    press(page, page.locator("#place-hellos .person", has_text="Ben"))
    talk = page.locator("dialog.talk")
    press(page, talk.locator(".phrase").first)
    expect(talk.locator(".said-line.mine")).to_have_count(1)
    tab_to(page, talk.get_by_label("Your own words"))
    page.keyboard.type("What is on your desk?")
    page.keyboard.press("Enter")
    expect(talk.locator(".said-line.mine")).to_have_count(2)
    press(page, talk.get_by_role("button", name="Share contact"))
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Enter")
    expect(talk.get_by_text("It shows once Ben shares too.")).to_be_visible()
    ben.caller.post(f"/api/hellos/{hello}/share", {"contact": "ben@example.org"})
    expect(talk.locator(".contact-line")).to_have_text("ben@example.org")
    page.keyboard.press("Escape")
    expect(talk).to_have_count(0)
    expect_focus_in(page, "#place-hellos")
    press(page, page.locator("#place-hellos .person", has_text="Cleo"))
    press(page, talk.get_by_role("button", name="Let it lie"))
    expect(talk).to_have_count(0)
    expect(page.locator("#place-hellos .person", has_text="Cleo")).to_have_count(0)


def test_what_others_do_takes_the_focus_from_nobody(open_page: Open, gathering: Gathering) -> None:
    ada, ben, _ = gathering.guests.values()
    hello = ben.hello_to(ada)
    ada.caller.post(f"/api/hellos/{hello}/answer", {"opener": "answer_gladly"})
    page = open_page(f"/e/{gathering.code}", **gathering.as_("Ada"))
    press(page, page.locator("#go-hellos"))
    press(page, page.locator("#place-hellos .person", has_text="Ben").first)
    talk = page.locator("dialog.talk")
    share = talk.get_by_role("button", name="Share contact")
    tab_to(page, share)
    ben.caller.post(f"/api/hellos/{hello}/answer", {"words": "Which bread do you like best?"})
    expect(talk.locator(".said-line.theirs")).to_have_count(2)
    expect(share).to_be_focused()  # nothing new in that part
    ben.caller.post(f"/api/hellos/{hello}/share", {"contact": "ben@example.org"})
    expect(talk.get_by_text("Ben would like to share")).to_be_visible()
    expect(share).to_be_focused()  # the part was made anew

    page.keyboard.press("Enter")
    page.keyboard.type("ada@example")
    page.keyboard.press("Tab")
    ben.caller.post(f"/api/hellos/{hello}/answer", {"words": "Still there?"})
    expect(talk.locator(".said-line.theirs")).to_have_count(3)
    expect(talk.locator("#talk-contact")).to_have_value("ada@example")  # although the focus is elsewhere
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    page.keyboard.type(".org")
    page.keyboard.press("Enter")
    expect(talk.locator(".contact-line")).to_have_text("ben@example.org")
    expect_focus_in(page, "dialog.talk .talk-contact")


def test_the_line_can_be_entered_and_left_with_keys(open_page: Open, gathering: Gathering) -> None:
    gathering.host.post("/api/host/break", {"minutes": 5, "start_in": 0})
    gathering.hurry(170)
    gathering.guests["Ben"].caller.post("/api/line", {})
    page = open_page(f"/e/{gathering.code}", **gathering.as_("Ada"))
    bell = page.locator("#break button")
    tab_to(page, bell)
    expect(bell).to_have_attribute("aria-pressed", "false")  # silent by default
    press(page, page.get_by_role("button", name="Get in line"))
    line = page.locator("dialog.line")
    expect(line.locator(".stander")).to_have_count(1)
    tab_to(page, line.get_by_label("Your answer"))
    page.keyboard.type("In Porto")
    page.keyboard.press("Enter")
    expect(line.locator(".said-line.mine")).to_have_count(1)
    ben = gathering.guests["Ben"].caller
    group = ben.get("/api/line")["line"]["group"]
    ben.post("/api/line/words", {"words": "In Oslo", "group": group})
    expect(line.locator(".said-line.theirs")).to_have_count(1)
    expect(line.get_by_label("Your own words")).to_be_focused()
    press(page, line.get_by_role("button", name="Stay and talk"))
    expect(line.get_by_role("button", name="Stay and talk")).to_have_attribute("aria-pressed", "true")
    press(page, line.get_by_role("button", name="Say hello to Ben, for later"))
    expect(line.get_by_text("Hello sent")).to_be_visible()
    expect_focus_in(page, "dialog.line")
    press(page, line.get_by_role("button", name="Block or report"))
    expect_focus_in(page, "dialog.safety")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.safety")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(line).to_have_count(0)
    gathering.wait_until_out_of_line("Ada")


def test_a_host_runs_a_break_with_keys(open_page: Open, gathering: Gathering) -> None:
    desk = open_page(f"/host/{gathering.code}", 1280, 900, **gathering.as_host())
    section = desk.locator(".desk-break")
    tab_to(desk, section.get_by_label("10 min", exact=True))
    desk.keyboard.press("ArrowLeft")
    press(desk, section.get_by_role("button", name="Start the coffee break"))
    expect(section.get_by_role("status")).to_contain_text("5 min left")
    press(desk, section.get_by_role("button", name="5 minutes more"))
    expect(section.get_by_role("status")).to_contain_text("10 min left")
    press(desk, section.get_by_role("button", name="Ring the bell now"))
    expect(section.get_by_role("status")).to_contain_text("Back to your seats")


def hold_looks(held: list[Route], route: Route) -> None:
    if route.request.method == "GET":
        held.append(route)
    else:
        route.continue_()


def test_a_button_that_goes_later_leaves_the_focus_in_its_sheet(
    open_page: Open, gathering: Gathering
) -> None:
    ada = open_page(f"/e/{gathering.code}", **gathering.as_("Ada"))
    press(ada, ada.get_by_role("button", name="Stroll").last)
    photo = ada.locator("dialog.photo")
    press(ada, photo.get_by_role("button", name="Say hello"))
    hello = ada.locator("dialog.hello")
    held: list[Route] = []
    ada.route("**/api/hellos", lambda route: hold_looks(held, route))
    press(ada, hello.locator(".phrase").first)
    expect(hello.get_by_text("Your hello is on its way")).to_be_visible()
    ada.keyboard.press("Escape")
    expect(hello).to_have_count(0)
    expect_focus_in(ada, "dialog.photo")
    for route in held:  # only now does the panel hear of its hello
        route.continue_()
    expect(photo.get_by_text("Your hello is with them")).to_be_visible()
    expect_focus_in(ada, "dialog.photo")
