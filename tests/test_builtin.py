"""The built-in target pictures, and the brushes they are drawn with."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from plugin.wall.hosting import BUILT_IN_TARGETS
from worker.pictures.builtin.gallery import PICTURES, draw, main
from worker.pictures.builtin.lighthouse import LAMP
from worker.pictures.builtin.sunrise import SUN
from worker.pictures.color import lab_from_srgb
from worker.pictures.paint import (
    HEIGHT,
    WIDTH,
    Pixels,
    X,
    below,
    colour,
    curve,
    ellipse,
    lay,
    noise,
    ramp,
    smooth,
)

NAMES = sorted(PICTURES)
COLUMNS, ROWS = 40, 25  # the coarsest wall


# Another processor may round some pixels otherwise, which moves these by tens; a coffee bean 3 px aside, by 900.
FINGERPRINTS = {"balloons": 18_828, "coffee": 2_561, "lighthouse": -39_374, "sunrise": -59_526}


@pytest.fixture(scope="module")
def pictures() -> dict[str, Pixels]:
    return {name: draw(name) for name in NAMES}


def _fingerprint(picture: Pixels) -> float:
    """The picture added up, each value with a weight of its own."""
    return float((picture * np.random.default_rng(1).uniform(-1, 1, picture.shape)).sum())


def _cells(picture: Pixels) -> np.ndarray:
    """Lab of each cell of the coarsest wall, (25, 40, 3)."""
    return lab_from_srgb(np.asarray(Image.fromarray(picture).resize((COLUMNS, ROWS), Image.Resampling.BOX)))


def test_the_pictures_are_those_that_the_service_offers() -> None:
    assert PICTURES.keys() == BUILT_IN_TARGETS.keys()


def test_a_name_that_there_is_not_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        draw("mona-lisa")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_1280_by_800_rgb(pictures: dict[str, Pixels], name: str) -> None:
    assert pictures[name].shape == (800, 1280, 3)
    assert pictures[name].dtype == np.uint8


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_the_same_each_time(pictures: dict[str, Pixels], name: str) -> None:
    assert np.array_equal(draw(name), pictures[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_the_one_that_walls_were_made_by(pictures: dict[str, Pixels], name: str) -> None:
    assert _fingerprint(pictures[name]) == pytest.approx(FINGERPRINTS[name], abs=200)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_light_and_dark_cells_to_be_read_by(pictures: dict[str, Pixels], name: str) -> None:
    lightness = _cells(pictures[name])[..., 0]
    assert (lightness < 35).mean() > 0.08
    assert (lightness > 70).mean() > 0.08
    assert 40 < lightness.mean() < 65
    assert lightness.std() > 15


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_warm_and_cool_cells_but_none_that_no_photo_could_fill(
    pictures: dict[str, Pixels], name: str
) -> None:
    lab = _cells(pictures[name])
    assert (lab[..., 2] > 15).mean() > 0.15, "warm"
    assert (lab[..., 2] < -5).mean() > 0.08, "cool"
    assert np.hypot(lab[..., 1], lab[..., 2]).max() < 75, "neon"


@pytest.mark.parametrize("name", NAMES)
def test_no_part_of_a_picture_is_one_flat_colour(pictures: dict[str, Pixels], name: str) -> None:
    grey = pictures[name].mean(axis=2)
    patches = grey.reshape(ROWS, HEIGHT // ROWS, COLUMNS, WIDTH // COLUMNS).std(axis=(1, 3))
    assert patches.min() > 1


@pytest.mark.parametrize(("name", "place"), [("sunrise", SUN), ("lighthouse", LAMP)])
def test_what_shines_is_the_brightest_thing(
    pictures: dict[str, Pixels], name: str, place: tuple[float, float]
) -> None:
    lightness = _cells(pictures[name])[..., 0]
    row, column = np.unravel_index(lightness.argmax(), lightness.shape)
    x, y = (int(column) + 0.5) * WIDTH / COLUMNS, (int(row) + 0.5) * HEIGHT / ROWS
    assert np.hypot(x - place[0], y - place[1]) < 110


def test_the_previews_are_jpegs_640_px_wide(tmp_path: Path) -> None:
    main(tmp_path / "targets")
    assert sorted(path.name for path in (tmp_path / "targets").iterdir()) == [f"{name}.jpg" for name in NAMES]
    for path in (tmp_path / "targets").iterdir():
        with Image.open(path) as preview:
            assert (preview.format, preview.size, preview.mode) == ("JPEG", (640, 400), "RGB")


def test_a_ramp_runs_from_stop_to_stop_and_ends_in_its_end_colours() -> None:
    field = np.array([[-5.0, 0.0, 1.0, 2.0, 9.0]], dtype=np.float32)
    shades = ramp(field, [(0, "#000000"), (2, "#c86432")])
    np.testing.assert_allclose(shades[0, :, 0], [0, 0, 100, 200, 200], atol=0.2)
    np.testing.assert_allclose(shades[0, 4], colour("#c86432"))


def test_laying_a_colour_changes_only_what_the_mask_covers() -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.float32)
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    mask[10, 20], mask[11, 21] = 1, 0.5
    lay(picture, mask, "#ff8000")
    assert picture[10, 20].tolist() == [255, 128, 0]
    assert picture[11, 21].tolist() == [127.5, 64, 0]
    assert np.count_nonzero(picture.sum(axis=2)) == 2
    lay(picture, np.zeros_like(mask), "#ffffff")
    assert np.count_nonzero(picture.sum(axis=2)) == 2


def test_laying_colours_that_differ_by_place_keeps_them_in_place() -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.float32)
    paint = np.random.default_rng(1).uniform(0, 255, picture.shape).astype(np.float32)
    lay(picture, below(np.full(WIDTH, 300.0, dtype=np.float32)), paint)
    np.testing.assert_allclose(picture[301:], paint[301:], atol=1e-3)
    assert not picture[:299].any()


def test_an_ellipse_covers_its_area_and_has_smooth_edges() -> None:
    mask = ellipse(400, 300, 100, 50)
    assert mask.sum() == pytest.approx(np.pi * 100 * 50, rel=0.02)
    assert ((mask > 0) & (mask < 1)).any()


def test_noise_is_even_and_its_seed_decides() -> None:
    bumps = noise(1, 6)
    assert bumps.shape == (HEIGHT, WIDTH)
    assert bumps.mean() == pytest.approx(0, abs=1e-3)
    assert bumps.std() == pytest.approx(1, abs=1e-3)
    assert np.array_equal(bumps, noise(1, 6))
    assert not np.allclose(bumps, noise(2, 6))


def test_a_curve_goes_through_its_points() -> None:
    path = curve([(0, 0), (10, 20), (30, 5)], steps=4)
    assert len(path) == 9
    assert path[0] == pytest.approx((0, 0))
    assert path[4] == pytest.approx((10, 20))
    assert path[8] == pytest.approx((30, 5))


def test_a_smooth_step_may_fall_as_well_as_rise() -> None:
    rising, falling = smooth(100, 200, X), smooth(200, 100, X)
    assert rising[0, 50] == 0
    assert rising[0, 250] == 1
    np.testing.assert_allclose(rising + falling, 1, atol=1e-6)
