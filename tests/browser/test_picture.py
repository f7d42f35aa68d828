"""The host and the picture, in a real browser: prepared or not, another one, tint, whole photos, each once."""

import base64
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from bench.client import Caller, Server, join, multipart, send
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, until
from tests.browser.gathering import Gathering, blues, gather
from tests.factories import photo_bytes

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)


def logo() -> dict[str, Any]:
    sheet = Image.new("RGB", (640, 400), "#ffffff")
    draw = ImageDraw.Draw(sheet)
    draw.ellipse((60, 85, 290, 315), fill="#0057b8")
    draw.rectangle((330, 160, 590, 240), fill="#ff6a13")
    stream = BytesIO()
    sheet.save(stream, "PNG")
    return {"name": "logo.png", "mimeType": "image/png", "buffer": stream.getvalue()}


def flat() -> dict[str, Any]:
    stream = BytesIO()
    Image.new("RGB", (640, 400), "#0057b8").save(stream, "PNG")
    return {"name": "flat.png", "mimeType": "image/png", "buffer": stream.getvalue()}


Event = tuple[str, Callable[[], dict[str, Any]]]


@pytest.fixture
def event(server: Server) -> Event:
    """The path of the desk of a wall with twenty photos, and what its wall is now."""
    with Caller(server.port) as caller:
        body, content_type = multipart({"name": "Desk"}, {"target": blues()})
        opened = json.loads(caller.call("POST", "/api/events", body, content_type))
        for number in range(20):
            join(caller, opened["code"])
            send(caller, photo_bytes(number, (320, 240)), f"Person {number}", "A line")
    with Caller(server.port) as watcher:
        join(watcher, opened["code"])
        token = watcher.token

    def now() -> dict[str, Any]:
        with Caller(server.port) as caller:
            caller.token = token
            found: dict[str, Any] = caller.get("/api/wall")
            return found

    return "/host/" + opened["host_url"].split("/host/")[1], now


def is_now(wall: dict[str, Any], **facts: Any) -> bool:
    """Each web process may tell a snapshot that is a second old, so what one of them told is no news to another."""
    return facts.items() <= wall.items()


def cells_of(wall: dict[str, Any]) -> int:
    return int(wall["grid"]["columns"] * wall["grid"]["rows"])


def test_a_host_sees_what_is_made_of_a_logo_and_can_keep_it_as_it_is(open_page: Open) -> None:
    page = open_page("/start", 1280, 900)
    page.get_by_label("What is the event called?").fill("Spring Summit")
    page.locator("#target").set_input_files(logo())
    page.get_by_role("button", name="Create the wall").click()
    expect(page.get_by_text("Spring Summit is ready")).to_be_visible()
    prepared, original = page.get_by_label("Prepared for photos"), page.get_by_label("As you sent it")
    expect(prepared).to_be_checked()
    original.check()
    expect(original).to_be_checked()
    page.get_by_role("link", name="Open your desk").click()
    making = page.get_by_role("region", name="The picture", exact=True)
    expect(making.get_by_label("As you sent it")).to_be_checked()
    making.get_by_label("Prepared for photos").check()
    expect(making.get_by_text("The wall is changing")).to_have_count(0)
    page.reload()
    expect(making.get_by_label("Prepared for photos")).to_be_checked()


def test_the_tint_follows_the_slider_in_every_panel(open_page: Open, event: Event) -> None:
    path, now = event
    desk, panel = open_page(path, 1280, 900), open_page(f"/e/{path[6:12]}")
    until(desk, lambda: now()["count"] == 20)
    expect(panel.locator("#count")).to_have_text("20 photos")
    panel.wait_for_timeout(2500)  # the flights
    before, generation = panel.locator("#wall canvas").screenshot(), now()["grid"]["generation"]
    slider = desk.get_by_label("Tint")
    expect(slider).to_have_value("0")
    slider.fill("40")
    until(desk, lambda: is_now(now(), tint=40) and now()["grid"]["generation"] > generation)
    until(panel, lambda: panel.locator("#wall canvas").screenshot() != before)
    expect(desk.locator("output")).to_have_text("40%")


def details(now: Callable[[], dict[str, Any]]) -> bytes:
    return base64.b64decode(now()["grid"]["details"])


def test_a_tap_on_a_detail_opens_the_person_and_marks_it_on_the_photo(open_page: Open, event: Event) -> None:
    path, now = event
    panel = open_page(f"/e/{path[6:12]}", 1280, 900)
    until(panel, lambda: now()["count"] == 20 and any(details(now)))
    expect(panel.locator("#count")).to_have_text("20 photos")
    panel.wait_for_timeout(2500)  # the flights
    mark = panel.locator(".photo-detail")
    until(panel, lambda: tap_a_detail(panel, now()) and mark.is_visible())
    frame, box = panel.locator(".photo-picture").bounding_box(), mark.bounding_box()
    assert frame
    assert box
    assert any(abs(box["width"] / frame["width"] - side) < 0.03 for side in (0.6, 0.4, 0.25))
    expect(panel.locator(".photo-echo")).to_be_visible()
    expect(mark).to_be_hidden()


def tap_a_detail(panel: Page, snapshot: dict[str, Any]) -> bool:
    """Tap a cell of the whole wall, in the upper half, that shows a detail."""
    grid = snapshot["grid"]
    canvas = panel.locator("#wall canvas").bounding_box()
    assert canvas
    side = min(canvas["width"] / grid["columns"], canvas["height"] / grid["rows"])
    shown = base64.b64decode(grid["details"])
    cell = next(cell for cell in range(grid["columns"] * 2, len(shown)) if shown[cell])
    row, column = divmod(cell, grid["columns"])
    left = (canvas["width"] - side * grid["columns"]) / 2
    top = (canvas["height"] - side * grid["rows"]) / 2
    panel.mouse.click(canvas["x"] + left + (column + 0.5) * side, canvas["y"] + top + (row + 0.5) * side)
    return True


def test_a_host_has_whole_photos_only_and_details_again(open_page: Open, event: Event) -> None:
    path, now = event
    desk = open_page(path, 400, 900)
    until(desk, lambda: now()["count"] == 20 and any(details(now)))
    switch = desk.get_by_role("switch", name="Whole photos only")
    for wanted in (True, False):
        switch.set_checked(wanted)
        until(desk, lambda wanted=wanted: any(details(now)) is not wanted)
        expect(switch).to_be_checked(checked=wanted)


def test_each_photo_once_is_shown_and_undone(open_page: Open, event: Event) -> None:
    path, now = event
    desk = open_page(path, 400, 900)
    until(desk, lambda: now()["count"] == 20)
    desk.wait_for_timeout(1100)  # a snapshot may be a second old
    before = now()["grid"]["homes"]  # echoes may get better in between
    desk.get_by_role("button", name="Show each photo once").click()
    until(desk, lambda: is_now(now(), finish="once") and 20 <= cells_of(now()) <= 25)
    desk.get_by_role("button", name="Back to the live wall").click()
    until(desk, lambda: is_now(now(), finish="none") and now()["grid"]["homes"] == before)
    expect(desk.get_by_role("button", name="Show each photo once")).to_be_enabled()


def test_another_picture_takes_the_place_of_the_first_and_a_useless_one_is_told_in_words(
    open_page: Open, event: Event
) -> None:
    path, now = event
    desk = open_page(path, 1280, 900)
    until(desk, lambda: now()["count"] == 20)
    first = now()["target"]
    desk.get_by_role("button", name="Another picture").click()
    desk.get_by_label("Your own picture").set_input_files(flat())
    expect(desk.get_by_text("This picture has a single colour")).to_be_visible()
    assert now()["target"] == first
    desk.get_by_role("button", name="The lighthouse").click()
    until(desk, lambda: now()["target"] != first)
    assert now()["count"] == 20
    expect(desk.get_by_text("This picture has a single colour")).to_have_count(0)


def wide() -> dict[str, Any]:
    return {"name": "wide.jpg", "mimeType": "image/jpeg", "buffer": photo_bytes(3, (1200, 750))}


def test_a_host_chooses_a_portrait_picture_and_it_fills_a_narrow_panel(open_page: Open) -> None:
    page = open_page("/start", 1280, 900)
    page.get_by_label("What is the event called?").fill("Narrow")
    shapes = page.get_by_role("group", name="The shape of your picture")
    expect(shapes).to_be_hidden()
    page.locator("#target").set_input_files(wide())
    expect(shapes.get_by_label("As it is")).to_be_checked()
    shapes.get_by_label("Portrait, for narrow panels").check()
    page.get_by_role("button", name="Create the wall").click()
    expect(page.get_by_text("Narrow is ready")).to_be_visible()
    address = page.get_by_role("link", name="Open the wall").get_attribute("href") or ""
    with Caller(int(page.url.split(":")[2].split("/")[0])) as caller:
        join(caller, address.rsplit("/", 1)[1])
        send(caller, photo_bytes(5, (320, 240)), "Ada", "A line")
        until(page, lambda: caller.get("/api/wall")["count"] == 1)
        grid = caller.get("/api/wall")["grid"]
    panel = open_page(address[address.index("/e/") :], 280, 700)
    expect(panel.locator("#count")).to_have_text("1 photo")
    between = panel.locator("#wall").bounding_box()
    assert between is not None
    assert 280 / grid["columns"] * grid["rows"] >= 0.6 * between["height"]


def test_the_shape_is_asked_for_while_ones_own_picture_is_chosen(open_page: Open) -> None:
    page = open_page("/start", 1280, 900)
    page.locator("#target").set_input_files(wide())
    shapes = page.get_by_role("group", name="The shape of your picture")
    expect(shapes).to_be_visible()
    page.locator("input[name=target_name]").first.check()
    expect(shapes).to_be_hidden()


def test_at_the_desk_the_shape_is_asked_for_until_somebody_has_a_place(
    open_page: Open, server: Server
) -> None:
    with gather(server) as gathering:
        desk = open_page(f"/host/{gathering.code}", 1280, 900, **gathering.as_host())
        desk.get_by_role("button", name="Another picture").click()
        desk.locator(".making input[type=file]").set_input_files(wide())
        desk.get_by_label("Portrait, for narrow panels").check()
        desk.get_by_role("button", name="Take this picture").click()
        until(desk, lambda: is_upright(gathering))
        gathering.add("Ada")
        expect(desk.locator("dl.counts div", has_text="on the wall").locator("dd").first).to_have_text("1")
        desk.get_by_role("button", name="Another picture").click()
        desk.locator(".making input[type=file]").set_input_files(wide())
        until(desk, lambda: not is_upright(gathering))
        expect(desk.get_by_role("button", name="Take this picture")).to_be_hidden()


def is_upright(gathering: Gathering) -> bool:
    grid = gathering.host.get("/api/wall")["grid"]
    return bool(grid["rows"] > grid["columns"])
