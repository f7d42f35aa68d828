"""Decoded thumbs in memory, at the sizes that the wall is drawn in. Pure: the bytes come from a function."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

import numpy as np
from PIL import Image

from worker.pictures.color import Pixels

NEUTRAL = 128
THUMB_PX = 64
MEMORY_BYTES = 192 << 20  # 15,000 photos at 64 px, or 64 px, 16 px and overview size of 12,000
MIDDLE = (0.5, 0.5)
_ENTRY_BYTES = 400  # what Python itself needs for one array, its key and its place in the order


class ThumbStore(Protocol):
    """Gives the square of a photo at a size: (size, size, 3) uint8 RGB, not to be written to."""

    def __call__(self, photo_id: int, size: int) -> Pixels: ...


def neutral(size: int) -> Pixels:
    """The grey square that stands for a photo that is not there any more: (size, size, 3)."""
    return np.full((size, size, 3), NEUTRAL, np.uint8)


def decode(data: bytes, size: int, crop: tuple[float, float] = MIDDLE) -> Pixels | None:
    """The square in `data` as (size, size, 3) uint8, or None when the bytes are no picture.

    Our own files only: worker.pictures.photos is the opener for bytes of strangers. Scaling down averages. `crop` says
    where the square lies on a master that is not square: 0 to 1 along each side.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            rgb = image.convert("RGB")
    except (OSError, SyntaxError, ValueError):
        return None
    return scaled(_square(rgb, crop), size)


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


class ThumbCache:
    """A ThumbStore that keeps what was used last, within `memory` bytes.

    `load(photo_id)` gives the bytes of the 64 px thumb, or of a larger file where larger squares are wanted (then
    `crop(photo_id)` places the square on a master, see `decode`); None, FileNotFoundError or KeyError mean that the
    photo was erased meanwhile, and grey is drawn. Any other error (a bucket that does not answer) goes up,
    so that no wall is drawn grey because of it. Grey is never kept: a thumb that comes back is drawn.
    """

    def __init__(
        self,
        load: Callable[[int], bytes | None],
        memory: int = MEMORY_BYTES,
        crop: Callable[[int], tuple[float, float]] = lambda _: MIDDLE,
    ) -> None:
        self._load = load
        self._crop = crop
        self._memory = memory
        self._used = 0
        self._kept: OrderedDict[tuple[int, int], Pixels] = OrderedDict()
        self._sizes: set[int] = set()

    def __call__(self, photo_id: int, size: int) -> Pixels:
        key = (photo_id, size)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            return kept
        pixels = self._fresh(photo_id, size)
        if pixels is None:
            return neutral(size)
        return self._keep(key, pixels)

    def forget(self, photo_id: int) -> None:
        """Drop all sizes of a photo: it was withdrawn, erased or replaced."""
        for size in self._sizes:
            dropped = self._kept.pop((photo_id, size), None)
            if dropped is not None:
                self._used -= dropped.nbytes + _ENTRY_BYTES

    @property
    def used(self) -> int:
        """Bytes in use, never above the limit."""
        return self._used

    def _fresh(self, photo_id: int, size: int) -> Pixels | None:
        full = self._kept.get((photo_id, THUMB_PX))
        if full is not None and size < THUMB_PX:
            return scaled(Image.fromarray(full), size)
        try:
            data = self._load(photo_id)
        except (FileNotFoundError, KeyError):
            return None
        return None if data is None else decode(data, size, self._crop(photo_id))

    def _keep(self, key: tuple[int, int], pixels: Pixels) -> Pixels:
        pixels = np.ascontiguousarray(pixels)
        pixels.flags.writeable = False
        self._kept[key] = pixels
        self._sizes.add(key[1])
        self._used += pixels.nbytes + _ENTRY_BYTES
        while self._used > self._memory:
            _, oldest = self._kept.popitem(last=False)
            self._used -= oldest.nbytes + _ENTRY_BYTES
        return pixels
