"""The only place that names jobs: strings, JSON, time limits.

Nothing here promises that a job runs: Redis may be gone. The rows in the database say what is to be done, every job
may run twice, and the sweeper enqueues again what stayed undone.
"""

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from plugin.state.lease import Lease
from plugin.state.logs import REQUEST

logger = logging.getLogger(__name__)

PREPARE = "prepare"  # many workers, a process a job: they read strangers' bytes
PLACE = "place"  # one worker a wall at a time, which keeps walls in memory
KEEPSAKE = "keepsake"  # quick; the workers that clean photos take these when no photo waits
PRINT = "print"  # minutes long: a worker of its own, so that no photo ever waits for a poster
ERRANDS = "errands"  # calls to platforms: they wait, and so that nobody waits for them they have a process of their own

PREPARE_SECONDS = 60
PLACE_SECONDS = 300
KEEPSAKE_SECONDS = 60
ERRAND_SECONDS = 60
PRINT_SECONDS = 3600
FINISH_SECONDS = 7.0  # that a worker which is told to stop may be at its job, before it hands it back
PRINT_FINISH_SECONDS = 1.0  # a poster takes minutes
FAILED_KEPT_SECONDS = 3600
AT_WORK_SECONDS = 20
PLACING_FLAG_SECONDS = 30
NEEDED_WORKERS = ("prepare", "place", "sweep")  # without one of them no photo gets far
WORKERS = (*NEEDED_WORKERS, "print")
SIGN_SECONDS = 30.0  # a worker that gave no sign of life for so long is gone, or too busy to be of use
SIGN_KEPT_SECONDS = 86_400
CONNECT_SECONDS = 0.5
REQUEST_IN_JOB = "request"  # which request asked for it, in RQ's notes about a job
ANSWER_SECONDS = 5


def connect(redis_url: str) -> Redis:
    """A client that gives up quickly: a request must not wait for a Redis that is gone."""
    return Redis.from_url(redis_url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=ANSWER_SECONDS)


def connect_waiting(redis_url: str) -> Redis:
    """A client for workers, whose business is to wait for a job."""
    return Redis.from_url(redis_url, socket_connect_timeout=ANSWER_SECONDS, health_check_interval=30)


def sign(redis: Redis, role: str) -> None:
    """A worker of that role lives; should Redis not hear it, nobody is told so."""
    with suppress(RedisError):
        redis.set(_sign_name(role), time.time(), ex=SIGN_KEPT_SECONDS)


class Jobs:
    """Enqueues by name. Each method says whether the job is in the queue now; False means Redis is gone."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._prepare = Queue(PREPARE, connection=redis, serializer=JSONSerializer)
        self._place = Queue(PLACE, connection=redis, serializer=JSONSerializer)
        self._keepsake = Queue(KEEPSAKE, connection=redis, serializer=JSONSerializer)
        self._print = Queue(PRINT, connection=redis, serializer=JSONSerializer)
        self._errands = Queue(ERRANDS, connection=redis, serializer=JSONSerializer)

    def close(self) -> None:
        self._redis.close()

    def is_reachable(self) -> bool:
        try:
            return bool(self._redis.ping())
        except RedisError:
            return False

    def sign(self, role: str) -> None:
        """A worker of that role lives."""
        sign(self._redis, role)

    def signs(self, now: float, *, has_errands: bool = False) -> dict[str, float | None]:
        """Seconds since each role's last sign of life; None where there is none, or Redis is gone."""
        roles = (*WORKERS, ERRANDS) if has_errands else WORKERS
        try:
            found: Any = self._redis.mget([_sign_name(role) for role in roles])
        except RedisError:
            found = [None] * len(roles)
        return {
            role: None if at is None else max(0.0, now - float(at))
            for role, at in zip(roles, found, strict=True)
        }

    def is_served(self) -> bool:
        """Whether what is in the queue now is done soon: Redis answers and workers live."""
        signs = self.signs(time.time())
        ages = [signs[role] for role in NEEDED_WORKERS]
        return all(age is not None and age < SIGN_SECONDS for age in ages)

    def lengths(self) -> dict[str, tuple[int, int]]:
        """Of each queue, how many jobs wait, and how many have failed lately. Raises RedisError."""
        every = (self._prepare, self._place, self._keepsake, self._print, self._errands)
        return {each.name: (each.count, each.failed_job_registry.count) for each in every}

    def prepare(self, photo_id: int) -> bool:
        return self._enqueue(self._prepare, "worker.jobs.prepare", photo_id, PREPARE_SECONDS)

    def open_wall(self, wall_id: int) -> bool:
        return self._enqueue(self._prepare, "worker.jobs.open_wall", wall_id, PREPARE_SECONDS)

    def clean_logo(self, event_id: int) -> bool:
        return self._enqueue(self._prepare, "worker.jobs.clean_logo", event_id, PREPARE_SECONDS)

    def erase(self, photo_id: int) -> bool:
        return self._enqueue(self._place, "worker.jobs.erase", photo_id, PREPARE_SECONDS)

    def make_print(self, print_id: int, *, quick: bool) -> bool:
        """Ask for a poster, a time-lapse, or a keepsake, which is quick."""
        queue, seconds = (self._keepsake, KEEPSAKE_SECONDS) if quick else (self._print, PRINT_SECONDS)
        return self._enqueue(queue, "worker.jobs.make_print", print_id, seconds)

    def rehearse(self, wall_id: int) -> bool:
        """Beside placing, which goes on until the reveal."""
        return self._enqueue(self._prepare, "worker.jobs.rehearse", wall_id, PLACE_SECONDS)

    def improve(self, wall_id: int) -> bool:
        return self._enqueue(self._place, "worker.jobs.improve", wall_id, PREPARE_SECONDS)

    def clean_suggestion(self, attendee_id: int) -> bool:
        return self._enqueue(self._prepare, "worker.suggestions.clean", attendee_id, PREPARE_SECONDS)

    def ask_for_profile(self, attendee_id: int) -> bool:
        return self._enqueue(self._errands, "plugin.platforms.errands.profile", attendee_id, ERRAND_SECONDS)

    def ask_for_owner(self, installation_id: int) -> bool:
        return self._enqueue(self._errands, "plugin.platforms.errands.owner", installation_id, ERRAND_SECONDS)

    def give_up(self, installation_id: int) -> bool:
        return self._enqueue(
            self._errands, "plugin.platforms.errands.give_up", installation_id, ERRAND_SECONDS
        )

    def carry_out_notice(self, notice_id: int) -> bool:
        return self._enqueue(self._errands, "plugin.platforms.errands.notice", notice_id, ERRAND_SECONDS)

    def mail_code(self, code_id: int) -> bool:
        return self._enqueue(self._errands, "plugin.platforms.errands.mail", code_id, ERRAND_SECONDS)

    def read_registrations(self, source_id: int) -> bool:
        """Each job has an id of its own, as placings have: one asks for the next while it runs."""
        job_id = f"registrations-{source_id}-{secrets.token_hex(8)}"
        return self._enqueue(
            self._errands, "plugin.platforms.errands.registrations", source_id, ERRAND_SECONDS, job_id
        )

    def place(self, wall_id: int) -> bool:
        """Ask for a placing. While one waits in the queue, it will take this photo too: no second is enqueued.

        Each has an id of its own. With one id for a wall, a job asked for while another runs would be deleted when
        that one ends, because RQ cleans up by id.
        """
        job_id = f"place-{wall_id}-{secrets.token_hex(8)}"
        try:
            if not self._redis.set(_placing_flag(wall_id), job_id, nx=True, ex=PLACING_FLAG_SECONDS):
                return True
        except RedisError:
            return False
        return self._enqueue(self._place, "worker.jobs.place", wall_id, PLACE_SECONDS, job_id)

    def place_again(self, wall_id: int) -> bool:
        """Ask for a placing whatever the flag says: its job is lost."""
        self.placing_began(wall_id)
        return self.place(wall_id)

    def placing_began(self, wall_id: int) -> None:
        """Called by the job before it looks which photos wait: whatever comes later needs a job of its own."""
        try:
            self._redis.delete(_placing_flag(wall_id))
        except RedisError:
            logger.warning("wall %s: Redis is gone while placing", wall_id)

    @contextmanager
    def alone_with(self, wall_id: int) -> Iterator[bool]:
        """Whether no other worker places this wall during the block. Should one want to, it is asked for at the end."""
        lease = Lease(self._redis, wall_id)
        with lease.taken() as is_ours:
            yield is_ours
        if is_ours and lease.was_wanted():
            self.place(wall_id)

    def is_under_way(self, name: str, row_id: int) -> bool:
        """Whether such a job waits, or began so recently that it may still be at work.

        A worker that was killed leaves its job "started" for ever, so that alone says nothing.
        """
        try:
            job = Job.fetch(self._job_id(name, row_id), connection=self._redis, serializer=JSONSerializer)
            status = job.get_status()
            listed = status == JobStatus.QUEUED and self._is_listed(job)
        except (NoSuchJobError, RedisError):
            return False
        if status == JobStatus.STARTED and job.started_at is not None:
            started = job.started_at if job.started_at.tzinfo else job.started_at.replace(tzinfo=UTC)
            return (datetime.now(UTC) - started).total_seconds() < AT_WORK_SECONDS
        return listed

    def _job_id(self, name: str, row_id: int) -> str:
        if name != "place":
            return f"{name}-{row_id}"
        flag: Any = self._redis.get(_placing_flag(row_id))
        return flag.decode() if flag else "none"

    def _is_listed(self, job: Job) -> bool:
        """Whether the job is really in its queue: one taken out by a worker that died at once says "queued" too."""
        queues = {each.name: each for each in (self._prepare, self._place, self._keepsake, self._print)}
        return queues[job.origin].get_job_position(job) is not None

    def _enqueue(self, queue: Queue, function: str, row_id: int, seconds: int, job_id: str = "") -> bool:
        name = function.rsplit(".", 1)[-1]
        try:
            queue.enqueue(
                function,
                row_id,
                job_id=job_id or f"{name}-{row_id}",
                job_timeout=seconds,
                result_ttl=0,
                failure_ttl=FAILED_KEPT_SECONDS,
                meta={REQUEST_IN_JOB: REQUEST.get()},
            )
        except RedisError as error:
            logger.warning("%s %s not enqueued: %s", name, row_id, type(error).__name__)
            return False
        return True


def _sign_name(role: str) -> str:
    return f"mosaic:sign:{role}"


def _placing_flag(wall_id: int) -> str:
    return f"mosaic:placing:{wall_id}"
