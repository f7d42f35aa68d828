"""Use cases of the host about the picture: what the wall is made by, how much of it shows through, and its finish.

A wish is written into the wall's row; `place` makes the wall like that, as a new generation into which panels glide.
"""

import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people.photos import SIGNATURE_BYTES, WORDS_OF_REFUSAL, looks_like_a_photo
from plugin.people.refusal import Refusal
from plugin.state.db import Database
from plugin.state.keys import (
    is_upload,
    media_url,
    original_name,
    prepared_name,
    target_name,
    target_upload_key,
    wall_folder,
)
from plugin.state.models import Wall
from plugin.state.queue import Jobs
from plugin.state.storage import Storage
from plugin.wall import revealing

MOST_TINT = 40

# What is wrong with a picture, and what a host can do. Photos have other words for some of it.
WORDS_OF_TARGETS = {
    "truncated": "The end of this picture is missing; it may not have been saved whole. Save it again, or choose "
    "another.",
    "too_large_bytes": "This file is too large. Save it smaller: 2,000 pixels across are plenty.",
    "too_narrow": "This picture is too long and narrow for a wall. Choose the part of it that you like best.",
    "too_many_pixels": "This picture has too many pixels. Save it smaller: 2,000 pixels across are plenty.",
    "too_small": "This picture is too small to be put together from photos. Choose one of at least 48 pixels a side; "
    "from 640 on it is sharp.",
    "unreadable": "Something is wrong inside this file, and we could not read it. Save it as PNG or JPEG, or choose "
    "another.",
    "one_colour": "This picture has a single colour and no shape that photos could form. "
    "Choose one with shapes or with light and dark.",
}


class Finish(StrEnum):
    NONE = "none"  # live
    REVEAL = "reveal"  # a much finer grid: the picture snaps sharp
    ONCE = "once"  # each photo once, no echoes


def words_of_target(reason: str) -> str:
    return WORDS_OF_TARGETS.get(reason) or WORDS_OF_REFUSAL.get(reason, WORDS_OF_TARGETS["unreadable"])


def shown(wall: Wall) -> dict[str, Any]:
    """What the desk shows of the picture."""
    media = media_url(wall_folder(wall.media_key)) + "/"
    used, revision = wall.target_used, wall.target_revision
    original = original_name(used, small=True) if used else target_name(revision, small=True)
    refusal = wall.target_refusal
    return {
        "original": media + original if wall.columns else None,
        "prepared": media + prepared_name(revision) if wall.target_drawing else None,
        "uses_prepared": wall.prepared_wished,
        "tint": wall.tint_wished,
        "whole_only": wall.whole_wished,
        "finish": _finish(wall.reveal_wished, wall.once_wished).value,
        "reveal_on_close": wall.reveal_on_close,
        "count": wall.count,
        "busy": _is_busy(wall),
        "refusal": {"code": refusal, "message": words_of_target(refusal)} if refusal else None,
    }


def _finish(reveal: bool, once: bool) -> Finish:
    return Finish.ONCE if once else Finish.REVEAL if reveal else Finish.NONE


def _is_busy(wall: Wall) -> bool:
    """Whether a wish is still to be met."""
    wished = (
        wall.target_opened,
        wall.prepared_wished,
        wall.tint_wished,
        wall.reveal_wished,
        wall.once_wished,
        wall.whole_wished,
    )
    made = (wall.target_used, wall.prepared, wall.tint, wall.revealed, wall.once, wall.whole)
    return wall.target_wished is not None or wished != made


def change(database: Database, jobs: Jobs, event_id: int, wishes: Mapping[str, Any]) -> dict[str, Any]:
    """Take in what the host wishes; only what is named changes. Raises Refusal."""
    with database.write() as session:
        wall = _wall_of(session, event_id)
        for name, take in _TAKERS.items():
            if name in wishes:
                take(wall, wishes[name])
        if "finish" in wishes and not wall.reveal_wished:
            revealing.call_off(session, wall.id)
        session.flush()
        now = shown(wall)
    jobs.place(wall.id)
    return now


def _take_tint(wall: Wall, tint: Any) -> None:
    if not isinstance(tint, int) or isinstance(tint, bool) or not 0 <= tint <= MOST_TINT:
        raise Refusal(422, "unknown_choice", "The tint is between 0 and 40 per cent.", "tint")
    wall.tint_wished = tint


def _take_prepared(wall: Wall, prepared: Any) -> None:
    wall.prepared_wished = _yes_or_no(prepared, "uses_prepared")


def _take_whole_only(wall: Wall, whole: Any) -> None:
    wall.whole_wished = _yes_or_no(whole, "whole_only")


def _take_reveal_on_close(wall: Wall, wished: Any) -> None:
    wall.reveal_on_close = _yes_or_no(wished, "reveal_on_close")


def _take_finish(wall: Wall, finish: Any) -> None:
    try:
        wished = Finish(finish)
    except ValueError:
        raise Refusal(
            422, "unknown_choice", "A wall is live, revealed, or shows each photo once.", "finish"
        ) from None
    if wished is not Finish.NONE and not wall.count:
        raise Refusal(422, "no_photos", "There is no photo on the wall yet.", "finish")
    wall.reveal_wished, wall.once_wished = wished is Finish.REVEAL, wished is Finish.ONCE


def _yes_or_no(value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise Refusal(422, "unknown_choice", "This is either on or off.", field)
    return value


_TAKERS = {
    "tint": _take_tint,
    "uses_prepared": _take_prepared,
    "whole_only": _take_whole_only,
    "reveal_on_close": _take_reveal_on_close,
    "finish": _take_finish,
}


def break_is_over(database: Database, jobs: Jobs, event_id: int) -> bool:
    """At the end of the break, let the reveal come if the host wanted that. Returns whether it comes now."""
    with database.write() as session:
        wall = _wall_of(session, event_id)
        if not wall.reveal_on_close or not wall.count or wall.reveal_wished or wall.once_wished:
            return False
        revealing.announce_at_the_end(session, wall)
    jobs.rehearse(wall.id)
    return True


def replace(database: Database, storage: Storage, jobs: Jobs, event_id: int, source: str | bytes) -> int:
    """Make the wall by another picture: a built-in one's name, or an uploaded file. Returns the wall's id."""
    key = keep_source(storage, source) if isinstance(source, bytes) else source
    with database.write() as session:
        wall = _wall_of(session, event_id)
        overtaken, wall.target_wished, wall.target_refusal = wall.target_wished, key, None
    if overtaken and is_upload(overtaken):
        storage.delete(overtaken)
    jobs.open_wall(wall.id)
    return wall.id


def keep_source(storage: Storage, data: bytes) -> str:
    """Keep an uploaded target until a worker has looked into it. Raises Refusal for what is no picture."""
    if not looks_like_a_photo(data[:SIGNATURE_BYTES]):
        raise Refusal(422, "not_an_image", words_of_target("not_an_image"), "target")
    key = target_upload_key(secrets.token_hex(16))
    storage.put(key, data)
    return key


def _wall_of(session: Session, event_id: int) -> Wall:
    return session.scalars(select(Wall).where(Wall.event_id == event_id)).one()
