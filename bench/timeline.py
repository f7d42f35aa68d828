"""Where the time of one photo goes, read from the rows while it travels."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from bench.client import Server

LOOK_SECONDS = 0.004

UPLOAD = "upload: first byte to 202"
QUEUE = "202 to a worker's taking it on"
PREPARE = "prepare"
PLACE = "place, to the commit"
FEED = "commit to the other panel"
STAGES = (UPLOAD, QUEUE, PREPARE, PLACE, FEED)


@dataclass
class Timeline:
    """Moments as time.time(); 0 where a moment went by between two looks."""

    sent: float
    answered: float = 0.0
    taken_on: float = 0.0
    prepared: float = 0.0
    placed: float = 0.0
    arrived: float = 0.0

    @property
    def delay(self) -> float:
        """From the 202 to the other panel."""
        return self.arrived - self.answered

    def stages(self) -> dict[str, float]:
        """Seconds of each stage whose both ends are known."""
        moments = (self.sent, self.answered, self.taken_on, self.prepared, self.placed, self.arrived)
        return {
            name: end - begin
            for name, begin, end in zip(STAGES, moments, moments[1:], strict=False)
            if begin and end
        }

    def follow(self, server: Server, photo_id: int, has_arrived: Callable[[], bool], seconds: float) -> None:
        """Look at the photo's row until it is placed and has arrived, or time is up."""
        give_up = time.time() + seconds
        with closing(sqlite3.connect(server.data / "mosaic.sqlite3", timeout=10)) as connection:
            while not (self.placed and has_arrived()) and time.time() < give_up:
                self._look(connection, photo_id)
                time.sleep(LOOK_SECONDS)

    def _look(self, connection: sqlite3.Connection, photo_id: int) -> None:
        if self.placed:
            return
        query = "SELECT state, attempts, touched_at, wall_id FROM photos WHERE id = ?"
        state, attempts, touched_at, wall_id = connection.execute(query, (photo_id,)).fetchone()
        now = time.time()
        if attempts and not self.taken_on:
            self.taken_on = now
        if state == "prepared":
            self.prepared = touched_at
        if state == "placed":
            self.placed = self._committed(connection, wall_id, photo_id)

    @staticmethod
    def _committed(connection: sqlite3.Connection, wall_id: int, photo_id: int) -> float:
        """When the change that placed it was written, at the end of its transaction."""
        query = "SELECT body, changed_at FROM changes WHERE wall_id = ? ORDER BY revision DESC"
        for body, changed_at in connection.execute(query, (wall_id,)):
            if photo_id in json.loads(body)["new"]:
                return float(changed_at)
        return 0.0
