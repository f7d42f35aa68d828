"""Who stands beside whom in a break's line, or did: between them a hello is no stranger's."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.people.visibility import pair_of
from plugin.state.encounters import CoffeeBreak, Hello, HelloState, Line, LineKind, LinePlace, Met
from plugin.state.models import Attendee
from plugin.together import breaks


def in_line_together(session: Session, one_id: int, other_id: int) -> bool:
    """Whether these two stand in the same group of the break's line at this moment."""
    rows = session.execute(
        select(LinePlace.line_id, LinePlace.group_no)
        .join(Line)
        .where(
            LinePlace.attendee_id.in_((one_id, other_id)),
            LinePlace.group_no.is_not(None),
            Line.kind == LineKind.BREAK,
            Line.closed_at.is_(None),
        )
    ).all()
    return len(rows) == 2 and tuple(rows[0]) == tuple(rows[1])


def unanswered_in_line(session: Session, me: Attendee) -> int:
    """How many hellos to people they stood with nobody has answered yet."""
    query = select(func.count()).where(
        Hello.from_id == me.id, Hello.asked_for, Hello.state != HelloState.ANSWERED
    )
    return session.scalar(query) or 0


def stood_together(session: Session, me: Attendee, other_id: int, now: float) -> bool:
    """Whether these two stood in the line of the break that has just ended. While it goes on, what they say after they
    parted counts as it does with everybody: who wants to pester people would else only have to stand in line."""
    at = breaks.now_for(session, me, now)
    if at is None or at.phase != "seats":
        return False
    met = session.get(Met, pair_of(me.id, other_id))
    if met is None or met.kind is not LineKind.BREAK:
        return False
    return met.met_at >= session.get_one(CoffeeBreak, at.id).begins_at
