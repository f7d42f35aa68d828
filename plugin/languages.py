"""The languages that pages, panels and mails speak. One catalogue a language, shared by Python and the browser."""

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

HERE = Path(__file__).parent
# In a wheel the catalogues are inside the package; in a checkout they are a folder of their own.
FOLDER = HERE / "translations" if (HERE / "translations").is_dir() else HERE.parent / "translations"

LANGUAGES = {  # each by its own name, as people look for it
    "en": "English",
    "es": "Español",
    "de": "Deutsch",
    "fr": "Français",
    "ja": "日本語",
    "ar": "العربية",
}
SOURCE = "en"  # the catalogue's ids are English; it needs no translation
RIGHT_TO_LEFT = frozenset({"ar"})


def direction(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


@cache
def read_catalogue(language: str) -> NullTranslations:
    if language == SOURCE:
        return NullTranslations()
    with open(FOLDER / language / "LC_MESSAGES" / "messages.po", "rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
