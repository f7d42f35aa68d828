"""Which pictures can be a wall's target, and what is done to them."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from worker.pictures.color import Pixels, lab_from_srgb
from worker.pictures.targets import TargetRefused, open_target, prepare_target


def encoded(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    stream = BytesIO()
    image.save(stream, format_, **options)
    return stream.getvalue()


def logo(size: tuple[int, int] = (640, 400), ground: str = "#ffffff") -> Image.Image:
    sheet = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(sheet)
    width, height = size
    draw.ellipse((width * 0.3, height * 0.2, width * 0.6, height * 0.8), fill="#0057b8")
    draw.rectangle((width * 0.65, height * 0.4, width * 0.8, height * 0.6), fill="#ff6a13")
    return sheet


def landscape(size: tuple[int, int] = (640, 400)) -> Image.Image:
    """Something with the grain of a photograph."""
    rng = np.random.default_rng(3)
    soft = Image.fromarray(rng.integers(0, 256, (6, 9, 3), dtype=np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )
    grain = rng.normal(0, 12, (size[1], size[0], 3))
    return Image.fromarray(np.clip(np.asarray(soft) + grain, 0, 255).astype(np.uint8))


# ---- what can be a target -------------------------------------------------------------------------------------------


def test_a_tiny_target_is_enlarged_smoothly() -> None:
    pixels = open_target(encoded(landscape((80, 50))))
    assert pixels.shape == (400, 640, 3)
    steps = np.abs(np.diff(pixels.astype(int), axis=1)).max(axis=2)
    assert (steps == 0).mean() < 0.6  # blocks of eight equal pixels would make it seven eighths


def test_a_target_that_is_too_tiny_is_refused() -> None:
    with pytest.raises(TargetRefused) as refused:
        open_target(encoded(landscape((60, 40))))
    assert refused.value.reason == "too_small"


def test_a_huge_target_is_made_smaller() -> None:
    pixels = open_target(encoded(landscape((900, 450)).resize((6000, 3000)), "JPEG"))
    assert pixels.shape[1] <= 2048
    assert pixels.shape[1] / pixels.shape[0] == pytest.approx(2, abs=0.01)


def test_a_target_with_too_many_pixels_is_refused() -> None:
    with pytest.raises(TargetRefused) as refused:
        open_target(encoded(Image.new("1", (10_000, 8_000))))
    assert refused.value.reason == "too_many_pixels"


def test_a_transparent_target_comes_on_white() -> None:
    shape = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    ImageDraw.Draw(shape).rectangle((100, 50, 200, 150), fill=(200, 0, 0, 255))
    pixels = open_target(encoded(shape))
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert pixels[pixels.shape[0] // 2, pixels.shape[1] // 2].tolist() == [200, 0, 0]


def test_an_animated_target_gives_its_first_picture() -> None:
    frames = [logo(), landscape()]
    pixels = open_target(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100))
    assert np.abs(pixels.astype(int) - np.asarray(logo()).astype(int)).mean() < 3


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#0057b8"])
def test_a_target_of_one_colour_is_refused(colour: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        open_target(encoded(Image.new("RGB", (300, 200), colour)))
    assert refused.value.reason == "one_colour"


@pytest.mark.parametrize(
    ("colour", "light"),
    [("#ffffff", False), ("#ffe9a0", True), ("#f4f4f0", False), ("#101010", True), ("#c00000", True)],
)
def test_a_transparent_drawing_is_laid_on_a_ground_that_keeps_it_visible(colour: str, light: bool) -> None:
    shape = Image.new("RGBA", (300, 200), (255, 255, 255, 0))
    ImageDraw.Draw(shape).ellipse((50, 50, 250, 150), fill=colour)
    pixels = open_target(encoded(shape))
    ground, drawing = (lab_from_srgb(pixels[at][None, None])[0, 0] for at in ((5, 5), (213, 320)))
    assert bool(ground[0] > 90) is light
    assert np.linalg.norm(ground - drawing) > 25


def test_a_white_word_inside_a_dark_shape_does_not_need_a_dark_ground() -> None:
    shape = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    draw = ImageDraw.Draw(shape)
    draw.ellipse((20, 20, 280, 180), fill="#0057b8")
    draw.text((100, 80), "Nova", fill="#ffffff", font_size=40)
    assert open_target(encoded(shape))[2, 2].tolist() == [255, 255, 255]


def test_a_drawing_of_black_and_white_shapes_on_nothing_is_laid_on_grey() -> None:
    shape = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    draw = ImageDraw.Draw(shape)
    draw.rectangle((20, 50, 120, 150), fill="#ffffff")
    draw.rectangle((180, 50, 280, 150), fill="#101010")
    assert 100 < open_target(encoded(shape))[2, 2].mean() < 160


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_a_target_of_nothing_at_all_is_refused_as_one_colour(mode: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        open_target(encoded(Image.new(mode, (300, 200))))
    assert refused.value.reason == "one_colour"


def test_grey_shapes_are_enough_for_a_target() -> None:
    sheet = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(sheet).text((100, 80), "grey", fill=180, font_size=40)
    assert open_target(encoded(sheet)).shape == (427, 640, 3)


def test_bytes_that_are_no_picture_are_refused_as_such() -> None:
    with pytest.raises(TargetRefused) as refused:
        open_target(b"<html>no</html>")
    assert refused.value.reason == "not_an_image"


@pytest.mark.parametrize("size", [(1600, 200), (200, 1600)])
def test_a_long_picture_is_cropped_to_its_middle(size: tuple[int, int]) -> None:
    height, width = open_target(encoded(landscape(size))).shape[:2]
    assert max(width / height, height / width) == pytest.approx(3, abs=0.02)


@pytest.mark.parametrize("size", [(1600, 200), (200, 1600)])
def test_a_long_drawing_is_kept_whole_and_its_ground_extended(size: tuple[int, int]) -> None:
    pixels = open_target(encoded(logo(size)))
    height, width = pixels.shape[:2]
    assert max(width / height, height / width) == pytest.approx(3, abs=0.02)
    assert pixels[0, 0].tolist() == [255, 255, 255]
    for colour in ((0, 87, 184), (255, 106, 19)):
        assert (np.abs(pixels.astype(int) - colour).max(axis=2) < 8).any()


# ---- preparing ------------------------------------------------------------------------------------------------------


def test_a_photograph_is_left_alone() -> None:
    pixels = np.asarray(landscape())
    prepared = prepare_target(pixels)
    assert prepared.picture is pixels
    assert not prepared.changed


def spread(pixels: Pixels) -> float:
    return float(lab_from_srgb(pixels)[..., 0].std())


@pytest.mark.parametrize("ground", ["#ffffff", "#1b1464"])
def test_a_drawing_is_drawn_towards_what_photos_have(ground: str) -> None:
    pixels = np.asarray(logo(ground=ground))
    prepared = prepare_target(pixels)
    assert prepared.changed
    before, after = lab_from_srgb(pixels), lab_from_srgb(prepared.picture)
    usual = np.array([51, -1, 7])
    assert np.abs(after - usual).mean() < 0.8 * np.abs(before - usual).mean()
    assert prepared.picture.shape == pixels.shape


@pytest.mark.parametrize("ground", ["#ffffff", "#1b1464"])
def test_the_ground_fades_away_from_the_shapes_and_the_shapes_keep_standing_out(ground: str) -> None:
    lab = lab_from_srgb(prepare_target(np.asarray(logo(ground=ground))).picture)
    corner, beside, shape = lab[2, 2], lab[200, 180], lab[200, 250]
    usual = np.array([51, -1, 7])
    assert np.linalg.norm(corner - usual) < np.linalg.norm(beside - usual)
    assert np.linalg.norm(beside - shape) > 20


def test_a_drawing_follows_the_photos_at_hand() -> None:
    pixels = np.asarray(logo())
    dark = np.tile(np.array([20, 0, 0], np.float32), (50, 16)) + np.random.default_rng(0).normal(
        0, 3, (50, 48)
    ).astype(np.float32)
    usual, darker = prepare_target(pixels).picture, prepare_target(pixels, dark).picture
    assert lab_from_srgb(darker)[..., 0].mean() < lab_from_srgb(usual)[..., 0].mean() - 10
    assert (
        prepare_target(pixels, dark[:5]).picture == usual
    ).all()  # five photos say nothing about those to come


def test_a_drawing_without_a_ground_changes_its_palette_only() -> None:
    halves = np.zeros((200, 320, 3), np.uint8)
    halves[:100] = (255, 255, 255)
    prepared = prepare_target(halves)
    assert len(np.unique(prepared.picture.reshape(-1, 3), axis=0)) == 2
    assert 0 < spread(prepared.picture) < spread(halves)
