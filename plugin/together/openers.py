"""The ready lines of hellos and answers: known by id, filled from story and prompt, put into words at the reader.

CATALOGUE holds the English words; every other language has them in the language catalogue, by the same id. A hello
that was chosen in Spanish is read in Japanese, because only the id travels.
"""

from collections.abc import Mapping, Sequence
from string import Formatter

from plugin.people import letters

CATALOGUE: Mapping[str, str] = {
    "story_more": "You wrote “{story}”. Tell me more?",
    "story_stayed": "“{story}” has stayed with me since I read it. Hello!",
    "story_how": "You wrote “{story}”. How did that begin?",
    "story_question": "You ask: “{story}” Let us find out together.",
    "prompt_mine": "“{prompt}” I would like to tell you my answer.",
    "prompt_why": "“{prompt}” What made you choose your answer?",
    "photo_stop": "I was strolling, and your photo made me stop.",
    "photo_where": "Where was your photo taken?",
    "photo_like": "I like your photo. What is the story behind it?",
    "line_hello": "We stand in line together. Hello!",
    "line_story": "We stand in line together, and I like your story.",
    "line_touch": "It was good to stand in line with you. Let us keep in touch!",
    "line_break": "What was the best moment of your day so far?",
    "line_far": "Where in the world are you having your coffee?",
    "line_next": "What are you looking forward to after the break?",
    "talk_thanks": "Thank you for your talk!",
    "talk_question": "I have a question about your talk.",
    "talk_remember": "There is one thing from your talk that I will remember.",
    "answer_hello": "Hello! How nice to meet you.",
    "answer_gladly": "Gladly! Ask me anything.",
    "answer_and_you": "And how is it with you?",
    "answer_same": "The same with me!",
    "answer_laugh": "That made me smile.",
    "answer_later": "How nice of you. A little later?",
}

ABOUT_STORY = ("story_more", "story_stayed", "story_how")
ABOUT_PROMPT = ("prompt_mine", "prompt_why")
ABOUT_PHOTO = ("photo_stop", "photo_where", "photo_like")
# Said by one of those who stand together, or who did when the break ends.
IN_LINE = ("line_hello", "line_story", "line_touch")
SHARED_IN_LINE = ("line_break", "line_far", "line_next")  # a question to all of them
TO_SPEAKER = ("talk_thanks", "talk_question", "talk_remember")
ANSWERS = ("answer_hello", "answer_gladly", "answer_and_you", "answer_same", "answer_laugh", "answer_later")
FIRST_WORDS = frozenset((*ABOUT_STORY, "story_question", *ABOUT_PROMPT, *ABOUT_PHOTO, *IN_LINE))
QUESTION_MARKS = ("?", "？", "؟")
FULL_STOPS = ".。۔ "
LONGEST_QUOTE = 80


def openers_for(photo_id: int, story: str, prompt: str) -> tuple[str, str, str]:
    """The ids of three ways to begin: about the line, about the question, about the picture. The same at each look."""
    about_story = ABOUT_STORY[photo_id % 3]
    if story.rstrip().endswith(QUESTION_MARKS):
        about_story = "story_question"
    if not story:
        about_story = ABOUT_PHOTO[(photo_id + 1) % 3]
    about_prompt = ABOUT_PROMPT[photo_id // 3 % 2] if prompt else ABOUT_PHOTO[(photo_id + 2) % 3]
    return about_story, about_prompt, ABOUT_PHOTO[photo_id // 6 % 3 if story and prompt else photo_id % 3]


def answers_for(hello_id: int) -> Sequence[str]:
    """Three ready answers: a greeting, and two more by chance of the id."""
    rest = ANSWERS[1:]
    first = hello_id % len(rest)
    return ANSWERS[0], rest[first], rest[(first + 2) % len(rest)]


def text_of(opener: str, story: str = "", prompt: str = "") -> dict[str, object]:
    """An opener as it is sent: id, parameters, and the English words for a reader without a catalogue."""
    words = CATALOGUE[opener]
    known = {"story": shortened(story), "prompt": shortened(prompt)}
    wanted = {name for _, name, _, _ in Formatter().parse(words) if name}
    parameters = {name: known[name] for name in sorted(wanted)}
    return {"opener": opener, "parameters": parameters, "text": words.format(**parameters)}


def shortened(text: str) -> str:
    """At most LONGEST_QUOTE characters, cut between words where there are any, and no full stop before the quotes."""
    text = text.rstrip(FULL_STOPS) or text
    if len(text) <= LONGEST_QUOTE:
        return text
    cut = letters.shortened(text, LONGEST_QUOTE - 1)
    return f"{(cut.rpartition(' ')[0] or cut).rstrip(FULL_STOPS)}…"
