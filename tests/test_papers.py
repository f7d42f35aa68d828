"""Posters on sheets of paper: their sizes, where the picture lies, and what stands beneath it."""

import io
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image

from plugin.wall.papers import PAPERS, page_of
from worker.pictures.color import Pixels
from worker.pictures.thumbs import ThumbCache
from worker.prints import poster
from worker.prints.poster import DPI, FinishedWall, render_poster
from worker.prints.sheet import PAPER, Legend, Sheet, footer, lay_out

# As ISO 216 and ANSI have them: millimetres, and inches.
MILLIMETRES = {"a4": (210, 297), "a3": (297, 420), "a2": (420, 594), "a1": (594, 841), "a0": (841, 1189)}
INCHES = {"letter": (8.5, 11), "tabloid": (11, 17), "arch_c": (18, 24), "arch_d": (24, 36)}
RED = (200, 30, 30)


def _file(photo_id: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 64), RED).save(stream, "PNG")
    return stream.getvalue()


THUMBS = ThumbCache(_file)


def _wall(columns: int, rows: int) -> FinishedWall:
    cells = columns * rows
    target = np.zeros((rows * 4, columns * 4, 3), np.uint8)
    return FinishedWall(columns, rows, np.ones(cells, np.uint32), np.zeros(cells, np.uint8), target)


def test_every_paper_from_a4_to_a0_and_from_letter_to_36_by_24_inches_is_there() -> None:
    assert set(PAPERS) == {*MILLIMETRES, *INCHES}


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_a_page_has_the_pixels_that_its_paper_has_at_300_dots_an_inch(name: str) -> None:
    inches = INCHES.get(name) or tuple(side / 25.4 for side in MILLIMETRES[name])
    upright = page_of(name, 25, 40)
    assert upright == pytest.approx([side * 300 for side in inches], abs=0.5)
    assert page_of(name, 40, 25) == upright[::-1]  # it lies as the wall does


@pytest.mark.parametrize("name", ["a4", "letter"])
def test_the_files_measure_what_the_paper_does(tmp_path: Path, name: str) -> None:
    page = page_of(name, 8, 5)
    sheet = lay_out(page, 8, 5, has_legend=True)
    for form in ("png", "jpeg", "pdf"):
        path = tmp_path / f"wall.{form}"
        legend = Legend("Spring Summit", "29 November 2026")
        render_poster(path, form, _wall(8, 5), THUMBS, sheet.cell_px, sheet=sheet, legend=legend)  # type: ignore[arg-type]
        if form == "pdf":
            with pikepdf.open(path) as pdf:
                points = [float(side) for side in pdf.pages[0].mediabox[2:]]
            inches = INCHES.get(name) or tuple(side / 25.4 for side in MILLIMETRES[name])
            assert points == pytest.approx([inches[1] * 72, inches[0] * 72], abs=0.2)
        else:
            with Image.open(path) as image:
                assert image.size == page
                assert image.info["dpi"] == pytest.approx((DPI, DPI), abs=0.01)


@pytest.mark.parametrize(("columns", "rows"), [(40, 25), (25, 40), (252, 158), (1, 1), (7, 7)])
@pytest.mark.parametrize("has_legend", [False, True])
@pytest.mark.parametrize("name", sorted(PAPERS))
def test_the_picture_lies_in_the_middle_with_a_margin(
    name: str, columns: int, rows: int, has_legend: bool
) -> None:
    width, height = page_of(name, columns, rows)
    sheet = lay_out((width, height), columns, rows, has_legend)
    wide, high = sheet.picture
    margin = 0.05 * min(width, height) - 1
    assert sheet.left >= margin
    assert sheet.top >= margin
    assert abs(2 * sheet.left + wide - width) <= 1
    assert sheet.footer_top + sheet.footer_height <= height - margin
    assert sheet.footer_top >= sheet.top + high


def test_too_many_cells_for_a_page_is_an_error() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        lay_out((300, 300), 400, 10, has_legend=False)


def _page(sheet: Sheet, legend: Legend, path: Path) -> Pixels:
    wall = _wall(sheet.columns, sheet.rows)
    render_poster(path, "png", wall, THUMBS, sheet.cell_px, sheet=sheet, legend=legend)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("legend", [Legend(), Legend("Spring Summit", "made by 3 people")])
def test_nothing_but_paper_is_around_the_picture_and_its_legend(tmp_path: Path, legend: Legend) -> None:
    sheet = lay_out((900, 640), 8, 5, bool(legend))
    page = _page(sheet, legend, tmp_path / "page.png")
    wide, high = sheet.picture
    inside = page[sheet.top : sheet.top + high, sheet.left : sheet.left + wide]
    assert (inside == RED).all()
    rest = page.copy()
    rest[sheet.top : sheet.top + high, sheet.left : sheet.left + wide] = PAPER
    beneath = rest[sheet.footer_top : sheet.footer_top + sheet.footer_height]
    assert ((beneath != PAPER).any(axis=-1).sum() > 200) == bool(legend)
    beneath[:] = PAPER
    assert (rest == PAPER).all()


@pytest.mark.parametrize(
    "title", ["Summit", "A very long name of an event " * 3, "W" * 80, "ملتقى الربيع", ""]
)
def test_a_title_of_any_length_and_script_stays_within_the_footer(title: str) -> None:
    sheet = lay_out((2480, 3508), 25, 40, has_legend=True)
    part = footer(sheet, Legend(title, "29 November 2026 · made by 173 people"))
    assert part.shape == (sheet.footer_height, sheet.picture[0], 3)
    inked = (part != PAPER).any(axis=-1)
    assert inked.any()
    assert bool(inked[: sheet.footer_height // 4].any())


def test_a_logo_has_its_place_beside_the_title_and_keeps_its_shape() -> None:
    sheet = lay_out((2480, 3508), 25, 40, has_legend=True)
    logo = Image.new("RGBA", (400, 200), (0, 90, 200, 255))
    part = footer(sheet, Legend("Spring Summit", "made by 3 people", logo))
    blue = (part == (0, 90, 200)).all(axis=-1)
    rows, columns = np.flatnonzero(blue.any(axis=1)), np.flatnonzero(blue.any(axis=0))
    assert columns[-1] == sheet.picture[0] - 1
    assert (columns[-1] - columns[0] + 1) / (rows[-1] - rows[0] + 1) == pytest.approx(2, rel=0.03)
    plain = footer(sheet, Legend("Spring Summit", "made by 3 people"))
    left = sheet.picture[0] // 2
    assert (part[:, :left] == plain[:, :left]).all()


def test_the_poster_and_the_papers_agree_about_dots_an_inch() -> None:
    assert poster.DPI == 300
