"""A press counts, whatever is drawn anew between down and up."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from bench.client import Server
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, until
from tests.browser.gathering import Gathering, gather

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture
def gathering(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben", "Cleo") as gathering:
        yield gathering


REST_MILLISECONDS = 700


def press_down(page: Page, target: Locator) -> None:
    """Once what comes first is there, and moves nothing any more."""
    expect(target).to_be_visible()
    before = None
    while (now := target.bounding_box()) != before:
        before = now
        page.wait_for_timeout(REST_MILLISECONDS)
    target.hover()  # looks for it again where it is drawn anew meanwhile
    page.mouse.down()


def test_my_face_is_drawn_anew_while_me_is_pressed(open_page: Open, gathering: Gathering) -> None:
    ada, ben, _ = gathering.guests.values()
    page = open_page(f"/e/{gathering.code}", **gathering.as_("Ada"))
    face = page.locator("#me-face img")
    expect(face).to_be_visible()
    face.evaluate("face => { face.dataset.old = true }")
    press_down(page, page.locator("#go-me"))
    ben.hello_to(ada)
    expect(page.locator("#me-face img:not([data-old])")).to_be_visible()
    page.mouse.up()
    expect(page.locator("dialog.me")).to_be_visible()


def test_a_hello_that_comes_while_a_row_is_pressed_puts_nobody_else_under_the_finger(
    open_page: Open, gathering: Gathering
) -> None:
    ada, ben, cleo = gathering.guests.values()
    ben.hello_to(ada)
    page = open_page(f"/e/{gathering.code}", **gathering.as_("Ada"))
    page.locator("#go-hellos").click()
    press_down(page, page.locator("#place-hellos .person", has_text="Ben").first)
    cleo.hello_to(ada)
    expect(page.locator("#hellos-count")).to_have_text("2")  # it came
    page.mouse.up()
    expect(page.locator("dialog.talk h2")).to_contain_text("Ben")
    expect(page.locator("#place-hellos .person", has_text="Cleo").first).to_be_visible()


def test_the_desk_looks_again_while_a_button_is_pressed(open_page: Open, gathering: Gathering) -> None:
    speaker = gathering.host.post("/api/host/speakers", {"photo": gathering.guests["Ben"].photo})["speaker"]
    desk = open_page(f"/host/{gathering.code}", 1280, 900, **gathering.as_host())
    close = desk.get_by_role("button", name="Close the line")
    looks: list[str] = []
    desk.on("requestfinished", lambda request: looks.append(request.url))
    press_down(desk, close)
    until(desk, lambda: sum("/api/speakers" in each for each in looks) >= 2)
    desk.mouse.up()
    expect(close).to_have_count(0)
    assert gathering.host.get("/api/speakers")["speakers"] == [], speaker


def test_what_comes_late_at_the_desk_moves_no_button_under_the_finger(
    open_page: Open, gathering: Gathering
) -> None:
    desk = open_page("/", 1100, 900, **gathering.as_host())
    held: list[Route] = []
    desk.route("**/api/host/co-hosts", lambda route: held.append(route), times=1)
    desk.goto(f"{desk.url}host/{gathering.code}")
    make = desk.get_by_role("button", name="Make a key")
    press_down(desk, make)
    held[0].continue_()
    late = desk.get_by_role("heading", name="Hosts", exact=True)
    desk.wait_for_timeout(REST_MILLISECONDS)
    assert not late.is_visible()
    desk.mouse.up()
    expect(desk.get_by_text("1 key counts.")).to_be_visible()
    expect(late).to_be_visible()
