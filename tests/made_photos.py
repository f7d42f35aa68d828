"""Pictures made for tests: encoders for each format, and the hand-made files that no encoder would write."""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pillow_heif
from PIL import Image

FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "AVIF", "HEIF")


def encode(image: Image.Image, kind: str, **options: object) -> bytes:
    """Write an image in one of FORMATS."""
    stream = BytesIO()
    if kind == "HEIF":
        heif = pillow_heif.from_pillow(image)
        heif.save(stream, quality=95, enc_params={"preset": "ultrafast"}, **options)
    elif kind == "MPO":
        image.save(
            stream, "MPO", save_all=True, append_images=[Image.new("RGB", image.size, "black")], **options
        )
    else:
        image.save(stream, kind, **({"quality": 95} if kind in ("JPEG", "WEBP", "AVIF") else {}), **options)
    return stream.getvalue()


QUADRANTS = {"red": (0, 0), "lime": (1, 0), "blue": (0, 1), "yellow": (1, 1)}


def quadrants(width: int = 160, height: int = 120) -> Image.Image:
    """Red and lime above blue and yellow: no turn or mirroring leaves it as it was."""
    image = Image.new("RGB", (width, height))
    for name, (column, row) in QUADRANTS.items():
        box = (column * width // 2, row * height // 2, (column + 1) * width // 2, (row + 1) * height // 2)
        image.paste(name, box)
    return image


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, depth: int, colour: int, pixels: bytes, *more: bytes) -> bytes:
    """A PNG written by hand. `pixels` are the unfiltered rows without filter bytes."""
    row = len(pixels) // height if height else 0
    rows = b"".join(b"\0" + pixels[start : start + row] for start in range(0, len(pixels), row or 1))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + body + chunk(b"IEND", b"")


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each segment of a JPEG, in order; after SOS the entropy-coded data is skipped."""
    assert data[:2] == b"\xff\xd8"
    position = 2
    while True:
        assert data[position] == 0xFF
        marker = data[position + 1]
        if marker == 0xD9:
            assert position + 2 == len(data), "something follows the end of the picture"
            return
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        yield marker, data[position + 4 : position + 2 + length]
        position += 2 + length
        while marker == 0xDA and (data[position] != 0xFF or data[position + 1] in (0, *range(0xD0, 0xD8))):
            position += 1


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _icc(space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC version 2 profile (ICC.1:2001-04) with these tags."""
    start = 128 + 4 + 12 * len(tags)
    table, bodies = b"", b""
    for name, tag in tags.items():
        table += name + struct.pack(">II", start + len(bodies), len(tag))
        bodies += tag + b"\0" * (-len(tag) % 4)
    size = start + len(bodies)
    white = _fixed(0.9642) + _fixed(1) + _fixed(0.8249)
    header = (
        struct.pack(">I4sI", size, b"lcms", 0x02200000) + b"mntr" + space + connection + b"\0" * 12 + b"acsp"
    )
    header = header.ljust(68, b"\0") + white
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + bodies


def _text(words: str) -> bytes:
    body = words.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(body)) + body + b"\0" * 78


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(x) + _fixed(y) + _fixed(z)


# Columns: the red, green and blue of Display P3 as XYZ under D50, as in Apple's profile.
P3_TO_XYZ = np.array([[0.5151, 0.2920, 0.1571], [0.2412, 0.6922, 0.0666], [-0.0011, 0.0419, 0.7841]])
SRGB_TO_XYZ_D50 = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
GAMMA = 2.2


def wide_profile() -> bytes:
    """The primaries of Display P3 with a plain gamma of 2.2."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(GAMMA * 256)) + b"\0\0"
    red, green, blue = (_xyz(*column) for column in P3_TO_XYZ.T)
    return _icc(
        b"RGB ",
        b"XYZ ",
        {
            b"desc": _text("wide"),
            b"wtpt": _xyz(0.9642, 1, 0.8249),
            b"rXYZ": red,
            b"gXYZ": green,
            b"bXYZ": blue,
            b"rTRC": curve,
            b"gTRC": curve,
            b"bTRC": curve,
        },
    )


def grey_profile(gamma: float) -> bytes:
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    return _icc(b"GRAY", b"XYZ ", {b"desc": _text("grey"), b"wtpt": _xyz(0.9642, 1, 0.8249), b"kTRC": curve})


def ink_profile() -> bytes:
    """A press whose cyan prints as L 40, a 60, b -50 (a violet) and black as black; the other inks print nothing."""
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0])
    lut += b"".join(_fixed(value) for value in (1, 0, 0, 0, 1, 0, 0, 0, 1))
    lut += bytes(range(256)) * 4
    paper, violet, black = bytes([255, 128, 128]), bytes([102, 188, 78]), bytes([0, 128, 128])
    lut += (paper + black) * 4 + (violet + black) * 4  # cyan varies slowest, black fastest
    lut += bytes(range(256)) * 3
    return _icc(b"CMYK", b"Lab ", {b"desc": _text("ink"), b"wtpt": _xyz(0.9642, 1, 0.8249), b"A2B0": lut})
