"""Whose photo a host looks at before it shows, where an event is reviewed; and who is trusted by now."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.state.decisions import Decision, DecisionKind
from plugin.state.models import HOSTS, Attendee, Event

APPROVED = 2  # times, by a host's own look, before somebody is trusted
DOUBTS = (DecisionKind.REFUSE, DecisionKind.HIDE_PHOTO, DecisionKind.PAUSE, DecisionKind.REMOVE)


def needs_look(session: Session, event: Event, person: Attendee) -> bool:
    if not event.reviewed or person.role in HOSTS:
        return False
    return not (event.trusts and is_trusted(session, person.id))


def is_trusted(session: Session, attendee_id: int) -> bool:
    """Whether a host approved of them twice since there was a doubt about them. What was taken back does not count."""
    standing = (Decision.about_id == attendee_id, Decision.undone_at.is_(None))
    doubted = select(func.max(Decision.id)).where(*standing, Decision.kind.in_(DOUBTS)).scalar_subquery()
    approved = select(func.count()).where(
        *standing, Decision.kind == DecisionKind.APPROVE, Decision.id > func.coalesce(doubted, 0)
    )
    return (session.scalar(approved) or 0) >= APPROVED
