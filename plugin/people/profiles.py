"""Use cases about what a platform tells of a person: offered to them, and nothing of it is theirs until they take it.

Texts are encrypted at rest, the picture lies at an address that nobody can guess, and both go when they were used,
sent away, or left alone for a day.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people import photos
from plugin.people.floods import Budget
from plugin.people.letters import shortened, tidy
from plugin.people.photos import Submission
from plugin.people.refusal import Refusal
from plugin.state.db import Database
from plugin.state.keys import media_url, suggestion_key, upload_key
from plugin.state.models import Assurance, Attendee, Photo
from plugin.state.platform_models import Installation, Suggestion, SuggestionState
from plugin.state.queue import Jobs
from plugin.state.storage import NotStoredError, Storage

KEPT_SECONDS = 86_400.0
MOST_ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 5.0
LONGEST_TEXT = 200
CONSENT_PAUSES_SECONDS = (
    1.0,
    2.0,
    4.0,
)  # until a consent of a moment ago is known everywhere at the platform


@dataclass(frozen=True)
class Told:
    """What the platform told. `picture` is its bytes as they came, or None. `address` is only for links to a talk."""

    name: str = ""
    title: str = ""
    company: str = ""
    address: str = ""
    picture: bytes | None = None


@dataclass(frozen=True)
class Assertion:
    """What proved somebody to one of our credentials; the platform can be asked for tokens of theirs with it."""

    client_id: str
    text: str = field(repr=False)


def want(
    database: Database,
    jobs: Jobs,
    attendee: Attendee,
    assertion: Assertion | None = None,
    *,
    again: bool = False,
) -> None:
    """Ask the platform about somebody who consented to that, once; `again` after they consented anew.

    With an `assertion` the platform says whether they did. Never waits for it: an errand goes there.
    """
    if attendee.assurance is not Assurance.PROVED:
        return
    with database.read() as session:
        known = session.get(Suggestion, attendee.id)
        is_settled = known is not None and known.consent_wanted is None
        if (is_settled and not again) or not (assertion or _has_consented(session, attendee)):
            return
    try:
        _note_wish(database, attendee, assertion, again)
    except IntegrityError:  # another panel of theirs was quicker, with the same wish
        return
    jobs.ask_for_profile(attendee.id)


def _note_wish(database: Database, attendee: Attendee, assertion: Assertion | None, again: bool) -> None:
    with database.write() as session:
        if assertion is not None:
            _keep(session, attendee, assertion)
        known = session.get(Suggestion, attendee.id)
        if known is None:
            session.add(Suggestion(attendee_id=attendee.id, touched_at=time.time()))
        elif known.state is SuggestionState.NONE:
            known.state, known.touched_at = SuggestionState.WANTED, time.time()
            # Somebody who did not agree meanwhile is asked about once; whoever may have, patiently.
            known.attempts = 0 if again else len(CONSENT_PAUSES_SECONDS)
            known.consent_wanted = None


def _keep(session: Session, attendee: Attendee, assertion: Assertion) -> None:
    """Until the platform was asked for tokens with it; not where they gave us some before."""
    known = session.scalar(
        select(Installation).where(*_is_theirs(attendee), Installation.client_id == assertion.client_id)
    )
    if known is None:
        known = Installation(
            platform=attendee.platform,
            tenant=attendee.tenant,
            client_id=assertion.client_id,
            user_id=attendee.user_id,
            access_token="",
            refresh_token="",
            expires_at=0.0,
        )
        session.add(known)
    elif known.assertion is None:
        return
    known.assertion, known.installed_at = assertion.text, time.time()


def _is_theirs(attendee: Attendee) -> tuple[ColumnElement[bool], ...]:
    return (
        Installation.platform == attendee.platform,
        Installation.tenant == attendee.tenant,
        Installation.user_id == attendee.user_id,
    )


def _has_consented(session: Session, attendee: Attendee) -> bool:
    return session.scalar(select(Installation.id).where(*_is_theirs(attendee)).limit(1)) is not None


def about(database: Database, attendee_id: int) -> dict[str, Any]:
    """`profile`: what the person's panel offers, or None. `profile_pending`: whether something may still come.

    `consent_wanted`: whether the platform tells nothing before they agree.
    """
    with database.read() as session:
        found = session.get(Suggestion, attendee_id)
    wanted = found is not None and found.consent_wanted is not None
    if found is None or found.state is SuggestionState.NONE:
        return {"profile": None, "profile_pending": False, "consent_wanted": wanted}
    is_cleaning = found.picture_key is not None and not found.picture_ready
    if found.state is SuggestionState.WANTED:
        return {"profile": None, "profile_pending": True, "consent_wanted": False}
    ready_key = found.picture_key if found.picture_ready else None
    picture = media_url(suggestion_key(ready_key)) if ready_key else None
    offered = {
        "name": found.name or "",
        "title": found.title or "",
        "company": found.company or "",
        "picture": picture,
    }
    return {"profile": offered, "profile_pending": is_cleaning, "consent_wanted": False}


def want_consent(database: Database, attendee_id: int, challenge: str) -> float | None:
    """The person has to agree first. Seconds after which it is worth asking again; None: now it is their turn."""
    with database.write() as session:
        found = session.get(Suggestion, attendee_id)
        if found is None or found.state is not SuggestionState.WANTED:
            return None
        if found.attempts <= len(CONSENT_PAUSES_SECONDS):
            return CONSENT_PAUSES_SECONDS[found.attempts - 1]
        found.state, found.consent_wanted = SuggestionState.NONE, challenge
    return None


def challenge_of(database: Database, attendee_id: int) -> str:
    """What the platform wants to hear when the person is asked to agree; "" for nothing in particular."""
    with database.read() as session:
        found = session.get(Suggestion, attendee_id)
    return (found.consent_wanted or "") if found is not None else ""


def take_on(database: Database, attendee_id: int) -> Attendee | None:
    """The attendee whose profile is still wanted, with this attempt counted; None when there is nothing to do."""
    with database.write() as session:
        found = session.get(Suggestion, attendee_id)
        if found is None or found.state is not SuggestionState.WANTED:
            return None
        found.attempts += 1
        found.touched_at = time.time()
        if found.attempts > MOST_ATTEMPTS:
            found.state = SuggestionState.NONE
            return None
        return session.get(Attendee, attendee_id)


def note(database: Database, storage: Storage, jobs: Jobs, attendee_id: int, told: Told) -> None:
    """Keep what the platform told; a worker cleans the picture before anybody sees it."""
    key = secrets.token_hex(16) if told.picture else None
    if key and told.picture:
        storage.put(upload_key(key), told.picture, durable=False)
    with database.write() as session:
        found = session.get(Suggestion, attendee_id)
        if found is None or found.state is not SuggestionState.WANTED:
            key = None
        else:
            found.state = SuggestionState.READY
            found.name, found.title, found.company = (
                shortened(tidy(each), LONGEST_TEXT) for each in (told.name, told.title, told.company)
            )
            if told.address:
                session.get_one(Attendee, attendee_id).email = told.address[:LONGEST_TEXT]
            found.picture_key, found.picture_ready, found.touched_at = key, False, time.time()
    if key:
        jobs.clean_suggestion(attendee_id)


def put_off(database: Database, attendee_id: int, seconds: float) -> None:
    """The platform said when it may be asked again."""
    with database.write() as session:
        found = session.get(Suggestion, attendee_id)
        if found is not None and found.state is SuggestionState.WANTED:
            found.touched_at = time.time() + seconds


def give_up(database: Database, attendee_id: int) -> None:
    """The platform tells nothing about this person."""
    with database.write() as session:
        found = session.get(Suggestion, attendee_id)
        if found is not None and found.state is SuggestionState.WANTED:
            found.state = SuggestionState.NONE


def dismiss(database: Database, storage: Storage, attendee_id: int) -> None:
    """Forget what was suggested; it is not asked for again."""
    with database.write() as session:
        found = session.get(Suggestion, attendee_id)
        key = found.picture_key if found is not None else None
        if found is not None:
            clear(found)
    forget_picture(storage, key)


def clear(found: Suggestion) -> None:
    found.state = SuggestionState.NONE
    found.name = found.title = found.company = found.picture_key = found.consent_wanted = None
    found.picture_ready = False


def forget_picture(storage: Storage, key: str | None) -> None:
    if key:
        storage.delete(upload_key(key))
        storage.delete(suggestion_key(key))


def use_picture(
    database: Database,
    storage: Storage,
    jobs: Jobs,
    budget: Budget,
    attendee: Attendee,
    idempotency_key: str,
    wishes: Mapping[str, Any],
) -> tuple[Photo, bool]:
    """Give the suggested picture to the wall, like one that was uploaded. Raises Refusal."""
    fields = dict(wishes)
    submission = Submission(
        data=_picture(database, storage, attendee),
        idempotency_key=idempotency_key,
        story=str(fields.pop("story", "")),
        crop_x=fields.pop("crop_x", None),
        crop_y=fields.pop("crop_y", None),
        wishes=fields,
    )
    photo, is_delayed = photos.submit(database, storage, jobs, budget, attendee, submission)
    dismiss(database, storage, attendee.id)
    return photo, is_delayed


def _picture(database: Database, storage: Storage, attendee: Attendee) -> bytes:
    """The suggested picture. Raises Refusal."""
    gone = Refusal(404, "no_picture", "This picture is not here any more. Choose another photo.", "photo")
    with database.read() as session:
        found = session.get(Suggestion, attendee.id)
    if found is None or not found.picture_key or not found.picture_ready:
        raise gone
    try:
        return storage.get(suggestion_key(found.picture_key))
    except NotStoredError:
        raise gone from None


def due(database: Database, now: float) -> list[int]:
    """Attendees whose profile is to be asked for, again after a pause that grows with each attempt."""
    with database.read() as session:
        query = select(Suggestion).where(Suggestion.state == SuggestionState.WANTED)
        return [each.attendee_id for each in session.scalars(query.limit(500)) if _is_due(each, now)]


def _is_due(suggestion: Suggestion, now: float) -> bool:
    return bool(suggestion.touched_at + FIRST_PAUSE_SECONDS * 2**suggestion.attempts < now)


def forget_old(database: Database, storage: Storage, now: float) -> int:
    """Forget what was left alone for a day; returns how many."""
    with database.write() as session:
        query = select(Suggestion).where(
            Suggestion.touched_at < now - KEPT_SECONDS, Suggestion.state != SuggestionState.NONE
        )
        old = list(session.scalars(query.limit(500)))
        keys = [each.picture_key for each in old]
        for each in old:
            clear(each)
    for key in keys:
        forget_picture(storage, key)
    return len(old)
