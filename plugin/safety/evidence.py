"""What a report keeps for the host's look: a copy of what was said and shown, so that it cannot be changed meanwhile.

It is encrypted, the picture has an address that nobody can guess, and all of it goes with the person it is about.
"""

import json
import secrets
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.state.encounters import HelloLine, Report, ReportState
from plugin.state.keys import evidence_key, media_url, thumb_key
from plugin.state.models import Attendee, Photo, PhotoState
from plugin.state.storage import NotStoredError, Storage
from plugin.together import linewords
from plugin.together.conversations import said
from plugin.together.hello import between

PICTURE_PX = 512
LINES_KEPT = 50


def collect(session: Session, reporter_id: int, reported: Attendee) -> tuple[str, Photo | None]:
    """(JSON of what the reported person shows and has said to the reporter, their photo on the wall)."""
    photo = session.scalar(
        select(Photo).where(Photo.attendee_id == reported.id, Photo.state == PhotoState.PLACED)
    )
    content = {
        "name": reported.name,
        "title": reported.title,
        "story": photo.story if photo is not None else "",
        "lines": _lines(session, reporter_id, reported.id),
    }
    return json.dumps(content, ensure_ascii=False), photo


def _lines(session: Session, reporter_id: int, reported_id: int) -> list[dict[str, Any]]:
    """What the two have said to each other last, in line and in their hello, in its order."""
    in_line: list[dict[str, Any]] = [
        {"theirs": each.sender_id == reported_id, "said_at": each.said_at}
        | {"opener": None, "parameters": {}, "text": each.words}
        for each in linewords.between(session, reporter_id, reported_id, LINES_KEPT)
    ]
    both = [*in_line, *_of_hello(session, reporter_id, reported_id)]
    return sorted(both, key=lambda line: float(line["said_at"]))[-LINES_KEPT:]


def _of_hello(session: Session, reporter_id: int, reported_id: int) -> list[dict[str, Any]]:
    hello = between(session, reporter_id, reported_id)
    if hello is None:
        return []
    query = select(HelloLine).where(HelloLine.hello_id == hello.id).order_by(HelloLine.id.desc())
    newest = session.scalars(query.limit(LINES_KEPT)).all()
    quoted = {line.photo_id for line in newest if line.photo_id is not None}
    photos = {each.id: each for each in session.scalars(select(Photo).where(Photo.id.in_(quoted)))}
    return [
        {"theirs": line.sender_id == reported_id, "said_at": line.said_at} | said(line, photos)
        for line in reversed(newest)
    ]


def copy_picture(storage: Storage, photo: Photo | None) -> str | None:
    """Keep a copy of the picture; its key, or None where there is none to keep."""
    if photo is None:
        return None
    try:
        data = storage.get(thumb_key(photo.key, PICTURE_PX))
    except NotStoredError:
        return None
    key = secrets.token_hex(16)
    storage.put(evidence_key(key), data)
    return key


def shown(report: Report, now: float) -> dict[str, Any]:
    """The evidence as the host sees it."""
    empty: dict[str, Any] = {"name": "", "story": "", "lines": []}
    content: dict[str, Any] = json.loads(report.evidence) if report.evidence else empty
    return {
        "name": content["name"],
        "title": content.get("title", ""),
        "story": content["story"],
        "picture": media_url(evidence_key(report.picture_key)) if report.picture_key else None,
        "lines": [
            {key: value for key, value in line.items() if key != "said_at"}
            | {"ago": round(now - line["said_at"])}
            for line in content["lines"]
        ],
    }


def keys_about(session: Session, attendee_id: int) -> list[str]:
    """The keys of the pictures in reports about somebody."""
    query = select(Report.picture_key).where(Report.reported_id == attendee_id)
    return [key for key in session.scalars(query) if key]


def forget(session: Session, attendee_id: int) -> None:
    """Take the content out of every report about somebody; their pictures go before."""
    reports = session.scalars(select(Report).where(Report.reported_id == attendee_id)).all()
    for report in reports:
        report.evidence = report.note = report.picture_key = None
        report.state = ReportState.GONE


def forget_pictures(storage: Storage, keys: list[str]) -> None:
    for key in keys:
        storage.delete(evidence_key(key))
