"""One service with one event for a crowd that does not exist: its clock, and how somebody uses it, over HTTP or through
the use cases."""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Protocol

from sqlalchemy import select

from bench.client import Caller, Unanswered
from bench.populace import Member
from plugin.people.refusal import Refusal
from plugin.people.visibility import barred_pairs
from plugin.safety import reports
from plugin.safety.reports import Complaint
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.encounters import (
    Line,
    LinePlace,
)
from plugin.state.models import Attendee
from plugin.together import conversations, hello, lines, standing
from plugin.together.grouping import LARGEST, SMALLEST, Acquaintance, Groups, pairs_of
from plugin.together.hello import Rules
from plugin.together.stroll import Strolls
from plugin.web.request.services import Services
from plugin.web.request.tokens import Pass
from worker.ticking import Ticking
from worker.workshop import open_workshop

OPENER = "photo_like"
ANSWER = "answer_gladly"
MOST_TRIED = 10  # people whose ways to stand together are all looked at: some ten thousand


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
