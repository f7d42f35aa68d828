"""`python -m worker prepare | place | print | sweep`: one worker process, from its environment."""

import faulthandler
import logging
import os
import signal
import sys
import time

from plugin.loading import loading

with loading():
    from redis.exceptions import RedisError
    from rq import Queue
    from rq.executions import Execution
    from rq.job import Job

    from plugin.settings import Settings
    from plugin.state import logs
    from plugin.state.queue import (
        KEEPSAKE,
        PLACE,
        PREPARE,
        PREPARE_SECONDS,
        PRINT,
        PRINT_FINISH_SECONDS,
        connect_waiting,
    )
    from plugin.state.working import SeenWorker
    from worker import jobs, sweeper
    from worker.limits import give_large_blocks_back, limit_memory
    from worker.ticking import Ticking
    from worker.workshop import workshop

logger = logging.getLogger("worker")

PREPARE_MEGABYTES = 1536
RECONNECT_SECONDS = 1.0
WATCHDOG_GRACE_SECONDS = 10  # RQ itself ends what runs Python code for too long
PRINT_NICENESS = 10


def main(role: str) -> None:
    settings = Settings.from_environ(os.environ)
    logs.set_up(settings)
    for name in ("pyvips", "pikepdf", "libav"):  # they tell of every picture
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    logging.getLogger("rq.worker").setLevel(max(logging.WARNING, logging.getLogger().level))
    if role not in ROLES:
        sys.exit(f"There is no worker of the kind {role!r}; there are: {', '.join(ROLES)}.")
    ROLES[role](settings)


class CarefulWorker(SeenWorker):
    """Does its jobs in its own process, which ends when one of them hangs; the supervisor starts another.

    A process a job would cost half as much again as the photos themselves. What it would protect from is met
    otherwise: memory is limited, a crash takes down nothing but this worker, a photo that does so again and again is
    refused in the end, and the watchdog is a thread outside Python, so that it also ends a decoder that never returns.
    """

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        seconds = job.timeout or PREPARE_SECONDS
        faulthandler.dump_traceback_later(seconds + WATCHDOG_GRACE_SECONDS, exit=True)
        try:
            return super().perform_job(job, queue, execution)
        finally:
            faulthandler.cancel_dump_traceback_later()


class PrintingWorker(CarefulWorker):
    """Hands its job back almost at once: what it is at takes minutes, and is begun anew wherever it is taken up."""

    finish_seconds = PRINT_FINISH_SECONDS


def _prepare(settings: Settings) -> None:
    """Strangers' bytes are decoded here, within limits of memory and time."""
    limit_memory(PREPARE_MEGABYTES)
    _work(CarefulWorker, "prepare", settings, PREPARE, KEEPSAKE)


def _place(settings: Settings) -> None:
    """One long-lived process, which keeps walls and thumbs in memory; it reads only pictures of our own making."""
    _work(SeenWorker, "place", settings, PLACE)


def _print(settings: Settings) -> None:
    """Posters and films: minutes of work, one at a time, and everything else on this machine goes first."""
    os.nice(PRINT_NICENESS)
    give_large_blocks_back()
    _work(PrintingWorker, "print", settings, KEEPSAKE, PRINT)


def _sweep(settings: Settings) -> None:
    shop = workshop()
    Ticking(shop).start()
    sweeper.run(shop, settings.retention_days)


def _work(kind: type[SeenWorker], role: str, settings: Settings, *queues: str) -> None:
    """Take jobs until told to stop, those of the first queue first; wait for a Redis that is gone."""
    assert jobs  # noqa: S101 - loaded before the fork, so that no job pays for the import
    while True:
        # A worker that has lost its Redis leaves a handler behind that only notes the wish to stop.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        worker: SeenWorker | None = None
        try:
            worker = kind.of(role, connect_waiting(settings.redis_url), *queues)
            worker.work(logging_level=None)
            return
        except RedisError as error:
            if worker is not None and worker._stop_requested:
                return
            logger.warning("%s worker: Redis is gone (%s)", "/".join(queues), type(error).__name__)
            time.sleep(RECONNECT_SECONDS)


ROLES = {"prepare": _prepare, "place": _place, "print": _print, "sweep": _sweep}

if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) == 2 else "")
