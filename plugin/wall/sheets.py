"""Tables as files that spreadsheets open: CSV, and XLSX with a page a table. Pure. No text in them is a formula."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter

from plugin.people.letters import as_cell

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDEST = 60  # of a column, in characters
LONGEST_TITLE = 31  # of a page, says the format
NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))

Cell = str | int | float | None  # None: an empty one


@dataclass(frozen=True)
class Sheet:
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def as_csv(sheets: Sequence[Sheet]) -> bytes:
    """One below the other; where there are several, each with its title above it."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    for at, sheet in enumerate(sheets):
        if at:
            writer.writerow(())
        if len(sheets) > 1:
            writer.writerow((as_cell(sheet.title),))
        writer.writerows(_plain(row) for row in (sheet.header, *sheet.rows))
    return stream.getvalue().encode("utf-8-sig")  # so that spreadsheets read it as UTF-8


def _plain(row: Sequence[Cell]) -> list[Cell]:
    return [as_cell(cell) if isinstance(cell, str) else cell for cell in row]


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.title.translate(NOT_IN_TITLES)[:LONGEST_TITLE])
            page.freeze_panes(1, 0)
            for at, text in enumerate(sheet.header):
                page.write_string(0, at, text, bold)
                page.set_column(at, at, _width(sheet, at))
            for number, row in enumerate(sheet.rows, 1):
                for at, cell in enumerate(row):
                    _write(page, number, at, cell)
    return stream.getvalue()


def _write(page: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell) -> None:
    """A text stays one, whatever it begins with."""
    if isinstance(cell, str):
        page.write_string(row, column, cell)
    elif cell is not None:
        page.write_number(row, column, cell)


def _width(sheet: Sheet, at: int) -> int:
    texts = (sheet.header[at], *(str(row[at]) for row in sheet.rows if row[at] is not None))
    return min(WIDEST, max(len(text) for text in texts) + 2)
