"""The finished wall as a print file: PNG, JPEG or PDF at 300 dots per inch. Pure but for the file it writes.

A poster can be larger than memory, so it is drawn in bands of one row of cells, and libvips, which works on
streams, compresses each band as it comes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyvips
from numpy.typing import NDArray
from PIL import Image

from worker.pictures.canvas import blend
from worker.pictures.color import Pixels
from worker.pictures.details import WHOLE
from worker.pictures.thumbs import ThumbStore
from worker.prints.sheet import Legend, Sheet, footer, on_sheet
from worker.prints.wholefile import appearing_whole

Format = Literal["png", "jpeg", "pdf"]
Progress = Callable[[float], None]


@dataclass(frozen=True)
class FinishedWall:
    """A wall to be printed.

    `shown`, `tints` and `details` are (columns * rows,), as on a Canvas; `target` is (height, width, 3). A cell with
    photo id 0 shows the target itself, so that people who did not agree to be in a print leave no hole.
    """

    columns: int
    rows: int
    shown: NDArray[np.uint32]
    tints: NDArray[np.uint8]
    target: Pixels
    details: NDArray[np.uint8] | None = None  # None: whole photos everywhere

    def detail(self, cell: int) -> int:
        return WHOLE if self.details is None else int(self.details[cell])


DPI = 300
NO_LEGEND = Legend()
FEWEST_CELL_PX, MOST_CELL_PX = 100, 600
LONGEST_PX: dict[Format, int] = {
    "png": 65_000,  # what common viewers open
    "jpeg": 65_000,  # the format ends at 65,535
    "pdf": 60_000,  # a page ends at 200 inches
}
THUMB_SIZES = (64, 128, 512)
MASTER_PX = 1024
PIECE_BYTES = 1 << 20  # handed over at once; blocks as large as a band would scatter the heap
JPEG_QUALITY = 90
PNG_COMPRESSION = 3  # half the time of 6, for the same size: photos hardly compress


class PosterTooLarge(ValueError):  # noqa: N818 - a fact about the wish, in words for a host
    """The poster would be larger than its format can hold. `cell_px` is the largest that fits, 0 if none does."""

    def __init__(self, form: Format, columns: int, rows: int) -> None:
        fits = LONGEST_PX[form] // max(columns, rows)
        self.cell_px = fits if fits >= FEWEST_CELL_PX else 0
        advice = f"choose cells of at most {fits} px" if self.cell_px else "choose a smaller wall"
        super().__init__(
            f"A {form.upper()} of {columns} x {rows} cells would be too large at this size: {advice}."
        )


def rendition_for(cell_px: int) -> int:
    """Which file a cell of this width is drawn from: the thumb of 64, 128 or 512 px, or 1024, the master."""
    return next((size for size in THUMB_SIZES if size >= cell_px), MASTER_PX)


def check_poster(form: Format, columns: int, rows: int, cell_px: int) -> None:
    """Raises ValueError with words for a host, or PosterTooLarge, when such a poster cannot be made."""
    if form not in LONGEST_PX:
        raise ValueError("A poster is a PNG, a JPEG or a PDF.")
    if not FEWEST_CELL_PX <= cell_px <= MOST_CELL_PX:
        raise ValueError(f"A cell of a poster is {FEWEST_CELL_PX} to {MOST_CELL_PX} px wide.")
    if max(columns, rows) * cell_px > LONGEST_PX[form]:
        raise PosterTooLarge(form, columns, rows)


def render_poster(
    path: Path,
    form: Format,
    wall: FinishedWall,
    thumbs: ThumbStore,
    cell_px: int,
    progress: Progress = lambda share: None,
    sheet: Sheet | None = None,
    legend: Legend = NO_LEGEND,
) -> None:
    """Write the wall to `path`, `columns * cell_px` x `rows * cell_px` px, or in the middle of a sheet of paper with
    a legend beneath; the file appears when it is whole.

    `thumbs` must give squares of `cell_px`: a ThumbCache whose `load` reads `rendition_for(cell_px)`. `progress`
    hears the share that is done, 0 to 1; what it raises ends the work. Memory: a few bands, whatever the
    poster's size. Raises ValueError as `check_poster` does, OSError when the file cannot be written.
    """
    if sheet is None:
        check_poster(form, wall.columns, wall.rows, cell_px)
        width, height = wall.columns * cell_px, wall.rows * cell_px
        pieces = bands(wall, thumbs, cell_px, progress)
    else:
        width, height = sheet.width, sheet.height
        beneath = footer(sheet, legend) if legend else None
        pieces = on_sheet(sheet, bands(wall, thumbs, sheet.cell_px, progress), beneath)
    feeder = _Feeder(_as_png(width, height, pieces))
    with appearing_whole(path) as part:
        feeder.save(part, "png" if form == "png" else "jpeg")
        if form == "pdf":
            _wrap_in_pdf(part, width, height)
    progress(1.0)


def bands(
    wall: FinishedWall, thumbs: ThumbStore, px: int, progress: Progress = lambda share: None
) -> Iterator[Pixels]:
    """The wall as one row of cells after the other, each (px, columns * px, 3): always the same array."""
    target = Image.fromarray(wall.target)
    band = np.empty((px, wall.columns, px, 3), np.uint8)
    for row in range(wall.rows):
        progress(row / wall.rows)
        for column in range(wall.columns):
            band[:, column] = _cell(wall, target, thumbs, column, row, px)
        yield band.reshape(px, wall.columns * px, 3)


def _cell(
    wall: FinishedWall, target: Image.Image, thumbs: ThumbStore, column: int, row: int, px: int
) -> Pixels:
    cell = row * wall.columns + column
    photo, tint = int(wall.shown[cell]), wall.tints[cell : cell + 1]
    square = thumbs(photo, px, wall.detail(cell)) if photo else None
    if square is not None and not tint[0]:
        return square
    wide, high = target.width / wall.columns, target.height / wall.rows
    box = (column * wide, row * high, (column + 1) * wide, (row + 1) * high)
    under = np.asarray(target.resize((px, px), Image.Resampling.BICUBIC, box=box))
    return under if square is None else blend(square[None], under[None], tint)[0]


def _as_png(width: int, height: int, bands: Iterator[Pixels]) -> Iterator[bytes]:
    """The bands as an uncompressed PNG: the simplest format that libvips reads as a stream.

    https://www.w3.org/TR/png-3/#5DataRep: signature, IHDR, IDAT (one zlib stream), IEND.
    """
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    yield b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)
    stored = zlib.compressobj(0)
    at_once = max(1, PIECE_BYTES // (1 + width * 3))
    for band in bands:
        for first in range(0, len(band), at_once):
            part = band[first : first + at_once].reshape(-1, width * 3)
            lines = np.zeros((len(part), 1 + width * 3), np.uint8)  # a line begins with its filter: 0, none
            lines[:, 1:] = part
            yield _chunk(b"IDAT", stored.compress(lines.tobytes()))
    yield _chunk(b"IDAT", stored.flush()) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


class _Feeder:
    """Hands a stream of bytes to libvips as it asks for them, and keeps what goes wrong on our side.

    libvips calls from C, where an exception would only be printed.
    """

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")
        self._failure: BaseException | None = None

    def save(self, path: Path, form: Literal["png", "jpeg"]) -> None:
        """Write the stream as a picture in sRGB with its print size. Raises what the stream raised."""
        source = pyvips.SourceCustom()
        source.on_read(self._read)
        per_mm = DPI / 25.4
        try:
            image = pyvips.Image.new_from_source(source, "", access="sequential", fail_on="truncated")
            image = image.copy(xres=per_mm, yres=per_mm)
            if form == "png":
                image.pngsave(str(path), compression=PNG_COMPRESSION, profile="srgb")
            else:
                image.jpegsave(str(path), Q=JPEG_QUALITY, subsample_mode="off", profile="srgb")
        except pyvips.Error as error:
            raise self._failure or OSError(f"the poster could not be written: {error}") from error
        if self._failure:
            raise self._failure

    def _read(self, size: int) -> bytes:
        if not self._rest:
            self._rest = memoryview(self._next())
        piece, self._rest = bytes(self._rest[:size]), self._rest[size:]
        return piece

    def _next(self) -> bytes:
        """The next piece; nothing at the end, and nothing when it failed: to libvips the stream is cut off."""
        try:
            return next(self._pieces, b"")
        except BaseException as failure:
            self._failure = failure
            return b""


def _wrap_in_pdf(path: Path, width: int, height: int) -> None:
    """Turn a JPEG file into a PDF of one page of its print size that holds the JPEG as it is."""
    import pikepdf

    with pikepdf.new() as pdf:
        wide, high = width * 72 / DPI, height * 72 / DPI
        page = pdf.add_blank_page(page_size=(wide, high))
        picture = pikepdf.Stream(pdf, path.read_bytes())
        picture.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=width,
            Height=height,
            ColorSpace=pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=pikepdf.Name.DCTDecode,
        )
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Wall=picture))
        page.Contents = pikepdf.Stream(pdf, f"q {wide:.3f} 0 0 {high:.3f} 0 0 cm /Wall Do Q".encode())
        pdf.save(path, deterministic_id=True)
