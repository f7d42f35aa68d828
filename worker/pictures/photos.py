"""What a wall needs of one photo: a clean master, square thumbs, and numbers that say where its colours fit.

Pure: bytes and arrays in, bytes and arrays out. `worker.pictures.opener` deals with what may be wrong with the bytes.
"""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.pictures.color import lab_from_srgb
from worker.pictures.details import Bytes, describe_details
from worker.pictures.opener import PhotoRefused, open_photo

__all__ = ["Crop", "PhotoRefused", "Prepared", "choose_crop", "describe", "open_photo", "prepare"]

MASTER_SIDE = 1024
_REDUCING_GAP = 2.0
SUB_CELLS = 4  # a descriptor looks at 4 x 4 parts of a square


@dataclass(frozen=True)
class _Encoding:
    """JPEG settings. Subsampling 4:2:0 halves the resolution of colour, 4:4:4 keeps it.

    With tables of its own a file is coded twice: the pixels are the same, the bytes fewer.
    """

    quality: int
    subsampling: str
    own_tables: bool = False


# Measured on 13 photos of 1 to 18 megapixels and 92 small ones: mean colour error (CIE76) against bytes.
# 512 px: 85 4:2:0 is 1.7 at 35 KB; 4:4:4 would be 1.3 at 48 KB. Looked at one by one, so bytes win.
# 128 and 64 px: 90 4:4:4 is 1.9 at 6.8 KB and 2.2 at 2.4 KB; 4:2:0 saves a sixth and costs half as much error again.
# These go into tiles, which are encoded once more, and colour is what the wall is made of, so colour wins.
# Tables of their own save these a sixteenth and a tenth of their bytes for 0.3 ms; the master and the 512 px square
# would save a fiftieth for 6.6 ms, more than a tenth of all that a photo of 12 megapixels costs.
_MASTER_ENCODING = _Encoding(quality=88, subsampling="4:2:0")
_THUMB_ENCODINGS = {  # largest first
    512: _Encoding(quality=85, subsampling="4:2:0"),
    128: _Encoding(quality=90, subsampling="4:4:4", own_tables=True),
    64: _Encoding(quality=90, subsampling="4:4:4", own_tables=True),
}


@dataclass(frozen=True)
class Crop:
    """Where the square lies on a photo: 0 at the left or upper end of the longer side, 1 at the other, 0.5 between.

    Only the value along the longer side has an effect.
    """

    x: float = 0.5
    y: float = 0.5

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):  # also true of NaN
            raise ValueError(f"a crop lies between 0 and 1, not at {self.x}, {self.y}")


@dataclass(frozen=True)
class Prepared:
    """One photo, ready for a wall. All bytes are JPEG in sRGB without metadata."""

    master: bytes  # the whole photo, upright, long side at most 1,024 px
    thumbs: dict[int, bytes]  # side in px (512, 128, 64) -> the square
    descriptor: npt.NDArray[np.float32]  # (48,), see describe()
    details: Bytes  # (61, 48), see worker.pictures.details
    crop: Crop  # where the square was taken


def prepare(data: bytes, crop: Crop | None = None) -> Prepared:
    """Make all that a wall needs from what somebody sent. Raises PhotoRefused.

    Without a crop the square is placed by `choose_crop`.
    """
    photo = open_photo(data, long_side=MASTER_SIDE, short_side=max(_THUMB_ENCODINGS))
    left, top, side = choose_crop(photo) if crop is None else _place_crop(photo.size, crop)
    squares = _squares(photo, (left, top, left + side, top + side))
    return Prepared(
        master=_jpeg(_whole(photo), _MASTER_ENCODING),
        thumbs={size: _jpeg(square, _THUMB_ENCODINGS[size]) for size, square in squares.items()},
        descriptor=describe(np.asarray(squares[128])),
        details=describe_details(np.asarray(squares[128])),
        crop=Crop(x=_share(left, photo.width - side), y=_share(top, photo.height - side)),
    )


def _squares(photo: Image.Image, box: tuple[int, int, int, int]) -> dict[int, Image.Image]:
    """The square at each size, each made from the next larger one: a fifth of the time, and within 0.001 of as good.

    (Mean SSIM to the whole photo reduced at once; the gap averages pairs of pixels before the filter sees them.)
    """
    squares: dict[int, Image.Image] = {}
    source, part = photo, box
    for size in _THUMB_ENCODINGS:
        source = source.resize((size, size), Image.Resampling.LANCZOS, part, reducing_gap=_REDUCING_GAP)
        squares[size], part = source, (0, 0, size, size)
    return squares


def describe(square: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Describe a square (n, n, 3) of sRGB pixels, n a multiple of 4, by the mean Lab of its 4 x 4 parts.

    Returns float32 (48,): part by part in reading order, L, a, b of each. Raises ValueError for other shapes.
    """
    size = square.shape[0]
    if square.shape != (size, size, 3) or size == 0 or size % SUB_CELLS:
        raise ValueError(
            f"expected a square of pixels whose side is a multiple of {SUB_CELLS}, not {square.shape}"
        )
    part = size // SUB_CELLS
    parts = lab_from_srgb(square).reshape(SUB_CELLS, part, SUB_CELLS, part, 3)
    means: npt.NDArray[np.float32] = parts.mean(axis=(1, 3), dtype=np.float32).reshape(-1)
    return means


def _whole(photo: Image.Image) -> Image.Image:
    """The photo at the master's size: only panoramas, opened larger for their thumbs' sake, are still above it."""
    scale = MASTER_SIDE / max(photo.size)
    if scale >= 1:
        return photo
    size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    return photo.resize(size, Image.Resampling.LANCZOS)


def _jpeg(image: Image.Image, encoding: _Encoding) -> bytes:
    stream = BytesIO()
    image.save(
        stream,
        "JPEG",
        quality=encoding.quality,
        subsampling=encoding.subsampling,
        optimize=encoding.own_tables,
    )
    return stream.getvalue()


def _share(offset: int, free: int) -> float:
    return offset / free if free else 0.5


def _place_crop(size: tuple[int, int], crop: Crop) -> tuple[int, int, int]:
    side = min(size)
    return round(crop.x * (size[0] - side)), round(crop.y * (size[1] - side)), side


_LOOK_SIDE = (
    48  # px of the short side at which a crop is chosen: enough to see a subject, too little to see texture
)
_NOTICEABLE = 4.0  # Lab units below which a difference is noise (2.3 is just noticeable side by side)
_CENTRE_PULL = 0.12  # of the photo's whole contrast: what must be gained to move the square to the very edge


def choose_crop(photo: Image.Image) -> tuple[int, int, int]:
    """Place the square where most is to be seen: (left, top, side) in px of an RGB photo.

    What counts is contrast, summed for each row or column along the longer side: how much a pixel differs from its
    neighbours (Lab), and more so where its colour is far from the photo's median, as a subject's is before a
    background. (Edges alone, and edges plus distance, each cut subjects in trial photos that the product keeps.)
    The middle of the square counts twice as much as its ends, which leaves room around a subject, and the middle of
    the photo is preferred: with nothing to choose between, the square lies there. It knows nothing of faces, by
    intent.
    """
    side = min(photo.size)
    free = max(photo.size) - side
    if free == 0:
        return 0, 0, side
    scale = min(1.0, _LOOK_SIDE / side)
    small = photo.resize(
        (max(1, round(photo.width * scale)), max(1, round(photo.height * scale))), Image.Resampling.BOX
    )
    energy = _contrast(lab_from_srgb(np.asarray(small)))
    if photo.width > photo.height:
        return round(free * _best_place(energy.sum(axis=0), min(small.size))), 0, side
    return 0, round(free * _best_place(energy.sum(axis=1), min(small.size))), side


def _contrast(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Lab (rows, columns, 3) -> how much each pixel stands out (rows, columns)."""
    edges = np.zeros(lab.shape[:2], dtype=np.float32)
    edges[1:] += np.linalg.norm(np.diff(lab, axis=0), axis=-1)
    edges[:, 1:] += np.linalg.norm(np.diff(lab, axis=1), axis=-1)
    rarity = np.linalg.norm(lab - np.median(lab, axis=(0, 1)), axis=-1)
    stands_out: npt.NDArray[np.float32] = np.maximum(edges - _NOTICEABLE, 0) * np.sqrt(1 + rarity)
    return stands_out


def _best_place(energy: npt.NDArray[np.float32], window: int) -> float:
    """Find where, 0 to 1, a window catches most of a line's energy; 0.5 where there is none."""
    free = len(energy) - window
    total = float(energy.sum())
    if free <= 0 or total <= 0:
        return 0.5
    weights = 1 - 0.5 * np.linspace(-1, 1, window) ** 2
    caught = np.convolve(energy, weights, mode="valid") / total
    places = np.linspace(0, 1, free + 1)
    return float(places[np.argmax(caught - _CENTRE_PULL * (2 * places - 1) ** 2)])
