"""The request's language: asked for in the address, else the event's, else the first of the browser's that we speak."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from babel.support import NullTranslations
from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel, Domain, refresh
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from plugin.languages import LANGUAGES, SOURCE, direction, read_catalogue


def init_app(app: Flask, asset: Callable[[str], str]) -> None:
    """`asset` gives the address of a built file, a KeyError where there is none; each language's words for the browser
    are one, and what only a platform says is another."""
    babel = Babel(app, locale_selector=_chosen, default_locale=SOURCE)
    babel.domain_instance = _Catalogues()
    app.jinja_env.globals.update(
        language=current,
        direction=lambda: direction(current()),
        languages=LANGUAGES,
        languages_boot=lambda platform: _for_the_browser(asset, platform),
        words_addresses=lambda platform: _words(asset, current(), platform),
    )
    app.after_request(_name_the_language)


def current() -> str:
    """The language of the answer to this request."""
    return _chosen() if has_request_context() else SOURCE


def speak_as(event_language: str | None) -> None:
    """The page is an event's, which has a language of its own, or "" where each person's counts; None where it is not
    known yet whose."""
    g.event_language = event_language
    refresh()


@contextmanager
def speaking(event_language: str) -> Iterator[None]:
    """What is said meanwhile is for the event's people, and not for who asks."""
    before = g.get("event_language", "")
    speak_as(event_language)
    try:
        yield
    finally:
        speak_as(before)


def _chosen() -> str:
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else g.get("event_language") or _own()


def _own() -> str:
    return _best(request.headers.get("Accept-Language", ""))


@lru_cache(maxsize=256)  # browsers send few different ones, each many times
def _best(accepted: str) -> str:
    return parse_accept_header(accepted, LanguageAccept).best_match(LANGUAGES, SOURCE)


def _words(asset: Callable[[str], str], language: str, platform: str) -> list[str]:
    """Where a language's words for the browser are: those for everybody, then the platform's own, if it has any."""
    if language == SOURCE:
        return []
    addresses = [asset(f"words-{language}.json")]
    with suppress(KeyError):
        addresses.append(asset(f"words-{platform}-{language}.json"))
    return addresses


def _for_the_browser(asset: Callable[[str], str], platform: str) -> dict[str, Any]:
    """What languages.js starts from: the page's language, and where the words of the others are."""
    words = {language: _words(asset, language, platform) for language in LANGUAGES if language != SOURCE}
    return {
        "now": current(),
        "own": _own(),
        "event": g.get("event_language", ""),
        "asked": request.args.get("lang") in LANGUAGES,
        "names": LANGUAGES,
        "words": words,
    }


def _name_the_language(response: Response) -> Response:
    if response.mimetype == "text/html" or request.path.startswith("/api/"):
        response.headers["Content-Language"] = current()
        also = response.headers.get("Vary")  # as text: the library's own way costs ten times as much
        response.headers["Vary"] = f"{also}, Accept-Language" if also else "Accept-Language"
    return response


class _Catalogues(Domain):  # type: ignore[misc]
    """Reads the .po files as they are: nothing to compile, nothing that can be stale."""

    def get_translations(self) -> NullTranslations:
        return read_catalogue(current())
