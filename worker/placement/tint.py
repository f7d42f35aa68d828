"""How much of the target shows through each echo: the wall's tint, spent where photos fit worst. Pure, NumPy only."""

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.placement.board import Board
from worker.placement.metric import SUB

MOST = 60  # per cent of the target in any cell: above it a photo is no longer one
_MIDDLE = np.array([51.0, -1.0, 7.0], dtype=np.float32)  # mean Lab of parts of photos, and
_SPREAD = np.array([28.0, 14.0, 27.0], dtype=np.float32)  # twice its deviation: 919 photos of all kinds
_COMMON = np.float32(0.5)  # colours nearer to the middle than this are in plenty of photos


def tint_map(board: Board, mean: float) -> npt.NDArray[np.uint8]:
    """Per cent of the target in each cell, as `pictures.canvas` takes them: (cells,) uint8, 0 in homes, about `mean`
    on average elsewhere, at most twice the mean.

    It depends on the target and the grid only, apart from homes being left alone: a cell's tint does not change while
    photos come and go, so nothing has to be drawn again. What decides is how far a cell's colours are from those that
    photos have; by what each cell really shows it would be hardly better (bench/sweep.py).
    Raises ValueError for a mean that is not between 0 and 60.
    """
    if not 0 <= mean <= MOST:
        raise ValueError(f"a tint is between 0 and {MOST} per cent, not {mean}")
    tints = np.rint(_spent(_rareness(board.target), mean, min(2 * mean, MOST))).astype(np.uint8)
    tints[board.is_home] = 0
    return tints


def _rareness(target: Floats) -> Floats:
    parts = (target.reshape(-1, SUB * SUB, 3) - _MIDDLE) / _SPREAD
    away: Floats = np.maximum(np.sqrt((parts**2).sum(axis=2).mean(axis=1)) - _COMMON, 0)
    return away


def _spent(need: Floats, mean: float, most: float) -> Floats:
    """`mean` on average, in proportion to the need but at most `most`; what the needy cannot take goes to all."""
    low, high = np.float32(0), np.float32(most / max(float(need[need > 0].min(initial=1)), 1e-3))
    for _ in range(40):
        factor = (low + high) / 2
        if np.minimum(need * factor, most).mean() < mean:
            low = factor
        else:
            high = factor
    tints = np.minimum(need * high, most)
    spare = most - tints
    missing = mean - tints.mean()
    if missing > 0 and spare.any():
        tints = tints + spare * min(1.0, float(missing / spare.mean()))
    result: Floats = tints.astype(np.float32)
    return result
