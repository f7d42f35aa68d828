"""`make film`: what the README opens with, all of painted photos: docs/film.webp, docs/panel.png and docs/stage.png.

The film is a wall as its panels draw it, from 3 to 300 photos and its reveal; beside it stills of the panel at 280 px
and of the stage. The browser's clock stands still between two pictures, so that the film is as smooth as the wall,
however slow the machine is that makes it.
"""

import io
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from bench.browser import ARGUMENTS, chromium
from bench.brush import painted
from bench.client import Caller, join, multipart, send, serving
from plugin.operate.cast import cast

DOCS = Path(__file__).parent.parent / "docs"
TARGET = "balloons"
STEPS = (3, 6, 10, 16, 24, 36, 55, 80, 115, 160, 220, 300)
SENDERS = 4
WAIT_SECONDS = 240.0

WIDTH, HEIGHT = 640, 400
AROUND = 147  # px above and below the wall
LARGEST_BYTES = 1_450_000
LARGEST_STILL_BYTES = 300_000
FRAME_MS = 100
LANDING_FRAMES = 4  # of each step: photos fly to their homes
REVEAL_FRAMES = 26
PICTURES_MS = 150  # of real time, in which what a picture asks for comes
NEWS_MS = 20
HELD_MS = 500  # after a step
FIRST_MS, LAST_MS = 900, 3000
QUALITIES = (60, 48, 38, 30, 22, 14)
STILLS = {"panel": (280, 700), "stage": (1280, 720)}
FILLED_MS = 12_000  # a narrow panel is whole at first; then the wall fills its height

Frames = list[tuple[Image.Image, int]]  # and for how many milliseconds each is seen


class Gathering:
    """An event of painted people, who come when they are called."""

    def __init__(self, port: int, photos: Sequence[bytes]) -> None:
        self._port, self._photos = port, photos
        self._cast = cast(len(photos), random.Random(7))
        fields = {"name": "Coffee break", "target_name": TARGET, "prompt": "What is on your desk?"}
        with Caller(port) as caller:
            opened = json.loads(caller.call("POST", "/api/events", *multipart(fields, {})))
            self.code = str(opened["code"])
            self.host_key = str(opened["host_url"]).partition("#")[2]
            join(caller, self.code)
            self._watcher = caller.token

    def come(self, first: int, last: int) -> None:
        """Let these people send their photos, and wait until all are on the wall."""
        numbers = list(range(first, last))
        threads = [
            threading.Thread(target=self._send, args=(numbers[part::SENDERS],)) for part in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._wait_until("count", last)

    def reveal(self) -> None:
        with Caller(self._port) as caller:
            body = {"code": self.code, "host_key": self.host_key}
            caller.token = caller.post("/api/join", body)["token"]
            caller.post("/api/host/reveal", {"revealed": True, "notice": 0})
        self._wait_until("revealed", True)

    def _send(self, numbers: Sequence[int]) -> None:
        with Caller(self._port) as caller:
            for number in numbers:
                name, story = self._cast[number]
                join(caller, self.code)
                send(caller, self._photos[number], name, story)

    def _wait_until(self, name: str, value: object) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        with Caller(self._port, self._watcher) as caller:
            while caller.get("/api/wall")[name] != value:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the wall's {name} did not become {value}")
                time.sleep(0.2)


def painted_photos(count: int) -> list[bytes]:
    """So many painted photos, as files."""
    files = []
    for pixels in painted(count):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "JPEG", quality=90)
        files.append(stream.getvalue())
    return files


@contextmanager
def open_page(browser: Browser, url: str, size: tuple[int, int], **options: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **options)  # type: ignore[arg-type]
    try:
        page.goto(url)
        yield page
    finally:
        page.close()


def film(browser: Browser, url: str, gathering: Gathering) -> Frames:
    """The wall from its first photos to its reveal."""
    frames: Frames = []
    gathering.come(0, STEPS[0])
    with open_page(browser, f"{url}/e/{gathering.code}", (WIDTH, HEIGHT + AROUND)) as page:
        page.locator(".wall canvas").first.wait_for()
        _settle(page)
        page.clock.install()
        page.clock.pause_at(time.time() + 3600)
        _run(page, frames, 1, FIRST_MS)
        for before, now in pairwise(STEPS):
            gathering.come(before, now)
            _wait_for_news(page, now)
            _run(page, frames, LANDING_FRAMES, HELD_MS)
        gathering.reveal()
        page.wait_for_timeout(10 * PICTURES_MS)
        _run(page, frames, REVEAL_FRAMES, LAST_MS)
    return frames


def _run(page: Page, frames: Frames, count: int, held_ms: int) -> None:
    """Film so many pictures of the wall, a tenth of a second from one to the next; the last is held."""
    for number in range(count):
        page.clock.run_for(FRAME_MS)
        page.wait_for_timeout(PICTURES_MS)
        picture = page.locator(".wall canvas").first.screenshot()
        image = Image.open(io.BytesIO(picture)).convert("RGB")
        frames.append((image, held_ms if number == count - 1 else FRAME_MS))


def _wait_for_news(page: Page, count: int) -> None:
    """Let as little time go by on the page as it takes to hear that so many are on the wall."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not page.get_by_text(f"{count} photos").first.is_visible():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the page did not hear of {count} photos")
        page.clock.run_for(NEWS_MS)
        page.wait_for_timeout(PICTURES_MS)


def _settle(page: Page) -> None:
    page.wait_for_timeout(3000)


def save_film(frames: Frames, path: Path) -> int:
    """As an animated WebP, as good as fits into LARGEST_BYTES. Returns its bytes."""
    width = min(WIDTH, frames[0][0].width)
    height = round(frames[0][0].height * width / frames[0][0].width)
    images = [image.resize((width, height), Image.Resampling.LANCZOS) for image, _ in frames]
    for quality in QUALITIES:
        stream = io.BytesIO()
        images[0].save(
            stream,
            "WEBP",
            save_all=True,
            append_images=images[1:],
            duration=[shown for _, shown in frames],
            loop=0,
            quality=quality,
            method=4,
        )
        if stream.tell() <= LARGEST_BYTES:
            break
    path.write_bytes(stream.getvalue())
    return stream.tell()


def stills(browser: Browser, url: str, code: str) -> None:
    """The panel as narrow as it gets, and the stage."""
    for name, size in STILLS.items():
        address = f"{url}/e/{code}" + ("?stage=1" if name == "stage" else "")
        with open_page(browser, address, size, color_scheme="dark") as page:
            page.wait_for_timeout(FILLED_MS)
            image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        path = DOCS / f"{name}.png"
        print(f"{path.name}: {image.width} x {image.height}, {save_small(image, path):,} bytes")


def save_small(image: Image.Image, path: Path) -> int:
    """With fewer colours, and smaller until it is light enough for a page. Returns its bytes."""
    while True:
        stream = io.BytesIO()
        image.quantize(192, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
        if stream.tell() <= LARGEST_STILL_BYTES:
            path.write_bytes(stream.getvalue())
            return stream.tell()
        image = image.resize((image.width * 9 // 10, image.height * 9 // 10), Image.Resampling.LANCZOS)


def main() -> None:
    settings = {"MOSAIC_BASE_URL": "https://mosaic.example.com"}  # what the stage shows
    with serving(settings=settings) as server, sync_playwright() as playwright:
        url = f"http://127.0.0.1:{server.port}"
        gathering = Gathering(server.port, painted_photos(STEPS[-1]))
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        frames = film(browser, url, gathering)
        stills(browser, url, gathering.code)
        browser.close()
    path = DOCS / "film.webp"
    print(f"{path.name}: {len(frames)} pictures, {save_film(frames, path):,} bytes")


if __name__ == "__main__":
    main()
