"""The trial's rough sketch, kept as the yardstick: what the engine has to beat, with the same photos and targets.

Homes: the best cell that is not a home, one photo after the other, never moved. Echoes: all cells in random order,
each takes the best photo at least 3 cells away and below ten times the mean. L weight 3.
"""

import numpy as np
import numpy.typing as npt

from worker.placement.rules import Grid

_SCALE = np.tile(np.array([3**0.5, 1, 1], dtype=np.float32), 16)


def sketch(
    target: npt.NDArray[np.float32], descriptors: npt.NDArray[np.float32], grid: Grid
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """A wall as the trial made it: (cells,) indices of photos, and which cells are homes."""
    photos, cells = descriptors * _SCALE, target * _SCALE
    table = (photos**2).sum(1)[:, None] + (cells**2).sum(1) - 2 * photos @ cells.T
    wall = np.full((grid.rows + 4, grid.columns + 4), -1)  # a margin of two, so that neighbourhoods never end
    free = np.zeros(grid.cells)
    for photo in range(len(photos)):
        cell = int((table[photo] + free).argmin())
        free[cell] = np.inf
        wall[cell // grid.columns + 2, cell % grid.columns + 2] = photo
    counts = np.ones(len(photos))
    most = 10 * grid.cells / len(photos)
    for cell in np.random.default_rng(0).permutation(np.flatnonzero(free == 0)):
        row, column = divmod(int(cell), grid.columns)
        fit = table[:, cell].copy()
        fit[counts >= most] = np.inf
        for reach in (5, 3, 1):
            near = wall[
                row + 2 - reach // 2 : row + 3 + reach // 2, column + 2 - reach // 2 : column + 3 + reach // 2
            ]
            allowed = fit.copy()
            allowed[near[near >= 0]] = np.inf
            if np.isfinite(allowed).any():
                break
        photo = int(allowed.argmin())
        wall[row + 2, column + 2] = photo
        counts[photo] += 1
    return wall[2:-2, 2:-2].ravel(), free > 0
