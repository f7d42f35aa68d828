"""One person's keepsake, and the lettering on it."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from worker.pictures.color import Pixels
from worker.pictures.lettering import lettered, one_line
from worker.pictures.thumbs import ThumbCache
from worker.prints.keepsake import (
    COLUMN_PX,
    MARGIN,
    PAPER,
    RING_PX,
    WALL_PX,
    Mine,
    render_keepsake,
    wall_picture,
)
from worker.prints.poster import FinishedWall

INK = (20, 20, 30)


def _file(photo_id: int) -> bytes:
    """Each photo has one flat colour of its own."""
    buffer = io.BytesIO()
    colour = ((photo_id * 53) % 256, (photo_id * 97) % 256, (photo_id * 151) % 256)
    Image.new("RGB", (64, 64), colour).save(buffer, "PNG")
    return buffer.getvalue()


THUMBS = ThumbCache(_file)
TARGET = np.full((80, 128, 3), (90, 140, 190), np.uint8)
MY_PHOTO = np.full((512, 512, 3), (0, 160, 40), np.uint8)


def _wall(columns: int = 40, rows: int = 25) -> FinishedWall:
    cells = columns * rows
    shown = (np.arange(cells) % 50 + 1).astype(np.uint32)
    return FinishedWall(columns, rows, shown, np.zeros(cells, np.uint8), TARGET)


def _keepsake(picture: Pixels, columns: int, mine: Mine, **words: str) -> Pixels:
    data = render_keepsake(picture, columns, mine, "Spring Summit", **words)
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG"
        return np.asarray(image)


def _apart(a: Pixels, b: Pixels) -> NDArray[np.int_]:
    return np.asarray(np.abs(a.astype(int) - b.astype(int)).max(axis=-1))


@pytest.mark.parametrize(("columns", "rows"), [(40, 25), (25, 40), (252, 158), (1, 1)])
def test_the_wall_of_a_keepsake_is_at_most_1800_px_long(columns: int, rows: int) -> None:
    picture = wall_picture(_wall(columns, rows), THUMBS)
    px = WALL_PX // max(columns, rows)
    assert picture.shape == (rows * px, columns * px, 3)
    assert max(picture.shape) <= WALL_PX
    assert (picture[:px, :px] == THUMBS(1, px)).all()


def test_people_who_did_not_agree_are_left_out_of_the_wall() -> None:
    wall = _wall()
    wall.shown[7] = 0
    picture = wall_picture(wall, THUMBS)
    assert (picture[:45, 7 * 45 : 8 * 45] == TARGET[0, 0]).all()


def test_a_ring_marks_the_own_home_and_leaves_it_as_it_is() -> None:
    picture = wall_picture(_wall(), THUMBS)
    home, px = 12 * 40 + 10, 45
    page = _keepsake(picture, 40, Mine(home, MY_PHOTO, "Ada", "My mug"))
    top = (page.shape[0] - picture.shape[0]) // 2
    wall = page[top : top + picture.shape[0], MARGIN : MARGIN + picture.shape[1]]
    changed = _apart(wall, picture) > 40
    y, x = 12 * px, 10 * px
    assert not changed[y : y + px, x : x + px].any()
    for spot in ((y - 5, x + 20), (y + px + 4, x + 20), (y + 20, x - 5)):
        red, green, blue = (int(value) for value in wall[spot])
        assert red > 150
        assert red > green + 80
        assert red > blue + 80
    assert changed[:, : x - 20].sum() == 0  # nothing else is drawn on the left of it
    assert changed.mean() < 0.03


def test_on_a_very_fine_wall_the_ring_is_still_to_be_seen() -> None:
    picture = wall_picture(_wall(252, 158), THUMBS)
    page = _keepsake(picture, 252, Mine(80 * 252 + 100, MY_PHOTO, "", ""))
    top = (page.shape[0] - picture.shape[0]) // 2
    wall = page[top : top + picture.shape[0], MARGIN : MARGIN + picture.shape[1]]
    y, x = 80 * 7 + 3, 100 * 7 + 3
    around = wall[y - RING_PX : y + RING_PX, x - RING_PX : x + RING_PX].astype(int)
    red = (around[..., 0] > 160) & (around[..., 1] < 90) & (around[..., 2] < 90)
    assert red.sum() > 4 * RING_PX


def test_the_own_photo_and_words_stand_beside_the_wall() -> None:
    picture = wall_picture(_wall(), THUMBS)
    page = _keepsake(picture, 40, Mine(0, MY_PHOTO, "Ada", "My mug is older than me"))
    bare = _keepsake(picture, 40, Mine(0, MY_PHOTO, "", ""))
    beside = page[:, 2 * MARGIN + picture.shape[1] :][:, :COLUMN_PX]
    green = _apart(beside, np.broadcast_to(MY_PHOTO[0, 0], beside.shape).astype(np.uint8)) < 20
    assert green.sum() > 0.95 * COLUMN_PX**2
    inked = [(_apart(part, np.full_like(part, PAPER)) > 60).sum() for part in (page, bare)]
    assert inked[0] > inked[1] + 1000


def test_a_page_is_high_enough_for_a_long_story_beside_a_low_wall() -> None:
    picture = wall_picture(_wall(60, 4), THUMBS)
    page = _keepsake(picture, 60, Mine(3, MY_PHOTO, "N" * 80, "A very long word " * 8), credit="c" * 300)
    assert page.shape[0] > COLUMN_PX + 600
    assert (_apart(page[-MARGIN // 2 :], np.full_like(page[-MARGIN // 2 :], PAPER)) < 6).all()


@pytest.mark.parametrize("home", [-1, 1000])
def test_a_home_that_is_not_on_the_wall_is_an_error(home: int) -> None:
    with pytest.raises(ValueError, match="not on the wall"):
        render_keepsake(wall_picture(_wall(), THUMBS), 40, Mine(home, MY_PHOTO, "Ada", ""), "Summit")


# --- lettering ---


def _ink(text: str, width: int = 560) -> Pixels:
    line = lettered(text, 40, width, INK)
    assert line is not None
    assert line.width == width
    return np.asarray(line)[..., 3]


@pytest.mark.parametrize(
    "text", ["My mug", "Łódź, ąčęłőřşž", "Мой кот", "Ο καφές μου", "मेरा कप", "שלום", "مرحبا", "你好", "สวัสดี"]
)
def test_text_of_any_script_is_drawn_and_never_an_error(text: str) -> None:
    assert (_ink(text) > 128).sum() > 100


@pytest.mark.parametrize("text", ["é", "ß", "Ł", "ж", "Ω", "न", "–", "€"])
def test_the_font_that_comes_with_us_has_its_own_shape_for_each_letter(text: str) -> None:
    boxes = [_ink(unknown) for unknown in "\U000f0001\U000f0002"]  # no font has these: numbers in a box
    assert np.flatnonzero(boxes[0]).size > 100
    assert (_ink(text)[:20, :20] > 0).tobytes() != (boxes[0][:20, :20] > 0).tobytes()


@pytest.mark.parametrize("text", ["", "   ", "\n\t\x00"])
def test_no_text_is_nothing_to_draw(text: str) -> None:
    assert lettered(text, 40, 560, INK) is None


def test_marks_of_markup_are_letters_like_others() -> None:
    assert (_ink("<b>&amp;</b>") > 0).any(axis=0).sum() > (_ink("&") > 0).any(axis=0).sum() * 4
    assert (_ink("a < b & c") > 0).any()


def test_control_characters_and_broken_ones_are_left_out() -> None:
    assert one_line("  one\ntwo\x00\u2028three\ud800 ") == "one two three"
    assert (_ink("one\ntwo\x00") == _ink("one two")).all()


def test_long_text_is_wrapped_within_the_width_even_without_spaces() -> None:
    one = _ink("word")
    for text in ("word " * 30, "w" * 120):
        assert _ink(text).shape[0] > 2.5 * one.shape[0]


def test_text_written_from_the_right_lies_at_the_right() -> None:
    middles = {}
    for text in ("שלום", "hello", "123 مرحبا", "123"):
        columns = np.flatnonzero((_ink(text) > 0).any(axis=0))
        middles[text] = columns.mean()
    assert middles["שלום"] > 400
    assert middles["123 مرحبا"] > 400
    assert middles["hello"] < 160
    assert middles["123"] < 160
