"""Use cases of the host about the event's own look: its logo, and how its accent turns out.

A logo is a stranger's bytes like any photo's: a worker opens it, and only the clean copy that it makes is shown.
"""

import secrets
from dataclasses import asdict
from typing import Any

from plugin.people.photos import WORDS_OF_REFUSAL
from plugin.people.refusal import Refusal
from plugin.state.db import HELD, Database
from plugin.state.keys import logo_key, logo_upload_key, media_url
from plugin.state.models import Event
from plugin.state.queue import Jobs
from plugin.state.storage import Storage
from plugin.wall import colours

SIGNATURES = ((0, b"\x89PNG\r\n\x1a\n"), (0, b"\xff\xd8\xff"), (8, b"WEBP"))
COMING, READY, NONE = "coming", "ready", "none"

# What is wrong with a logo, and what a host can do. Photos have other words for some of it.
WORDS_OF_LOGOS = {
    "unknown_format": "A logo is a PNG, a WebP or a JPEG. Save it as PNG: then its ground can be transparent.",
    "too_large_bytes": "This file is too large. Save it smaller: 500 pixels across are plenty.",
    "too_many_pixels": "This logo has too many pixels. Save it smaller: 500 pixels across are plenty.",
    "too_narrow": "This logo is too long and narrow to be read. Choose the part of it that people know best.",
    "too_small": "This logo is too small to be seen. It needs 16 pixels in height and 16 in width at least.",
    "blank": "There is nothing to be seen in this file: all of it is transparent.",
    "truncated": "The end of this logo is missing; it may not have been saved whole. Save it again.",
    "unreadable": "Something is wrong inside this file, and we could not read it. Save it as PNG once more.",
}


def words_of_logo(reason: str) -> str:
    return WORDS_OF_LOGOS.get(reason) or WORDS_OF_REFUSAL.get(reason, WORDS_OF_LOGOS["unreadable"])


def logo_url(event: Event) -> str:
    """Where the logo is served; "" where there is none."""
    return media_url(logo_key(event.logo)) if event.logo else ""


def shown(event: Event) -> dict[str, Any]:
    """What the desk shows: the accent as it turns out on light and on dark ground, and how the logo fares."""
    accent = event.accent
    return {
        "light": asdict(colours.on_light(accent)) if accent else None,
        "dark": asdict(colours.on_dark(accent)) if accent else None,
        "state": _state(event),
    }


def _state(event: Event) -> str:
    if event.logo_wished is not None:
        return COMING
    return READY if event.logo else NONE


def keep_logo(database: Database, storage: Storage, jobs: Jobs, event_id: int, data: bytes) -> None:
    """Keep an uploaded logo until a worker has looked into it. Raises Refusal for what is none."""
    if not any(data[at : at + len(mark)] == mark for at, mark in SIGNATURES):
        raise Refusal(422, "unknown_format", WORDS_OF_LOGOS["unknown_format"], "logo")
    key = logo_upload_key(secrets.token_hex(16))
    storage.put(key, data)
    with database.write() as session:
        event = session.get_one(Event, event_id, with_for_update=HELD)
        overtaken, event.logo_wished, event.logo_refusal = event.logo_wished, key, None
    if overtaken:
        storage.delete(overtaken)
    jobs.clean_logo(event_id)


def drop_logo(database: Database, storage: Storage, event_id: int) -> None:
    """Do without a logo, from now on and everywhere."""
    with database.write() as session:
        event = session.get_one(Event, event_id, with_for_update=HELD)
        shown_one, wished = event.logo, event.logo_wished
        event.logo, event.logo_ground, event.logo_wished, event.logo_refusal = "", "", None, None
    if shown_one:
        storage.delete(logo_key(shown_one))
    if wished:
        storage.delete(wished)


def look(database: Database, event_id: int) -> tuple[str, str | None]:
    """How the logo fares, and why the last one was not taken."""
    with database.read() as session:
        event = session.get_one(Event, event_id)
        return _state(event), event.logo_refusal
