"""Decoded thumbs in memory."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from worker.pictures.thumbs import NEUTRAL, ThumbCache, decode, neutral


def _picture(pixels: np.ndarray, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form, quality=90)
    return buffer.getvalue()


def _noise(seed: int, size: int = 64) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)


class Shelf:
    """Thumbs by photo id, and which were asked for."""

    def __init__(self) -> None:
        self.files = {n: _picture(_noise(n)) for n in range(1, 9)}
        self.asked: list[int] = []

    def load(self, photo_id: int) -> bytes:
        self.asked.append(photo_id)
        return self.files[photo_id]


def test_a_smaller_size_is_the_mean_of_the_pixels_under_it() -> None:
    shelf = Shelf()
    small = ThumbCache(shelf.load)(3, 16)
    means = _noise(3).reshape(16, 4, 16, 4, 3).mean(axis=(1, 3))
    assert small.shape == (16, 16, 3)
    assert np.abs(small - means).max() <= 1  # Pillow rounds along each axis


def test_a_size_is_the_same_whether_or_not_the_thumb_was_in_memory() -> None:
    cold, warm = ThumbCache(Shelf().load), ThumbCache(Shelf().load)
    warm(5, 64)
    for size in (24, 12, 5, 2):
        assert (cold(5, size) == warm(5, size)).all()


def test_a_thumb_is_loaded_once_while_it_is_kept() -> None:
    shelf = Shelf()
    cache = ThumbCache(shelf.load)
    for _ in range(3):
        cache(1, 64)
        cache(1, 16)
    assert shelf.asked == [1]


def test_a_thumb_that_was_opened_for_a_small_square_is_there_for_the_large_one() -> None:
    shelf = Shelf()
    cache = ThumbCache(shelf.load)
    small = cache(1, 12)
    assert (small == decode(shelf.files[1], 12)).all()
    assert (cache(1, 64) == decode(shelf.files[1], 64)).all()
    assert shelf.asked == [1]


def test_a_larger_file_is_not_taken_for_a_thumb() -> None:
    large = _picture(_noise(1, 512))
    cache = ThumbCache(lambda _: large)
    cache(1, 12)
    assert (cache(1, 64) == decode(large, 64)).all()
    assert (ThumbCache(lambda _: large)(1, 12) == decode(large, 12)).all()


def test_memory_stays_within_its_limit_and_what_was_used_last_is_kept() -> None:
    shelf = Shelf()
    cache = ThumbCache(shelf.load, memory=3 * 13_000)
    for photo in (1, 2, 3, 1, 4):
        cache(photo, 64)
    assert 0 < cache.used <= 3 * 13_000
    shelf.asked.clear()
    cache(1, 64)
    cache(2, 64)
    assert shelf.asked == [2]


def test_a_thumb_larger_than_the_memory_is_given_but_not_kept() -> None:
    cache = ThumbCache(Shelf().load, memory=1000)
    assert (cache(1, 64) == _noise(1)).all()
    assert cache.used == 0


def test_a_forgotten_photo_is_gone_in_all_sizes_and_no_other_is() -> None:
    shelf = Shelf()
    cache = ThumbCache(shelf.load)
    for size in (64, 24):
        cache(1, size)
        cache(2, size)
    before = cache.used
    cache.forget(1)
    assert cache.used == before / 2
    del shelf.files[1]
    assert (cache(1, 24) == NEUTRAL).all()
    shelf.asked.clear()
    cache(2, 24)
    assert shelf.asked == []
    cache.forget(99)


@pytest.mark.parametrize(
    "load",
    [
        pytest.param(lambda _: None, id="nothing"),
        pytest.param({}.__getitem__, id="unknown"),
        pytest.param(lambda _: Path("/nowhere/at/all").read_bytes(), id="no file"),
        pytest.param(lambda _: b"not a picture", id="no picture"),
        pytest.param(lambda _: _picture(_noise(1), "JPEG")[:700], id="truncated"),
    ],
)
def test_a_photo_that_is_not_there_is_grey_and_asked_for_again(load: Callable[[int], bytes | None]) -> None:
    cache = ThumbCache(load)
    assert (cache(7, 20) == neutral(20)).all()
    assert cache.used == 0


def test_a_storage_that_does_not_answer_is_an_error_and_not_a_grey_wall() -> None:
    def load(_: int) -> bytes:
        raise TimeoutError("the bucket does not answer")

    with pytest.raises(TimeoutError):
        ThumbCache(load)(7, 20)


def test_kept_pixels_cannot_be_changed_by_mistake() -> None:
    pixels = ThumbCache(Shelf().load)(1, 64)
    with pytest.raises(ValueError, match="read-only"):
        pixels[0] = 0


def test_the_square_of_a_master_lies_where_its_contributor_put_it() -> None:
    wide = np.zeros((40, 100, 3), np.uint8)
    wide[:, 60:] = 255
    master = _picture(wide)
    assert ThumbCache(lambda _: master, crop=lambda _: (1.0, 0.5))(1, 40).min() == 255
    assert ThumbCache(lambda _: master, crop=lambda _: (0.0, 0.5))(1, 40).max() == 0
    tall = decode(_picture(wide.transpose(1, 0, 2)), 40, (0.5, 1.0))
    assert tall is not None
    assert tall.min() == 255


def test_a_thumb_can_be_enlarged() -> None:
    assert ThumbCache(Shelf().load)(1, 100).shape == (100, 100, 3)


def test_a_detail_is_cut_out_of_a_file_that_is_sharp_enough() -> None:
    large = _noise(3, 512)
    files = {
        size: _picture(np.asarray(Image.fromarray(large).resize((size, size)))) for size in (64, 128, 512)
    }
    asked: list[int] = []

    def larger(_: int, px: int) -> bytes:
        asked.append(px)
        return files[px]

    cache = ThumbCache(lambda _: files[64], larger=larger)
    cell = cache(1, 128, 26)  # a quarter of the side, at the upper left
    assert np.abs(cell.astype(int) - large[:128, :128]).max() == 0
    cache(1, 64, 10)  # 40 %
    cache(1, 16, 26)
    assert asked == [512, 128, 64]
    cache(1, 128, 27)
    assert asked == [512, 128, 64]  # the one that was opened is still there


def test_details_of_a_photo_are_kept_and_forgotten_like_it() -> None:
    shelf = Shelf()
    cache = ThumbCache(shelf.load)
    first = cache(1, 16, 5)
    assert cache(1, 16, 5) is first
    assert (first != cache(1, 16, 9)).any()
    cache.forget(1)
    assert cache.used == 0
    del shelf.files[1]
    assert (cache(1, 16, 5) == NEUTRAL).all()
