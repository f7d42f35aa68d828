"""Texts as they are searched: what is written differently and read as the same is one.

Capitals, the marks on letters and the forms of one letter make no difference: "Weiß" is found by "WEISS", "Γιώργος" by
"γιωργοσ", "İlknur" by "ilknur". Marks are only left out in the scripts whose people leave them out when they type.
"""

import re
import unicodedata

# On Latin, Greek and Cyrillic letters; the points of Hebrew and Arabic; the line that makes an Arabic word longer. The
# vowels of India's scripts and the voicing of Japanese kana are no such marks: without them it is another word.
MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]"
)
# What no decomposition takes apart, and what people type for it.
ALIKE = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe"})


def folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", MARKS.sub("", apart).translate(ALIKE))


def pattern_of(word: str) -> str:
    """What a folded text is compared with (LIKE, with a backslash before what means something else there)."""
    escaped = folded(word).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
