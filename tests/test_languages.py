"""One catalogue for Python and the browser: whole, in step with the texts, with the same places for values."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from plugin.languages import LANGUAGES, SOURCE, direction
from plugin.operate import catalogue
from plugin.together.openers import CATALOGUE
from tests.factories import Service
from tests.zoom_cast import ZoomService

TRANSLATED = [language for language in LANGUAGES if language != SOURCE]
PLACES = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def places(text: str) -> set[str]:
    return {first or second for first, second in PLACES.findall(text)}


def ids(message: catalogue.Message) -> str:
    return message if isinstance(message, str) else message[0]


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_that_is_said_is_translated_and_no_other(language: str) -> None:
    """Where this fails: make languages, and fill in what it names."""
    kept = catalogue.read(language)
    known = {str(each.id if isinstance(each.id, str) else each.id[0]) for each in kept if each.id}
    assert known == {ids(message) for message in catalogue.everything()}
    assert catalogue.missing(kept) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_translations_have_the_same_places_for_values(language: str) -> None:
    kept = catalogue.read(language)
    for message in catalogue.everything():
        string = kept[ids(message)].string
        if isinstance(message, str):
            assert places(str(string)) == places(message), message
            continue
        assert len(string) == kept.num_plurals, message
        for form in string:  # "a minute" may stand for "%(count)s minute"
            assert places(form) | {"count"} == places(message[1]) | {"count"}, form


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_two_ready_lines_of_hellos_read_alike(language: str) -> None:
    phrases = catalogue.browser_words(language)["phrases"]
    assert set(phrases) == set(CATALOGUE)
    assert len(set(phrases.values())) >= len(phrases) - 1  # "the same here" and "the same with me" may meet


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_browsers_plural_category_finds_the_form_that_gettext_would_take(language: str) -> None:
    found = catalogue.plural_places(language)
    assert set(found.values()) == set(range(catalogue.read(language).num_plurals))


@pytest.mark.parametrize("script", catalogue.scripts(), ids=lambda path: str(path.name))
def test_every_word_of_a_script_goes_through_the_catalogue(script: Path) -> None:
    """Inside functions nothing is looked up by itself: there a text stands in _( ) or ngettext( )."""
    for number, line in enumerate(script.read_text(encoding="utf-8").splitlines(), 1):
        _, arrow, body = line.partition("=>")
        if not arrow and not re.match(r"\s*(return|if|\?|:) ?", line):
            continue
        rest = re.sub(r'ngettext\(\s*"[^"]*",\s*"[^"]*"|\b_\("[^"]*"', "", body or line)
        for text in re.findall(r'"([^"]*[A-Za-z]{2}[^"]*)"', rest):
            assert re.fullmatch(r"[a-z_]+", text), f"line {number}: {text}"


def test_a_text_put_together_in_python_is_found_out() -> None:
    with pytest.raises(catalogue.NotTranslatable):
        list(catalogue.of_python('raise Refusal(422, "x", f"At most {n} characters.")', "x.py"))


def test_texts_are_found_in_all_the_ways_they_are_written() -> None:
    python = (
        'WORDS_OF_X = {"a": "One thing."}\nraise Refusal(404, "b", "Gone." if x else "Not here.", "field")'
    )
    assert list(catalogue.of_python(python, "x.py")) == ["One thing.", "Gone.", "Not here."]
    script = 'import { _ } from "./x.js"\nconst w = { a: "Hi", n: (n) => ngettext("%(count)s cat", "%(count)s cats", n) }'  # noqa: E501
    assert list(catalogue.of_words(script)) == ["Hi", ("%(count)s cat", "%(count)s cats")]
    assert list(catalogue.of_template('<p>{{ _("A door") }}</p>')) == ["A door"]


def test_updating_keeps_what_is_translated_and_drops_what_nobody_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    monkeypatch.setattr(catalogue, "everything", lambda: {"Close": ["a.html"], "Old": ["a.html"]})
    assert set(catalogue.update("de")) == {"Close", "Old"}
    path = catalogue.path_of("de")
    path.write_text(path.read_text().replace('msgid "Close"\nmsgstr ""', 'msgid "Close"\nmsgstr "Zu"'))
    monkeypatch.setattr(catalogue, "everything", lambda: {"Close": ["a.html"], "New": ["a.html"]})
    assert catalogue.update("de") == ["New"]
    kept = catalogue.read("de")
    assert kept["Close"].string == "Zu"
    assert "Old" not in kept


def test_the_browser_gets_a_file_a_language_and_one_for_what_only_a_platform_says(tmp_path: Path) -> None:
    assert catalogue.main(["browser", str(tmp_path)]) == 0
    files = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()}
    platforms = catalogue.platform_scripts()
    assert len(files) == len(TRANSLATED) * (1 + len(platforms))
    assert files["words-ja.json"]["words"]["Stroll"] == "散歩する"
    assert files["words-ja.json"]["plurals"] == {"other": 0}
    for platform, script in platforms.items():
        said = {ids(each) for each in catalogue.of_words(script.read_text(encoding="utf-8"))}
        for language in TRANSLATED:
            assert set(files[f"words-{platform}-{language}.json"]["words"]) == said
            assert not said & set(files[f"words-{language}.json"]["words"])


def words_named(page: str) -> dict[str, list[str]]:
    """The addresses of words that a page names, by language; those of its own language are asked for early."""
    facts = json.loads(page.partition('id="languages">')[2].partition("</script>")[0])
    named: dict[str, list[str]] = facts["words"]
    assert all(f'<link rel="preload" href="{address}"' in page for address in named[facts["now"]])
    return named


def test_a_page_names_the_words_of_its_own_platform_and_of_no_other(
    service: Service, in_zoom: ZoomService
) -> None:
    german = {"Accept-Language": "de"}
    on_the_web = words_named(service.client.get("/start", headers=german).text)
    assert all(len(addresses) == 1 for addresses in on_the_web.values())
    of_all, own = words_named(in_zoom.client.get("/zoom/home", headers=german).text)["fr"]
    assert "/words-fr-" in of_all
    assert "/words-zoom-fr-" in own


# ---- pages and answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_speaks_the_browsers_language(service: Service, language: str) -> None:
    answer = service.client.get("/", headers={"Accept-Language": f"{language}-XX,{language};q=0.9,en;q=0.5"})
    text = answer.get_data(as_text=True)
    assert f'<html lang="{language}" dir="{direction(language)}"' in text
    assert answer.headers["Content-Language"] == language
    assert ("Start a wall" in text) == (language == SOURCE)


@pytest.mark.parametrize(
    ("asked", "accepted", "spoken"), [("fr", "de", "fr"), ("xx", "de", "de"), ("", "pl", "en")]
)
def test_the_address_decides_before_the_browser(
    service: Service, asked: str, accepted: str, spoken: str
) -> None:
    answer = service.client.get(f"/start?lang={asked}", headers={"Accept-Language": accepted})
    assert answer.headers["Content-Language"] == spoken


def test_a_refusal_is_said_in_the_askers_language(service: Service) -> None:
    def refused(language: str, **body: Any) -> str:
        answer = service.client.post("/api/join", json=body, headers={"Accept-Language": language})
        assert answer.status_code == 404
        return str(answer.get_json()["error"]["message"])

    assert refused("en", code="NOSUCH").startswith("We know no event")
    assert refused("es", code="NOSUCH").startswith("No conocemos ningún evento")
    assert refused("ar", code="NOSUCH").startswith("لا نعرف")
