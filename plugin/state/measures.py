"""What is counted for whoever looks after the service, in every process; one place names it all.

Each process writes its own files in a folder that `mosaic run` makes, and the lookout adds them up. No label says
anything about a person: they are routes, roles and kinds of our own.
"""

import time
from dataclasses import dataclass
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # as prometheus_client knows it
REQUEST_SECONDS = (0.025, 0.1, 0.5, 2.0, 8.0)
NOTING_SECONDS = 1.0
PLACED_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 120.0, 600.0)


@dataclass(frozen=True)
class Measures:
    requests: Counter
    request_seconds: Histogram
    streams: Gauge
    deliveries: Counter
    placed_seconds: Histogram
    jobs_failed: Counter
    processor: Gauge


@cache
def measures() -> Measures:
    """Made at the first use: it opens files."""
    registry = CollectorRegistry()
    return Measures(
        Counter(
            "mosaic_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=registry,
        ),
        Histogram(
            "mosaic_request_seconds",
            "Until an answer began.",
            ("route",),
            buckets=REQUEST_SECONDS,
            registry=registry,
        ),
        Gauge("mosaic_streams", "Panels that listen now.", multiprocess_mode="livesum", registry=registry),
        Counter("mosaic_deliveries", "Batches of news that were written to panels.", registry=registry),
        Histogram(
            "mosaic_placed_seconds",
            "From the 202 for a photo until it was on the wall.",
            buckets=PLACED_SECONDS,
            registry=registry,
        ),
        Counter(
            "mosaic_jobs_failed", "Jobs that failed; most are asked for again.", ("role",), registry=registry
        ),
        Gauge(
            "mosaic_processor_seconds",
            "Processor that the living processes of a role have used.",
            ("role",),
            multiprocess_mode="livesum",
            registry=registry,
        ),
    )


_noted: dict[
    str, float
] = {}  # when the processor of a role was last noted in this process, by time.monotonic()


def note_processor(role: str) -> None:
    """Once a second at most: this clock is a call of the kernel, dearer than all else that is counted."""
    now = time.monotonic()
    if now - _noted.get(role, -NOTING_SECONDS) < NOTING_SECONDS:
        return
    _noted[role] = now
    measures().processor.labels(role).set(time.process_time())
