"""Use cases of the finished outputs: ask for a poster, a keepsake or a time-lapse, see how it fares, give it up.

Nothing is handed out without looking again whether all who are in it still want to be.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.people.refusal import Refusal
from plugin.state.db import Database
from plugin.state.finish import Print, PrintKind, PrintState, Recap
from plugin.state.keys import PRINTS, media_url
from plugin.state.models import Attendee, Event, Wall
from plugin.state.queue import Jobs
from plugin.state.storage import Storage
from plugin.wall import offers
from plugin.wall.inside import agreed, forget_outdated, is_allowed, own_photo, unpacked
from plugin.wall.papers import PAPERS

KEPT_SECONDS = {
    PrintKind.POSTER: 7 * 86_400,
    PrintKind.TIMELAPSE: 7 * 86_400,
    PrintKind.KEEPSAKE: 86_400,  # made again in a second
    PrintKind.RECAP: 7 * 86_400,  # and what a shared page shows for as long as it is shared
}
LONGEST_CAPTION = 80
SILENT_SECONDS = 30.0  # who makes a print gives a sign of life every second

UNDER_WAY = (PrintState.QUEUED, PrintState.WORKING)

WORDS_OF_KEEPSAKE = {"here": "You are here"}

WORDS_OF_FAILURE = {
    "withdrawn": "It was deleted, because somebody in it took their photo back or changed their mind. Make it again.",
    "not_installed": "This server lacks what it takes to make this.",
    "not_written": "The file could not be written; the disk may be full. Nothing else is lost. Try again, or smaller.",
    "too_long": "It took too long and was stopped. Try a smaller one.",
    "too_large": "It takes more memory than this server has. Try a smaller one.",
    "lost": "The server had to stop this three times. Try a smaller one.",
    "empty": "Nobody has agreed to be in it yet.",
    "broken": "Something went wrong on our side while this was made. Please try again.",
}


# ---- the host's ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """What the host asks for. What follows counts for a poster only: a width of each cell, or a paper by its name, and
    what stands beneath the event's name there, if that is wished.
    """

    kind: PrintKind
    form: str
    cell_px: int = 0
    paper: str = ""
    caption: str | None = None


def desk(database: Database, event_id: int) -> dict[str, Any]:
    """What the host's desk says about posters and films: what can be made, of whom, and how the wishes fare."""
    with database.read() as session:
        wall = _wall(session, event_id)
        made = session.scalars(
            select(Print)
            .where(Print.wall_id == wall.id, Print.attendee_id.is_(None), Print.kind != PrintKind.RECAP)
            .order_by(Print.id.desc())
        ).all()
        inside = len(agreed(session, wall.id))
        is_shared = wall.id in _shared_walls(session)
    return {
        "columns": wall.columns,
        "rows": wall.rows,
        "people": {"inside": min(inside, wall.count), "all": wall.count},
        "papers": list(PAPERS),
        "sizes": offers.sizes(wall.columns, wall.rows) if wall.columns else [],
        "offers": {kind.value: offers.as_dict(kind) for kind in PrintKind},
        "prints": [as_dict(each) | ({"until": None} if is_shared else {}) for each in made],
    }


def people(database: Database, event_id: int) -> int:
    """How many made the picture."""
    with database.read() as session:
        return _wall(session, event_id).count


def ask(database: Database, jobs: Jobs, event_id: int, wish: Wish) -> dict[str, Any]:
    """Ask for a poster or a time-lapse: one of each kind at a time. Raises Refusal."""
    offers.check(wish.kind, wish.form)
    with database.write() as session:
        wall = _wall(session, event_id)
        _check_wall(session, wall, wish)
        theirs = (Print.wall_id == wall.id, Print.kind == wish.kind, Print.attendee_id.is_(None))
        if session.scalar(select(Print.id).where(*theirs, Print.state.in_(UNDER_WAY))) is not None:
            raise Refusal(409, "under_way", "One is being made already. Wait for it, or cancel it.")
        session.execute(delete(Print).where(*theirs, Print.state == PrintState.FAILED))
        made = Print(
            wall_id=wall.id,
            key=secrets.token_hex(16),
            kind=wish.kind,
            form=wish.form,
            cell_px=wish.cell_px,
            paper=wish.paper,
            titled=wish.caption is not None,
            caption=(wish.caption or "")[:LONGEST_CAPTION],
        )
        session.add(made)
    jobs.make_print(made.id, quick=False)
    return as_dict(made)


def _check_wall(session: Session, wall: Wall, wish: Wish) -> None:
    """Raises Refusal for what cannot be made of this wall now."""
    if not wall.columns or not wall.count:
        raise Refusal(409, "empty", "There is nothing to show yet. The first photo begins the picture.")
    if not agreed(session, wall.id):
        raise Refusal(409, "nobody", "Nobody has agreed to be in it yet.")
    if wish.kind is PrintKind.POSTER and wish.paper:
        if wish.paper not in PAPERS:
            raise Refusal(422, "unknown_choice", "Please choose a size.", "paper")
    elif wish.kind is PrintKind.POSTER and wish.cell_px not in offers.sizes(wall.columns, wall.rows):
        raise Refusal(
            422, "other_size", "The wall has grown meanwhile. Please choose a size again.", "cell_px"
        )


def give_up(database: Database, storage: Storage, event_id: int, print_id: int) -> None:
    """Cancel or delete one of the host's prints. Raises Refusal."""
    with database.write() as session:
        made = session.get(Print, print_id)
        if made is None or made.attendee_id is not None or made.wall_id != _wall(session, event_id).id:
            raise Refusal(404, "no_print", "This is not here any more.")
        session.delete(made)
    storage.delete(made.storage_key)


def _wall(session: Session, event_id: int) -> Wall:
    return session.scalars(select(Wall).where(Wall.event_id == event_id)).one()


# ---- an attendee's ------------------------------------------------------------------------------------------------


def keepsake(database: Database, attendee: Attendee) -> dict[str, Any]:
    """Whether this person can have a keepsake, and how theirs fares."""
    with database.read() as session:
        made = _keepsakes(session, attendee.id)
        return {
            "missing": offers.missing(PrintKind.KEEPSAKE),
            "print": as_dict(made[0]) if made else None,
        }


def ask_keepsake(database: Database, jobs: Jobs, attendee: Attendee, caption: str) -> dict[str, Any]:
    """Ask for one's own keepsake; the one that is being made already, if there is one. Raises Refusal.

    `caption` is "You are here" in the person's language.
    """
    offers.check(PrintKind.KEEPSAKE, "jpeg")
    with database.write() as session:
        photo = own_photo(session, attendee.id)
        if photo is None:
            raise Refusal(409, "no_photo", "A keepsake shows your photo. Give one to the wall first.")
        earlier = _keepsakes(session, attendee.id)
        if under_way := [each for each in earlier if each.state in UNDER_WAY]:
            return as_dict(under_way[0])
        for each in earlier:
            if each.state is PrintState.FAILED:
                session.delete(each)
        made = Print(
            wall_id=photo.wall_id,
            attendee_id=attendee.id,
            own_photo_id=photo.id,
            key=secrets.token_hex(16),
            kind=PrintKind.KEEPSAKE,
            form="jpeg",
            caption=caption,
        )
        session.add(made)
    jobs.make_print(made.id, quick=True)
    return as_dict(made)


def give_up_keepsake(database: Database, storage: Storage, attendee: Attendee) -> None:
    with database.write() as session:
        theirs = _keepsakes(session, attendee.id)
        for made in theirs:
            session.delete(made)
    for made in theirs:
        storage.delete(made.storage_key)


def _keepsakes(session: Session, attendee_id: int) -> Sequence[Print]:
    return session.scalars(
        select(Print).where(Print.attendee_id == attendee_id).order_by(Print.id.desc())
    ).all()


# ---- the file -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Handout:
    """A file to hand out: its key in the storage, and what it is called on the person's disk."""

    storage_key: str
    name: str
    form: str


def hand_out(database: Database, storage: Storage, key: str, form: str) -> Handout:
    """The file behind an address, if all who are in it still want to be. Raises Refusal (404)."""
    with database.read() as session:
        made = session.scalar(select(Print).where(Print.key == key, Print.form == form))
        if made is None or made.state is not PrintState.DONE or _is_over(session, made):
            raise gone()
        if is_allowed(session, made):
            event = session.scalars(select(Event).join(Wall).where(Wall.id == made.wall_id)).one()
            return Handout(made.storage_key, _file_name(event, made), form)
    forget_outdated(database, storage, made.wall_id)
    raise gone()


def gone() -> Refusal:
    return Refusal(
        404,
        "no_print",
        "This file is gone: it had its time, or somebody in it took their photo back. Make it again where you made it.",
    )


FILE_WORDS = {
    PrintKind.POSTER: "poster",
    PrintKind.KEEPSAKE: "keepsake",
    PrintKind.TIMELAPSE: "time-lapse",
    PrintKind.RECAP: "picture",
}
ENDINGS = {"jpeg": "jpg"}


def _file_name(event: Event, made: Print) -> str:
    plain = "".join(each if each.isalnum() or each in " -_.()" else " " for each in event.name)
    return f"{' '.join(plain.split())} {FILE_WORDS[made.kind]}.{ENDINGS.get(made.form, made.form)}".strip()


def _is_over(session: Session, made: Print) -> bool:
    """Whether it had its time; what a shared page shows stays as long as the page."""
    return is_expired(made, time.time()) and made.wall_id not in _shared_walls(session)


def _shared_walls(session: Session) -> frozenset[int]:
    return frozenset(session.scalars(select(Wall.id).join(Recap, Recap.event_id == Wall.event_id)))


def is_expired(made: Print, now: float) -> bool:
    return made.touched_at + KEPT_SECONDS[made.kind] < now


def as_dict(made: Print) -> dict[str, Any]:
    """A print as pages see it."""
    is_done = made.state is PrintState.DONE
    return {
        "id": made.id,
        "kind": made.kind.value,
        "form": made.form,
        "cell_px": made.cell_px,
        "paper": made.paper,
        "state": made.state.value,
        "progress": made.progress,
        "error": made.error and {"code": made.error, "message": WORDS_OF_FAILURE[made.error]},
        "inside": len(unpacked(made.photo_ids)),
        "all": made.placed,
        "width": made.width,
        "height": made.height,
        "size": made.size,
        "url": media_url(made.storage_key) if is_done else None,
        "until": made.touched_at + KEPT_SECONDS[made.kind] if is_done else None,
    }


# ---- what the sweeper asks -----------------------------------------------------------------------------------------


def undone(session: Session, before: float) -> dict[int, PrintKind]:
    """Prints that nobody seems to be making: they wait since before that time, or their maker fell silent."""
    waiting = (Print.state == PrintState.QUEUED) & (Print.touched_at < before)
    silent = (Print.state == PrintState.WORKING) & (Print.touched_at < time.time() - SILENT_SECONDS)
    rows = session.execute(select(Print.id, Print.kind).where(waiting | silent).order_by(Print.id).limit(500))
    return {row.id: row.kind for row in rows}


def tidy(database: Database, storage: Storage, now: float) -> int:
    """Delete prints that had their time or that somebody left, and files that belong to none. Returns how many."""
    with database.read() as session:
        walls = session.scalars(select(Print.wall_id).where(Print.photo_ids != b"").distinct()).all()
    deleted = sum(forget_outdated(database, storage, wall_id) for wall_id in walls)
    names = storage.names(PRINTS)  # before the rows: a file comes before its row says so
    with database.write() as session:
        _forget_expired(session, now)
        alive = session.execute(
            select(Print.key, Print.form).where(Print.state.in_((PrintState.DONE, PrintState.WORKING)))
        ).all()
    known = {f"{row.key}.{row.form}" for row in alive}
    lost = [name for name in names if name not in known]
    for name in lost:
        storage.delete(f"{PRINTS}/{name}")
    return deleted + len(lost)


def _forget_expired(session: Session, now: float) -> None:
    ended = session.scalars(
        select(Print).where(
            Print.state.in_((PrintState.DONE, PrintState.FAILED)),
            Print.touched_at < now - min(KEPT_SECONDS.values()),
        )
    )
    shared = _shared_walls(session)
    for made in ended.all():
        stays = made.attendee_id is None and made.state is PrintState.DONE and made.wall_id in shared
        if is_expired(made, now) and not stays:
            session.delete(made)
    session.flush()
