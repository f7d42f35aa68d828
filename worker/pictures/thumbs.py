"""Decoded thumbs in memory, at the sizes that the wall is drawn in. Pure: the bytes come from a function."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import numpy as np
from PIL import Image

from worker.pictures.color import Pixels
from worker.pictures.details import SIDE_OF, WHOLE, box_px

NEUTRAL = 128
THUMB_PX = 64
MEMORY_BYTES = (
    576 << 20
)  # what 40,000 cells show, at 64 px, 16 px and overview size: the largest wall, drawn again
SOURCE_BYTES = 16 << 20  # pictures that details were just cut out of: others of the same photo often follow
FILE_PX = (64, 128, 512)  # squares of a photo that there are files of
MASTER_PX = 1024
SHARP_ENOUGH = 1.25  # a square may be enlarged so much
MIDDLE = (0.5, 0.5)
_ENTRY_BYTES = 400  # what Python itself needs for one array, its key and its place in the order


class ThumbStore(Protocol):
    """Gives the square of a photo, or of a detail of it, at a size: (size, size, 3) uint8 RGB, not to be written to."""

    def __call__(self, photo_id: int, size: int, detail: int = WHOLE) -> Pixels: ...


def file_for(px: float) -> int:
    """The smallest file that is sharp enough for a square of so many px: 64, 128, 512, or 1024, the master."""
    return next((size for size in FILE_PX if size * SHARP_ENOUGH >= px), MASTER_PX)


def neutral(size: int) -> Pixels:
    """The grey square that stands for a photo that is not there any more: (size, size, 3)."""
    return np.full((size, size, 3), NEUTRAL, np.uint8)


def decode(data: bytes, size: int, crop: tuple[float, float] = MIDDLE) -> Pixels | None:
    """The square in `data` as (size, size, 3) uint8, or None when the bytes are no picture.

    Our own files only: worker.pictures.photos is the opener for bytes of strangers. Scaling down averages. `crop` says
    where the square lies on a master that is not square: 0 to 1 along each side.
    """
    square = _opened(data, crop)
    return None if square is None else scaled(square, size)


def _opened(data: bytes, crop: tuple[float, float], px: int | None = None) -> Image.Image | None:
    """The square in `data`; `px`: at least so many are wanted, which spares decoding more of a JPEG."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            if px is not None:
                image.draft("RGB", (px, px))
            image.load()
            rgb = image if image.mode == "RGB" else image.convert("RGB")
    except (OSError, SyntaxError, ValueError):
        return None
    return _square(rgb, crop)


def _square(image: Image.Image, crop: tuple[float, float]) -> Image.Image:
    side = min(image.size)
    if image.size == (side, side):
        return image
    left, top = round(crop[0] * (image.width - side)), round(crop[1] * (image.height - side))
    return image.crop((left, top, left + side, top + side))


def scaled(image: Image.Image, size: int) -> Pixels:
    """A square image at `size`: averaged when it gets smaller, smooth when it gets larger."""
    if image.size != (size, size):
        smaller = image.width >= size
        image = image.resize((size, size), Image.Resampling.BOX if smaller else Image.Resampling.BICUBIC)
    return np.asarray(image)


def cut(square: Image.Image, detail: int, size: int) -> Pixels:
    """A detail of a square picture at `size`, like `scaled`."""
    box = box_px(detail, square.width)
    smaller = box[2] - box[0] >= size
    resampling = Image.Resampling.BOX if smaller else Image.Resampling.BICUBIC
    return np.asarray(square.resize((size, size), resampling, box=box))


class ThumbCache:
    """A ThumbStore that keeps what was used last, within `memory` bytes.

    `load(photo_id)` gives the bytes of the 64 px thumb, or of a larger file where larger squares are wanted (then
    `crop(photo_id)` places the square on a master, see `decode`); None, FileNotFoundError or KeyError mean that the
    photo was erased meanwhile, and grey is drawn. Any other error (a bucket that does not answer) goes up,
    so that no wall is drawn grey because of it. Grey is never kept: a thumb that comes back is drawn.

    `larger(photo_id, px)` gives the file, as `file_for` names it, that a detail is cut out of; without it they are cut
    out of what `load` gives.
    """

    def __init__(
        self,
        load: Callable[[int], bytes | None],
        memory: int = MEMORY_BYTES,
        crop: Callable[[int], tuple[float, float]] = lambda _: MIDDLE,
        larger: Callable[[int, int], bytes | None] | None = None,
    ) -> None:
        self._load = load
        self._larger = larger or (lambda photo_id, _: load(photo_id))
        self._crop = crop
        self._memory = memory
        self._used = 0
        self._kept: OrderedDict[tuple[int, int, int], Pixels] = OrderedDict()
        self._looks: set[tuple[int, int]] = set()  # sizes and details of what was kept
        self._sources: OrderedDict[tuple[int, int], Image.Image] = OrderedDict()
        self._source_bytes = 0

    def __call__(self, photo_id: int, size: int, detail: int = WHOLE) -> Pixels:
        key = (photo_id, size, detail)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        pixels = self._fresh(photo_id, size) if detail == WHOLE else self._detail(photo_id, size, detail)
        if pixels is None:
            return neutral(size)
        return self._keep(key, pixels)

    def forget(self, photo_id: int) -> None:
        """Drop all that is kept of a photo: it was withdrawn, erased or replaced."""
        for size, detail in self._looks:
            dropped = self._kept.pop((photo_id, size, detail), None)
            if dropped is not None:
                self._used -= dropped.nbytes + _ENTRY_BYTES
        for key in [key for key in self._sources if key[0] == photo_id]:
            self._source_bytes -= _bytes_of(self._sources.pop(key))

    @property
    def used(self) -> int:
        """Bytes in use, never above the limit."""
        return self._used

    def _fresh(self, photo_id: int, size: int) -> Pixels | None:
        full = self._kept.get((photo_id, THUMB_PX, WHOLE))
        if full is not None and size < THUMB_PX:
            return scaled(Image.fromarray(full), size)
        data = _there(lambda: self._load(photo_id))
        square = None if data is None else _opened(data, self._crop(photo_id))
        if square is None:
            return None
        if size < THUMB_PX and square.width == THUMB_PX:  # the tile that shows it is drawn next
            self._keep((photo_id, THUMB_PX, WHOLE), np.asarray(square))
        return scaled(square, size)

    def _detail(self, photo_id: int, size: int, detail: int) -> Pixels | None:
        px = size / float(SIDE_OF[detail])
        file_px = file_for(px)
        drafted = file_px in FILE_PX and px * 2 <= file_px * SHARP_ENOUGH  # half of it is enough
        key = (photo_id, file_px // 2 if drafted else file_px)
        square = self._sources.get(key) or self._source(key, file_px)
        return None if square is None else cut(square, detail, size)

    def _source(self, key: tuple[int, int], file_px: int) -> Image.Image | None:
        photo_id, px = key
        data = _there(lambda: self._larger(photo_id, file_px))
        square = None if data is None else _opened(data, self._crop(photo_id), px if px < file_px else None)
        if square is not None:
            self._sources[key] = square
            self._source_bytes += _bytes_of(square)
            while self._source_bytes > SOURCE_BYTES:
                self._source_bytes -= _bytes_of(self._sources.popitem(last=False)[1])
        return square

    def _keep(self, key: tuple[int, int, int], pixels: Pixels) -> Pixels:
        pixels = np.ascontiguousarray(pixels)
        pixels.flags.writeable = False
        self._kept[key] = pixels
        self._looks.add(key[1:])
        self._used += pixels.nbytes + _ENTRY_BYTES
        while self._used > self._memory:
            _, oldest = self._kept.popitem(last=False)
            self._used -= oldest.nbytes + _ENTRY_BYTES
        return pixels


def _bytes_of(square: Image.Image) -> int:
    return 3 * square.width**2


def _there(load: Callable[[], bytes | None]) -> bytes | None:
    try:
        return load()
    except (FileNotFoundError, KeyError):
        return None
