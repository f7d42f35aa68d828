import numpy as np
import pytest

from worker.pictures.color import lab_from_srgb

# Lab of the corners of the sRGB cube and of two greys, as commonly published (D65, 2 degree observer).
KNOWN = [
    ((255, 255, 255), (100.0, 0.0, 0.0)),
    ((0, 0, 0), (0.0, 0.0, 0.0)),
    ((255, 0, 0), (53.2408, 80.0925, 67.2032)),
    ((0, 255, 0), (87.7347, -86.1827, 83.1793)),
    ((0, 0, 255), (32.2970, 79.1875, -107.8602)),
    ((255, 255, 0), (97.1393, -21.5537, 94.4780)),
    ((0, 255, 255), (91.1132, -48.0875, -14.1312)),
    ((255, 0, 255), (60.3242, 98.2343, -60.8249)),
    ((119, 119, 119), (50.0344, 0.0, 0.0)),
    ((1, 1, 1), (0.2742, 0.0, 0.0)),
]


@pytest.mark.parametrize(("rgb", "lab"), KNOWN)
def test_known_colours_have_their_published_lab_values(
    rgb: tuple[int, int, int], lab: tuple[float, float, float]
) -> None:
    np.testing.assert_allclose(lab_from_srgb(np.array(rgb, dtype=np.uint8)), lab, atol=0.006)


def _slow_lab(rgb: np.ndarray) -> np.ndarray:
    """The textbook formula, in double precision and with no table."""
    v = rgb / 255
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    ratio = linear @ matrix.T / matrix.sum(axis=1)
    root = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    x, y, z = np.moveaxis(root, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def test_the_fast_path_agrees_with_the_textbook_on_the_whole_cube() -> None:
    steps = np.arange(0, 256, 5, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1)
    assert np.abs(lab_from_srgb(cube) - _slow_lab(cube)).max() < 0.001


@pytest.mark.parametrize("shape", [(3,), (5, 3), (4, 6, 3), (2, 3, 4, 3), (0, 3)])
def test_any_leading_shape_is_kept_and_the_answer_is_float32(shape: tuple[int, ...]) -> None:
    lab = lab_from_srgb(np.full(shape, 7, dtype=np.uint8))
    assert lab.shape == shape
    assert lab.dtype == np.float32


def test_the_input_is_left_as_it_was() -> None:
    rgb = np.array([[10, 200, 30]], dtype=np.uint8)
    lab_from_srgb(rgb)
    assert rgb.tolist() == [[10, 200, 30]]


@pytest.mark.parametrize(
    "wrong", [np.zeros((2, 4), np.uint8), np.zeros((2, 3), np.float32), np.zeros((), np.uint8)]
)
def test_pixels_of_another_type_or_shape_are_an_error(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8 pixels"):
        lab_from_srgb(wrong)
