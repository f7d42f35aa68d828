"""Use cases of the stroll: the next photo, the neighbours on the wall, and how often each photo was shown.

Least seen first, and by chance among those: never by likeness and never by popularity. Each web process keeps the
walls that are strolled on in memory; the database has the truth about who may be shown and, added up every second or
two, how often each photo was.
"""

import math
import random
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from plugin.people.visibility import barred, in_parts, in_sight
from plugin.state.db import Database
from plugin.state.encounters import Exposure, Hello, upsert_into
from plugin.state.models import Attendee, Photo, PhotoState, Placement, Wall
from plugin.together.leastseen import LeastSeen
from plugin.wall import watching

LOOK_SECONDS = 0.1  # how soon a photo that was just placed can be strolled to
LOAD_SHARE = 20  # a whole wall is not read again for so many times as long as reading it took
COUNT_SECONDS = 2.0  # how old other processes' counts may be
RELOAD_SECONDS = 30.0
OVERLAP_SECONDS = 10.0  # clocks of several machines differ a little
WALLS_KEPT = 64
SEEN_AT_MOST = 500
AT_ONCE = 8  # candidates that are looked up in one query
LOOKS_AT_MOST = 25
FAR_OF = 4  # the farthest of so many equally good ones: a jump across the wall
NEIGHBOURS = 8
# Made once: each step asks for it.
WALL_OF = select(Wall.id, Wall.revision, Wall.columns, Wall.rows).where(Wall.event_id == bindparam("event"))


@dataclass(eq=False)
class Walk:
    """A wall as strollers of this process see it."""

    wall_id: int
    revision: int = -1
    columns: int = 0
    rows: int = 0
    loaded_at: float = -math.inf
    load_took: float = 0.0  # seconds of this process
    looked_at: float = 0.0
    counted_at: float = 0.0
    counted_until: float = 0.0
    seen: LeastSeen = field(default_factory=LeastSeen)
    owners: dict[int, int] = field(default_factory=dict)  # photo id -> attendee id
    homes: dict[int, int] = field(default_factory=dict)  # photo id -> cell
    at: dict[int, int] = field(default_factory=dict)  # cell -> photo id
    unwritten: Counter[int] = field(default_factory=Counter)

    def distance(self, one: int, other: int) -> int:
        """In cells, squared; 0 where one of them has no home."""
        here, there = self.homes.get(one), self.homes.get(other)
        if here is None or there is None or not self.columns:
            return 0
        y, x = divmod(here, self.columns)
        v, u = divmod(there, self.columns)
        return (x - u) ** 2 + (y - v) ** 2

    def around(self, photo_id: int) -> Iterator[int]:
        """The other photos by the distance of their homes, ring by ring; lazy."""
        home = self.homes.get(photo_id)
        if home is None or not self.columns:
            return
        y, x = divmod(home, self.columns)
        waiting: list[int] = []
        for radius in range(1, max(self.columns, self.rows) + 1):
            waiting += [self.at[cell] for cell in self._ring(x, y, radius) if cell in self.at]
            waiting.sort(key=lambda other: self.distance(photo_id, other))
            # What lies outside this square is farther than its radius.
            while waiting and self.distance(photo_id, waiting[0]) <= (radius + 1) ** 2:
                yield waiting.pop(0)
        yield from waiting

    def _ring(self, x: int, y: int, radius: int) -> Iterator[int]:
        """The cells of the square around (x, y) that are on the grid."""
        for v in range(max(0, y - radius), min(self.rows, y + radius + 1)):
            whole = abs(v - y) == radius
            for u in range(x - radius, x + radius + 1, 1 if whole else 2 * radius):
                if 0 <= u < self.columns:
                    yield v * self.columns + u


class Strolls:
    """All walls that this process has strollers on."""

    def __init__(self, database: Database, chance: random.Random | None = None) -> None:
        self._database = database
        self._chance = chance or random.Random()  # noqa: S311 - which photo comes next is no secret
        self._walks: OrderedDict[int, Walk] = OrderedDict()
        self._lock = threading.RLock()

    def next_photo(
        self,
        attendee: Attendee,
        came_from: int | None,
        seen: Collection[int],
        near: Collection[int] = (),
        here: Collection[int] = (),
    ) -> tuple[dict[str, Any] | None, bool]:
        """The next stop of this person, and whether they have seen all there is and it goes round anew.

        `near` are the attendees in the same room: they come before all others. `here` are photos of people who can
        answer now: they come before their equals, and never before somebody who was seen less.
        """
        known: set[int | None] = {*list(seen)[-SEEN_AT_MOST:], came_from}
        with self._lock, self._database.look() as session:
            walk = self._walk(session, attendee.event_id)
            first = self._in_order(walk, _of(session, near)) if near else iter(())
            for photos, skip, again in (
                (first, known, False),
                (walk.seen.in_order(self._chance), known, False),
                (walk.seen.in_order(self._chance), {came_from}, True),
            ):
                found = self._choose(session, walk, attendee, came_from, photos, skip, here)
                if found is not None:
                    self._note(walk, found["id"])
                    return found, again
        return None, False

    def _in_order(self, walk: Walk, photo_ids: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Some of the photos as all of them come: least shown first, by chance among equals."""
        known = [photo_id for photo_id in photo_ids if photo_id in walk.seen]
        self._chance.shuffle(known)
        return iter(sorted(((walk.seen.times(each), each) for each in known), key=lambda pair: pair[0]))

    def _choose(
        self,
        session: Session,
        walk: Walk,
        attendee: Attendee,
        came_from: int | None,
        photos: Iterator[tuple[int, int]],
        skip: Collection[int | None],
        here: Collection[int],
    ) -> dict[str, Any] | None:
        in_order = (
            (times, photo_id)
            for times, photo_id in photos
            if photo_id not in skip and walk.owners[photo_id] != attendee.id
        )
        reserve: dict[str, Any] | None = None
        for _ in range(LOOKS_AT_MOST):
            some = list(islice(in_order, AT_ONCE))
            if not some:
                break
            visible = _visible(session, attendee, [photo_id for _, photo_id in some])
            good = [(times, visible[photo_id]) for times, photo_id in some if photo_id in visible]
            if good and attendee.greeter and good[0][0]:
                # Nobody waits for a first look: greeters are shown who had no hello yet.
                reserve = reserve or self._farthest(walk, came_from, good, here)
                greeted = _greeted(session, visible)
                good = [each for each in good if each[1]["id"] not in greeted]
            if good:
                return self._farthest(walk, came_from, good, here)
        return reserve

    def _farthest(
        self,
        walk: Walk,
        came_from: int | None,
        good: list[tuple[int, dict[str, Any]]],
        here: Collection[int],
    ) -> dict[str, Any]:
        equals = [person for times, person in good if times == good[0][0]]
        equals = ([person for person in equals if person["id"] in here] or equals)[:FAR_OF]
        if came_from is None:
            return equals[0]
        return max(equals, key=lambda person: walk.distance(came_from, person["id"]))

    def next_door(self, attendee: Attendee, photo_id: int) -> list[dict[str, Any]]:
        """Whose homes are nearest to that of a photo, nearest first."""
        with self._lock, self._database.look() as session:
            walk = self._walk(session, attendee.event_id)
            others = (each for each in walk.around(photo_id) if walk.owners[each] != attendee.id)
            found: list[dict[str, Any]] = []
            for _ in range(LOOKS_AT_MOST):
                some = list(islice(others, NEIGHBOURS))
                if not some:
                    break
                visible = _visible(session, attendee, some)
                found += [visible[each] for each in some if each in visible]
                if len(found) >= NEIGHBOURS:
                    break
        return found[:NEIGHBOURS]

    def nearest(self, event_id: int, photo_id: int, number: int) -> list[int]:
        """The photo and its nearest neighbours on the wall, `number` in all."""
        with self._lock, self._database.look() as session:
            walk = self._walk(session, event_id)
            return [photo_id, *islice(walk.around(photo_id), number - 1)]

    def step_forward(self, event_id: int, photo_ids: Collection[int], number: int) -> list[int]:
        """The least shown of these photos, by chance among equals; each counts as shown once more."""
        with self._lock, self._database.look() as session:
            walk = self._walk(session, event_id)
            known = [photo_id for photo_id in photo_ids if photo_id in walk.seen]
            self._chance.shuffle(known)
            chosen = sorted(known, key=walk.seen.times)[:number]
            for photo_id in chosen:
                self._note(walk, photo_id)
        return chosen

    def opened(self, event_id: int, photo_ids: Iterable[int]) -> int:
        """Somebody opened these photos in another way than by strolling. Returns how many are on the wall."""
        with self._lock, self._database.look() as session:
            walk = self._walk(session, event_id)
            known = [photo_id for photo_id in photo_ids if photo_id in walk.seen]
            for photo_id in known:
                self._note(walk, photo_id)
        return len(known)

    def wandered(self, event_id: int, viewer_id: int, photo_ids: Iterable[int]) -> None:
        """A panel showed these by itself, on its way across the wall; its owner's own photo does not count."""
        with self._lock, self._database.look() as session:
            walk = self._walk(session, event_id)
            for photo_id in photo_ids:
                if photo_id in walk.seen and walk.owners[photo_id] != viewer_id:
                    self._note(walk, photo_id)

    def _note(self, walk: Walk, photo_id: int) -> None:
        walk.seen.shown(photo_id)
        walk.unwritten[photo_id] += 1

    def _known(self, wall_id: int) -> Walk:
        """What is kept of a wall; the one that was asked for least recently goes."""
        if wall_id not in self._walks:
            self._walks[wall_id] = Walk(wall_id)
            if len(self._walks) > WALLS_KEPT:
                self._forget_one()
        self._walks.move_to_end(wall_id)
        return self._walks[wall_id]

    def _walk(self, session: Session, event_id: int) -> Walk:
        row = session.execute(WALL_OF, {"event": event_id}).one()
        walk = self._known(row.id)
        now = time.monotonic()
        since = now - walk.loaded_at
        changed = walk.revision != row.revision or since > RELOAD_SECONDS
        if changed and since > max(LOOK_SECONDS, LOAD_SHARE * walk.load_took):
            began = time.thread_time()
            _load(session, walk)
            walk.revision, walk.columns, walk.rows = row.revision, row.columns, row.rows
            walk.loaded_at = walk.looked_at = walk.counted_at = now
            walk.load_took = time.thread_time() - began
        elif changed and now - walk.looked_at > LOOK_SECONDS:
            _add_the_newest(session, walk)
            walk.looked_at = now
        elif now - walk.counted_at > COUNT_SECONDS:
            _count_on(session, walk)
            walk.counted_at = now
        return walk

    def _forget_one(self) -> None:
        """Let the wall go that was strolled on longest ago, once its counts are written."""
        oldest = next(iter(self._walks.values()))
        if not oldest.unwritten:
            del self._walks[oldest.wall_id]

    def flush(self) -> None:
        """Write down how often photos were shown since the last time."""
        with self._lock:
            waiting = {walk.wall_id: walk.unwritten for walk in self._walks.values() if walk.unwritten}
            for wall_id in waiting:
                self._walks[wall_id].unwritten = Counter()
        for wall_id, shown in waiting.items():
            try:
                _write(self._database, wall_id, shown)
            except Exception:
                with self._lock:
                    self._walks.setdefault(wall_id, Walk(wall_id)).unwritten.update(shown)
                raise


def _visible(session: Session, attendee: Attendee, photo_ids: list[int]) -> dict[int, dict[str, Any]]:
    """The cards of those among these photos that this person may be shown."""
    found = watching.details_of(session, photo_ids, barred(session, attendee.id))
    return {each["id"]: each for each in found if not each["hidden"]}


def _of(session: Session, attendee_ids: Iterable[int]) -> list[int]:
    """The photos of these people that are on a wall."""
    found: list[int] = []
    for some in in_parts(attendee_ids):
        query = select(Photo.id).where(Photo.attendee_id.in_(some), Photo.state == PhotoState.PLACED)
        found += session.scalars(query)
    return found


def _greeted(session: Session, photo_ids: Iterable[int]) -> set[int]:
    """Those whose owner somebody said hello to."""
    query = (
        select(Photo.id).join(Hello, Hello.to_id == Photo.attendee_id).where(Photo.id.in_(list(photo_ids)))
    )
    return set(session.scalars(query))


def _load(session: Session, walk: Walk) -> None:
    """Who is on the wall and in sight, where, and how often each was shown."""
    walk.counted_until = time.time()
    rows = session.execute(_strollable(walk)).all()
    walk.owners = {photo_id: owner for photo_id, _, owner, _ in rows}
    walk.homes = {photo_id: cell for photo_id, cell, _, _ in rows}
    walk.at = {cell: photo_id for photo_id, cell in walk.homes.items()}
    for photo_id in [each for each in walk.seen if each not in walk.owners]:
        walk.seen.remove(photo_id)
    for photo_id, _, _, shown in rows:
        walk.seen.put(photo_id, shown + walk.unwritten[photo_id])


def _add_the_newest(session: Session, walk: Walk) -> None:
    """Photos that came after all that are known: most of what changes a wall, and quickly found."""
    newest = max(walk.owners, default=0)
    for photo_id, cell, owner, shown in session.execute(_strollable(walk).where(Photo.id > newest)):
        walk.owners[photo_id], walk.homes[photo_id], walk.at[cell] = owner, cell, photo_id
        walk.seen.put(photo_id, shown + walk.unwritten[photo_id])


def _strollable(walk: Walk) -> Select[int, int, int, int]:
    return (
        select(Placement.photo_id, Placement.cell, Photo.attendee_id, func.coalesce(Exposure.shown, 0))
        .join(Photo, Photo.id == Placement.photo_id)
        .join(Attendee, Attendee.id == Photo.attendee_id)
        .outerjoin(Exposure, Exposure.photo_id == Photo.id)
        .where(Placement.wall_id == walk.wall_id, Photo.wall_id == walk.wall_id)
        .where(Photo.state == PhotoState.PLACED, in_sight())
    )


def _count_on(session: Session, walk: Walk) -> None:
    """What other processes wrote down meanwhile."""
    since, walk.counted_until = walk.counted_until - OVERLAP_SECONDS, time.time()
    rows = session.execute(
        select(Exposure.photo_id, Exposure.shown).where(
            Exposure.wall_id == walk.wall_id, Exposure.changed_at > since
        )
    )
    for photo_id, shown in rows:
        if photo_id in walk.seen:
            walk.seen.put(photo_id, shown + walk.unwritten[photo_id])


def _write(database: Database, wall_id: int, shown: Counter[int]) -> None:
    now = time.time()
    with database.write() as session:
        still_there = _still_there(session, shown)
        rows = [
            {"photo_id": photo_id, "wall_id": wall_id, "shown": times, "changed_at": now}
            for photo_id, times in sorted(shown.items())
            if photo_id in still_there
        ]
        if rows:
            adding = upsert_into(session, Exposure)
            session.execute(
                adding.on_conflict_do_update(
                    index_elements=["photo_id"],
                    set_={
                        "shown": Exposure.shown + adding.excluded.shown,
                        "changed_at": adding.excluded.changed_at,
                    },
                ),
                rows,
            )


def _still_there(session: Session, photo_ids: Iterable[int]) -> set[int]:
    found: set[int] = set()
    for some in in_parts(photo_ids):
        found |= set(session.scalars(select(Photo.id).where(Photo.id.in_(some))))
    return found
