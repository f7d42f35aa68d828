"""A poster on a sheet of paper: the wall with a margin, and beneath it what it was, when, and who made it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from worker.pictures.color import Pixels
from worker.pictures.lettering import Colour, lettered

PAPER: Colour = (252, 251, 248)
INK: Colour = (28, 28, 36)
QUIET: Colour = (98, 98, 110)
MARGIN_SHARE = 0.05  # of the sheet's short side; printers need some of it
FOOTER_SHARE = 0.075
GAP_SHARE = 0.02  # between the picture and what stands beneath it
LOGO_SHARE = 0.25  # of the picture's width, at most
TITLE_SIZES = (0.46, 0.4, 0.34, 0.28, 0.22)  # shares of the footer's height, the largest that fits is taken
LINE_SHARE = 0.26
LINES_GAP = 0.12
RULE_SHARE = 0.04


@dataclass(frozen=True)
class Legend:
    """What stands beneath the picture; a part that is empty takes no room. `logo` is RGBA, `rule` the colour of a
    line above all of it, as #rrggbb."""

    title: str = ""
    line: str = ""
    logo: Image.Image | None = None
    rule: str = ""

    def __bool__(self) -> bool:
        return bool(self.title or self.line or self.logo)


@dataclass(frozen=True)
class Sheet:
    """Where everything lies on a page of `width` x `height`, in px."""

    width: int
    height: int
    cell_px: int
    left: int
    top: int
    columns: int
    rows: int
    footer_top: int
    footer_height: int

    @property
    def picture(self) -> tuple[int, int]:
        return self.columns * self.cell_px, self.rows * self.cell_px


def lay_out(page: tuple[int, int], columns: int, rows: int, has_legend: bool) -> Sheet:
    """The largest picture of whole pixels a cell that leaves a margin. ValueError where the cells are too many."""
    width, height = page
    short = min(page)
    margin = round(short * MARGIN_SHARE)
    footer = round(short * FOOTER_SHARE) if has_legend else 0
    gap = round(short * GAP_SHARE) if has_legend else 0
    cell_px = min((width - 2 * margin) // columns, (height - 2 * margin - footer - gap) // rows)
    if cell_px < 1:
        raise ValueError(f"{columns} x {rows} cells do not fit on {width} x {height} px")
    top = (height - rows * cell_px - gap - footer) // 2
    left = (width - columns * cell_px) // 2
    return Sheet(width, height, cell_px, left, top, columns, rows, top + rows * cell_px + gap, footer)


def footer(sheet: Sheet, legend: Legend) -> Pixels:
    """What stands beneath the picture, as wide as it: (footer_height, width of the picture, 3)."""
    wide, whole = sheet.picture[0], sheet.footer_height
    part = Image.new("RGB", (wide, whole), PAPER)
    top = 0
    if legend.rule:
        part.paste(legend.rule, (0, 0, wide, max(1, round(whole * RULE_SHARE))))
        top = round(whole * (RULE_SHARE + LINES_GAP))
    high, room = whole - top, wide
    if legend.logo is not None:
        logo = legend.logo.convert("RGBA")
        logo.thumbnail((round(wide * LOGO_SHARE), high), Image.Resampling.LANCZOS)
        part.paste(logo, (wide - logo.width, top + (high - logo.height) // 2), logo)
        room = wide - logo.width - round(high * LINES_GAP * 4)
    y = top
    for block in _lines(legend, room, high):
        part.paste(block, (0, y), block)
        y += block.height + round(high * LINES_GAP)
    return np.asarray(part)


def _lines(legend: Legend, room: int, high: int) -> list[Image.Image]:
    """Title and line in letters as large as the footer takes; a title that is too long even so loses its end."""
    line = lettered(legend.line, max(1, round(high * LINE_SHARE)), room, QUIET)
    left = high - (line.height + round(high * LINES_GAP) if line else 0)
    for share in TITLE_SIZES:
        title = lettered(legend.title, max(1, round(high * share)), room, INK)
        if title is None or title.height <= left:
            break
    if title is not None and title.height > left:
        title = title.crop((0, 0, title.width, max(1, left)))
    return [block for block in (title, line) if block]


def on_sheet(sheet: Sheet, wall: Iterator[Pixels], beneath: Pixels | None) -> Iterator[Pixels]:
    """The page from above in pieces of whole rows, (n, width, 3), the wall's bands among them."""
    piece = sheet.cell_px
    yield from _blank(sheet.top, sheet.width, piece)
    row = np.empty((sheet.cell_px, sheet.width, 3), np.uint8)
    row[:] = PAPER
    for band in wall:
        row[:, sheet.left : sheet.left + band.shape[1]] = band
        yield row
    end = sheet.top + sheet.picture[1]
    if beneath is not None:
        yield from _blank(sheet.footer_top - end, sheet.width, piece)
        for first in range(0, len(beneath), piece):
            part = beneath[first : first + piece]
            row = np.empty((len(part), sheet.width, 3), np.uint8)
            row[:] = PAPER
            row[:, sheet.left : sheet.left + part.shape[1]] = part
            yield row
        end = sheet.footer_top + len(beneath)
    yield from _blank(sheet.height - end, sheet.width, piece)


def _blank(rows: int, width: int, piece: int) -> Iterator[Pixels]:
    while rows > 0:
        blank = np.empty((min(piece, rows), width, 3), np.uint8)
        blank[:] = PAPER
        yield blank
        rows -= len(blank)
