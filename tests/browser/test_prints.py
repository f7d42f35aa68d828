"""What lasts, in real browsers: the poster at the desk, the keepsake behind one's own photo."""

import io
import json
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from bench.client import Caller, Server, multipart
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, until
from tests.browser.gathering import blues
from tests.factories import photo_bytes

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)

PRINT_MILLISECONDS = 3 * PATIENCE_MILLISECONDS  # who prints gives way to everything else on the machine


@pytest.fixture
def host_path(server: Server) -> str:
    """Where the host of a new event has the desk."""
    body, content_type = multipart({"name": "Spring Summit"}, {"target": blues()})
    with Caller(server.port) as caller:
        opened = json.loads(caller.call("POST", "/api/events", body, content_type))
    return f"/host/{opened['code']}#{opened['host_url'].partition('#')[2]}"


def give_a_photo(page: Page, *, agrees: bool) -> None:
    page.locator("#next").click()
    sheet = page.locator("dialog.sheet")
    sheet.locator("input[type=file]").first.set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(3)}
    )
    sheet.get_by_label("Your story").fill("I bake bread at night")
    sheet.get_by_label("Your name").fill("Ada")
    if agrees:
        sheet.get_by_label("Show it in what others keep").check()
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("You are on the wall")).to_be_visible()


def test_a_host_makes_a_poster_watches_the_bar_downloads_and_deletes_it(
    open_page: Open, host_path: str, tmp_path: Path
) -> None:
    code = host_path.split("/")[2].partition("#")[0]
    desk = open_page(host_path, 1280, 1200)
    ada = open_page(f"/e/{code}")
    prints = desk.locator(".desk-prints")
    expect(prints).to_be_hidden()  # there is nothing to print yet
    give_a_photo(ada, agrees=True)
    expect(prints.get_by_text("1 of 1 people are in it")).to_be_visible()
    prints.get_by_label("Size on paper").select_option("200")
    expect(prints.get_by_text("px wide")).to_contain_text("8,000")
    prints.get_by_role("button", name="Make the poster").click()
    expect(prints.get_by_role("progressbar")).to_be_visible()
    expect(prints.get_by_role("button", name="Make the poster")).to_be_disabled()
    link = prints.get_by_role("link", name="Download")
    expect(link).to_be_visible(timeout=PRINT_MILLISECONDS)
    expect(prints.get_by_role("button", name="Make the poster")).to_be_enabled()
    with desk.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "Spring Summit poster.pdf"
    download.value.save_as(tmp_path / "poster.pdf")
    with pikepdf.open(tmp_path / "poster.pdf") as pdf:
        wall = pdf.pages[0].Resources.XObject.Wall
        assert wall.Width == 8_000
        with Image.open(io.BytesIO(bytes(wall.read_raw_bytes()))) as image:
            assert image.size == (wall.Width, wall.Height)
    prints.get_by_role("button", name="Delete").click()
    expect(link).to_have_count(0)


def test_somebody_keeps_the_picture_with_you_are_here(open_page: Open, code: str, tmp_path: Path) -> None:
    ada = open_page(f"/e/{code}", 280, 720)
    give_a_photo(ada, agrees=False)
    ada.locator("#go-me").click()
    keepsake = ada.locator(".keepsake")
    keepsake.get_by_role("button", name="Make my keepsake").click()
    picture = keepsake.get_by_role("img", name="Your keepsake")
    expect(picture).to_be_visible(timeout=PRINT_MILLISECONDS)
    assert picture.evaluate("each => each.decode().then(() => each.naturalWidth)") > 2000
    assert ada.evaluate("document.documentElement.scrollWidth") <= 280
    with ada.expect_download() as download:
        keepsake.get_by_role("link", name="Save it").click()
    assert download.value.suggested_filename == "Bench keepsake.jpg"
    download.value.save_as(tmp_path / "keepsake.jpg")
    with Image.open(tmp_path / "keepsake.jpg") as image:
        assert image.format == "JPEG"
        assert image.width == picture.evaluate("each => each.naturalWidth")


def test_a_host_shares_a_page_and_takes_it_back(open_page: Open, host_path: str) -> None:
    code = host_path.split("/")[2].partition("#")[0]
    desk = open_page(host_path, 1280, 1200)
    give_a_photo(open_page(f"/e/{code}"), agrees=True)
    prints = desk.locator(".desk-prints")
    prints.get_by_role("button", name="Share the page").click()
    link = prints.get_by_role("link", name="/r/")
    address = str(link.get_attribute("href"))
    path = "/" + address.split("/", 3)[3]
    page = open_page(path, 280, 700)
    picture = page.get_by_role("img", name="The picture that they made together")
    until(page, lambda: bool(page.reload()) and picture.count() == 1)
    expect(
        page.get_by_text("people made this picture").or_(page.get_by_text("person made this picture"))
    ).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 280
    until(page, lambda: picture.evaluate("image => image.naturalWidth") > 1000)
    prints.get_by_role("button", name="Stop sharing").click()
    expect(prints.get_by_role("button", name="Share the page")).to_be_visible()
    page.reload()
    expect(page.get_by_text("This page is not shared any more")).to_be_visible()


def test_a_poster_on_paper_says_what_it_is_about(open_page: Open, host_path: str) -> None:
    code = host_path.split("/")[2].partition("#")[0]
    desk = open_page(host_path, 1280, 1200)
    give_a_photo(open_page(f"/e/{code}"), agrees=True)
    prints = desk.locator(".desk-prints")
    size = prints.get_by_label("Size on paper")
    size.select_option("200")
    expect(prints.get_by_label("Write underneath what it was")).to_be_hidden()  # there is no room for it
    size.select_option("a4")
    prints.get_by_label("File").select_option("jpeg")
    prints.get_by_label("Write underneath what it was").uncheck()
    expect(prints.get_by_label("Day", exact=True)).to_be_hidden()
    prints.get_by_label("Write underneath what it was").check()
    prints.get_by_label("Day", exact=True).fill("2026-11-29")
    prints.get_by_role("button", name="Make the poster").click()
    expect(prints.get_by_text("Poster, JPEG, A4")).to_be_visible()
    expect(prints.get_by_role("link", name="Download")).to_be_visible(timeout=PRINT_MILLISECONDS)
