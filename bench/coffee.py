"""A coffee break from its beginning to its end, and who is there: shy, usual and bold people, and an abuser."""

import heapq
import random
from dataclasses import dataclass, field

from bench.populace import Member, settle
from bench.world import Door, World
from plugin.operate.cast import names, stories
from plugin.together import breaks, standing

POLL_SECONDS = 12.0
MOST_AT_FULL_PACE = (
    300  # more people than that look at each photo three times as long, so that the bench ends
)
KINDS = {"shy": 0.3, "usual": 0.5, "bold": 0.2}
SAYS = {"shy": 0.03, "usual": 0.12, "bold": 0.35}  # chance of a hello at an opened photo
ANSWERS = {"shy": 0.5, "usual": 0.65, "bold": 0.8}
QUEUES = {"shy": 0.5, "usual": 0.75, "bold": 0.95}  # chance to get in line
REPORTS = 0.3  # chance that somebody reports the abuser's hello, or their words in line
SPEAKS = {
    "shy": 0.25,
    "usual": 0.45,
    "bold": 0.7,
}  # chance to say something at each look at those in line with one
STAYS = {"shy": 0.05, "usual": 0.1, "bold": 0.1}  # chance to wish to stay, at each look
FRESH_SECONDS = 8.0  # how often somebody in line looks
WORDS = (
    "In a small town by the sea",
    "And where are you?",
    "How nice",
    "I did not know that",
    "Tell me more",
)
ABUSE = "Write to me outside of here"
LATE, DROPPING, OFFLINE = 0.25, 0.1, 0.15


@dataclass
class Human:
    """Somebody who is or will be there; times are seconds since the break began."""

    kind: str
    arrives: float
    leaves: float
    offline: tuple[float, float]
    dwell: float
    queues: bool
    only_in_line: bool = False  # says hello to nobody
    member: Member | None = None
    door: Door | None = None
    seen: list[int] = field(default_factory=list)
    queued: bool = False
    is_in_line: bool = False
    first_hello: float | None = None
    polled: float = 0.0
    looked: float = 0.0
    complained: set[int] = field(default_factory=set)  # the photos of whom they reported in line
    considered: set[int] = field(default_factory=set)

    def is_away(self, now: float) -> bool:
        return self.offline[0] <= now < self.offline[1]


def crowd(number: int, length: float, chance: random.Random) -> list[Human]:
    pace = 1 if number <= MOST_AT_FULL_PACE else 3
    kinds = chance.choices(list(KINDS), list(KINDS.values()), k=number)
    people = []
    for kind in kinds:
        late = chance.random() < LATE
        arrives = chance.uniform(60, 0.6 * length) if late else chance.expovariate(1 / 15)
        leaves = arrives + chance.uniform(60, length) if chance.random() < DROPPING else length
        lost = chance.uniform(0, length) if chance.random() < OFFLINE else length + 1
        people.append(
            Human(
                kind=kind,
                arrives=arrives,
                leaves=leaves,
                offline=(lost, lost + chance.uniform(15, 60)),
                dwell=pace * chance.uniform(6, 16),
                queues=chance.random() < QUEUES[kind],
            )
        )
    return people


def abusers(accounts: int, length: float) -> list[Human]:
    """One person with many accounts, there from the beginning and quick; every third waits for the line."""
    away = (length + 1, length + 1)
    return [
        Human("abuser", 5.0 + each, length, away, 2.0, queues=True, only_in_line=each % 3 == 0)
        for each in range(accounts)
    ]


@dataclass
class Run:
    """One break from its beginning to its end."""

    world: World
    people: list[Human]
    length: float
    chance: random.Random
    opens: int = 0
    settled: int = 0
    came_at: dict[int, int] = field(default_factory=dict)  # photo nobody has opened -> opens when it came
    waits: list[float] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)

    def play(self) -> None:
        began = self.world.clock.now
        cast = zip(names(self.chance), stories(self.chance), strict=False)
        waiting = [(human.arrives, number) for number, human in enumerate(self.people)]
        heapq.heapify(waiting)
        ticked = 0.0
        while waiting and waiting[0][0] < self.length:
            now, number = heapq.heappop(waiting)
            while ticked + 1 <= now:
                ticked += 1
                self.world.clock.now = began + ticked
                self.world.tick()
            self.world.clock.now = began + now
            human = self.people[number]
            if human.member is None:
                name, story = next(cast, (f"Person {number}", "I have no words for it"))
                members = settle(self.world.database, self.world.event_id, [(name, story)], began + now)
                human.member, human.door = members[0], self.world.door(members[0])
                self.settled += 1
                self.came_at[members[0].photo_id] = self.opens
                if human.kind == "abuser":
                    self.bad.add(members[0].photo_id)
            if now < human.leaves:
                if not human.is_away(now):
                    self._act(human, now)
                pause = human.dwell if human.kind == "abuser" else self.chance.expovariate(1 / human.dwell)
                heapq.heappush(waiting, (now + max(1.0, pause), number))
        self.world.clock.now = began + self.length + 2
        self.world.tick()

    def _act(self, human: Human, now: float) -> None:
        door = human.door
        assert door is not None
        if now - human.polled > POLL_SECONDS:
            human.polled = now
            if human.kind != "abuser":
                self._look_at_hellos(human, door, now)
        if human.queues and not human.queued and self._phase(now) == breaks.LINE:
            human.queued = True
            human.is_in_line = door.get_in_line()
        if human.is_in_line and now - human.looked >= (0 if human.kind == "abuser" else FRESH_SECONDS):
            human.looked = now
            self._talk_in_line(human, door)
        self._stroll(human, door, now)

    def _talk_in_line(self, human: Human, door: Door) -> None:
        line = door.line()
        if line is None or line["state"] != standing.TOGETHER:
            return
        if human.kind == "abuser":
            door.speak(ABUSE, line["group"])
            return
        for said in line["words"]:
            if said["photo"] in self.bad and said["photo"] not in human.complained:
                human.complained.add(said["photo"])
                if self.chance.random() < REPORTS:
                    door.report_words(said["id"])
                    return
        others_spoke = bool(line["words"]) and not line["words"][-1]["mine"]
        chance = SPEAKS[human.kind] * (1.5 if others_spoke else 1.0)
        if self.chance.random() < chance:
            door.speak(WORDS[0] if not line["answered"] else self.chance.choice(WORDS[1:]), line["group"])
        if self.chance.random() < STAYS[human.kind]:
            door.stay()

    def _phase(self, now: float) -> str:
        pour, stroll = breaks.SHARES[breaks.POUR], breaks.SHARES[breaks.STROLL]
        share = now / self.length
        return breaks.POUR if share < pour else breaks.STROLL if share < pour + stroll else breaks.LINE

    def _stroll(self, human: Human, door: Door, now: float) -> None:
        photo_id = door.stroll(human.seen[-1] if human.seen else None, human.seen[-500:])
        if photo_id is None:
            return
        human.seen.append(photo_id)
        self._note_open(photo_id)
        if human.only_in_line:
            return
        if self.chance.random() < (1.0 if human.kind == "abuser" else SAYS[human.kind]) and door.say(
            photo_id
        ):
            human.first_hello = human.first_hello or now - human.arrives

    def _note_open(self, photo_id: int) -> None:
        """Note how long a photo waited for its first look, in opens of any photo as a share of the photos there are."""
        self.opens += 1
        came = self.came_at.pop(photo_id, None)
        if came is not None:
            self.waits.append((self.opens - came) / self.settled)

    def _look_at_hellos(self, human: Human, door: Door, now: float) -> None:
        for found in door.hellos():
            if found["mine"] or found["id"] in human.considered or found["state"] == "answered":
                continue
            human.considered.add(found["id"])
            human.first_hello = human.first_hello or now - human.arrives
            lot = self.chance.random()
            if found["person"]["id"] in self.bad:
                if lot < REPORTS:
                    door.report(found["id"])
            elif lot < ANSWERS[human.kind]:
                door.answer(found["id"])
            elif lot > 0.9:
                door.decline(found["id"])
