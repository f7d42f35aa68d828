"""Brushes for the built-in target pictures: colours, shapes with smooth edges, noise, light. Pure.

Words: a *field* is (HEIGHT, WIDTH) floats, or fewer where they can be broadcast to that (`X` is one row, `Y` one
column); a *mask* is a field from 0 to 1; a *picture* is (HEIGHT, WIDTH, 3) float32 sRGB from 0 to 255. Places and
lengths are in pixels of the picture, angles in radians. A seed always gives the same noise.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor, ImageDraw, ImageFilter

from worker.pictures.color import Pixels

WIDTH, HEIGHT = 1280, 800
FINE = 2  # shapes are drawn this much larger, then reduced: that makes their edges smooth


Field = npt.NDArray[np.floating[Any]]
Picture = npt.NDArray[np.float32]
Point = tuple[float, float]
Stops = Sequence[tuple[float, str]]

X: Field = np.arange(WIDTH, dtype=np.float32)[None, :] + np.float32(0.5)
Y: Field = np.arange(HEIGHT, dtype=np.float32)[:, None] + np.float32(0.5)

_SHADES = 1024  # steps of a colour ramp


def colour(name: str) -> Field:
    """`#rrggbb` as (3,) float32."""
    return np.array(ImageColor.getrgb(name), dtype=np.float32)


def ramp(field: Field, stops: Stops) -> Picture:
    """Colours for a field: its values run along the stops (value, colour), rising; beyond the ends the end colour."""
    places = [place for place, _ in stops]
    parts = np.stack([colour(name) for _, name in stops])
    steps = np.linspace(places[0], places[-1], _SHADES)
    table = np.stack([np.interp(steps, places, parts[:, i]) for i in range(3)], axis=1).astype(np.float32)
    index = (field - places[0]) * ((_SHADES - 1) / (places[-1] - places[0]))
    shades: Picture = np.take(table, np.clip(index, 0, _SHADES - 1).astype(np.int32), axis=0)
    return shades


def smooth(low: float, high: float, field: Field) -> Field:
    """0 below `low`, 1 above `high`, an S between them (Hermite's 3t² - 2t³); `low` may be the larger one."""
    t = np.clip((field - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)


def lay(picture: Picture, mask: Field, paint: str | Field) -> None:
    """Lay a colour, or (..., 3) colours, over the picture where the mask says so; in place."""
    rows = np.flatnonzero(mask.max(axis=1) > 0) if mask.shape[0] == HEIGHT else np.arange(HEIGHT)
    if not rows.size:
        return
    band = slice(int(rows[0]), int(rows[-1]) + 1)
    colours = colour(paint) if isinstance(paint, str) else paint
    if colours.ndim == 3 and colours.shape[0] == HEIGHT:
        colours = colours[band]
    part = picture[band]
    part += (mask[band] if mask.shape[0] == HEIGHT else mask)[..., None] * (colours - part)


def light(picture: Picture, factor: Field) -> None:
    """Make the picture lighter or darker by a factor for each pixel; in place."""
    picture *= np.asarray(factor, dtype=np.float32)[..., None]


def _mask(paint: Callable[[ImageDraw.ImageDraw], None], blur: float) -> Field:
    image = Image.new("L", (WIDTH * FINE, HEIGHT * FINE))
    paint(ImageDraw.Draw(image))
    image = image.reduce(FINE)
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def polygon(points: Iterable[Point], blur: float = 0) -> Field:
    """A mask of the area within the points."""
    corners = [(x * FINE, y * FINE) for x, y in points]
    return _mask(lambda draw: draw.polygon(corners, fill=255), blur)


def ellipse(x: float, y: float, across: float, down: float, blur: float = 0) -> Field:
    """A mask of an ellipse by its middle and half axes."""
    return discs([(x, y, across, down)], blur)


def discs(places: Iterable[tuple[float, float, float, float]], blur: float = 0) -> Field:
    """A mask of many ellipses, each (x, y, half width, half height)."""
    boxes = [
        ((x - across) * FINE, (y - down) * FINE, (x + across) * FINE, (y + down) * FINE)
        for x, y, across, down in places
    ]

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for box in boxes:
            draw.ellipse(box, fill=255)

    return _mask(paint, blur)


def lines(paths: Iterable[Sequence[Point]], width: float, blur: float = 0) -> Field:
    """A mask of lines, each through its points."""
    bent = [[(x * FINE, y * FINE) for x, y in path] for path in paths]

    def paint(draw: ImageDraw.ImageDraw) -> None:
        for path in bent:
            draw.line(path, fill=255, width=max(1, round(width * FINE)), joint="curve")

    return _mask(paint, blur)


def below(edge: Field, soft: float = 1) -> Field:
    """A mask of all that lies under an edge, (WIDTH,) heights; the edge is `soft` pixels wide."""
    return np.clip((Y - edge[None, :]) / soft + 0.5, 0, 1).astype(np.float32)


def noise(seed: int, across: float, octaves: int = 5, stretch: float = 1, fade: float = 0.55) -> Field:
    """Fractal noise of mean 0 and deviation 1: `across` bumps over the width, and finer ones for each octave.

    `stretch` > 1 makes the bumps that much longer than high; `fade` is the strength of an octave to the one before.
    """
    random = np.random.default_rng(seed)
    total = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    for octave in range(octaves):
        columns = max(2, round(across * 2**octave))
        rows = max(2, round(across * 2**octave * stretch * HEIGHT / WIDTH))
        coarse = Image.fromarray(random.standard_normal((rows, columns)).astype(np.float32))
        total += np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)) * fade**octave
    even: Field = (total - total.mean()) / total.std()
    return even


def ridge(seed: int, height: float, across: float, octaves: int = 5, fade: float = 0.5) -> Field:
    """The line of a hill, (WIDTH,), going up and down around 0 by about `height`."""
    random = np.random.default_rng(seed)
    line = np.zeros(WIDTH)
    for octave in range(octaves):
        points = max(4, round(across * 2**octave) + 3)
        knots = random.uniform(-1, 1, points) * fade**octave
        at = np.linspace(1, points - 2, WIDTH)
        line += _catmull_rom(knots, at)
    return (line * height).astype(np.float32)


def _catmull_rom(knots: npt.NDArray[np.float64], at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A smooth curve through equally spaced knots (uniform Catmull-Rom spline)."""
    i = np.clip(at.astype(int), 1, len(knots) - 3)
    t = at - i
    a, b, c, d = (knots[i + k] for k in (-1, 0, 1, 2))
    bend: npt.NDArray[np.float64] = b + t / 2 * (
        c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))
    )
    return bend


def curve(points: Sequence[Point], steps: int = 24) -> list[Point]:
    """A smooth path through the points, `steps` pieces from one to the next."""
    knots = np.array([points[0], *points, points[-1], points[-1]])
    at = np.linspace(1, len(points), (len(points) - 1) * steps + 1)
    return list(
        zip(_catmull_rom(knots[:, 0], at).tolist(), _catmull_rom(knots[:, 1], at).tolist(), strict=True)
    )


def distance(x: float, y: float, flat: float = 1) -> Field:
    """How far each pixel is from a place; `flat` > 1 counts what lies above or below it as farther."""
    far: Field = np.hypot(X - np.float32(x), (Y - np.float32(y)) * np.float32(flat))
    return far


def glow(x: float, y: float, radius: float, flat: float = 1) -> Field:
    """A mask that fades from a place like light in haze (a bell curve)."""
    bell: Field = np.exp(-((distance(x, y, flat) / np.float32(radius)) ** 2))
    return bell


def turned(x: float, y: float, angle: float) -> tuple[Field, Field]:
    """The pixels' places as seen from (x, y) by somebody turned by the angle: along and across."""
    dx, dy = X - np.float32(x), Y - np.float32(y)
    c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    return dx * c + dy * s, dy * c - dx * s


def finished(picture: Picture, seed: int) -> Pixels:
    """The picture as (HEIGHT, WIDTH, 3) uint8, with the fine grain and the darker corners of a photo."""
    grain = np.random.default_rng(seed).standard_normal((HEIGHT, WIDTH), dtype=np.float32)
    corners = distance(WIDTH / 2, HEIGHT / 2, WIDTH / HEIGHT) / np.float32(WIDTH * 0.71)
    light(picture, 1.02 - 0.14 * corners**3)
    picture += (grain * np.float32(3.2))[..., None]
    pixels: Pixels = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    return pixels
