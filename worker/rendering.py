"""What each kind of print is drawn from. What the extra `print` brings may be missing: loaded where it is needed."""

import io
import json
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from PIL import Image
from sqlalchemy import select

from plugin.state.finish import PrintKind
from plugin.state.keys import logo_key
from plugin.state.models import Attendee, Change, Event, Photo, Wall
from plugin.state.storage import NotStoredError
from plugin.wall import colours
from plugin.wall.inside import packed
from plugin.wall.offers import sizes
from plugin.wall.papers import page_of
from worker.orders import Failed, Made, Order, Progress, crop_of, photo_file
from worker.pictures import logos
from worker.pictures.color import Floats, Pixels
from worker.pictures.details import Bytes
from worker.pictures.thumbs import THUMB_PX, ThumbCache, decode
from worker.placement.history import Now, Step, steps
from worker.placement.rules import Board, Grid, describe_target, tint_map
from worker.prints.consenting import replayed, shown_cells
from worker.restoring import cell_details, descriptor, details
from worker.wallfiles import target_of
from worker.workshop import Workshop

if TYPE_CHECKING:
    from worker.prints.poster import FinishedWall
    from worker.prints.sheet import Legend

LARGE_PX = 512
RECAP_PX = 2_000  # the long side of the picture on a page
RECAP_QUALITY = 82
THUMB_SIZES = (64, 128, 512)
MEMORY_BYTES = 160 << 20
REPLAY_SHARE = (
    0.3  # of a time-lapse's time, about, goes into telling the log again without those who did not agree
)
PICTURES_KEPT = 2  # walls as keepsakes show them: one is made for all who ask while it does not change

_pictures: OrderedDict[tuple[int, int, bytes, bytes], Pixels] = OrderedDict()


@contextmanager
def _needed() -> Iterator[None]:
    try:
        yield
    except (ImportError, OSError):  # OSError: a library that the package itself needs
        raise Failed("not_installed") from None


def render(shop: Workshop, order: Order, path: Path, progress: Progress) -> Made:
    """Write what was ordered to `path`. Raises Failed."""
    makers = {
        PrintKind.POSTER: _poster,
        PrintKind.KEEPSAKE: _keepsake,
        PrintKind.TIMELAPSE: _timelapse,
        PrintKind.RECAP: _recap,
    }
    return makers[order.kind](shop, order, path, progress)


def _poster(shop: Workshop, order: Order, path: Path, progress: Progress) -> Made:
    with _needed():
        from worker.prints.poster import Format, check_poster, render_poster
    wall = order.wall
    form = cast(Format, order.form)
    if order.paper:
        return _poster_on_paper(shop, order, path, progress)
    px = min(order.cell_px, sizes(wall.columns, wall.rows)[-1])  # it may have grown since
    check_poster(form, wall.columns, wall.rows, px)
    render_poster(path, form, _finished(shop, order), _thumbs(shop, order, px), px, progress)
    return Made(wall.columns * px, wall.rows * px)


def _poster_on_paper(shop: Workshop, order: Order, path: Path, progress: Progress) -> Made:
    from worker.prints.poster import Format, render_poster
    from worker.prints.sheet import Legend, lay_out

    wall = order.wall
    with shop.database.read() as session:
        event = session.get_one(Event, wall.event_id)
    page = page_of(order.paper, wall.columns, wall.rows)
    sheet = lay_out(page, wall.columns, wall.rows, order.titled)
    legend = _legend(shop, event, order.caption) if order.titled else Legend()
    thumbs = _thumbs(shop, order, sheet.cell_px)
    form = cast(Format, order.form)
    render_poster(path, form, _finished(shop, order), thumbs, sheet.cell_px, progress, sheet, legend)
    return Made(*page)


def _legend(shop: Workshop, event: Event, caption: str) -> "Legend":
    from worker.prints.sheet import Legend

    rule = colours.on_light(event.accent).colour if event.accent else ""
    return Legend(event.name, caption, _logo(shop, event), rule)


def _logo(shop: Workshop, event: Event) -> Image.Image | None:
    """The event's logo, so that it is seen on paper."""
    if not event.logo:
        return None
    try:
        logo = logos.opened(shop.storage.get(logo_key(event.logo)))
    except NotStoredError:  # another one came just now
        return None
    return logos.plated(logo) if event.logo_ground == "dark" else logo


def _recap(shop: Workshop, order: Order, path: Path, progress: Progress) -> Made:
    """The picture for a page: as a poster without margins, in few pixels."""
    from worker.prints.poster import bands

    wall = order.wall
    px = max(1, RECAP_PX // max(wall.columns, wall.rows))
    drawn = bands(_finished(shop, order), _thumbs(shop, order, px), px, progress)
    Image.fromarray(np.concatenate([band.copy() for band in drawn])).save(
        path, "JPEG", quality=RECAP_QUALITY, progressive=True
    )
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
    known = cell_details(wall)
    parts = np.zeros(shown.size, np.uint8) if known is None else known
    is_home = np.zeros(shown.size, bool)
    is_home[list(order.homes.values())] = True
    with shop.database.read() as session:
        bodies = session.scalars(
            select(Change.body)
            .where(Change.wall_id == wall.id, Change.revision <= wall.revision)
            .order_by(Change.revision)
        )
        changes: list[dict[str, Any]] = [json.loads(body) for body in bodies]
    log = steps(changes, Now(wall.generation, wall.columns, wall.rows, shown, is_home, parts))
    known_of = _known(shop, order)
    return replayed(
        log, order.keys.keys(), known_of.wholes, target, progress, known_of.details, wall.whole_wished
    )


class _Known(NamedTuple):
    """What is known of all photos that have a home, by photo id."""

    wholes: dict[int, Floats]  # (48,)
    details: dict[int, Bytes]  # (61, 48), of those who may be shown in details


def _known(shop: Workshop, order: Order) -> _Known:
    with shop.database.read() as session:
        rows = session.execute(
            select(Photo.id, Photo.descriptor, Photo.details, Attendee.only_whole)
            .join(Attendee)
            .where(Photo.wall_id == order.wall.id)
        )
        homed = [row for row in rows if row.id in order.homes]
    return _Known(
        {row.id: descriptor(row.descriptor) for row in homed},
        {row.id: details(row.details, False) for row in homed if row.details and not row.only_whole},
    )


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

    def larger(photo_id: int, px: int) -> bytes | None:
        """What details are cut out of."""
        if px > LARGE_PX and (master := photo_file(shop, order, photo_id)):
            with Image.open(io.BytesIO(master)) as image:
                if min(image.size) > LARGE_PX:
                    return master
        return photo_file(shop, order, photo_id, min(px, LARGE_PX))

    return ThumbCache(load, MEMORY_BYTES, lambda photo_id: crop_of(shop, photo_id), larger)


def _finished(shop: Workshop, order: Order) -> "FinishedWall":
    """The wall with those who agreed."""
    from worker.prints.poster import FinishedWall

    wall = order.wall
    target = target_of(shop, wall)
    grid = Grid(wall.columns, wall.rows)
    known = _known(shop, order)
    board = Board.restore(
        grid,
        describe_target(target, grid),
        np.frombuffer(wall.cells, "<u4").astype(np.int64),
        order.homes.items(),
        known.wholes,
        wall.once,
        whole=wall.whole_wished,
        details=cell_details(wall),
        described=known.details,
    )
    shown, parts = shown_cells(
        board, order.keys.keys() - order.only_here, known.wholes.keys() - known.details.keys()
    )
    tints = _tints(wall, target)
    tints[board.is_home] = 0
    return FinishedWall(wall.columns, wall.rows, shown, tints, target, parts)


def _tints(wall: Wall, target: Pixels) -> npt.NDArray[np.uint8]:
    """The tint that an echo has in each cell: (cells,)."""
    if wall.tints is not None and len(wall.tints) == wall.columns * wall.rows:
        return np.frombuffer(wall.tints, np.uint8).copy()
    grid = Grid(wall.columns, wall.rows)
    return tint_map(Board.empty(grid, describe_target(target, grid)), wall.tint)


def _wall_picture(shop: Workshop, order: Order) -> Pixels:
    """The wall for keepsakes, without the asker's own photo if they did not agree to be in the others'."""
    from worker.prints.keepsake import wall_picture

    wall = order.wall
    key = (wall.id, wall.revision, packed(order.keys.keys() - order.only_here), _whole(shop, order))
    if key not in _pictures:
        _pictures[key] = wall_picture(_finished(shop, order), _thumbs(shop, order, THUMB_PX))
        while len(_pictures) > PICTURES_KEPT:
            _pictures.popitem(last=False)
    _pictures.move_to_end(key)
    return _pictures[key]


def _whole(shop: Workshop, order: Order) -> bytes:
    """Of whom no details are shown, packed."""
    with shop.database.read() as session:
        whole = session.scalars(
            select(Photo.id).join(Attendee).where(Photo.wall_id == order.wall.id, Attendee.only_whole)
        )
        return packed(whole) + bytes([order.wall.whole_wished])


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
