"""Who stands together in line: groups of two to four, by chance alone. Pure.

Rules, the first before the second: nobody stands alone who could stand with anybody; nobody meets the same person
again while there is somebody here whom they have not met. Where no grouping keeps the second rule, the one with the
fewest repeats is taken. People who block each other never stand together.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from random import Random

SMALLEST, LARGEST = 2, 4
SIZES = (2, 3, 3, 4)  # drawn from: three is what a talk by chance likes best
TRIES = 24
TRIES_AMONG_FEW = 200
FEW = 12

Pair = tuple[int, int]
Groups = list[list[int]]
Fits = Callable[[int, int], bool]


class Acquaintance:
    """Who has met whom, and who must not meet, among the people here."""

    def __init__(self, people: Iterable[int], met: Iterable[Pair], apart: Iterable[Pair] = ()) -> None:
        here = set(people)
        self._met: dict[int, set[int]] = {each: set() for each in here}
        self._apart: dict[int, set[int]] = {each: set() for each in here}
        for known, pairs in ((self._met, met), (self._apart, apart)):
            for one, other in pairs:
                if one in here and other in here:
                    known[one].add(other)
                    known[other].add(one)
        self._everybody = len(here)

    def are_strangers(self, one: int, other: int) -> bool:
        return other not in self._met[one] and other not in self._apart[one]

    def may_meet(self, one: int, other: int) -> bool:
        return other not in self._apart[one]

    def strangers(self, one: int) -> int:
        """How many here this person could meet for the first time."""
        return self._everybody - 1 - len(self._met[one] | self._apart[one])

    def repeats(self, groups: Groups) -> int:
        """Pairs put together again of whom at least one has strangers left."""
        return sum(
            other in self._met[one] and bool(self.strangers(one) or self.strangers(other))
            for group in groups
            for one, other in pairs_of(group)
        )


def pairs_of(group: Sequence[int]) -> Iterable[Pair]:
    """Every two of a group, the smaller id first."""
    ordered = sorted(group)
    return ((one, other) for at, one in enumerate(ordered) for other in ordered[at + 1 :])


def make_groups(
    people: Collection[int], met: Iterable[Pair], apart: Iterable[Pair], chance: Random
) -> tuple[Groups, list[int]]:
    """(groups, those who are left alone because nobody may stand with them)."""
    known = Acquaintance(people, met, apart)
    best: tuple[tuple[int, int], Groups, list[int]] | None = None
    few = len(people) <= FEW
    tries = TRIES_AMONG_FEW if few else TRIES
    for attempt in range(tries):
        # Pairs leave the most strangers for later turns: where people are few, or larger groups do not work out.
        sizes = (SMALLEST,) if few or attempt >= tries // 3 else SIZES
        groups, alone = _try(list(people), known, sizes, chance)
        price = len(alone), known.repeats(groups)
        if best is None or price < best[0]:
            best = price, groups, alone
        if price == (0, 0):
            break
    return (best[1], best[2]) if best else ([], [])


def _try(
    people: list[int], known: Acquaintance, sizes: Sequence[int], chance: Random
) -> tuple[Groups, list[int]]:
    chance.shuffle(people)
    # Whoever has the fewest strangers left chooses first; the shuffle decides among equals.
    waiting = dict.fromkeys(sorted(people, key=known.strangers))
    groups: Groups = []
    leftover: list[int] = []
    while waiting:
        first = next(iter(waiting))
        del waiting[first]
        group = _gather(first, waiting, known, chance.choice(sizes), chance)
        if len(group) > 1:
            groups.append(group)
        else:
            leftover.append(first)
    return groups, _find_room(leftover, groups, known, chance)


def _gather(
    first: int, waiting: dict[int, None], known: Acquaintance, size: int, chance: Random
) -> list[int]:
    """Take strangers to each other out of those who wait, by chance among the next ones."""
    group = [first]
    passed = 0
    for other in _some(waiting, chance):
        if all(known.are_strangers(other, each) for each in group):
            group.append(other)
            del waiting[other]
            if len(group) == size:
                break
        else:
            passed += 1
            if passed > 64 and len(group) > 1:
                break
    return group


def _some(waiting: dict[int, None], chance: Random) -> list[int]:
    """Those who wait, in an order by chance that keeps the choosy ones in front."""
    everyone = list(waiting)
    front = everyone[:48]
    chance.shuffle(front)
    return front + everyone[48:]


def _find_room(leftover: list[int], groups: Groups, known: Acquaintance, chance: Random) -> list[int]:
    """Put those who are left with others: as strangers, else by making a pair of two, else as a repeat."""
    alone = []
    while leftover:
        person = leftover.pop()
        if any(_settle(person, groups, known, fits) for fits in (known.are_strangers, known.may_meet)):
            continue
        partner = next((each for each in leftover if known.may_meet(person, each)), None)
        if partner is not None:
            leftover.remove(partner)
            groups.append([person, partner])
        else:
            alone.append(person)
    chance.shuffle(groups)
    return alone


def _settle(person: int, groups: Groups, known: Acquaintance, fits: Fits) -> bool:
    """Let somebody join the group with the fewest repeats, or make a pair with one of a group of three or four."""
    open_ones = [
        group for group in groups if len(group) < LARGEST and all(fits(person, each) for each in group)
    ]
    if open_ones:
        repeats = [sum(not known.are_strangers(person, each) for each in group) for group in open_ones]
        open_ones[repeats.index(min(repeats))].append(person)
        return True
    for group in groups:
        partner = next((each for each in group if fits(person, each)), None)
        if len(group) > SMALLEST and partner is not None:
            group.remove(partner)
            groups.append([partner, person])
            return True
    return False
