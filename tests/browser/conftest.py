"""The whole service, as `mosaic run` starts it, and Debian's Chromium."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route
from redis import Redis

from bench.browser import ARGUMENTS, chromium
from bench.client import Server, open_event, serving
from tests.browser.gathering import blues
from tests.fake_zoom.server import FakeZoom

PATIENCE_MILLISECONDS = 120_000  # for a busy machine; what is expected comes in a second or two
OVERFLOWS = "field => field.scrollWidth > field.clientWidth || field.scrollHeight > field.clientHeight"

# A page that moves draws sixty times a second, by processor alone: a third of a core for each one that is open.
FEW_FRAMES = """
(() => {
  const [ask, cancel] = [requestAnimationFrame, cancelAnimationFrame].map((each) => each.bind(window))
  const asked = new Map()
  let last = 0
  window.requestAnimationFrame = (draw) => {
    const id = ++last
    const timer = setTimeout(() => {
      const frame = ask((now) => asked.delete(id) && draw(now))
      asked.set(id, () => cancel(frame))
    }, 300)
    asked.set(id, () => clearTimeout(timer))
    return id
  }
  window.cancelAnimationFrame = (id) => {
    asked.get(id)?.()
    asked.delete(id)
  }
})()
"""

# One process cleans photos, as if there were one core: several are started at the same time here.
SMALL = ("--workers", "1", "--web", "1")

Open = Callable[..., Page]


@pytest.fixture(scope="session", autouse=True)
def few_frames() -> Iterator[None]:
    """Every page of these tests draws some three times a second, as on a slow machine."""
    make = Browser.new_context

    def made(browser: Browser, **options: Any) -> BrowserContext:
        context = make(browser, **options)
        context.add_init_script(FEW_FRAMES)
        return context

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Browser, "new_context", made)
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": chromium(), "args": ARGUMENTS}


@pytest.fixture(scope="session")
def web_server() -> Iterator[Server]:
    with serving(SMALL) as server:
        yield server


@pytest.fixture(scope="module")
def server(web_server: Server) -> Server:
    """One for all files that do not ask for another."""
    forget_limits(web_server)
    return web_server


@pytest.fixture(scope="session")
def zoom() -> Iterator[FakeZoom]:
    with FakeZoom() as zoom:
        yield zoom


@pytest.fixture(scope="session")
def zoom_server(zoom: FakeZoom) -> Iterator[Server]:
    """The service with the credentials of every platform that has some."""
    with serving(SMALL, zoom.environ) as server:
        yield server


def forget_limits(server: Server) -> None:
    """All the files together open more events from this one address than an hour allows."""
    with Redis.from_url(server.redis_url) as redis:
        for counter in redis.scan_iter("LIMITS*"):
            redis.delete(counter)


@pytest.fixture
def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}"


@pytest.fixture
def code(server: Server) -> str:
    """The join code of a new event."""
    return open_event(server.port, blues())


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Open a page as a new person, in a browser of their own; an error on the page fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opened(path: str, width: int = 400, height: int = 800, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: note_error(errors, message))
        page.goto(f"{address}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def slowly(route: Route) -> None:
    """Let an answer take its time, as on a busy network."""
    time.sleep(0.7)
    route.continue_()


def until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait for what no locator can tell, such as what the service holds or the canvas shows."""
    for _ in range(PATIENCE_MILLISECONDS // 200):
        if is_so():
            return
        page.wait_for_timeout(200)
    raise AssertionError("it did not come to that")


def note_error(errors: list[str], message: Any) -> None:
    # What Chromium itself says about an answer of 4xx is not an error of the page.
    if message.type == "error" and "Failed to load resource" not in message.text:
        errors.append(message.text)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pictures")
