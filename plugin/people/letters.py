"""Which letters may stay in a person's own words, decided by Unicode's properties and not by this Python's age.

Text is looked at in grapheme clusters, what people call one letter: an emoji of several parts or a letter with its
accents stays whole or goes whole. Both tables are pinned packages, so every server decides the same.
"""

import regex
import unicodedata2

CLUSTER = regex.compile(r"\X")
INVISIBLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
# Emoji that are newer than the tables have their places kept by Unicode: phones are quicker than servers.
EMOJI = regex.compile(r"\p{Extended_Pictographic}")
SIGN = regex.compile(
    r"\p{Prepended_Concatenation_Mark}"
)  # format characters to Unicode, and seen: Arabic's year sign
VISIBLE_KINDS = frozenset("LNPS")  # a mark alone has nothing to sit on
BRAILLE_BLANK = "\u2800"  # a symbol to Unicode, and empty

# Between letters and not seen: the first two say where a word may break, the others which way a text runs. Those that
# turn around all that follows, until somebody ends it, would turn the page around too; they go.
KEPT_UNSEEN = frozenset("\u00ad\u200b\u200e\u200f\u061c")
TAGS = regex.compile("[\U000e0000-\U000e007f]")
# The only emoji that Unicode writes with tags: https://www.unicode.org/reports/tr51/#def_emoji_tag_sequence
TAG_FLAG = regex.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
# More than one on a letter means nothing; it is how texts are smuggled into texts.
STACKED_SELECTORS = regex.compile(r"\p{Variation_Selector}{2}")

# A cell that begins so is a formula to a spreadsheet; https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def tidy(text: str) -> str:
    """The text in one line without what may not stay: white space and what is no letter become single spaces.

    Invisible letters that may not stay leave no space behind, so that words hold together.
    """
    return " ".join("".join(_kept(cluster) for cluster in CLUSTER.findall(text)).split())


def _kept(cluster: str) -> str:
    if cluster in KEPT_UNSEEN or (is_seen(cluster) and _is_one_letter(cluster)):
        return cluster
    return "" if INVISIBLE.match(cluster) else " "


def _is_one_letter(cluster: str) -> bool:
    if any(unicodedata2.category(each)[0] == "C" and not _is_known(each) for each in cluster):
        return False
    if STACKED_SELECTORS.search(cluster):
        return False
    return TAGS.search(cluster) is None or TAG_FLAG.fullmatch(cluster) is not None


def _is_known(each: str) -> bool:
    """Of those that Unicode calls no letter: joiners and tags inside a cluster, signs that are seen, emoji to come."""
    return unicodedata2.category(each) == "Cf" or EMOJI.match(each) is not None


def is_seen(text: str) -> bool:
    """Whether there is anything to be seen in it: a name of fillers and joiners is no name."""
    return any(_is_visible(each) for each in text)


def _is_visible(each: str) -> bool:
    if each == BRAILLE_BLANK or INVISIBLE.match(each):
        return False
    is_sign = SIGN.match(each) is not None or EMOJI.match(each) is not None
    return is_sign or unicodedata2.category(each)[0] in VISIBLE_KINDS


def as_seen(text: str) -> str:
    """The text as eyes see it, for whoever judges it: without what is invisible."""
    return str(INVISIBLE.sub("", text))


def as_cell(text: str) -> str:
    """The text as a cell of a table that no spreadsheet takes for a formula."""
    text = " ".join(text.split())
    return f"'{text}" if text.startswith(FORMULA) else text


def shortened(text: str, longest: int) -> str:
    """As much of a text as fits into so many characters; no letter is cut in two."""
    if len(text) <= longest:
        return text
    length = 0
    for cluster in CLUSTER.findall(text):
        if length + len(cluster) > longest:
            break
        length += len(cluster)
    return text[:length].rstrip()
