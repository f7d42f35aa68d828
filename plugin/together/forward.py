"""Who comes forward on a stage in quiet moments: those who agreed to be named there, the least shown first."""

import time
from typing import Any

from sqlalchemy import select

from plugin.people.visibility import in_sight
from plugin.state.db import Database
from plugin.state.models import Attendee, Photo, PhotoState, StageChoice
from plugin.together.stroll import Strolls
from plugin.wall import watching

AT_ONCE = 12
KEPT_SECONDS = 20.0  # a stage may be open in a frame of each participant; all of them show the same
EVENTS_KEPT = 256
LOOKED_AT = 2000  # of a large event the newest


class Forward:
    def __init__(self, database: Database, strolls: Strolls) -> None:
        self._database = database
        self._strolls = strolls
        self._kept: dict[int, tuple[float, list[dict[str, Any]]]] = {}

    def of(self, event_id: int) -> list[dict[str, Any]]:
        """The next photos with name and story; each counts as shown once."""
        until, people = self._kept.get(event_id, (0.0, []))
        now = time.monotonic()
        if until > now:
            return people
        chosen = self._strolls.step_forward(event_id, self._candidates(event_id), AT_ONCE)
        people = watching.details(self._database, event_id, chosen, watching.STAGE)
        people = sorted(
            (each for each in people if not each["hidden"]), key=lambda each: chosen.index(each["id"])
        )
        if len(self._kept) >= EVENTS_KEPT:
            self._kept.clear()
        self._kept[event_id] = now + KEPT_SECONDS, people
        return people

    def _candidates(self, event_id: int) -> list[int]:
        query = (
            select(Photo.id)
            .join(Attendee, Attendee.id == Photo.attendee_id)
            .where(
                Attendee.event_id == event_id,
                Attendee.stage == StageChoice.NAMED,
                Photo.state == PhotoState.PLACED,
                Photo.staged,
                in_sight(),
            )
        )
        with self._database.read() as session:
            return list(session.scalars(query.order_by(Photo.id.desc()).limit(LOOKED_AT)))
