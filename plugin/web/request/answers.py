"""What views have in common: reading what was asked, and the facts that more than one of them answers with."""

from typing import Any, TypeVar
from urllib.parse import urljoin

from flask import request, url_for
from werkzeug.wrappers import Response as BaseResponse

from integrations.platform import Platform
from plugin.people.admission import KEEPSAKE_TERMS
from plugin.state.models import MAXIMUM_STORY, Attendee, Event
from plugin.wall import changing
from plugin.web.request.bodies import LARGEST_ID
from plugin.web.request.services import services

Answer = TypeVar("Answer", bound=BaseResponse)

LONGEST_NUMBER = len(str(LARGEST_ID))


def as_attendee(attendee: Attendee) -> dict[str, Any]:
    return {
        "id": attendee.id,
        "name": attendee.name,
        "title": attendee.title,
        "room": attendee.room,
        "role": attendee.role.value,
        "assurance": attendee.assurance.value,
        "reachability": attendee.reachability.value,
        "stage": attendee.stage.value,
        "stage_public": attendee.stage_public,
        "in_keepsake": attendee.in_keepsake,
        "keepsake_asked": _asked(attendee.keepsake_terms),
        "named": bool(attendee.name),
        "greeter": attendee.greeter,
        "only_whole": attendee.only_whole,
        "host_keeps": attendee.host_keeps,
        "shown_here": attendee.shown_here,
        "contact": attendee.contact or "",
        "paused": attendee.paused_at is not None,
    }


def _asked(terms: int) -> str:
    """Whether somebody was asked about the keepsake: never, in words of before, or as we ask now."""
    return "yes" if terms >= KEEPSAKE_TERMS else "before" if terms else "no"


def as_event(event: Event) -> dict[str, Any]:
    return changing.about(event) | {
        "code": event.code,
        "state": event.state.value,
        "credits": event.credits,
        "reviewed": event.reviewed,
        "stage_public": event.stage_public,
    }


NO_EVENT = {
    "name": "",
    "code": None,
    "state": "open",
    "prompt": "",
    "credits": "",
    "reviewed": False,
    "stage_public": False,
    "notice": "",
    "notice_url": "",
    "language": "",
    "hellos": True,
    "lines": True,
    "takes_photos": True,
    "stage_cleared": False,
    "accent": "",
    "logo": "",
    "logo_ground": "",
}


def boot_of(platform: Platform, event: Event | None) -> dict[str, Any]:
    """What a page with a panel begins with; `event` is None where there is none yet."""
    settings = services().settings
    return (NO_EVENT if event is None else as_event(event)) | {
        "stage": False,
        "platform": platform.name,
        "title": platform.title,
        "paths": {},
        "max_bytes": settings.upload_bytes,
        "max_story": MAXIMUM_STORY,
        "base_url": settings.base_url,
    }


def public_address(endpoint: str, **values: Any) -> str:
    """The address of a page as people open it from outside, in links and QR codes."""
    return urljoin(services().settings.base_url, url_for(endpoint, **values))


def whole_number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    if not text.isdecimal() or len(text) > LONGEST_NUMBER:
        return default
    number = int(text)
    return number if number <= LARGEST_ID else default


def no_store(response: Answer) -> Answer:
    response.headers["Cache-Control"] = "no-store"
    return response


def is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID
