"""How a wall is brought up to date: rows in, board and canvases, rows and pictures out.

One step is one revision. Its pictures are stored first, under names that nobody knows yet; then one transaction makes
it true, but only if the wall still is at the revision that the step began with; then the news goes out. A step that
lost the race, or was killed, has changed nothing.
"""

import io
import json
import logging
import time
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from plugin.people.photos import withdraw_rows
from plugin.state.feed import News
from plugin.state.models import Attendee, Change, Photo, PhotoState, Placement, Wall
from plugin.state.storage import NotStoredError
from worker.pictures.builtin.gallery import draw
from worker.pictures.canvas import encode_jpeg, levels_for, target_small
from worker.pictures.color import Pixels
from worker.pictures.targets import TargetRefused, open_target, prepare_target
from worker.placement.history import whole
from worker.placement.rules import Board, Grid, bands, describe_target, improve_band, place, remove
from worker.wall.livewall import Cells, LiveWall, tiles_by_level
from worker.wall.remodel import Wish, outgrown, remodel
from worker.workshop import Workshop

logger = logging.getLogger(__name__)

TRIES = 5
PHOTOS_AT_ONCE = 500
TARGET_QUALITY = 95
TILES_WAIT_SECONDS = 2.0


class Overtaken(Exception):  # noqa: N818 - another worker was faster; nothing is wrong
    """The wall or its photos changed while a step was being worked out."""


class Arrival(NamedTuple):
    """A photo that waits for its home."""

    id: int
    attendee_id: int
    descriptor: bytes | None
    on_stage: bool


@dataclass(frozen=True)
class Work:
    """What waits to be done on a wall."""

    waiting: list[Arrival]
    leaving: list[int]
    restaged: list[tuple[int, bool]]  # placed photos whose owner changed their mind about the stage
    wish: Wish | None  # the host wants the wall otherwise; None: it is as wished
    tiles_pending: bool

    def __bool__(self) -> bool:
        return bool(self.waiting or self.leaving or self.restaged) or self.wish is not None


def bring_up_to_date(shop: Workshop, wall_id: int) -> None:
    """Work until nothing waits on this wall any more."""
    shop.jobs.placing_began(wall_id)
    gone: list[int] = []
    tries = 0
    while True:
        work, wall = _look(shop, wall_id)
        if wall is None or not _is_opened(wall) or not (work or work.tiles_pending):
            break
        try:
            live = _live(shop, wall)
            if work:
                gone += _step(shop, live, work)
            elif _more_is_coming(shop, live):
                break
            else:
                _draw_tiles(shop, live)
            tries = 0
        except Overtaken:
            shop.walls.pop(wall_id, None)
            tries += 1
            if tries == TRIES:
                raise
        except BaseException:
            shop.walls.pop(wall_id, None)  # half-changed
            raise
    for photo_id in gone:
        shop.thumbs.forget(photo_id)
        shop.jobs.erase(photo_id)


def _look(shop: Workshop, wall_id: int) -> tuple[Work, Wall | None]:
    with shop.database.read() as session:
        wall = session.get(Wall, wall_id)
        on_wall = Photo.wall_id == wall_id
        waiting = session.execute(
            select(Photo.id, Photo.attendee_id, Photo.descriptor, Attendee.on_stage)
            .join(Attendee)
            .where(on_wall, Photo.state == PhotoState.PREPARED)
            .order_by(Photo.id)
            .limit(PHOTOS_AT_ONCE)
        ).all()
        leaving = session.scalars(
            select(Photo.id).join(Placement).where(on_wall, Photo.state == PhotoState.WITHDRAWN)
        ).all()
        restaged = session.execute(
            select(Photo.id, Attendee.on_stage)
            .join(Attendee)
            .where(on_wall, Photo.state == PhotoState.PLACED, Photo.staged != Attendee.on_stage)
        ).all()
    pending = wall is not None and wall.tiles_pending
    work = Work(
        waiting=[Arrival(*row) for row in waiting],
        leaving=list(leaving),
        restaged=[(row.id, row.on_stage) for row in restaged],
        wish=None if wall is None else _wish(wall),
        tiles_pending=pending,
    )
    return work, wall


def _is_opened(wall: Wall) -> bool:
    return wall.columns > 0 or wall.target_opened > 0


def _wish(wall: Wall) -> Wish | None:
    """How the wall is to be, if it is not like that."""
    wished = Wish(
        wall.target_opened, wall.prepared_wished, wall.tint_wished, wall.reveal_wished, wall.once_wished
    )
    now = Wish(wall.target_used, wall.prepared, wall.tint, wall.revealed, wall.once)
    return None if wished == now else wished


def _live(shop: Workshop, wall: Wall) -> LiveWall:
    """The wall from memory if it is as of the row's revision, else restored from the rows."""
    live = shop.walls.get(wall.id)
    if live is None or live.revision != wall.revision:
        live = _restore(shop, wall)
    shop.keep(live)
    return live


def _restore(shop: Workshop, wall: Wall) -> LiveWall:
    with shop.database.read() as session:
        rows = session.execute(
            select(Placement.photo_id, Placement.cell, Photo.descriptor, Photo.staged)
            .join(Photo, Photo.id == Placement.photo_id)
            .where(Placement.wall_id == wall.id)
        ).all()
    target = target_of(shop, wall)
    grid = Grid(max(1, wall.columns), max(1, wall.rows))
    cells = wall.cells if wall.columns else bytes(4)
    board = Board.restore(
        grid,
        describe_target(target, grid),
        np.frombuffer(cells, "<u4").astype(np.int64),
        [(row.photo_id, row.cell) for row in rows],
        {row.photo_id: descriptor(row.descriptor) for row in rows},
        wall.once,
    )
    live = LiveWall(
        id=wall.id,
        media_key=wall.media_key,
        revision=wall.revision,
        generation=wall.generation,
        tint=wall.tint,
        target=target,
        board=board,
        thumbs=shop.thumbs,
        revealed=wall.revealed,
        once=wall.once,
        prepared=wall.prepared,
        drawing=wall.target_drawing,
        target_used=wall.target_used,
        target_revision=wall.target_revision,
        before=wall.before,
        staged={row.photo_id for row in rows if row.staged},
    )
    live.load_tiles(wall.tiles)
    if not wall.tiles_pending:
        live.dirty.clear()
    return live


def target_of(shop: Workshop, wall: Wall) -> Pixels:
    """The picture that a wall is made by; grey until there is one."""
    if not wall.columns:
        return np.full((1, 1, 3), 128, np.uint8)
    return decoded(shop.storage.get(f"{wall_folder(wall.media_key)}/{wall.target_file}"))


@dataclass(frozen=True)
class Outcome:
    """What one step did to a board."""

    placed: list[Arrival]
    gone: list[int]
    cells: Cells  # those that look different
    grown: bool  # on a new board, of a new generation
    turned_away: tuple[Arrival, ...] = ()  # the wall has no cell left for them


def _step(shop: Workshop, live: LiveWall, work: Work) -> list[int]:
    """Do the work as one revision. Returns the photos that are off the wall now. Raises Overtaken."""
    before, generation = live.revision, live.generation
    replaced = _replaced(shop, live, work)
    gone = [*work.leaving, *replaced]
    look = live.board.look()
    remove(live.board, gone)
    live.staged -= set(gone)
    pictures = _remodel(shop, live, work)
    grown = live.generation != generation
    outcome = _arrange(live, work, gone, None if grown else look)
    live.revision = before + 1
    live.idle_bands = 0
    _store(shop, live, pictures | _pictures(live, outcome))
    with shop.database.write() as session:
        _claim(session, live, before, outcome, improvable=True)
        _write_homes(session, live, outcome)
        _turn_away(session, outcome.turned_away)
        withdraw_rows(session, replaced)
        for photo_id, on_stage in work.restaged:
            session.execute(update(Photo).where(Photo.id == photo_id).values(staged=on_stage))
        _write_change(session, live, before, outcome)
    shop.feed.publish(News(live.id))
    for arrival in (*outcome.placed, *outcome.turned_away):
        shop.feed.publish(News(live.id, arrival.attendee_id))
    logger.info(
        "wall %s: revision %s, %s placed, %s gone",
        live.id,
        live.revision,
        len(outcome.placed),
        len(outcome.gone),
    )
    return outcome.gone


def _replaced(shop: Workshop, live: LiveWall, work: Work) -> list[int]:
    """Earlier photos on the wall of those whose new photo is about to be placed."""
    with shop.database.read() as session:
        return list(
            session.scalars(
                select(Photo.id).where(
                    Photo.wall_id == live.id,
                    Photo.attendee_id.in_([arrival.attendee_id for arrival in work.waiting]),
                    Photo.state == PhotoState.PLACED,
                )
            )
        )


def _remodel(shop: Workshop, live: LiveWall, work: Work) -> dict[str, bytes]:
    """Move the wall to another board, if the host wishes or it has outgrown its own. Returns a new target's files."""
    pictures: dict[str, bytes] = {}
    if work.wish is not None:
        new_picture = (work.wish.target, work.wish.prepared) != (live.target_used, live.prepared)
        if new_picture:
            pictures = _change_target(shop, live, work.wish)
        remodel(live, work.wish, new_picture, len(work.waiting))
    elif (board := outgrown(live, len(work.waiting))) is not None:
        live.move_to(board)
    return pictures


def _change_target(shop: Workshop, live: LiveWall, wish: Wish) -> dict[str, bytes]:
    """Let the wall be made by the wished picture. Returns the files of it, by name."""
    name = Wall.original_file(wish.target) if wish.target else "target.jpg"
    original = decoded(shop.storage.get(f"{wall_folder(live.media_key)}/{name}"))
    prepared = prepare_target(original, live.board.descriptors)
    used = encode_jpeg(prepared.picture if wish.prepared else original, TARGET_QUALITY)
    live.target = decoded(used)  # what later workers will see, to the bit
    live.target_revision, live.drawing = live.revision + 1, prepared.changed
    files = {
        f"target-{live.target_revision}.jpg": used,
        f"target-small-{live.target_revision}.jpg": target_small(live.target),
    }
    if prepared.changed:
        files[f"target-prepared-{live.target_revision}.jpg"] = target_small(prepared.picture)
    return files


def _arrange(live: LiveWall, work: Work, gone: list[int], before: npt.NDArray[np.int64] | None) -> Outcome:
    """Place who waits, and paint what looks different from `before`; None: the whole board is new."""
    look = live.board.look() if before is None else before
    room = live.grid.cells - live.board.photos
    placed, rest = work.waiting[:room], work.waiting[room:]
    if placed:
        place(
            live.board,
            [arrival.id for arrival in placed],
            np.stack([descriptor(arrival.descriptor) for arrival in placed]),
        )
    live.staged |= {arrival.id for arrival in placed if arrival.on_stage}
    for photo_id, on_stage in work.restaged:
        (live.staged.add if on_stage else live.staged.discard)(photo_id)
    touched = live.board.changes_since(look).cells
    cells = np.union1d(touched, live.cells_of(photo_id for photo_id, _ in work.restaged))
    live.paint(cells)
    return Outcome(placed, gone, cells, before is None, tuple(rest))


def _pictures(live: LiveWall, outcome: Outcome) -> dict[str, bytes]:
    """The overviews of both audiences and, but for a new grid, the patches that bring panels there."""
    revision = live.revision
    pictures = {
        f"overview-{revision}.jpg": live.panel.encode_overview(),
        f"stage-overview-{revision}.jpg": live.stage.encode_overview(),
    }
    if outcome.cells.size and not outcome.grown:
        pictures[f"patch-{revision}.jpg"] = live.panel.patch(outcome.cells)
        pictures[f"stage-patch-{revision}.jpg"] = live.stage.patch(outcome.cells)
    return pictures


def _store(shop: Workshop, live: LiveWall, pictures: dict[str, bytes]) -> None:
    for name, data in pictures.items():
        shop.storage.put(f"{wall_folder(live.media_key)}/{name}", data, durable=False)


def _claim(
    session: Session, live: LiveWall, before: int, outcome: Outcome | None = None, **values: Any
) -> None:
    """Make the wall's row say what `live` is, unless somebody was faster. Raises Overtaken.

    Without an outcome only its tiles were drawn.
    """
    if outcome is not None:
        values |= {
            "overview_revision": live.revision,
            "tiles_pending": bool(live.dirty),
            "changed_at": time.time(),
        }
        if outcome.grown:
            values |= _as_made(live)
    claimed = session.execute(
        update(Wall)
        .where(Wall.id == live.id, Wall.revision == before)
        .values(
            revision=live.revision,
            generation=live.generation,
            columns=live.grid.columns,
            rows=live.grid.rows,
            cells=live.board.shown.astype("<u4").tobytes(),
            count=live.board.photos,
            overview_cell_px=live.panel.cell_px,
            levels=packed(live.levels()),
            tiles=live.packed_tiles(),
            **values,
        )
    )
    if not claimed.rowcount:  # type: ignore[attr-defined]
        raise Overtaken


def _as_made(live: LiveWall) -> dict[str, Any]:
    """What of a wall's row changes with its generation only."""
    return {
        "revealed": live.revealed,
        "once": live.once,
        "before": live.before,
        "prepared": live.prepared,
        "tint": live.tint,
        "tints": live.tints.tobytes(),
        "target_used": live.target_used,
        "target_revision": live.target_revision,
        "target_drawing": live.drawing,
    }


def _turn_away(session: Session, arrivals: tuple[Arrival, ...]) -> None:
    """Photos for which a wall on its last grid has no cell."""
    session.execute(
        update(Photo)
        .where(Photo.id.in_([arrival.id for arrival in arrivals]), Photo.state == PhotoState.PREPARED)
        .values(state=PhotoState.REFUSED, refusal="wall_full", touched_at=time.time())
    )


def _write_homes(session: Session, live: LiveWall, outcome: Outcome) -> None:
    """Rows of homes: only the new and the gone ones, or all of them on a new grid. Raises Overtaken."""
    homes = live.board.home_cells
    ids = [arrival.id for arrival in outcome.placed]
    old = delete(Placement).where(Placement.wall_id == live.id)
    session.execute(old if outcome.grown else old.where(Placement.photo_id.in_(outcome.gone)))
    moved = homes if outcome.grown else ids
    rows = [{"wall_id": live.id, "photo_id": photo_id, "cell": homes[photo_id]} for photo_id in moved]
    if rows:
        session.execute(insert(Placement), rows)
    for staged in (False, True):
        chosen = [photo_id for photo_id in ids if (photo_id in live.staged) is staged]
        done = session.execute(
            update(Photo)
            .where(Photo.id.in_(chosen), Photo.state == PhotoState.PREPARED)
            .values(state=PhotoState.PLACED, staged=staged, touched_at=time.time())
        )
        if done.rowcount != len(chosen):  # type: ignore[attr-defined]
            raise Overtaken  # somebody took a photo back meanwhile


def _write_change(session: Session, live: LiveWall, before: int, outcome: Outcome) -> None:
    change = {
        "revision": live.revision,
        "from": before,
        "generation": live.generation,
        "cells": [] if outcome.grown else live.change_cells(outcome.cells),
        "new": [arrival.id for arrival in outcome.placed],
        "gone": outcome.gone,
        "count": live.board.photos,
        "patch": bool(outcome.cells.size) and not outcome.grown,
        "tiles": [],
    }
    if outcome.grown:
        board = live.board
        change["grid"] = whole(board.grid.columns, board.grid.rows, board.shown, board.is_home)
    session.add(Change(wall_id=live.id, revision=live.revision, body=packed(change)))


def _more_is_coming(shop: Workshop, live: LiveWall) -> bool:
    """Whether a photo is just being prepared: the placing that it asks for can draw the tiles of this one too.

    Until then panels draw single thumbs over the cells that changed. Not for long, however many photos come; and
    should the photo be refused, the sweeper asks for the tiles.
    """
    now = time.time()
    if now - live.drawn_at > TILES_WAIT_SECONDS:
        return False
    with shop.database.read() as session:
        coming = select(Photo.id).where(
            Photo.wall_id == live.id,
            Photo.state == PhotoState.RECEIVED,
            Photo.received_at > now - TILES_WAIT_SECONDS,
        )
        return session.execute(coming.limit(1)).first() is not None


def _draw_tiles(shop: Workshop, live: LiveWall) -> None:
    """Draw the tiles that the last steps touched, as one more revision. Raises Overtaken."""
    before = live.revision
    live.revision = before + 1
    live.drawn_at = time.time()
    dirty = sorted(live.dirty)
    _store(shop, live, live.draw_tiles(live.revision))
    change = {
        "revision": live.revision,
        "from": before,
        "generation": live.generation,
        "cells": [],
        "new": [],
        "gone": [],
        "count": live.board.photos,
        "patch": False,
        "tiles": [[live.levels()[level]["cell_px"], x, y, live.revision] for level, x, y in dirty],
    }
    with shop.database.write() as session:
        _claim(session, live, before, tiles_pending=False)
        session.add(Change(wall_id=live.id, revision=live.revision, body=packed(change)))
    shop.feed.publish(News(live.id))


def improve_wall(shop: Workshop, wall_id: int) -> None:
    """In a quiet moment: better the echoes of one band of rows, as one revision.

    Bands where nothing is gained are passed over; once that is so for all of them, the wall is as good as it gets until
    the next photo. Photos that come meanwhile go first.
    """
    work, wall = _look(shop, wall_id)
    if wall is None or not wall.improvable or not wall.columns or work or work.tiles_pending:
        return
    live = _live(shop, wall)
    while live.idle_bands < bands(live.grid):
        if _somebody_waits(shop, wall_id):
            return
        changes = improve_band(live.board, live.band % bands(live.grid))
        live.band += 1
        if changes:
            live.idle_bands = 0
            _publish_improved(shop, live, changes.cells)
            return
        live.idle_bands += 1
    with shop.database.write() as session:
        session.execute(
            update(Wall).where(Wall.id == wall_id, Wall.revision == live.revision).values(improvable=False)
        )


def _somebody_waits(shop: Workshop, wall_id: int) -> bool:
    with shop.database.read() as session:
        waiting = select(Photo.id).where(
            Photo.wall_id == wall_id, Photo.state.in_((PhotoState.RECEIVED, PhotoState.PREPARED))
        )
        return session.execute(waiting.limit(1)).first() is not None


def _publish_improved(shop: Workshop, live: LiveWall, cells: Cells) -> None:
    """Like a step in which nobody comes or goes, and its tiles at once; whoever was faster wins."""
    before = live.revision
    try:
        live.paint(cells)
        live.revision = before + 1
        outcome = Outcome([], [], cells, grown=False)
        _store(shop, live, _pictures(live, outcome))
        with shop.database.write() as session:
            _claim(session, live, before, outcome)
            _write_change(session, live, before, outcome)
        shop.feed.publish(News(live.id))
        _draw_tiles(shop, live)
    except Overtaken:
        shop.walls.pop(live.id, None)
    except BaseException:
        shop.walls.pop(live.id, None)  # half-changed
        raise


def open_wall(shop: Workshop, wall_id: int) -> None:
    """Look into the pictures that hosts sent as targets, where strangers' bytes may be looked into; note why one is
    refused. What is kept is a clean copy: making the wall by it is `place`'s business.
    """
    while True:
        with shop.database.read() as session:
            wall = session.get(Wall, wall_id)
        if wall is None or wall.target_wished is None:
            return
        source, number = wall.target_wished, wall.target_opened + 1
        try:
            original = _target(shop, source)
        except TargetRefused as refused:
            logger.info("wall %s: target refused: %s", wall_id, refused.reason)
            values: dict[str, Any] = {"target_refusal": refused.reason}
        else:
            folder = wall_folder(wall.media_key)
            shop.storage.put(f"{folder}/{Wall.original_file(number)}", encode_jpeg(original, TARGET_QUALITY))
            shop.storage.put(f"{folder}/{Wall.original_file(number, small=True)}", target_small(original))
            values = {"target_refusal": None, "target_opened": number, "target_source": source}
        with shop.database.write() as session:
            session.execute(
                update(Wall)
                .where(Wall.id == wall_id, Wall.target_wished == source, Wall.target_opened == number - 1)
                .values(target_wished=None, **values)
            )
        if source.startswith("uploads/"):
            shop.storage.delete(source)
        shop.jobs.place(wall_id)


def _target(shop: Workshop, source: str) -> Pixels:
    """The target's pixels, of a built-in picture or an upload. Raises TargetRefused."""
    if not source.startswith("uploads/"):
        return draw(source)
    try:
        data = shop.storage.get(source)
    except NotStoredError:
        raise TargetRefused("unreadable") from None
    return open_target(data)


def delete_superseded(shop: Workshop, wall_id: int, older_than_seconds: float) -> int:
    """Delete pictures of a wall that newer ones replaced, except those that a panel may be just fetching.

    Returns how many were deleted.
    """
    with shop.database.read() as session:
        wall = session.get_one(Wall, wall_id)
    folder = wall_folder(wall.media_key)
    current = _current_names(wall)
    latest = time.time() - older_than_seconds
    names = [
        name
        for name, written_at in shop.storage.names(folder).items()
        if name not in current and written_at <= latest and _is_superseded(name, wall)
    ]
    for name in names:
        shop.storage.delete(f"{folder}/{name}")
    return len(names)


def _current_names(wall: Wall) -> set[str]:
    names = {wall.target_file, wall.target_small_file, wall.prepared_file}
    names |= {Wall.original_file(wall.target_used, small=small) for small in (False, True)}
    names |= {f"{kind}-{wall.overview_revision}.jpg" for kind in ("overview", "stage-overview")}
    grid = Grid(wall.columns, wall.rows)
    for level, revisions in zip(
        levels_for(grid.columns, grid.rows), tiles_by_level(wall.tiles, grid), strict=True
    ):
        across, _ = level.tiles(grid.columns, grid.rows)
        names |= {
            f"tile-{level.cell_px}-{index % across}-{index // across}-{revision}.jpg"
            for index, revision in enumerate(revisions.tolist())
        }
    return names


def _is_superseded(name: str, wall: Wall) -> bool:
    """Not while it may belong to a step whose transaction is still to come."""
    number = PurePosixPath(name).stem.rsplit("-", 1)[-1]
    latest = wall.target_used if name.startswith("target-original-") else wall.revision
    return number.isdecimal() and int(number) <= latest


def wall_folder(media_key: str) -> str:
    return f"walls/{media_key}"


def decoded(data: bytes) -> Pixels:
    """The pixels of one of our own JPEGs."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        return np.asarray(image.convert("RGB"))


def descriptor(data: bytes | None) -> npt.NDArray[np.float32]:
    """A photo's descriptor from its row, (48,). ValueError when there is none: such a photo was never prepared."""
    if data is None:
        raise ValueError("a photo without a descriptor")
    return np.frombuffer(data, "<f4").astype(np.float32)


def packed(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
