"""Whether this machine was told to stop: what it has begun it finishes, and whoever sends people sends them elsewhere.

A file in the folder of the run says so, for the web's processes and the lookout alike, before any of them has to stop.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from plugin.state.measures import FOLDER

MARK = "draining"


@dataclass(frozen=True)
class Draining:
    folder: Path | None = None  # None where no run made one: nothing is known, and nobody stops

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        folder = environ.get(FOLDER)
        return cls(Path(folder) if folder else None)

    def begin(self) -> None:
        if self.folder is not None:
            (self.folder / MARK).touch()

    def __bool__(self) -> bool:
        return self.folder is not None and (self.folder / MARK).exists()


NOT_TOLD = Draining()
