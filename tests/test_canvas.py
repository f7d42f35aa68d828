"""Cells and thumbs become overviews, patches and tiles."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from worker.pictures import thumbs
from worker.pictures.canvas import (
    MIDDLE,
    NEAR,
    Canvas,
    Level,
    levels_for,
    overview_cell_px,
    target_small,
    tiles_of,
)
from worker.pictures.thumbs import NEUTRAL, ThumbCache

RNG = np.random.default_rng(11)


def _smooth(width: int, height: int, seed: int) -> np.ndarray:
    """A soft picture, as photos are: JPEG keeps it nearly as it is."""
    coarse = np.random.default_rng(seed).integers(20, 236, (3, 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def _file(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=90, subsampling=0)
    return buffer.getvalue()


FILES = {photo: _file(_smooth(64, 64, photo)) for photo in range(1, 40)}
TARGET = _smooth(300, 200, 999)


def _opened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "JPEG"
        return np.asarray(image.convert("RGB"))


def _canvas(columns: int, rows: int, target: np.ndarray = TARGET, cell_px: int | None = None) -> Canvas:
    return Canvas(columns, rows, target, ThumbCache(FILES.get), cell_px)


def _full(columns: int, rows: int, tint: int = 0) -> Canvas:
    canvas = _canvas(columns, rows)
    cells = np.arange(columns * rows)
    canvas.paint(cells, cells % len(FILES) + 1, tint)
    return canvas


def _cell(canvas: Canvas, cell: int) -> np.ndarray:
    row, column = divmod(cell, canvas.columns)
    px = canvas.cell_px
    return canvas.pixels[row * px : (row + 1) * px, column * px : (column + 1) * px].astype(int)


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


# --- sizes ---


@given(st.integers(1, 400), st.integers(1, 400))
def test_an_overview_is_small_and_its_cells_are_visible(columns: int, rows: int) -> None:
    px = overview_cell_px(columns, rows)
    assert 2 <= px <= 24
    assert px * max(columns, rows) <= 1024
    assert px == 24 or (px + 1) * max(columns, rows) > 1024


def test_a_wall_too_long_for_an_overview_still_has_cells_of_two_pixels() -> None:
    assert overview_cell_px(1000, 4) == 2


@pytest.mark.parametrize(
    ("columns", "rows", "levels"),
    [(40, 25, (NEAR,)), (80, 50, (NEAR,)), (80, 51, (NEAR, MIDDLE)), (252, 158, (NEAR, MIDDLE))],
)
def test_only_large_walls_have_a_middle_level(columns: int, rows: int, levels: tuple[Level, ...]) -> None:
    assert levels_for(columns, rows) == levels
    assert all(level.cell_px * level.tile_cells == 512 for level in levels)


@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.sampled_from([NEAR, MIDDLE]),
    st.lists(st.integers(0), max_size=20),
)
def test_tiles_of_cells_lie_on_the_wall_and_show_them(
    columns: int, rows: int, level: Level, raw: list[int]
) -> None:
    cells = [cell % (columns * rows) for cell in raw]
    across, down = level.tiles(columns, rows)
    tiles = tiles_of(cells, columns, level)
    assert tiles == {(c % columns // level.tile_cells, c // columns // level.tile_cells) for c in cells}
    assert all(0 <= x < across and 0 <= y < down for x, y in tiles)
    assert across * level.tile_cells >= columns > (across - 1) * level.tile_cells


# --- what a cell looks like ---


def test_a_home_is_the_photo_itself() -> None:
    canvas = _canvas(40, 25)
    canvas.paint([431], [7], [0])
    thumb = ThumbCache(FILES.get)(7, 24)
    assert (_cell(canvas, 431) == thumb).all()


def test_an_echo_is_mixed_with_the_target_by_its_own_tint() -> None:
    canvas = _canvas(40, 25)
    canvas.paint([500, 501, 502], [7, 7, 7], [20, 40, 100])
    thumb = ThumbCache(FILES.get)(7, 24).astype(int)
    size = (40 * 24, 25 * 24)
    whole = np.asarray(Image.fromarray(TARGET).resize(size, Image.Resampling.BICUBIC)).astype(int)
    for cell, share in ((500, 0.2), (501, 0.4), (502, 1.0)):
        row, column = divmod(cell, 40)
        under = whole[row * 24 : row * 24 + 24, column * 24 : column * 24 + 24]
        assert np.abs(_cell(canvas, cell) - (thumb * (1 - share) + under * share)).max() <= 0.51


def test_an_empty_wall_shows_the_target_softly_and_always_the_same() -> None:
    one, other = _canvas(40, 25), _canvas(40, 25)
    assert (one.pixels == other.pixels).all()
    middles = one.pixels[12::24, 12::24].astype(int)
    means = np.asarray(Image.fromarray(TARGET).resize((40, 25), Image.Resampling.BOX)).astype(int)
    assert np.abs(middles - (0.35 * means + 0.65 * 238)).max() <= 1
    assert (one.pixels[23::24] == 238).all()  # a line of paper between the cells


def test_tiny_empty_cells_have_no_lines_between_them() -> None:
    canvas = _canvas(252, 158)
    assert canvas.cell_px == 4
    assert _cell(canvas, 1000).std(axis=(0, 1)).max() == 0


def test_a_flat_or_tiny_or_huge_target_is_drawn() -> None:
    for height, width in ((1, 1), (3, 5000), (4000, 3000)):
        flat = np.full((height, width, 3), (200, 30, 60), np.uint8)
        canvas = _canvas(10, 8, flat)
        canvas.paint([0], [1], [100])
        assert (_cell(canvas, 0) == (200, 30, 60)).all()


def test_an_erased_photos_pixels_are_gone_after_the_cell_is_painted_again() -> None:
    files = dict(FILES)
    thumbs = ThumbCache(files.get)
    canvas = Canvas(40, 25, TARGET, thumbs)
    canvas.paint([3, 4], [9, 10], [0, 0])
    gone = _cell(canvas, 3)
    del files[9]
    thumbs.forget(9)
    canvas.paint([3], [9], [0])  # a job that runs late finds no thumb
    assert (_cell(canvas, 3) == NEUTRAL).all()
    canvas.paint([3], [10], [0])
    assert (_cell(canvas, 3) == _cell(canvas, 4)).all()
    assert _apart(_cell(canvas, 3), gone) > 5


# --- the whole from its parts ---


def test_painting_bit_by_bit_gives_the_same_as_painting_all_at_once() -> None:
    columns, rows = 40, 25
    ids = RNG.integers(0, len(FILES) + 1, 1000)
    tints = RNG.choice([0, 20, 35], 1000)
    steps, at_once = _canvas(columns, rows), _canvas(columns, rows)
    order = RNG.permutation(1000)
    for part in np.array_split(order, 37):
        steps.paint(part, RNG.integers(1, len(FILES), part.size), 20)  # shown for a while, then replaced
        steps.paint(part, ids[part], tints[part])
    at_once.paint(np.arange(1000), ids, tints)
    assert (steps.pixels == at_once.pixels).all()
    assert steps.encode_overview() == at_once.encode_overview()
    assert steps.tile(NEAR, 2, 1) == at_once.tile(NEAR, 2, 1)


def test_the_overview_shows_the_wall() -> None:
    canvas = _full(40, 25, tint=20)
    overview = _opened(canvas.encode_overview())
    assert overview.shape == (600, 960, 3)
    assert _apart(overview, canvas.pixels) < 6


def test_a_patch_holds_the_cells_in_their_order_32_in_a_row() -> None:
    canvas = _full(40, 25)
    cells = RNG.permutation(1000)[:70]
    strip = _opened(canvas.patch(cells))
    assert strip.shape == (3 * 24, 32 * 24, 3)
    for i, cell in enumerate(cells):
        y, x = i // 32 * 24, i % 32 * 24
        assert _apart(strip[y : y + 24, x : x + 24], _cell(canvas, int(cell))) < 4


def test_a_small_patch_is_narrow_and_none_is_an_error() -> None:
    canvas = _full(40, 25)
    assert _opened(canvas.patch([5])).shape == (24, 24, 3)
    assert _opened(canvas.patch(range(32))).shape == (24, 32 * 24, 3)
    with pytest.raises(ValueError, match="at least one cell"):
        canvas.patch([])


# --- tiles ---


def test_a_tile_shows_its_cells_at_64_px() -> None:
    canvas = _full(40, 25)
    tile = _opened(canvas.tile(NEAR, 1, 2))
    assert tile.shape == (512, 512, 3)
    thumbs = ThumbCache(FILES.get)
    for row in range(8):
        for column in range(8):
            photo = int(canvas.shown[(16 + row) * 40 + 8 + column])
            part = tile[row * 64 : row * 64 + 64, column * 64 : column * 64 + 64]
            assert _apart(part, thumbs(photo, 64)) < 3


def test_tiles_at_the_edges_are_as_small_as_the_wall_is() -> None:
    canvas = _full(43, 25)
    assert canvas.tile_pixels(NEAR, 5, 3).shape == (64, 3 * 64, 3)
    assert canvas.tile_pixels(NEAR, 5, 0).shape == (512, 3 * 64, 3)
    assert canvas.tile_pixels(NEAR, 0, 3).shape == (64, 512, 3)


@pytest.mark.parametrize(("x", "y"), [(5, 0), (0, 4), (-1, 0), (0, -1)])
def test_a_tile_outside_the_wall_is_an_error(x: int, y: int) -> None:
    with pytest.raises(IndexError, match="no tile"):
        _full(40, 25).tile(NEAR, x, y)


@pytest.mark.parametrize(("columns", "rows"), [(43, 25), (97, 61)])
def test_the_tiles_together_are_the_wall(columns: int, rows: int) -> None:
    canvas = _full(columns, rows, tint=30)
    for level in levels_for(columns, rows):
        across, down = level.tiles(columns, rows)
        lines = [
            np.concatenate([canvas.tile_pixels(level, x, y) for x in range(across)], axis=1)
            for y in range(down)
        ]
        wall = np.concatenate(lines)
        whole = Canvas(columns, rows, TARGET, ThumbCache(FILES.get), cell_px=level.cell_px)
        whole.paint(np.arange(columns * rows), canvas.shown, canvas.tints)
        assert (wall == whole.pixels).all()


def test_a_tinted_tile_of_a_large_wall_is_tinted_without_seams() -> None:
    """There the target is kept at a part of the width, which must not show."""
    canvas = _full(252, 158, tint=40)
    box = (100, 80, 108, 88)
    tinted = canvas.block(box, 64).astype(int)
    canvas.tints[:] = 0
    plain = canvas.block(box, 64).astype(int)
    size = (252 * 64, 158 * 64)
    target = Image.fromarray(TARGET).resize(
        (512, 512),
        Image.Resampling.BICUBIC,
        box=(
            100 * 64 * 300 / size[0],
            80 * 64 * 200 / size[1],
            108 * 64 * 300 / size[0],
            88 * 64 * 200 / size[1],
        ),
    )
    assert np.abs(tinted - (plain * 0.6 + np.asarray(target) * 0.4)).max() < 3


def test_a_block_with_empty_cells_shows_them_soft() -> None:
    canvas = _canvas(40, 25)
    canvas.paint([0], [1], [0])
    block = canvas.block((0, 0, 2, 1), 64)
    assert (block[:, :64] == ThumbCache(FILES.get)(1, 64)).all()
    assert (block[-1, 64:] == 238).all()


# --- the target for panels ---


def test_the_small_target_is_at_most_640_long_and_is_never_enlarged() -> None:
    assert _opened(target_small(_smooth(3000, 1000, 5))).shape == (213, 640, 3)
    assert _opened(target_small(_smooth(1000, 3000, 5))).shape == (640, 213, 3)
    small = _smooth(300, 200, 5)
    opened = _opened(target_small(small))
    assert opened.shape == small.shape
    assert _apart(opened, small) < 2
    assert _opened(target_small(_smooth(5000, 2, 5))).shape == (1, 640, 3)


def test_a_cell_shows_the_detail_and_all_renditions_do() -> None:
    squares = ThumbCache(FILES.get)
    canvas = _canvas(8, 8)
    canvas.paint([9, 10], 7, 0, [0, 13])
    for cell, detail in ((9, 0), (10, 13)):
        row, column = divmod(cell, 8)
        block = canvas.block((column, row, column + 1, row + 1), 64)
        assert (block == squares(7, 64, detail)).all()
        px = canvas.cell_px
        drawn = canvas.pixels[row * px : (row + 1) * px, column * px : (column + 1) * px]
        assert (drawn == squares(7, px, detail)).all()


def test_what_is_at_hand_is_drawn_the_same_and_each_file_was_opened_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(thumbs, "SOURCE_BYTES", 20_000)  # one picture that details are cut out of
    asked: list[tuple[int, int]] = []

    def load(photo_id: int, px: int = 64) -> bytes:
        asked.append((photo_id, px))
        return FILES[photo_id]

    cells = np.arange(128)
    plain, ready = (Canvas(16, 8, TARGET, ThumbCache(load, larger=load)) for _ in range(2))
    for canvas in (plain, ready):
        canvas.paint(cells, cells % 5 + 1, 0, cells % 30)
    asked.clear()
    ready.have_at_hand(NEAR, [(0, 0), (1, 0)])
    assert len(asked) < 20
    first = [plain.tile(NEAR, x, 0) for x in range(2)]
    asked.clear()
    assert [ready.tile(NEAR, x, 0) for x in range(2)] == first
    assert not asked


def test_a_canvas_painted_like_another_shows_the_same_in_these_cells_only() -> None:
    target = np.full((30, 40, 3), 90, np.uint8)
    first, second = (Canvas(4, 3, target, lambda *look: square_of(*look)) for _ in range(2))
    first.paint(np.arange(12), 7, 30, 2)
    second.paint_as(first, [5, 6])
    again = Canvas(4, 3, target, lambda *look: square_of(*look))
    again.paint([5, 6], 7, 30, 2)
    assert np.array_equal(second.pixels, again.pixels)
    assert second.shown.tolist() == again.shown.tolist()
    assert second.details.tolist() == again.details.tolist()
    assert second.tints.tolist() == again.tints.tolist()


class Asked:
    """Squares, and which of them were asked for."""

    def __init__(self) -> None:
        self.looks: list[tuple[int, int]] = []

    def __call__(self, photo_id: int, size: int, detail: int = 0) -> np.ndarray:
        self.looks.append((photo_id, detail))
        return square_of(photo_id, size, detail)


def test_a_cell_is_drawn_once_as_it_is_when_somebody_looks() -> None:
    asked = Asked()
    canvas = Canvas(4, 3, TARGET, asked)
    canvas.paint(range(12), 1, 0)
    canvas.paint([3, 4], 2, 0)
    assert asked.looks == []
    canvas.patch([4])
    assert asked.looks == [(2, 0)]
    first = canvas.encode_overview()
    assert asked.looks == [(2, 0), (1, 0), (2, 0)]
    assert canvas.encode_overview() == first
    assert len(asked.looks) == 3


def test_a_twin_copies_what_is_the_same_and_draws_the_rest() -> None:
    asked = Asked()
    first = Canvas(4, 3, TARGET, square_of)
    twin = Canvas(4, 3, TARGET, asked)
    first.paint(range(12), range(1, 13), 0)
    twin.paint_as(first, range(12))
    first.paint([2], 12, 0)  # before anybody looked: the twin still shows 3 there
    twin.paint([7], 1, 0)
    shown = twin.pixels
    assert asked.looks == [(1, 0), (3, 0)]
    expected = Canvas(4, 3, TARGET, square_of)
    expected.paint(range(12), [1, 2, 3, 4, 5, 6, 7, 1, 9, 10, 11, 12], 0)
    assert np.array_equal(shown, expected.pixels)


def test_a_twin_that_is_all_the_same_draws_nothing() -> None:
    asked = Asked()
    first, twin = Canvas(4, 3, TARGET, square_of), Canvas(4, 3, TARGET, asked)
    first.paint(range(12), range(1, 13), 0)
    twin.paint_as(first, range(12))
    assert np.array_equal(twin.pixels, first.pixels)
    assert asked.looks == []


def square_of(photo_id: int, size: int, detail: int = 0) -> np.ndarray:
    return np.full((size, size, 3), 20 * photo_id + detail, np.uint8)
