"""The stage, and the wall in a narrow panel: what moves by itself, and what never shows."""

import json
import secrets
from typing import Any

import pytest
from playwright.sync_api import expect

from bench.client import Caller, Server, join, multipart
from tests.browser.conftest import PATIENCE_MILLISECONDS, Open, until
from tests.browser.gathering import blues
from tests.factories import COLOURS, photo_bytes

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@pytest.fixture
def opened(server: Server) -> dict[str, Any]:
    """An event with three people on its wall: one agreed to be named on the stage, one said nothing, one said no."""
    with Caller(server.port) as caller:
        body, content_type = multipart({"name": "Spring Summit"}, {"target": blues()})
        found: dict[str, Any] = json.loads(caller.call("POST", "/api/events", body, content_type))
        for number, choice in enumerate(({"stage": "named"}, {}, {"stage": "no"})):
            join(caller, found["code"])
            fields = {"name": f"Person {number}", "story": f"Story number {number}"} | choice
            body, content_type = multipart(fields, {"photo": photo_bytes(number, (320, 240))})
            caller.call("POST", "/api/photos", body, content_type, Idempotency_Key=f"{number:032}")
    return found


def as_host(server: Server, opened: dict[str, Any], path: str, wish: dict[str, Any]) -> None:
    with Caller(server.port) as caller:
        key = opened["host_url"].split("#")[1]
        caller.token = caller.post("/api/join", {"code": opened["code"], "host_key": key})["token"]
        caller.post(path, wish)


def start_break(server: Server, opened: dict[str, Any]) -> None:
    as_host(server, opened, "/api/host/break", {"minutes": 10})


def test_who_agreed_comes_forward_and_nobody_else_is_named(
    open_page: Open, opened: dict[str, Any], server: Server
) -> None:
    stage = open_page(f"/e/{opened['code']}?stage=1", 1280, 720)
    expect(stage.locator("#newest")).to_contain_text("Story number 0")
    expect(stage.locator("#newest")).to_contain_text("Person 0")
    text = stage.content()
    assert "Story number 1" not in text
    assert "Story number 2" not in text
    expect(stage.locator("#break")).to_be_hidden()
    start_break(server, opened)
    expect(stage.locator("#break .minutes")).to_have_text("10 min left")
    expect(stage.locator("#break .todo")).to_be_visible()
    code, frame = stage.locator(".stage-code").bounding_box(), stage.viewport_size
    assert code
    assert frame
    assert code["height"] > 30
    assert code["y"] + code["height"] <= frame["height"]


@pytest.mark.parametrize(("width", "height"), [(792, 382), (994, 678), (1920, 1080)])
def test_the_way_in_stays_in_sight_during_a_break(
    open_page: Open, opened: dict[str, Any], server: Server, width: int, height: int
) -> None:
    start_break(server, opened)
    stage = open_page(f"/e/{opened['code']}?stage=1", width, height)
    expect(stage.locator("#break .minutes")).to_be_visible()
    for part in ("h1", "#break .minutes", ".qr", ".stage-code"):
        expect(stage.locator(part).first).to_be_in_viewport(ratio=1)


PIXELS_LIKE = """(colour) => {
    const canvas = document.querySelector("#wall canvas")
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
    let found = 0
    for (let at = 0; at < data.length; at += 4)
      if (colour.every((value, part) => Math.abs(value - data[at + part]) < 40)) found++
    return found
  }"""
SINGLE_PHOTOS = """() => performance.getEntriesByType("resource").map(({ name }) => name)
    .filter((name) => name.includes("/media/photos/") && name.endsWith("/128.jpg"))"""


FRAMED = (
    "<body style='margin: 0'><iframe src='{}' style='inline-size: 1920px; block-size: 1080px; border: 0'>"
)


def add(caller: Caller, code: str, colour: str, stage: str) -> None:
    join(caller, code)
    fields = {"name": colour, "story": f"My {colour} one", "stage": stage}
    body, content_type = multipart(fields, {"photo": photo_bytes(colour, (320, 240))})
    caller.call("POST", "/api/photos", body, content_type, Idempotency_Key=secrets.token_hex(16))


def test_a_large_stage_shows_a_small_wall_sharply_and_nobody_who_said_no(
    open_page: Open, server: Server
) -> None:
    """From the single photos: there are no tiles for a stage, and its overview is too coarse for such a screen."""
    with Caller(server.port) as anna, Caller(server.port) as ben, Caller(server.port) as cleo:
        body, content_type = multipart({"name": "Spring Summit"}, {"target": blues()})
        code = json.loads(anna.call("POST", "/api/events", body, content_type))["code"]
        add(anna, code, "red", "photo")
        stage = open_page(f"/e/{code}?stage=1", 1920, 1080)
        add(ben, code, "green", "photo")  # some were here before, some come while it is looked at
        add(cleo, code, "blue", "no")
        until(stage, lambda: len(stage.evaluate(SINGLE_PHOTOS)) == 2)
        until(stage, lambda: stage.evaluate(PIXELS_LIKE, COLOURS["green"]) > 1000)
        until(stage, lambda: cleo.get("/api/me")["photos"][0]["state"] == "placed")
        assert stage.evaluate(PIXELS_LIKE, COLOURS["blue"]) == 0
        ben.call("PATCH", "/api/me", b'{"stage": "no"}', "application/json")
        until(stage, lambda: stage.evaluate(PIXELS_LIKE, COLOURS["green"]) == 0)
        assert stage.evaluate(PIXELS_LIKE, COLOURS["red"]) > 1000
        assert len(stage.evaluate(SINGLE_PHOTOS)) == 2
        # In a client everybody has a stage of their own, in a frame: the overview is enough, as it is for small ones.
        host = open_page(f"/e/{code}", 1920, 1080)
        framed = FRAMED.format(f"/e/{code}?stage=1")
        host.route("**/client", lambda route: route.fulfill(body=framed, content_type="text/html"))
        host.goto(f"http://127.0.0.1:{server.port}/client")
        until(host, lambda: len(host.frames) == 2 and host.frames[1].locator("#wall canvas").count() == 1)
        small = open_page(f"/e/{code}?stage=1", 994, 678)
        for each in (host.frames[1], small):
            until(small, lambda each=each: each.evaluate(PIXELS_LIKE, COLOURS["red"]) > 1000)  # type: ignore[misc]
        small.wait_for_timeout(1500)  # they would have been asked for by now
        assert [each.evaluate(SINGLE_PHOTOS) for each in (host.frames[1], small)] == [[], []]


def test_a_large_stage_is_as_sharp_after_the_reveal(open_page: Open, server: Server) -> None:
    """Many cells are no reason for the coarse overview, as long as few people are in them."""
    with Caller(server.port) as anna, Caller(server.port) as ben:
        body, content_type = multipart({"name": "Spring Summit"}, {"target": blues()})
        opened = json.loads(anna.call("POST", "/api/events", body, content_type))
        code = opened["code"]
        add(anna, code, "red", "photo")
        add(ben, code, "green", "photo")
        watching = open_page(f"/e/{code}?stage=1", 1920, 1080)
        until(watching, lambda: len(watching.evaluate(SINGLE_PHOTOS)) == 2)
        as_host(server, opened, "/api/host/reveal", {"revealed": True, "notice": 0})
        until(watching, lambda: len(anna.get("/api/wall")["grid"]["details"]) > 4000)  # more than 3,000 cells
        late = open_page(f"/e/{code}?stage=1", 1920, 1080)
        until(late, lambda: len(late.evaluate(SINGLE_PHOTOS)) == 2)
        for stage in (watching, late):
            until(stage, lambda stage=stage: stage.evaluate(PIXELS_LIKE, COLOURS["green"]) > 1000)  # type: ignore[misc]
        ben.call("PATCH", "/api/me", b'{"stage": "no"}', "application/json")
        for stage in (watching, late):
            until(stage, lambda stage=stage: stage.evaluate(PIXELS_LIKE, COLOURS["green"]) == 0)  # type: ignore[misc]
            assert stage.evaluate(PIXELS_LIKE, COLOURS["red"]) > 1000


def test_a_narrow_panel_fills_with_the_wall_and_one_tap_shows_all_of_it(
    open_page: Open, opened: dict[str, Any]
) -> None:
    page = open_page(f"/e/{opened['code']}", 280, 700)
    shows_all = page.get_by_role("button", name="Show the whole picture")
    expect(shows_all).to_be_visible()  # the wall is not whole any more
    until(page, lambda: covered(page) > 0.6)
    shows_all.click()
    expect(shows_all).to_be_hidden()


def test_where_motion_is_not_wanted_the_wall_stays_whole(open_page: Open, opened: dict[str, Any]) -> None:
    page = open_page(f"/e/{opened['code']}", 280, 700, reduced_motion="reduce")
    expect(page.locator("#count")).to_have_text("3 photos")
    page.wait_for_timeout(6000)
    expect(page.get_by_role("button", name="Show the whole picture")).to_be_hidden()


def covered(page: Any) -> float:
    """How much of a column in the middle of the canvas is wall: its pixels are opaque there."""
    return float(
        page.evaluate(
            """() => {
              const canvas = document.querySelector("#wall canvas")
              const x = Math.floor(canvas.width / 2)
              const { data } = canvas.getContext("2d").getImageData(x, 0, 1, canvas.height)
              let opaque = 0
              for (let at = 3; at < data.length; at += 4) if (data[at] > 250) opaque++
              return opaque / canvas.height
            }"""
        )
    )
