"""What free text must not hold: insults in many languages, and links. Two libraries decide; this module asks them.

Names are not looked at for insults: there are people called Cumming, Kuntz and Hooker. A line that is refused can be
put in other words at once, so a wrong refusal costs a moment, and nothing is noted about whose line it was.
"""

from functools import cache
from typing import Any

from linkify_it import LinkifyIt

from plugin.people.letters import as_seen

LANGUAGES = (
    "arabic", "chinese", "dutch", "english", "french", "german", "italian", "japanese", "korean", "polish",
    "portuguese", "russian", "spanish",
)  # fmt: skip
# Insults in one language that are everyday words in another, or simply words.
EVERYDAY = ("con", "bite", "gay", "sex", "pico", "concha", "tit", "cock", "cappella", "a cappella")
# What the lists lack, found by trying them.
MISSED = ("くそ", "クソ", "バカ", "馬鹿野郎", "死ね", "pendejo", "сука", "блять", "scheisse", "kill yourself")

WORDS_OF_OBJECTION = {
    "unkind": "Please say it in other words.",
    "link": "Links and addresses are not possible here. You can both share contact details later on.",
}


def objection(text: str, *, insults: bool = True, links: bool = True) -> str | None:
    """`unkind`, `link`, or None when nothing speaks against the text, as eyes see it."""
    seen = as_seen(text)
    if insults and _insults().is_profane(seen):
        return "unkind"
    return "link" if links and _has_link(seen) else None


@cache
def _insults() -> Any:
    """Made at the first question: its lists take a fifth of a second to read, and most processes have none."""
    from glin_profanity import Filter

    return Filter(
        {
            "languages": list(LANGUAGES),
            "ignore_words": list(EVERYDAY),
            "custom_words": list(MISSED),
            "normalize_unicode": True,
        }
    )


@cache
def _links() -> Any:
    return LinkifyIt()


def _has_link(text: str) -> bool:
    if not _links().pretest(text):
        return False
    return any(not _is_two_sentences(found) for found in _links().match(text) or ())


def _is_two_sentences(found: Any) -> bool:
    """Whether "coffee.It" was taken for an address in Italy: people forget the space after a full stop."""
    host, _, ending = found.raw.rpartition(".")
    return not found.schema and bool(host) and ending.istitle() and ending.isalpha()
