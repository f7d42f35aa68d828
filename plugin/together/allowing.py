"""Use case of the host: change what an event is and allows; whoever stands in a line that is no more is let out."""

import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.state.db import HELD, Database
from plugin.state.encounters import Line, LinePlace
from plugin.state.models import Wall
from plugin.state.queue import Jobs
from plugin.together.lines import Moved
from plugin.wall import changing


def change(database: Database, jobs: Jobs, event_id: int, wishes: Mapping[str, Any]) -> Moved:
    """Returns who stood in line until now. Raises Refusal."""
    with database.write() as session:
        event = changing.change(session, event_id, wishes)
        moved = Moved(event_id) if event.lines else _close_all(session, event_id)
        wall_id = session.scalars(select(Wall.id).where(Wall.event_id == event_id)).one()
    if "stage_cleared" in wishes:
        jobs.place_again(wall_id)  # everybody leaves the stage's pictures, or comes back
    return moved


def _close_all(session: Session, event_id: int) -> Moved:
    """Close the lines of breaks and at speakers' photos."""
    of_event = (Line.event_id == event_id, Line.closed_at.is_(None))
    found = session.scalars(select(Line).where(*of_event).with_for_update(**HELD).order_by(Line.id)).all()
    for line in found:
        line.closed_at = time.time()
    standing = LinePlace.line_id.in_([line.id for line in found])
    concerned = set(session.scalars(select(LinePlace.attendee_id).where(standing)))
    session.execute(delete(LinePlace).where(standing))
    return Moved(event_id, concerned)
