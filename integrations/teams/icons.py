"""The two icons that Teams wants, as PNG: a cup of photos, in colour, and its outline in white on nothing.

What Teams asks of them: https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package
"""

import struct
import zlib
from collections.abc import Callable

Pixel = tuple[int, int, int, int]  # red, green, blue, alpha

COLOUR_PX, OUTLINE_PX = 192, 32
CUP = (
    "..#..#..",
    ".#..#...",
    "........",
    "######..",
    "########",
    "######.#",
    "########",
    ".####...",
)
SIDE = len(CUP)  # tiles
SAFE_PX = 96  # what is outside the middle Teams may cut off
STEAM_ROWS = 2
GROUND, STEAM = (43, 27, 12), (255, 236, 200)
PHOTOS = ((255, 191, 46), (231, 111, 81), (244, 162, 97), (42, 157, 143), (138, 177, 125), (233, 196, 106))
NOTHING: Pixel = (255, 255, 255, 0)
WHITE: Pixel = (255, 255, 255, 255)


def colour() -> bytes:
    """192 x 192: the cup in the middle, each of its tiles a photo of its own."""
    tile, margin = SAFE_PX // SIDE, (COLOUR_PX - SAFE_PX) // 2

    def pixel(x: int, y: int) -> Pixel:
        column, row = (x - margin) // tile, (y - margin) // tile
        if not (0 <= column < SIDE and 0 <= row < SIDE) or CUP[row][column] != "#":
            return (*GROUND, 255)
        if (x - margin) % tile == tile - 1 or (y - margin) % tile == tile - 1:
            return (*GROUND, 255)
        red, green, blue = STEAM if row < STEAM_ROWS else PHOTOS[(column * 5 + row * 2) % len(PHOTOS)]
        return red, green, blue, 255

    return png(COLOUR_PX, pixel)


def outline() -> bytes:
    """32 x 32: the cup of separate tiles, nothing between them."""
    pitch = OUTLINE_PX // SIDE

    def pixel(x: int, y: int) -> Pixel:
        is_gap = x % pitch == pitch - 1 or y % pitch == pitch - 1
        return WHITE if CUP[y // pitch][x // pitch] == "#" and not is_gap else NOTHING

    return png(OUTLINE_PX, pixel)


def png(side: int, pixel: Callable[[int, int], Pixel]) -> bytes:
    """A square picture, 8 bits a channel with alpha (https://www.w3.org/TR/png-3/)."""
    rows = b"".join(b"\0" + bytes(value for x in range(side) for value in pixel(x, y)) for y in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    parts = (_part(b"IHDR", header), _part(b"IDAT", zlib.compress(rows, 9)), _part(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _part(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
