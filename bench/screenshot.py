"""`make screenshot`: a wall put together from 300 painted photos, as docs/screenshot.png shows it.

Runs the service in a folder of its own, lets the demo's people arrive quickly, and takes the picture in Chromium.
"""

import io
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from bench.browser import ARGUMENTS, chromium
from bench.brush import painted
from bench.client import serving
from plugin.operate import demo

PEOPLE = 300
SECONDS = 30.0
WIDTH, HEIGHT = 1200, 750
LARGEST_BYTES = 300_000
OUT = Path(__file__).parent.parent / "docs" / "screenshot.png"


def fill(url: str) -> str:
    """Let everybody arrive and wait until all have their home. Returns the join code."""
    with tempfile.TemporaryDirectory() as folder:
        code = demo.let_arrive(url, PEOPLE, SECONDS, None, paint(Path(folder)))
    watcher = demo.Visitor(url)
    watcher.token = watcher.post("/api/join", {"code": code})["token"]
    deadline = time.monotonic() + 120
    while watcher.get("/api/wall")["count"] < PEOPLE:
        if time.monotonic() > deadline:
            raise TimeoutError("not everybody was placed within two minutes")
        time.sleep(0.5)
    return code


def paint(folder: Path) -> list[Path]:
    """A photo for each person, as files."""
    paths = [folder / f"{number}.jpg" for number in range(PEOPLE)]
    for path, pixels in zip(paths, painted(PEOPLE), strict=True):
        Image.fromarray(pixels).save(path, quality=90)
    return paths


def take(url: str, code: str) -> Image.Image:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark", reduced_motion="reduce"
        )
        page.goto(f"{url}/e/{code}")
        page.wait_for_timeout(4000)
        picture = page.screenshot()
        browser.close()
    return Image.open(io.BytesIO(picture)).convert("RGB")


def save_small(image: Image.Image, path: Path) -> int:
    """With fewer colours, and smaller until it is light enough for a page. Returns its bytes."""
    while True:
        stream = io.BytesIO()
        image.quantize(192, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
        if stream.tell() <= LARGEST_BYTES:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(stream.getvalue())
            return stream.tell()
        image = image.resize((image.width * 9 // 10, image.height * 9 // 10), Image.Resampling.LANCZOS)


def main() -> None:
    with serving() as server:
        url = f"http://127.0.0.1:{server.port}"
        image = take(url, fill(url))
    print(f"{OUT}: {save_small(image, OUT)} bytes")


if __name__ == "__main__":
    main()
