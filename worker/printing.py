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
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from pathlib import Path

from rq.timeouts import JobTimeoutException
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from plugin.state.finish import Print, PrintState
from plugin.state.models import Photo, Placement, Wall
from plugin.state.storage import StorageError
from plugin.state.working import StopNow
from plugin.wall import inside, prints
from worker.limits import give_memory_back
from worker.orders import Failed, Made, Order, Progress, Stopped
from worker.workshop import Workshop

logger = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
SIGN_SECONDS = 1.0
PAUSE_SECONDS = 60.0  # before what an outage stopped is begun anew: a poster is a minute's work


def make(shop: Workshop, print_id: int) -> None:
    """Make what a row asks for. When somebody in it leaves meanwhile it begins anew, without them.

    When the storage or the database fails, this job fails with it and the print waits: the sweeper asks for it again,
    for as long as it takes.
    """
    while (order := _take_on(shop, print_id)) is not None:
        try:
            _make_once(shop, order)
        except Stopped:
            logger.info("print %s: stopped", print_id)
        except Failed as failure:
            _fail(shop, order, str(failure))
        except (StorageError, SQLAlchemyError, StopNow):
            _put_back(shop, order)
            raise
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
        homes = _homes(session, made.wall_id)
        allowed = inside.agreed(session, made.wall_id) & homes.keys()
        own = inside.own_photo(session, made.attendee_id) if made.attendee_id else None
        own_id = own.id if own is not None and own.id in homes else None
        if code := _obstacle(made, allowed, own_id):
            made.state, made.error = PrintState.FAILED, code
            return None
        made.state, made.progress, made.own_photo_id = PrintState.WORKING, 0, own_id
        made.photo_ids, made.placed = inside.packed(allowed), len(homes)
        return _order(session, made, homes, allowed)


def _homes(session: Session, wall_id: int) -> dict[int, int]:
    rows = session.execute(select(Placement.photo_id, Placement.cell).where(Placement.wall_id == wall_id))
    return {row.photo_id: row.cell for row in rows}


def _obstacle(made: Print, allowed: Set[int], own_id: int | None) -> str | None:
    """Why it cannot be made, as a code."""
    if made.attempts > MOST_ATTEMPTS:
        return "lost"
    if made.attendee_id is None:
        return None if allowed else "empty"
    return "withdrawn" if own_id is None else None


def _order(session: Session, made: Print, homes: dict[int, int], allowed: Set[int]) -> Order:
    own = set() if made.own_photo_id is None else {made.own_photo_id}
    return Order(
        id=made.id,
        attempt=made.attempts,
        kind=made.kind,
        form=made.form,
        cell_px=made.cell_px,
        paper=made.paper,
        titled=made.titled,
        caption=made.caption,
        storage_key=made.storage_key,
        attendee_id=made.attendee_id,
        wall=session.get_one(Wall, made.wall_id),
        homes=homes,
        keys=_keys(session, made.wall_id, allowed | own),
        own_photo_id=made.own_photo_id,
        only_here=frozenset(own - allowed),
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
        .values({"touched_at": time.time(), **values})
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def _finish(shop: Workshop, order: Order, made: Made, size: int) -> list[str] | None:
    """Say that the file is done, and forget the ones that it replaces: their storage keys.

    None when it is not wanted any more, because somebody left while it was made or it was cancelled.
    """
    with shop.database.write() as session:
        row = session.get(Print, order.id)
        if row is None or not inside.is_allowed(session, row):
            _noted(session, order, state=PrintState.QUEUED, photo_ids=b"", attempts=0, progress=0)
            return None
        values = {"state": PrintState.DONE, "progress": 100, "error": None}
        if not _noted(session, order, **values, width=made.width, height=made.height, size=size):
            return None
        replaced = _replaced(session, row)
        for each in replaced:
            session.delete(each)
        return [each.storage_key for each in replaced]


def _replaced(session: Session, made: Print) -> Sequence[Print]:
    """Earlier ones of the same kind, of the same person or of the host."""
    return session.scalars(
        select(Print).where(
            Print.wall_id == made.wall_id,
            Print.attendee_id.is_not_distinct_from(made.attendee_id),
            Print.kind == made.kind,
            Print.form == made.form,
            Print.state == PrintState.DONE,
            Print.id < made.id,
        )
    ).all()


def _fail(shop: Workshop, order: Order, code: str) -> None:
    _note(shop, order, state=PrintState.FAILED, error=code, photo_ids=b"")


def _put_back(shop: Workshop, order: Order) -> None:
    """Let it wait for better times; an attempt that an outage ended does not count against it."""
    later = time.time() + PAUSE_SECONDS
    _note(shop, order, state=PrintState.QUEUED, progress=0, attempts=order.attempt - 1, touched_at=later)
