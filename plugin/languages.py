"""The languages that pages and panels speak. One catalogue a language, shared by Python and the browser."""

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
