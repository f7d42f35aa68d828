"""Logos: any bytes in, a small clean picture with its transparent parts out, and on which ground it is seen. Pure."""

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from worker.pictures.color import Pixels, lab_from_srgb
from worker.pictures.opener import PhotoRefused, open_see_through

LONG_SIDE, SHORT_SIDE = 512, 256  # px at most: twice what the largest place for it takes
LEAST = 16  # px a side
SEEN = 8  # alpha from which a pixel is seen at all
APART = 25.0  # Lab units of lightness between a part and its ground that the eye needs
ENOUGH = 0.6  # share of what is seen that has to stand out
LIGHT, DARK = 100.0, 8.0  # lightness of our papers

Ground = Literal["any", "light", "dark"]


@dataclass(frozen=True)
class Logo:
    """`png` is RGBA, cropped to what is seen of it, at most 512 x 256 px."""

    png: bytes
    ground: Ground


def clean(data: bytes) -> Logo:
    """Raises PhotoRefused: all reasons of `open_see_through`, and `blank` where nothing is seen."""
    image = open_see_through(data, long_side=2 * LONG_SIDE, least=LEAST)
    seen = image.getchannel("A").point(lambda alpha: 255 * (alpha >= SEEN)).getbbox()
    if seen is None:
        raise PhotoRefused("blank")
    image = image.crop(seen)
    image.thumbnail((LONG_SIDE, SHORT_SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return Logo(stream.getvalue(), _ground(np.asarray(image)))


def _ground(pixels: Pixels) -> Ground:
    """On which of our papers it stands out; one that brings a ground of its own does on any."""
    weights = pixels[..., 3].astype(np.float32) / 255
    if weights.mean() > 0.98:  # rounded corners at most
        return "any"
    lightness = lab_from_srgb(np.ascontiguousarray(pixels[..., :3]))[..., 0]
    on_light, on_dark = (
        float((weights * (np.abs(lightness - paper) >= APART)).sum() / weights.sum()) >= ENOUGH
        for paper in (LIGHT, DARK)
    )
    if on_light and on_dark:
        return "any"
    return "dark" if on_dark else "light"


def opened(png: bytes) -> Image.Image:
    """One of our own."""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
        return image.convert("RGBA")


def plated(logo: Image.Image) -> Image.Image:
    """A logo that is seen on dark ground only, on a plate of it."""
    margin = round(max(logo.height * 0.25, 4))
    plate = Image.new("RGBA", (logo.width + 2 * margin, logo.height + 2 * margin), "#201b17")
    plate.alpha_composite(logo, (margin, margin))
    return plate
