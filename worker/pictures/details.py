"""Details: the square parts of a photo that an echo may show instead of the whole. Pure.

A detail is a number: 0 is the whole photo, then come the parts of 60 % of its side, of 40 % and of 25 %, each at evenly
spread places, row by row. A byte says all; `plugin/static/wall/details.js` counts the same way.

Descriptors of details are kept as bytes, three thousand a photo: no colour of a photo is known better than that.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.pictures.color import Pixels, lab_from_srgb

WHOLE = 0
SIDES = (0.6, 0.4, 0.25)  # of the photo's side
PLACES = (3, 4, 6)  # along each side
DETAILS = sum(places * places for places in PLACES)  # besides the whole
KINDS = 1 + DETAILS
LARGE_KINDS = KINDS - PLACES[-1] ** 2  # the whole and the details that are not the smallest

SUB_CELLS = 4  # a descriptor looks at 4 x 4 parts of a square
NUMBERS = SUB_CELLS * SUB_CELLS * 3
LOOKED_AT_PX = 80  # at this size the edges of all details, and of their 4 x 4 parts, lie between pixels
_L_STEPS = np.float32(2.55)  # bytes for a unit of L; a and b have one
_MIDDLE = np.float32(128)

Bytes = npt.NDArray[np.uint8]


class Box(NamedTuple):
    """Where a detail lies on the photo's square, in parts of its side."""

    left: float
    top: float
    side: float


def _boxes() -> tuple[Box, ...]:
    boxes = [Box(0.0, 0.0, 1.0)]
    for side, places in zip(SIDES, PLACES, strict=True):
        starts = [round(place * (1 - side) / (places - 1), 4) for place in range(places)]
        boxes += [Box(left, top, side) for top in starts for left in starts]
    return tuple(boxes)


BOXES = _boxes()
SIDE_OF = np.array([box.side for box in BOXES], dtype=np.float32)  # by detail, 1 for the whole


def describe_details(square: Pixels) -> Bytes:
    """Describe every detail of a square of sRGB pixels (n, n, 3): (61, 48) uint8, the first row being detail 1.

    Each row is the mean Lab of the detail's 4 x 4 parts in reading order, as bytes: see `lab_of`. Raises ValueError for
    another shape.
    """
    size = square.shape[0]
    if square.shape != (size, size, 3) or not size:
        raise ValueError(f"expected a square of pixels, not {square.shape}")
    sums = _sums(lab_from_srgb(_small(square)))
    means = np.concatenate([_means(sums, *each) for each in zip(SIDES, PLACES, strict=True)])
    means[..., 0] *= _L_STEPS
    means[..., 1:] += _MIDDLE
    kept: Bytes = np.clip(np.rint(means), 0, 255).astype(np.uint8)
    return kept.reshape(DETAILS, NUMBERS)


def _small(square: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(square).resize((LOOKED_AT_PX, LOOKED_AT_PX), Image.Resampling.BOX))


def _sums(lab: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The sum of all above and to the left: (81, 81, 3)."""
    sums = np.zeros((LOOKED_AT_PX + 1, LOOKED_AT_PX + 1, 3))
    sums[1:, 1:] = lab.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    return sums


def _means(sums: npt.NDArray[np.float64], side: float, places: int) -> npt.NDArray[np.float32]:
    """The means of the 4 x 4 parts of all details of one side: (places * places, 16, 3)."""
    part = round(side * LOOKED_AT_PX) // SUB_CELLS
    apart = (LOOKED_AT_PX - SUB_CELLS * part) // (places - 1)
    edges = (np.arange(places)[:, None] * apart + np.arange(SUB_CELLS + 1) * part).ravel()
    corners = sums[np.ix_(edges, edges)].reshape(places, SUB_CELLS + 1, places, SUB_CELLS + 1, 3)
    total = np.diff(np.diff(corners, axis=1), axis=3).transpose(0, 2, 1, 3, 4)
    means: npt.NDArray[np.float32] = (total / part**2).astype(np.float32)
    return means.reshape(places * places, SUB_CELLS * SUB_CELLS, 3)


def lab_of(kept: Bytes) -> npt.NDArray[np.float32]:
    """Descriptors as bytes (n, 48) -> Lab (n, 48) float32."""
    lab = kept.reshape(-1, SUB_CELLS * SUB_CELLS, 3).astype(np.float32)
    lab[..., 0] /= _L_STEPS
    lab[..., 1:] -= _MIDDLE
    return lab.reshape(-1, NUMBERS)


def box_px(detail: int, size: int) -> tuple[float, float, float, float]:
    """Where a detail lies on a square of `size` px: left, top, right, bottom, as Pillow's `box` wants it."""
    left, top, side = BOXES[detail]
    return left * size, top * size, (left + side) * size, (top + side) * size
