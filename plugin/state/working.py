"""A worker whose jobs belong to the request that asked for them, which is seen from outside, and which hands its job
back when it is told to stop and the job takes longer."""

import logging
import signal
from types import FrameType
from typing import Any, Self

from redis import Redis
from redis.client import Pipeline
from rq import Queue, SimpleWorker
from rq.exceptions import InvalidJobOperation
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer

from plugin.state.logs import REQUEST
from plugin.state.measures import measures, note_processor
from plugin.state.queue import FINISH_SECONDS, REQUEST_IN_JOB, sign

logger = logging.getLogger(__name__)

WAIT_SECONDS = 10  # for a job, before the next sign of life
RQ_MARGIN_SECONDS = 15  # how much longer RQ takes a worker's life to be than one wait


class StopNow(BaseException):
    """The time to finish is over. No job of ours catches it, and each cleans up behind itself."""


class SeenWorker(SimpleWorker):
    """Takes jobs of these queues, those of the first one first."""

    role = ""
    finish_seconds = FINISH_SECONDS
    _hands_back = False

    @classmethod
    def of(cls, role: str, redis: Redis, *queues: str) -> Self:
        life = WAIT_SECONDS + RQ_MARGIN_SECONDS
        worker = cls(list(queues), connection=redis, serializer=JSONSerializer, worker_ttl=life)
        worker.role = role
        return worker

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """With each of RQ's: before each job, and every few seconds while it waits."""
        super().heartbeat(timeout, pipeline)
        note_processor(self.role)
        sign(self.connection, self.role)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        token = REQUEST.set(str(job.meta.get(REQUEST_IN_JOB, "")))
        try:
            return super().perform_job(job, queue, execution)
        finally:
            REQUEST.reset(token)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """What is under way may finish. RQ itself would wait for as long as it takes, and be killed."""
        if self.get_current_job_id() is not None:
            # RQ's own limit of a job uses the same signal, and clears it when the job ends.
            signal.signal(signal.SIGALRM, self._stop_now)
            signal.setitimer(signal.ITIMER_REAL, self.finish_seconds)
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def _stop_now(self, *_: Any) -> None:
        self._hands_back = True
        raise StopNow

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        if not self._hands_back:
            super().handle_exception(job, *exc_info)

    def handle_job_success(self, job: Job, *arguments: Any, **options: Any) -> None:
        """What was asked for again while it ran may have been done, and cleaned up, by another worker meanwhile."""
        try:
            super().handle_job_success(job, *arguments, **options)
        except InvalidJobOperation:
            logger.info("%s was done twice at once; the other has cleaned up", job.id)

    def handle_job_failure(self, job: Job, *arguments: Any, **options: Any) -> None:
        if self._hands_back:
            logger.info("%s is handed back: this worker was told to stop", job.id)
            job.retries_left, job.enqueue_at_front_on_retry = 1, True
        else:
            measures().jobs_failed.labels(self.role).inc()
        super().handle_job_failure(job, *arguments, **options)
