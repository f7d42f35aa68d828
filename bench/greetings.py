"""Two machines on one PostgreSQL, and people who greet each other at the same moment: does anybody get an error?

    python -m bench.greetings [--rounds 10] [--pairs 36] [--ring 24]

In each round so many pairs say hello to each other, and a ring in which everybody greets the next, all at once; of two
who greet each other, each is served by another machine. At the end the server is asked how many deadlocks it had to
end: those that were asked again are no errors, but show that two waited for each other.
"""

import argparse
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.client import Caller, Server, Unanswered, serving, share, table
from bench.clusters import Cluster, ask, cluster
from bench.populace import Member, open_event, settle
from plugin.settings import Settings
from plugin.state.db import Database
from plugin.wall.watching import PANEL
from plugin.web.request.tokens import Pass, Tokens

SECRET = "only for this bench and for nothing else".replace(" ", "-")


@contextmanager
def two_machines(rows: Cluster) -> Iterator[tuple[dict[str, str], Server, Server]]:
    """The settings they share, and both, each with a folder, a port and processes of its own."""
    shared = {"MOSAIC_SECRET_KEY": SECRET, "MOSAIC_DATABASE_URL": rows.create("greetings")}
    with serving(settings=shared) as one:
        files = f"file://{one.data / 'files'}"
        with serving(settings=shared | {"REDIS_URL": one.redis_url, "MOSAIC_STORAGE_URL": files}) as other:
            yield shared, one, other


def greet(ports: Sequence[int], wishes: Sequence[tuple[str, int]]) -> tuple[Counter[int], list[float]]:
    """All say hello at once, each (token, photo) at the next port; the answers, and how long they took."""
    together = threading.Barrier(len(wishes))
    answers: Counter[int] = Counter()
    seconds: list[float] = []

    def say(port: int, token: str, photo_id: int) -> None:
        with Caller(port, token) as caller:
            caller.get("/healthz")  # connected
            together.wait()
            began = time.perf_counter()
            try:
                caller.post("/api/hellos", {"photo": photo_id, "opener": "story_more"})
                status = 201
            except Unanswered as unanswered:
                status = unanswered.status
            seconds.append(time.perf_counter() - began)
            answers[status] += 1

    threads = [
        threading.Thread(target=say, args=(ports[number % 2], *wish)) for number, wish in enumerate(wishes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, seconds


def wishes_of(
    people: Sequence[Member], others: Sequence[int], tokens: Tokens, event_id: int
) -> list[tuple[str, int]]:
    return [
        (tokens.panel(Pass(event_id, each.attendee_id, PANEL)), people[other].photo_id)
        for each, other in zip(people, others, strict=True)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.greetings")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--pairs", type=int, default=36)
    parser.add_argument("--ring", type=int, default=24)
    options = parser.parse_args()
    found: dict[str, tuple[Counter[int], list[float]]] = {"pairs": (Counter(), []), "ring": (Counter(), [])}
    in_pairs = [number ^ 1 for number in range(2 * options.pairs)]
    in_ring = [(number + 1) % options.ring for number in range(options.ring)]
    with cluster() as rows, two_machines(rows) as (shared, one, other):
        database = Database(Settings.from_environ(shared | {"MOSAIC_DATA": str(Path(one.data))}))
        tokens = Tokens((SECRET,))
        event_id, _, _ = open_event(database)
        for _ in range(options.rounds):
            for name, others in (("pairs", in_pairs), ("ring", in_ring)):
                people = settle(database, event_id, [("Ada", "I bake bread")] * len(others), time.time())
                answers, seconds = greet((one.port, other.port), wishes_of(people, others, tokens, event_id))
                found[name][0].update(answers)
                found[name][1].extend(seconds)
        database.dispose()
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = 'greetings'"
        deadlocks = int(ask(rows.url("postgres"), query))
    table(
        f"{options.rounds} rounds, two machines, one PostgreSQL; deadlocks ended by the server: {deadlocks}",
        [
            ["at once", "answers", "p50 ms", "p99 ms"],
            *(
                [
                    name,
                    str(dict(answers)),
                    *(share([1000 * each for each in seconds], part) for part in (50, 99)),
                ]
                for name, (answers, seconds) in found.items()
            ),
        ],
    )
    return int(any(set(answers) != {201} for answers, _ in found.values()))


if __name__ == "__main__":
    sys.exit(main())
