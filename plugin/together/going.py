"""How an event goes, for its host: what waits, how quick it is, who takes part. Each person counts once.

Everything is worked out from what the database holds. A number of people under five is not told, nor one that leaves
under five of the others, nor one that follows from what is told.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, func, select, union
from sqlalchemy.orm import Session

from plugin.people.admission import ERASED
from plugin.people.cohosts import HOST_LINK
from plugin.state.db import Database
from plugin.state.encounters import CoffeeBreak, Hello, HelloState, Met, Stay
from plugin.state.models import Attendee, Photo, PhotoState, Wall
from plugin.together import breaks
from plugin.together.stays import WHOLE, desk_of
from plugin.wall import counters
from plugin.wall.counters import FEWEST_SHOWN, shown

COMING = (PhotoState.RECEIVED, PhotoState.PREPARED)
ADDED = (*COMING, PhotoState.HELD, PhotoState.PLACED)
MOST_MET = 6  # met so many or more
STEPS = 48  # of the curve of photos on the wall


@dataclass(frozen=True)
class Share:
    """Some of all. `part` is None where it is not told; `nearly`: because it is all but a few."""

    part: int | None
    whole: int | None
    nearly: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"part": self.part, "whole": self.whole, "nearly": self.nearly}


def share_of(part: int, whole: int) -> Share:
    """As much of it as says nothing about a few people."""
    if whole < FEWEST_SHOWN:
        return Share(None, None)
    if 0 < whole - part < FEWEST_SHOWN:
        return Share(None, whole, nearly=True)
    return Share(shown(part), whole)


def told_of(cells: Sequence[int]) -> list[int | None]:
    """Cells of which the sum is known: small ones are not told, and so many others that those do not follow."""
    hidden = {at for at, number in enumerate(cells) if number < FEWEST_SHOWN}
    others = sorted(set(range(len(cells))) - hidden, key=lambda at: cells[at])
    while others and 0 < sum(cells[at] for at in hidden) < FEWEST_SHOWN:
        hidden.add(others.pop(0))
    return [None if at in hidden else number for at, number in enumerate(cells)]


def numbers(database: Database, event_id: int, here: Set[int] | None) -> dict[str, Any]:
    """`here`: the attendees who are here now; None when nobody knows."""
    with database.read() as session:
        return {
            "now": _now(session, event_id, here),
            "people": _people(session, event_id),
            "breaks": _breaks(session, event_id),
            "sums": counters.sums(session, event_id),
        }


# ---- photos ---------------------------------------------------------------------------------------------------------


def _now(session: Session, event_id: int, here: Set[int] | None) -> dict[str, Any]:
    wall = session.scalars(select(Wall).where(Wall.event_id == event_id)).one()
    query = select(Photo.state, func.count()).where(Photo.wall_id == wall.id).group_by(Photo.state)
    found: dict[PhotoState, int] = {row[0]: row[1] for row in session.execute(query)}
    times = _times(session, wall.id)
    return {
        "placed": wall.count,
        "waiting": found.get(PhotoState.HELD, 0),
        "coming": sum(found.get(state, 0) for state in COMING),
        "refused": found.get(PhotoState.REFUSED, 0),
        "fits": max(0, wall.room - wall.count) if wall.room else None,
        "here": None if here is None else len(here - desk_of(session, event_id)),
        "seconds": _typical([placed - sent for sent, placed in times]),
        "growth": _growth([placed for _, placed in times]),
    }


def _times(session: Session, wall_id: int) -> list[tuple[float, float]]:
    """(when it was sent, when it came onto the wall) of all that are there, in the order in which they came."""
    query = (
        select(Photo.received_at, Photo.placed_at)
        .where(Photo.wall_id == wall_id, Photo.state == PhotoState.PLACED, Photo.placed_at.is_not(None))
        .order_by(Photo.placed_at)
    )
    return [(row.received_at, row.placed_at) for row in session.execute(query)]


def _typical(seconds: Sequence[float]) -> float | None:
    return round(median(seconds), 1) if len(seconds) >= FEWEST_SHOWN else None


def _growth(placed: Sequence[float]) -> list[dict[str, float]]:
    """How many photos the wall had by when, in seconds since the first one: at most so many points."""
    if len(placed) < 2:
        return []
    first, step = placed[0], max(1.0, (placed[-1] - placed[0]) / STEPS)
    counts = {int((at - first) / step): number for number, at in enumerate(placed, 1)}
    return [{"at": round(slot * step), "photos": number} for slot, number in counts.items()]


# ---- people ---------------------------------------------------------------------------------------------------------


def _who(event_id: int) -> tuple[ColumnElement[bool], ...]:
    """Those who came and are still somebody: whoever erased themselves counts nowhere, nor does the desk's own link."""
    return (
        Attendee.event_id == event_id,
        Attendee.user_id != HOST_LINK,
        ~Attendee.user_id.startswith(ERASED),
        Attendee.removed_at.is_(None),
    )


def _people(session: Session, event_id: int) -> dict[str, Any]:
    came = session.scalar(select(func.count()).where(*_who(event_id))) or 0
    met = _met(session, event_id)
    hellos, answered = _hellos(session, event_id)
    who_met = share_of(sum(met), came)
    nobody = None if who_met.part is None else came - who_met.part
    return {
        "came": shown(came),
        "added": share_of(_added(session, event_id), came).as_dict(),
        "met": who_met.as_dict(),
        "met_by_number": [nobody, *told_of(met)],
        "hellos": share_of(answered, hellos).as_dict(),
    }


def _added(session: Session, event_id: int) -> int:
    """How many have a photo there, or one on its way."""
    query = (
        select(func.count(func.distinct(Photo.attendee_id)))
        .join(Attendee, Attendee.id == Photo.attendee_id)
        .where(*_who(event_id), Photo.state.in_(ADDED))
    )
    return session.scalar(query) or 0


def _hellos(session: Session, event_id: int) -> tuple[int, int]:
    """(all, how many of them were answered)."""
    of_event = select(func.count()).where(Hello.event_id == event_id)
    answered = of_event.where(Hello.state == HelloState.ANSWERED)
    return session.scalar(of_event) or 0, session.scalar(answered) or 0


def _met(session: Session, event_id: int) -> list[int]:
    """How many people met one other person, two, and so on; the last cell has those who met more, too.

    Two have met who stood in line together, or of whom one answered the other's hello.
    """
    stood = select(Met.low_id, Met.high_id).where(Met.event_id == event_id)
    spoke = select(Hello.low_id, Hello.high_id).where(
        Hello.event_id == event_id, Hello.state == HelloState.ANSWERED
    )
    pairs = union(stood, spoke).subquery()
    low, high = pairs.c.low_id, pairs.c.high_id
    both = union(
        select(low.label("who"), high.label("whom")), select(high.label("who"), low.label("whom"))
    ).subquery()
    each = (
        select(both.c.who, func.count().label("others"))
        .join(Attendee, Attendee.id == both.c.who)
        .where(*_who(event_id))
        .group_by(both.c.who)
        .subquery()
    )
    cells = [0] * MOST_MET
    for others, people in session.execute(select(each.c.others, func.count()).group_by(each.c.others)):
        cells[min(others, MOST_MET) - 1] += people
    return cells


# ---- breaks ---------------------------------------------------------------------------------------------------------


def _breaks(session: Session, event_id: int) -> list[dict[str, Any]]:
    """The event's breaks that had people in them, and how many were kept to the end of each phase."""
    rows = session.execute(
        select(CoffeeBreak.id, CoffeeBreak.begins_at, Stay.phase, Stay.came, Stay.stayed)
        .join(Stay, Stay.break_id == CoffeeBreak.id)
        .where(CoffeeBreak.event_id == event_id, Stay.came > 0)
        .order_by(CoffeeBreak.begins_at)
    )
    found: dict[int, dict[str, Any]] = {}
    kept: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows:
        found[row.id] = {"began": row.begins_at}
        kept[row.id, row.phase] = share_of(row.stayed, row.came).as_dict()
    return [
        about
        | {"kept": kept.get((break_id, WHOLE))}
        | {"phases": [{"phase": p} | kept[break_id, p] for p in breaks.PHASES if (break_id, p) in kept]}
        for break_id, about in found.items()
    ]
