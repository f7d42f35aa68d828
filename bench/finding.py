"""Ten thousand photos on a wall: how long the next stop of a stroll takes, and a search.

    python -m bench.finding                  10,000 people, 2,000 rounds over HTTP
    python -m bench.finding --people 1000 --rounds 500
    python -m bench.finding --postgres       the same on a PostgreSQL of its own

In each round the same person sends, one after another: a request that does nothing, the next stop, the neighbours of a
photo, and a search; so that all four are measured under the same conditions. Beside it the same through the use cases,
also in CPU time, which other programs on the machine disturb less.
"""

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from bench.client import Caller, Server, join, serving, share, table
from bench.clusters import cluster
from bench.populace import open_event, settle
from plugin.operate.cast import names, stories
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.state.models import Attendee
from plugin.together.stroll import Strolls
from plugin.wall import watching

WARM_UP = 20
SEEN = 300
AT_ONCE = 1000
SEARCHES = (
    "bread", "a", "Maria", "the history of", "łukasz", "tea properly", "stairwells no regrets", "zzzz", "émile",
    "volcanoes", "Anna", "you", "Weiß", "ΓΙΏΡΓΟΣ",
)  # fmt: skip

Times = dict[str, list[float]]


def database_of(server: Server, settings: Mapping[str, str]) -> Database:
    secret = (server.data / "secret.key").read_text(encoding="utf-8").strip()
    environ = {"MOSAIC_SECRET_KEY": secret, "MOSAIC_DATA": str(server.data), **settings}
    return Database(Settings.from_environ(environ))


@contextmanager
def settings_of(*, postgres: bool) -> Iterator[dict[str, str]]:
    if not postgres:
        yield {}
        return
    with cluster() as rows:
        yield {"MOSAIC_DATABASE_URL": rows.create("finding")}


def populate(database: Database, number: int, chance: random.Random) -> tuple[int, str]:
    """(event id, join code) of an event with so many people on its wall."""
    event_id, code, _ = open_event(database)
    some = list(names(chance))
    lines = stories(chance)
    people = [(f"{chance.choice(some)} {number}", next(lines, "Coffee?")) for number in range(number)]
    for start in range(0, number, AT_ONCE):
        settle(database, event_id, people[start : start + AT_ONCE], time.time())
    return event_id, code


def timed(times: Times, name: str, action: Callable[[], Any], *, cpu: bool = False) -> Any:
    began, cpu_began = time.perf_counter(), time.thread_time()
    found = action()
    times[name].append(1000 * (time.perf_counter() - began))
    if cpu:
        times[f"{name}, CPU"].append(1000 * (time.thread_time() - cpu_began))
    return found


def over_http(port: int, code: str, rounds: int, chance: random.Random) -> Times:
    times: Times = defaultdict(list)
    seen: list[int] = []
    with Caller(port) as caller:
        for number in range(rounds + WARM_UP):
            if number % 100 == 0:  # as another person, before the limit for one is reached
                join(caller, code)
                seen = []
            if number == WARM_UP:
                times.clear()
            timed(times, "empty request", lambda: caller.get("/healthz"))
            wish = {"from": seen[-1] if seen else None, "seen": seen[-SEEN:]}
            stop = timed(times, "next stop", lambda wish=wish: caller.post("/api/stroll", wish))["photo"][
                "id"
            ]
            seen += [stop, *chance.sample(range(1, 5000), 3)]
            timed(times, "next door", lambda stop=stop: caller.get(f"/api/photos/{stop}/next-door"))
            query = f"/api/people?limit=30&q={quote(SEARCHES[number % len(SEARCHES)])}"
            timed(times, "search", lambda query=query: caller.get(query))
    return times


def through_use_cases(database: Database, event_id: int, rounds: int) -> Times:
    times: Times = defaultdict(list)
    strolls = Strolls(database)
    with database.read() as session:
        me = session.get_one(Attendee, 1)
    seen: list[int] = []
    for number in range(rounds + WARM_UP):
        if number == WARM_UP:
            times.clear()
        came_from = seen[-1] if seen else None
        photo, _ = timed(
            times, "next stop", lambda at=came_from: strolls.next_photo(me, at, seen[-SEEN:]), cpu=True
        )
        seen.append(photo["id"])
        timed(times, "next door", lambda stop=photo["id"]: strolls.next_door(me, stop))
        query = SEARCHES[number % len(SEARCHES)]
        timed(
            times,
            "search",
            lambda query=query: watching.people(database, event_id, query, "", 30, me.id),
            cpu=True,
        )
        if number % 50 == 0:
            timed(times, "write the counts down", strolls.flush)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true")
    wishes = parser.parse_args()
    chance = random.Random(wishes.seed)
    with settings_of(postgres=wishes.postgres) as settings, serving(settings=settings) as server:
        database = database_of(server, settings)
        event_id, code = populate(database, wishes.people, chance)
        found = {
            "HTTP": over_http(server.port, code, wishes.rounds, chance),
            "use cases": through_use_cases(database, event_id, wishes.rounds),
        }
        database.dispose()
    rows: list[list[object]] = [["milliseconds", "p50", "p95", "p99", "most"]]
    for way, times in found.items():
        rows += [
            [f"{way}: {name}", *(share(values, percent) for percent in (50, 95, 99, 100))]
            for name, values in times.items()
        ]
    table(f"{wishes.people:,} photos, {wishes.rounds:,} rounds", rows)


if __name__ == "__main__":
    main()
