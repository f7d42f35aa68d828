"""Who stays through a break: how many different people were here in each of its phases, and how many at its end.

Who they are is known in Redis only, for as long as a break lasts; the database gets sums. Each look writes them as they
are, so that the last one before a phase is over stands for its end, whatever process made it.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people.cohosts import HOST_LINK
from plugin.state.db import Database
from plugin.state.encounters import Stay, upsert_into
from plugin.state.models import Attendee
from plugin.state.presence import Presence
from plugin.together import breaks

LOOK_SECONDS = 5.0
WHOLE = ""  # in place of a phase: the break from its beginning to its end


class Stays:
    """Looks every few seconds at the breaks that run."""

    def __init__(self, database: Database, presence: Presence) -> None:
        self._database = database
        self._presence = presence
        self._looked_at = 0.0

    def look(self, now: float) -> None:
        """Note who is here at `now` (seconds since 1970), if it is time to."""
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        for break_id, event_id, phase in breaks.running(self._database, now):
            if phase in breaks.PHASES:
                self._note(break_id, event_id, phase, now)

    def _note(self, break_id: int, event_id: int, phase: str, now: float) -> None:
        with self._database.read() as session:
            desk = desk_of(session, event_id)
        for each in (phase, WHOLE):
            found = self._presence.gather(f"{break_id}:{each}", event_id, now, desk)
            if found is not None:
                self._write(break_id, each, *found)

    def _write(self, break_id: int, phase: str, came: int, stayed: int) -> None:
        with self._database.write() as session:
            adding = upsert_into(session, Stay)
            values = {"came": came, "stayed": stayed}
            session.execute(
                adding.on_conflict_do_update(index_elements=["break_id", "phase"], set_=values),
                [{"break_id": break_id, "phase": phase, **values}],
            )


def desk_of(session: Session, event_id: int) -> set[int]:
    """Whoever sits at the desk by the host link: they are somebody else in the panel, and count there."""
    query = select(Attendee.id).where(Attendee.event_id == event_id, Attendee.user_id == HOST_LINK)
    return set(session.scalars(query))
