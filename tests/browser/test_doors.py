"""Many pages of one browser, and a service below a path of its host."""

import os
import signal
import sqlite3
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from bench.client import Caller, Server, join, send
from bench.processes import processes
from tests.browser.conftest import PATIENCE_MILLISECONDS
from tests.factories import Service, photo_bytes
from tests.test_live import place
from tests.test_proxies import PATH, below, door  # noqa: F401 - fixtures

pytestmark = pytest.mark.browser

PAGES = 8


def test_eight_pages_of_one_browser_all_load_and_all_hear_of_a_photo(
    browser: Browser, server: Server, address: str, code: str
) -> None:
    context = browser.new_context(viewport={"width": 400, "height": 800})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    streams: list[str] = []
    pages = []
    for _ in range(PAGES):
        page = context.new_page()
        page.on(
            "request", lambda request: streams.append(request.url) if "/api/live" in request.url else None
        )
        page.goto(f"{address}/e/{code}")
        pages.append(page)
    for page in pages:
        page.wait_for_selector("#room[data-state=ready]")
    with Caller(server.port) as caller:
        join(caller, code)
        send(caller, photo_bytes(1), "Ada", "I bake bread")
    for page in pages:
        page.wait_for_selector("#count:not([hidden])")
    # Two; and on a busy machine, where pages answer each other too late, one or two more: fewer than connections.
    assert 1 <= len(streams) <= 4
    context.close()


def test_where_workers_stand_still_everybody_is_told_that_placing_is_delayed(
    browser: Browser, server: Server, address: str, code: str
) -> None:
    page = browser.new_context(viewport={"width": 280, "height": 700}).new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    page.goto(f"{address}/e/{code}")
    page.wait_for_selector("#room[data-state=ready]")
    told = page.get_by_text("New photos are safe; placing them is delayed.")
    workers = [each.pid for each in processes(server.process.pid) if each.kind == "prepare"]
    try:
        for worker in workers:
            os.kill(worker, signal.SIGSTOP)
        with Caller(server.port) as caller:
            join(caller, code)
            photo = send(caller, photo_bytes(1), "Ada", "I bake bread")
        with closing(sqlite3.connect(server.data / "mosaic.sqlite3", timeout=30)) as rows, rows:
            rows.execute("UPDATE photos SET touched_at = touched_at - 60 WHERE id = ?", (photo,))
        told.wait_for()
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)
    page.wait_for_selector("#count:not([hidden])")
    told.wait_for(state="hidden")


def test_a_place_that_is_free_again_goes_to_a_page_that_waits(
    browser: Browser, address: str, code: str
) -> None:
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(f"{address}/e/{code}")
        page.wait_for_selector("#room[data-state=ready]")
    first.close()
    third = context.new_page()
    with third.expect_request(lambda request: "/api/live" in request.url):
        third.goto(f"{address}/e/{code}")
    context.close()


def test_a_panel_below_a_path_asks_for_nothing_outside_it(
    browser: Browser,
    below: Service,  # noqa: F811
    door: int,  # noqa: F811
) -> None:
    event = below.open_event()
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MILLISECONDS)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(f"http://127.0.0.1:{door}{PATH}/e/{event.code}")
    page.wait_for_selector("#room[data-state=ready]")
    photo_id = place(event, 1)
    page.wait_for_selector("#count:not([hidden])")
    page.locator("#go-people").click()
    page.get_by_text("I bake bread").click()
    page.wait_for_selector("img[src*='/media/photos/']", state="attached")
    assert photo_id
    assert any("/media/" in path for path in asked)
    assert [path for path in asked if not path.startswith(f"{PATH}/")] == []
    page.close()
