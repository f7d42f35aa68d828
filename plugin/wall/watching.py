"""Use cases of whoever watches a wall: the snapshot, what changed since, who is behind a photo, search.

There are two audiences. `panel` is everybody in the event. `stage` is a big screen or a recording: it gets only the
photos of those who said yes to that; the other cells are empty there, in the data and in the pictures.
"""

import base64
import json
import re
import struct
import time
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from plugin.people.visibility import barred, in_sight, is_in_sight
from plugin.state.db import Database
from plugin.state.folding import pattern_of
from plugin.state.keys import media_url, overview_name, target_name, wall_folder
from plugin.state.models import Attendee, Change, Event, Photo, PhotoState, Placement, StageChoice, Wall

PANEL = "panel"
STAGE = "stage"

CHANGES_AT_ONCE = 200  # a panel further behind fetches the snapshot, which is smaller
DETAILS_AT_ONCE = 100
PEOPLE_AT_ONCE = 50
MOST_WORDS = 8  # of a search
NEAR = "near-"
PAGE = re.compile(rf"(?P<near>{NEAR})?(?P<id>[0-9]{{1,18}})", re.ASCII)  # where a page of people ended
DELAYED_SECONDS = 10
Somebody = aliased(Attendee)  # once: making one costs as much as a quick query
PICTURE_ONLY = ("id", "key", "home")  # of a photo, what it takes to draw it


def wall_of(session: Session, event_id: int) -> Wall:
    return session.scalars(select(Wall).where(Wall.event_id == event_id)).one()


def revision_of(database: Database, event_id: int) -> tuple[int, int]:
    """(wall id, revision) of an event's wall."""
    with database.look() as session:
        row = session.execute(select(Wall.id, Wall.revision).where(Wall.event_id == event_id)).one()
    return row.id, row.revision


def revisions(database: Database, wall_ids: Iterable[int]) -> dict[int, int]:
    """The revision of each of these walls, in one query."""
    with database.look() as session:
        rows = session.execute(select(Wall.id, Wall.revision).where(Wall.id.in_(list(wall_ids))))
        return {row.id: row.revision for row in rows}


def is_delayed(database: Database) -> bool:
    """Whether some photo has been waiting for its cell longer than anybody should."""
    with database.look() as session:
        waiting = select(Photo.id).where(
            Photo.state.in_((PhotoState.RECEIVED, PhotoState.PREPARED)),
            Photo.touched_at < time.time() - DELAYED_SECONDS,
        )
        return session.execute(waiting.limit(1)).first() is not None


def snapshot(database: Database, event_id: int, audience: str) -> dict[str, Any]:
    """The whole wall as of its revision; the same for everybody in the audience."""
    with database.read() as session:
        event = session.get_one(Event, event_id)
        wall = wall_of(session, event_id)
        homes = _homes(session, wall.id, audience)
        cells, shown_details = wall.cells, wall.details
        if audience == STAGE:
            cells = _only(wall.stage_cells or wall.cells, {photo for photo, _ in homes})
            shown_details = wall.stage_details or wall.details
    media = media_url(wall_folder(wall.media_key)) + "/"
    return {
        "revision": wall.revision,
        "state": event.state.value,
        "name": event.name,
        "credits": event.credits,
        "count": wall.count,
        "tint": wall.tint,
        "revealed": wall.revealed or wall.once,
        "finish": "once" if wall.once else "reveal" if wall.revealed else "none",
        "media": media,
        "target": media + target_name(wall.target_revision, small=True) if wall.columns else None,
        "grid": _grid(wall, cells, shown_details or b"", homes),
        "overview": _overview(wall, media, audience),
        "levels": _levels(wall) if audience == PANEL else [],
    }


def _grid(wall: Wall, cells: bytes, details: bytes, homes: list[tuple[int, int]]) -> dict[str, Any]:
    details = _where_shown(details, cells)
    return {
        "generation": wall.generation,
        "columns": wall.columns,
        "rows": wall.rows,
        "cells": base64.b64encode(cells).decode(),
        "tints": base64.b64encode(wall.tints or b"").decode(),
        "details": base64.b64encode(details).decode(),
        "homes": base64.b64encode(struct.pack(f"<{2 * len(homes)}I", *_flat(homes))).decode(),
    }


def _homes(session: Session, wall_id: int, audience: str) -> list[tuple[int, int]]:
    query = select(Placement.photo_id, Placement.cell).where(Placement.wall_id == wall_id)
    if audience == STAGE:
        query = query.join(Photo, Photo.id == Placement.photo_id).where(Photo.staged)
    return [(row.photo_id, row.cell) for row in session.execute(query)]


def _only(cells: bytes, photo_ids: set[int]) -> bytes:
    """The cells with every photo that is not among `photo_ids` taken out."""
    numbers = struct.unpack(f"<{len(cells) // 4}I", cells)
    return struct.pack(f"<{len(numbers)}I", *(each if each in photo_ids else 0 for each in numbers))


def _where_shown(details: bytes, cells: bytes) -> bytes:
    """The details of cells that show anything; none at all on a wall of before there were any."""
    if len(details) != len(cells) // 4:
        return b""
    numbers = struct.unpack(f"<{len(cells) // 4}I", cells)
    return bytes(detail if photo else 0 for detail, photo in zip(details, numbers, strict=True))


def _flat(pairs: list[tuple[int, int]]) -> Iterable[int]:
    return (number for pair in pairs for number in pair)


def _overview(wall: Wall, media: str, audience: str) -> dict[str, Any] | None:
    if not wall.columns:
        return None
    return {
        "revision": wall.overview_revision,
        "cell_px": wall.overview_cell_px,
        "url": media + overview_name(wall.overview_revision, stage=audience == STAGE),
    }


def _levels(wall: Wall) -> list[dict[str, Any]]:
    revisions = struct.unpack(f"<{len(wall.tiles) // 4}I", wall.tiles)
    levels, start = [], 0
    for level in json.loads(wall.levels):
        end = start + level["tile_count"]
        levels.append(
            {
                "cell_px": level["cell_px"],
                "tile_cells": level["tile_cells"],
                "tiles": list(revisions[start:end]),
            }
        )
        start = end
    return levels


@dataclass(frozen=True)
class Missed:
    """What a panel of one audience missed, revision by revision. `gap` says: fetch the snapshot instead."""

    revision: int
    state: str
    changes: Sequence[dict[str, Any]] = ()
    gap: bool = False

    def as_dict(self) -> dict[str, Any]:
        if self.gap:
            return {"gap": True, "revision": self.revision}
        return {"revision": self.revision, "changes": list(self.changes)}


def changes_since(database: Database, wall_id: int, since: int | None, audience: str) -> Missed:
    """What a panel at revision `since` needs to be up to date; None for one that fetches all of it anyway."""
    with database.look() as session:  # what changed up to that revision was there when it was
        revision, state = session.execute(
            select(Wall.revision, Event.state).join(Event).where(Wall.id == wall_id)
        ).one()
        if since is None or since == revision:
            return Missed(revision, state.value)
        bodies = session.scalars(
            select(Change.body)
            .where(Change.wall_id == wall_id, Change.revision > since, Change.revision <= revision)
            .order_by(Change.revision)
            .limit(CHANGES_AT_ONCE + 1)
        ).all()
        changes = [json.loads(body) for body in bodies]
        if (
            not 0 <= since < revision
            or len(changes) > CHANGES_AT_ONCE
            or not _is_seamless(changes, since, revision)
        ):
            return Missed(revision, state.value, gap=True)
        return Missed(revision, state.value, _for_audience(session, changes, audience))


def _is_seamless(changes: list[dict[str, Any]], since: int, until: int) -> bool:
    """Not on a wall that a backup brought back, whose revision went on without changes: who knew it looks anew."""
    for change in changes:
        if change["from"] != since:
            return False
        since = change["revision"]
    return since == until


def _for_audience(session: Session, changes: list[dict[str, Any]], audience: str) -> list[dict[str, Any]]:
    """Put to the ids of new photos what the audience may know of them.

    Everybody at the event gets the same message, those too who block each other or are blocked: so names and lines
    are not in it. A panel asks for them when somebody looks (`details`). The stage gets them, of those who chose it.
    """
    if audience == STAGE:
        staged = _staged(session, changes)
        changes = [_on_stage(change, staged) for change in changes]
    wanted = _new_in(changes)
    found = _details(session, Photo.id.in_(wanted), audience=audience) if wanted else []
    known = {each["id"]: each for each in found}
    if audience == PANEL:
        known = {photo_id: {key: each[key] for key in PICTURE_ONLY} for photo_id, each in known.items()}
    return [
        {key: value for key, value in change.items() if key not in ("new", "grid", "stage")}
        | {"photos": [known[photo_id] for photo_id in change["new"] if photo_id in known]}
        for change in changes
    ]


def _new_in(changes: list[dict[str, Any]]) -> set[int]:
    return {photo_id for change in changes for photo_id in change["new"]}


def _staged(session: Session, changes: list[dict[str, Any]]) -> set[int]:
    """The photos among those that the changes name which the stage shows."""
    told = (cell for change in changes for cell in (*change["cells"], *change.get("stage", ())))
    mentioned = {cell[1] for cell in told} | _new_in(changes)
    return set(session.scalars(select(Photo.id).where(Photo.id.in_(mentioned), Photo.staged)))


def _on_stage(change: dict[str, Any], staged: set[int]) -> dict[str, Any]:
    others = {cell[0]: cell for cell in change.get("stage", ())}
    cells = [others.get(cell[0], cell) for cell in change["cells"]]
    return change | {
        "cells": [cell if cell[1] in staged else [cell[0], 0, 0, 0] for cell in cells],
        "new": [photo_id for photo_id in change["new"] if photo_id in staged],
        "tiles": [],
    }


@cache  # to put it together costs as much as a quick query
def _people() -> Any:
    return (
        select(
            Photo.id,
            Photo.key,
            Photo.story,
            Photo.prompt,
            Placement.cell,
            Attendee.id.label("attendee_id"),
            Attendee.name,
            Attendee.title,
            Attendee.reachability,
            Attendee.stage,
            Attendee.paused_at,
            Attendee.removed_at,
            Attendee.room,
        )
        .join(Placement, Placement.photo_id == Photo.id)
        .join(Attendee, Attendee.id == Photo.attendee_id)
        .where(Photo.state == PhotoState.PLACED)
    )


def _details(
    session: Session, *conditions: Any, barred: Container[int] = (), audience: str = PANEL
) -> list[dict[str, Any]]:
    return [_person(row, barred, audience) for row in session.execute(_people().where(*conditions))]


def _person(row: Any, barred: Container[int] = (), audience: str = PANEL) -> dict[str, Any]:
    """The photo of somebody out of sight is part of the picture, without name and line; so are those on the stage who
    did not agree to be named there."""
    hidden = not is_in_sight(row) or row.attendee_id in barred
    hidden = hidden or (audience == STAGE and row.stage is not StageChoice.NAMED)
    return {
        "id": row.id,
        "key": row.key,
        "name": "" if hidden else row.name,
        "title": "" if hidden else row.title,
        "story": "" if hidden else row.story,
        "prompt": "" if hidden else row.prompt,
        "hidden": hidden,
        "home": row.cell,
    }


def details_of(
    session: Session, photo_ids: Sequence[int], barred_ids: Container[int]
) -> list[dict[str, Any]]:
    """The same for one who reads more in the same session, of photos that are known to be the event's."""
    return _details(session, Photo.id.in_(photo_ids), barred=barred_ids)


def details(
    database: Database, event_id: int, photo_ids: Sequence[int], audience: str, viewer_id: int = 0
) -> list[dict[str, Any]]:
    """Who is behind these photos of the event's wall, as the viewer may see them; unknown ids are left out."""
    conditions: list[Any] = [Photo.id.in_(photo_ids[:DETAILS_AT_ONCE])]
    if audience == STAGE:
        conditions.append(Photo.staged)
    with database.look() as session:
        hidden_from = barred(session, viewer_id)
        return _details(session, _on_wall_of(event_id), *conditions, barred=hidden_from, audience=audience)


def people(
    database: Database,
    event_id: int,
    query: str,
    after: str = "",
    limit: int = PEOPLE_AT_ONCE,
    viewer_id: int = 0,
    room: str = "",
    *,
    only_room: bool = False,
) -> dict[str, Any]:
    """People on the wall, newest first, whose name, title or story contains every word of the query.

    Those in the breakout room `room` come before the others; `only_room` lists nobody else. `after` is the `next` of
    the page before. People out of the viewer's sight are not listed.
    """
    near = Attendee.room == room
    conditions = [_on_wall_of(event_id), *_with_words(event_id, query), in_sight()]
    if only_room:
        conditions.append(near)
    if page := PAGE.fullmatch(after):
        older = Photo.id < int(page["id"])
        conditions.append(
            or_(and_(near, older), ~near) if page["near"] else and_(~near, older) if room else older
        )
    in_order = [near.desc()] if room and not only_room else []
    with database.look() as session:
        visible = Attendee.id.not_in(barred(session, viewer_id))
        found = _people().where(visible, *conditions).order_by(*in_order, Photo.id.desc())
        rows = session.execute(found.limit(limit + 1)).all()
    listed = [_person(row) | {"near": bool(room) and row.room == room} for row in rows[:limit]]
    return {"people": listed, "next": _page_after(listed[-1]) if len(rows) > limit else None}


def _page_after(person: dict[str, Any]) -> str:
    return f"{NEAR if person['near'] else ''}{person['id']}"


def _on_wall_of(event_id: int) -> ColumnElement[bool]:
    return Photo.wall_id == select(Wall.id).where(Wall.event_id == event_id).scalar_subquery()


def _with_words(event_id: int, query: str) -> list[ColumnElement[bool]]:
    """That name, title or story contain each of the words.

    Whose name or title contains the longest is found first: to look at everybody's own row, photo by photo, is what a
    search would cost. The longest leaves the fewest people, and only those are looked at for the others.
    """
    first, *others = sorted(map(pattern_of, query.split()[:MOST_WORDS]), key=len, reverse=True) or [""]
    if not first:
        return []
    called = select(Somebody.id).where(Somebody.event_id == event_id, _like(Somebody, first))
    with_first = or_(_like(Photo, first), Photo.attendee_id.in_(called))
    return [with_first, *(or_(_like(Photo, each), _like(Attendee, each)) for each in others)]


def _like(rows: Any, pattern: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = rows.folded.like(pattern, escape="\\")
    return found
