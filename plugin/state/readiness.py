"""Whether the service can do its work: what photos need on their way, each part by itself."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from plugin.state.db import Database
from plugin.state.queue import ERRANDS, NEEDED_WORKERS, SIGN_SECONDS, Jobs
from plugin.state.storage import Storage

READY = "ready"
AGE = "age"  # seconds since its last sign of life; None where there was none


@dataclass
class Readiness:
    """Looks, and remembers when each part was last there."""

    database: Database
    jobs: Jobs
    storage: Storage
    has_errands: bool = False  # they run only where there is anybody to go to
    _there_at: dict[str, float] = field(default_factory=dict)

    def parts(self, now: float) -> dict[str, dict[str, Any]]:
        """Each part and each kind of worker: whether it is ready, and the age of its last sign of life."""
        there = {
            "database": self._database_answers(),
            "redis": self.jobs.is_reachable(),
            "storage": self.storage.is_there(),
        }
        self._there_at |= {name: now for name, is_there in there.items() if is_there}
        ages = {name: self._age(name, now) for name in there}
        signs = self.jobs.signs(now, has_errands=self.has_errands)
        is_alive = {role: age is not None and age < SIGN_SECONDS for role, age in signs.items()}
        return {
            name: {READY: is_ready, AGE: None if age is None else round(age, 1)}
            for name, is_ready in (there | is_alive).items()
            for age in [(ages | signs)[name]]
        }

    def _age(self, name: str, now: float) -> float | None:
        return now - self._there_at[name] if name in self._there_at else None

    def _database_answers(self) -> bool:
        try:
            with self.database.read() as session:
                session.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True


def is_ready(parts: dict[str, dict[str, Any]]) -> bool:
    """Photos get through, and whoever waits for a platform or a mail; without a printer they do, too."""
    return all(
        part[READY]
        for name, part in parts.items()
        if name in ("database", "redis", "storage", *NEEDED_WORKERS, ERRANDS)
    )
