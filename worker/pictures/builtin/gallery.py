"""The built-in target pictures, drawn by us. Pure.

Made for a mosaic of 40 x 25 to 250 x 160 photos: one large subject, light against dark, the colours that photos have,
and no region without texture. `python -m worker.pictures.builtin.gallery FOLDER` writes previews for the start page;
that is part of building the browser code.
"""

import math
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from worker.pictures.canvas import encode_jpeg
from worker.pictures.color import Pixels
from worker.pictures.paint import (
    HEIGHT,
    WIDTH,
    Field,
    Picture,
    Point,
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
    light,
    lines,
    noise,
    polygon,
    ramp,
    ridge,
    smooth,
    turned,
)

PREVIEW_WIDTH = 640
PREVIEW_QUALITY = 85


def draw(name: str) -> Pixels:
    """A built-in picture by its name, (800, 1280, 3) uint8. KeyError for a name that there is not."""
    return PICTURES[name]()


# -- Sunrise over the hills ----------------------------------------------------------------------------------

SUN = (520.0, 346.0)


def _sunrise() -> Pixels:
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
    random = np.random.default_rng(80)
    trunk = curve([(x - 62, foot + 26), (x - 24, foot - 6), (x - 15, foot - 90), (x - 22, foot - 200)], 8)
    trunk += curve([(x + 22, foot - 200), (x + 15, foot - 90), (x + 26, foot - 6), (x + 66, foot + 26)], 8)
    ends = (-160, -110, -60, 70, 120, 165)
    boughs = [curve([(x, foot - 100), (x + a * 0.4, foot - 180), (x + a, foot - 270)]) for a in ends]
    wood = np.maximum(polygon(trunk), lines(boughs, 11))
    bark = (X - x) / 18 + 0.5 * noise(83, 90, 3, 0.2)
    lay(picture, wood, ramp(bark, [(-1.3, "#7a5030"), (-0.2, "#3b2a1e"), (1, "#1c1613")]))
    lay(picture, ellipse(x + 30, foot + 22, 110, 14, 7), "#22351f")
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


# -- A cup of coffee -----------------------------------------------------------------------------------------

CUP = (590.0, 352.0)  # the middle of the rim
RIM = (282.0, 112.0)  # its half axes
CUP_FOOT, CUP_FOOT_HALF = 652.0, 132.0


def _coffee() -> Pixels:
    picture = _cafe()
    _table(picture)
    _saucer(picture)
    _handle(picture)
    _cup_body(picture)
    _coffee_surface(picture)
    for x, y, angle in (
        (1010, 560, 0.4),
        (1092, 610, -0.7),
        (1150, 528, 1.1),
        (98, 662, 0.2),
        (176, 718, -0.5),
    ):
        _bean(picture, x, y, angle)
    _steam(picture)
    lay(picture, glow(80, 90, 620) * np.float32(0.16), "#ffe3b0")
    return finished(picture, 29)


def _cafe() -> Picture:
    """The room behind, far out of focus: a window with morning light on the left, lamps on the right."""
    wall = 1.4 * (X / WIDTH) + Y / HEIGHT * 0.5 + 0.05 * noise(100, 4, 5)
    picture = ramp(wall, [(0, "#5b7d8a"), (0.35, "#33525f"), (0.8, "#1f3643"), (1.5, "#2e2a2a")])
    panes = [(30, 20, 150, 250), (178, 20, 300, 250)]
    for left, top, right, bottom in panes:
        pane = polygon([(left, top), (right, top), (right, bottom), (left, bottom)], 13)
        lay(
            picture,
            pane,
            ramp(Y + 24 * noise(101, 8, 3), [(20, "#c9dbe2"), (150, "#e8e2c6"), (260, "#b4b184")]),
        )
    random = np.random.default_rng(102)
    for _ in range(15):
        x, y, size = random.uniform(880, 1270), random.uniform(20, 230), random.uniform(16, 40)
        lamp = ellipse(x, y, size, size, 4) * np.float32(random.uniform(0.25, 0.75))
        lay(picture, lamp, ("#f0a95a", "#e7c88a", "#c96f43")[int(random.integers(3))])
    return picture


def _table(picture: Picture) -> None:
    """Planks that run from left to right, wider towards us, warm where the window's light falls."""
    edge = 262.0
    near = np.sqrt(np.clip((Y - edge) / (HEIGHT - edge), 0, 1)) * 4.4
    plank = np.floor(near)
    grain = noise(110, 5, 6, 14, 0.75) * 0.5 + noise(111, 3, 3, 5) * 0.35
    tone = np.random.default_rng(112).uniform(-0.7, 0.7, 8).astype(np.float32)[plank.astype(int)]
    wood = ramp(grain + tone, [(-2, "#4d2b18"), (-0.6, "#83502c"), (0.5, "#b47a45"), (2, "#d6a468")])
    seam = np.minimum(near - plank, plank + 1 - near)
    light(wood, 0.5 + 0.5 * smooth(0, 0.035, seam))
    light(wood, 1.22 - 0.5 * smooth(-200, 1200, X + 0.3 * Y))
    lay(picture, smooth(edge - 2, edge + 2, Y) * np.ones_like(X), wood)
    lay(picture, np.exp(-(((Y - edge) / 26) ** 2)) * np.ones_like(X) * np.float32(0.45), "#2a2420")


def _saucer(picture: Picture) -> None:
    x, y = CUP[0], CUP_FOOT - 14
    lay(picture, ellipse(x + 80, y + 52, 430, 118, 26) * np.float32(0.78), "#20120c")
    lay(
        picture,
        ellipse(x, y + 22, 408, 118),
        ramp(X - x, [(-400, "#b9a993"), (0, "#8b7865"), (400, "#5c4a3e")]),
    )
    lay(picture, ellipse(x, y, 412, 120), ramp(X - x, [(-420, "#fffaf0"), (60, "#eee2d0"), (410, "#b7a591")]))
    rings = ((392, 110, "#6f93a4"), (376, 104, "#efe4d2"), (262, 74, "#cdbfac"), (250, 69, "#e9decd"))
    for across, down, tint in rings:
        lay(picture, ellipse(x, y + 3, across, down, 1), tint)
    lay(picture, ellipse(x + 66, y + 16, 260, 66, 16) * np.float32(0.72), "#4a382d")


def _handle(picture: Picture) -> None:
    x, y = CUP[0] + 268, CUP[1] + 112
    ring = ellipse(x, y, 112, 98) * (1 - ellipse(x - 4, y - 2, 70, 58))
    round_off = np.abs(distance(x, y, 1.14) - 90) / 24
    lay(
        picture,
        ring,
        ramp(round_off + (Y - y) / 170, [(-0.6, "#fff6e6"), (0.3, "#d3c3ae"), (1.3, "#7b6757")]),
    )


def _cup_body(picture: Picture) -> None:
    """Stoneware: cream above, dipped in blue glaze below, rounded by the light from the left."""
    x, rim = CUP
    down = np.linspace(0, 1, 80)
    half = CUP_FOOT_HALF + (RIM[0] - CUP_FOOT_HALF) * (1 - down**2.3) ** 0.62
    ys = rim + (CUP_FOOT - rim) * down
    side = list(zip((x + half).tolist(), ys.tolist(), strict=True))
    mask = polygon([(2 * x - a, b) for a, b in side] + side[::-1])
    mask = np.maximum(mask, ellipse(x, CUP_FOOT - 6, CUP_FOOT_HALF + 10, 27))
    mask = np.maximum(mask, ellipse(x, rim, *RIM))
    at = np.interp(Y[:, 0], ys, half).astype(np.float32)[:, None]
    turn = (X - x) / at + 0.02 * noise(120, 20, 4)
    cream = [
        (-1, "#d8cbb8"),
        (-0.55, "#fffaee"),
        (0, "#efe4d2"),
        (0.55, "#ab9985"),
        (0.88, "#7f6b5b"),
        (1, "#a38468"),
    ]
    blue = [
        (-1, "#48788d"),
        (-0.55, "#8fbccb"),
        (0, "#4f8299"),
        (0.55, "#2a5166"),
        (0.88, "#183443"),
        (1, "#3d4a50"),
    ]
    lay(picture, ellipse(x, CUP_FOOT + 8, CUP_FOOT_HALF - 4, 26), ramp(turn, cream))
    lay(picture, mask, ramp(turn, cream))
    dip = rim + 168 + RIM[1] * 0.62 * (np.sqrt(np.clip(1 - turn**2, 0, 1)) - 1) + 7 * noise(121, 7, 3)
    lay(picture, mask * smooth(-3, 3, Y - dip), ramp(turn + 0.03 * noise(122, 30, 4), blue))
    specks = smooth(2.6, 3.2, noise(123, 240, 1)) * np.float32(0.55)
    lay(picture, mask * specks, "#5a4436")


def _coffee_surface(picture: Picture) -> None:
    x, y = CUP
    lay(picture, ellipse(x, y, *RIM), ramp(X - x, [(-280, "#fffbf2"), (40, "#f6ecdc"), (280, "#c9b8a3")]))
    inside = ellipse(x, y + 2, RIM[0] - 15, RIM[1] - 11)
    lay(picture, inside, ramp(X - x + (Y - y) * 0.5, [(-260, "#8a7867"), (0, "#cbbba5"), (260, "#f4e8d4")]))
    top = y + 17
    pool = inside * ellipse(x, top, RIM[0] - 22, RIM[1] - 21, 1)
    out = distance(x, top, RIM[0] / RIM[1]) / (RIM[0] - 24) + 0.025 * noise(130, 16, 5)
    lay(picture, pool, ramp(out, [(0.3, "#5a3116"), (0.72, "#3c1f10"), (0.9, "#6e3c1a"), (0.97, "#b27a3d")]))
    _latte_heart(picture, x - 8, top + 4, pool)


def _latte_heart(picture: Picture, x: float, y: float, pool: Field) -> None:
    """A heart of milk, lying in the perspective of the surface, in three layers as a barista pours them."""
    turn = np.linspace(0, 2 * math.pi, 160)
    across = 16 * np.sin(turn) ** 3
    down = -(13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn) - np.cos(4 * turn))
    for size, tint in ((9.6, "#c58a4e"), (8.8, "#f6e6c8"), (5.4, "#a8672f"), (4.6, "#f6e6c8")):
        points = zip((x + across * size).tolist(), (y + (down - 2.5) * size * 0.44).tolist(), strict=True)
        lay(picture, pool * polygon(points, 1.5), tint)


def _bean(picture: Picture, x: float, y: float, angle: float) -> None:
    along, across = turned(x, y, angle)
    out = np.hypot(along / 36, across / 24)
    lay(picture, ellipse(x + 12, y + 14, 38, 20, 7) * np.float32(0.6), "#1d100a")
    rounded = (along * math.cos(angle) + across * -math.sin(angle)) / 36 + out * 0.3 + (Y - y) / 40
    lay(picture, smooth(1.02, 0.97, out), ramp(rounded, [(-1, "#9a6238"), (0, "#5a321b"), (1.2, "#27140b")]))
    crease = np.abs(across - 4 * np.sin(along / 12))
    lay(picture, smooth(4.2, 1.8, crease) * smooth(0.98, 0.85, out), "#1d0f08")


def _steam(picture: Picture) -> None:
    """Wisps that sway, widen and thin out as they rise."""
    rise = np.clip((CUP[1] - Y) / 350, 0, 1)
    veil = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    for aside, phase, strength in ((-120, 0.4, 0.8), (-5, 2.1, 1.0), (110, 4.0, 0.75)):
        sway = CUP[0] + aside + 46 * rise * np.sin(6.5 * rise + phase) + 20 * np.sin(13 * rise + phase)
        width = 16 + 40 * rise
        veil += np.float32(strength) * np.exp(-(((X - sway + 9 * noise(140, 9, 4)) / width) ** 2))
    torn = np.clip(0.8 + 0.28 * noise(141, 7, 5, 0.5), 0, 1.2)
    fade = smooth(0, 0.12, rise) * smooth(1.02, 0.45, rise)
    lay(picture, np.clip(veil * torn * fade, 0, 1) * np.float32(0.85), "#f3ece0")


# -- Hot-air balloons ----------------------------------------------------------------------------------------

SKYLINE = 560.0
GORES = 9  # stripes to be seen on a balloon
CRIMSON = ("#b23a2e", "#f3e3c4", "#27456a", "#d4862e", "#a5342b", "#d4862e", "#27456a", "#f3e3c4")
AMBER = ("#d98a2b", "#7c2f2a")
FOREST = ("#2b5540", "#eeb544", "#f3ead2")


def _balloons() -> Pixels:
    picture = _summer_sky()
    _far_hills(picture)
    _fields(picture)
    _hedges(picture)
    _balloon(picture, (1082, 205), 84, FOREST, 0.10)
    _balloon(picture, (206, 300), 64, AMBER, 0.16)
    _balloon(picture, (600, 42), 222, CRIMSON, 0)
    return finished(picture, 39)


def _summer_sky() -> Picture:
    stops = [(0, "#33699f"), (180, "#78abd0"), (380, "#c3dade"), (SKYLINE, "#f6e2be")]
    picture = np.repeat(ramp(Y, stops), WIDTH, axis=1)
    lay(picture, glow(560, 300, 480) * np.float32(0.45), "#e4eff2")
    _clouds(picture, 200, 150, "#8fa9bf", "#fff4e2")
    _clouds(picture, 203, 430, "#c2b9b4", "#fff0d4")
    return picture


def _clouds(picture: Picture, seed: int, height: float, shade: str, sunny: str) -> None:
    """Heaped clouds around a height; their upper left sides, towards the sun, are bright."""
    heap = noise(seed, 4.5, 6, 1.7, 0.6)
    body = heap - ((Y - height) / 90) ** 2 * 0.8
    mask = smooth(0.1, 1.0, body) * np.float32(0.92)
    towards_sun = heap - np.pad(heap, ((16, 0), (20, 0)), mode="edge")[:HEIGHT, :WIDTH]
    lay(picture, mask, ramp(towards_sun - (Y - height) / 150, [(-1, shade), (0.7, sunny)]))


def _far_hills(picture: Picture) -> None:
    hills = (
        (498, 34, 5, "#7f97b4", "#b9bfc2"),
        (528, 26, 7, "#5b7d8d", "#a9b5a3"),
        (552, 14, 9, "#4c6d55", "#8f9f6b"),
    )
    for i, (base, height, across, top, foot) in enumerate(hills):
        edge = base + ridge(210 + i, height, across, 6, 0.5)
        lay(picture, below(edge), ramp(Y - edge[None, :], [(0, top), (60, foot)]))


def _fields(picture: Picture) -> None:
    """A patchwork in perspective: each field has its own crop, drilled in rows, and a dark hedge around it."""
    near = np.clip((Y - SKYLINE + 14) / 60, 0.05, None)
    aside = (X - 640) / 95 / near + 0.10 * noise(220, 7, 3) + 0.35
    ahead = 4.0 * np.log(near) + 0.12 * noise(221, 7, 3) + aside * 0.25
    aside = aside + 0.37 * np.floor(ahead)
    column, row = np.floor(aside).astype(int), np.floor(ahead).astype(int)
    crops = (
        "#6f8a3e",
        "#c9a54e",
        "#4d6f37",
        "#8e6a41",
        "#a9a352",
        "#3f6136",
        "#d8bd76",
        "#77803c",
        "#5d7d45",
        "#b58a4a",
    )
    table = np.stack([colour(crop) for crop in crops])
    pick = (column * 7 + row * 13 + column * row * 3) % len(crops)
    land = table[pick]
    light(land, 1 + 0.09 * noise(222, 50, 5, 3, 0.8) + 0.05 * np.sin(ahead * 40 + pick))
    border = np.minimum(
        np.minimum(aside - column, column + 1 - aside), np.minimum(ahead - row, row + 1 - ahead) * 0.8
    )
    lay(land, smooth(0.07, 0.03, border + 0.012 * noise(223, 90, 3)), "#2f4a2c")
    light(land, 1.1 - 0.35 * smooth(600, 800, Y) + 0.1 * noise(224, 3, 3, 3))
    lay(land, smooth(120, 0, Y - SKYLINE) * np.float32(0.55), "#b9b98f")
    edge = SKYLINE + ridge(225, 8, 5, 4)
    lay(picture, below(edge, 2), land)


def _hedges(picture: Picture) -> None:
    """Trees near us, dark, along the lower corners."""
    rough = noise(230, 60, 4, 1, 0.75)
    for seed, left, right in ((231, -40, 420), (232, 860, 1330)):
        random = np.random.default_rng(seed)
        xs = random.uniform(left, right, 60)
        inner = np.minimum(np.abs(xs - (right if left < 0 else left)) / 400, 1)
        ys, size = 815 - 95 * inner * random.uniform(0.3, 1, 60), random.uniform(16, 40, 60)
        mask = discs(zip(xs, ys, size, size * 0.9, strict=True), 7)
        mask = smooth(0.3, 0.6, mask + mask * np.float32(0.16) * rough)
        lay(
            picture, mask, ramp(rough - (Y - 745) / 30, [(-2.5, "#14251b"), (0, "#2b4726"), (3.4, "#6f7c3c")])
        )


def _balloon(picture: Picture, top: Point, radius: float, gores: tuple[str, ...], haze: float) -> None:
    """A balloon by the top of its envelope and its radius; `haze` pales the far ones."""
    x, y = top
    foot = y + 2.32 * radius
    _basket(picture, x, foot, radius, haze)
    high = (Y - y) / radius
    flare = np.clip((high - 1) / 1.32, 0, 1)
    half = np.where(high < 1, np.sqrt(np.clip(high * (2 - high), 0, 1)), 1 - 0.86 * flare**1.65) * radius
    edge = np.clip((half - np.abs(X - x)) / 1.6 + 0.5, 0, 1)
    mask = edge * np.clip(Y - y + 0.5, 0, 1) * np.clip(foot - Y + 0.5, 0, 1)
    turn = np.arcsin(np.clip((X - x) / np.maximum(half, 1), -1, 1)) / (math.pi / GORES) + 0.5
    silk = _silk(turn, high, gores, GORES / radius)
    light(silk, _roundness(x, half, high) * (1 + 0.035 * noise(240, 24, 4)))
    crease = np.abs(turn - np.round(turn))
    light(silk, 0.86 + 0.14 * smooth(0, 0.10, crease))
    lay(silk, np.full((1, 1), haze, dtype=np.float32), "#c9d3d2")
    lay(picture, mask.astype(np.float32), silk)


def _silk(turn: Field, high: Field, gores: tuple[str, ...], soft: float) -> Picture:
    """The gores' colours, with a zigzag belt around the middle and a crown of the first colour."""
    table = np.stack([colour(gore) for gore in gores])
    index = np.floor(turn).astype(int) + 24
    silk: Picture = table[index % len(gores)]
    zigzag = np.abs(turn - np.floor(turn) - 0.5) * 0.30
    dark, pale = gores[0], "#f3e6c8"
    belt = np.abs(high - 1.12 + zigzag - 0.07)
    lay(silk, smooth(0.19 + soft / 8, 0.19 - soft / 8, belt), pale)
    lay(silk, smooth(0.12 + soft / 8, 0.12 - soft / 8, belt), dark)
    lay(silk, smooth(0.19, 0.17, high) * np.ones_like(turn), dark)
    lay(silk, smooth(2.0, 2.02, high) * np.ones_like(turn), dark)
    return silk


def _roundness(x: float, half: Field, high: Field) -> Field:
    """Light from the upper left on the envelope, which darkens at its outline."""
    across = np.clip((X - x) / np.maximum(half, 1), -1, 1)
    up = np.where(high < 1, 1 - high, -0.62 * np.clip((high - 1) / 1.0, 0, 1))
    level = np.sqrt(np.clip(1 - up**2, 0, 1))
    facing = -0.56 * across * level + 0.5 * up + 0.66 * np.sqrt(1 - across**2) * level
    return np.asarray(
        0.5 + 0.66 * np.clip(facing, 0, 1) ** 0.9 - 0.12 * smooth(0.75, 1, np.abs(across)), dtype=np.float32
    )


def _basket(picture: Picture, x: float, foot: float, radius: float, haze: float) -> None:
    wide, drop, tall = radius * 0.15, radius * 0.26, radius * 0.2
    ropes = [
        [(x + a * radius * 0.13, foot - 2), (x + a * wide * 0.9, foot + drop)] for a in (-1, -0.4, 0.4, 1)
    ]
    lay(picture, lines(ropes, max(1, radius * 0.012)), "#3a2c22")
    lay(picture, glow(x, foot + drop * 0.35, radius * 0.07) * np.float32(0.95), "#ffdf9a")
    top = foot + drop
    corners = [(x - wide, top), (x + wide, top), (x + wide * 0.86, top + tall), (x - wide * 0.86, top + tall)]
    wicker = (X - x) / wide + 0.25 * np.sin(Y * 1.2) * np.sin(X * 0.9)
    straw = ramp(wicker, [(-1, "#a8743f"), (0, "#7a4d29"), (1, "#46291a")])
    lay(picture, polygon(corners) * np.float32(1 - haze), straw)
    lay(
        picture,
        polygon(
            [(x - wide * 1.06, top - 3), (x + wide * 1.06, top - 3), (x + wide, top + 5), (x - wide, top + 5)]
        ),
        "#3b2418",
    )


# -- The lighthouse ------------------------------------------------------------------------------------------

SEA_LEVEL = 520.0
TOWER = 800.0  # its axis
TOWER_TOP, TOWER_FOOT = 232.0, 655.0
LAMP = (TOWER, 178.0)


def _lighthouse() -> Pixels:
    picture = _dusk()
    _sea(picture)
    _beams(picture)
    _headland(picture)
    _house(picture)
    _tower(picture)
    _lantern(picture)
    _surf(picture)
    return finished(picture, 49)


def _dusk() -> Picture:
    stops = [(0, "#182c56"), (200, "#3a5b8d"), (340, "#8389a8"), (430, "#d79c86"), (SEA_LEVEL, "#f6b877")]
    picture = np.repeat(ramp(Y, stops), WIDTH, axis=1)
    lay(picture, glow(250, SEA_LEVEL, 430, 2.0) * np.float32(0.85), "#ffcb83")
    clouds = smooth(0.2, 1.6, noise(300, 3.5, 6, 4.5) + 0.6 - np.abs(Y - 320) / 170)
    lit = (Y - 300) * 1.6 - np.abs(X - 260) * 0.35 + 60 * noise(301, 6, 4, 4)
    lay(
        picture,
        clouds * np.float32(0.9),
        ramp(lit, [(-330, "#35466f"), (-60, "#7c6b8a"), (110, "#d9806a"), (260, "#ffbd7a")]),
    )
    random = np.random.default_rng(302)
    stars = zip(
        random.uniform(0, WIDTH, 70), random.uniform(0, 250, 70), random.uniform(0.6, 1.7, 70), strict=True
    )
    lay(picture, discs([(x, y, r, r) for x, y, r in stars]) * np.float32(0.8) * (1 - clouds), "#f3ecd8")
    return picture


def _sea(picture: Picture) -> None:
    """Swell that grows towards us; the sky's last light lies on it in a broken path."""
    near = np.clip((Y - SEA_LEVEL) / (HEIGHT - SEA_LEVEL), 0, 1)
    swell = noise(310, 10, 5, 10) * (1 - near) + noise(311, 5, 6, 5) * near
    water = ramp(
        near + 0.13 * swell, [(-0.05, "#8d8494"), (0.18, "#4a6485"), (0.55, "#28496b"), (1.0, "#152c47")]
    )
    path = np.exp(-(((X - 250 - 30 * swell) / (150 + 130 * near)) ** 2)) * smooth(
        -0.9 + 1.1 * near, 0.9, swell
    )
    lay(
        water,
        np.clip(path, 0, 1) * np.float32(0.88),
        ramp(near, [(0, "#ffd08c"), (0.6, "#e8936a"), (1, "#b4686a")]),
    )
    lay(water, smooth(1.4, 2.3, swell) * near * np.float32(0.6), "#a9bccb")
    lay(picture, smooth(SEA_LEVEL - 1, SEA_LEVEL + 1, Y) * np.ones_like(X), water)


def _beams(picture: Picture) -> None:
    """Two beams of the lamp, wide and soft, weaker the farther they reach."""
    for angle, strength in ((math.pi + 0.10, 0.92), (-0.16, 0.8)):
        along, across = turned(*LAMP, angle)
        width = 10 + np.clip(along, 0, None) * 0.115
        beam = np.exp(-((across / width) ** 2) * 1.6) * smooth(0, 60, along) * np.exp(-along / 1100)
        mist = np.clip(0.9 + 0.10 * noise(320, 8, 4, 2), 0, 1)
        lay(picture, np.clip(beam * mist * strength, 0, 1).astype(np.float32), "#fff0c2")


def _headland(picture: Picture) -> None:
    """Rocks that climb out of the sea from the left to the tower's lawn and fall a little to the right."""
    climb = 260 * smooth(640, 430, X[0]) + 40 * smooth(720, 600, X[0])
    edge = 648 + climb + 12 * smooth(950, 1280, X[0]) + ridge(330, 16, 9, 6, 0.6) + ridge(331, 5, 60, 2)
    mask = below(edge, 1.5)
    rough = noise(332, 14, 6, 1.5, 0.72)
    facing = rough - np.pad(rough, ((5, 0), (0, 9)), mode="edge")[:HEIGHT, -WIDTH:]
    tone = -facing * 1.1 + 0.35 * rough - (Y - edge[None, :]) / 120
    lay(picture, mask, ramp(tone, [(-2.2, "#16161d"), (-0.9, "#352f33"), (0.2, "#6e584c"), (1.4, "#c08a62")]))
    lawn = mask * smooth(46, 22, Y - edge[None, :] + 9 * rough) * smooth(640, 720, X)
    lay(picture, lawn, ramp(noise(333, 50, 4, 1.5, 0.8), [(-2, "#26351f"), (2, "#6d7038")]))


def _house(picture: Picture) -> None:
    """The keeper's house, with lamplight in its windows."""
    left, right, eaves, foot = 985.0, 1200.0, 560.0, 668.0
    walls = ramp(X - left + 12 * noise(340, 30, 4), [(0, "#d9c7b4"), (120, "#a8a0a4"), (220, "#6f7488")])
    lay(picture, polygon([(left, foot), (left, eaves), (right, eaves), (right, foot)]), walls)
    lay(
        picture,
        polygon([(left, 566), (right, 566), (right, 582), (left, 578)], 3) * np.float32(0.6),
        "#3c3038",
    )
    lay(
        picture,
        polygon([(left, foot - 5), (right, foot - 5), (right, foot + 6), (left, foot + 6)], 4),
        "#25301f",
    )
    roof = ramp(Y + 6 * noise(341, 40, 3, 3), [(492, "#8d4a38"), (560, "#55302c")])
    lay(picture, polygon([(1140, 520), (1140, 466), (1168, 466), (1168, 520)]), "#4f3a38")
    lay(
        picture,
        polygon([(left - 16, eaves + 6), (left + 34, 492), (right - 34, 492), (right + 16, eaves + 6)]),
        roof,
    )
    lay(picture, glow(1092, 610, 130) * np.float32(0.35), "#ffb765")
    for x in (1020, 1150):
        lay(picture, polygon([(x - 21, 584), (x + 21, 584), (x + 21, 630), (x - 21, 630)]), "#3d3230")
        pane = [(x - 17, 588), (x + 17, 588), (x + 17, 626), (x - 17, 626)]
        lay(picture, polygon(pane), ramp(Y, [(588, "#ffe9a8"), (626, "#f5a84e")]))
        lay(picture, lines([[(x, 586), (x, 628)], [(x - 18, 606), (x + 18, 606)]], 3), "#4a3830")
    lay(picture, polygon([(1066, foot), (1066, 592), (1106, 592), (1106, foot)]), "#3a4a52")


def _half_of_tower(y: Field) -> Field:
    """Half the tower's width at a height: it narrows upwards in a slight curve."""
    up = (TOWER_FOOT - y) / (TOWER_FOOT - TOWER_TOP)
    return 112 - 66 * up + 20 * up * (up - 1)


def _tower(picture: Picture) -> None:
    half = _half_of_tower(Y)
    turn = (X - TOWER) / half
    # How far a ring around the tower bends: downwards below our eyes, upwards above them.
    bowl = 0.16 * half * np.sqrt(np.clip(1 - turn**2, 0, 1))
    inside = np.clip(half - np.abs(X - TOWER) + 0.5, 0, 1)
    mask = inside * smooth(TOWER_TOP - 1, TOWER_TOP + 1, Y) * smooth(1, -1, Y - TOWER_FOOT - bowl)
    worn = turn + 0.05 * noise(350, 24, 5, 0.4)
    white = [
        (-1, "#f3cda6"),
        (-0.6, "#fff0dc"),
        (-0.1, "#e6dcd8"),
        (0.5, "#8e93ab"),
        (0.9, "#4d5878"),
        (1, "#5d6480"),
    ]
    red = [
        (-1, "#c8603f"),
        (-0.6, "#d2543c"),
        (-0.1, "#b03c31"),
        (0.5, "#6e2630"),
        (0.9, "#3f1c2c"),
        (1, "#4b2735"),
    ]
    lay(picture, mask, ramp(worn, white))
    for top, bottom in ((264, 336), (412, 488), (556, 626)):
        at = Y - bowl * (Y - SEA_LEVEL) / (TOWER_FOOT - SEA_LEVEL)
        band = smooth(top - 1, top + 1, at) * smooth(bottom + 1, bottom - 1, at)
        lay(picture, mask * band, ramp(worn, red))
    lay(picture, ellipse(TOWER + 60, TOWER_FOOT + 20, 150, 12, 7) * (1 - mask) * np.float32(0.7), "#151a18")
    for x, y in ((TOWER - 6, 372), (TOWER - 8, 528)):
        _lit_window(picture, x, y)


def _lit_window(picture: Picture, x: float, y: float) -> None:
    for half, tint in ((15, "#4a3c3e"), (10, "#ffcf78")):
        left, right, top, bottom = x - half, x + half, y - half - 9, y + half + 7
        lay(picture, polygon([(left, top), (right, top), (right, bottom), (left, bottom)]), tint)


def _lantern(picture: Picture) -> None:
    """The gallery with its railing, the glass with the lamp, and the dome."""
    x, floor = TOWER, TOWER_TOP
    stone = ramp(X - x, [(-90, "#e0b690"), (-20, "#8d7f86"), (70, "#343c56")])
    lay(
        picture,
        polygon([(x - 48, floor + 24), (x - 80, floor), (x + 80, floor), (x + 48, floor + 24)]),
        stone,
    )
    lay(
        picture,
        polygon([(x - 86, floor - 9), (x + 86, floor - 9), (x + 84, floor + 3), (x - 84, floor + 3)]),
        "#2b2d3d",
    )
    glass = polygon([(x - 46, floor - 8), (x - 46, 134), (x + 46, 134), (x + 46, floor - 8)])
    lay(picture, glass, ramp(distance(*LAMP), [(0, "#fffdf0"), (30, "#fff0b4"), (64, "#f2b24e")]))
    bars = [[(x + a, 134), (x + a, floor - 8)] for a in (-46, -16, 16, 46)]
    lay(picture, lines(bars, 4), "#2b2d3d")
    posts = [[(x + a, floor - 36), (x + a, floor - 8)] for a in range(-84, 85, 14)]
    lay(picture, lines([*posts, [(x - 85, floor - 36), (x + 85, floor - 36)]], 2.4), "#2b2d3d")
    dome = curve(
        [(x - 58, 136), (x - 46, 104), (x - 12, 76), (x, 70), (x + 12, 76), (x + 46, 104), (x + 58, 136)], 8
    )
    lay(picture, polygon(dome), ramp(X - x, [(-58, "#cf6a48"), (-10, "#93382f"), (55, "#3b1a29")]))
    lay(picture, np.maximum(lines([[(x, 72), (x, 38)]], 4), ellipse(x, 62, 9, 9)), "#2b2430")
    lay(picture, glow(*LAMP, 110) * np.float32(0.4), "#fff0c0")
    lay(picture, glow(*LAMP, 38), "#fffbe6")


def _surf(picture: Picture) -> None:
    """Foam where the swell meets the rocks, and spray above it."""
    foot = 748 + 40 * smooth(620, 520, X) + 22 * smooth(700, 1280, X)
    torn = noise(360, 16, 6, 2.5, 0.7)
    water = smooth(-10, 16, Y - foot - 12 * noise(361, 9, 4, 2)) * smooth(440, 500, X)
    lay(
        picture,
        water,
        ramp(
            torn - (Y - foot) / 60, [(-2, "#16304a"), (-0.5, "#2f5472"), (0.6, "#8ea8b8"), (1.6, "#ece7df")]
        ),
    )
    spray = glow(545, 742, 62, 1.1) + glow(640, 752, 44, 1.3) + glow(905, 762, 48, 1.6)
    lay(picture, np.clip(spray * smooth(-0.9, 1.3, torn), 0, 1) * np.float32(0.85), "#f1e6dc")


PICTURES: dict[str, Callable[[], Pixels]] = {
    "sunrise": _sunrise,
    "coffee": _coffee,
    "balloons": _balloons,
    "lighthouse": _lighthouse,
}


def main(folder: Path) -> None:
    """Write the previews, one JPEG for each picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PICTURES:
        size = (PREVIEW_WIDTH, PREVIEW_WIDTH * HEIGHT // WIDTH)
        small = Image.fromarray(draw(name)).resize(size, Image.Resampling.LANCZOS)
        (folder / f"{name}.jpg").write_bytes(encode_jpeg(np.asarray(small), PREVIEW_QUALITY))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
