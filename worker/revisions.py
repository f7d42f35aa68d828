"""How one step becomes one revision of a wall: its pictures first, then its row and the log of changes."""

import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from plugin.state.feed import News
from plugin.state.keys import overview_name, patch_name
from plugin.state.models import Change, Wall
from worker.placement.grids import largest_grid
from worker.placement.history import whole
from worker.waiting import Arrival
from worker.wall.livewall import Cells, LiveWall
from worker.wallfiles import keep_pictures
from worker.workshop import Workshop

LOOKED_BACK = 200  # changes; one further back is no news to any panel
PATCHED = '"patch":true'  # in a change as the log keeps it


class Overtaken(Exception):  # noqa: N818 - another worker was faster; nothing is wrong
    """The wall or its photos changed while a step was being worked out."""


@dataclass(frozen=True)
class Outcome:
    """What one step did to a board."""

    placed: list[Arrival]
    gone: list[int]
    cells: Cells  # those that look different
    grown: bool  # on a new board, of a new generation
    turned_away: tuple[Arrival, ...] = ()  # the wall has no cell left for them


def store_pictures(shop: Workshop, live: LiveWall, outcome: Outcome) -> None:
    """Keep the overviews of both audiences and, but for a new grid, the patches that bring panels there.

    Where everybody is on the stage, what panels show is encoded once for both.
    """
    revision = live.revision
    seen = {False: live.panel, True: live.panel if live.is_same_on_stage() else live.stage}
    overviews = {canvas: canvas.encode_overview() for canvas in seen.values()}
    pictures = {overview_name(revision, stage=stage): overviews[canvas] for stage, canvas in seen.items()}
    if outcome.cells.size and not outcome.grown:
        patches = {canvas: canvas.patch(outcome.cells) for canvas in seen.values()}
        pictures |= {patch_name(revision, stage=stage): patches[canvas] for stage, canvas in seen.items()}
    keep_pictures(shop, live.media_key, pictures)


def write_step(session: Session, live: LiveWall, since: int, outcome: Outcome) -> None:
    """Make the wall's row and its log say what `live` is, unless somebody was faster. Raises Overtaken.

    `since` is the revision that the step began with.
    """
    values = _shown(live) | {
        "overview_revision": live.revision,
        "tiles_pending": bool(live.dirty),
        "changed_at": time.time(),
        "improvable": True,
    }
    _claim(session, live, since, values | (_as_made(live) if outcome.grown else {}))
    _log(session, live, since, _told(live, outcome))


def draw_tiles(shop: Workshop, live: LiveWall) -> None:
    """Draw the tiles that the last steps touched, as one more revision. Raises Overtaken."""
    since = live.revision
    live.revision = since + 1
    live.drawn_at = time.time()
    dirty = sorted(live.dirty)
    keep_pictures(shop, live.media_key, live.draw_tiles(live.revision))
    levels = live.levels()
    with shop.database.write() as session:
        _claim(session, live, since, {"tiles_pending": False})
        tiles = [[levels[level]["cell_px"], x, y, live.revision] for level, x, y in dirty]
        _log(session, live, since, {"tiles": tiles})
    shop.feed.publish(News(live.id))


def _claim(session: Session, live: LiveWall, since: int, values: dict[str, Any]) -> None:
    """Bring the wall's row to the revision of `live`, with `values`, unless somebody was faster. Raises Overtaken."""
    claimed = session.execute(
        update(Wall)
        .where(Wall.id == live.id, Wall.revision == since)
        .values(revision=live.revision, tiles=live.packed_tiles(), **values)
    )
    if not claimed.rowcount:  # type: ignore[attr-defined]
        raise Overtaken


def _shown(live: LiveWall) -> dict[str, Any]:
    """What of a wall's row a step changes."""
    stage_cells, stage_details = live.packed_stage()
    return {
        "generation": live.generation,
        "columns": live.grid.columns,
        "rows": live.grid.rows,
        "cells": live.board.shown.astype("<u4").tobytes(),
        "details": live.board.details.tobytes(),
        "stage_cells": stage_cells,
        "stage_details": stage_details,
        "count": live.board.photos,
        "overview_cell_px": live.panel.cell_px,
        "levels": _packed(live.levels()),
    }


def _as_made(live: LiveWall) -> dict[str, Any]:
    """What of a wall's row changes with its generation only."""
    return {
        "revealed": live.revealed,
        "once": live.once,
        "whole": live.whole,
        "before": live.before,
        "prepared": live.prepared,
        "tint": live.tint,
        "tints": live.tints.tobytes(),
        "target_used": live.target_used,
        "target_revision": live.target_revision,
        "target_drawing": live.drawing,
        "room": largest_grid(live.aspect).cells,
    }


def _told(live: LiveWall, outcome: Outcome) -> dict[str, Any]:
    """What of a change panels are told after a step."""
    who = {"new": [arrival.id for arrival in outcome.placed], "gone": outcome.gone}
    if outcome.grown:
        board = live.board
        size = board.grid.columns, board.grid.rows
        return who | {"grid": whole(*size, board.shown, board.is_home, board.details)}
    on_stage = live.change_on_stage(outcome.cells)
    told = who | {"cells": live.change_cells(outcome.cells), "patch": bool(outcome.cells.size)}
    return told | {"stage": on_stage} if on_stage else told


def _log(session: Session, live: LiveWall, since: int, told: dict[str, Any]) -> None:
    """Add to the log of changes what led from the revision `since` to this one."""
    nothing: dict[str, Any] = {"cells": [], "new": [], "gone": [], "patch": False, "tiles": []}
    change = {
        "revision": live.revision,
        "from": since,
        "generation": live.generation,
        "count": live.board.photos,
    }
    session.add(Change(wall_id=live.id, revision=live.revision, body=_packed(change | nothing | told)))


def left_at(session: Session, wall_id: int, photo_id: int) -> int | None:
    """The revision that took a photo off the wall; None where the newest changes do not say."""
    newest = (
        select(Change).where(Change.wall_id == wall_id).order_by(Change.revision.desc()).limit(LOOKED_BACK)
    )
    changes = (json.loads(change.body) for change in session.scalars(newest))
    return next((change["revision"] for change in changes if photo_id in change["gone"]), None)


def forget_patches(session: Session, wall_id: int, before: int | None) -> None:
    """Tell panels that come back no more of the patches of revisions below `before`: they are deleted."""
    of_wall = update(Change).where(Change.wall_id == wall_id, Change.body.contains(PATCHED))
    told = of_wall if before is None else of_wall.where(Change.revision < before)
    session.execute(told.values(body=func.replace(Change.body, PATCHED, PATCHED.replace("true", "false"))))


def _packed(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
