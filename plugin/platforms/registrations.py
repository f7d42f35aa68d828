"""Use cases about registrations: whom an organizer's event platform told us to expect, and reading them from there.

A reading goes through the platform's list page by page, each in a transaction of its own, and may stop after any of
them: the row says where it goes on. What it brings is compared with what is known, so a page that comes twice, and a
whole reading that comes twice, change nothing. Where the platform can be asked for what changed since, most readings
ask so; one an hour is whole, and so is each where it cannot. What two whole readings in a row did not see is gone: one
alone may miss somebody whose line moved up a page meanwhile.
"""

import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from integrations.platform import Part, PlatformError, Registered
from plugin.people.codes import digest, email_digest
from plugin.platforms.http import garbage
from plugin.state.db import Database
from plugin.state.models import Event, EventState
from plugin.state.registrations import Registration, Source

READ_SECONDS = 300.0  # between two readings: most people register late, many on the very day
WHOLE_SECONDS = 3600.0
HINT_SECONDS = 20.0  # however many hints come, between the end of a reading and the next
OVERLAP_SECONDS = 60.0  # of the platform's own clocks
LEASE_SECONDS = 120.0  # of whoever reads
FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 3600.0
MOST_IDLE_PAGES = 20  # in a row without anybody new, of those that lead on: the list goes in a circle
HOOK_SECONDS = 7 * 86_400.0
RENEWED_BEFORE_SECONDS = 86_400.0

LONGEST_ID = 100
LONGEST_ADDRESS = 254
LONGEST_TEXT = 200


def registered(session: Session, event_id: int, *digests: bytes) -> Registration | None:
    """The registration for an event that is kept under one of these digests of an address.

    None where nobody is expected under it, because they never were, or not any more: refunded, or gone.
    """
    return session.scalar(
        select(Registration)
        .join(Source, Source.id == Registration.source_id)
        .where(
            Source.event_id == event_id,
            Registration.email_digest.in_(digests),
            Registration.refunded.is_(False),
        )
        .order_by(Registration.id)
        .limit(1)
    )


# ---- reading ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    """A page that is to be read now, and by whose tokens."""

    source_id: int
    installation_id: int
    platform: str
    gathering: str
    page: str
    since: float  # 0 for a whole reading


def begin(database: Database, source_id: int, now: float, *, can_say_since: bool) -> Turn | None:
    """Take a turn at reading; None when there is nothing to do, or somebody else is at it."""
    with database.write() as session:
        source = session.get(Source, source_id)
        if source is None or source.installation_id is None:
            return None
        if source.reading_until > now or source.wanted_at > now:
            return None
        source.reading_until, source.wanted_at = now + LEASE_SECONDS, now + READ_SECONDS
        if not source.page:
            source.pages = source.idle_pages = 0
            source.next_until = source.newest
            source.is_whole = not can_say_since or not source.run or source.whole_at + WHOLE_SECONDS < now
        since = 0.0 if source.is_whole else max(source.read_until - OVERLAP_SECONDS, 1.0)
        return Turn(
            source.id, source.installation_id, source.platform, source.external_id, source.page, since
        )


def take(database: Database, secret: str, turn: Turn, part: Part[Registered], now: float) -> Turn | None:
    """Keep what a page brought. The next turn, or None once the reading is over. Raises PlatformError."""
    with database.write() as session:
        source = session.get(Source, turn.source_id)
        if source is None:  # the organizer does not want it any more
            return None
        new = _keep(session, secret, source, part.items)
        source.reading_until = now + LEASE_SECONDS
        source.pages += 1
        source.idle_pages = 0 if new else source.idle_pages + 1
        if not part.next:
            _finish(session, source, now)
            return None
        if part.next == turn.page or source.idle_pages > MOST_IDLE_PAGES:
            raise garbage()
        source.page = part.next
    return replace(turn, page=part.next)


def _number(source: Source) -> int:
    """The run that the reading under way belongs to: a whole one that broke off is gone on with, not counted."""
    return source.run + 1 if source.is_whole else source.run


def _keep(session: Session, secret: str, source: Source, items: Iterable[Registered]) -> int:
    """Returns how many of them this reading had not seen."""
    told = {each.id: each for each in items if 0 < len(each.id) <= LONGEST_ID and _is_address(each.email)}
    query = select(Registration).where(
        Registration.source_id == source.id, Registration.external_id.in_(told)
    )
    known = {each.external_id: each for each in session.scalars(query)}
    new, number = 0, _number(source)
    for each in told.values():
        row = known.get(each.id)
        if row is None:
            row = Registration(source_id=source.id, external_id=each.id, run=-1)
            session.add(row)
        new += row.run < number
        _write(row, secret, each, max(row.run, number))
        source.newest = max(source.newest, each.changed_at)
    session.flush()
    return new


def _is_address(text: str) -> bool:
    return "@" in text and len(text) <= LONGEST_ADDRESS


def _write(row: Registration, secret: str, told: Registered, number: int) -> None:
    """What is the same as before is not written again."""
    row.email_digest = email_digest(secret, told.email)
    row.email, row.name, row.headline = told.email, told.name[:LONGEST_TEXT], told.headline[:LONGEST_TEXT]
    row.refunded, row.run = told.is_refunded, number


def _finish(session: Session, source: Source, now: float) -> None:
    """Raises PlatformError."""
    if source.is_whole:
        _forget_gone(session, source)
        source.run, source.whole_at = _number(source), now
    source.page, source.read_until, source.read_at = "", source.next_until, now
    source.reading_until, source.attempts, source.trouble = 0.0, 0, ""


def _forget_gone(session: Session, source: Source) -> None:
    number = _number(source)
    of_source = select(func.count()).where(Registration.source_id == source.id)
    seen = session.scalar(of_source.where(Registration.run == number))
    expected = session.scalar(of_source.where(Registration.refunded.is_(False)))
    if expected and not seen:  # rather a fault there than everybody gone at once
        raise garbage()
    gone = update(Registration).where(Registration.source_id == source.id, Registration.run < number - 1)
    session.execute(gone.values(refunded=True))


def rest(database: Database, source_id: int, now: float) -> None:
    """Others come first; the reading goes on after them."""
    _set(database, source_id, reading_until=0.0, wanted_at=now)


def put_off(database: Database, source_id: int, error: PlatformError, now: float) -> None:
    """The platform did not give a page: go on later. What it refuses for good is begun anew then."""
    with database.write() as session:
        source = session.get(Source, source_id)
        if source is None:
            return
        pause = min(FIRST_PAUSE_SECONDS * 2 ** min(source.attempts, 20), LONGEST_PAUSE_SECONDS)
        source.attempts += 1
        source.trouble, source.reading_until = error.code, 0.0
        source.wanted_at = now + max(pause, error.after_seconds)
        if error.permanent or error.code == "garbage":
            source.page = ""
            if not source.is_whole:  # it may be how we asked for changes
                source.whole_at = 0.0


def due(database: Database, now: float) -> list[int]:
    """What is to be read now. An event that is closed expects nobody."""
    with database.read() as session:
        query = (
            select(Source.id)
            .join(Event, Event.id == Source.event_id)
            .where(
                Source.installation_id.is_not(None),
                Source.wanted_at <= now,
                Source.reading_until <= now,
                Event.state == EventState.OPEN,
            )
        )
        return list(session.scalars(query.order_by(Source.wanted_at).limit(100)))


def want(database: Database, source_id: int) -> None:
    _set(database, source_id, wanted_at=time.time(), attempts=0)


def _set(database: Database, source_id: int, **values: float) -> None:
    with database.write() as session:
        session.execute(update(Source).where(Source.id == source_id).values(**values))


# ---- hints ------------------------------------------------------------------------------------------------------


def new_hook(database: Database, source_id: int, now: float) -> tuple[str, float] | None:
    """The key of an address for hints, and until when it counts; None while the present one does for long enough."""
    with database.write() as session:
        source = session.get(Source, source_id)
        if source is None or source.hook_until > now + RENEWED_BEFORE_SECONDS:
            return None
        key = secrets.token_urlsafe(32)
        source.hook_digest, source.hook_until = digest(key), now + HOOK_SECONDS
        return key, source.hook_until


def no_hook(database: Database, source_id: int) -> None:
    """The platform does not send anything."""
    _set(database, source_id, hook_until=0.0)


def hint(database: Database, platform: str, key: str, now: float) -> bool:
    """Something changed, says whoever knows this address: read soon. What exactly changed, they are not asked."""
    soon = case((Source.read_at + HINT_SECONDS > now, Source.read_at + HINT_SECONDS), else_=now)
    with database.write() as session:
        ours = update(Source).where(
            Source.platform == platform, Source.hook_digest == digest(key), Source.hook_until > now
        )
        found = session.execute(
            ours.values(wanted_at=case((Source.wanted_at > soon, soon), else_=Source.wanted_at))
        )
        return bool(found.rowcount)  # type: ignore[attr-defined]


# ---- what the organizer sees ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Numbers:
    """Of one source's registrations: how many are expected, are not any more, and have come."""

    expected: int
    refunded: int
    came: int


def numbers(session: Session, source_id: int) -> Numbers:
    refunded = func.sum(case((Registration.refunded, 1), else_=0))
    came = func.count(Registration.attendee_id)
    row = session.execute(
        select(func.count(), refunded, came).where(Registration.source_id == source_id)
    ).one()
    return Numbers(row[0] - (row[1] or 0), row[1] or 0, row[2])
