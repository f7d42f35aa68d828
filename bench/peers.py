"""Other programs, run beside ours on the same photos and targets, where they are installed.

metapixel   Debian package of that name, on PATH
phomo       PyPI; wants an older Pillow than ours, so it is looked for in the virtual environment `<ours>-peers`, in
            that which PHOMO names, and on PATH
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

from bench.score import Pixels
from worker.pictures.details import box_px
from worker.placement.rules import Grid

_LIMIT = 900  # seconds; a peer that takes longer is left out


@dataclass(frozen=True)
class Result:
    """A peer's picture and the wall-clock seconds it took."""

    picture: Pixels
    seconds: float


class Peers:
    """The peers with one set of photos, prepared once. Use as a context: the files are removed afterwards.

    `kinds`: so many of each photo's details, the whole among them, are in their library.
    """

    def __init__(self, photos: Pixels, kinds: int = 1) -> None:
        self.photos = photos
        self.kinds = kinds
        self.metapixel = shutil.which("metapixel")
        self.phomo = _phomo()

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="peers-"))
        pictures = self.folder / "photos"
        pictures.mkdir()
        for number, photo in enumerate(self.photos):
            for kind in range(self.kinds):
                part = Image.fromarray(photo).crop(tuple(map(round, box_px(kind, photo.shape[0]))))
                part.save(pictures / f"{number:05}-{kind:02}.png")
        if self.metapixel:
            (self.folder / "library").mkdir()
            command = [
                "metapixel-prepare",
                "--width=64",
                "--height=64",
                str(pictures),
                str(self.folder / "library"),
            ]
            subprocess.run(command, check=True, capture_output=True, timeout=_LIMIT)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder)

    def mosaic_metapixel(self, target: Pixels, grid: Grid, *options: str) -> Result | None:
        """metapixel on a grid, every cell any photo; options as --search=local --distance=3."""
        if not self.metapixel:
            return None
        cell = max(8, round(1280 / grid.columns))
        source, result = self._files(target, (grid.columns * cell, grid.rows * cell))
        size = [f"--width={cell}", f"--height={cell}"]
        library = f"--library={self.folder / 'library'}"
        return _run(
            [self.metapixel, library, *size, *options, "--metapixel", str(source), str(result)], result
        )

    def mosaic_phomo(self, target: Pixels, grid: Grid) -> Result | None:
        """phomo on a grid, each photo once."""
        if not self.phomo:
            return None
        cell = max(8, round(1280 / grid.columns))
        width, height = grid.columns * cell, grid.rows * cell
        source, result = self._files(target, (width, height))
        sizes = [
            "-s",
            str(width),
            str(height),
            "-S",
            str(cell),
            str(cell),
            "-c",
            str(width / height),
            "-C",
            "1",
        ]
        return _run([self.phomo, str(source), str(self.folder / "photos"), "-o", str(result), *sizes], result)

    def _files(self, target: Pixels, size: tuple[int, int]) -> tuple[Path, Path]:
        source = self.folder / "target.png"
        Image.fromarray(target).resize(size, Image.Resampling.LANCZOS).save(source)
        result = self.folder / "mosaic.png"
        result.unlink(missing_ok=True)
        return source, result


def _phomo() -> str | None:
    beside = Path(sys.prefix.removesuffix("-bench") + "-peers") / "bin" / "phomo"
    return os.environ.get("PHOMO") or (str(beside) if beside.exists() else shutil.which("phomo"))


def _run(command: list[str], result: Path) -> Result | None:
    began = time.perf_counter()
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_LIMIT)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"{Path(command[0]).name} failed: {error}", file=sys.stderr)
        return None
    seconds = time.perf_counter() - began
    return Result(np.asarray(Image.open(result).convert("RGB")), seconds) if result.exists() else None
