"""Numbers about an event and about nobody: how often things happened, added up in batches.

A web process adds in memory and writes a sum every second or two; the host never sees a number under five, which
could be about somebody.
"""

import threading
from collections import Counter
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.state.db import Database
from plugin.state.encounters import Count, Report, ReportState, upsert_into
from plugin.state.models import Photo, PhotoState, Wall

EVENTS = (
    "photo_sent", "opened_photo", "stroll_step", "hello_sent", "hello_seen", "hello_answered",
    "declined", "blocked", "reported", "left",
)  # fmt: skip
FIRST_PHOTO = "first_photo"  # seconds from joining to sending; the detail is a span
FIRST_HELLO = "first_hello"
SPANS = (15, 30, 45, 60, 120, 240, 480)  # seconds
LONGER = "longer"
FEWEST_SHOWN = 5


def span_of(seconds: float) -> str:
    """The span that a duration falls into, named by its end."""
    return next((str(span) for span in SPANS if seconds <= span), LONGER)


class Tally:
    """Counts of this process that are not in the database yet."""

    def __init__(self) -> None:
        self._sums: Counter[tuple[int, str, str]] = Counter()
        self._lock = threading.Lock()

    def note(self, event_id: int, name: str, detail: str = "", number: int = 1) -> None:
        with self._lock:
            self._sums[event_id, name, detail] += number

    def flush(self, database: Database) -> None:
        """Add what was counted to the database; what cannot be written now is kept for the next time."""
        with self._lock:
            sums, self._sums = self._sums, Counter()
        if not sums:
            return
        try:
            _add(database, sums)
        except Exception:
            with self._lock:
                self._sums.update(sums)
            raise


def _add(database: Database, sums: Counter[tuple[int, str, str]]) -> None:
    rows = [
        {"event_id": event_id, "name": name, "detail": detail, "number": number}
        for (event_id, name, detail), number in sorted(sums.items())
    ]
    with database.write() as session:
        adding = upsert_into(session, Count)
        session.execute(
            adding.on_conflict_do_update(
                index_elements=["event_id", "name", "detail"],
                set_={"number": Count.number + adding.excluded.number},
            ),
            rows,
        )


def sums(session: Session, event_id: int) -> dict[str, Any]:
    """How often what happened in an event; None stands for fewer than five."""
    rows = session.execute(
        select(Count.name, Count.detail, Count.number).where(Count.event_id == event_id)
    ).all()
    found = {(row.name, row.detail): row.number for row in rows}
    return {
        "numbers": {name: shown(found.get((name, ""), 0)) for name in EVENTS},
        FIRST_PHOTO: _spans(found, FIRST_PHOTO),
        FIRST_HELLO: _spans(found, FIRST_HELLO),
    }


def waits(database: Database, event_id: int) -> dict[str, int]:
    """What waits for a host: photos to look at, and people who were reported."""
    with database.read() as session:
        wall_id = select(Wall.id).where(Wall.event_id == event_id).scalar_subquery()
        held = select(func.count()).where(Photo.wall_id == wall_id, Photo.state == PhotoState.HELD)
        reported = select(func.count(func.distinct(Report.reported_id))).where(
            Report.event_id == event_id, Report.state == ReportState.OPEN
        )
        return {"photos": session.scalar(held) or 0, "reports": session.scalar(reported) or 0}


def _spans(found: dict[tuple[str, str], int], name: str) -> list[dict[str, Any]]:
    spans = [{"within": span, "people": shown(found.get((name, str(span)), 0))} for span in SPANS]
    return [*spans, {"within": None, "people": shown(found.get((name, LONGER), 0))}]


def shown(number: int) -> int | None:
    """The number, or None where it is so small that it could be about somebody."""
    return number if number >= FEWEST_SHOWN else None
