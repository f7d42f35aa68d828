"""Two whole machines behind nginx, with one PostgreSQL, one Valkey and one bucket: what is lost when parts of it go?

    python -m bench.cluster [--photos 300] [--people 60] [--seconds 240] [--storage 60] [--seed N]

Sixty connections bring photos, and the first person of each greets three others: one from both sides, so that a talk
begins, and two from one side. A host starts and ends breaks. Meanwhile one machine is killed with -9, all its processes
at once, and started again; the bucket is gone for a minute; PostgreSQL and Valkey are restarted. Everybody tries again
what a panel tries again. Then all must become quiet, and each photo with a 202 has one home, each hello is there once
for both, each break began once, and no answer was a 500. At the end, with all parts there, lines are said through one
machine and heard through the other: the time from the request to the hint in the other's open panel.
Aims: nothing lost, no 500, half a second for 99 of 100.
"""

import argparse
import random
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from bench.audit import audit
from bench.client import Caller, Panel, Unanswered, join, share, table, watching
from bench.faults import Crowd, wait_until_quiet
from bench.machines import Machine, Site, is_passing, site
from bench.photos import medium_photos

NEWS_AIM = 0.5  # seconds, of 99 in 100
TRIES = 90
BREAKS = 4
ONE_WAY = (7, 11)  # whom a person greets beside their neighbour, that many places further on
NOT_YET = ("photo_waiting", "no_photo", "not_reachable")  # one of the two photos is on its way
DONE_BEFORE = ("open_already", "talking", "break_running", "no_break")  # what the try before did, unheard
HEARD_SECONDS = 10.0
DOWN_SECONDS = 5.0


@dataclass
class Doing:
    """Something that is asked for until it is answered, as panels do; and what came in between."""

    failures: Counter[str] = field(default_factory=Counter)
    given_up: list[str] = field(default_factory=list)

    def until_done(self, what: str, act: Callable[[], Any]) -> Any:
        for attempt in range(TRIES):
            try:
                return act()
            except (Unanswered, OSError, HTTPException) as error:
                if any(code in str(error) for code in DONE_BEFORE):
                    return None
                if not is_passing(error) and not any(code in str(error) for code in NOT_YET):
                    self.given_up.append(f"{what}: {error}")
                    return None
                self.failures[str(getattr(error, "status", type(error).__name__))] += 1
            time.sleep(random.uniform(0.2, min(3.0, 0.3 * 2**attempt)))
        self.given_up.append(f"{what}: no answer")
        return None


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.cluster")
    parser.add_argument("--photos", type=int, default=300)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=240, help="in which the photos come")
    parser.add_argument("--storage", type=float, default=60, help="seconds without the bucket")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}")
    random.seed(options.seed)
    with site() as whole:
        try:
            complaints = _run(whole, options)
        except BaseException:
            _show_logs(whole)
            raise
        for complaint in complaints:
            print(f"BROKEN: {complaint}")
        if complaints:
            _show_logs(whole)
        else:
            print("\nNothing is lost.")
    return 1 if complaints else 0


def _run(whole: Site, options: argparse.Namespace) -> list[str]:
    photos = medium_photos(options.photos)
    crowd = Crowd(whole.port, photos, options.people, random.Random(options.seed), options.seconds)
    doing = Doing()
    with ExitStack() as stack:
        panels = [stack.enter_context(watching(each.port, crowd.code)) for each in whole.machines]
        crowd.start()
        others = [
            *(_greeter(whole, crowd, doing, number, options) for number in range(options.people)),
            threading.Thread(target=_hold_breaks, args=(whole, crowd, doing, options.seconds)),
        ]
        for thread in others:
            thread.start()
        happened = list(_faults(whole, options))
        crowd.join()
        for thread in others:
            thread.join()
        quiet_seconds = wait_until_quiet(whole)
        seen_both = _seen_by_both(panels, crowd)
    complaints, counts = audit(whole, crowd.code, crowd.answered)
    complaints += [*_greetings(whole, crowd, options.people), *_breaks(whole), *doing.given_up]
    if crowd.lost:
        complaints.append(f"{crowd.lost} photos never got an answer")
    if mistakes := crowd.failures["500"] + doing.failures["500"]:
        complaints.append(f"{mistakes} answers were a 500")
    if quiet_seconds is None:
        complaints.append("it did not become quiet")
    news = _news_across(whole, crowd, options.people)
    if share(news, 99) > NEWS_AIM:
        complaints.append(f"news took {share(news, 99):.2f} s across machines")
    _report(crowd, doing, happened, counts, quiet_seconds, news, seen_both)
    return complaints


# ---- what people do ---------------------------------------------------------------------------------------------


def _greeter(
    whole: Site, crowd: Crowd, doing: Doing, number: int, options: argparse.Namespace
) -> threading.Thread:
    """Somebody who greets a neighbour that greets them too, and others further on, at moments of the whole run."""
    chance = random.Random(options.seed + number)
    moments = sorted(chance.uniform(0, 0.9 * options.seconds) for _ in range(1 + len(ONE_WAY)))
    targets = [number ^ 1, *((number + step) % options.people for step in ONE_WAY)]

    def greet() -> None:
        began = time.monotonic()
        for moment, target in zip(moments, targets, strict=True):
            _wait_until(lambda moment=moment: time.monotonic() - began > moment)  # type: ignore[misc]
            _wait_until(lambda target=target: {number, target} <= crowd.answered.keys())  # type: ignore[misc]
            wish = {"photo": crowd.answered[target], "opener": "story_more"}
            with Caller(whole.port, crowd.tokens[number]) as caller:
                doing.until_done(
                    f"hello of {number} to {target}",
                    lambda caller=caller, wish=wish: caller.post("/api/hellos", wish),  # type: ignore[misc]
                )

    return threading.Thread(target=greet)


def _wait_until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        time.sleep(0.05)


def _hold_breaks(whole: Site, crowd: Crowd, doing: Doing, seconds: float) -> None:
    with Caller(whole.port) as host:
        doing.until_done("the host comes", lambda: join(host, crowd.code, host_key=crowd.host_key))
        for _ in range(BREAKS):
            time.sleep(seconds / BREAKS / 2)
            doing.until_done("a break begins", lambda: host.post("/api/host/break", {"minutes": 5}))
            time.sleep(seconds / BREAKS / 2)
            doing.until_done("a break ends", lambda: host.call("DELETE", "/api/host/break"))


# ---- what happens to the parts ----------------------------------------------------------------------------------


def _faults(whole: Site, options: argparse.Namespace) -> Iterator[tuple[str, float, float]]:
    """(what, at which second it went, how long it was away), while photos come."""
    began = time.monotonic()
    away = [
        ("machine killed with -9", 0.12, 2 * DOWN_SECONDS, _killed(whole.machines[1])),
        ("bucket gone", 0.28, options.storage, _stopped(whole.bucket)),
        ("PostgreSQL restarted", 0.65, DOWN_SECONDS, _stopped(whole.database)),
        ("Valkey restarted", 0.8, DOWN_SECONDS, _stopped(whole.valkey)),
    ]
    for what, at, seconds, gone in away:
        _wait_until(lambda at=at: time.monotonic() - began > at * options.seconds)  # type: ignore[misc]
        went = time.monotonic()
        with gone:
            time.sleep(seconds)
        print(f"  {what}: away for {time.monotonic() - went:.0f} s", flush=True)
        yield what, went - began, time.monotonic() - went


@contextmanager
def _killed(machine: Machine) -> Iterator[None]:
    machine.kill()
    yield
    machine.start()
    machine.wait_until_up()


@contextmanager
def _stopped(part: Any) -> Iterator[None]:
    part.stop()
    yield
    part.start()


# ---- what is there at the end -----------------------------------------------------------------------------------


def _greetings(whole: Site, crowd: Crowd, people: int) -> Iterator[str]:
    """Each person sees, through whichever machine, each other one that they greeted or who greeted them, once, and in
    it one line of each who said something."""
    expected: list[Counter[int]] = [Counter() for _ in range(people)]  # by the other: how many lines
    for number in range(people):
        for target in (number ^ 1, *((number + step) % people for step in ONE_WAY)):
            expected[number][target] += 1
            expected[target][number] += 1
    number_of = {photo_id: number for number, photo_id in crowd.answered.items()}
    for number in range(people):
        seen: list[dict[int, int]] = []
        for machine in whole.machines:
            with Caller(machine.port, crowd.tokens[number]) as caller:
                hellos = caller.get("/api/hellos")["hellos"]
            found = Counter(number_of[each["person"]["id"]] for each in hellos)
            if twice := [other for other, times in found.items() if times > 1]:
                yield f"{number} sees the hello with {twice} twice"
            seen.append({number_of[each["person"]["id"]]: len(each["lines"]) for each in hellos})
        if seen[0] != seen[1]:
            yield f"{number} sees other hellos through one machine than through the other"
        if seen[0] != expected[number]:
            yield f"hellos of {number}: {dict(expected[number])} were said, {seen[0]} are there"


def _breaks(whole: Site) -> Iterator[str]:
    ((began,),) = whole.rows("SELECT count(*) FROM breaks")
    ((ended,),) = whole.rows("SELECT count(*) FROM breaks WHERE ended_at IS NOT NULL")
    if (began, ended) != (BREAKS, BREAKS):
        yield f"{BREAKS} breaks were started and ended; {began} began, {ended} ended"


def _seen_by_both(panels: Sequence[Panel], crowd: Crowd) -> list[float]:
    """Of each photo that two open panels were told of, one at each machine, how much later the second was."""
    one, other = (panel.seen for panel in panels)
    return [abs(one[each] - other[each]) for each in crowd.answered.values() if each in one and each in other]


def _news_across(whole: Site, crowd: Crowd, people: int) -> list[float]:
    """Seconds from a request at one machine to the hint in the panel of the other person at the other machine."""
    found: list[float] = []
    one, other = whole.machines
    for number in range(0, people, 2):
        here, there = crowd.tokens[number], crowd.tokens[number + 1]
        with (
            watching(one.port, crowd.code, here) as mine,
            watching(other.port, crowd.code, there) as theirs,
            Caller(one.port, here) as at_one,
            Caller(other.port, there) as at_other,
        ):
            hello = _talk(at_one, crowd.answered[number + 1])
            found += [_heard(theirs, at_one, hello), _heard(mine, at_other, hello)]
    return found


def _talk(caller: Caller, photo_id: int) -> int:
    hellos = caller.get("/api/hellos")["hellos"]
    return next(int(each["id"]) for each in hellos if each["person"]["id"] == photo_id)


def _heard(panel: Panel, caller: Caller, hello: int) -> float:
    before, began = len(panel.hints), time.time()
    caller.post(f"/api/hellos/{hello}/answer", {"words": "See you at the coffee machine?"})
    while len(panel.hints) == before:
        if time.time() - began > HEARD_SECONDS:
            return HEARD_SECONDS
        time.sleep(0.002)
    return panel.hints[before] - began


def _report(
    crowd: Crowd,
    doing: Doing,
    happened: Sequence[tuple[str, float, float]],
    counts: dict[str, int],
    quiet_seconds: float | None,
    news: Sequence[float],
    seen_both: Sequence[float],
) -> None:
    table("What went", [["", "at second", "for seconds"], *([*each] for each in happened)])
    tries = crowd.failures + doing.failures
    table(
        "What people got",
        [
            ("photos sent", len(crowd.photos)),
            ("answered with a 202", len(crowd.answered)),
            ("tries beyond the first, photos", sum(crowd.failures.values())),
            ("tries beyond the first, hellos and breaks", sum(doing.failures.values())),
            *((f"  because of {why}", count) for why, count in tries.most_common()),
            *counts.items(),
            ("seconds until quiet after the last", "too long" if quiet_seconds is None else quiet_seconds),
        ],
    )
    rows: list[list[object]] = [["seconds", "number", "p50", "p99", "most"]]
    for name, values in (
        ("said at one machine, heard at the other", news),
        ("a photo's change, second panel after the first, outages included", seen_both),
    ):
        rows.append([name, len(values), *(share(values or [0.0], percent) for percent in (50, 99, 100))])
    table("News across machines", rows)


def _show_logs(whole: Site) -> None:
    for machine in whole.machines:
        print(f"machine at {machine.port}:", file=sys.stderr)
        print("".join(f"    {line}\n" for line in machine.log.splitlines()[-60:]), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
