"""The files in which one takes along whom one met: as CSV, vCard or plain text. Pure."""

import csv
import io
from collections.abc import Callable, Sequence

from plugin.people.letters import as_cell

Row = tuple[str, str, str, str]  # name, title, contact, link; empty where there is none
Rows = Sequence[Row]


def _csv(rows: Rows) -> str:
    stream = io.StringIO()
    stream.write("\ufeff")  # so that spreadsheets read it as UTF-8
    writer = csv.writer(stream)
    writer.writerow(("name", "title", "contact", "link"))
    writer.writerows(tuple(as_cell(cell) for cell in row) for row in rows)
    return stream.getvalue()


def _vcard(rows: Rows) -> str:
    """RFC 6350, version 4.0."""
    cards_ = []
    for name, title, contact, link in rows:
        lines = ["BEGIN:VCARD", "VERSION:4.0", f"FN:{_escaped(name)}"]
        lines += [f"TITLE:{_escaped(title)}"] if title else []
        lines += [f"NOTE:{_escaped(contact)}"] if contact else []
        lines += [f"URL:{link}"] if link else []
        cards_.append("\r\n".join([*lines, "END:VCARD", ""]))
    return "".join(cards_)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _text(rows: Rows) -> str:
    return "\n".join("\n".join(part for part in row if part) + "\n" for row in rows)


# By form: the file's name, its media type, and what writes it.
FILES: dict[str, tuple[str, str, Callable[[Rows], str]]] = {
    "csv": ("people-i-met.csv", "text/csv; charset=utf-8", _csv),
    "vcard": ("people-i-met.vcf", "text/vcard; charset=utf-8", _vcard),
    "text": ("people-i-met.txt", "text/plain; charset=utf-8", _text),
}
