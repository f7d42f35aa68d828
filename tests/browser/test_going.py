"""How it goes, at the desk: charts that are text as well, files that a browser saves, and a page for paper."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from bench.client import Server
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open
from tests.browser.gathering import Gathering, gather

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
NAMES = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn")


@pytest.fixture(scope="module")
def gathering(server: Server) -> Iterator[Gathering]:
    with gather(server, *NAMES) as gathering:
        yield gathering


def at_the_desk(open_page: Open, gathering: Gathering) -> Page:
    desk = open_page(f"/host/{gathering.code}", 1280, 900, **gathering.as_host())
    expect(desk.get_by_role("heading", name="How it goes")).to_be_visible()
    return desk


def saved(desk: Page, group: str, button: str) -> bytes:
    """The file that a button of one of the two groups gives."""
    files = desk.locator("details.files")
    if not files.get_attribute("open"):
        files.evaluate("details => { details.open = true }")
    answers = files.locator(f"h3:text-is('{group}') ~ .answers").first
    with desk.expect_download() as coming:
        answers.get_by_role("button", name=button).click()
    return Path(coming.value.path()).read_bytes()


def test_the_desk_tells_in_pictures_that_are_text_too(open_page: Open, gathering: Gathering) -> None:
    desk = at_the_desk(open_page, gathering)
    people = desk.locator("figure.chart", has_text="6 people came")
    expect(people.get_by_role("listitem").filter(has_text="Added a photo")).to_contain_text("6 of 6, 100%")
    expect(people.get_by_role("listitem").filter(has_text="Met somebody")).to_contain_text("fewer than 5")
    assert desk.locator("figure.chart svg:not([aria-hidden=true])").count() == 0
    figures = desk.locator("dl.counts")
    expect(figures.locator("div", has_text="on the wall").locator("dd").first).to_have_text("6")
    expect(figures.locator("div", has_text="from Send to the wall").locator("dd")).to_contain_text("s")
    expect(desk.get_by_text("opened the panel")).to_have_count(0)


def test_a_host_saves_the_numbers_and_those_alone_who_agreed(open_page: Open, gathering: Gathering) -> None:
    ada = open_page(f"/e/{gathering.code}", 280, 700, **gathering.as_("Ada"))
    ada.locator("#go-me").click()
    keeps = ada.get_by_role("switch", name="The host may keep my name and photo")
    expect(keeps).not_to_be_checked()
    keeps.check()
    expect(ada.get_by_text("Saved")).to_be_visible()
    desk = at_the_desk(open_page, gathering)
    pages = openpyxl.load_workbook(io.BytesIO(saved(desk, "The numbers", "Table (XLSX)")))
    assert ("People who came", 6, None) in pages.worksheets[0].iter_rows(values_only=True)
    expect(desk.get_by_text("1 person said that you may keep")).to_be_visible()
    listed = csv.reader(io.StringIO(saved(desk, "Names and photos", "CSV").decode("utf-8-sig")))
    assert [row[0] for row in listed] == ["Name", "Ada"]
    with zipfile.ZipFile(io.BytesIO(saved(desk, "Names and photos", "Photos (ZIP)"))) as archive:
        (only,) = archive.namelist()
        assert only.startswith("Ada ")
    keeps.uncheck()
    expect(desk.get_by_text("Nobody has said yet that you may keep")).to_be_visible()


def test_on_paper_there_are_the_numbers_and_nothing_to_press(open_page: Open, gathering: Gathering) -> None:
    desk = at_the_desk(open_page, gathering)
    desk.emulate_media(media="print")
    expect(desk.locator("figure.chart").first).to_be_visible()
    expect(desk.locator(".printed-title")).to_be_visible()
    for button in desk.get_by_role("button").all():
        expect(button).to_be_hidden()
    expect(desk.locator(".desk-wall")).to_be_hidden()
