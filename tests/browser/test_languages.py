"""A hello crosses languages: chosen in Spanish, read in Japanese, for only its id travels; and how one chooses one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from bench.client import Server
from plugin.operate import catalogue
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open
from tests.browser.gathering import Gathering, gather

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture
def gathering(server: Server) -> Iterator[Gathering]:
    with gather(server, "Ada", "Ben", Ben="I repair radios") as gathering:
        yield gathering


def test_a_hello_sent_in_spanish_is_read_in_japanese(open_page: Open, gathering: Gathering) -> None:
    ada = open_page(f"/e/{gathering.code}", 280, 700, locale="es", **gathering.as_("Ada"))
    expect(ada.locator("html")).to_have_attribute("lang", "es")
    ada.get_by_role("button", name="Pasear", exact=True).click()
    ada.locator("dialog.photo").get_by_role("button", name="Saludar").click()
    spanish = catalogue.browser_words("es")["phrases"]
    japanese = catalogue.browser_words("ja")["phrases"]
    sheet = ada.locator("dialog.hello")
    expect(sheet.locator(".phrase")).to_have_count(3)
    chosen = sheet.locator(".phrase").first
    said = chosen.inner_text()
    opener = next(
        name for name, text in spanish.items() if said == text.replace("{story}", "I repair radios")
    )
    chosen.click()
    expect(sheet.get_by_text("Tu saludo va de camino a Ben.")).to_be_visible()

    ben = open_page(f"/e/{gathering.code}", 280, 700, locale="ja", **gathering.as_("Ben"))
    ben.locator("#go-hellos").click()
    ben.locator("#place-hellos .person", has_text="Ada").click()
    line = ben.locator("dialog.talk .said-line.theirs span[dir], dialog.talk .said-line.theirs > span").nth(1)
    expect(line).to_have_text(japanese[opener].replace("{story}", "I repair radios"))
    ben.locator("dialog.talk .phrase").first.click()
    ada.keyboard.press("Escape")
    ada.keyboard.press("Escape")
    ada.locator("#go-hellos").click()
    ada.locator("#place-hellos .person", has_text="Ben").first.click()
    expect(ada.locator("dialog.talk .said-line.theirs")).to_contain_text(spanish["answer_hello"])


def test_a_language_is_chosen_behind_ones_own_photo_and_kept(open_page: Open, gathering: Gathering) -> None:
    ada = open_page(f"/e/{gathering.code}", 280, 700, locale="en-GB", **gathering.as_("Ada"))
    ada.locator("#go-me").click()
    ada.get_by_label("Language").select_option("ar")
    expect(ada.locator("html")).to_have_attribute("dir", "rtl")
    expect(ada.locator("#go-people")).to_have_text("الناس")  # the template's words as well
    expect(ada.get_by_role("button", name="تجوّل")).to_be_visible()
    ada.locator("#go-me").click()
    with ada.expect_request("**/api/me") as asked:
        ada.get_by_label("كيف يمكن الوصول إليك").fill("ada@example.org")
        ada.keyboard.press("Tab")
    assert asked.value.headers["accept-language"] == "ar"  # so that answers come in it, too


def test_the_foot_of_a_page_offers_every_language(open_page: Open) -> None:
    page = open_page("/", 280, 700, locale="fr")
    expect(page.get_by_role("link", name="Commencer un mur")).to_be_visible()
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("link", name="Eine Wand anfangen")).to_be_visible()
    page.get_by_role("link", name="Eine Wand anfangen").click()
    expect(page.get_by_label("Wie heißt die Veranstaltung?")).to_be_visible()  # it is remembered
