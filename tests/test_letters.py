"""What may stay in names and lines: whole letters of every script, new emoji too; and nothing that cannot be seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.people.filters import objection
from plugin.people.letters import CLUSTER, as_seen, is_seen, shortened, tidy
from plugin.people.refusal import Refusal, clean_line, kind_line
from tests.factories import Service

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
KISS = "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f48b\u200d\U0001f468\U0001f3ff"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

STAY = {
    "a family": FAMILY,
    "a couple of two skin tones": KISS,
    "the flag of England": ENGLAND,
    "the flag of Brazil": "\U0001f1e7\U0001f1f7",
    "a keycap": "1\ufe0f\u20e3",
    "an emoji of Unicode 17": "\U0001fac8",
    "an emoji of which no table knows yet": "\U0001fafe",
    "the sign of a new currency": "\u20c1",
    "Persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Hebrew with a mark of direction": "\u05d0\u05d1\u05d2 (C++\u200e)",
    "Hindi": "\u0915\u094d\u0937\u092e\u093e",
    "a Japanese name in its own writing": "\u8fbb\U000e0100",
    "a soft hyphen": "Donau\u00addampf\u00adschiff",
    "Khmer with places to break": "\u1781\u17d2\u1789\u17bb\u17c6\u200b\u17a2\u17b6\u1793",
    "accents apart from their letter": "Zoe\u0308",
    "Arabic's year sign": "\u0601\u0661\u0669\u0669",
}
GO = {
    "a text that is turned around": ("abc\u202etxt.exe", "abctxt.exe"),
    "an isolate": ("a\u2067b\u2069c", "abc"),
    "a byte order mark": ("\ufeffAda", "Ada"),
    "a line break": ("Ada\r\nof Kent", "Ada of Kent"),
    "a paragraph": ("Ada\u2029Kent", "Ada Kent"),
    "a control": ("Ada\x00Kent", "Ada Kent"),
    "private use": ("Ada\ue000Kent", "Ada Kent"),
    "half a letter": ("Ada\ud800Kent", "Ada Kent"),
    "tags on a letter": ("Ada" + "".join(chr(0xE0000 + ord(each)) for each in "secret"), "Ad"),
    "a flag without its end": (ENGLAND[:-1] + " Ada", "Ada"),
    "a text in selectors": ("A\U000e0101\U000e0102\U000e0103da", "da"),
    "a mark without a letter": (" \u0301 Ada", "Ada"),
}
UNSEEN = [
    "",
    " ",
    "\u200d",
    "\u200b\u200e",
    "\u00ad",
    "\u3164",
    "\uffa0",
    "\u115f\u1160",
    "\u2800",
    "\ufe0f",
    "\u2800 \u3164",
    "\u0301",
    "\ufff9\ufffb",
    "\U000e0041",
]


@pytest.mark.parametrize("text", STAY.values(), ids=STAY.keys())
def test_whole_letters_stay_as_they_are(text: str) -> None:
    assert clean_line(f"  {text}  ", "name", 80, "empty") == text


@pytest.mark.parametrize(("text", "left"), GO.values(), ids=GO.keys())
def test_what_may_not_stay_goes_and_nothing_else(text: str, left: str) -> None:
    assert clean_line(text, "name", 80) == left


@pytest.mark.parametrize("text", UNSEEN)
def test_what_cannot_be_seen_is_no_name(text: str) -> None:
    assert not is_seen(text)
    assert clean_line(text, "name", 80) == ""
    with pytest.raises(Refusal, match="tell us"):
        clean_line(text, "name", 80, "Please tell us your name.")


def test_invisible_letters_hide_nothing_from_those_who_judge() -> None:
    for hidden in ("\u00ad", "\u200d", "\u200e", "\u200b", "\u034f"):
        assert objection(hidden.join("fuck") + " this") == "unkind"
        assert objection("see " + hidden.join("example") + ".com") == "link"
    with pytest.raises(Refusal):
        kind_line("f\u00adu\u00adc\u00adk", "story", 140)


def test_a_text_that_is_too_long_is_shortened_between_letters() -> None:
    assert shortened(FAMILY * 3, 20) == FAMILY * 2
    assert shortened("Ada Lovelace", 4) == "Ada"
    assert shortened("Ada", 3) == "Ada"
    assert shortened(KISS, 5) == ""


@given(st.text())
def test_tidying_twice_changes_nothing_and_adds_no_letter(text: str) -> None:
    once = tidy(text)
    assert tidy(once) == once
    assert len(once) <= len(text)
    assert set(once) - {" "} <= set(text)
    assert once == once.strip(" ")
    assert all(each in "\u00ad\u200b\u200e\u200f\u061c " or is_seen(each) for each in CLUSTER.findall(once))
    assert as_seen(as_seen(once)) == as_seen(once)


def test_a_name_and_a_line_reach_others_as_they_were_written(service: Service) -> None:
    person = service.open_event(work=False).join()
    assert person.send(name=f"Ada {ENGLAND}", story=f"My crew {FAMILY} \U0001fac8").status_code == 202
    me = person.get("/api/me")
    assert (me["attendee"]["name"], me["photos"][0]["story"]) == (
        f"Ada {ENGLAND}",
        f"My crew {FAMILY} \U0001fac8",
    )
    for field in ("name", "story"):
        answer = person.send(ok=False, **{field: "\u3164\u2800"})
        assert (answer.status_code, answer.json["error"]["field"]) == (422, field)
