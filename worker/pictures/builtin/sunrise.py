"""Sunrise over the hills: a built-in target picture. Pure."""

import math

import numpy as np

from worker.pictures.color import Pixels
from worker.pictures.paint import (
    WIDTH,
    Picture,
    X,
    Y,
    below,
    colour,
    curve,
    discs,
    distance,
    ellipse,
    finished,
    glow,
    lay,
    lines,
    noise,
    polygon,
    ramp,
    ridge,
    smooth,
)

SUN = (520.0, 346.0)


def draw() -> Pixels:
    """The picture, (800, 1280, 3) uint8."""
    picture = _morning_sky()
    for hill in range(3):
        _misty_hill(picture, hill)
    _meadow(picture)
    _river(picture)
    _copses(picture)
    for slope in range(2):
        _near_slope(picture, slope)
    _tree(picture, 1000, 662)
    picture += glow(*SUN, 400)[..., None] * colour("#ff9a50") * np.float32(0.10)
    return finished(picture, 19)


def _morning_sky() -> Picture:
    stops = [(0, "#234a86"), (120, "#4d80b6"), (230, "#a2b2c4"), (310, "#dfa583"), (420, "#f0ae6c")]
    picture = np.repeat(ramp(Y, stops), WIDTH, axis=1)
    lay(picture, glow(*SUN, 430, 1.5) * np.float32(0.75), "#f3a55c")
    clouds = smooth(0.25, 1.7, noise(1, 3, 6, 3.6) + 0.5 - np.abs(Y - 170) / 190)
    lit = distance(*SUN, 1.5) - 90 * noise(2, 5, 4, 3)
    lay(picture, clouds, ramp(lit, [(140, "#ffcf8c"), (300, "#f2a06c"), (480, "#bf7f86"), (760, "#4c5f8b")]))
    lay(picture, glow(*SUN, 150) * np.float32(0.6), "#ffd184")
    lay(picture, ellipse(*SUN, 100, 100, 1.5), "#ffebc6")
    return picture


def _misty_hill(picture: Picture, hill: int) -> None:
    """The far hills: the farther, the bluer; each pales downwards into the mist of the valley before the next."""
    base = (392, 446, 500)[hill]
    edge = base + ridge(30 + hill, (34, 36, 26)[hill], (4, 5, 4)[hill], 6, 0.5)
    mask = below(edge)
    top, foot = (("#56709f", "#b9a3a6"), ("#3c5d78", "#a0a496"), ("#2f5243", "#7f9060"))[hill]
    lay(picture, mask, ramp(Y - edge[None, :], [(0, top), (100, foot)]))
    lay(picture, mask * np.clip(0.1 + noise(40 + hill, 20, 5, 1.2, 0.7) * 0.07, 0, 0.4), "#20364a")
    lay(picture, mask * glow(SUN[0], base, 260, 2) * np.float32(0.5), "#ffb36c")


def _meadow(picture: Picture) -> None:
    grass = noise(50, 14, 6, 4) - (Y - 640) / 110
    lay(
        picture,
        smooth(515, 565, Y) * below(np.full(WIDTH, 500.0)),
        ramp(grass, [(-2.2, "#23402a"), (0, "#536a37"), (1.8, "#98944c")]),
    )


def _river(picture: Picture) -> None:
    """It winds out of the valley under the sun and widens towards us, holding the sky's light."""
    depth = np.linspace(0, 1, 160)
    middle = SUN[0] + 50 + (30 + 120 * depth) * np.sin(2.1 + 9.5 * depth**0.55) * np.minimum(1, depth * 9)
    half = 3.5 + 175 * depth**1.75
    down = 528 + 290 * depth
    for wider, blur in ((1.13, 3), (1.0, 1)):
        left = zip((middle - half * wider).tolist(), down.tolist(), strict=True)
        right = zip((middle + half * wider).tolist(), down.tolist(), strict=True)
        water = polygon([*left, *reversed(list(right))], blur)
        waves = Y + 16 * noise(51, 10, 5, 8)
        lit = ramp(waves, [(530, "#fff0bd"), (640, "#f8bf80"), (720, "#d8a18d"), (810, "#5f7eae")])
        lay(picture, water, lit if wider == 1 else "#3b4a2c")


def _copses(picture: Picture) -> None:
    """Small round trees all over the meadow, each with its shadow away from the sun."""
    random = np.random.default_rng(55)
    down = np.sort(538 + 190 * random.uniform(0, 1, 150) ** 1.6)
    xs = random.uniform(0, WIDTH, 150)
    far = np.abs(xs - SUN[0] - 40)
    keep = far > 50 + (down - 538) * 0.95
    trees = [
        (x, y, 4 + (y - 530) * 0.12) for x, y in zip(xs[keep].tolist(), down[keep].tolist(), strict=True)
    ]
    lay(picture, discs([(x + (x - SUN[0]) * 0.03, y + r, r * 2, r * 0.5) for x, y, r in trees], 3), "#22382a")
    rough = noise(56, 110, 3, 1, 0.8)
    for aside, rise, size, leaves in (
        (0, 0, 1, ("#1b3421", "#44592c")),
        (0.3, 0.35, 0.55, ("#445628", "#8f8040")),
    ):
        puffs = [
            (x + aside * math.copysign(r, SUN[0] - x), y - rise * r, r * size, r * size) for x, y, r in trees
        ]
        mask = discs(puffs, 3)
        mask = smooth(0.3, 0.75, mask + mask * np.float32(0.3) * rough)
        lay(picture, mask, ramp(rough, [(-1.5, leaves[0]), (2, leaves[1])]))


def _near_slope(picture: Picture, slope: int) -> None:
    """Two dark slopes close to us, from the left and from the right, that leave the river its valley."""
    if slope == 0:
        edge = 575 + ridge(60, 16, 8, 6) + 330 * smooth(150, 520, X[0]) - 40 * smooth(200, 0, X[0])
    else:
        edge = 650 + ridge(61, 14, 6, 6) + 230 * smooth(900, 600, X[0]) - 50 * smooth(900, 1280, X[0])
    edge = edge + ridge(62 + slope, 4, 160, 2)
    grass = noise(70 + slope, 26, 6, 0.6, 0.7) * 26 + (Y - edge[None, :])
    lay(
        picture,
        below(edge, 2),
        ramp(grass, [(-20, "#93913e"), (30, "#48632f"), (110, "#294125"), (230, "#14251c")]),
    )


def _tree(picture: Picture, x: float, foot: float) -> None:
    """A broad old tree, dark against the bright sky; its side towards the sun is warm."""
    _wood(picture, x, foot)
    lay(picture, ellipse(x + 30, foot + 22, 110, 14, 7), "#22351f")
    _crown(picture, x, foot)


def _wood(picture: Picture, x: float, foot: float) -> None:
    """The trunk and six boughs."""
    trunk = curve([(x - 62, foot + 26), (x - 24, foot - 6), (x - 15, foot - 90), (x - 22, foot - 200)], 8)
    trunk += curve([(x + 22, foot - 200), (x + 15, foot - 90), (x + 26, foot - 6), (x + 66, foot + 26)], 8)
    ends = (-160, -110, -60, 70, 120, 165)
    boughs = [curve([(x, foot - 100), (x + a * 0.4, foot - 180), (x + a, foot - 270)]) for a in ends]
    wood = np.maximum(polygon(trunk), lines(boughs, 11))
    bark = (X - x) / 18 + 0.5 * noise(83, 90, 3, 0.2)
    lay(picture, wood, ramp(bark, [(-1.3, "#7a5030"), (-0.2, "#3b2a1e"), (1, "#1c1613")]))


def _crown(picture: Picture, x: float, foot: float) -> None:
    random = np.random.default_rng(80)
    angle, far = random.uniform(0, 2 * math.pi, 120), np.sqrt(random.uniform(0, 1, 120))
    xs, ys = x + 190 * far * np.cos(angle), foot - 285 + 120 * far * np.sin(angle)
    size = random.uniform(16, 40, 120)
    crown = discs(zip(xs, ys, size, size * 0.8, strict=True), 8)
    crown = smooth(0.3, 0.6, crown + crown * np.float32(0.22) * noise(81, 70, 3, 1, 0.8))
    shade = (X - x) * 0.5 + (Y - foot + 285) * 1.1 + 40 * noise(82, 30, 5, 1, 0.75)
    lay(
        picture,
        crown,
        ramp(shade, [(-220, "#c08a3e"), (-120, "#66702e"), (-30, "#2f4724"), (120, "#12211a")]),
    )
