"""The host's numbers, and the list of those who may be kept, as tables: what `going` tells, in words. Pure.

`say` gives an English text in the host's language. A table of people has names, photos and times, and nothing of whom
they met, spoke to, blocked or reported.
"""

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from plugin.wall.keeping import Kept
from plugin.wall.sheets import Cell, Sheet

Say = Callable[[str], str]
Row = tuple[Cell, ...]

WORDS_OF_TABLES = {
    "going": "How it went",
    "what": "What",
    "number": "Number",
    "of": "Of",
    "came": "People who came",
    "added": "People who added a photo",
    "met": "People who met somebody",
    "hellos": "Answered hellos",
    "placed": "Photos on the wall",
    "waiting": "Photos waiting for the host",
    "seconds": "Seconds from Send to the wall, in the middle",
    "fits": "Photos that still fit",
    "meetings": "People met",
    "others": "Other people met",
    "people": "People",
    "or_more": "%(count)s or more",
    "breaks": "Coffee breaks",
    "began": "Began (UTC)",
    "phase": "Phase",
    "stayed": "Here at its end",
    "of_those": "Of those who were here",
    "growth": "How the wall grew",
    "since": "Seconds since the first photo",
    "photos": "Photos",
    "sums": "How often",
    "few": "fewer than 5",
    "nearly": "all but a few",
}
WORDS_OF_PHASES = {
    "pour": "Adding photos",
    "stroll": "Strolling",
    "line": "In line",
    "whole": "To the end of the break",
}
WORDS_OF_SUMS = {
    "photo_sent": "Photos sent",
    "opened_photo": "Photos looked at",
    "stroll_step": "Steps of strolling",
    "hello_sent": "Hellos",
}
WORDS_OF_PEOPLE = ("Name", "Came (UTC)", "Photo on the wall (UTC)", "File of the photo")


def of_people(kept: Sequence[Kept], say: Say) -> list[Sheet]:
    rows = [(each.name, _moment(each.came_at), _moment(each.placed_at), each.file_name) for each in kept]
    return [Sheet(say(WORDS_OF_TABLES["people"]), [say(text) for text in WORDS_OF_PEOPLE], rows)]


def of_numbers(found: Mapping[str, Any], say: Say) -> list[Sheet]:
    words = {name: say(text) for name, text in WORDS_OF_TABLES.items()}
    phases = {name: say(text) for name, text in WORDS_OF_PHASES.items()}
    sums = {name: say(text) for name, text in WORDS_OF_SUMS.items()}

    def sheet(title: str, header: Sequence[str], rows: Sequence[Row]) -> Sheet:
        return Sheet(words[title], [words[name] for name in header], rows)

    return [
        sheet("going", ("what", "number", "of"), _summary(found, words)),
        sheet("meetings", ("others", "people"), _meetings(found["people"]["met_by_number"], words)),
        sheet("breaks", ("began", "phase", "stayed", "of_those"), _stays(found["breaks"], words, phases)),
        sheet(
            "growth", ("since", "photos"), [(each["at"], each["photos"]) for each in found["now"]["growth"]]
        ),
        sheet("sums", ("what", "number"), _sums(found["sums"]["numbers"], words, sums)),
    ]


def _moment(at: float | None) -> str:
    return "" if at is None else f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%Y-%m-%d %H:%M:%S}"


def _summary(found: Mapping[str, Any], words: Mapping[str, str]) -> list[Row]:
    now, people = found["now"], found["people"]
    rows: list[Row] = [(words["came"], _told(people["came"], words), None)]
    rows += [(words[name], *_share(people[name], words)) for name in ("added", "met", "hellos")]
    return rows + [(words[name], now[name], None) for name in ("placed", "waiting", "seconds", "fits")]


def _told(number: float | None, words: Mapping[str, str]) -> Cell:
    return words["few"] if number is None else number


def _share(share: Mapping[str, Any], words: Mapping[str, str]) -> tuple[Cell, Cell]:
    return words["nearly"] if share["nearly"] else _told(share["part"], words), share["whole"]


def _meetings(cells: Sequence[int | None], words: Mapping[str, str]) -> list[Row]:
    last = len(cells) - 1
    names: list[Cell] = [*range(last), words["or_more"] % {"count": last}]
    return [(name, _told(people, words)) for name, people in zip(names, cells, strict=True)]


def _stays(
    breaks: Sequence[Mapping[str, Any]], words: Mapping[str, str], phases: Mapping[str, str]
) -> list[Row]:
    rows: list[Row] = []
    for each in breaks:
        whole = [each["kept"] | {"phase": "whole"}] if each["kept"] else []
        rows += [
            (_moment(each["began"]), phases[share["phase"]], *_share(share, words))
            for share in (*each["phases"], *whole)
        ]
    return rows


def _sums(told: Mapping[str, int | None], words: Mapping[str, str], names: Mapping[str, str]) -> list[Row]:
    return [(text, _told(told[name], words)) for name, text in names.items()]
