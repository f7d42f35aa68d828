"""People are found however their name is typed, in every script, and both databases give the same answers."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from bench.clusters import copy
from plugin.state.folding import folded
from plugin.state.models import Attendee, Photo
from tests.factories import Service
from tests.gatherings import Guest, gather

# How a name is written, and how people type it.
NAMES = {
    "Weiß": ("weiß", "WEISS", "weiss"),
    "Strasse, Anna": ("STRASSE", "straße"),
    "Émile Zola": ("emile", "ÉMILE", "E\u0301mile"),
    "Łukasz": ("łukasz", "LUKASZ"),
    "Søren": ("søren", "SOREN"),
    "İlknur": ("ilknur", "İLKNUR", "ILKNUR"),
    "Işık": ("ışık", "isik", "IŞIK"),
    "Nguyễn Ánh": ("nguyen", "NGUYỄN"),
    "Zoë": ("zoe",),
    "Čapek": ("capek", "ČAPEK"),
    "Müller": ("muller", "MÜLLER"),
    "Æthel": ("aethel",),
    "Γιώργος": ("γιωργος", "ΓΙΏΡΓΟΣ", "γιωργοσ"),
    "Ελένη": ("ελενη", "ΕΛΈΝΗ"),
    "Οδυσσέας": ("ΟΔΥΣΣΈΑΣ", "οδυσσεας"),
    "Ольга": ("ольга", "ОЛЬГА"),
    "Фёдор": ("федор", "ФЁДОР"),
    "Андрій": ("андрій", "АНДРІЙ"),
    "Ђорђе": ("ђорђе", "ЂОРЂЕ"),
    "محمد": ("محمد", "مُحَمَّد"),
    "أحمد": ("احمد", "أحمد"),
    "فاطمة": ("فاطمة", "فـاطمة"),
    "خالد": ("خالد",),
    "דוד": ("דוד", "דָּוִד"),
    "שרה": ("שרה",),
    "रवि": ("रवि",),
    "सीता": ("सीता",),
    "अनिल": ("अनिल",),
    "দীপা": ("দীপা",),
    "தமிழ்": ("தமிழ்",),
    "สมชาย": ("สมชาย",),
    "김민수": ("김민수", "민수"),
    "이서연": ("서연",),
    "田中さくら": ("田中", "さくら"),
    "ガンバ": ("ガンバ", "ｶﾞﾝﾊﾞ"),
    "王小明": ("小明",),
    "გიორგი": ("გიორგი",),
    "Հայկ": ("հայկ", "ՀԱՅԿ"),
    "100 % Ada_B": ("100 %", "ada_b", "%"),
    "Ｆｕｌｌ Ｗｉｄｔｈ": ("full width",),
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Each test on both."""
    if request.param == "postgres":
        return {"MOSAIC_DATABASE_URL": copy(request.getfixturevalue("migrated_postgres"), "mosaic")}
    shutil.copy(request.getfixturevalue("migrated"), tmp_path / "mosaic.sqlite3")
    return {}


@pytest.fixture
def people(service: Service) -> list[Guest]:
    found = gather(service, len(NAMES))
    with service.shop.database.write() as session:
        for guest, name in zip(found, NAMES, strict=True):
            session.get_one(Attendee, guest.id).name = guest.name = name
            session.get_one(Photo, guest.photo_id).story = "Tea, please"
    return found


def found_by(guest: Guest, query: str) -> list[str]:
    answer = guest.call("GET", "/api/people", query_string={"q": query, "limit": 50})
    return sorted(each["name"] for each in answer.json["people"])


def test_everybody_is_found_and_nobody_else(people: list[Guest]) -> None:
    wrong = {
        (name, query): found
        for name, queries in NAMES.items()
        for query in queries
        if (found := found_by(people[0], query)) != [name]
    }
    assert wrong == {}
    assert len(NAMES) == 40


def test_each_word_counts_and_may_stand_in_name_title_or_story(service: Service, people: list[Guest]) -> None:
    assert len(found_by(people[0], "TEA")) == len(NAMES)
    assert found_by(people[0], "tea muller please") == ["Müller"]
    assert found_by(people[0], "coffee muller") == []
    people[10].call("PATCH", "/api/me", json={"title": "Bäckerei Sauer"})
    assert found_by(people[0], "backerei tea") == ["Müller"]
    people[10].call("PATCH", "/api/me", json={"name": "Schmidt"})
    assert found_by(people[0], "muller") == []
    assert found_by(people[0], "schmidt sauer") == ["Schmidt"]


def test_marks_that_make_another_word_stay() -> None:
    assert folded("कि") != folded("की")
    assert folded("か") != folded("が")


def test_what_was_taken_back_is_in_no_column(service: Service) -> None:
    (ada,) = gather(service, 1)
    assert ada.call("DELETE", f"/api/photos/{ada.photo_id}").status_code < 300
    with service.shop.database.read() as session:
        assert session.scalars(select(Photo.folded)).all() == [""]


def test_a_word_in_the_name_and_others_in_the_story_find_somebody(people: list[Guest]) -> None:
    assert found_by(people[0], "plea strasse t") == ["Strasse, Anna"]
    assert found_by(people[0], "strasse plea coffee") == []
    assert found_by(people[0], "ada_b 100 % tea") == ["100 % Ada_B"]


@pytest.mark.parametrize("blocker", [0, 1])
def test_those_who_block_each_other_do_not_find_each_other(people: list[Guest], blocker: int) -> None:
    ada, ben = people[0], people[1]
    one, other = (ada, ben) if blocker == 0 else (ben, ada)
    assert one.call("POST", "/api/block", json={"photo": other.photo_id}).status_code < 300
    assert found_by(ada, ben.name) == []
    assert found_by(ben, ada.name) == []
    assert found_by(people[2], ben.name) == [ben.name]
