"""One turn of a break's line: who stands with whom, and how those who come in the middle of it join."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.people.visibility import barred_pairs, pair_of
from plugin.state.encounters import Line, LineKind, LinePlace, Met, upsert_into
from plugin.together import encounter, linewords
from plugin.together.grouping import LARGEST, SMALLEST, Pair, make_groups, pairs_of

TURN_SECONDS = 90.0
# A line forms before it moves for the first time, so that it is not in order of arrival.
GATHERING_SECONDS = 5.0
SHORTEST_TURN = 20.0  # a newcomer joins a group only when there is time to say something
CROWD_LEFT = 30.0  # a rest shorter than this is added to the turn before it


def let_wait(place: LinePlace) -> None:
    """Somebody stands alone until others come."""
    place.group_no, place.stays = None, False


@dataclass
class Turn:
    """One moment of a line in which people are put together."""

    session: Session
    line: Line
    places: list[LinePlace]
    now: float
    phase_left: float
    chance: random.Random

    def begin(self) -> set[int]:
        """Mix all of them anew, but for those of a group who would like to go on with each other."""
        if len(self.places) < 2 or self.phase_left < SHORTEST_TURN:
            last = self.phase_left < SHORTEST_TURN
            self.line.moves_at = self.now + (self.phase_left + 1 if last else GATHERING_SECONDS)
            return set()
        by_id = {place.attendee_id: place for place in self.places}
        staying = self._staying()
        kept = {each for group in staying.values() for each in group}
        left = {each: place.group_no for each, place in by_id.items() if each not in kept}
        met, apart = self._met(), self._apart()
        mixed, alone = make_groups(list(left), met, apart, self.chance)
        self.line.turn += 1
        self.line.moves_at = self.now + self._length()
        groups = {self._next_number(): group for group in mixed}
        for place in self.places:
            place.stays = False
        for each in alone:
            let_wait(by_id[each])
            self._take_along(each, left[each], staying, met, apart)
        self.session.flush()
        return self._put_together(staying | groups, by_id, set(left)) | set(alone)

    def _staying(self) -> dict[int, list[int]]:
        """Those of each group who wish to go on, where there are two at least."""
        wishing = {place.attendee_id for place in self.places if place.stays}
        groups = {
            number: [each for each in group if each in wishing] for number, group in self._groups().items()
        }
        return {number: group for number, group in groups.items() if len(group) >= SMALLEST}

    def _take_along(
        self, person: int, left: int | None, staying: dict[int, list[int]], met: set[Pair], apart: set[Pair]
    ) -> None:
        """Let somebody whom nobody else is there for join a group that stays, and not the one that they have left."""
        open_ones = {number: group for number, group in staying.items() if number != left}
        for known in (met | apart, apart):
            if self._join(person, open_ones, known):
                return

    def _length(self) -> float:
        return self.phase_left if self.phase_left < TURN_SECONDS + CROWD_LEFT else TURN_SECONDS

    def _groups(self) -> dict[int, list[int]]:
        """Who stands together, by the group's number."""
        groups: dict[int, list[int]] = {}
        for place in self.places:
            if place.group_no is not None:
                groups.setdefault(place.group_no, []).append(place.attendee_id)
        return groups

    def take_in(self) -> set[int]:
        """Let those who wait join strangers, or each other."""
        waiting = [place for place in self.places if place.group_no is None]
        if not waiting or not self.line.turn or self.line.moves_at - self.now < SHORTEST_TURN:
            return set()
        by_id = {place.attendee_id: place for place in self.places}
        met, apart = self._met(), self._apart()
        groups = self._groups()
        newcomers = [place.attendee_id for place in waiting]
        self.chance.shuffle(newcomers)
        numbers = {each: self._join(each, groups, met | apart) for each in newcomers}
        changed = {number: groups[number] for number in numbers.values() if number}
        rest = [each for each, number in numbers.items() if not number]
        made, _ = make_groups(rest, met, apart, self.chance)
        strangers = [group for group in made if met.isdisjoint(pairs_of(group))]
        changed |= {self._next_number(): group for group in strangers}
        return self._put_together(changed, by_id, set(newcomers))

    def _next_number(self) -> int:
        """Each group of a line has its own, so that what is said in one is never read in another."""
        taken = max((place.group_no or 0 for place in self.places), default=0)
        self.line.groups = max(self.line.groups, taken) + 1
        return self.line.groups

    def _join(self, person: int, groups: dict[int, list[int]], known: set[Pair]) -> int:
        """Put somebody into the smallest group in which they know nobody; its number, or 0."""
        fitting = [
            number
            for number, group in groups.items()
            if len(group) < LARGEST and not any(pair_of(person, each) in known for each in group)
        ]
        if not fitting:
            return 0
        number = min(fitting, key=lambda each: len(groups[each]))
        groups[number].append(person)
        return number

    def _met(self) -> set[Pair]:
        rows = self.session.execute(
            select(Met.low_id, Met.high_id).where(
                Met.event_id == self.line.event_id, Met.kind == LineKind.BREAK
            )
        )
        return {(row.low_id, row.high_id) for row in rows}

    def _apart(self) -> set[Pair]:
        return barred_pairs(self.session, (place.attendee_id for place in self.places))

    def _put_together(
        self, groups: dict[int, list[int]], by_id: dict[int, LinePlace], newcomers: set[int]
    ) -> set[int]:
        pairs: set[Pair] = set()
        for number, group in groups.items():
            for each in group:
                by_id[each].group_no = number
            pairs |= {pair for pair in pairs_of(group) if not newcomers.isdisjoint(pair)}
        self.session.flush()
        for number in linewords.groups_that_talk(self.session, self.line.id).intersection(groups):
            linewords.let_hear(self.session, self.line.id, number, newcomers.intersection(groups[number]))
        note_met(self.session, self.line.event_id, pairs, LineKind.BREAK, self.now)
        return {each for group in groups.values() for each in group}


def note_met(session: Session, event_id: int, pairs: Iterable[Pair], kind: LineKind, now: float) -> None:
    """These people have stood together."""
    pairs = sorted(pairs)
    encounter.note(session, [each for low, high in pairs for each in ((low, high), (high, low))])
    rows = [
        {"low_id": low, "high_id": high, "event_id": event_id, "kind": kind, "times": 1, "met_at": now}
        for low, high in pairs
    ]
    if not rows:
        return
    adding = upsert_into(session, Met)
    changes: dict[str, Any] = {"times": Met.times + 1, "met_at": adding.excluded.met_at}
    if kind is LineKind.BREAK:
        changes["kind"] = adding.excluded.kind
    session.execute(adding.on_conflict_do_update(index_elements=["low_id", "high_id"], set_=changes), rows)
