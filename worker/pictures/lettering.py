"""Lines of text as pixels, in any script. Pure.

Pango, which libvips brings, shapes and wraps the text and looks for a font for every character: first in the
Noto Sans that is installed with us (Latin, Greek, Cyrillic, Devanagari), then in the machine's own fonts. A
character that no font has becomes a small box with its number. Pillow's built-in font has plain ASCII only.
"""

from __future__ import annotations

import html
import unicodedata
from functools import cache
from pathlib import Path

import fontpkg_noto_sans
import pyvips
from PIL import Image

Colour = tuple[int, int, int]


@cache
def _font_file() -> str:
    """The upright Noto Sans of the installed font package."""
    files = Path(fontpkg_noto_sans.__file__).parent.joinpath("files").glob("NotoSans*.ttf")
    return str(next(file for file in files if "Italic" not in file.name))


def one_line(text: str) -> str:
    """The text without line breaks, control characters and halves of characters, which Pango would refuse."""
    kept = "".join(" " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text)
    return " ".join(kept.split())


def lettered(text: str, size: int, width: int, colour: Colour) -> Image.Image | None:
    """The text wrapped to `width` px in letters of `size` px, as RGBA on nothing; None when there is no text.

    Text that is written from right to left lies at the right of the width.
    """
    text = one_line(text)
    if not text:
        return None
    ink = "#{:02x}{:02x}{:02x}".format(*colour)
    drawn = pyvips.Image.text(
        f'<span foreground="{ink}">{html.escape(text)}</span>',
        font=f"Noto Sans {size}",
        fontfile=_font_file(),
        width=width,
        wrap="word-char",
        dpi=72,  # so that a point is a pixel
        rgba=True,
    )
    letters = Image.frombuffer("RGBA", (drawn.width, drawn.height), drawn.write_to_memory())
    line = Image.new("RGBA", (width, drawn.height), (*colour, 0))
    line.paste(letters, (width - letters.width if _from_the_right(text) else 0, 0))
    return line


def _from_the_right(text: str) -> bool:
    """What the first strong character says: Unicode Standard Annex 9, rules P2 and P3."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in ("L", "R", "AL"):
            return direction != "L"
    return False
