"""People in real browsers: start, join, send, watch, look, change, leave; and what goes wrong on the way."""

import re
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_pillow
from playwright.sync_api import Page, expect

from bench.photos import large_photos
from tests.browser.conftest import OVERFLOWS, PATIENCE_MILLISECONDS, Open, slowly, until
from tests.factories import camera_bytes, photo_bytes

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)
SCREENSHOTS = Path("test-results")


@pytest.fixture(scope="session")
def jpeg(pictures: Path) -> Path:
    """A JPEG of 12 megapixels, made of real photos."""
    path = large_photos(pictures, 1)[0]
    with Image.open(path) as image:
        assert image.size == (4000, 3000)
    return path


@pytest.fixture(scope="session")
def heic(jpeg: Path) -> Path:
    """The same as an iPhone sends it."""
    path = jpeg.with_suffix(".heic")
    with Image.open(jpeg) as image:
        from_pillow(image).save(path, quality=60, enc_params={"preset": "ultrafast"})
    return path


def send(page: Page, photo: Path | bytes, *, name: str = "Ada", story: str = "I bake bread at night") -> None:
    """Send a photo as a person does."""
    page.locator("#next").click()
    sheet = page.locator("dialog.sheet")
    if isinstance(photo, bytes):
        files = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
        sheet.locator("input[type=file]").first.set_input_files(files)  # type: ignore[arg-type]
    else:
        sheet.locator("input[type=file]").first.set_input_files(photo)
    sheet.get_by_label("Your story").fill(story)
    sheet.get_by_label("Your name").fill(name)
    sheet.get_by_role("button", name="Send", exact=True).click()


def wall_pixels(page: Page) -> bytes:
    return page.locator("#wall canvas").screenshot()


NOTES_WHAT_IS_SENT = """() => {
    const send = XMLHttpRequest.prototype.send
    XMLHttpRequest.prototype.send = function (body) {
      if (body instanceof FormData) globalThis.sent = body.get("photo")
      return send.call(this, body)
    }
  }"""
READ_SENT = "async () => [...new Uint8Array(await globalThis.sent.arrayBuffer())]"


def test_what_a_phone_takes_goes_smaller_and_upright_and_the_place_stays_on_it(
    open_page: Open, code: str
) -> None:
    taken = camera_bytes()
    page = open_page(f"/e/{code}")
    page.evaluate(NOTES_WHAT_IS_SENT)
    send(page, taken)
    expect(page.get_by_text("You are on the wall")).to_be_visible()
    data = bytes(page.evaluate(READ_SENT))
    assert len(data) < len(taken) / 4
    with Image.open(BytesIO(data)) as sent:
        assert (sent.format, sent.size, dict(sent.getexif())) == ("JPEG", (1536, 2048), {})
        above, below = (sent.convert("RGB").getpixel((768, y)) for y in (100, 1900))
    assert above[0] > 150 > above[2]
    assert below[2] > 150 > below[0]


def test_a_small_photo_goes_as_it_is(open_page: Open, code: str) -> None:
    small = photo_bytes(5, (640, 480))
    page = open_page(f"/e/{code}")
    page.evaluate(NOTES_WHAT_IS_SENT)
    send(page, small)
    expect(page.get_by_text("You are on the wall")).to_be_visible()
    assert bytes(page.evaluate(READ_SENT)) == small


def test_show_me_brings_the_own_photo_near_in_a_narrow_panel(open_page: Open, code: str) -> None:
    """The bar with that button goes at the same moment, and the wall gets its room."""
    ada = open_page(f"/e/{code}", 280, 700)
    send(ada, photo_bytes("blue", (400, 400)))
    expect(ada.get_by_text("You are on the wall")).to_be_visible()
    ada.get_by_role("button", name="Show me").click()
    until(ada, lambda: width_of_ring(ada) > 80)


def width_of_ring(page: Page) -> int:
    """How wide the golden ring around the own photo is, on a wall with nothing else that is golden."""
    with Image.open(BytesIO(wall_pixels(page))) as image:
        red, _, blue = (np.asarray(band, np.int16) for band in image.convert("RGB").split())
    columns = np.flatnonzero(((red > 200) & (blue < 120)).any(axis=0))
    return int(np.ptp(columns)) if columns.size else 0


@pytest.mark.parametrize("kind", ["jpeg", "heic"])
def test_a_photo_sent_in_one_panel_shows_in_another_without_reload(
    open_page: Open, code: str, kind: str, request: pytest.FixtureRequest
) -> None:
    photo = request.getfixturevalue(kind)
    ada, ben = open_page(f"/e/{code}"), open_page(f"/e/{code}", 1280, 800)
    for panel in (ada, ben):
        expect(panel.get_by_text("Be the first")).to_be_visible()
    before = wall_pixels(ben)
    ben.evaluate("window.notReloaded = true")
    send(ada, photo)
    expect(ben.locator("#count")).to_have_text("1 photo")
    expect(ada.get_by_text("You are on the wall")).to_be_visible()
    until(ben, lambda: wall_pixels(ben) != before)
    assert ben.evaluate("window.notReloaded") is True
    ben.locator("#go-people").click()
    expect(ben.locator("#place-people").get_by_text("I bake bread at night")).to_be_visible()


def test_a_host_starts_a_coffee_break_and_the_join_link_works(open_page: Open, address: str) -> None:
    page = open_page("/", 1280, 800)
    page.get_by_role("link", name="Start a wall").click()
    page.get_by_label("What is the event called?").fill("Spring Summit")
    page.locator("input[name=target_name][value=balloons]").check()
    page.get_by_role("button", name="Create the wall").click()
    expect(page.get_by_text("Spring Summit is ready")).to_be_visible()
    text = page.locator("main").inner_html()
    found = re.search(rf"{re.escape(address)}/e/([A-Z0-9]{{6}})", text)
    assert found
    guest = open_page("/")
    guest.get_by_label("Join code").fill(found[1].lower())
    guest.get_by_role("button", name="Join").click()
    expect(guest.locator("#event")).to_have_text("Spring Summit")
    page.get_by_role("link", name="Open your desk").click()
    expect(page.get_by_role("heading", name="Spring Summit")).to_be_visible()


def test_a_reload_keeps_who_one_is_and_a_photo_can_be_changed_and_taken_off(
    open_page: Open, code: str
) -> None:
    ada = open_page(f"/e/{code}")
    send(ada, photo_bytes(1, (640, 480)))
    expect(ada.get_by_text("You are on the wall")).to_be_visible()
    ada.route("**/api/me", slowly)
    ada.reload()
    ada.locator("#go-me").click()
    sheet = ada.locator("dialog.sheet")
    expect(sheet.get_by_text("I bake bread at night")).to_be_visible()
    expect(sheet.get_by_label("Your name")).to_have_value("Ada")
    sheet.get_by_role("button", name="Take it off").click()
    sheet.get_by_role("button", name="Take it off").last.click()
    expect(ada.get_by_text("Be the first")).to_be_visible()


def test_a_photo_that_cannot_be_read_is_told_in_words_and_the_line_is_kept(
    open_page: Open, code: str
) -> None:
    ada = open_page(f"/e/{code}")
    send(ada, photo_bytes(1, (1600, 1200))[:3000], story="A line that stays")
    expect(ada.get_by_text("The end of this photo is missing").first).to_be_visible()
    ada.locator("#next").click()
    expect(ada.locator("dialog.sheet").get_by_label("Your story")).to_have_value("A line that stays")


def test_what_is_missing_is_told_beside_the_field_before_sending(open_page: Open, code: str) -> None:
    ada = open_page(f"/e/{code}")
    ada.locator("#next").click()
    sheet = ada.locator("dialog.sheet")
    sheet.locator("input[type=file]").first.set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(1)}
    )
    sheet.get_by_label("Your story").fill("x" * 141)
    sheet.get_by_role("button", name="Send", exact=True).click()
    expect(sheet.get_by_text("Please tell us your name.")).to_be_visible()
    expect(sheet.get_by_text("Please use at most 140 characters.")).to_be_visible()


def test_the_wall_can_be_used_with_the_keyboard_alone(open_page: Open, code: str) -> None:
    ada = open_page(f"/e/{code}")
    send(ada, photo_bytes(2, (640, 480)))
    expect(ada.get_by_text("You are on the wall")).to_be_visible()
    ada.locator("[role=grid] [tabindex='0']").first.focus()
    ada.keyboard.press("ArrowRight")
    ada.keyboard.press("Enter")
    sheet = ada.locator("dialog.sheet")
    expect(sheet.get_by_text("I bake bread at night")).to_be_visible()
    ada.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(ada.locator("[role=grid]:focus-within")).to_be_attached()


def test_a_click_is_never_lost_to_code_that_is_still_on_its_way(open_page: Open, code: str) -> None:
    page = open_page("/")
    hold_code(page, f"{page.url}e/{code}")
    for place in ("#go-wall", "#go-people", "#go-hellos", "#go-me"):
        expect(page.locator(place)).to_be_disabled()
    release_code(page)
    page.locator("#go-me").click()
    expect(page.locator("dialog.sheet").get_by_label("Your name")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "de", "ja", "ar"])
def test_the_question_is_wholly_in_sight_in_a_narrow_window(open_page: Open, language: str) -> None:
    page = open_page("/start", 280, 700, locale=language)
    expect(page.locator("#create")).to_be_enabled()
    question = page.locator("#prompt")
    assert len(question.input_value()) > 12
    assert not question.evaluate(OVERFLOWS)
    question.fill(
        "A question so long that it takes several lines in a window as narrow as this one, does it not?"
    )
    assert not question.evaluate(OVERFLOWS)


def test_enter_in_the_question_creates_the_wall(open_page: Open) -> None:
    page = open_page("/start")
    expect(page.locator("#create")).to_be_enabled()  # before, Enter is a new line
    page.get_by_label("What is the event called?").fill("Autumn Meetup")
    page.locator("#prompt").fill("What is on your desk?")
    page.locator("#prompt").press("Enter")
    page.get_by_role("link", name="Open the wall").click()
    page.locator("#next").click()
    expect(page.get_by_placeholder("What is on your desk?", exact=True)).to_be_visible()


def test_a_picture_chosen_before_the_code_was_there_is_taken(open_page: Open) -> None:
    page = open_page("/")
    hold_code(page, f"{page.url}start")
    expect(page.get_by_role("button", name="Create the wall")).to_be_disabled()
    picture = {"name": "logo.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(1)}
    page.locator("#target").set_input_files(picture)
    release_code(page)
    expect(page.get_by_role("button", name="Create the wall")).to_be_enabled()
    expect(page.locator("#own-title")).to_have_text("logo.jpg")
    expect(page.locator("#own-choice")).to_be_checked()


def hold_code(page: Page, address: str) -> None:
    """Open a page on a line so slow that its code is still on its way."""
    page.route("**/*.js", lambda _: None)  # it goes on when the route is taken away
    with page.expect_request("**/*.js"):
        page.goto(address, wait_until="commit")


def release_code(page: Page) -> None:
    page.unroute("**/*.js")


def test_a_wrong_code_gives_a_page_with_the_code_field(open_page: Open) -> None:
    page = open_page("/e/NOSUCH")
    expect(page.get_by_label("Join code")).to_be_visible()


def test_a_lost_token_is_renewed_without_a_word(open_page: Open, code: str) -> None:
    ada = open_page(f"/e/{code}")
    expect(ada.get_by_text("Be the first")).to_be_visible()
    ada.route("**/api/people*", lambda route: route.fulfill(status=401, body="{}"), times=1)
    with ada.expect_response("**/api/join") as joined:
        ada.locator("#go-people").click()
    assert joined.value.status == 200
    expect(ada.get_by_text("Nobody yet")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_at_any_width(open_page: Open, code: str, scheme: str) -> None:
    ada = open_page(f"/e/{code}", 240, 600, color_scheme=scheme)
    send(ada, photo_bytes(3, (640, 480)))
    expect(ada.get_by_text("You are on the wall")).to_be_visible()
    SCREENSHOTS.mkdir(exist_ok=True)
    for width, height in ((240, 600), (280, 700), (400, 800), (1280, 800)):
        ada.set_viewport_size({"width": width, "height": height})
        for name, opener in (("wall", "#go-wall"), ("people", "#go-people"), ("me", "#go-me")):
            ada.locator(opener).click()
            ada.wait_for_timeout(400)
            ada.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png")
            assert ada.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        ada.keyboard.press("Escape")
        expect(ada.locator("dialog")).to_have_count(0)
