"""How smoothly the wall moves in a browser: growth, reveal, arrivals, zooming and panning.

    python -m bench.frames [--keep]

Draws made walls with the panel's own viewer in a headless Chromium without a graphics card, and prints the time
between frames. Aim: median under 33 ms for growth from 1,000 to 2,000 cells and for a reveal of 10,000. With --keep,
pictures from before, during and after each motion are left in bench/out/frames. Needs `npm ci`.
"""

import argparse
import functools
import http.server
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.browser import ARGUMENTS, chromium
from bench.client import table

ROOT = Path(__file__).parent.parent
OUT = ROOT / "bench" / "out" / "frames"
PAGE = """<!doctype html><title>Frames</title>
<style>body{margin:0;background:#222}div{position:fixed;inset:0}</style>
<div><canvas></canvas></div><script type="module" src="frames.js"></script>"""
SCREENS = ((400, 600, 2), (1280, 800, 1))  # CSS pixels, and device pixels for each
SETTLED = 1000  # milliseconds

# name, wall before (columns, rows, photos), what happens, milliseconds that it takes
MOTIONS: tuple[tuple[str, tuple[int, int, int], str, int], ...] = (
    ("growth 1,000 -> 2,000 cells", (40, 25, 330), "bench.show(57, 35, 340)", 1200),
    ("reveal 1,000 -> 10,000 cells", (40, 25, 330), "bench.show(126, 79, 1000, true)", 2500),
    ("large reveal, 6,200 -> 20,000 cells", (100, 62, 3300), "bench.show(178, 112, 3300, true)", 2500),
    ("forty photos arrive at once", (57, 35, 400), "bench.arrive(40)", 2500),
    (
        "zoom into 40,000 cells",
        (253, 158, 4000),
        "bench.view.flyTo(20000, {cellSize: 90, duration: 1500})",
        1500,
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.frames")
    parser.add_argument("--keep", action="store_true", help="leave pictures in bench/out/frames")
    options = parser.parse_args(arguments)
    from playwright.sync_api import sync_playwright

    with _site() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for width, height, ratio in SCREENS:
            size = {"width": width, "height": height}
            rows = [
                _measure(
                    browser.new_page(viewport=size, device_scale_factor=ratio), address, motion, options.keep
                )
                for motion in MOTIONS
            ]
            title = f"{width} x {height} at {ratio} device pixels, milliseconds between frames"
            table(title, [("", "frames", "median", "p95", "longest"), *rows])
        browser.close()
    return 0


def _measure(
    page: Any, address: str, motion: tuple[str, tuple[int, int, int], str, int], keep: bool
) -> tuple[Any, ...]:
    name, before, happens, milliseconds = motion
    page.goto(address)
    page.wait_for_function("Boolean(globalThis.bench)")
    page.evaluate("([columns, rows, photos]) => bench.show(columns, rows, photos)", list(before))
    page.wait_for_timeout(SETTLED)
    page.evaluate(f"() => {{ {happens} }}")
    gaps = sorted(page.evaluate("(milliseconds) => bench.frames(milliseconds)", milliseconds))
    if keep:
        _keep(page, name, before, happens, milliseconds)
    page.close()
    p95 = gaps[int(len(gaps) * 0.95)]
    return name, len(gaps), f"{statistics.median(gaps):.1f}", f"{p95:.1f}", f"{gaps[-1]:.1f}"


def _keep(page: Any, name: str, before: tuple[int, int, int], happens: str, milliseconds: int) -> None:
    """Taking a picture takes time of its own, so this is a second run, beside the measured one."""
    OUT.mkdir(parents=True, exist_ok=True)
    stem = f"{name.split(' ')[0]}-{page.viewport_size['width']}"
    page.reload()
    page.wait_for_function("Boolean(globalThis.bench)")
    page.evaluate("([columns, rows, photos]) => bench.show(columns, rows, photos)", list(before))
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=OUT / f"{stem}-before.png")
    page.evaluate(f"() => {{ {happens} }}")
    page.wait_for_timeout(milliseconds * 0.4)
    page.screenshot(path=OUT / f"{stem}-during.png")
    page.wait_for_timeout(milliseconds + SETTLED)
    page.screenshot(path=OUT / f"{stem}-after.png")


@contextmanager
def _site() -> Iterator[str]:
    """A page with the viewer, served from a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "index.html").write_text(PAGE)
        bundler = ROOT / "node_modules" / ".bin" / "esbuild"
        source, target = ROOT / "bench" / "frames.js", Path(folder, "frames.js")
        subprocess.run(
            [bundler, source, "--bundle", "--format=esm", f"--outfile={target}", "--log-level=warning"],
            check=True,
        )
        handler = functools.partial(_Quiet, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nobody needs to hear of each file."""


if __name__ == "__main__":
    sys.exit(main())
