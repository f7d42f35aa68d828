"""Use cases about one's photo: send it, see how it fares, change the line, take it back."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people import ownwords
from plugin.people.admission import apply_wishes, attendee_of
from plugin.people.floods import Budget, must_wait
from plugin.people.refusal import Refusal, kind_line
from plugin.people.trusting import needs_look
from plugin.state import erasures
from plugin.state.db import Database, DatabaseBusyError
from plugin.state.keys import upload_key
from plugin.state.models import (
    MAXIMUM_STORY,
    Attendee,
    Event,
    EventState,
    Photo,
    PhotoState,
    Placement,
    Wall,
)
from plugin.state.queue import Jobs
from plugin.state.storage import Storage

SIGNATURES: tuple[tuple[int, bytes], ...] = (
    (0, b"\xff\xd8\xff"),  # JPEG
    (0, b"\x89PNG\r\n\x1a\n"),
    (0, b"GIF87a"),
    (0, b"GIF89a"),
    (8, b"WEBP"),
    (4, b"ftyp"),  # AVIF, HEIC
)
SIGNATURE_BYTES = 16

HIDDEN = "hidden"  # by a host, which can be taken back for a while
WORDS_OF_REFUSAL = {
    "not_an_image": "This file is not a picture that we can read. Try a photo: JPEG, PNG, WebP, GIF, AVIF or HEIC.",
    "unknown_format": "We cannot read this kind of picture. Try JPEG, PNG, WebP, GIF, AVIF or HEIC.",
    "truncated": "The end of this photo is missing; it may not have been saved whole. Try it again, or another one.",
    "too_large_bytes": "This file is too large. Try a smaller one.",
    "too_many_pixels": "This picture has too many pixels. We take JPEG up to 250 megapixels, HEIC up to 120, other "
    "kinds up to 60. Try a smaller one.",
    "too_many_to_hold": "This JPEG is stored in a way (progressive) that takes too much time or memory at its size. "
    "Save it as a plain JPEG, or try a smaller one.",
    "too_narrow": "This picture is too long and narrow for a wall of squares. Try the part of it that you like best.",
    "too_small": "This picture is too small to be seen on the wall. Try a larger one.",
    "unreadable": "Something is wrong inside this file, and we could not read it. Try another photo.",
    "sexual": "This event takes no sexual pictures, and our check is sure that this is one. It can be wrong: send "
    "another photo, or talk to the host.",
    "lost": "Your photo was lost on our side before it reached the wall. We are sorry; please send it again.",
    "wall_full": "The wall is full: every cell of it has a photo already. Yours was not kept; the host can free a "
    "place.",
    "hidden": "A host took this photo off the wall. You are welcome to add another one, or to ask the host about it.",
    "by_host": "The host did not take this photo onto the wall. You are welcome to try another one.",
}


@dataclass(frozen=True)
class Submission:
    """A photo and what goes with it, as it came. `crop_x`, `crop_y`: 0 to 1 along the free axis, or None."""

    data: bytes
    idempotency_key: str
    story: str
    wishes: Mapping[str, Any]  # what plugin.people.admission.change_me takes
    crop_x: float | None = None
    crop_y: float | None = None
    agreed: str = ""  # the host's notice, as it stood beside Send


def looks_like_a_photo(head: bytes) -> bool:
    """Whether the first bytes are those of a format we take. Workers look properly."""
    return any(head[at : at + len(mark)] == mark for at, mark in SIGNATURES)


def words_of(refusal: str | None) -> dict[str, str] | None:
    if refusal is None:
        return None
    return {"code": refusal, "message": WORDS_OF_REFUSAL.get(refusal, WORDS_OF_REFUSAL["unreadable"])}


def submit(
    database: Database,
    storage: Storage,
    jobs: Jobs,
    budget: Budget,
    attendee: Attendee,
    submission: Submission,
) -> tuple[Photo, bool]:
    """Take a photo in: once this returns, it survives the loss of any process and of Redis.

    The same idempotency key gives the same photo again. A second photo of a person replaces the first once it is
    placed. Returns the photo, and whether placing it is delayed because Redis or the workers are gone. Raises Refusal.
    """
    key = submission.idempotency_key
    if not 8 <= len(key) <= 80 or not key.isascii():
        raise Refusal(422, "no_idempotency_key", "Please reload the page and send again.", "idempotency_key")
    if known := _sent_before(database, attendee.id, key):
        return known, not jobs.is_served()
    try:
        photo, superseded = _keep(database, storage, budget, attendee, submission)
    except IntegrityError:  # the same photo came twice at once; the other request was first
        if known := _sent_before(database, attendee.id, key):
            return known, not jobs.is_served()
        raise
    for photo_id in superseded:
        jobs.erase(photo_id)
    return photo, not (jobs.prepare(photo.id) and jobs.is_served())


def _keep(
    database: Database, storage: Storage, budget: Budget, attendee: Attendee, submission: Submission
) -> tuple[Photo, list[int]]:
    """Keep the bytes, and the row that says so, or neither."""
    story = kind_line(
        submission.story, "story", MAXIMUM_STORY, "Please write your story: one sentence is enough."
    )
    if not looks_like_a_photo(submission.data[:SIGNATURE_BYTES]):
        raise Refusal(422, "not_an_image", WORDS_OF_REFUSAL["not_an_image"], "photo")
    photo_key = secrets.token_hex(16)
    storage.put(upload_key(photo_key), submission.data)
    try:
        return _take(database, budget, attendee, submission, story, photo_key)
    except (IntegrityError, Refusal, DatabaseBusyError):  # after any other the row may be there
        storage.delete(upload_key(photo_key))
        raise


def _sent_before(database: Database, attendee_id: int, idempotency_key: str) -> Photo | None:
    with database.read() as session:
        return session.scalar(
            select(Photo).where(Photo.attendee_id == attendee_id, Photo.idempotency_key == idempotency_key)
        )


def _take(
    database: Database, budget: Budget, attendee: Attendee, submission: Submission, story: str, photo_key: str
) -> tuple[Photo, list[int]]:
    with database.write() as session:
        person = attendee_of(session, attendee.id, attendee.event_id)
        apply_wishes(person, submission.wishes)
        if not person.name:
            raise Refusal(422, "empty", "Please tell us your name.", "name")
        event = session.get_one(Event, person.event_id)
        if event.state is EventState.CLOSED:
            raise Refusal(403, "closed", "This event is closed; the wall takes no more photos.")
        if not event.takes_photos:
            raise Refusal(
                403,
                "no_photos_now",
                "The host takes no new photos for now. Yours is still here; try again later.",
            )
        ownwords.refuse(event, story, "story")
        if submission.agreed != event.terms:
            raise Refusal(
                409,
                "other_notice",
                "The host has changed the notice beside Send. Please read it, and send again.",
            )
        superseded = _withdraw_unplaced(session, person.id)
        photo = Photo(
            wall_id=session.scalars(select(Wall.id).where(Wall.event_id == event.id)).one(),
            attendee_id=person.id,
            key=photo_key,
            idempotency_key=submission.idempotency_key,
            story=story,
            prompt=event.prompt,
            agreed=event.terms or None,
            crop_x=submission.crop_x,
            crop_y=submission.crop_y,
            waits=must_wait(session, budget, person, time.time()),
        )
        session.add(photo)
        session.flush()
    return photo, superseded


def _withdraw_unplaced(session: Session, attendee_id: int) -> list[int]:
    """A person's earlier photos that never reached the wall make room for the new one."""
    unplaced = (PhotoState.RECEIVED, PhotoState.PREPARED, PhotoState.HELD, PhotoState.REFUSED)
    earlier = session.scalars(
        select(Photo.id).where(Photo.attendee_id == attendee_id, Photo.state.in_(unplaced))
    ).all()
    if earlier:
        withdraw_rows(session, earlier)
    return list(earlier)


def withdraw_rows(session: Session, photo_ids: Any) -> None:
    """Nobody sees these photos from now on, and their stories are gone; the files go when the cells are refilled."""
    erasures.note_photos(session, photo_ids)
    session.execute(
        update(Photo)
        .where(Photo.id.in_(list(photo_ids)))
        .values(state=PhotoState.WITHDRAWN, story="", folded="", touched_at=time.time())
    )


def hide_rows(session: Session, photo_ids: Any) -> None:
    """A host takes these off the wall. They are kept for as long as that can be taken back, and nobody sees them."""
    session.execute(
        update(Photo)
        .where(Photo.id.in_(list(photo_ids)))
        .values(state=PhotoState.REFUSED, refusal=HIDDEN, touched_at=time.time())
    )


def withdraw_hidden(database: Database, before: float) -> list[int]:
    """What was hidden before that time goes for good. Returns the photos."""
    with database.write() as session:
        hidden = (Photo.state == PhotoState.REFUSED, Photo.refusal == HIDDEN, Photo.touched_at < before)
        gone = list(session.scalars(select(Photo.id).where(*hidden)))
        if gone:
            withdraw_rows(session, gone)
    return gone


def _own(session: Session, attendee: Attendee, photo_id: int) -> Photo:
    photo = session.get(Photo, photo_id)
    if photo is None or photo.attendee_id != attendee.id or photo.state is PhotoState.WITHDRAWN:
        raise Refusal(404, "no_photo", "This photo is not here any more.")
    return photo


def change_story(database: Database, attendee: Attendee, photo_id: int, story: str) -> Photo:
    """Change the line under one's own photo. Raises Refusal, also where a host has approved the photo with its line."""
    line = kind_line(story, "story", MAXIMUM_STORY, "Please write your story: one sentence is enough.")
    with database.write() as session:
        photo = _own(session, attendee, photo_id)
        event = session.get_one(Event, attendee.event_id)
        ownwords.refuse(event, line, "story")
        if needs_look(session, event, attendee) and photo.state in (PhotoState.PREPARED, PhotoState.PLACED):
            raise Refusal(
                409,
                "look_first",
                "The host looks at each photo before it shows. To change your story, send your photo again.",
                "story",
            )
        photo.story = line
    return photo


def withdraw(database: Database, jobs: Jobs, attendee: Attendee, photo_id: int) -> bool:
    """Take one's photo back. Returns whether the rest is delayed because Redis is gone. Raises Refusal."""
    with database.write() as session:
        photo = _own(session, attendee, photo_id)
        on_the_wall = photo.state is PhotoState.PLACED
        wall_id = photo.wall_id
        withdraw_rows(session, [photo.id])
    return not (jobs.place(wall_id) if on_the_wall else jobs.erase(photo_id))


def mine(database: Database, attendee: Attendee) -> list[dict[str, Any]]:
    """The person's own photos with their state, newest first."""
    with database.read() as session:
        rows = session.execute(
            select(Photo, Placement.cell)
            .outerjoin(Placement, Placement.photo_id == Photo.id)
            .where(Photo.attendee_id == attendee.id, Photo.state != PhotoState.WITHDRAWN)
            .order_by(Photo.id.desc())
        ).all()
    return [
        {
            "id": photo.id,
            "key": photo.key,
            "state": photo.state.value,
            "story": photo.story,
            "prompt": photo.prompt,
            "home": cell,
            "refusal": words_of(photo.refusal),
        }
        for photo, cell in rows
    ]
