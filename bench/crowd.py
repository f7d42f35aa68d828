"""A coffee break with a crowd that does not exist: do people meet, is everybody seen, what does an abuser get?

    python -m bench.crowd                     50 and 300 people over HTTP, 1,000 and 5,000 through the use cases
    python -m bench.crowd --http 50 --direct 1000 --seed 3

Time is simulated: the service's modules get a clock of ours, so that ten minutes take as long as their requests do.
Over HTTP means: the real app behind a real socket, tokens, JSON and limits included. People are shy, usual or bold,
come late, drop out, lose the network for a while; one abuser has several accounts and writes to everybody, in hellos
and in line.
"""

import argparse
import heapq
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Protocol

from redis import Redis
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server

from bench.client import Caller, Unanswered, table
from bench.populace import Member, open_event, settle
from plugin.app import create_app
from plugin.operate.cast import names, stories
from plugin.operate.run import wait_for
from plugin.operate.valkey import redis_answers, server_binary
from plugin.people.refusal import Refusal
from plugin.people.visibility import barred_pairs
from plugin.safety import reports
from plugin.safety.reports import Complaint
from plugin.settings import Settings
from plugin.state.db import Database, migrate
from plugin.state.encounters import (
    Exposure,
    Hello,
    HelloState,
    Line,
    LineHeard,
    LinePlace,
    LineWords,
    Met,
)
from plugin.state.models import Attendee
from plugin.state.storage import Storage
from plugin.together import breaks, conversations, hello, lines, linewords, standing
from plugin.together.grouping import LARGEST, SMALLEST, Acquaintance, Groups, pairs_of
from plugin.together.hello import Rules
from plugin.together.stroll import Strolls
from plugin.web.request.services import EXTENSION, Services
from plugin.web.request.tokens import Pass
from worker.ticking import Ticking
from worker.workshop import open_workshop

SECRET = "only-for-the-benches-and-for-nothing-else"
OPENER = "photo_like"
ANSWER = "answer_gladly"
POLL_SECONDS = 12.0
MOST_TRIED = 10  # people whose ways to stand together are all looked at: some ten thousand
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


class Clock:
    """Stands for the module `time` in the service's modules."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@contextmanager
def simulated() -> Iterator[Clock]:
    """Give every module of the service this clock."""
    clock = Clock()
    modules = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(("plugin.", "worker.")) and getattr(module, "time", None) is time
    ]
    for module in modules:
        vars(module)["time"] = clock
    try:
        yield clock
    finally:
        for module in modules:
            vars(module)["time"] = time


class Door(Protocol):
    """How somebody uses the service."""

    def stroll(self, came_from: int | None, seen: list[int]) -> int | None: ...
    def say(self, photo_id: int) -> bool: ...
    def hellos(self) -> list[dict[str, Any]]: ...
    def answer(self, hello_id: int) -> None: ...
    def decline(self, hello_id: int) -> None: ...
    def report(self, hello_id: int) -> None: ...
    def get_in_line(self) -> bool: ...
    def here(self) -> None: ...
    def line(self) -> dict[str, Any] | None: ...
    def speak(self, words: str, group: int) -> bool: ...
    def stay(self) -> None: ...
    def report_words(self, words_id: int) -> None: ...


class HttpDoor:
    def __init__(self, port: int, token: str) -> None:
        self._caller = Caller(port, token)

    def stroll(self, came_from: int | None, seen: list[int]) -> int | None:
        photo = self._caller.post("/api/stroll", {"from": came_from, "seen": seen})["photo"]
        if photo is None:
            return None
        report = b'{"opened":[{"id":%d,"how":"stroll"}]}' % photo["id"]
        self._caller.call("POST", "/api/opened", report, "application/json")
        return int(photo["id"])

    def say(self, photo_id: int) -> bool:
        return self._tried("/api/hellos", {"photo": photo_id, "opener": OPENER})

    def hellos(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._caller.get("/api/hellos")["hellos"]
        new = [each["id"] for each in found if each["state"] == "new"]
        if new:
            body = f'{{"ids":{new}}}'.encode()
            self._caller.call("POST", "/api/hellos/seen", body, "application/json")
        return found

    def answer(self, hello_id: int) -> None:
        self._tried(f"/api/hellos/{hello_id}/answer", {"opener": ANSWER})

    def decline(self, hello_id: int) -> None:
        self._tried(f"/api/hellos/{hello_id}/decline", {})

    def report(self, hello_id: int) -> None:
        self._tried("/api/report", {"hello": hello_id, "reason": "rude"})

    def get_in_line(self) -> bool:
        return self._tried("/api/line", {})

    def here(self) -> None:
        self._caller.get("/api/line")

    def line(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._caller.get("/api/line")["line"]
        return found

    def speak(self, words: str, group: int) -> bool:
        return self._tried("/api/line/words", {"words": words, "group": group})

    def stay(self) -> None:
        self._tried("/api/line/stay", {"stay": True})

    def report_words(self, words_id: int) -> None:
        self._tried("/api/report", {"words": words_id, "reason": "rude"})

    def _tried(self, path: str, body: Any) -> bool:
        try:
            self._caller.call("POST", path, json.dumps(body).encode(), "application/json")
        except Unanswered as refused:
            if refused.status >= 500:
                raise
            return False
        return True


class DirectDoor:
    """The use cases without a web server."""

    def __init__(self, world: "World", member: Member) -> None:
        self._world = world
        with world.database.read() as session:
            self._me = session.get_one(Attendee, member.attendee_id)
        self._news = False

    def stroll(self, came_from: int | None, seen: list[int]) -> int | None:
        photo, _ = self._world.strolls.next_photo(self._me, came_from, seen)
        return int(photo["id"]) if photo is not None else None

    def say(self, photo_id: int) -> bool:
        try:
            said = hello.say(self._world.database, Rules(), self._me, photo_id, OPENER)
        except Refusal:
            return False
        self._world.news.add(said.other_id)
        return True

    def hellos(self) -> list[dict[str, Any]]:
        if self._me.id not in self._world.news:
            return []
        self._world.news.discard(self._me.id)
        found: list[dict[str, Any]] = conversations.overview(self._world.database, Rules(), self._me)[
            "hellos"
        ]
        new = [each["id"] for each in found if each["state"] == "new"]
        if new:
            hello.see(self._world.database, self._me, new)
        return found

    def answer(self, hello_id: int) -> None:
        self._try(lambda: hello.answer(self._world.database, self._me, hello_id, opener=ANSWER))

    def decline(self, hello_id: int) -> None:
        self._try(lambda: hello.decline(self._world.database, self._me, hello_id))

    def report(self, hello_id: int) -> None:
        complaint = Complaint(hello_id=hello_id, reason="rude")
        storage = self._world.shop.storage
        self._try(lambda: reports.report(self._world.database, storage, self._me, complaint))

    def get_in_line(self) -> bool:
        joined = self._try(lambda: lines.join(self._world.database, self._me))
        self.here()
        return joined

    def here(self) -> None:
        self._world.shop.presence.beat(self._world.event_id, [self._me.id], self._world.clock.now)

    def line(self) -> dict[str, Any] | None:
        self.here()
        found: dict[str, Any] | None = standing.view(self._world.database, self._me)["line"]
        return found

    def speak(self, words: str, group: int) -> bool:
        return self._try(lambda: lines.say(self._world.database, self._me, words, group))

    def stay(self) -> None:
        self._try(lambda: lines.stay(self._world.database, self._me, True))

    def report_words(self, words_id: int) -> None:
        complaint = Complaint(words_id=words_id, reason="rude")
        storage = self._world.shop.storage
        self._try(lambda: reports.report(self._world.database, storage, self._me, complaint))

    def _try(self, action: Any) -> bool:
        try:
            action()
        except Refusal:
            return False
        return True


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


@dataclass
class World:
    """One service with one event and a crowd."""

    clock: Clock
    settings: Settings
    event_id: int
    services: Services
    port: int = 0

    def __post_init__(self) -> None:
        self.database: Database = self.services.database
        self.strolls: Strolls = self.services.batches.strolls
        self.shop = open_workshop(self.settings)
        self.ticking = Ticking(self.shop)
        self.news: set[int] = set()
        self.in_line: Counter[int] = Counter()
        self.met: set[tuple[int, int]] = set()
        self.turns: Counter[int] = Counter()  # line id -> the turn that was looked at
        self.stood = 0
        self.repeats = 0
        self.groups = 0
        self.numbers: set[int] = set()  # of the groups that there were
        self.blocked_together = 0

    def door(self, member: Member) -> Door:
        if not self.port:
            return DirectDoor(self, member)
        token = self.services.tokens.panel(Pass(self.event_id, member.attendee_id, "panel"))
        return HttpDoor(self.port, token)

    def tick(self) -> None:
        """What the sweeper and the web processes do by themselves every second."""
        self.services.batches.flush()
        self.ticking.tick(self.clock.now)
        for line in self._lines():
            self._look_at(line)

    def _lines(self) -> list[Line]:
        with self.database.read() as session:
            return list(session.scalars(select(Line).where(Line.closed_at.is_(None))))

    def _look_at(self, line: Line) -> None:
        """Count who stands together in a new turn, and who has done so before though there was another way."""
        with self.database.read() as session:
            places = session.execute(
                select(LinePlace.attendee_id, LinePlace.group_no).where(LinePlace.line_id == line.id)
            ).all()
        groups: dict[int, list[int]] = {}
        for place in places:
            if place.group_no is not None:
                groups.setdefault(place.group_no, []).append(place.attendee_id)
        if line.turn != self.turns[line.id]:
            self.turns[line.id] = line.turn
            # Whoever wished to stay has chosen a repeat; the others are mixed among themselves.
            mixed = {number: group for number, group in groups.items() if number not in self.numbers}
            people = [each for group in mixed.values() for each in group]
            with self.database.read() as session:
                known = Acquaintance(people, self.met, barred_pairs(session, people))
            if repeats := known.repeats(list(mixed.values())):
                self.repeats += repeats - fewest_repeats(known, people)
            self.groups += len(groups)
            self.stood += sum(len(group) for group in groups.values())
        self.numbers |= set(groups)
        with self.database.read() as session:
            apart = barred_pairs(session, [place.attendee_id for place in places])
        self.blocked_together += sum(pair in apart for group in groups.values() for pair in pairs_of(group))
        for group in groups.values():
            self.in_line.update(group)
            self.met |= set(pairs_of(group))


def fewest_repeats(known: Acquaintance, people: Sequence[int]) -> int:
    """Of all ways to put everybody into groups: where three know each other and five are here, two of them meet again.
    0 where they are too many for that to happen, or to try."""
    if len(people) > MOST_TRIED:
        return 0
    return min(map(known.repeats, _groupings(list(people), known)), default=0)


def _groupings(people: list[int], known: Acquaintance) -> Iterator[Groups]:
    if not people:
        yield []
        return
    first, *others = people
    for size in range(SMALLEST, LARGEST + 1):
        for chosen in combinations(others, size - 1):
            group = [first, *chosen]
            if all(known.may_meet(*pair) for pair in pairs_of(group)):
                rest = [each for each in others if each not in chosen]
                yield from ([group, *more] for more in _groupings(rest, known))


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


def gini(values: list[int]) -> float:
    """0 when all are equal, 1 when one has everything."""
    ordered, total = sorted(values), sum(values)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, 1))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


def judge(run: Run) -> dict[str, Any]:
    world = run.world
    people = [human for human in run.people if human.member is not None]
    honest = [human for human in people if human.kind != "abuser"]
    photo_ids = [human.member.photo_id for human in people if human.member]
    bad = [human.member.attendee_id for human in people if human.kind == "abuser" and human.member]
    with world.database.read() as session:
        shown: dict[int, int] = dict(iter(session.execute(select(Exposure.photo_id, Exposure.shown))))
        rows = session.execute(select(Hello.from_id, Hello.to_id, Hello.state)).all()
        paused = set(session.scalars(select(Attendee.id).where(Attendee.paused_at.is_not(None))))
        met = session.scalars(select(Met.times)).all()
    early = [human.member.photo_id for human in honest if human.arrives < 0.6 * run.length and human.member]
    sent = Counter(row.from_id for row in rows if row.from_id in bad)
    unanswered = Counter(
        row.from_id for row in rows if row.from_id in bad and row.state is not HelloState.ANSWERED
    )
    firsts = [human.first_hello for human in honest if human.first_hello is not None]
    wanted = [human for human in honest if human.is_in_line and human.member]
    together = [human for human in wanted if human.member and world.in_line[human.member.attendee_id]]
    talk = _talked(world, {human.member.attendee_id for human in honest if human.member}, set(bad))
    stood = [len(talk.with_whom[human.member.attendee_id]) for human in together if human.member]
    still = _still_visible(world, run, paused & set(bad))
    return {
        "people": len(honest),
        "abuser's accounts": len(bad),
        "opens": run.opens,
        "opens a head": run.opens / len(people),
        "never opened after as many opens as photos": sum(wait > 1 for wait in run.waits)
        + sum(run.opens - came > run.settled for came in run.came_at.values()),
        "longest wait for a first look, opens a photo": max(run.waits),
        "never opened at the end": sum(not shown.get(photo_id) for photo_id in photo_ids),
        "Gini of opens": round(gini([shown.get(photo_id, 0) for photo_id in early]), 3),
        "hellos sent a head": sum(row.from_id not in bad for row in rows) / len(honest),
        "answered, share": sum(row.state is HelloState.ANSWERED for row in rows if row.from_id not in bad)
        / max(1, sum(row.from_id not in bad for row in rows)),
        "had a hello, share": len(firsts) / len(honest),
        "median seconds to the first hello": statistics.median(firsts) if firsts else 0.0,
        "got in line, share": len(wanted) / len(honest),
        "of those stood with somebody": len(together) / max(1, len(wanted)),
        "people a group": world.stood / max(1, world.groups),
        "pairs that met": len(met),
        "repeated pairs while somebody was unmet": world.repeats,
        "exchanged words in line with a stranger, share of all": sum(map(bool, stood)) / len(honest),
        "the same of those who stood with somebody": sum(map(bool, stood)) / max(1, len(stood)),
        "people talked to in line, median of those": statistics.median(stood) if stood else 0,
        "words said in line a head": talk.said / max(1, len(stood)),
        "blocked pairs in one group": world.blocked_together,
        f"abuser's words in line that one person saw, most (limit {MOST_OF_ABUSER})": talk.most_of_abuser,
        "people who saw an abuser's words in line, most of one account": talk.most_reached,
        "abuser's hellos delivered, most of one account": max(sent.values(), default=0),
        "the same, of those that nobody answered": max(unanswered.values(), default=0),
        "abuser's hellos delivered, all accounts": sum(sent.values()),
        "accounts out of sight after two reports": len(paused & set(bad)),
        "their hellos still seen": still,
    }


@dataclass
class Talked:
    """What was said in line. `with_whom`: whom each honest person said something to and heard something from."""

    with_whom: dict[int, set[int]]
    said: int
    most_of_abuser: int
    most_reached: int


# In a turn somebody hears at most this of one person: eight words a minute, in the minute and a half that it has.
MOST_OF_ABUSER = 2 * linewords.SAID_SOON


def _talked(world: World, honest: set[int], bad: set[int]) -> Talked:
    """Read before the words are deleted, which is when the farewell is over."""
    with world.database.read() as session:
        rows = session.execute(
            select(LineWords.group_no, LineWords.sender_id, LineHeard.attendee_id).join(
                LineHeard, LineHeard.words_id == LineWords.id
            )
        ).all()
        said = session.scalars(select(LineWords.sender_id)).all()
    heard = {(row.sender_id, row.attendee_id) for row in rows}
    of_abusers = Counter(
        (row.group_no, row.sender_id, row.attendee_id) for row in rows if row.sender_id in bad
    )
    reached = Counter(sender for sender, hearer in heard if sender in bad)
    return Talked(
        with_whom={
            each: {other for other in honest if (each, other) in heard and (other, each) in heard}
            for each in honest
        },
        said=sum(sender in honest for sender in said),
        most_of_abuser=max(of_abusers.values(), default=0),
        most_reached=max(reached.values(), default=0),
    )


def _still_visible(world: World, run: Run, paused: set[int]) -> int:
    """How many hellos of paused accounts that nobody answered are still in somebody's list."""
    with world.database.read() as session:
        receivers = set(
            session.scalars(
                select(Hello.to_id).where(Hello.from_id.in_(paused), Hello.state != HelloState.ANSWERED)
            )
        )
    photos = {
        human.member.photo_id for human in run.people if human.member and human.member.attendee_id in paused
    }
    found = 0
    for human in run.people:
        if human.member and human.member.attendee_id in receivers and human.door:
            world.news.add(human.member.attendee_id)
            found += sum(
                not each["mine"] and each["state"] != "answered" and each["person"]["id"] in photos
                for each in human.door.hellos()
            )
    return found


@contextmanager
def valkey() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="mosaic-crowd-"))
    path = folder / "valkey.sock"
    command = [server_binary(os.environ), "--port", "0", "--unixsocket", str(path), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"unix://{path}"
    try:
        wait_for(lambda: redis_answers(url))
        yield url
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


class Quiet(WSGIRequestHandler):
    """Says nothing about each request, and keeps connections open as browsers want it."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        pass


@contextmanager
def world_of(clock: Clock, redis_url: str, *, http: bool) -> Iterator[World]:
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="mosaic-crowd-", dir=shared if shared.is_dir() else None))
    settings = Settings.from_environ(
        {"MOSAIC_SECRET_KEY": SECRET, "MOSAIC_DATA": str(folder), "REDIS_URL": redis_url}
    )
    migrate(settings)
    Storage.of(settings).found()
    app = create_app(settings)
    services: Services = app.extensions[EXTENSION]
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    event_id, _, _ = open_event(services.database)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet) if http else None
    if server is not None:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    world = World(clock, settings, event_id, services, server.port if server else 0)
    try:
        yield world
    finally:
        if server is not None:
            server.shutdown()
        for part in (services, world.shop):
            part.database.dispose()
            part.jobs.close()
        shutil.rmtree(folder, ignore_errors=True)


def simulate(number: int, minutes: int, seed: int, *, http: bool, redis_url: str) -> dict[str, Any]:
    began = time.monotonic()
    chance = random.Random(seed)
    with simulated() as clock, world_of(clock, redis_url, http=http) as world:
        breaks.start(world.database, world.event_id, minutes)
        length = minutes * 60.0
        people = [*crowd(number, length, chance), *abusers(max(3, number // 50), length)]
        run = Run(world, people, length, chance)
        run.play()
        found = judge(run)
    return found | {"seconds it took": round(time.monotonic() - began)}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--http", type=int, nargs="*", default=[50, 300])
    parser.add_argument("--direct", type=int, nargs="*", default=[1000, 5000])
    parser.add_argument("--minutes", type=int, default=5, choices=(5, 10, 15))
    parser.add_argument("--seed", type=int, default=1)
    wishes = parser.parse_args()
    with valkey() as redis_url:
        found = [
            simulate(number, wishes.minutes, wishes.seed, http=http, redis_url=redis_url)
            for http, numbers in ((True, wishes.http), (False, wishes.direct))
            for number in numbers
        ]
    ways = ["HTTP"] * len(wishes.http) + ["use cases"] * len(wishes.direct)
    rows = [["", *ways], *[[name, *(each[name] for each in found)] for name in found[0]]]
    table(f"a coffee break with a simulated crowd, seed {wishes.seed}", rows)


if __name__ == "__main__":
    main()
