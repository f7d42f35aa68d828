"""Which files of the storage a database knows of: only those go into a backup of it.

A file that no row knows could never be erased where it is restored; one that a row knows and that is not there would be
a hole in the picture.
"""

import json
import struct
from collections.abc import Container
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.state.encounters import Report
from plugin.state.finish import Print, PrintState
from plugin.state.keys import (
    ERASURES,
    LOGOS,
    PHOTOS,
    PRINTS,
    REPORTS,
    SUGGESTIONS,
    UNFINISHED,
    UPLOADS,
    WALLS,
    evidence_key,
    logo_key,
    master_key,
    overview_name,
    photo_folder,
    suggestion_key,
    target_name,
    tile_name,
    upload_key,
    wall_file_key,
    wall_folder,
)
from plugin.state.models import Event, Photo, PhotoState, Wall
from plugin.state.platform_models import Suggestion

LOOKED_INTO = (PhotoState.PREPARED, PhotoState.HELD, PhotoState.PLACED)
BY_FOLDER = (PHOTOS, WALLS)
BY_NAME = (UPLOADS, SUGGESTIONS, PRINTS, LOGOS, REPORTS)
NEVER = (
    ERASURES,
    UNFINISHED,
)  # they are kept outside a backup, so that it can be asked who came to be erased after it


@dataclass(frozen=True)
class Needs:
    """What the rows of a database know of, as keys and as folders whose every file belongs to a row."""

    folders: frozenset[str]
    names: frozenset[str]
    needed: frozenset[str]  # without which something is missing
    either: tuple[tuple[str, str], ...]  # pairs of which one is needed

    def know(self, key: str) -> bool:
        kind, _, rest = key.partition("/")
        if kind in BY_FOLDER:
            return f"{kind}/{rest.partition('/')[0]}" in self.folders
        return key in self.names if kind in BY_NAME else kind not in NEVER

    def missing(self, files: Container[str]) -> list[str]:
        lost = [key for key in sorted(self.needed) if key not in files]
        return lost + [one for one, other in self.either if one not in files and other not in files]


def of_rows(session: Session) -> Needs:
    photos = session.execute(select(Photo.key, Photo.state).where(Photo.state != PhotoState.WITHDRAWN)).all()
    walls = session.scalars(select(Wall)).all()
    sent = [key for key, state in photos if state is PhotoState.RECEIVED]
    prints = session.scalars(select(Print).where(Print.state == PrintState.DONE)).all()
    suggested = [key for key in session.scalars(select(Suggestion.picture_key)) if key]
    reported = [key for key in session.scalars(select(Report.picture_key)) if key]
    events = session.execute(select(Event.logo, Event.logo_wished)).all()
    targets = {source for wall in walls for source in (wall.target_source, wall.target_wished) if source}
    return Needs(
        folders=frozenset(
            {photo_folder(key) for key, _ in photos} | {wall_folder(wall.media_key) for wall in walls}
        ),
        names=frozenset(
            {upload_key(key) for key in (*sent, *suggested)}
            | {suggestion_key(key) for key in suggested}
            | {each.storage_key for each in prints}
            | {evidence_key(key) for key in reported}
            | {logo_key(row.logo) for row in events if row.logo}
            | {row.logo_wished for row in events if row.logo_wished}
            | targets
        ),
        needed=frozenset(
            {master_key(key) for key, state in photos if state in LOOKED_INTO}
            | {key for wall in walls for key in _pictures(wall)}
        ),
        either=tuple((upload_key(key), master_key(key)) for key in sent),
    )


def _pictures(wall: Wall) -> set[str]:
    """What a wall is made by, and how it is shown now."""
    if not wall.columns:
        return set()
    names = {target_name(wall.target_revision, small=small) for small in (False, True)}
    names |= {overview_name(wall.overview_revision, stage=stage) for stage in (False, True)}
    revisions = struct.unpack(f"<{len(wall.tiles) // 4}I", wall.tiles)
    start = 0
    for level in json.loads(wall.levels):
        count, across = level["tile_count"], -(-wall.columns // level["tile_cells"])
        names |= {
            tile_name(level["cell_px"], index % across, index // across, revision)
            for index, revision in enumerate(revisions[start : start + count])
            if revision  # else it was never drawn so far
        }
        start += count
    return {wall_file_key(wall.media_key, name) for name in names}
