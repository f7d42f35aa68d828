"""Who met whom, for the weight of a report: it counts from somebody whose own photo was on the wall when they met.

Opening a photo, standing in line and being spoken to are meetings. Nobody is shown them: there is no list of who
looked at whom, and each goes with either of the two.
"""

import threading
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people.visibility import in_parts
from plugin.state.db import Database
from plugin.state.encounters import Encounter, upsert_into
from plugin.state.models import Photo, PhotoState, Wall


def note(session: Session, pairs: Iterable[tuple[int, int]]) -> None:
    """(who, whom) of people who meet now; of those without a photo on the wall nothing is noted."""
    met = set(pairs)
    shown: set[int] = set()
    for some in in_parts({who for who, _ in met}):
        query = select(Photo.attendee_id).where(Photo.attendee_id.in_(some), Photo.state == PhotoState.PLACED)
        shown |= set(session.scalars(query))
    rows = [
        {"attendee_id": who, "other_id": whom} for who, whom in sorted(met) if who in shown and who != whom
    ]
    if rows:
        session.execute(upsert_into(session, Encounter).on_conflict_do_nothing(), rows)


def have_met(session: Session, attendee_id: int, other_id: int) -> bool:
    """Whether the first met the other while their own photo was on the wall."""
    return session.get(Encounter, (attendee_id, other_id)) is not None


class Openings:
    """Photos that were opened, kept until they are written down together: panels report them all the time."""

    def __init__(self) -> None:
        self._waiting: set[tuple[int, int, int]] = set()  # event, who, photo
        self._lock = threading.Lock()

    def opened(self, event_id: int, attendee_id: int, photo_ids: Iterable[int]) -> None:
        with self._lock:
            self._waiting |= {(event_id, attendee_id, photo_id) for photo_id in photo_ids}

    def flush(self, database: Database) -> None:
        """Write down who opened whose photo since the last time."""
        with self._lock:
            waiting, self._waiting = self._waiting, set()
        if not waiting:
            return
        try:
            with database.write() as session:
                owners = _owners(session, {photo_id for _, _, photo_id in waiting})
                found = ((who, owners.get((event_id, photo_id))) for event_id, who, photo_id in waiting)
                note(session, [(who, whom) for who, whom in found if whom is not None])
        except Exception:
            with self._lock:
                self._waiting |= waiting
            raise


def _owners(session: Session, photo_ids: set[int]) -> dict[tuple[int, int], int]:
    """Whose these photos on the wall are, by event and photo."""
    found: dict[tuple[int, int], int] = {}
    for some in in_parts(photo_ids):
        rows = session.execute(
            select(Wall.event_id, Photo.id, Photo.attendee_id)
            .join(Wall, Wall.id == Photo.wall_id)
            .where(Photo.id.in_(some), Photo.state == PhotoState.PLACED)
        )
        found |= {(row.event_id, row.id): row.attendee_id for row in rows}
    return found
