"""What each kind of print is drawn from. What the extra `print` brings may be missing: loaded where it is needed."""

import io
import json
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from PIL import Image
from sqlalchemy import select

from plugin.state.models import Attendee, Change, Event, Photo, PrintKind, Wall
from plugin.wall.inside import packed
from plugin.wall.offers import sizes
from worker.orders import Failed, Made, Order, Progress, crop_of, photo_file
from worker.pictures.color import Floats, Pixels
from worker.pictures.thumbs import THUMB_PX, ThumbCache, decode
from worker.placement.history import Now, Step, steps
from worker.placement.rules import Board, Grid, describe_target, tint_map
from worker.prints.consenting import replayed, shown_cells
from worker.restoring import descriptor
from worker.wallfiles import target_of
from worker.workshop import Workshop

LARGE_PX = 512
THUMB_SIZES = (64, 128, 512)
MEMORY_BYTES = 160 << 20
REPLAY_SHARE = (
    0.3  # of a time-lapse's time, about, goes into telling the log again without those who did not agree
)
PICTURES_KEPT = 2  # walls as keepsakes show them: one is made for all who ask while it does not change

_pictures: OrderedDict[tuple[int, int, bytes], Pixels] = OrderedDict()


@contextmanager
def _needed() -> Iterator[None]:
    try:
        yield
    except (ImportError, OSError):  # OSError: a library that the package itself needs
        raise Failed("not_installed") from None


def render(shop: Workshop, order: Order, path: Path, progress: Progress) -> Made:
    """Write what was ordered to `path`. Raises Failed."""
    makers = {PrintKind.POSTER: _poster, PrintKind.KEEPSAKE: _keepsake, PrintKind.TIMELAPSE: _timelapse}
    return makers[order.kind](shop, order, path, progress)


def _poster(shop: Workshop, order: Order, path: Path, progress: Progress) -> Made:
    with _needed():
        from worker.prints.poster import FinishedWall, Format, check_poster, render_poster
    wall = order.wall
    px = min(order.cell_px, sizes(wall.columns, wall.rows)[-1])  # it may have grown since
    form = cast(Format, order.form)
    check_poster(form, wall.columns, wall.rows, px)
    finished = FinishedWall(wall.columns, wall.rows, *_cells(shop, order))
    render_poster(path, form, finished, _thumbs(shop, order, px), px, progress)
    return Made(wall.columns * px, wall.rows * px)


def _keepsake(shop: Workshop, order: Order, path: Path, progress: Progress) -> Made:
    with _needed():
        from worker.prints.keepsake import Mine, render_keepsake
    with shop.database.read() as session:
        event = session.get_one(Event, order.wall.event_id)
        owner = session.get_one(Attendee, order.attendee_id)
        photo = session.get_one(Photo, order.own_photo_id)
    home = order.homes[photo.id]
    picture = _with_own(shop, order, _wall_picture(shop, order), home)
    progress(0.8)
    mine = Mine(home, _own_square(shop, order, LARGE_PX), owner.name, photo.story)
    data = render_keepsake(picture, order.wall.columns, mine, event.name, event.credits, order.caption)
    path.write_bytes(data)
    with Image.open(path) as page:
        return Made(*page.size)


def _timelapse(shop: Workshop, order: Order, path: Path, progress: Progress) -> Made:
    from worker.prints.timelapse import LONG_SIDE, WEBP_LONG_SIDE, Form, render_timelapse, seconds_for

    form = cast(Form, order.form)
    if form == "mp4":
        with _needed():
            import av  # noqa: F401 - the encoder, missed before the work begins
    long_side = LONG_SIDE if form == "mp4" else WEBP_LONG_SIDE
    target = target_of(shop, order.wall)
    log = _log(shop, order, target, lambda share: progress(REPLAY_SHARE * share))
    largest = -(-long_side // min(step.columns for step in log))
    thumbs = _thumbs(shop, order, largest)
    size = render_timelapse(
        path,
        log,
        target,
        thumbs,
        order.wall.tint,
        seconds_for(log),
        long_side,
        lambda share: progress(REPLAY_SHARE + (1 - REPLAY_SHARE) * share),
        form,
    )
    return Made(*size)


def _log(shop: Workshop, order: Order, target: Pixels, progress: Progress) -> list[Step]:
    """How the wall became what it is now, of those who agreed."""
    wall = order.wall
    shown = np.frombuffer(wall.cells, "<u4")
    is_home = np.zeros(shown.size, bool)
    is_home[list(order.homes.values())] = True
    with shop.database.read() as session:
        bodies = session.scalars(
            select(Change.body)
            .where(Change.wall_id == wall.id, Change.revision <= wall.revision)
            .order_by(Change.revision)
        )
        changes: list[dict[str, Any]] = [json.loads(body) for body in bodies]
    log = steps(changes, Now(wall.generation, wall.columns, wall.rows, shown, is_home))
    return replayed(log, order.keys.keys(), _descriptors(shop, order), target, progress)


def _descriptors(shop: Workshop, order: Order) -> dict[int, Floats]:
    """By photo id, of all who have a home."""
    with shop.database.read() as session:
        rows = session.execute(select(Photo.id, Photo.descriptor).where(Photo.wall_id == order.wall.id))
        return {row.id: descriptor(row.descriptor) for row in rows if row.id in order.homes}


def _thumbs(shop: Workshop, order: Order, px: int) -> ThumbCache:
    """Squares of `px`, from the smallest file of a photo that is sharp enough."""
    size = next((each for each in THUMB_SIZES if each >= px), None)

    def load(photo_id: int) -> bytes | None:
        if size is None and (master := photo_file(shop, order, photo_id)):
            with Image.open(io.BytesIO(master)) as image:
                if (
                    min(image.size) > LARGE_PX
                ):  # else it is a panorama, whose square was cut before it was reduced
                    return master
        return photo_file(shop, order, photo_id, size or LARGE_PX)

    return ThumbCache(load, MEMORY_BYTES, lambda photo_id: crop_of(shop, photo_id))


def _cells(shop: Workshop, order: Order) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8], Pixels]:
    """What a FinishedWall wants, of those who agreed: who is shown, tints, the target."""
    wall = order.wall
    target = target_of(shop, wall)
    grid = Grid(wall.columns, wall.rows)
    board = Board.restore(
        grid,
        describe_target(target, grid),
        np.frombuffer(wall.cells, "<u4").astype(np.int64),
        order.homes.items(),
        _descriptors(shop, order),
        wall.once,
    )
    shown = shown_cells(board, order.keys.keys() - order.only_here)
    tints = _tints(wall, target)
    tints[board.is_home] = 0
    return shown, tints, target


def _tints(wall: Wall, target: Pixels) -> npt.NDArray[np.uint8]:
    """The tint that an echo has in each cell: (cells,)."""
    if wall.tints is not None and len(wall.tints) == wall.columns * wall.rows:
        return np.frombuffer(wall.tints, np.uint8).copy()
    grid = Grid(wall.columns, wall.rows)
    return tint_map(Board.empty(grid, describe_target(target, grid)), wall.tint)


def _wall_picture(shop: Workshop, order: Order) -> Pixels:
    """The wall for keepsakes, without the asker's own photo if they did not agree to be in the others'."""
    from worker.prints.keepsake import wall_picture
    from worker.prints.poster import FinishedWall

    wall = order.wall
    key = (wall.id, wall.revision, packed(order.keys.keys() - order.only_here))
    if key not in _pictures:
        finished = FinishedWall(wall.columns, wall.rows, *_cells(shop, order))
        _pictures[key] = wall_picture(finished, _thumbs(shop, order, THUMB_PX))
        while len(_pictures) > PICTURES_KEPT:
            _pictures.popitem(last=False)
    _pictures.move_to_end(key)
    return _pictures[key]


def _with_own(shop: Workshop, order: Order, picture: Pixels, home: int) -> Pixels:
    """The same with the own photo in its home, where the picture for all does not have it."""
    if not order.only_here:
        return picture
    px = picture.shape[1] // order.wall.columns
    row, column = divmod(home, order.wall.columns)
    picture = picture.copy()
    picture[row * px : (row + 1) * px, column * px : (column + 1) * px] = _own_square(shop, order, px)
    return picture


def _own_square(shop: Workshop, order: Order, px: int) -> Pixels:
    data = photo_file(shop, order, order.own_photo_id or 0, LARGE_PX)
    square = decode(data, px) if data else None
    if square is None:  # taken back this very moment
        raise Failed("withdrawn")
    return square
