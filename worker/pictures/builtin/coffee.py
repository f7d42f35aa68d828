"""A cup of coffee: a built-in target picture. Pure."""

import math

import numpy as np

from worker.pictures.color import Pixels
from worker.pictures.paint import (
    HEIGHT,
    WIDTH,
    Field,
    Picture,
    X,
    Y,
    distance,
    ellipse,
    finished,
    glow,
    lay,
    light,
    noise,
    polygon,
    ramp,
    smooth,
    turned,
)

CUP = (590.0, 352.0)  # the middle of the rim
RIM = (282.0, 112.0)  # its half axes
CUP_FOOT, CUP_FOOT_HALF = 652.0, 132.0
# Around the cup, from its left edge at -1 to its right one at 1.
CREAM = [
    (-1, "#d8cbb8"),
    (-0.55, "#fffaee"),
    (0, "#efe4d2"),
    (0.55, "#ab9985"),
    (0.88, "#7f6b5b"),
    (1, "#a38468"),
]
BLUE = [
    (-1, "#48788d"),
    (-0.55, "#8fbccb"),
    (0, "#4f8299"),
    (0.55, "#2a5166"),
    (0.88, "#183443"),
    (1, "#3d4a50"),
]
BEANS = (
    (1010, 560, 0.4),
    (1092, 610, -0.7),
    (1150, 528, 1.1),
    (98, 662, 0.2),
    (176, 718, -0.5),
)  # x, y, angle


def draw() -> Pixels:
    """The picture, (800, 1280, 3) uint8."""
    picture = _cafe()
    _table(picture)
    _saucer(picture)
    _handle(picture)
    _cup_body(picture)
    _coffee_surface(picture)
    for x, y, angle in BEANS:
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


def _cup_shape() -> tuple[Field, Field]:
    """(the cup without its handle, half its width at each height)."""
    x, rim = CUP
    down = np.linspace(0, 1, 80)
    half = CUP_FOOT_HALF + (RIM[0] - CUP_FOOT_HALF) * (1 - down**2.3) ** 0.62
    ys = rim + (CUP_FOOT - rim) * down
    side = list(zip((x + half).tolist(), ys.tolist(), strict=True))
    mask = polygon([(2 * x - a, b) for a, b in side] + side[::-1])
    mask = np.maximum(mask, ellipse(x, CUP_FOOT - 6, CUP_FOOT_HALF + 10, 27))
    mask = np.maximum(mask, ellipse(x, rim, *RIM))
    return mask, np.interp(Y[:, 0], ys, half).astype(np.float32)[:, None]


def _cup_body(picture: Picture) -> None:
    """Stoneware: cream above, dipped in blue glaze below, rounded by the light from the left."""
    x, rim = CUP
    mask, at = _cup_shape()
    turn = (X - x) / at + 0.02 * noise(120, 20, 4)
    lay(picture, ellipse(x, CUP_FOOT + 8, CUP_FOOT_HALF - 4, 26), ramp(turn, CREAM))
    lay(picture, mask, ramp(turn, CREAM))
    dip = rim + 168 + RIM[1] * 0.62 * (np.sqrt(np.clip(1 - turn**2, 0, 1)) - 1) + 7 * noise(121, 7, 3)
    lay(picture, mask * smooth(-3, 3, Y - dip), ramp(turn + 0.03 * noise(122, 30, 4), BLUE))
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
