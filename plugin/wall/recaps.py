"""Use cases of the recap: a page with the picture, the film and a few numbers, which a host shares by a link.

It shows nobody but those who agreed to be in what others keep, like every print, and that is looked at each time. The
link cannot be guessed and is taken back at the desk; a new one is another.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.people.refusal import Refusal
from plugin.state.db import HELD, Database
from plugin.state.finish import Print, PrintKind, PrintState, Recap, Reveal
from plugin.state.models import Event, Wall
from plugin.state.queue import Jobs
from plugin.state.storage import Storage
from plugin.wall import branding, offers, prints, revealing
from plugin.wall.inside import agreed, forget_outdated, is_allowed, packed, unpacked

KINDS = (PrintKind.RECAP, PrintKind.TIMELAPSE)  # what is made for the page by itself
SHOWN = (*KINDS, PrintKind.POSTER)
AGAIN_SECONDS = 60.0  # the picture follows the wall, at most so often
TRY_AGAIN_SECONDS = 3600.0  # what failed for a reason of ours
NAMES = {PrintKind.RECAP: "picture", PrintKind.TIMELAPSE: "film", PrintKind.POSTER: "poster"}


@dataclass(frozen=True)
class Page:
    """What somebody sees who has the link."""

    name: str
    accent: str
    logo: str
    logo_ground: str
    day: float
    people: int
    rooms: int
    hellos: int
    prints: dict[str, dict[str, Any]]  # picture, film, poster: those that there are
    is_coming: bool  # somebody agreed, so there will be a picture


def share(database: Database, jobs: Jobs, event_id: int) -> str:
    """Share the page; the key of the link that leads to it. The same one as long as it is shared. Raises Refusal."""
    with database.write() as session:
        wall = _locked(session, event_id)
        if not wall.count or not agreed(session, wall.id):
            raise Refusal(409, "nobody", "Nobody has agreed to be in it yet.")
        found = session.get(Recap, event_id)
        if found is None:
            found = Recap(event_id=event_id, key=secrets.token_hex(16), **revealing.achieved(session, wall))
            session.add(found)
        key = found.key
    keep_up(database, jobs, time.time())
    return key


def stop(database: Database, storage: Storage, event_id: int) -> None:
    """The link leads nowhere from now on."""
    with database.write() as session:
        session.execute(delete(Recap).where(Recap.event_id == event_id))
        wall = _wall(session, event_id)
        theirs = session.scalars(
            select(Print).where(Print.wall_id == wall.id, Print.kind == PrintKind.RECAP)
        ).all()
        for made in theirs:
            session.delete(made)
    for made in theirs:
        storage.delete(made.storage_key)


def key_of(database: Database, event_id: int) -> str | None:
    """The key of the link, while the page is shared."""
    with database.read() as session:
        return session.scalar(select(Recap.key).where(Recap.event_id == event_id))


def page(database: Database, storage: Storage, key: str) -> Page:
    """The page behind a link. Raises Refusal (404)."""
    with database.read() as session:
        found, wall = _shared(session, key)
        event = session.get_one(Event, found.event_id)
        reveal = session.get(Reveal, wall.id)
        made = _shown(session, wall)
        is_coming = bool(agreed(session, wall.id))
        good = {NAMES[each.kind]: _as_part(each) for each in made if is_allowed(session, each)}
    if len(good) < len(made):
        forget_outdated(database, storage, wall.id)
    day = reveal.starts_at if reveal is not None and reveal.starts_at else event.created_at
    hellos = found.hellos if found.hellos >= revealing.FEWEST_HELLOS else 0
    rooms = found.rooms if found.rooms > 1 else 0
    look = (event.accent, branding.logo_url(event), event.logo_ground)
    return Page(event.name, *look, day, found.people, rooms, hellos, good, is_coming)


def file(database: Database, storage: Storage, key: str, name: str) -> prints.Handout:
    """One of the page's files, if all who are in it still want to be. Raises Refusal (404)."""
    with database.read() as session:
        _, wall = _shared(session, key)
        found = next((each for each in _shown(session, wall) if NAMES[each.kind] == name), None)
    if found is None:
        raise prints.gone()
    return prints.hand_out(database, storage, found.key, found.form)


def _as_part(made: Print) -> dict[str, Any]:
    return {
        "form": made.form,
        "width": made.width,
        "height": made.height,
        "inside": len(unpacked(made.photo_ids)),
        "all": made.placed,
        "size": made.size,
    }


def _shared(session: Session, key: str) -> tuple[Recap, Wall]:
    found = session.scalar(select(Recap).where(Recap.key == key))
    if found is None:
        raise Refusal(404, "not_shared", "This page is not shared any more. Ask whoever sent you the link.")
    return found, _wall(session, found.event_id)


def _shown(session: Session, wall: Wall) -> list[Print]:
    """The newest of each kind that is done."""
    rows = session.scalars(
        select(Print)
        .where(
            Print.wall_id == wall.id,
            Print.attendee_id.is_(None),
            Print.kind.in_(SHOWN),
            Print.state == PrintState.DONE,
        )
        .order_by(Print.id)
    )
    return list({each.kind: each for each in rows}.values())


def _wall(session: Session, event_id: int) -> Wall:
    return session.scalars(select(Wall).where(Wall.event_id == event_id)).one()


def _locked(session: Session, event_id: int) -> Wall:
    """The same for whoever is about to change something: two at once do so one after the other."""
    return session.scalars(select(Wall).where(Wall.event_id == event_id).with_for_update(**HELD)).one()


# ---- what the sweeper does ------------------------------------------------------------------------------------------


def keep_up(database: Database, jobs: Jobs, now: float) -> int:
    """Ask for what shared pages lack: their picture and film, and newer ones where people came, left or changed their
    mind. Returns how many.
    """
    with database.read() as session:
        event_ids = session.scalars(select(Recap.event_id)).all()
    asked: list[Print] = []
    for event_id in event_ids:
        asked += _keep_up(database, event_id, now)
    for made in asked:
        jobs.make_print(made.id, quick=offers.is_quick(made.kind))
    return len(asked)


def _keep_up(database: Database, event_id: int, now: float) -> list[Print]:
    with database.read() as session:
        if not _lacking(session, event_id, now):
            return []
    with database.write() as session:
        wall, found = _locked(session, event_id), session.get(Recap, event_id)
        if found is None:
            return []
        for name, number in revealing.achieved(session, wall).items():
            setattr(found, name, number)
        made = [
            Print(wall_id=wall.id, key=secrets.token_hex(16), kind=kind, form=offers.forms(kind)[0])
            for kind in _lacking(session, event_id, now)
        ]
        session.add_all(made)
    return made


def _lacking(session: Session, event_id: int, now: float) -> list[PrintKind]:
    wall = _wall(session, event_id)
    allowed = agreed(session, wall.id)
    if not allowed:
        return []
    return [
        kind
        for kind in KINDS
        if offers.forms(kind) and _is_lacking(_of_kind(session, wall, kind), wall, packed(allowed), now)
    ]


def _of_kind(session: Session, wall: Wall, kind: PrintKind) -> Sequence[Print]:
    theirs = (Print.wall_id == wall.id, Print.attendee_id.is_(None), Print.kind == kind)
    return session.scalars(select(Print).where(*theirs).order_by(Print.id.desc())).all()


def _is_lacking(made: Sequence[Print], wall: Wall, allowed: bytes, now: float) -> bool:
    if not made:
        return True
    newest = made[0]
    if newest.state in prints.UNDER_WAY:
        return False
    if newest.state is PrintState.FAILED:
        return newest.error in ("withdrawn", "empty") or newest.touched_at < now - TRY_AGAIN_SECONDS
    if newest.kind is PrintKind.TIMELAPSE or newest.asked_at > now - AGAIN_SECONDS:
        return False  # a film takes minutes: a host asks for a newer one
    return newest.photo_ids != allowed or wall.changed_at > newest.asked_at
