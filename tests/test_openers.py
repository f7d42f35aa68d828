"""The ready lines about a story read well whatever the story is: over all of the demo's, in every language."""

import re
from itertools import islice
from random import Random

import pytest

from plugin.languages import LANGUAGES
from plugin.operate import catalogue
from plugin.operate.cast import stories
from plugin.together.openers import ABOUT_STORY, CATALOGUE, openers_for, shortened

SET_APART = re.compile(
    r"[“«„「]\s?\{story\}\s?[”»“」]"
)  # what somebody wrote is quoted, never part of a sentence
# Nobody who taps a line has lived what the other wrote.
CLAIMS = re.compile(r"same here|bei mir auch|yo también|moi aussi|わたしも|وأنا كذلك", re.IGNORECASE)
TWICE = re.compile(r"[?？؟.。]\s?[”»“」]\s?[.。]|[.。]{2}|\s\s")  # two marks where one ends it
SOME = 400


def lines_in(language: str) -> dict[str, str]:
    return dict(CATALOGUE) if language == "en" else catalogue.browser_words(language)["phrases"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_story_is_quoted_and_nothing_is_claimed(language: str) -> None:
    known = lines_in(language)
    for opener in (*ABOUT_STORY, "story_question"):
        assert SET_APART.search(known[opener]), known[opener]
        assert not CLAIMS.search(known[opener]), known[opener]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_story_of_the_demo_makes_a_clean_sentence(language: str) -> None:
    known = lines_in(language)
    for number, story in enumerate(islice(stories(Random(3)), SOME)):
        opener, _, _ = openers_for(number, story, "What is on your desk?")
        said = known[opener].replace("{story}", shortened(story))
        assert not TWICE.search(said), said


def test_a_question_is_answered_as_one() -> None:
    opener, _, _ = openers_for(1, "Why do cups have handles?", "")
    assert CATALOGUE[opener].replace("{story}", shortened("Why do cups have handles?")) == (
        "You ask: “Why do cups have handles?” Let us find out together."
    )
