"""Makes decoded pictures small, of any size and within little memory. Pure."""

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile


def _scale(size: tuple[int, int], long_side: float, short_side: float) -> float:
    """How much smaller a picture may be made, 0 to 1."""
    return min(1.0, max(long_side / max(size), short_side / min(size)))


def ask_for_less(image: ImageFile, long_side: int, short_side: int) -> None:
    """Let the JPEG decoder skip detail: it can halve up to three times, at a fraction of the cost.

    A quarter less than the wanted long side is accepted: 1,008 px of a 12-megapixel photo in place of 1,024 cost
    half the time. The mode is left alone, for CMYK must not be asked to come out as RGB.
    """
    scale = _scale(image.size, long_side * 0.75, short_side)
    if scale < 1:
        image.draft(None, (max(1, int(image.width * scale)), max(1, int(image.height * scale))))


def shrink(image: Image.Image, long_side: int, short_side: int) -> Image.Image:
    """Bring an image into a mode that can be averaged, and to its size.

    First by whole numbers and in bands, so that a large picture never exists twice in memory.
    """
    scale = _scale(image.size, long_side, short_side)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    factor = min(image.width // size[0], image.height // size[1])
    small = _reduce_in_bands(image, factor) if factor > 1 else _plain(image)
    return small if small.size == size else small.resize(size, Image.Resampling.LANCZOS)


_BAND_PIXELS = 2_000_000


def _reduce_in_bands(image: Image.Image, factor: int) -> Image.Image:
    """Average blocks of factor x factor pixels; blocks at the right and lower edge may be smaller."""
    rows = factor * max(1, _BAND_PIXELS // (image.width * factor))
    bands = [
        _plain(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(factor)
        for top in range(0, image.height, rows)
    ]
    reduced = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    top = 0
    for band in bands:
        reduced.paste(band, (0, top))
        top += band.height
    return reduced


def _plain(image: Image.Image) -> Image.Image:
    """Bring any mode that our decoders give to L, LA, RGB, RGBA or CMYK, 8 bits each."""
    if image.mode.startswith("I"):  # 16-bit grey: keep the upper 8 bits (convert() would clip)
        values = np.asarray(image)
        return Image.fromarray((values >> 8).clip(0, 255).astype(np.uint8))
    if image.mode in ("LA", "RGBA", "CMYK") or (image.mode == "RGB" and not image.has_transparency_data):
        return image
    grey = image.mode in ("1", "L")
    if image.has_transparency_data:
        return image.convert("LA" if grey else "RGBA")
    return image.convert("L" if grey else "RGB")
