"""A wall is one worker's at a time, while others place other walls: what two did at once, one of them would do in vain.

Nothing depends on it: without Redis, or when a lease has run out, the rows decide who was faster.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from redis import Redis
from redis.exceptions import LockError, RedisError
from redis.lock import Lock

logger = logging.getLogger(__name__)

LEASE_SECONDS = 10.0  # a worker that was killed keeps its wall for so long
RENEWED_EVERY_SECONDS = 2.5
WANTED_SECONDS = 60


class Lease:
    """On one wall. Whoever wants it in vain is noted."""

    def __init__(self, redis: Redis, wall_id: int) -> None:
        self._redis = redis
        self._wanted = f"mosaic:wanted:{wall_id}"
        # The thread that renews it is not the one that took it.
        name = f"mosaic:lease:{wall_id}"
        self._lock = Lock(redis, name, timeout=LEASE_SECONDS, blocking=False, thread_local=False)

    @contextmanager
    def taken(self) -> Iterator[bool]:
        """Whether the wall is ours until the end of the block."""
        try:
            is_ours = self._take()
        except RedisError:
            yield True
            return
        if not is_ours:
            yield False
            return
        done = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(done,), daemon=True)
        renewing.start()
        try:
            yield True
        finally:
            done.set()
            renewing.join()
            with suppress(RedisError):  # it ran out, or Redis is gone
                self._lock.release()

    def was_wanted(self) -> bool:
        """Whether somebody wanted it meanwhile, so that there may be more to do; said once."""
        try:
            return bool(self._redis.delete(self._wanted))
        except RedisError:
            return False

    def _take(self) -> bool:
        if self._lock.acquire():
            return True
        # Said first, then tried again: whoever has just given it up has not looked any more, or will.
        self._redis.set(self._wanted, 1, ex=WANTED_SECONDS)
        return bool(self._lock.acquire())

    def _renew(self, done: threading.Event) -> None:
        while not done.wait(RENEWED_EVERY_SECONDS):
            try:
                self._lock.reacquire()
            except LockError:
                return
            except RedisError as error:
                logger.warning("a lease is not renewed: %s", type(error).__name__)
