"""Use cases of reports, and what the host decides about one.

Every report reaches the host. A second person's report that counts takes the reported one out of sight until a host
has looked; nothing that they say or show reaches anybody meanwhile. So that a report is no weapon, it counts only from
somebody whose photo was on the wall when they met the other one, once for each pair, and from each only a few times;
and not about somebody with whom a host had no quarrel.
"""

import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from plugin.people import devices
from plugin.people.admission import attendee_of
from plugin.people.photos import hide_rows, withdraw_rows
from plugin.people.refusal import Refusal, clean_line
from plugin.safety import evidence
from plugin.safety.blocks import Consequences, block_person, person_behind
from plugin.state.db import HELD, Database
from plugin.state.decisions import DecisionKind, note
from plugin.state.encounters import (
    MAXIMUM_NOTE,
    Hello,
    HelloState,
    LinePlace,
    Report,
    ReportReason,
    ReportState,
)
from plugin.state.models import HOSTS, Attendee, Photo, PhotoState, Wall
from plugin.state.queue import Jobs
from plugin.state.storage import Storage
from plugin.together import encounter, lines
from plugin.together.hello import move_threads

PAUSED_AT = 2  # distinct reporters
COUNTED_AT_MOST = 3  # reports of one person: who is harassed by more needs a host, not a weapon
REPORTS_SHOWN = 200


@dataclass(frozen=True)
class Complaint:
    """What somebody reports: a photo, a hello or words in line; why; whether the person is to be blocked as well."""

    photo_id: Any = None
    hello_id: Any = None
    words_id: Any = None
    reason: Any = None
    note: Any = ""
    block: Any = True


def _reason(complaint: Complaint) -> ReportReason:
    try:
        return ReportReason(complaint.reason)
    except ValueError:
        raise Refusal(422, "unknown_choice", "Please say what is wrong.", "reason") from None


def report(database: Database, storage: Storage, attendee: Attendee, complaint: Complaint) -> Consequences:
    """Tell the host about somebody. The second person who does takes them out of sight. Raises Refusal."""
    reason = _reason(complaint)
    note = clean_line(str(complaint.note or ""), "note", MAXIMUM_NOTE)  # may well quote what was said
    with database.read() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        other = person_behind(session, me, complaint.photo_id, complaint.hello_id, complaint.words_id)
        content, photo = evidence.collect(session, me.id, other)
        known = _open_report(session, me.id, other.id) is not None
    picture_key = None if known else evidence.copy_picture(storage, photo)
    told = None
    if not known:
        told = Report(
            event_id=me.event_id,
            reporter_id=me.id,
            reported_id=other.id,
            reason=reason,
            note=note or None,
            evidence=content,
            picture_key=picture_key,
        )
    try:
        return _note_report(database, me, other.id, told, block=complaint.block is not False)
    except Exception:
        evidence.forget_pictures(storage, [picture_key] if picture_key else [])
        raise


def _note_report(
    database: Database, me: Attendee, reported_id: int, told: Report | None, *, block: bool
) -> Consequences:
    with database.write() as session:
        if told is not None:
            told.counts = _counts(session, me, reported_id)
            session.add(told)
            session.flush()
        done = pause_if_due(session, reported_id)
        done.concerned |= lines.part(session, me.id, reported_id).concerned
        if block:
            reporter = attendee_of(session, me.id, me.event_id)
            blocked = block_person(session, reporter, session.get_one(Attendee, reported_id))
            done.concerned |= blocked.concerned
            done.threads |= blocked.threads
        return done


def _open_report(session: Session, reporter_id: int, reported_id: int) -> Report | None:
    return session.scalar(
        select(Report).where(
            Report.reporter_id == reporter_id,
            Report.reported_id == reported_id,
            Report.state == ReportState.OPEN,
        )
    )


def _counts(session: Session, me: Attendee, reported_id: int) -> bool:
    """Whether a new report of this person about the other one counts towards a pause. Locks the reporter's row.

    Those in which a host found something wrong are not held against the reporter.
    """
    session.execute(select(Attendee.id).where(Attendee.id == me.id).with_for_update(**HELD))
    earlier = session.execute(
        select(Report.reported_id, Report.state).where(Report.reporter_id == me.id, Report.counts)
    ).all()
    unproved = sum(row.state in (ReportState.OPEN, ReportState.DISMISSED) for row in earlier)
    is_first = all(row.reported_id != reported_id for row in earlier)
    return is_first and unproved < COUNTED_AT_MOST and encounter.have_met(session, me.id, reported_id)


def _reporters(session: Session, reported_id: int) -> int:
    """How many different people have reported somebody since a host last looked."""
    query = select(func.count(func.distinct(Report.reporter_id))).where(
        Report.reported_id == reported_id, Report.state == ReportState.OPEN
    )
    return session.scalar(query) or 0


def _counting_reporters(session: Session, reported_id: int) -> int:
    """How many of them count; those of people whom a host paused or took out wait for the host."""
    query = (
        select(func.count(func.distinct(Report.reporter_id)))
        .join(Attendee, Attendee.id == Report.reporter_id)
        .where(
            Report.reported_id == reported_id,
            Report.state == ReportState.OPEN,
            Report.counts,
            Attendee.paused_by_host.is_(False),
            Attendee.removed_at.is_(None),
        )
    )
    return session.scalar(query) or 0


def pause_if_due(session: Session, reported_id: int) -> Consequences:
    """Take somebody out of sight whom enough people have reported."""
    other = session.get_one(Attendee, reported_id)
    # A host who is reported keeps the desk; the other hosts see the report.
    is_safe = other.role in HOSTS or other.paused_at is not None or other.cleared_at is not None
    if is_safe or _counting_reporters(session, reported_id) < PAUSED_AT:
        return Consequences()
    return pause(session, other)


def pause(session: Session, person: Attendee) -> Consequences:
    """Take somebody out of sight: photo without name, hellos that wait, lines."""
    person.paused_at = time.time()
    concerned = leave_lines(session, person)
    concerned |= set(
        session.scalars(
            select(Hello.to_id).where(Hello.from_id == person.id, Hello.state != HelloState.ANSWERED)
        )
    )
    return Consequences(concerned | {person.id})


def leave_lines(session: Session, person: Attendee) -> set[int]:
    """Take somebody out of every line; those whom that concerns."""
    moved = lines.step_out(session, person.event_id, person.id)
    session.execute(delete(LinePlace).where(LinePlace.attendee_id == person.id))
    return moved.concerned


# ---- the host's desk ----------------------------------------------------------------------------------------------


def desk(database: Database, event_id: int) -> dict[str, Any]:
    """The reports of an event, open ones first, and of those the ones that count; the next come as they are settled."""
    now = time.time()
    is_open = Report.state == ReportState.OPEN
    with database.read() as session:
        reports = session.scalars(
            select(Report)
            .where(Report.event_id == event_id)
            .order_by(~is_open, ~Report.counts, Report.id.desc())
            .limit(REPORTS_SHOWN)
        ).all()
        number = session.scalar(
            select(func.count()).select_from(Report).where(Report.event_id == event_id, is_open)
        )
        return {"reports": [_shown(session, each, now) for each in reports], "open": number or 0}


def _shown(session: Session, found: Report, now: float) -> dict[str, Any]:
    person = session.get(Attendee, found.reported_id) if found.reported_id is not None else None
    return {
        "id": found.id,
        "state": found.state.value,
        "reason": found.reason.value,
        "note": found.note or "",
        "ago": round(now - found.made_at),
        "reporters": _reporters(session, found.reported_id) if found.reported_id is not None else 0,
        "person": _person(session, person) if person is not None else None,
        "evidence": evidence.shown(found, now),
    }


def _person(session: Session, person: Attendee) -> dict[str, Any]:
    photo_id = session.scalar(
        select(Photo.id).where(Photo.attendee_id == person.id, Photo.state == PhotoState.PLACED)
    )
    return {"id": person.id, "name": person.name, "paused": person.paused_at is not None, "photo": photo_id}


READY = (PhotoState.PREPARED, PhotoState.HELD, PhotoState.PLACED)  # a host may have hidden them by mistake
DECISIONS = {
    "dismiss": ReportState.DISMISSED,
    "hide_photo": ReportState.PHOTO_HIDDEN,
    "pause": ReportState.PAUSED,
    "remove": ReportState.REMOVED,
}


@dataclass(frozen=True)
class Settled:
    """A report that a host decided about: how it stands now, what follows, and what takes it back."""

    view: dict[str, Any]
    done: Consequences
    decision_id: int


def decide(database: Database, jobs: Jobs, host: Attendee, report_id: int, decision: Any) -> Settled:
    """Settle all open reports about a person. Raises Refusal."""
    if decision not in DECISIONS:
        raise Refusal(
            422, "unknown_choice", "Dismiss it, hide the photo, pause or remove the person.", "decision"
        )
    with database.write() as session:
        found = session.get(Report, report_id)
        if found is None or found.event_id != host.event_id or found.reported_id is None:
            raise Refusal(404, "no_report", "This report is not here any more.")
        person = session.get_one(Attendee, found.reported_id)
        about = Report.reported_id == person.id
        settles = {
            found.id,
            *session.scalars(select(Report.id).where(about, Report.state == ReportState.OPEN)),
        }
        states = session.execute(select(Report.id, Report.state).where(Report.id.in_(settles))).all()
        before = standing(person) | {"reports": [[row.id, row.state] for row in states]}
        done = _carry_out(session, person, decision, before)
        decision_id = note(session, person.event_id, host.id, DecisionKind(decision), person.id, before)
        session.execute(update(Report).where(Report.id.in_(settles)).values(state=DECISIONS[decision]))
        session.expire(found)
        view = _shown(session, found, time.time())
    if done.wall_id:
        jobs.place_again(done.wall_id)
    return Settled(view, done, decision_id)


def standing(person: Attendee) -> dict[str, Any]:
    """How somebody stands with the hosts, for whoever takes the next decision back."""
    return {
        "paused_at": person.paused_at,
        "paused_by_host": person.paused_by_host,
        "cleared_at": person.cleared_at,
        "removed_at": person.removed_at,
    }


def _carry_out(session: Session, person: Attendee, decision: str, before: dict[str, Any]) -> Consequences:
    if decision == "pause":
        return _pause_by_host(session, person)
    if decision == "dismiss":
        return _clear(session, person)
    if decision == "remove" and person.role in HOSTS:
        raise Refusal(409, "is_host", "A host cannot be removed. You can pause them, or hide their photo.")
    before["photos"] = _hide_photos(session, person)
    wall_id = session.scalars(select(Wall.id).where(Wall.event_id == person.event_id)).one()
    if decision == "hide_photo":
        return Consequences({person.id} | _go_on(session, person).concerned, wall_id=wall_id)
    done = _pause_by_host(session, person)
    person.removed_at = time.time()
    move_threads(session, person.event_id)
    return Consequences(done.concerned, wall_id=wall_id, threads=True)


def _hide_photos(session: Session, person: Attendee) -> list[list[Any]]:
    """Nobody sees their photos any more. Those that could be shown again, with their states."""
    theirs = select(Photo).where(Photo.attendee_id == person.id)
    shown = session.scalars(theirs.where(Photo.state.in_(READY))).all()
    states: list[list[Any]] = [[photo.id, photo.state.value] for photo in shown]
    unready = session.scalars(theirs.where(Photo.state.in_((PhotoState.RECEIVED, PhotoState.REFUSED)))).all()
    withdraw_rows(session, [photo.id for photo in unready])
    hide_rows(session, [photo.id for photo in shown])
    return states


def _pause_by_host(session: Session, person: Attendee) -> Consequences:
    """A host's own decision weighs more: it holds for whoever joins anew with this browser too."""
    person.paused_by_host, person.cleared_at = True, None
    devices.let_wait(session, person)
    return pause(session, person) if person.paused_at is None else Consequences({person.id})


def _clear(session: Session, person: Attendee) -> Consequences:
    """A host looked and found nothing wrong: from now on reports tell the host, and do not pause."""
    person.cleared_at = time.time()
    return _go_on(session, person)


def _go_on(session: Session, person: Attendee) -> Consequences:
    """Let somebody be seen again."""
    person.paused_at, person.paused_by_host = None, False
    devices.let_in(session, person)
    waiting = session.scalars(
        select(Hello.to_id).where(Hello.from_id == person.id, Hello.state != HelloState.ANSWERED)
    )
    return Consequences({person.id, *waiting})


def set_paused(
    database: Database, host: Attendee, attendee_id: int, paused: Any
) -> tuple[dict[str, Any], Consequences, int]:
    """Pause somebody, or let them go on. Returns them, what follows, and what takes it back. Raises Refusal."""
    if not isinstance(paused, bool):
        raise Refusal(422, "unknown_choice", "This is either on or off.", "paused")
    with database.write() as session:
        person = session.get(Attendee, attendee_id)
        if person is None or person.event_id != host.event_id or person.removed_at is not None:
            raise Refusal(404, "nobody", "This person is not here any more.")
        before = standing(person)
        done = _pause_by_host(session, person) if paused else _clear(session, person)
        kind = DecisionKind.PAUSE if paused else DecisionKind.LIFT
        decision_id = note(session, person.event_id, host.id, kind, person.id, before)
        view = {"id": person.id, "name": person.name, "paused": person.paused_at is not None}
        return view, done, decision_id


def restore(session: Session, person: Attendee, before: dict[str, Any]) -> Consequences:
    """Let somebody stand with the hosts as they did before a decision; whom that concerns."""
    done = _go_on(session, person)
    if before["paused_by_host"]:
        devices.let_wait(session, person)
    for name in ("paused_at", "paused_by_host", "cleared_at", "removed_at"):
        setattr(person, name, before[name])
    move_threads(session, person.event_id)
    for report_id, state in before.get("reports", ()):
        settled = update(Report).where(Report.id == report_id, Report.reported_id == person.id)
        session.execute(settled.values(state=ReportState(state)))
    done.concerned |= pause_if_due(session, person.id).concerned  # others may have complained since
    return Consequences(done.concerned, threads=True)


def step_back(database: Database, attendee: Attendee) -> set[int]:
    """Somebody who hides leaves every line at once. Returns those whom that concerns."""
    with database.write() as session:
        return leave_lines(session, session.get_one(Attendee, attendee.id))


# ---- leaving --------------------------------------------------------------------------------------------------------


def those_who_know(database: Database, attendee: Attendee) -> set[int]:
    """Who has to look again when this person is gone: those they have talked to or stand in line with."""
    with database.write() as session:
        pairs = session.execute(
            select(Hello.low_id, Hello.high_id).where(
                (Hello.low_id == attendee.id) | (Hello.high_id == attendee.id)
            )
        )
        known = {each for pair in pairs for each in pair}
        move_threads(session, attendee.event_id)
        person = session.get(Attendee, attendee.id)
        if person is not None:
            known |= leave_lines(session, person)
        return known - {attendee.id}
