"""The lighthouse: a built-in target picture. Pure."""

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
    below,
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
    turned,
)

SEA_LEVEL = 520.0
TOWER = 800.0  # its axis
TOWER_TOP, TOWER_FOOT = 232.0, 655.0
LAMP = (TOWER, 178.0)
# Around the tower, from its left edge at -1 to its right one at 1.
WHITE = [
    (-1, "#f3cda6"),
    (-0.6, "#fff0dc"),
    (-0.1, "#e6dcd8"),
    (0.5, "#8e93ab"),
    (0.9, "#4d5878"),
    (1, "#5d6480"),
]
RED = [
    (-1, "#c8603f"),
    (-0.6, "#d2543c"),
    (-0.1, "#b03c31"),
    (0.5, "#6e2630"),
    (0.9, "#3f1c2c"),
    (1, "#4b2735"),
]
HOUSE_LEFT, HOUSE_RIGHT, EAVES, HOUSE_FOOT = 985.0, 1200.0, 560.0, 668.0


def draw() -> Pixels:
    """The picture, (800, 1280, 3) uint8."""
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
    _house_walls(picture)
    _house_roof(picture)
    lay(picture, glow(1092, 610, 130) * np.float32(0.35), "#ffb765")
    for x in (1020, 1150):
        _house_window(picture, x)
    door = polygon([(1066, HOUSE_FOOT), (1066, 592), (1106, 592), (1106, HOUSE_FOOT)])
    lay(picture, door, "#3a4a52")


def _house_walls(picture: Picture) -> None:
    left, right, eaves, foot = HOUSE_LEFT, HOUSE_RIGHT, EAVES, HOUSE_FOOT
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


def _house_roof(picture: Picture) -> None:
    left, right, eaves = HOUSE_LEFT, HOUSE_RIGHT, EAVES
    roof = ramp(Y + 6 * noise(341, 40, 3, 3), [(492, "#8d4a38"), (560, "#55302c")])
    lay(picture, polygon([(1140, 520), (1140, 466), (1168, 466), (1168, 520)]), "#4f3a38")
    lay(
        picture,
        polygon([(left - 16, eaves + 6), (left + 34, 492), (right - 34, 492), (right + 16, eaves + 6)]),
        roof,
    )


def _house_window(picture: Picture, x: float) -> None:
    lay(picture, polygon([(x - 21, 584), (x + 21, 584), (x + 21, 630), (x - 21, 630)]), "#3d3230")
    pane = [(x - 17, 588), (x + 17, 588), (x + 17, 626), (x - 17, 626)]
    lay(picture, polygon(pane), ramp(Y, [(588, "#ffe9a8"), (626, "#f5a84e")]))
    lay(picture, lines([[(x, 586), (x, 628)], [(x - 18, 606), (x + 18, 606)]], 3), "#4a3830")


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
    lay(picture, mask, ramp(worn, WHITE))
    for top, bottom in ((264, 336), (412, 488), (556, 626)):
        at = Y - bowl * (Y - SEA_LEVEL) / (TOWER_FOOT - SEA_LEVEL)
        band = smooth(top - 1, top + 1, at) * smooth(bottom + 1, bottom - 1, at)
        lay(picture, mask * band, ramp(worn, RED))
    lay(picture, ellipse(TOWER + 60, TOWER_FOOT + 20, 150, 12, 7) * (1 - mask) * np.float32(0.7), "#151a18")
    for x, y in ((TOWER - 6, 372), (TOWER - 8, 528)):
        _lit_window(picture, x, y)


def _lit_window(picture: Picture, x: float, y: float) -> None:
    for half, tint in ((15, "#4a3c3e"), (10, "#ffcf78")):
        left, right, top, bottom = x - half, x + half, y - half - 9, y + half + 7
        lay(picture, polygon([(left, top), (right, top), (right, bottom), (left, bottom)]), tint)


def _lantern(picture: Picture) -> None:
    """The gallery with its railing, the glass with the lamp, and the dome."""
    _gallery(picture)
    _glass(picture)
    _railing(picture)
    _dome(picture)
    lay(picture, glow(*LAMP, 110) * np.float32(0.4), "#fff0c0")
    lay(picture, glow(*LAMP, 38), "#fffbe6")


def _gallery(picture: Picture) -> None:
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


def _glass(picture: Picture) -> None:
    x, floor = TOWER, TOWER_TOP
    glass = polygon([(x - 46, floor - 8), (x - 46, 134), (x + 46, 134), (x + 46, floor - 8)])
    lay(picture, glass, ramp(distance(*LAMP), [(0, "#fffdf0"), (30, "#fff0b4"), (64, "#f2b24e")]))
    bars = [[(x + a, 134), (x + a, floor - 8)] for a in (-46, -16, 16, 46)]
    lay(picture, lines(bars, 4), "#2b2d3d")


def _railing(picture: Picture) -> None:
    x, floor = TOWER, TOWER_TOP
    posts = [[(x + a, floor - 36), (x + a, floor - 8)] for a in range(-84, 85, 14)]
    lay(picture, lines([*posts, [(x - 85, floor - 36), (x + 85, floor - 36)]], 2.4), "#2b2d3d")


def _dome(picture: Picture) -> None:
    x = TOWER
    dome = curve(
        [(x - 58, 136), (x - 46, 104), (x - 12, 76), (x, 70), (x + 12, 76), (x + 46, 104), (x + 58, 136)], 8
    )
    lay(picture, polygon(dome), ramp(X - x, [(-58, "#cf6a48"), (-10, "#93382f"), (55, "#3b1a29")]))
    lay(picture, np.maximum(lines([[(x, 72), (x, 38)]], 4), ellipse(x, 62, 9, 9)), "#2b2430")


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
