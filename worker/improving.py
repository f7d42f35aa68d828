"""How a wall's echoes are bettered while nobody comes."""

from sqlalchemy import update

from plugin.state.feed import News
from plugin.state.models import Wall
from worker.detailing import describe_old
from worker.placement.rules import bands, improve_band
from worker.restoring import live_wall
from worker.revisions import Outcome, Overtaken, draw_tiles, store_pictures, write_step
from worker.waiting import look, somebody_waits
from worker.wall.livewall import Cells, LiveWall
from worker.workshop import Workshop


def improve_wall(shop: Workshop, wall_id: int) -> None:
    """In a quiet moment: better the echoes of one band of rows, as one revision; first describe what old photos lack.

    Bands where nothing is gained are passed over; once that is so for all of them, the wall is as good as it gets until
    the next photo. Photos that come meanwhile go first.
    """
    work, wall = look(shop, wall_id)
    if wall is None or not wall.improvable or not wall.columns or work or work.tiles_pending:
        return
    live = live_wall(shop, wall)
    if describe_old(shop, live):
        live.idle_bands = 0
    while live.idle_bands < bands(live.grid):
        if somebody_waits(shop, wall_id) or _better_next_band(shop, live):
            return
    with shop.database.write() as session:
        session.execute(
            update(Wall).where(Wall.id == wall_id, Wall.revision == live.revision).values(improvable=False)
        )


def _better_next_band(shop: Workshop, live: LiveWall) -> bool:
    """Whether anything was gained there."""
    changes = improve_band(live.board, live.band % bands(live.grid))
    live.band += 1
    if not changes:
        live.idle_bands += 1
        return False
    live.idle_bands = 0
    _publish_improved(shop, live, changes.cells)
    return True


def _publish_improved(shop: Workshop, live: LiveWall, cells: Cells) -> None:
    """Like a step in which nobody comes or goes, and its tiles at once; whoever was faster wins."""
    before = live.revision
    try:
        live.paint(cells)
        live.revision = before + 1
        outcome = Outcome([], [], cells, grown=False)
        store_pictures(shop, live, outcome)
        with shop.database.write() as session:
            write_step(session, live, before, outcome)
        shop.feed.publish(News(live.id))
        draw_tiles(shop, live)
    except Overtaken:
        shop.walls.pop(live.id, None)
    except BaseException:
        shop.walls.pop(live.id, None)  # half-changed
        raise
