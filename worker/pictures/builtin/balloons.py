"""Hot-air balloons: a built-in target picture. Pure."""

import math

import numpy as np

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
    discs,
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
)

SKYLINE = 560.0
GORES = 9  # stripes to be seen on a balloon
CRIMSON = ("#b23a2e", "#f3e3c4", "#27456a", "#d4862e", "#a5342b", "#d4862e", "#27456a", "#f3e3c4")
AMBER = ("#d98a2b", "#7c2f2a")
FOREST = ("#2b5540", "#eeb544", "#f3ead2")
CROPS = (
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


def draw() -> Pixels:
    """The picture, (800, 1280, 3) uint8."""
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
    table = np.stack([colour(crop) for crop in CROPS])
    pick = (column * 7 + row * 13 + column * row * 3) % len(CROPS)
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
