"""The host's own list of words that nobody's text may hold, in any language, beside the filter of ours.

Words count whole, as Unicode parts a text into words and letters (UAX 29): "ass" is not in "classic", nor a woman in a
woman at a computer; where a script writes no spaces, a word is found wherever it stands.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import regex

from plugin.people.letters import CLUSTER, as_seen, tidy
from plugin.people.refusal import Refusal, refuse_objection
from plugin.state.models import Event

MOST_WORDS = 200
LONGEST_WORD = 60
JOINED_EMOJI = regex.compile(r"\p{Extended_Pictographic}.*\u200d")


def read(text: str) -> list[str]:
    """The list as a host wrote it, a word or phrase a line; each once. Raises Refusal."""
    words = dict.fromkeys(filter(None, (tidy(line) for line in text.splitlines())))
    if len(words) > MOST_WORDS:
        raise Refusal(422, "too_long", "A list has %(most)s words at most.", "words", most=MOST_WORDS)
    if any(len(word) > LONGEST_WORD for word in words):
        raise Refusal(
            422, "too_long", "Please use at most %(longest)s characters.", "words", longest=LONGEST_WORD
        )
    return list(words)


def holds_any(words: Sequence[str], text: str) -> bool:
    return bool(words) and _pattern(tuple(words)).search(_plain(text)) is not None


def refuse(event: Event, text: str, field: str) -> None:
    """Raises Refusal, in the same words as our own filter: nobody learns what is on the list."""
    if holds_any(event.own_words.splitlines(), text):
        refuse_objection("unkind", field)


@lru_cache(maxsize=64)
def _pattern(words: tuple[str, ...]) -> "regex.Pattern[str]":
    listed = "|".join(regex.escape(_plain(word)) for word in words)
    return regex.compile(rf"\b(?:{listed})\b", regex.WORD | regex.IGNORECASE | regex.FULLCASE)


def _plain(text: str) -> str:
    """As eyes see it, however it is encoded; an emoji of several stays the one that is seen."""
    seen = (each if JOINED_EMOJI.match(each) else as_seen(each) for each in CLUSTER.findall(text))
    return unicodedata.normalize("NFKC", "".join(seen))
