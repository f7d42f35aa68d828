"""How long a photo takes from its 202 to another open panel, and how many a second the service places.

    python -m bench.ingest [--photos 100] [--senders 8]

One after another: each photo is sent when the one before has arrived; aim: 95 of 100 within a second.
All at once: several senders, all workers busy; photos a second, beside what the pure steps (decode and encode the
photo, place it, paint, encode the pictures) would allow on all cores, measured in one process in the same run just
before and just after. Aim: not more than 1.5 times slower. Only a lost photo makes this program fail.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

from bench.client import Caller, Panel, Server, join, open_event, send, serving, share, table, watching
from bench.photos import HOW, large_photos
from bench.processes import busy_seconds, cpu_by_kind
from bench.steps import pure_steps
from bench.timeline import STAGES, Timeline

WAIT_SECONDS = 120.0
WARM_UP = 3
LATENCY_AIM = 1.0
RATIO_AIM = 1.5


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench.ingest")
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--senders", type=int, default=8)
    options = parser.parse_args(arguments)
    with _lent_folder() as folder:
        paths = large_photos(folder, options.photos)
        size = mean(path.stat().st_size for path in paths) / 1e6
        print(f"{len(paths)} photos of 4000 x 3000, {size:.1f} MB on average; {HOW}")
        try:
            with serving() as server:
                _one_after_another(server, paths)
                _at_once(server, paths, options.senders)
        except TimeoutError as error:
            print(f"\nLOST: {error}")
            return 1
    return 0


@contextmanager
def _lent_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mosaic-bench-photos-") as folder:
        yield Path(folder)


def _one_after_another(server: Server, paths: Sequence[Path]) -> None:
    code = open_event(server.port)
    lines = []
    with watching(server.port, code) as panel, Caller(server.port) as caller:
        for path in paths[:WARM_UP]:
            _send_and_wait(server, caller, panel, code, path)
        for path in paths:
            lines.append(_send_and_wait(server, caller, panel, code, path))
    delays = [line.delay for line in lines]
    table(
        f"From the 202 to the change in another open panel, {len(lines)} photos one after another, seconds",
        [
            ("p50", "p95", "longest", "aim for p95"),
            (share(delays, 50), share(delays, 95), max(delays), f"< {LATENCY_AIM:.0f}"),
        ],
    )
    stages = [line.stages() for line in lines]
    rows = [(name, *_spread([each[name] * 1000 for each in stages if name in each])) for name in STAGES]
    table("Where the time of one photo goes, ms", [("", "p50", "p95", "longest"), *rows])


def _spread(values: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{value:.0f}" for value in (share(values, 50), share(values, 95), max(values)))


def _send_and_wait(server: Server, caller: Caller, panel: Panel, code: str, path: Path) -> Timeline:
    data = path.read_bytes()
    join(caller, code)
    line = Timeline(sent=time.time())
    photo_id = send(caller, data, "Ada", "One after another")
    line.answered = time.time()
    line.follow(server, photo_id, lambda: photo_id in panel.seen, WAIT_SECONDS)
    panel.wait_for([photo_id], WAIT_SECONDS)
    line.arrived = panel.seen[photo_id]
    return line


def _at_once(server: Server, paths: Sequence[Path], senders: int) -> None:
    cores = len(os.sched_getaffinity(0))
    code = open_event(server.port)  # drawing its picture is no cost of a photo, and done before the steps are
    before = pure_steps(paths)
    spent_before, busy_before, own_before = (
        cpu_by_kind(server.process.pid),
        busy_seconds(),
        time.process_time(),
    )
    began = time.monotonic()
    rate, seconds = _throughput(server, code, paths, senders)
    spent, busy, lasted = cpu_by_kind(server.process.pid), busy_seconds(), time.monotonic() - began
    own = time.process_time() - own_before
    after = pure_steps(paths)
    pure_clock = sum(before[name][0] + after[name][0] for name in before) / 2
    pure_cpu = sum(before[name][1] + after[name][1] for name in before) / 2
    steps = [
        (
            name,
            *(f"{value:.1f}" for value in (before[name][0], after[name][0], before[name][1], after[name][1])),
        )
        for name in before
    ]
    table(
        "The pure steps of one photo in one process, ms",
        [("", "before", "after", "CPU before", "CPU after"), *steps],
    )
    possible = cores * 1000 / pure_clock
    table(
        f"{len(paths)} photos at once from {senders} senders, {cores} cores",
        [
            ("first 202 to last change", f"{seconds:.1f} s"),
            ("photos a second", rate),
            (f"{cores} cores / {pure_clock:.0f} ms of pure steps", possible),
            ("ratio", possible / rate),
            ("aim", f"<= {RATIO_AIM}"),
        ],
    )
    used = {kind: spent[kind] - spent_before[kind] for kind in spent}
    whole = sum(used.values())
    others = busy - busy_before - whole - own
    rows = [(kind, f"{seconds * 1000 / len(paths):.1f}") for kind, seconds in used.items()]
    table(
        "CPU time of the service, ms a photo",
        [
            *rows,
            ("all", f"{whole * 1000 / len(paths):.1f}"),
            ("ratio to the CPU time of the pure steps", f"{whole * 1000 / len(paths) / pure_cpu:.2f}"),
            ("what other programs used of the machine", f"{max(0.0, others) / (cores * lasted):.0%}"),
        ],
    )
    if others > 0.1 * cores * lasted:
        print(
            "  The photos a second, and so their ratio, suffer from that; run this with the machine to itself."
        )


def _throughput(server: Server, code: str, paths: Sequence[Path], senders: int) -> tuple[float, float]:
    """(photos a second, seconds) from the first 202 to the last photo in an open panel."""
    answers: list[tuple[float, int]] = []
    with watching(server.port, code) as panel:

        def work(own: Sequence[Path]) -> None:
            with Caller(server.port) as caller:
                for path in own:
                    join(caller, code)
                    photo_id = send(caller, path.read_bytes(), "Ada", "All at once")
                    answers.append((time.time(), photo_id))

        _together([lambda own=paths[number::senders]: work(own) for number in range(senders)])
        panel.wait_for([photo_id for _, photo_id in answers], WAIT_SECONDS + len(paths))
        seconds = max(panel.seen.values()) - min(at for at, _ in answers)
    if len(answers) != len(paths):
        raise TimeoutError(f"{len(paths) - len(answers)} photos were not answered")
    return len(paths) / seconds, seconds


def _together(works: Sequence[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
