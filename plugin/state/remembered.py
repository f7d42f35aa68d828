"""What is worked out for each event and remembered for a moment, by one at a time.

When it is out of date, hundreds may ask in the same instant; each of them to work it out, while the first still waits
for the database, is how a rush becomes an outage.
"""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST = 256  # events
PATIENCE_SECONDS = 1.0  # then one works it out too: the other may never come back


class Remembered(Generic[T]):
    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._known: dict[int, tuple[float, T]] = {}
        self._turns: dict[int, threading.Lock] = {}
        self._forgotten = 0  # how often something was
        self._lock = threading.Lock()

    def get(self, event_id: int, seconds: float) -> T:
        """As it is now, or was at most so long ago."""
        found = self._fresh(event_id, seconds)
        if found is not None:
            return found
        with self._lock:
            turn = self._turns.setdefault(event_id, threading.Lock())
        is_mine = turn.acquire(timeout=PATIENCE_SECONDS)
        try:
            found = self._fresh(event_id, seconds)
            return found if found is not None else self._made(event_id)
        finally:
            if is_mine:
                turn.release()

    def forget(self, event_id: int) -> None:
        """It has just changed: whoever asks next gets it as it is now, and what is being worked out is not kept."""
        with self._lock:
            self._forgotten += 1
            self._known.pop(event_id, None)

    def clear(self) -> None:
        with self._lock:
            self._forgotten += 1
            self._known.clear()

    def _fresh(self, event_id: int, seconds: float) -> T | None:
        with self._lock:
            made_at, found = self._known.get(event_id, (0.0, None))
        return found if found is not None and time.monotonic() - made_at < seconds else None

    def _made(self, event_id: int) -> T:
        before = self._forgotten
        made = self._make(event_id)
        with self._lock:
            if self._forgotten == before:
                if len(self._known) >= MOST:
                    self._known.clear()
                    self._turns.clear()
                self._known[event_id] = (time.monotonic(), made)
        return made
