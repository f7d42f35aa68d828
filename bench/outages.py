"""Whether a photo can get lost in an outage: what the service stands on goes away while many people send.

    python -m bench.outages [--photos 150] [--senders 25] [--storage 90] [--database 20] [--disk 30] [--seed N]

The database is held by another process, the storage's folder is not there, and the disk is full, each for so many
seconds, one after the other. Senders try again as a panel does. Then all must become quiet, and each photo that got a
202 must have exactly one home. Meanwhile a page and the wall are asked for all the time, and must be answered.

The full disk is a small one of our own, mounted where only this program sees it (Linux, `unshare`); elsewhere that
outage is left out, and this is said.
"""

import argparse
import os
import random
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from bench.audit import audit
from bench.client import Caller, Server, Unanswered, join, serving, share, table
from bench.faults import Crowd, wait_until_quiet
from bench.photos import medium_photos

DISK = "500m"
BETWEEN_SECONDS = 8.0  # for what waited to come through
ASKED_EVERY_SECONDS = 0.2
ON_OWN_DISK = "MOSAIC_BENCH_DISK"


@dataclass
class Seen:
    """What one outage looked like from outside."""

    name: str
    seconds: float
    accepted: int
    refused: Counter[str]
    lives: list[float]  # seconds that /healthz took
    wall: list[float]  # seconds that the wall took, which no outage of the storage or of writing must stop


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.outages")
    parser.add_argument("--photos", type=int, default=150)
    parser.add_argument("--senders", type=int, default=25)
    parser.add_argument("--storage", type=float, default=90)
    parser.add_argument("--database", type=float, default=20)
    parser.add_argument("--disk", type=float, default=30)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    options = parser.parse_args(arguments)
    if not os.environ.get(ON_OWN_DISK):
        return _on_a_disk_of_its_own(arguments if arguments is not None else sys.argv[1:])
    print(f"seed {options.seed}")
    outages: list[tuple[str, float, Callable[[Server], AbstractContextManager[None]]]] = [
        ("database held", options.database, _database_held),
        ("storage gone", options.storage, _storage_gone),
    ]
    if os.environ[ON_OWN_DISK] != "none":
        outages.append(("disk full", options.disk, _disk_full))
    else:
        print("There is no small disk to be had here: the full disk is left out.")
    lasting = sum(seconds + BETWEEN_SECONDS for _, seconds, _ in outages)
    photos = medium_photos(options.photos)
    with serving() as server:
        crowd = Crowd(
            server.port, photos, options.senders, random.Random(options.seed), sending_seconds=lasting
        )
        crowd.start()
        seen = [_live_through(server, crowd, *outage) for outage in outages]
        crowd.join()
        quiet_seconds = wait_until_quiet(server)
        complaints, counts = audit(server, crowd.code, crowd.answered)
        complaints += _too_slow(seen)
        if crowd.lost:
            complaints.append(f"{crowd.lost} photos never got an answer")
        _report(crowd, seen, quiet_seconds, counts)
        for complaint in complaints:
            print(f"BROKEN: {complaint}")
        if complaints:
            print("".join(f"    {line}\n" for line in server.log.splitlines()[-60:]), file=sys.stderr)
        else:
            print("\nNothing is lost.")
    return 1 if complaints else 0


def _on_a_disk_of_its_own(arguments: Sequence[str]) -> int:
    """This program again, with a small disk mounted for its temporary files, where that can be done."""
    again = [sys.executable, "-m", "bench.outages", *arguments]
    if not _may_mount():
        return subprocess.call(again, env=os.environ | {ON_OWN_DISK: "none"})
    folder = tempfile.mkdtemp(prefix="mosaic-disk-")
    try:
        mounted = [
            "unshare",
            "-rm",
            "sh",
            "-c",
            f'mount -t tmpfs -o size={DISK} tmpfs "$1" && shift && exec "$@"',
        ]
        environ = os.environ | {ON_OWN_DISK: folder, "TMPDIR": folder}
        return subprocess.call([*mounted, "sh", folder, *again], env=environ)
    finally:
        shutil.rmtree(folder)


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode == 0


# ---- outages ----------------------------------------------------------------------------------------------------


@contextmanager
def _database_held(server: Server) -> Iterator[None]:
    with closing(sqlite3.connect(server.data / "mosaic.sqlite3", timeout=10)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def _storage_gone(server: Server) -> Iterator[None]:
    """As when its disk is not mounted: an empty folder is where it was."""
    files = server.data / "files"
    away = files.rename(files.with_name("away"))
    files.mkdir()
    yield
    files.rmdir()
    away.rename(files)


@contextmanager
def _disk_full(_server: Server) -> Iterator[None]:
    ballast = Path(os.environ[ON_OWN_DISK]) / "ballast"
    stop = threading.Event()

    def fill() -> None:
        """Also what is freed meanwhile is taken at once."""
        with ballast.open("wb", buffering=0) as file:
            while not stop.wait(0.05):
                with suppress(OSError):
                    while True:
                        file.write(bytes(4096))

    filling = threading.Thread(target=fill)
    filling.start()
    yield
    stop.set()
    filling.join()
    ballast.unlink()


def _live_through(
    server: Server,
    crowd: Crowd,
    name: str,
    seconds: float,
    outage: Callable[[Server], AbstractContextManager[None]],
) -> Seen:
    time.sleep(BETWEEN_SECONDS)
    answered, failures = len(crowd.answered), Counter(crowd.failures)
    seen = Seen(name, seconds, 0, Counter(), [], [])
    with Caller(server.port) as caller:
        join(caller, crowd.code)
        with outage(server):
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                seen.lives.append(_seconds(caller, "/healthz"))
                seen.wall.append(_seconds(caller, "/api/wall"))
                time.sleep(ASKED_EVERY_SECONDS)
    seen.accepted = len(crowd.answered) - answered
    seen.refused = Counter(crowd.failures) - failures
    return seen


def _seconds(caller: Caller, path: str) -> float:
    """How long the answer took; endless where there was none."""
    began = time.monotonic()
    try:
        caller.fetch(path)
    except (Unanswered, OSError, HTTPException):
        return float("inf")
    return time.monotonic() - began


def _too_slow(seen: Sequence[Seen]) -> Iterator[str]:
    for each in seen:
        for what, times in (("/healthz", each.lives), ("the wall", each.wall)):
            if max(times) > 2.0:
                yield f"{each.name}: {what} took {max(times):.1f} s"


def _report(crowd: Crowd, seen: Sequence[Seen], quiet_seconds: float | None, counts: dict[str, int]) -> None:
    for each in seen:
        table(
            f"{each.name} for {each.seconds:.0f} s",
            [
                ("photos answered with a 202", each.accepted),
                *((f"tries that ended with {why}", count) for why, count in each.refused.most_common()),
                ("/healthz, p50 and worst in s", share(each.lives, 50), max(each.lives)),
                ("the wall, p50 and worst in s", share(each.wall, 50), max(each.wall)),
            ],
        )
    table(
        "Photos",
        [
            ("sent", len(crowd.photos)),
            ("answered with a 202", len(crowd.answered)),
            *counts.items(),
            ("seconds until quiet", "too long" if quiet_seconds is None else quiet_seconds),
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
