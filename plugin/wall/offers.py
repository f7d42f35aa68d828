"""What this server can make of a finished wall, as which file, in which sizes, and why it cannot make the rest."""

from importlib.util import find_spec
from typing import Any

from plugin.people.refusal import Refusal
from plugin.state.finish import PrintKind

LONGEST_PX = 15_000  # 127 cm: as large as a wall needs to be, and a minute or two of work
CELL_PX = (100, 150, 200, 300, 400, 600)
FEWEST_CELL_PX, MOST_CELL_PX = CELL_PX[0], CELL_PX[-1]

WORDS_OF_MISSING = {
    "poster": "This server cannot make posters yet. Whoever runs it can add that: "
    "pip install 'virtual-mosaic[print]', then start it again.",
    "recap": "This server cannot make posters yet. Whoever runs it can add that: "
    "pip install 'virtual-mosaic[print]', then start it again.",
    "keepsake": "This server cannot make keepsakes yet. Whoever runs it can add that: "
    "pip install 'virtual-mosaic[print]', then start it again.",
}
WORDS_OF_NOTES = {
    "webp": "The film will be an animated WebP. For MP4, whoever runs this server adds: "
    "pip install 'virtual-mosaic[print]'.",
    "no_pdf": "For PDF, whoever runs this server adds: pip install 'virtual-mosaic[print]'.",
}


def is_installed(module: str) -> bool:
    return find_spec(module) is not None


def missing(kind: PrintKind) -> str | None:
    """What to tell people who cannot have this here; None when it can be made."""
    if kind is PrintKind.TIMELAPSE or (is_installed("pyvips") and is_installed("fontpkg_noto_sans")):
        return None
    return WORDS_OF_MISSING[kind.value]


def forms(kind: PrintKind) -> list[str]:
    """The formats that this server can make, the best one first."""
    if missing(kind):
        return []
    if kind is PrintKind.TIMELAPSE:
        return ["mp4"] if is_installed("av") else ["webp"]
    if kind in (PrintKind.KEEPSAKE, PrintKind.RECAP):
        return ["jpeg"]
    return [*(["pdf"] if is_installed("pikepdf") else []), "png", "jpeg"]


def is_quick(kind: PrintKind) -> bool:
    """Whether it is made in a second or two, rather than minutes."""
    return kind in (PrintKind.KEEPSAKE, PrintKind.RECAP)


def sizes(columns: int, rows: int) -> list[int]:
    """The cell widths to choose from, in px, smallest first: up to 15,000 px in all, but at least the smallest one."""
    fits = min(LONGEST_PX // max(columns, rows, 1), MOST_CELL_PX)
    chosen = [px for px in CELL_PX if px <= fits] or [FEWEST_CELL_PX]
    return [*chosen, fits] if fits > chosen[-1] * 1.1 else chosen


def note(kind: PrintKind) -> str | None:
    """What is not as good as it could be."""
    offered = forms(kind)
    if offered == ["webp"]:
        return WORDS_OF_NOTES["webp"]
    return WORDS_OF_NOTES["no_pdf"] if kind is PrintKind.POSTER and offered and "pdf" not in offered else None


def as_dict(kind: PrintKind) -> dict[str, Any]:
    """What a page says of it."""
    return {"forms": forms(kind), "missing": missing(kind), "note": note(kind)}


def check(kind: PrintKind, form: str) -> None:
    """Raises Refusal for what cannot be made here."""
    if words := missing(kind):
        raise Refusal(409, "not_installed", words)
    if form not in forms(kind):
        raise Refusal(422, "unknown_choice", "This server cannot make this kind of file.", "form")
