"""What web processes note down in batches: how often photos were shown, who opened whose, numbers, and who is
here.

Panels report all the time; the database hears of it once a second, as sums. What is lost with a killed process is a
second of counting.
"""

import atexit
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

import gevent
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from plugin.state.db import Database
from plugin.state.logs import REQUEST
from plugin.state.presence import HERE_SECONDS, Presence
from plugin.together.encounter import Openings
from plugin.together.forward import Forward
from plugin.together.stroll import Strolls
from plugin.wall.counters import Tally

logger = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
BEAT_SECONDS = HERE_SECONDS / 3


class Batches:
    def __init__(self, database: Database, tally: Tally, strolls: Strolls, presence: Presence) -> None:
        self._database = database
        self.tally = tally
        self.strolls = strolls
        self.forward = Forward(database, strolls)
        self.presence = presence
        self.openings = Openings()
        self._watching: Counter[tuple[int, int]] = Counter()  # (event, attendee) -> open streams
        self._seen: set[tuple[int, int]] = set()
        self._lock = threading.Lock()
        self._flushed_at = time.monotonic()
        self._beaten_at = 0.0
        self._is_running = False

    def watch(self, event_id: int, attendee_id: int) -> None:
        """A panel has a stream open."""
        self._start()
        with self._lock:
            self._watching[event_id, attendee_id] += 1
            self._seen.add((event_id, attendee_id))

    def unwatch(self, event_id: int, attendee_id: int) -> None:
        with self._lock:
            self._watching[event_id, attendee_id] -= 1
            if self._watching[event_id, attendee_id] <= 0:
                del self._watching[event_id, attendee_id]

    def note_here(self, event_id: int, attendee_id: int) -> None:
        """Somebody asked something, so they are here."""
        with self._lock:
            self._seen.add((event_id, attendee_id))
        if not self._is_running and time.monotonic() - self._flushed_at > FLUSH_SECONDS:
            self.flush()

    def _start(self) -> None:
        if not self._is_running:
            self._is_running = True
            atexit.register(self.flush)
            # Apart from each other: while the database is slow, nobody shall be taken for gone.
            self._loops = [gevent.spawn(self._for_ever, writes) for writes in ((self._beat,), self._counts())]

    def _for_ever(self, writes: Sequence[Callable[[], None]]) -> None:
        REQUEST.set("")  # as in the broadcaster
        while True:
            gevent.sleep(FLUSH_SECONDS)
            self._write(writes)

    def flush(self) -> None:
        """Write everything down now."""
        self._write((self._beat, *self._counts()))

    def _counts(self) -> Sequence[Callable[[], None]]:
        tally, openings = self.tally, self.openings
        return (
            lambda: tally.flush(self._database),
            self.strolls.flush,
            lambda: openings.flush(self._database),
        )

    def _write(self, writes: Sequence[Callable[[], None]]) -> None:
        self._flushed_at = time.monotonic()
        for write in writes:
            try:
                write()
            except (RedisError, SQLAlchemyError, OSError) as error:
                logger.warning("counts are kept for the next second: %s", type(error).__name__)

    def _beat(self) -> None:
        now = time.monotonic()
        with self._lock:
            here, self._seen = self._seen, set()
            if now - self._beaten_at > BEAT_SECONDS:
                self._beaten_at = now
                here |= set(self._watching)
        by_event: dict[int, set[int]] = {}
        for event_id, attendee_id in here:
            by_event.setdefault(event_id, set()).add(attendee_id)
        for event_id, attendee_ids in by_event.items():
            self.presence.beat(event_id, attendee_ids, time.time())
