"""Print files of the finished wall."""

import io
from pathlib import Path
from typing import cast

import numpy as np
import pikepdf
import pytest
from PIL import Image

from worker.pictures.color import Pixels
from worker.pictures.thumbs import NEUTRAL, ThumbCache
from worker.prints.poster import (
    DPI,
    FinishedWall,
    Format,
    PosterTooLarge,
    bands,
    check_poster,
    render_poster,
    rendition_for,
)

PX = 100
COLUMNS, ROWS = 4, 3


def _smooth(width: int, height: int, seed: int) -> Pixels:
    coarse = np.random.default_rng(seed).integers(20, 236, (3, 4, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))


def _load(photo_id: int) -> bytes | None:
    if photo_id == 99:
        return None
    buffer = io.BytesIO()
    Image.fromarray(_smooth(128, 128, photo_id)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


THUMBS = ThumbCache(_load)
SHOWN = np.array([1, 2, 3, 4, 5, 0, 7, 8, 99, 1, 2, 3], np.uint32)
TINTS = np.array([0, 20, 40, 0, 0, 0, 20, 20, 0, 30, 0, 100], np.uint8)
WALL = FinishedWall(COLUMNS, ROWS, SHOWN, TINTS, _smooth(90, 70, 500))


def _expected() -> Pixels:
    """The poster by the plain formula, in one piece."""
    size = (COLUMNS * PX, ROWS * PX)
    under = np.asarray(Image.fromarray(WALL.target).resize(size, Image.Resampling.BICUBIC)).astype(float)
    picture = under.copy()
    for cell, (photo, tint) in enumerate(zip(SHOWN.tolist(), TINTS.tolist(), strict=True)):
        row, column = divmod(cell, COLUMNS)
        place = np.s_[row * PX : (row + 1) * PX, column * PX : (column + 1) * PX]
        if photo:
            picture[place] = THUMBS(photo, PX) * (1 - tint / 100) + under[place] * tint / 100
    rounded: Pixels = np.rint(picture).astype(np.uint8)
    return rounded


def _render(path: Path, form: Format, **changes: object) -> Path:
    render_poster(path, form, WALL, THUMBS, PX, **changes)  # type: ignore[arg-type]
    return path


def test_a_png_poster_is_the_wall_pixel_by_pixel_at_300_dpi(tmp_path: Path) -> None:
    with Image.open(_render(tmp_path / "wall.png", "png")) as poster:
        assert poster.format == "PNG"
        assert poster.size == (400, 300)
        assert poster.info["dpi"] == pytest.approx((DPI, DPI), abs=0.01)
        assert poster.info["icc_profile"]
        pixels = np.asarray(poster.convert("RGB"))
    assert np.abs(pixels.astype(int) - _expected()).max() <= 1
    assert (pixels[:PX, :PX] == THUMBS(1, PX)).all()  # a home
    assert (pixels[2 * PX :, :PX] == NEUTRAL).all()  # an erased photo


def test_a_jpeg_poster_is_the_wall_at_300_dpi(tmp_path: Path) -> None:
    with Image.open(_render(tmp_path / "wall.jpg", "jpeg")) as poster:
        assert poster.format == "JPEG"
        assert poster.info["dpi"] == (DPI, DPI)
        pixels = np.asarray(poster)
    assert np.abs(pixels.astype(int) - _expected()).mean() < 2


def test_a_pdf_poster_is_one_page_of_its_print_size_that_holds_the_picture(tmp_path: Path) -> None:
    path = _render(tmp_path / "wall.pdf", "pdf")
    with pikepdf.open(path) as pdf:
        assert pdf.check_pdf_syntax() == []
        (page,) = pdf.pages
        assert [float(side) for side in page.mediabox] == [0, 0, 400 * 72 / DPI, 300 * 72 / DPI]
        (picture,) = page.get_images().values()
        assert isinstance(picture, pikepdf.Stream)
        pixels = np.asarray(pikepdf.PdfImage(picture).as_pil_image())
        assert b"96.000 0 0 72.000 0 0 cm" in page.Contents.read_bytes()  # it fills the page
    assert np.abs(pixels.astype(int) - _expected()).mean() < 2


def test_who_did_not_agree_to_be_in_a_print_leaves_the_target_and_no_hole(tmp_path: Path) -> None:
    with Image.open(_render(tmp_path / "wall.png", "png")) as poster:
        part = np.asarray(poster.convert("RGB"))[PX : 2 * PX, PX : 2 * PX]
    whole = Image.fromarray(WALL.target).resize((400, 300), Image.Resampling.BICUBIC)
    assert np.abs(part.astype(int) - np.asarray(whole)[PX : 2 * PX, PX : 2 * PX]).max() <= 1


def test_bands_do_not_pile_up_in_memory() -> None:
    first, second = (band for band, _ in zip(bands(WALL, THUMBS, PX), range(2), strict=False))
    assert first.shape == (PX, COLUMNS * PX, 3)
    assert np.shares_memory(first, second)


def test_a_wide_poster_is_handed_over_in_pieces(tmp_path: Path) -> None:
    """Its rows of cells are larger than one piece, and the pieces do not divide the row."""
    wall = FinishedWall(40, 1, np.arange(1, 41).astype(np.uint32) % 9, np.zeros(40, np.uint8), WALL.target)
    path = tmp_path / "wide.png"
    render_poster(path, "png", wall, THUMBS, 333)
    with Image.open(path) as poster:
        assert (np.asarray(poster) == next(bands(wall, THUMBS, 333))).all()


def test_progress_grows_from_nothing_to_the_whole(tmp_path: Path) -> None:
    heard: list[float] = []
    _render(tmp_path / "wall.png", "png", progress=heard.append)
    assert heard[0] == 0
    assert heard == sorted(heard)
    assert heard[-1] == 1
    assert len(heard) == ROWS + 1


class CancelledError(Exception):
    """Somebody does not want the poster any more."""


@pytest.mark.parametrize("form", ["png", "jpeg", "pdf"])
def test_a_cancelled_poster_leaves_the_older_file_and_nothing_else(tmp_path: Path, form: Format) -> None:
    path = tmp_path / f"wall.{form}"
    path.write_bytes(b"the older one")

    def cancel(share: float) -> None:
        if share > 0.5:
            raise CancelledError

    with pytest.raises(CancelledError):
        _render(path, form, progress=cancel)
    assert path.read_bytes() == b"the older one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_poster_cancelled_before_its_first_row_is_an_error_of_ours_too(tmp_path: Path) -> None:
    def cancel(_: float) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        _render(tmp_path / "wall.png", "png", progress=cancel)
    assert list(tmp_path.iterdir()) == []


def test_a_storage_that_does_not_answer_ends_the_poster(tmp_path: Path) -> None:
    def load(_: int) -> bytes:
        raise TimeoutError("the bucket does not answer")

    with pytest.raises(TimeoutError, match="bucket"):
        render_poster(tmp_path / "wall.png", "png", WALL, ThumbCache(load), PX)


def test_a_folder_that_is_not_there_is_an_error_with_words(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="could not be written"):
        _render(tmp_path / "nowhere" / "wall.png", "png")


@pytest.mark.parametrize(
    ("cell_px", "rendition"),
    [(64, 64), (100, 128), (128, 128), (129, 512), (512, 512), (513, 1024), (600, 1024)],
)
def test_a_cell_is_drawn_from_the_smallest_file_that_is_sharp_enough(cell_px: int, rendition: int) -> None:
    assert rendition_for(cell_px) == rendition


@pytest.mark.parametrize("cell_px", [99, 601, 0, -100])
def test_cells_outside_the_range_are_refused_with_words(cell_px: int) -> None:
    with pytest.raises(ValueError, match="100 to 600 px"):
        check_poster("png", 40, 25, cell_px)


def test_an_unknown_format_is_refused_with_words() -> None:
    with pytest.raises(ValueError, match="a PNG, a JPEG or a PDF"):
        check_poster(cast(Format, "bmp"), 40, 25, 100)


def test_a_poster_that_its_format_cannot_hold_is_refused_and_says_what_would_fit() -> None:
    with pytest.raises(PosterTooLarge, match="at most 257 px") as refused:
        check_poster("jpeg", 252, 158, 300)
    assert refused.value.cell_px == 257
    check_poster("jpeg", 252, 158, 257)
    with pytest.raises(PosterTooLarge, match="at most 238 px"):
        check_poster("pdf", 158, 252, 239)


def test_a_wall_too_long_for_any_poster_is_refused() -> None:
    with pytest.raises(PosterTooLarge, match="smaller wall") as refused:
        check_poster("png", 2000, 10, 100)
    assert refused.value.cell_px == 0
