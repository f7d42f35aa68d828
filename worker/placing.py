"""How a wall is brought up to date: rows in, board and canvases, rows and pictures out.

One step is one revision. Its pictures are stored first, under names that nobody knows yet; then one transaction makes
it true, but only if the wall still is at the revision that the step began with; then the news goes out. A step that
lost the race, or was killed, has changed nothing.
"""

import logging
import time

import numpy as np
import numpy.typing as npt
from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from plugin.people.photos import withdraw_rows
from plugin.state.feed import News
from plugin.state.finish import Reveal
from plugin.state.keys import original_name, prepared_name, target_name
from plugin.state.measures import measures
from plugin.state.models import Photo, PhotoState, Placement, Wall
from worker.pictures.canvas import encode_jpeg, target_small
from worker.pictures.targets import prepare_target
from worker.placement.rules import heal, place, remove
from worker.restoring import descriptor, details, live_wall
from worker.revisions import Outcome, Overtaken, draw_tiles, store_pictures, write_step
from worker.waiting import Arrival, Work, is_opened, look, somebody_comes
from worker.wall.livewall import LiveWall
from worker.wall.remodel import Wish, outgrown, remodel
from worker.wallfiles import TARGET_QUALITY, decoded, keep_pictures, picture_of
from worker.workshop import Workshop

logger = logging.getLogger(__name__)

TRIES = 5
TILES_WAIT_SECONDS = 2.0


def bring_up_to_date(shop: Workshop, wall_id: int) -> None:
    """Work until nothing waits on this wall any more, unless another worker does so already."""
    shop.jobs.placing_began(wall_id)
    with shop.jobs.alone_with(wall_id) as is_ours:
        if is_ours:
            _bring_up_to_date(shop, wall_id)


def _bring_up_to_date(shop: Workshop, wall_id: int) -> None:
    gone: list[int] = []
    tries, minds = 0, True
    while True:
        work, wall = look(shop, wall_id, minds=minds)
        if wall is None or not is_opened(wall) or not (work or work.tiles_pending):
            break
        try:
            left = _advance(shop, wall, work)
        except Overtaken:
            tries, minds = tries + 1, True
            if tries == TRIES:
                raise
            continue
        if left is None:
            break
        gone += left
        tries, minds = 0, False
    for photo_id in gone:
        shop.forget(photo_id)
        shop.jobs.erase(photo_id)


def _advance(shop: Workshop, wall: Wall, work: Work) -> list[int] | None:
    """One revision of what waits: the photos that are off the wall now, or None if it can wait. Raises Overtaken."""
    try:
        live = live_wall(shop, wall)
        if work:
            return _step(shop, live, work)
        if _more_is_coming(shop, live):
            return None
        draw_tiles(shop, live)
        return []
    except BaseException:
        shop.walls.pop(wall.id, None)  # half-changed, or not as the rows are
        raise


def _more_is_coming(shop: Workshop, live: LiveWall) -> bool:
    """Whether a photo is just being prepared: the placing that it asks for can draw the tiles of this one too.

    Until then panels draw single thumbs over the cells that changed. Not for long, however many photos come; and
    should the photo be refused, the sweeper asks for the tiles.
    """
    since = time.time() - TILES_WAIT_SECONDS
    return live.drawn_at >= since and somebody_comes(shop, live.id, since)


def _step(shop: Workshop, live: LiveWall, work: Work) -> list[int]:
    """Do the work as one revision. Returns the photos that are off the wall now. Raises Overtaken."""
    before, generation = live.revision, live.generation
    shop.learn({arrival.id: arrival.key for arrival in work.waiting})
    replaced = _replaced(shop, live, work)
    gone = [*work.leaving, *replaced]
    shown = live.board.look()
    remove(live.board, gone)
    live.staged -= set(gone)
    _redescribe(live, work)
    _remodel(shop, live, work)
    grown = live.generation != generation
    outcome = _arrange(live, work, gone, None if grown else shown)
    live.revision = before + 1
    live.idle_bands = 0
    store_pictures(shop, live, outcome)
    with shop.database.write() as session:
        write_step(session, live, before, outcome)
        _write_placements(session, live, outcome)
        _note_placed(session, live, outcome.placed)
        _note_back(session, work.leaving)
        if outcome.turned_away:
            _turn_away(session, outcome.turned_away)
        if replaced:
            withdraw_rows(session, replaced)
        _note_restaged(session, work.restaged)
        _note_redescribed(session, work)
        if work.rehearsed is not None:
            session.execute(update(Reveal).where(Reveal.wall_id == live.id).values(rehearsed=None))
    _tell(shop, live, outcome)
    return outcome.gone


def _tell(shop: Workshop, live: LiveWall, outcome: Outcome) -> None:
    whose = [arrival.attendee_id for arrival in (*outcome.placed, *outcome.turned_away)]
    shop.feed.publish_all([News(live.id), *(News(live.id, attendee_id) for attendee_id in whose)])
    for arrival in outcome.placed:
        measures().placed_seconds.observe(time.time() - arrival.received_at)
    placed, gone = len(outcome.placed), len(outcome.gone)
    logger.info("wall %s: revision %s, %s placed, %s gone", live.id, live.revision, placed, gone)


_REPLACED = select(Photo.id).where(
    Photo.wall_id == bindparam("wall_id"),
    Photo.attendee_id.in_(bindparam("attendees", expanding=True)),
    Photo.state == PhotoState.PLACED,
)


def _replaced(shop: Workshop, live: LiveWall, work: Work) -> list[int]:
    """Earlier photos on the wall of those whose new photo is about to be placed."""
    attendees = [arrival.attendee_id for arrival in work.waiting]
    if not attendees:
        return []
    with shop.database.read() as session:
        return list(session.scalars(_REPLACED, {"wall_id": live.id, "attendees": attendees}))


def _redescribe(live: LiveWall, work: Work) -> None:
    """Show details of those who changed their mind about it, or none any more."""
    board = live.board
    changed = {each.id: details(each.details, each.only_whole) for each in work.redescribed}
    heal(board, board.redescribe(changed), board.photos)


def _remodel(shop: Workshop, live: LiveWall, work: Work) -> None:
    """Move the wall to another board, if the host wishes or it has outgrown its own."""
    if work.wish is not None:
        new_picture = (work.wish.target, work.wish.prepared) != (live.target_used, live.prepared)
        if new_picture:
            _change_target(shop, live, work.wish)
        remodel(live, work.wish, new_picture, len(work.waiting), work.rehearsed)
    elif (board := outgrown(live, len(work.waiting))) is not None:
        live.move_to(board)


def _change_target(shop: Workshop, live: LiveWall, wish: Wish) -> None:
    """Let the wall be made by the wished picture, and keep its files."""
    name = original_name(wish.target) if wish.target else target_name(0)
    original = picture_of(shop, live.media_key, name)
    prepared = prepare_target(original, live.board.descriptors)
    used = encode_jpeg(prepared.picture if wish.prepared else original, TARGET_QUALITY)
    live.target = decoded(used)  # what later workers will see, to the bit
    revision = live.target_revision = live.revision + 1
    live.drawing = prepared.changed
    files = {target_name(revision): used, target_name(revision, small=True): target_small(live.target)}
    if prepared.changed:
        files[prepared_name(revision)] = target_small(prepared.picture)
    keep_pictures(shop, live.media_key, files)


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
            np.stack([details(arrival.details, arrival.only_whole) for arrival in placed]),
        )
    live.staged |= {arrival.id for arrival in placed if arrival.on_stage}
    for photo_id, on_stage in work.restaged:
        (live.staged.add if on_stage else live.staged.discard)(photo_id)
    touched = live.board.changes_since(look).cells
    looked_at = [*(photo_id for photo_id, _ in work.restaged), *(each.id for each in work.redescribed)]
    cells = np.union1d(touched, live.to_restage(gone, looked_at))
    live.paint(cells)
    return Outcome(placed, gone, cells, before is None, tuple(rest))


def _write_placements(session: Session, live: LiveWall, outcome: Outcome) -> None:
    """Rows of homes: only the new and the gone ones, or all of them on a new grid."""
    homes = live.board.home_cells
    old = delete(Placement).where(Placement.wall_id == live.id)
    if outcome.grown or outcome.gone:
        session.execute(old if outcome.grown else old.where(Placement.photo_id.in_(outcome.gone)))
    moved = homes if outcome.grown else [arrival.id for arrival in outcome.placed]
    rows = [{"wall_id": live.id, "photo_id": photo_id, "cell": homes[photo_id]} for photo_id in moved]
    if rows:
        session.execute(insert(Placement), rows)


def _note_placed(session: Session, live: LiveWall, placed: list[Arrival]) -> None:
    """Raises Overtaken when somebody took a photo back meanwhile."""
    now = time.time()
    for staged, whole in ((False, False), (False, True), (True, False), (True, True)):
        chosen = [
            arrival.id
            for arrival in placed
            if (arrival.id in live.staged, arrival.only_whole) == (staged, whole)
        ]
        if not chosen:
            continue
        done = session.execute(
            update(Photo)
            .where(Photo.id.in_(chosen), Photo.state == PhotoState.PREPARED)
            .values(
                state=PhotoState.PLACED,
                staged=staged,
                whole=whole,
                placed_at=func.coalesce(Photo.placed_at, now),
                touched_at=now,
            )
        )
        if done.rowcount != len(chosen):  # type: ignore[attr-defined]
            raise Overtaken


def _note_back(session: Session, gone: list[int]) -> None:
    """A host took it back while these were leaving: they wait for another cell."""
    if gone:
        session.execute(
            update(Photo)
            .where(Photo.id.in_(gone), Photo.state == PhotoState.PLACED)
            .values(state=PhotoState.PREPARED, touched_at=time.time())
        )


def _note_restaged(session: Session, restaged: list[tuple[int, bool]]) -> None:
    for photo_id, on_stage in restaged:
        session.execute(update(Photo).where(Photo.id == photo_id).values(staged=on_stage))


def _note_redescribed(session: Session, work: Work) -> None:
    for whole in (False, True):
        chosen = [each.id for each in work.redescribed if each.only_whole is whole]
        if chosen:
            session.execute(update(Photo).where(Photo.id.in_(chosen)).values(whole=whole))


def _turn_away(session: Session, arrivals: tuple[Arrival, ...]) -> None:
    """Photos for which a wall on its last grid has no cell."""
    session.execute(
        update(Photo)
        .where(Photo.id.in_([arrival.id for arrival in arrivals]), Photo.state == PhotoState.PREPARED)
        .values(state=PhotoState.REFUSED, refusal="wall_full", touched_at=time.time())
    )
