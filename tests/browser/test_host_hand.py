"""What a host needs, in a browser’s panel: by the host link that it keeps; and what is told to whom it is about."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from bench.client import Server
from tests.browser import hands
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open
from tests.browser.gathering import Gathering, gather
from tests.factories import photo_bytes

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture
def three(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben", "Cleo") as gathering:
        yield gathering


def reported(three: Gathering, crowd: hands.Crowd) -> None:
    """Two people report Cleo."""
    for name in ("Ada", "Ben"):
        crowd.report(three.guests[name].caller, three.guests["Cleo"].photo)


@pytest.mark.parametrize("width", [280, 1280])
def test_a_host_by_the_web_runs_a_break_in_the_panel(
    open_page: Open, server: Server, three: Gathering, width: int
) -> None:
    page = open_page(f"/e/{three.code}", width, 700, **three.as_host())
    with hands.crowd_of(server, three.code) as crowd:
        reported(three, crowd)
        crowd.come("Dan", "I sing")
        sheet = hands.open_hand(page)
        hands.settle_reports(sheet)
        hands.start_and_extend(page, sheet, crowd)
        hands.approve_and_undo(page, sheet, crowd)
        hands.settle_the_event(page, page, sheet, crowd)
        hands.end_and_undo(page, sheet)
        page.keyboard.press("Escape")
        expect(page.locator("button.hand")).to_be_focused()


def test_a_guest_has_no_such_button(open_page: Open, three: Gathering) -> None:
    page = open_page(f"/e/{three.code}", 280, 700, **three.as_("Ada"))
    expect(page.locator("#place-wall canvas")).to_be_visible()
    expect(page.locator("#me-face img")).to_be_visible()
    expect(page.locator("button.hand")).to_be_hidden()


def test_many_photos_are_approved_at_once_and_some_chosen_are_refused(
    open_page: Open, server: Server, three: Gathering
) -> None:
    three.host.call("POST", "/api/host/review", b'{"reviewed": true}', "application/json")
    desk = open_page(f"/host/{three.code}", 1280, 900, **three.as_host())
    with hands.crowd_of(server, three.code) as crowd:
        people: list[Any] = [crowd.come(name, f"{name} swims")[0] for name in ("Dan", "Eva", "Finn")]
        expect(desk.locator(".waiting-one")).to_have_count(3)
        desk.get_by_label("Choose the photo of Eva").check()
        desk.get_by_role("button", name="Refuse the one chosen").click()
        expect(desk.locator(".undo-bar")).to_contain_text("1 photo refused")
        desk.get_by_role("button", name="Approve all 2").click()
        expect(desk.locator(".undo-bar")).to_contain_text("2 photos approved")
        expect(desk.locator(".waiting-one")).to_have_count(0)
        assert crowd.state_of(people[1]) == "refused"
        desk.locator(".undo-bar").get_by_role("button", name="Undo").click()
        expect(desk.locator(".waiting-one")).to_have_count(2)


def test_whoever_is_hidden_reads_what_happened_and_what_they_can_do(
    open_page: Open, server: Server, three: Gathering
) -> None:
    cleo = open_page(f"/e/{three.code}", 280, 700, **three.as_("Cleo"))
    expect(cleo.locator("#me-face img")).to_be_visible()
    host = open_page(f"/e/{three.code}", 280, 700, **three.as_host())
    with hands.crowd_of(server, three.code) as crowd:
        reported(three, crowd)
        sheet = hands.open_hand(host)
        hands.press(sheet.locator(".report"), "Hide the photo")
        expect(cleo.get_by_text("A host took this photo off the wall.").first).to_be_visible()
        hands.press(sheet.locator(".undo-bar"), "Undo")
        expect(cleo.get_by_text("You are on the wall")).to_be_visible()


def test_a_new_name_and_notice_are_in_every_panel_and_on_the_stage_at_once(
    open_page: Open, three: Gathering
) -> None:
    ada = open_page(f"/e/{three.code}", 280, 700)
    stage = open_page(f"/e/{three.code}?stage=1", 1280, 720)
    desk = open_page(f"/host/{three.code}", 1280, 900, **three.as_host())
    expect(ada.locator("#event")).to_have_text("Spring Summit")
    ada.locator("#next").click()
    picture: Any = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(9, (640, 480))}
    ada.locator("dialog.sheet input[type=file]").first.set_input_files(picture)
    expect(ada.get_by_role("button", name="Send", exact=True)).to_be_visible()
    desk.get_by_text("Name, question and notice").click()
    desk.get_by_label("Name", exact=True).fill("Summer Summit")
    desk.get_by_label("Your own notice or terms").fill("Photos are kept for a week.")
    desk.get_by_label("Link to read more").fill("https://acme.example/terms")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_role("heading", name="Summer Summit")).to_be_visible()
    expect(ada.get_by_text("Photos are kept for a week.")).to_be_visible()  # beside Send, though it was open
    expect(ada.get_by_role("link", name="Read more")).to_have_attribute("href", "https://acme.example/terms")
    expect(ada.locator("#event")).to_have_text("Summer Summit")
    expect(stage.locator("h1")).to_have_text("Summer Summit")
    ada.get_by_label("Your story").fill("I keep snails")
    ada.get_by_label("Your name").fill("Dora")
    ada.get_by_role("button", name="Send", exact=True).click()
    expect(ada.get_by_text("You are on the wall")).to_be_visible()
