"""How near a wall comes to its target at one fixed viewing size: dE00 (colour) and SSIM (structure)."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from worker.pictures.color import Pixels
from worker.pictures.details import KINDS
from worker.pictures.thumbs import cut
from worker.placement.rules import Grid

VIEW = (160, 100)


class Score(NamedTuple):
    """Mean CIEDE2000 (lower is better) and mean structural similarity of the lightness (higher is better)."""

    de00: float
    ssim: float

    def __str__(self) -> str:
        return f"{self.de00:.2f} / {self.ssim:.3f}".replace(" 0.", " .")


def viewed(picture: Pixels) -> Pixels:
    """The picture box-downscaled to the viewing size."""
    return np.asarray(Image.fromarray(picture).resize(VIEW, Image.Resampling.BOX))


def render(
    slots: npt.NDArray[np.integer],
    grid: Grid,
    pictures: Pixels,
    cell_px: int | None = None,
    details: npt.NDArray[np.uint8] | None = None,
) -> Pixels:
    """Lay photos out: (cells,) indices, and details -> (rows cell_px, columns cell_px, 3); about 1,280 px wide by
    default.
    """
    side = cell_px or max(4, round(1280 / grid.columns))
    looks = slots.astype(np.int64) * KINDS + (0 if details is None else details)
    used, place = np.unique(looks, return_inverse=True)
    thumbs = np.stack([_thumb(pictures[look // KINDS], side, int(look % KINDS)) for look in used])
    cells = thumbs[place].reshape(grid.rows, grid.columns, side, side, 3)
    return cells.transpose(0, 2, 1, 3, 4).reshape(grid.rows * side, grid.columns * side, 3)


def _thumb(picture: Pixels, side: int, detail: int) -> Pixels:
    return cut(Image.fromarray(picture), detail, side)


def tinted(wall: Pixels, target: Pixels, tints: npt.NDArray[np.uint8], grid: Grid) -> Pixels:
    """Blend each cell with the target's own pixels: tints (cells,) in per cent."""
    height, width = wall.shape[:2]
    under = np.asarray(Image.fromarray(target).resize((width, height), Image.Resampling.BICUBIC))
    map_ = Image.fromarray(tints.reshape(grid.rows, grid.columns)).resize(
        (width, height), Image.Resampling.NEAREST
    )
    alpha = np.asarray(map_)[..., None] / np.float32(100)
    return np.rint(wall * (1 - alpha) + under * alpha).astype(np.uint8)


def score(wall: Pixels, target: Pixels) -> Score:
    """Compare a rendered wall with its target, both at the viewing size."""
    from skimage.color import deltaE_ciede2000, rgb2gray, rgb2lab

    one, other = viewed(wall), viewed(target)
    de00 = float(deltaE_ciede2000(rgb2lab(one), rgb2lab(other)).mean())
    return Score(de00, _ssim(rgb2gray(one), rgb2gray(other)))


def _ssim(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Structural similarity with the settings of Wang et al. 2004: a Gaussian window of sigma 1.5, on grey."""
    from skimage.metrics import structural_similarity

    return float(
        structural_similarity(
            one, other, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
    )


def readable(wall: Pixels, original: Pixels, colours: int = 4) -> float:
    """How surely each pixel of a drawing's mosaic tells which of the drawing's flat colours it stands for.

    The mean over the colours of the share of pixels that the nearest class mean (Lab, Mahalanobis) tells right, at the
    viewing size: 1 = every shape is clear, 1 / number of colours = nothing is. It does not matter which colours
    the mosaic uses, only that they keep the shapes apart.
    """
    from skimage.color import rgb2lab

    flat, counts = np.unique(original.reshape(-1, 3), axis=0, return_counts=True)
    palette = flat[np.argsort(-counts)[:colours]]
    palette = palette[np.sort(counts)[::-1][:colours] > 0.02 * counts.sum()]
    away = np.abs(viewed(original)[:, :, None].astype(int) - palette.astype(int)).max(axis=3)
    pure = away.min(axis=2) < 8
    truth, seen = away.argmin(axis=2)[pure], rgb2lab(viewed(wall))[pure]
    groups = [seen[truth == each] for each in range(len(palette))]
    inverse = np.linalg.inv(sum(np.cov(group.T) for group in groups) / len(groups))
    offsets = np.stack([seen - group.mean(axis=0) for group in groups])
    nearest = np.einsum("kni,ij,knj->kn", offsets, inverse, offsets).argmin(axis=0)
    return float(np.mean([(nearest[truth == each] == each).mean() for each in range(len(palette))]))
