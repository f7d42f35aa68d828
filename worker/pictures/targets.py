"""Target pictures: opened strictly, and prepared so that photos can form them. Pure.

`open_target` gives the picture as the host knows it, `prepare_target` the one to place photos by, for the host to
compare and approve. The two differ only for drawings (logos, flat shapes), in two ways:

- Palette: pure white and saturated brand colours are out of reach of any photo, and asking for the impossible leaves
  the choice between photos to chance. Lightness and chroma are drawn in towards what photos have.
- Backdrop: on a plain ground nearly all photos are equally wrong, and every home is a blot. The ground keeps its
  colour around the shapes and fades, with the distance from them, to the mean colour of photos: so there is a place
  for every photo, the shapes stand in their own light, and homes leave the shapes alone.

Photographs are left as they are: there it costs colour and gains nothing (bench/sweep.py).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor

from worker.pictures.color import Floats, Pixels, lab_from_srgb
from worker.pictures.opener import PhotoRefused, Reason, open_photo

LONG_SIDE = 2048
SMOOTH_SIDE = (
    640  # smaller pictures are enlarged to this, smoothly, so that a cell is never a hard block of one pixel
)
WIDEST = 3.0  # a wall is at most three times as wide as high, or as high as wide

_LOOK_SIDE = 256  # px at which a picture is judged
_FAR_SIDE = 160  # and at which distances are measured
_FLAT_STEP = (
    1.0  # Lab units between neighbours below which an area is flat; even a clear sky has grain above it
)
_PHOTO_FLAT, _DRAWING_FLAT = (
    0.55,
    0.85,
)  # share of flat pixels up to which it is a photograph, and from which a drawing
_PULL = 0.6  # how far the lightness of a drawing is drawn towards that of photos
_CHROMA_PULL = 0.4  # and the chroma: less, for it is what people know a brand by
_PAPERS = ("#ffffff", "#20262e", "#7c828a")  # what transparent pictures are laid on, the first that will do
_SEEN = 127  # alpha from which a pixel counts as part of the picture
_APART = 25.0  # Lab units between a shape and its paper that the eye needs
_LOST = 0.05  # share of the outline that may be nearer than that
_FEW_PHOTOS = 30  # fewer say nothing about those to come

_GROUND_STEP = 6.0  # Lab units within which a pixel is of the ground's colour
_GROUND_BORDER = 0.8  # share of a picture's border that a ground covers
_GROUND_SHARE = 0.25  # and of its area, at least
_HALO = 0.12  # of the ground, nearest to the shapes, keeps its colour
_FADE = 0.75  # how far the ground fades to the photos' mean colour


@dataclass(frozen=True)
class Palette:
    """What photos have: 5th and 95th percentile of lightness, 95th of chroma, and the mean colour, over their parts."""

    darkest: float
    lightest: float
    chroma: float
    mean: tuple[float, float, float]


USUAL = Palette(darkest=18.0, lightest=84.0, chroma=39.0, mean=(51.0, -1.0, 7.0))  # 919 photos of all kinds


class TargetRefused(Exception):  # noqa: N818 (nothing went wrong: it is an answer)
    """A picture that no wall can form; `reason` is a code for which the pages have words."""

    def __init__(self, reason: "TargetReason") -> None:
        super().__init__(reason)
        self.reason: TargetReason = reason


TargetReason = Reason | Literal["one_colour"]


@dataclass(frozen=True)
class PreparedTarget:
    """A target as placement wants it.

    picture   (height, width, 3) uint8, the same size as the original; the original itself for a photograph
    drawing   0 to 1: how much of a drawing the picture is, 0 = a photograph, left as it was
    """

    picture: Pixels
    drawing: float

    @property
    def changed(self) -> bool:
        """Whether there is a difference to show to the host."""
        return self.drawing > 0


def open_target(data: bytes) -> Pixels:
    """What a host sent -> the target, (height, width, 3) uint8 sRGB, at most 3 : 1 and 2,048 px wide or high.

    Transparent pictures come on white, or on dark or grey where they would vanish on it; animations with their first
    frame, tiny ones (from 48 px) smoothly enlarged, panoramas cropped to their middle or, where their border has one
    colour, extended by it.
    Raises TargetRefused: all reasons of `open_photo`, and `one_colour` for a picture without any shape.
    """
    try:
        image = open_photo(data, long_side=LONG_SIDE, paper=_paper)
    except PhotoRefused as refused:
        raise TargetRefused(refused.reason) from refused
    pixels = _bounded(np.asarray(image))
    if _one_colour(pixels):
        raise TargetRefused("one_colour")
    return _enlarged(pixels)


def _paper(image: Image.Image) -> str:
    """The colour under a transparent picture: white, unless parts of its outline would vanish on it."""
    small = image.convert("RGBA")
    small.thumbnail((_LOOK_SIDE, _LOOK_SIDE), Image.Resampling.BOX, reducing_gap=None)
    pixels = np.asarray(small)
    outline = _outline(pixels[..., 3] > _SEEN)
    if not outline.any():
        return _PAPERS[0]
    colours = lab_from_srgb(pixels[..., :3])[outline]
    papers = lab_from_srgb(np.array([[ImageColor.getrgb(paper) for paper in _PAPERS]], np.uint8))[0]
    lost = [float((np.linalg.norm(colours - paper, axis=1) < _APART).mean()) for paper in papers]
    return next(
        (paper for paper, part in zip(_PAPERS, lost, strict=True) if part <= _LOST),
        _PAPERS[int(np.argmin(lost))],
    )


def _outline(seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The pixels of a shape that touch what is not of it."""
    around = np.pad(seen, 1, mode="edge")
    inside = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
    return seen & ~inside


def _one_colour(pixels: Pixels) -> bool:
    lab = lab_from_srgb(_small(pixels))
    low, high = np.percentile(lab.reshape(-1, 3), [0.5, 99.5], axis=0)
    return bool(((high - low) < (3.0, 4.0, 4.0)).all())


def _small(pixels: Pixels) -> Pixels:
    image = Image.fromarray(pixels)
    image.thumbnail((_LOOK_SIDE, _LOOK_SIDE), Image.Resampling.BOX, reducing_gap=None)
    return np.asarray(image)


def _bounded(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    if max(width / height, height / width) <= WIDEST:
        return pixels
    wide = width > height
    flat = pixels if wide else pixels.transpose(1, 0, 2)  # from here on it is wide
    edge = np.concatenate([flat[0], flat[-1]]).astype(np.int16)
    paper = np.median(edge, axis=0)
    is_plain = np.abs(edge - paper).max(axis=1).mean() < 4
    flat = _on_paper(flat, paper.astype(np.uint8)) if is_plain else _middle(flat)
    return np.ascontiguousarray(flat if wide else flat.transpose(1, 0, 2))


def _on_paper(flat: Pixels, paper: Pixels) -> Pixels:
    """A picture that is too wide, with rows of that colour, (3,), above and below."""
    missing = -(-flat.shape[1] // int(WIDEST)) - flat.shape[0]
    above, below = (
        np.broadcast_to(paper, (part, flat.shape[1], 3)) for part in (missing // 2, missing - missing // 2)
    )
    return np.concatenate([above, flat, below])


def _middle(flat: Pixels) -> Pixels:
    """The middle of a picture that is too wide."""
    kept = int(flat.shape[0] * WIDEST)
    left = (flat.shape[1] - kept) // 2
    return flat[:, left : left + kept]


def _enlarged(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = SMOOTH_SIDE / max(height, width)
    if scale <= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def prepare_target(rgb: Pixels, descriptors: Floats | None = None) -> PreparedTarget:
    """Make a drawing one that photos can form; leave a photograph as it is.

    rgb (height, width, 3) uint8; descriptors (n, 48) Lab of the photos at hand, if there are any yet.
    """
    drawing = _drawing(rgb)
    if not drawing:
        return PreparedTarget(rgb, 0.0)
    palette = _palette(descriptors)
    lab = lab_from_srgb(rgb)
    ground = _ground(lab)
    _draw_in(lab, palette, drawing)
    if ground is not None:
        weight = (_FADE * drawing * _farness(ground))[..., None]
        lab += weight * (np.array(palette.mean, dtype=np.float32) - lab)
    return PreparedTarget(_srgb_from_lab(lab), drawing)


def _draw_in(lab: Floats, palette: Palette, drawing: float) -> None:
    pull = _PULL * drawing
    low, high = pull * palette.darkest, 100 - pull * (100 - palette.lightest)
    strongest = float(np.percentile(np.hypot(lab[..., 1], lab[..., 2]), 99))
    lab[..., 0] = low + lab[..., 0] * ((high - low) / 100)
    lab[..., 1:] *= 1 - _CHROMA_PULL * drawing * (1 - min(1.0, palette.chroma / max(strongest, 1.0)))


def _ground(lab: Floats) -> npt.NDArray[np.bool_] | None:
    """The pixels of the colour that surrounds the shapes, or None where no colour does."""
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    colour = np.median(border, axis=0)
    around = (np.abs(border - colour).max(axis=1) < _GROUND_STEP).mean()
    ground: npt.NDArray[np.bool_] = np.abs(lab - colour).max(axis=2) < _GROUND_STEP
    return ground if around >= _GROUND_BORDER and _GROUND_SHARE <= ground.mean() < 1 else None


def _farness(ground: npt.NDArray[np.bool_]) -> Floats:
    """How far each pixel is from the shapes: 0 in them and their halo, 1 at the farthest; every distance as often."""
    small = Image.fromarray(ground).convert("L")
    small.thumbnail((_FAR_SIDE, _FAR_SIDE), Image.Resampling.BOX, reducing_gap=None)
    open_ = np.asarray(small) > 127
    away = _blurred(_distances(open_))
    order = np.argsort(np.argsort(away[open_], kind="stable"), kind="stable") / max(1, open_.sum() - 1)
    away[open_] = np.clip((order - _HALO) / (1 - _HALO), 0, 1)
    size = (ground.shape[1], ground.shape[0])
    smooth = np.asarray(Image.fromarray(away.astype(np.float32)).resize(size, Image.Resampling.BICUBIC))
    return np.where(ground, np.clip(smooth, 0, 1), 0).astype(np.float32)


def _distances(open_: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """From each open pixel to the nearest closed one, 0 in closed ones."""
    rows, columns = (part.astype(np.float32) for part in np.nonzero(~open_))
    away = np.zeros(open_.shape)
    if not rows.size:
        return away
    across = np.arange(open_.shape[1], dtype=np.float32)
    for row in range(open_.shape[0]):
        squares = (columns - across[:, None]) ** 2 + (rows - row) ** 2
        away[row] = np.sqrt(squares.min(axis=1))
    return away


def _drawing(rgb: Pixels) -> float:
    lab = lab_from_srgb(_small(rgb))
    right = np.abs(np.diff(lab, axis=1)).max(axis=2)[:-1]
    down = np.abs(np.diff(lab, axis=0)).max(axis=2)[:, :-1]
    flat = float((np.maximum(right, down) < _FLAT_STEP).mean()) if right.size else 1.0
    return min(1.0, max(0.0, (flat - _PHOTO_FLAT) / (_DRAWING_FLAT - _PHOTO_FLAT)))


def _blurred(field: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Without the ridges that lie half-way between shapes."""
    for axis in (0, 1, 0, 1):
        padded = np.pad(field, [(4, 4) if each == axis else (0, 0) for each in (0, 1)], mode="edge")
        field = np.lib.stride_tricks.sliding_window_view(padded, 9, axis=axis).mean(axis=-1)
    return field


def _palette(descriptors: Floats | None) -> Palette:
    if descriptors is None or len(descriptors) < _FEW_PHOTOS:
        return USUAL
    parts = descriptors.reshape(-1, 3)
    darkest, lightest = np.percentile(parts[:, 0], [5, 95])
    chroma = float(np.percentile(np.hypot(parts[:, 1], parts[:, 2]), 95))
    lightness, a, b = (float(mean) for mean in parts.mean(axis=0))
    return Palette(float(darkest), float(lightest), chroma, (lightness, a, b))


_WHITE = np.array([0.9504700, 1.0000001, 1.0888300], dtype=np.float32)
_XYZ_TO_SRGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ],
    dtype=np.float32,
)


def _srgb_from_lab(lab: Floats) -> Pixels:
    """The inverse of `lab_from_srgb` (IEC 61966-2-1, CIE 15); colours that sRGB does not have are clipped."""
    middle = (lab[..., 0] + 16) / 116
    roots = np.stack([middle + lab[..., 1] / 500, middle, middle - lab[..., 2] / 200], axis=-1)
    xyz = np.where(roots > 6 / 29, roots**3, (roots - 4 / 29) * (3 * (6 / 29) ** 2)) * _WHITE
    linear = np.clip(xyz @ _XYZ_TO_SRGB.T, 0, 1)
    coded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    pixels: Pixels = np.rint(coded * 255).astype(np.uint8)
    return pixels
