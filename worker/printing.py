"""How a print is made: rows in, a file in the storage, and a row that says so.

A maker takes a print on by its number of attempts and gives a sign of life every second. Whoever takes it back, or
cancels it, changes the row; the maker sees that at the next sign and stops. Only a maker whose row is still as it
took it on may say that the file is done, so that a job may run twice and nothing outdated is ever handed out.
"""

import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rq.timeouts import JobTimeoutException
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from plugin.state.models import Photo, Placement, Print, PrintKind, PrintState, Wall
from plugin.state.storage import NotStoredError
from plugin.wall import prints
from worker.limits import give_memory_back
from worker.workshop import Workshop, photo_folder

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
SIGN_SECONDS = 1.0

Progress = Callable[[float], None]


class Stopped(Exception):  # noqa: N818 - nothing is wrong
    """Nobody wants this print any more, or it is to be made anew."""


class Failed(Exception):  # noqa: N818 - says why, in one of the codes of plugin.wall.prints.WORDS_OF_FAILURE
    """A print that cannot be made."""


@dataclass(frozen=True)
class Order:
    """A print as it was taken on, and the wall as it was then."""

    id: int
    attempt: int
    kind: PrintKind
    form: str
    cell_px: int
    caption: str
    storage_key: str
    attendee_id: int | None
    wall: Wall
    homes: dict[int, int]  # photo id -> cell, of all who have one
    keys: dict[int, str]  # photo id -> key, of those who may be seen
    own_photo_id: int | None
    only_here: frozenset[int]  # the own photo, if its owner did not agree to be in what others download


@dataclass(frozen=True)
class Made:
    """What the file is, in px."""

    width: int
    height: int


def make(shop: Workshop, print_id: int) -> None:
    """Make what a row asks for. When somebody in it leaves meanwhile it begins anew, without them."""
    while (order := _take_on(shop, print_id)) is not None:
        try:
            _make_once(shop, order)
        except Stopped:
            logger.info("print %s: stopped", print_id)
        except Failed as failure:
            _fail(shop, order, str(failure))
        except Exception as error:
            logger.exception("print %s failed", print_id)
            _fail(shop, order, _code_of(error))
        finally:
            give_memory_back()  # a poster takes hundreds of megabytes for a minute


def _code_of(error: Exception) -> str:
    codes = {OSError: "not_written", JobTimeoutException: "too_long", MemoryError: "too_large"}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), "broken")


def _take_on(shop: Workshop, print_id: int) -> Order | None:
    """The print if it waits for a maker; the attempt is counted first, for it may be this worker's last."""
    with shop.database.write() as session:
        made = session.get(Print, print_id)
        if made is None or not _waits(made):
            return None
        made.attempts += 1
        made.touched_at = time.time()
        if made.attempts > MOST_ATTEMPTS:
            made.state, made.error = PrintState.FAILED, "lost"
            return None
        wall = session.get_one(Wall, made.wall_id)
        homes = {
            row.photo_id: row.cell
            for row in session.execute(
                select(Placement.photo_id, Placement.cell).where(Placement.wall_id == wall.id)
            )
        }
        own = prints.own_photo(session, made.attendee_id) if made.attendee_id else None
        allowed = prints.agreed(session, wall.id) & homes.keys()
        if made.attendee_id is None and not allowed:
            made.state, made.error = PrintState.FAILED, "empty"
            return None
        if made.attendee_id is not None and (own is None or own.id not in homes):
            made.state, made.error = PrintState.FAILED, "withdrawn"
            return None
        made.state, made.progress = PrintState.WORKING, 0
        made.own_photo_id = own.id if own else None
        made.photo_ids, made.placed = prints.packed(allowed), len(homes)
        keys = _keys(session, wall.id, allowed | ({own.id} if own else set()))
        return Order(
            id=made.id,
            attempt=made.attempts,
            kind=made.kind,
            form=made.form,
            cell_px=made.cell_px,
            caption=made.caption,
            storage_key=prints.file_key(made),
            attendee_id=made.attendee_id,
            wall=wall,
            homes=homes,
            keys=keys,
            own_photo_id=made.own_photo_id,
            only_here=frozenset({own.id} - allowed) if own else frozenset(),
        )


def _waits(made: Print) -> bool:
    silent = made.touched_at < time.time() - prints.SILENT_SECONDS
    return made.state is PrintState.QUEUED or (made.state is PrintState.WORKING and silent)


def _keys(session: Session, wall_id: int, photo_ids: Set[int]) -> dict[int, str]:
    rows = session.execute(select(Photo.id, Photo.key).where(Photo.wall_id == wall_id))
    return {row.id: row.key for row in rows if row.id in photo_ids}


def _make_once(shop: Workshop, order: Order) -> None:
    with _scratch(shop, order) as path, _signs(shop, order) as progress:
        made = _render(shop, order, path, progress)
        size = path.stat().st_size
        shop.storage.put_file(order.storage_key, path)
    replaced = _finish(shop, order, made, size)
    if replaced is None:
        shop.storage.delete(order.storage_key)
        raise Stopped
    for key in replaced:
        shop.storage.delete(key)
    logger.info("print %s: %s, %s bytes", order.id, order.kind.value, size)


def _render(shop: Workshop, order: Order, path: Path, progress: Progress) -> Made:
    """Write the file. What the extra `print` brings is loaded here and nowhere else: it may be missing."""
    try:
        from worker import rendering
    except (ImportError, OSError) as error:  # OSError: a library that the package needs
        logger.warning("print %s: %s", order.id, error)
        raise Failed("not_installed") from None
    return rendering.render(shop, order, path, progress)


@contextmanager
def _scratch(shop: Workshop, order: Order) -> Iterator[Path]:
    """A place to write the file to, on the storage's own disk where it has one: it may be larger than /tmp."""
    descriptor, name = tempfile.mkstemp(suffix=f".{order.form}", dir=shop.storage.scratch())
    os.close(descriptor)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _signs(shop: Workshop, order: Order) -> Iterator[Progress]:
    """Give a sign of life every second while this lasts. What it yields hears the share that is done; it raises
    Stopped once the row is no longer as it was taken on.
    """
    done, stopped = threading.Event(), threading.Event()
    share = 0.0

    def sign() -> None:
        while not done.wait(SIGN_SECONDS):
            with suppress(SQLAlchemyError):  # a busy database: the next sign will do
                if not _note(shop, order, progress=int(share * 100)):
                    stopped.set()
                    return

    def progress(now: float) -> None:
        nonlocal share
        share = now
        if stopped.is_set():
            raise Stopped

    thread = threading.Thread(target=sign, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        done.set()
        thread.join()


def _note(shop: Workshop, order: Order, **values: object) -> bool:
    """Change the row if it is still as it was taken on; whether it was."""
    with shop.database.write() as session:
        return _noted(session, order, **values)


def _noted(session: Session, order: Order, **values: object) -> bool:
    done = session.execute(
        update(Print)
        .where(Print.id == order.id, Print.state == PrintState.WORKING, Print.attempts == order.attempt)
        .values(touched_at=time.time(), **values)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _finish(shop: Workshop, order: Order, made: Made, size: int) -> list[str] | None:
    """Say that the file is done, and forget the ones that it replaces: their storage keys.

    None when it is not wanted any more, because somebody left while it was made or it was cancelled.
    """
    with shop.database.write() as session:
        row = session.get(Print, order.id)
        if row is None or not prints.is_allowed(session, row):
            _noted(session, order, state=PrintState.QUEUED, photo_ids=b"", attempts=0, progress=0)
            return None
        values = {"state": PrintState.DONE, "progress": 100, "error": None}
        if not _noted(session, order, **values, width=made.width, height=made.height, size=size):
            return None
        replaced = session.scalars(
            select(Print).where(
                Print.wall_id == row.wall_id,
                Print.attendee_id.is_(None)
                if row.attendee_id is None
                else Print.attendee_id == row.attendee_id,
                Print.kind == row.kind,
                Print.form == row.form,
                Print.state == PrintState.DONE,
                Print.id < row.id,
            )
        ).all()
        for each in replaced:
            session.delete(each)
        return [prints.file_key(each) for each in replaced]


def _fail(shop: Workshop, order: Order, code: str) -> None:
    _note(shop, order, state=PrintState.FAILED, error=code, photo_ids=b"")


def photo_file(shop: Workshop, order: Order, photo_id: int, name: str) -> bytes | None:
    """The bytes of one of a photo's files, if it may be seen and is still there."""
    key = order.keys.get(photo_id)
    if key is None:
        return None
    try:
        return shop.storage.get(f"{photo_folder(key)}/{name}")
    except NotStoredError:
        return None


def crop_of(shop: Workshop, photo_id: int) -> tuple[float, float]:
    """Where the square lies on a photo's master."""
    with shop.database.read() as session:
        row = session.execute(select(Photo.crop_x, Photo.crop_y).where(Photo.id == photo_id)).one_or_none()
    x, y = row if row is not None else (None, None)
    return (0.5 if x is None else x, 0.5 if y is None else y)
