"""The first minutes: alone, then with others who are here; and what a panel says when the line is down."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from bench.client import Server
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, until
from tests.browser.gathering import Gathering, gather
from tests.browser.test_panel import send
from tests.factories import photo_bytes

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture
def gathering(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben") as gathered:
        yield gathered


def test_the_first_one_gets_the_link_and_sees_who_comes(open_page: Open, code: str) -> None:
    ada = open_page(f"/e/{code}", 280, 700, permissions=["clipboard-read", "clipboard-write"])
    lobby = ada.locator("#empty")
    expect(lobby).to_contain_text("Be the first")
    expect(lobby).to_contain_text("Nobody else is here yet")
    lobby.get_by_role("button", name="Copy the link").click()
    assert ada.evaluate("navigator.clipboard.readText()").endswith(f"/e/{code}")
    send(ada, photo_bytes(1, (640, 480)))
    question = ada.locator(".keepsake-question")
    expect(question).to_be_visible()
    expect(lobby).to_be_hidden()  # one thing at a time, and half of the panel is the wall's
    wall = ada.locator("#place-wall").bounding_box()
    assert wall
    assert wall["height"] >= 350
    question.get_by_role("button", name="No").click()
    expect(lobby).to_contain_text("You are the first")
    expect(lobby).to_be_visible()
    ben = open_page(f"/e/{code}")
    expect(lobby).to_contain_text("1 other is here.")
    expect(lobby.locator(".lobby-faces > *")).to_have_count(1)
    send(ben, photo_bytes(2, (640, 480)), name="Ben")
    expect(lobby).to_be_hidden()


def test_a_hello_shows_in_the_title_of_a_tab(open_page: Open, gathering: Gathering) -> None:
    ada = open_page(f"/e/{gathering.code}", **gathering.as_("Ada"))
    expect(ada.locator("#count")).to_be_visible()
    gathering.guests["Ben"].hello_to(gathering.guests["Ada"])
    expect(ada).to_have_title("(1) Spring Summit")


def test_a_hello_that_comes_before_the_stream_stands_is_not_missed(
    open_page: Open, gathering: Gathering
) -> None:
    ada = open_page("/", **gathering.as_("Ada"))
    held: list[Route] = []
    ada.route("**/api/live*", lambda route: held.append(route))
    with ada.expect_response("**/api/me"):
        ada.goto(f"{ada.url}e/{gathering.code}")
    until(ada, lambda: bool(held))
    ada.wait_for_timeout(2000)  # whatever it asks for by itself in the beginning is over by then
    gathering.guests["Ben"].hello_to(gathering.guests["Ada"])
    held[0].continue_()
    expect(ada).to_have_title("(1) Spring Summit")


def test_who_is_here_glows_and_the_photo_says_so(open_page: Open, gathering: Gathering) -> None:
    ben = open_page(f"/e/{gathering.code}", **gathering.as_("Ben"))
    expect(ben.locator("#count")).to_be_visible()
    ada = open_page(f"/e/{gathering.code}", 280, 700, **gathering.as_("Ada"))
    ada.locator("#next[data-does=stroll]").click()
    expect(ada.locator("dialog.photo .here-now")).to_be_visible()
    ben.locator("#go-me").click()
    ben.get_by_role("switch", name="Show that I am here").uncheck()
    expect(ada.locator("dialog.photo .here-now")).to_be_hidden()


def test_without_a_network_it_says_so_and_what_was_sent_goes_later(
    open_page: Open, gathering: Gathering
) -> None:
    cleo = open_page(f"/e/{gathering.code}")
    expect(cleo.locator("#count")).to_be_visible()
    cleo.context.set_offline(True)
    expect(cleo.locator("#notice")).to_contain_text("You are offline")
    send(cleo, photo_bytes(3, (640, 480)), name="Cleo")
    expect(cleo.locator("#mine-now")).to_contain_text("goes by itself")
    cleo.context.set_offline(False)
    expect(cleo.get_by_text("You are on the wall")).to_be_visible()
    expect(cleo.locator("#notice")).to_be_hidden()


def test_a_hello_that_met_no_connection_goes_by_itself(open_page: Open, gathering: Gathering) -> None:
    ada = open_page(f"/e/{gathering.code}", **gathering.as_("Ada"))
    ada.locator("#next[data-does=stroll]").click()
    ada.locator("dialog.photo .photo-foot .main").click()
    expect(ada.locator("dialog.hello .phrase").first).to_be_visible()
    ada.context.set_offline(True)
    ada.locator("dialog.hello .phrase").first.click()
    expect(ada.locator("dialog.hello")).to_contain_text("goes by itself")
    ada.locator("dialog.hello").get_by_role("button", name="Close").last.click()
    ada.context.set_offline(False)
    ben = gathering.guests["Ben"].caller
    until(ada, lambda: bool(ben.get("/api/hellos")["hellos"]))


@pytest.mark.parametrize("query", ["", "?stage=1"])
def test_a_service_that_is_silent_is_not_called_offline(
    open_page: Open, gathering: Gathering, query: str
) -> None:
    page = open_page("/")
    page.route("**/api/live*", lambda route: route.abort("connectionrefused"))  # so that it asks by itself
    with page.expect_response("**/api/changes*"):
        page.goto(f"{page.url}e/{gathering.code}{query}")
    page.route("**/api/**", lambda route: route.abort("connectionrefused"))
    expect(page.locator("#notice")).to_contain_text("The service does not answer just now")
    page.unroute("**/api/**")
    expect(page.locator("#notice")).to_be_hidden()


def test_the_list_of_people_goes_on_by_itself(open_page: Open, gathering: Gathering) -> None:
    ada = open_page(f"/e/{gathering.code}")
    expect(ada.locator("#count")).to_be_visible()
    ada.route("**/api/people*", lambda route: route.abort("connectionrefused"))
    ada.locator("#go-people").click()
    expect(ada.get_by_role("button", name="Try again")).to_be_visible()
    ada.unroute("**/api/people*")
    expect(ada.locator("#place-people").get_by_text("Ben bakes bread at night")).to_be_visible()


def test_a_language_in_the_address_is_kept(open_page: Open) -> None:
    page = open_page("/?lang=de")
    page.get_by_role("link", name="Wand").first.click()
    expect(page).to_have_url(re.compile("/start"))
    expect(page.locator("html")).to_have_attribute("lang", "de")


def test_on_a_phone_the_join_code_comes_first(open_page: Open) -> None:
    page = open_page("/", 360, 640)
    code, title = page.locator("#code").bounding_box(), page.locator("h1").bounding_box()
    assert code
    assert title
    assert code["y"] < title["y"]
    page.locator("#code").fill("sprng")
    page.locator("#code").press("Enter")
    expect(page.locator("#code")).to_have_value("SPRNG")


def test_one_goes_on_on_another_device_by_a_code_from_me(open_page: Open, gathering: Gathering) -> None:
    ada = open_page(f"/e/{gathering.code}", 280, 700, **gathering.as_("Ada"))
    ada.locator("#go-me").click()
    with ada.expect_response("**/api/me/pairing") as paired:
        ada.get_by_role("button", name="Continue on another device").click()
    expect(ada.locator("img.phone-code")).to_be_visible()
    link = urlsplit(paired.value.json()["url"])
    other = open_page(f"{link.path}#{link.fragment}")
    other.locator("#go-me").click()
    expect(other.locator("dialog.sheet").get_by_label("Your name")).to_have_value("Ada")
