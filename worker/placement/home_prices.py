"""Which cells a wall's photos would like for homes. Pure, NumPy only.

A photo that comes early could take a cell that many of those to come would fit, though it has others that fit it
nearly as well. So a home has a price: how much the photos that are here, taken for a sample of those to come, would
like the cell. It costs a home nearly nothing and leaves those who come later better ones (bench/optimum.py).
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from worker.pictures.color import Floats
from worker.placement.metric import scatter

SAMPLE = 256  # photos that are asked; more say the same
SOFTNESS = 0.3  # a cell that costs so much more than the best, in parts of that, is liked by a factor e less
_MASS = (
    1 << 20
)  # what one photo's liking adds up to: whole numbers, so that the order of adding does not matter


@dataclass
class Demand:
    """The likings of a sample of a board's photos, kept up to date by what has changed since.

    The sample depends on the ids alone and the sum is of whole numbers, so that a board restored from the database
    knows the same as one kept in memory.
    """

    asked: dict[int, Floats] = field(default_factory=dict)  # photo id -> its features
    total: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def among(self, ids: npt.NDArray[np.int64], photos: Floats, cells: Floats) -> Floats:
        """How much each cell is liked by photos, 1 on average: (cells,) float32; 0 everywhere where there is no photo.

        ids (n,), photos (n, 48) features, cells (cells, 48) features: always of the same cells.
        """
        if self.total.size != len(cells):
            self.asked, self.total = {}, np.zeros(len(cells), dtype=np.int64)
        chosen = _sample(ids)
        wanted = dict(zip(ids[chosen].tolist(), photos[chosen], strict=True))
        gone, new = self.asked.keys() - wanted.keys(), wanted.keys() - self.asked.keys()
        if gone or new:
            squares = np.einsum("ij,ij->i", cells, cells)
            for photo in gone:
                self.total -= _liking(self.asked.pop(photo), cells, squares)
            for photo in new:
                self.asked[photo] = wanted[photo].copy()
                self.total += _liking(self.asked[photo], cells, squares)
        each = max(1, len(self.asked)) * _MASS / len(cells)
        return (self.total / each).astype(np.float32)


def _sample(ids: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
    return np.lexsort((ids, scatter(ids, np.ones_like(ids))))[:SAMPLE]


def _liking(photo: Floats, cells: Floats, squares: Floats) -> npt.NDArray[np.int64]:
    """One photo at a time, so that its numbers never depend on who is asked together with it."""
    prices = squares + photo @ photo - 2 * (cells @ photo)  # as worker.placement.metric.costs, exact as well
    best = prices.min()
    liking = np.exp((best - prices) / (np.float32(SOFTNESS) * best + 1))
    whole: npt.NDArray[np.int64] = np.rint(liking * (_MASS / liking.sum())).astype(np.int64)
    return whole
