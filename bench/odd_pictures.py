"""Run the opener over a folder of odd and hostile pictures, and say what it took, refused or choked on.

    python -m bench.odd_pictures FOLDER [--list REASON] [--megabytes 1280] [--seconds 20]

FOLDER is searched through. Pillow's own test pictures are a good one: the folder Tests/images of its repository.
Each file is prepared in a process of its own, as photos are in the service, under a limit of memory and of time.
Exits with 1 when anything but a photo or a refusal came of a file: another exception, a crash, or no end.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from worker.limits import limit_memory
from worker.pictures.photos import PhotoRefused, prepare

UNEXPECTED = "UNEXPECTED"


@dataclass(frozen=True)
class Result:
    path: Path
    outcome: str  # "accepted", a reason, or UNEXPECTED and what it was
    seconds: float
    peak_megabytes: int  # of the whole process; an idle one has about 35


def judge(data: bytes) -> str:
    try:
        prepare(data)
    except PhotoRefused as refused:
        return refused.reason
    except BaseException as error:
        return f"{UNEXPECTED} {type(error).__name__}: {error}"
    return "accepted"


def _in_child(path: Path, megabytes: int, answers: Connection) -> None:
    limit_memory(megabytes)
    data = path.read_bytes()
    start = time.perf_counter()
    outcome = judge(data)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    answers.send(Result(path, outcome, seconds, peak))


def run_one(path: Path, megabytes: int, seconds: float) -> Result:
    answers, sender = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(path, megabytes, sender))
    child.start()
    sender.close()
    try:
        if not answers.poll(seconds):
            return Result(path, f"{UNEXPECTED} no end after {seconds:g} s", seconds, 0)
        result: Result = answers.recv()
        return result
    except EOFError:
        child.join()
        return Result(path, f"{UNEXPECTED} end of the process ({child.exitcode})", 0, 0)
    finally:
        child.kill()
        child.join()


def run(folder: Path, megabytes: int, seconds: float) -> Iterator[Result]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield run_one(path, megabytes, seconds)


def report(results: list[Result], listed: str | None) -> int:
    """Print the figures; returns how many outcomes were unexpected."""
    for outcome, count in Counter(result.outcome.split()[0] for result in results).most_common():
        print(f"{count:6} {outcome}")
    for title, key in (("slowest", "seconds"), ("largest", "peak_megabytes")):
        worst = max(results, key=lambda result: float(getattr(result, key)))
        print(
            f"{title}: {worst.seconds:.2f} s, {worst.peak_megabytes} MB, {worst.outcome}: {worst.path.name}"
        )
    unexpected = [result for result in results if result.outcome.startswith(UNEXPECTED)]
    for result in unexpected:
        print(f"{result.path}: {result.outcome}")
    for result in results:
        if listed is not None and result.outcome == listed:
            print(f"{result.path}")
    return len(unexpected)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", metavar="REASON", help="name the files with this outcome")
    parser.add_argument("--megabytes", type=int, default=1280)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    results = list(run(options.folder, options.megabytes, options.seconds))
    if not results:
        sys.exit(f"There are no files in {options.folder}.")
    print(f"{len(results):6} files")
    sys.exit(1 if report(results, options.list) else 0)


if __name__ == "__main__":
    main()
