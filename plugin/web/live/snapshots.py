"""One snapshot a second for each wall and audience, however many panels open at once."""

import gzip
import json
import threading
import time

from plugin.state.db import Database
from plugin.wall import watching
from plugin.web.live.broadcast import Broadcaster
from plugin.web.live.facts import EventFacts

SNAPSHOT_SECONDS = 1.0
SNAPSHOTS_KEPT = 256
GZIP_LEVEL = 5


class Snapshots:
    def __init__(self, database: Database, broadcaster: Broadcaster, facts: EventFacts) -> None:
        self._facts = facts
        self._database = database
        self._broadcaster = broadcaster
        self._kept: dict[tuple[int, str], tuple[float, bytes, bytes]] = {}
        self._one_at_a_time = threading.Lock()

    def get(self, event_id: int, audience: str) -> tuple[bytes, bytes]:
        """The snapshot as JSON, plain and gzipped, at most a second old."""
        key = (event_id, audience)
        with self._one_at_a_time:
            made, plain, packed = self._kept.get(key, (0.0, b"", b""))
            if not plain or time.monotonic() - made > SNAPSHOT_SECONDS:
                plain = self._encoded(event_id, audience)
                packed = gzip.compress(plain, GZIP_LEVEL)
                if len(self._kept) >= SNAPSHOTS_KEPT:
                    self._kept.clear()
                self._kept[key] = (time.monotonic(), plain, packed)
        return plain, packed

    def _encoded(self, event_id: int, audience: str) -> bytes:
        content = watching.snapshot(self._database, event_id, audience)
        content["delayed"] = self._broadcaster.delayed
        facts = self._facts.of(event_id)
        content |= facts.as_dict(0)
        if facts.rooms and audience == watching.PANEL:
            del content["break"]  # not the same for everybody: each one's stream tells it
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
