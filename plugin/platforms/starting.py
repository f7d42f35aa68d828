"""Who may start a wall in a meeting, and which walls they opened before."""

import time
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.people.refusal import Refusal
from plugin.platforms.entrances import Entrance
from plugin.platforms.identities import known_as
from plugin.platforms.installs import of_person
from plugin.platforms.meetings import find_meeting
from plugin.state.db import Database
from plugin.state.models import HOSTS, Attendee, Event
from plugin.state.platform_models import Installation, Meeting

EARLIER_SHOWN = 5
DAY_SECONDS = 86_400.0


def may_start(session: Session, entrance: Entrance) -> bool:
    """Hosts may; where the platform's facts say so also somebody who added our app, for hosts may have none."""
    if entrance.may_start or (entrance.meeting and entrance.role in HOSTS):
        return True
    return entrance.installers_start and bool(entrance.user_id) and _has_installed(session, entrance)


def _has_installed(session: Session, entrance: Entrance) -> bool:
    theirs = of_person(entrance.platform, entrance.tenant, entrance.user_id)
    return session.scalar(select(Installation.id).where(theirs).limit(1)) is not None


def never(_session: Session, _guest: Attendee, _proved: Attendee) -> None:
    """Who only looks has no return key, so no guest turns out to be anybody."""
    raise AssertionError("nobody came with a return key")


def check_may_start(database: Database, entrance: Entrance) -> None:
    """What was signed last counts: a role that was taken since does not come back. Raises Refusal (403)."""
    with database.read() as session:
        here = find_meeting(session, entrance.platform, entrance.meeting) if entrance.meeting else None
        event = session.get(Event, here.event_id) if here is not None and here.event_id else None
        present = known_as(session, event, entrance, None, never) if event is not None else None
        if present is not None and present.role not in HOSTS:
            entrance = replace(entrance, role=present.role.value)
        if not may_start(session, entrance):
            raise Refusal(403, "not_host", "Only a host of this meeting can start the wall.")


def own_walls(session: Session, entrance: Entrance, present: Event | None) -> list[dict[str, Any]]:
    """The walls that this person opened before, newest first."""
    if entrance.opener is None:
        return []
    last_seen = func.coalesce(func.max(Meeting.ended_at), func.max(Meeting.seen_at), Event.created_at)
    rows = session.execute(
        select(Event.code, Event.name, last_seen.label("seen"))
        .outerjoin(Meeting, Meeting.event_id == Event.id)
        .where(Event.opener == entrance.opener, Event.id != (present.id if present is not None else 0))
        .group_by(Event.id)
        .order_by(Event.id.desc())
        .limit(EARLIER_SHOWN)
    ).all()
    now = time.time()
    return [
        {
            "code": row.code,
            "name": row.name,
            "ended_days_ago": max(0, int((now - row.seen) / DAY_SECONDS)),
        }
        for row in rows
    ]
