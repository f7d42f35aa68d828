"""Keeps translations/<language>/LC_MESSAGES/messages.po in step with the texts that people see.

    python -m plugin.operate.catalogue update           after a change of texts; says what is not translated yet
    python -m plugin.operate.catalogue browser FOLDER   one JSON file a language, for the scripts; and one for each
                                                        platform that has words of its own

The texts are taken from where they are written: templates, the scripts in plugin/static/words, integrations/*/words.js,
and in Python the messages of refusals and the dicts named WORDS_... and so on. Their English is the key.
"""

import ast
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.jslexer import tokenize, unquote_string
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from plugin.languages import LANGUAGES, SOURCE
from plugin.together import openers

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "translations"
SCRIPTS = "plugin/static/words"
NOT_TEXTS = "languages.js"  # the one script there that says nothing
PANEL = "templates/panel.html"  # its texts can change in place, so the browser needs them too
SPOKEN = ("plugin", "integrations")  # packages whose refusals reach people
# What is raised with words for people, and which argument holds them.
RAISED = {"Refusal": 2, "PlatformError": 1, "clean_line": 3, "kind_line": 3}
NAMED = re.compile(r"WORDS_\w+|PAGES|ANY_OTHER_PAGE|BUILT_IN_TARGETS|CATALOGUE")
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
TEMPLATES_OF_PEOPLE = ("*.html", "mail/*.txt")
WIDTH = 110
# Lines of the header that nobody fills in.
FORM = re.compile(
    rb'"(Project-Id|Report-Msgid|POT-Creation|PO-Revision|Last-Translator|Language-Team|Generated)'
)

Message = str | tuple[str, str]


class NotTranslatable(Exception):  # noqa: N818 - says what it is
    """A text that was put together where it is written, so that no catalogue can know it."""


# ---- where texts are ------------------------------------------------------------------------------------------------


def of_python(source: str, name: str) -> Iterator[Message]:
    """The messages of refusals, and of dicts that hold words for people. Raises NotTranslatable."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and (place := RAISED.get(_called(node))) is not None:
            if len(node.args) > place:
                yield from _strings(node.args[place], name)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and NAMED.fullmatch(each.id) for each in targets):
                yield from _strings(node.value, name)


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def _strings(node: ast.expr, name: str) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if _is_text(node.value):
            yield node.value
    elif isinstance(node, ast.JoinedStr) and any(
        isinstance(each, ast.Constant) and _is_text(str(each.value)) for each in node.values
    ):
        raise NotTranslatable(f"{name}:{node.lineno}: write %(name)s and give the value beside it")
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _strings(value, name)
    elif isinstance(node, ast.Tuple | ast.List):
        for value in node.elts:
            yield from _strings(value, name)
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body, name)
        yield from _strings(node.orelse, name)


def of_template(source: str) -> Iterator[Message]:
    keywords, options = ("_", "gettext", "ngettext"), {"newstyle_gettext": "true", "trimmed": "true"}
    for _, function, found, _ in babel_extract(io.BytesIO(source.encode()), keywords, (), options):
        texts = [found] if isinstance(found, str) else [each for each in found or () if each]
        yield (texts[0], texts[1]) if function == "ngettext" else texts[0]


def of_words(source: str) -> Iterator[Message]:
    """Every string of a script of words is a text; the two of ngettext belong together."""
    tokens = [
        each
        for each in tokenize(source)
        if each.type not in ("whitespace", "linecomment", "multilinecomment")
    ]
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "name" and token.value == "import":
            while tokens[at].type != "string":
                at += 1
        elif token.type == "name" and token.value == "ngettext" and tokens[at + 2].type == "string":
            yield unquote_string(tokens[at + 2].value), unquote_string(tokens[at + 4].value)
            at += 4
        elif token.type == "template_string" and re.search(
            r"[A-Za-z]", re.sub(r"\$\{[^}]*\}", "", token.value)
        ):
            raise NotTranslatable(f'line {token.lineno}: {token.value}: write _("… %(name)s", {{ name }})')
        elif token.type == "string" and _is_text(unquote_string(token.value)):
            yield unquote_string(token.value)
        at += 1


def _is_text(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]", PLACEHOLDER.sub("", text)))


def scripts() -> list[Path]:
    """What the pages say, in whatever platform they are."""
    return [path for path in sorted((ROOT / SCRIPTS).glob("*.js")) if path.name != NOT_TEXTS]


def platform_scripts() -> dict[str, Path]:
    """What only one platform says, by the platform's name."""
    return {path.parent.name: path for path in sorted((ROOT / "integrations").glob("*/words.js"))}


def for_the_browser() -> list[Message]:
    said = (message for path in scripts() for message in of_words(_read(path)))
    return _once([*said, *of_template(_read(PANEL))])


def everything() -> dict[Message, list[str]]:
    """All texts, and the files that they are in."""
    found: dict[Message, list[str]] = {}
    for name, messages in _files():
        for message in messages:
            places = found.setdefault(message, [])
            if name not in places:
                places.append(name)
    return found


def _files() -> Iterator[tuple[str, Iterable[Message]]]:
    for path in (*scripts(), *platform_scripts().values()):
        yield _name(path), of_words(_read(path))
    for path in sorted(each for kind in TEMPLATES_OF_PEOPLE for each in (ROOT / "templates").rglob(kind)):
        yield _name(path), of_template(_read(path))
    for package in SPOKEN:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield _name(path), of_python(_read(path), _name(path))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _read(path: str | Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _once(messages: Iterable[Message]) -> list[Message]:
    """A text that occurs alone and with its plural is one entry: the one with the plural."""
    return list(dict.fromkeys(messages))


# ---- the catalogues -------------------------------------------------------------------------------------------------


def path_of(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language)
    with open(path, "rb") as source:
        return read_po(source, locale=language)


def update(language: str) -> list[str]:
    """Bring a catalogue in step: new texts come in empty, unused ones go. Returns what is missing."""
    known = read(language)
    fresh = Catalog(
        language, project="Virtual Mosaic", header_comment=f"# Virtual Mosaic: {LANGUAGES[language]}"
    )
    fresh.fuzzy = False
    for message, places in sorted(everything().items(), key=_by_place):
        before = known.get(_first(message))
        fresh.add(message, before.string if before else None, [(place, 0) for place in places])
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, fresh, width=WIDTH, include_lineno=False)
    kept = [line for line in text.getvalue().splitlines(keepends=True) if not FORM.match(line)]
    path_of(language).write_bytes(b"".join(kept))
    return missing(fresh)


def _by_place(found: tuple[Message, list[str]]) -> tuple[bool, str]:
    """Scripts first: most texts are theirs."""
    place = found[1][0]
    return not place.endswith(".js"), place


def missing(catalogue: Catalog) -> list[str]:
    return [_first(each.id) for each in catalogue if each.id and not is_translated(each.string)]


def is_translated(string: Any) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def _first(message: Any) -> str:
    return str(message if isinstance(message, str) else message[0])


def browser_words(language: str) -> dict[str, Any]:
    """{"plurals": {CLDR category: place of its form}, "words": {English: translation, or its forms}, "phrases": …}."""
    catalogue = read(language)
    words = _translations(catalogue, for_the_browser())
    return {"plurals": plural_places(language), "words": words, "phrases": _phrases(catalogue)}


def platform_words(language: str, platform: str) -> dict[str, Any]:
    """{"words": …}: what a page in the platform needs beside the words for everybody."""
    return {"words": _translations(read(language), of_words(_read(platform_scripts()[platform])))}


def _translations(catalogue: Catalog, messages: Iterable[Message]) -> dict[str, Any]:
    words = {}
    for message in messages:
        entry = catalogue.get(_first(message))
        if entry is not None and is_translated(entry.string):
            words[_first(message)] = list(entry.string) if isinstance(entry.string, tuple) else entry.string
    return words


def _phrases(catalogue: Catalog) -> dict[str, str]:
    """What is said in hellos, by id: the same id is read in each reader's own language."""
    known = ((name, catalogue.get(text)) for name, text in openers.CATALOGUE.items())
    return {name: str(entry.string) for name, entry in known if entry is not None and entry.string}


def plural_places(language: str) -> dict[str, int]:
    """Browsers name a number's plural category, catalogues count their forms: which is which."""
    form = _plural_function(get_plural(language).plural_expr)
    category = Locale.parse(language).plural_form
    return {category(number): form(number) for number in (*range(1000, -1, -1), 10**6)}


def _plural_function(expression: str) -> Any:
    from gettext import c2py

    return c2py(expression)


def write_browser_words(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for language in (each for each in LANGUAGES if each != SOURCE):
        _write(folder / f"words-{language}.json", browser_words(language))
        for platform in platform_scripts():
            _write(folder / f"words-{platform}-{language}.json", platform_words(language, platform))


def _write(path: Path, words: dict[str, Any]) -> None:
    path.write_text(json.dumps(words, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["browser"]:
        write_browser_words(Path(arguments[1]))
        return 0
    gaps = {language: update(language) for language in LANGUAGES if language != SOURCE}
    for language, texts in gaps.items():
        print(f"{language}: {len(texts)} not translated")
        for text in texts:
            print(f"    {text}")
    return int(any(gaps.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
