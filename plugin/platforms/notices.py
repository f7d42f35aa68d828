"""Use cases about what platforms report: note it, answer at once, carry it out in an errand, keep proof without names.

The row is the promise: an errand that got lost is asked for again. Who the notice is about is encrypted in it until it
is done; then only hashes stay, which say that it was done to anybody who still has the notice itself.
"""

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from integrations.platform import MEETING_ENDED, REMOVED
from plugin.people.codes import digest
from plugin.platforms import meetings
from plugin.safety import forgetting, reports
from plugin.state.db import Database
from plugin.state.feed import Feed, News
from plugin.state.platform_models import Notice, UsedTicket
from plugin.state.queue import Jobs
from plugin.state.storage import Storage

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 3600.0


@dataclass(frozen=True)
class Report:
    """A believed notice. `delivery_key` is this delivery's, which counts until `delivery_until`."""

    platform: str
    kind: str
    subject: Mapping[str, Any]
    body: bytes
    delivery_key: str
    delivery_until: float

    @property
    def about(self) -> str:
        """What the proof that stays is the hash of."""
        named = [*self.subject["identity"], self.subject["meeting_id"]]
        return ":".join([self.platform, *(each for each in named if each)])


def receive(database: Database, jobs: Jobs, report: Report) -> bool:
    """Note a notice; False when this very delivery came before. The same notice delivered anew is noted once."""
    now = time.time()
    try:
        with database.write() as session:
            session.execute(delete(UsedTicket).where(UsedTicket.expires_at < now))
            session.add(UsedTicket(digest=digest(report.delivery_key), expires_at=report.delivery_until))
            session.flush()
            notice_id = _noted(session, report)
    except IntegrityError:
        return False
    if notice_id is not None:
        jobs.carry_out_notice(notice_id)
    return True


def _noted(session: Session, report: Report) -> int | None:
    """The id of the new row; None when there is one of this notice."""
    body_digest = digest(f"notice {report.body!r}")
    query = select(Notice.id).where(Notice.platform == report.platform, Notice.digest == body_digest)
    if session.scalar(query) is not None:
        return None
    notice = Notice(
        platform=report.platform,
        digest=body_digest,
        kind=report.kind,
        subject=json.dumps(dict(report.subject)),
        subject_digest=digest(report.about),
    )
    session.add(notice)
    session.flush()
    return notice.id


def carry_out(database: Database, storage: Storage, jobs: Jobs, feed: Feed, notice_id: int) -> None:
    """Do what a notice asks for. May run twice."""
    with database.write() as session:
        notice = session.get(Notice, notice_id)
        if notice is None or notice.done_at is not None or notice.subject is None:
            return
        notice.attempts += 1
        notice.touched_at = time.time()
        platform, kind, subject = notice.platform, notice.kind, json.loads(notice.subject)
    if kind == REMOVED:
        # Version 0.1 noted a user id alone, and knew no identities with a tenant.
        tenant, user_id = subject.get("identity") or ("", subject["user_id"])
        number = _forget(database, storage, jobs, feed, (platform, tenant, user_id))
        logger.info("notice %s: forgot somebody in %s events", notice_id, number)
    elif kind == MEETING_ENDED:
        meetings.ended(database, platform, subject["meeting_id"])
    with database.write() as session:
        notice = session.get_one(Notice, notice_id)
        notice.subject, notice.done_at = None, time.time()


def _forget(database: Database, storage: Storage, jobs: Jobs, feed: Feed, user: tuple[str, str, str]) -> int:
    """Forget (platform, tenant, user id) everywhere, and let those who talked with them look again.

    Returns in how many events that was.
    """
    forgetting.forget_consents(database, *user)
    attendees = forgetting.attendees_of(database, *user)
    for attendee in attendees:
        others = reports.those_who_know(database, attendee)
        forgetting.forget_attendee(database, storage, jobs, attendee.id)
        feed.publish_all([News(0, each) for each in (attendee.id, *others)])
    return len(attendees)


def due(database: Database, now: float) -> list[int]:
    """Notices that are not done, each after a pause that grows with its attempts."""
    with database.read() as session:
        query = select(Notice).where(Notice.done_at.is_(None)).order_by(Notice.id).limit(500)
        return [each.id for each in session.scalars(query) if each.touched_at + _pause(each.attempts) < now]


def _pause(attempts: int) -> float:
    return float(min(FIRST_PAUSE_SECONDS * 2 ** min(attempts, 20), LONGEST_PAUSE_SECONDS))
