"""How well a photo fits a cell. Pure, NumPy only.

Photos and cells are described alike: mean Lab on a 4x4 sub-grid, 48 numbers. The cost of a photo in a cell is the
squared distance of their *features*: the descriptors in an orthonormal basis of three scales (the mean, what the 2x2
quarters differ from it, what the 4x4 parts differ from those), weighted and rounded to whole numbers.

Why scales: the finer the grid, the less of a cell's inside anybody sees, and the more its mean colour counts. Why
lightness is weighted: form is seen in lightness. Both weights come from bench/sweep.py.

Why whole numbers: every dot product then stays below 2**24 and is exact in float32, so that costs do not depend on
the order of summation, on the BLAS in use or on how many photos are compared at once. A board rebuilt from the
database therefore decides exactly like one kept in memory. The rounding (a sixth of a Lab unit) is far below the
differences between photos.
"""

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats, lab_from_srgb
from worker.placement.grids import Grid

SUB = 4  # the sub-grid of a descriptor is SUB x SUB
DESCRIPTOR = SUB * SUB * 3
L_WEIGHT = 3.5
PLAIN_CELLS = 1_000  # up to this grid all scales count alike; beyond, 4x4 detail fades with the cells' side
LEAST_DETAIL = 0.2
# In sRGB, 8 (L - 50)^2 + a^2 + b^2 is at most 27,200, and 16 * 27,200 * 6^2 < 2^24: with weights of L up to 8 the
# largest possible dot product is exact.
_STEPS_A_UNIT = 6.0
_FINE = 64  # descriptors are first rounded to 1/64, so that sums of them are exact as well
_MIDDLE = np.tile(np.array([50.0, 0.0, 0.0], dtype=np.float32), SUB * SUB)
_PATTERNS = ((1, 1, 1, 1), (1, 1, -1, -1), (1, -1, 1, -1), (1, -1, -1, 1))


def _haar() -> tuple[Floats, npt.NDArray[np.intp]]:
    """The two-dimensional Haar basis of a 4x4 sub-grid, unnormalised (entries -1, 0, 1), and each row's scale."""
    quarters = [[8 * i + 2 * j + k for k in (0, 1, 4, 5)] for i in (0, 1) for j in (0, 1)]
    basis = np.zeros((SUB * SUB, SUB * SUB), dtype=np.float32)
    for row, pattern in enumerate(_PATTERNS):
        for sign, quarter in zip(pattern, quarters, strict=True):
            basis[row, quarter] = sign
    for number, quarter in enumerate(quarters):
        for row, pattern in enumerate(_PATTERNS[1:]):
            basis[4 + 3 * number + row, quarter] = pattern
    return basis, np.repeat([0, 1, 2], [1, 3, 12])


_BASIS, _SCALE_OF = _haar()
_LENGTHS = np.linalg.norm(_BASIS, axis=1).astype(np.float32)


def describe_target(rgb: npt.NDArray[np.uint8], grid: Grid) -> Floats:
    """Describe every cell of a target picture: (height, width, 3) uint8 -> (cells, 48) float32 Lab.

    The picture is laid over the whole grid; crop it to the grid's aspect first if it differs by much.
    """
    small = _box_resize(rgb, grid.columns * SUB, grid.rows * SUB)
    lab = lab_from_srgb(small).reshape(grid.rows, SUB, grid.columns, SUB, 3)
    cells: Floats = lab.transpose(0, 2, 1, 3, 4).reshape(grid.cells, DESCRIPTOR)
    return cells


def _box_resize(rgb: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    """The mean of the source's area under each pixel, whatever the ratio of the sizes."""
    shrunk = _box_axis(_box_axis(rgb.astype(np.float64), height, 0), width, 1)
    return np.clip(np.rint(shrunk), 0, 255).astype(np.uint8)


def _box_axis(values: npt.NDArray[np.float64], size: int, axis: int) -> npt.NDArray[np.float64]:
    length = values.shape[axis]
    sums = np.concatenate([np.zeros_like(values.take([0], axis)), np.cumsum(values, axis)], axis)
    edges = np.arange(size + 1) * (length / size)
    whole = np.minimum(edges.astype(np.intp), length - 1)
    shape = [1] * values.ndim
    shape[axis] = size + 1
    part = (edges - whole).reshape(shape)
    at_edges = sums.take(whole, axis) + values.take(whole, axis) * part
    shrunk: npt.NDArray[np.float64] = np.diff(at_edges, axis=axis) * (size / length)
    return shrunk


def features(descriptors: Floats, cells: int, lightness: float = L_WEIGHT) -> Floats:
    """Features of photos or cells, for `costs`: (n, 48) Lab -> (n, 48) float32 whole numbers.

    `cells` is the number of cells of the grid, `lightness` the weight of L, at most 8. Raises ValueError for another
    shape and for numbers that are not finite.
    """
    if descriptors.ndim != 2 or descriptors.shape[1] != DESCRIPTOR:
        raise ValueError(f"descriptors must have the shape (n, {DESCRIPTOR}), not {descriptors.shape}")
    if not np.isfinite(descriptors).all():
        raise ValueError("descriptors must be finite numbers")
    whole = np.rint((descriptors.astype(np.float32) - _MIDDLE) * np.float32(_FINE))
    scales = np.matmul(_BASIS, whole.reshape(-1, SUB * SUB, 3))  # exact: sums of 16 whole numbers below 2**14
    weighted: Floats = np.rint(scales * _weights(cells, lightness)).reshape(-1, DESCRIPTOR)
    return weighted


def _weights(cells: int, lightness: float) -> Floats:
    """The weight of each scale and channel: (16, 3)."""
    detail = max(LEAST_DETAIL, min(1.0, (PLAIN_CELLS / cells) ** 0.7))
    scales = np.array([1.0, 1.0, detail], dtype=np.float32)[_SCALE_OF] / _LENGTHS
    channels = np.array([lightness**0.5, 1.0, 1.0], dtype=np.float32)
    weights: Floats = np.outer(scales, channels * np.float32(_STEPS_A_UNIT / _FINE)).astype(np.float32)
    return weights


def costs(left: Floats, right: Floats, squares: Floats | None = None) -> Floats:
    """Squared distances between two lists of features: (n, 48), (m, 48) -> (n, m) float32.

    `squares`: of the right ones, (m,), where they are known.
    """
    table: Floats = left @ right.T
    table *= np.float32(-2)
    table += np.einsum("ij,ij->i", left, left)[:, None]
    table += np.einsum("ij,ij->i", right, right) if squares is None else squares
    return table


def scatter(cells: npt.NDArray[np.integer], ids: npt.NDArray[np.integer]) -> Floats:
    """A number in [0, 1) for each pair of a cell and a photo id, always the same: breaks ties without a pattern.

    In flat areas of a target many cells want the same photos; chosen by the lowest cell they would form bands and
    lattices that the eye picks out before the picture.
    """
    rows = np.asarray(cells).astype(np.uint32) * np.uint32(0x9E3779B1)
    mixed = rows ^ np.asarray(ids).astype(np.uint32) * np.uint32(0x85EBCA77)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x2C1B3C6D)
    mixed ^= mixed >> np.uint32(12)
    mixed *= np.uint32(0x297A2D39)
    mixed ^= mixed >> np.uint32(15)
    spread: Floats = (mixed >> np.uint32(8)).astype(np.float32) / np.float32(2**24)
    return spread


def cost_of_pairs(left: Floats, right: Floats) -> Floats:
    """Squared distances row by row: (n, 48), (n, 48) -> (n,); the same numbers as `costs` gives."""
    dot = np.einsum("ij,ij->i", left, right) * np.float32(-2)
    dot += np.einsum("ij,ij->i", left, left)
    dot += np.einsum("ij,ij->i", right, right)
    pairs: Floats = dot
    return pairs
