"""Two attendees turn out to be one person: all that was either's is that person's, and nothing gets lost on the way.

What keeps others safe counts from both, and where they differ the stricter holds: blocks, reports, pauses, a host's
decisions. No role grows: what each identity may do stays with its own door. The row of whoever is not there any more
stays empty until the event goes, so that its id is nobody else's, and what their browser keeps leads to the person.
"""

import secrets
from dataclasses import dataclass, field

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from plugin.people import devices
from plugin.people.admission import ERASED
from plugin.people.doors import Screen
from plugin.people.photos import withdraw_rows
from plugin.people.visibility import barred, pair_of
from plugin.safety.blocks import Consequences
from plugin.safety.forgetting import empty
from plugin.safety.reports import leave_lines, pause_if_due
from plugin.state import erasures
from plugin.state.decisions import Decision
from plugin.state.doors import Door, DoorKind, Pairing
from plugin.state.encounters import (
    Block,
    Encounter,
    Hello,
    HelloLine,
    HelloState,
    Line,
    LineHeard,
    LinePlace,
    LineWords,
    Met,
    Report,
    ReportState,
    upsert_into,
)
from plugin.state.finish import Print
from plugin.state.models import HOSTS, Assurance, Attendee, Photo, PhotoState, Reachability, Role, StageChoice
from plugin.state.platform_models import Authorization, Suggestion
from plugin.state.registrations import Registration
from plugin.together import lines
from plugin.together.hello import move_threads

BY_ASSURANCE = {Assurance.GUEST: 0, Assurance.CLAIMED: 1, Assurance.PROVED: 2}
BY_ROLE = {Role.ATTENDEE: 0, Role.ORGANIZER: 1, Role.CO_HOST: 2, Role.HOST: 3}
BY_STAGE = {StageChoice.NO: 0, StageChoice.UNSAID: 1, StageChoice.PHOTO: 2, StageChoice.NAMED: 3}
BY_OPENNESS = {Reachability.HIDDEN: 0, Reachability.LOOKING: 1, Reachability.OPEN: 2}
# A hello to both of them: talking stays talking, what was put aside stays so, and only then is it seen or not.
BY_STATE = {HelloState.SENT: 0, HelloState.SEEN: 1, HelloState.DECLINED: 2, HelloState.ANSWERED: 3}


@dataclass
class United(Consequences):
    """What follows when two became one. `pictures`: what a platform suggested, and nobody needs any more."""

    event_id: int = 0
    door_id: int = 0  # the way in of whoever is not there any more
    gone_id: int = 0
    kept_id: int = 0
    pictures: list[str] = field(default_factory=list)


def who_stays(session: Session, one: Attendee, other: Attendee) -> tuple[Attendee, Attendee]:
    """(the one who is not there any more, the one who stays): the better proved; `other` where nothing tells."""

    def weight(each: Attendee) -> tuple[int, int, int]:
        photo = select(Photo.id).where(Photo.attendee_id == each.id, Photo.state == PhotoState.PLACED)
        has_home = session.execute(photo.limit(1)).first() is not None
        return BY_ASSURANCE[each.assurance], BY_ROLE[each.role], int(has_home)

    return (other, one) if weight(one) > weight(other) else (one, other)


def unite(session: Session, gone: Attendee, kept: Attendee, screen: Screen | None = None) -> United:
    """Let `kept` be both. Safe to do in any transaction; what the caller tells whom comes after it.

    `screen`: the device that `gone` is open on. Neither may be the row of the host link.
    """
    if gone.id == kept.id or gone.event_id != kept.event_id:
        raise ValueError("only two attendees of one event can turn out to be one person")
    done = United(event_id=kept.event_id, gone_id=gone.id, kept_id=kept.id)
    erasures.note_united(session, kept.event_id, gone.id, kept.id)
    done.concerned |= leave_lines(session, gone) if _in_same_line(session, gone, kept) else set()
    _unite_profile(session, gone, kept)
    _unite_photos(session, gone, kept, done)
    _unite_hellos(session, gone, kept, done)
    _unite_encounters(session, gone, kept)
    _unite_blocks(session, gone, kept)
    _unite_reports(session, gone, kept)
    _move_the_rest(session, gone, kept, done)
    _unite_pauses(session, gone, kept)
    done.door_id = _leave_a_door(session, gone, kept, screen)
    session.flush()
    _keep_apart(session, kept, done)
    done.concerned |= pause_if_due(session, kept.id).concerned
    if kept.paused_at is not None:
        done.concerned |= leave_lines(session, kept)
    move_threads(session, kept.event_id)
    done.threads = True
    done.concerned |= {kept.id, gone.id}
    return done


# ---- who they are ---------------------------------------------------------------------------------------------------


def _unite_profile(session: Session, gone: Attendee, kept: Attendee) -> None:
    """What one of them left open, the other fills in. Where both gave something both have to agree; else the giver."""
    gave = [_has_given(session, each) for each in (gone, kept)]
    if gave == [True, False]:
        for switch in (
            *("stage", "stage_public", "in_keepsake", "keepsake_terms", "greeter", "reachability"),
            "host_keeps",
        ):
            setattr(kept, switch, getattr(gone, switch))
    elif gave == [True, True]:
        kept.in_keepsake = gone.in_keepsake and kept.in_keepsake
        kept.host_keeps = gone.host_keeps and kept.host_keeps
        kept.keepsake_terms = max(gone.keepsake_terms, kept.keepsake_terms)
        kept.stage = min(gone.stage, kept.stage, key=BY_STAGE.__getitem__)
        kept.stage_public = gone.stage_public and kept.stage_public
        kept.reachability = min(gone.reachability, kept.reachability, key=BY_OPENNESS.__getitem__)
    kept.only_whole = gone.only_whole or kept.only_whole
    kept.shown_here = gone.shown_here and kept.shown_here
    if gone.appointed is False:  # a host took it from them
        kept.appointed = False
    for told in ("name", "title", "email", "contact", "device", "came_from"):
        setattr(kept, told, getattr(kept, told) or getattr(gone, told))
    kept.joined_at = min(gone.joined_at, kept.joined_at)


def _has_given(session: Session, each: Attendee) -> bool:
    given = select(Photo.id).where(Photo.attendee_id == each.id, Photo.state != PhotoState.WITHDRAWN)
    return session.execute(given.limit(1)).first() is not None


def _leave_a_door(session: Session, gone: Attendee, kept: Attendee, screen: Screen | None) -> int:
    """What the browser of `gone` keeps leads to `kept` from now on, and so does their identity where it was proved."""
    session.execute(update(Door).where(Door.attendee_id == gone.id).values(attendee_id=kept.id))
    is_proved = gone.assurance is Assurance.PROVED
    seen = screen or Screen(gone.device)
    door = Door(
        event_id=kept.event_id,
        attendee_id=kept.id,
        kind=DoorKind.IDENTITY if is_proved else DoorKind.PAIRED,
        role=gone.role if is_proved else Role.ATTENDEE,
        former_id=gone.id,
        device=seen.device,
        system=seen.system,
        in_client=seen.in_client,
    )
    if is_proved:
        door.platform, door.tenant, door.user_id = gone.platform, gone.tenant, gone.user_id
    session.add(door)
    empty(gone)
    gone.user_id = f"{ERASED}{secrets.token_hex(16)}"
    gone.paused_at = gone.cleared_at = gone.entry_digest = None
    gone.paused_by_host = gone.waits = False
    session.flush()
    return door.id


# ---- what they gave and said ----------------------------------------------------------------------------------------


def _unite_photos(session: Session, gone: Attendee, kept: Attendee, done: United) -> None:
    """One person has one home: of two photos on the wall the newer stays."""
    placed = session.scalars(
        select(Photo)
        .where(Photo.attendee_id.in_([gone.id, kept.id]), Photo.state == PhotoState.PLACED)
        .order_by(Photo.id)
    ).all()
    older = placed[:-1]
    withdraw_rows(session, [photo.id for photo in older])
    taken = set(session.scalars(select(Photo.idempotency_key).where(Photo.attendee_id == kept.id)))
    for photo in session.scalars(select(Photo).where(Photo.attendee_id == gone.id)):
        if photo.idempotency_key in taken:
            photo.idempotency_key = secrets.token_hex(16)
        photo.attendee_id = kept.id
    session.execute(update(Print).where(Print.attendee_id == gone.id).values(attendee_id=kept.id))
    if placed:  # their consents may be others now
        done.wall_id = placed[0].wall_id


def _unite_hellos(session: Session, gone: Attendee, kept: Attendee, done: United) -> None:
    session.flush()
    is_same_contact = gone.contact is None or gone.contact == kept.contact
    theirs = or_(Hello.low_id == gone.id, Hello.high_id == gone.id)
    for hello in session.scalars(select(Hello).where(theirs)).all():
        other_id = hello.high_id if hello.low_id == gone.id else hello.low_id
        done.concerned.add(other_id)
        if other_id == kept.id:  # they had said hello to themselves
            session.delete(hello)
            continue
        low, high = pair_of(kept.id, other_id)
        known = session.scalar(select(Hello).where(Hello.low_id == low, Hello.high_id == high))
        if not is_same_contact:  # it was another contact that they agreed to show
            hello.from_shares &= hello.from_id != gone.id
            hello.to_shares &= hello.to_id != gone.id
        hello.from_id = kept.id if hello.from_id == gone.id else hello.from_id
        hello.to_id = kept.id if hello.to_id == gone.id else hello.to_id
        if known is None:
            hello.low_id, hello.high_id = low, high
        else:
            _into_one(session, hello, known)
        session.flush()
    session.execute(update(HelloLine).where(HelloLine.sender_id == gone.id).values(sender_id=kept.id))


def _into_one(session: Session, hello: Hello, known: Hello) -> None:
    """Both had a hello with the same person: it is one conversation."""
    is_mutual = hello.from_id != known.from_id
    state = max(hello.state, known.state, key=BY_STATE.__getitem__)
    if is_mutual and state in (HelloState.SENT, HelloState.SEEN):
        state = HelloState.ANSWERED  # each has said hello to the other
    swapped = (hello.to_shares, hello.from_shares) if is_mutual else (hello.from_shares, hello.to_shares)
    known.state = state
    known.from_shares, known.to_shares = known.from_shares or swapped[0], known.to_shares or swapped[1]
    known.asked_for = known.asked_for and hello.asked_for
    known.sent_at = min(known.sent_at, hello.sent_at)
    known.touched_at = max(known.touched_at, hello.touched_at)
    session.execute(update(HelloLine).where(HelloLine.hello_id == hello.id).values(hello_id=known.id))
    session.flush()
    session.delete(hello)


def _unite_encounters(session: Session, gone: Attendee, kept: Attendee) -> None:
    pairs = select(Encounter).where(or_(Encounter.attendee_id == gone.id, Encounter.other_id == gone.id))
    for each in session.scalars(pairs).all():
        one = kept.id if each.attendee_id == gone.id else each.attendee_id
        other = kept.id if each.other_id == gone.id else each.other_id
        if one != other:
            row = {"attendee_id": one, "other_id": other}
            session.execute(upsert_into(session, Encounter).on_conflict_do_nothing(), [row])
        session.delete(each)
    for met in session.scalars(select(Met).where(or_(Met.low_id == gone.id, Met.high_id == gone.id))).all():
        other_id = met.high_id if met.low_id == gone.id else met.low_id
        low, high = pair_of(kept.id, other_id)
        known = session.get(Met, (low, high))
        if known is not None:
            known.times, known.met_at = known.times + met.times, max(known.met_at, met.met_at)
        elif other_id != kept.id:
            session.add(
                Met(
                    low_id=low,
                    high_id=high,
                    event_id=met.event_id,
                    kind=met.kind,
                    times=met.times,
                    met_at=met.met_at,
                )
            )
        session.delete(met)
    session.flush()


# ---- what keeps others safe -----------------------------------------------------------------------------------------


def _unite_blocks(session: Session, gone: Attendee, kept: Attendee) -> None:
    rows = session.scalars(
        select(Block).where(or_(Block.blocker_id == gone.id, Block.blocked_id == gone.id)).order_by(Block.id)
    ).all()
    for block in rows:
        blocker_id = kept.id if block.blocker_id == gone.id else block.blocker_id
        blocked_id = kept.id if block.blocked_id == gone.id else block.blocked_id
        if blocker_id == blocked_id:
            session.delete(block)
        elif blocked_id is None:
            block.blocker_id = blocker_id
        else:
            _carry_over(session, block, blocker_id, blocked_id)
        session.flush()


def _carry_over(session: Session, block: Block, blocker_id: int, blocked_id: int) -> None:
    known = session.scalar(
        select(Block).where(Block.blocker_id == blocker_id, Block.blocked_id == blocked_id)
    )
    if known is None:
        block.blocker_id, block.blocked_id = blocker_id, blocked_id
        return
    known.carried = known.carried and block.carried
    if block.device is None or block.device == known.device:
        session.delete(block)
    else:  # it holds for the other browser as well
        block.blocker_id, block.blocked_id = blocker_id, None


def _unite_reports(session: Session, gone: Attendee, kept: Attendee) -> None:
    for column in (Report.reporter_id, Report.reported_id):
        session.execute(update(Report).where(column == gone.id).values({column: kept.id}))
    session.execute(  # a report about oneself is one of nobody: the host still sees it
        update(Report)
        .where(Report.reporter_id == kept.id, Report.reported_id == kept.id)
        .values(reporter_id=None, counts=False)
    )
    for column in (Decision.host_id, Decision.about_id, Decision.undone_by):
        session.execute(update(Decision).where(column == gone.id).values({column: kept.id}))


def _unite_pauses(session: Session, gone: Attendee, kept: Attendee) -> None:
    times = [each.paused_at for each in (gone, kept) if each.paused_at is not None]
    by_host = gone.paused_by_host or kept.paused_by_host
    # Reports alone take no desk away from a host; another host's decision does.
    if times and (by_host or kept.role not in HOSTS):
        kept.paused_at, kept.paused_by_host = min(times), by_host
    is_open = select(Report.id).where(Report.reported_id == kept.id, Report.state == ReportState.OPEN)
    if (gone.cleared_at is None) != (kept.cleared_at is None):
        # A host looked at one of them only. That protects while nobody has complained about the other.
        kept.cleared_at = kept.cleared_at or gone.cleared_at
        if by_host or session.execute(is_open.limit(1)).first() is not None:
            kept.cleared_at = None
    kept.removed_at = kept.removed_at or gone.removed_at
    kept.waits = (kept.waits or gone.waits) and kept.role not in HOSTS
    if kept.paused_by_host:
        for device in {each.device for each in (gone, kept)}:
            if device is not None:
                devices.wait_with(session, kept.event_id, device)


# ---- the rest -------------------------------------------------------------------------------------------------------


def _in_same_line(session: Session, gone: Attendee, kept: Attendee) -> bool:
    """Whether both stand in some line, or one in the other's own."""
    ours = select(LinePlace.line_id).where(LinePlace.attendee_id == kept.id)
    both = select(LinePlace.line_id).where(LinePlace.attendee_id == gone.id, LinePlace.line_id.in_(ours))
    each_other = (
        select(LinePlace.line_id)
        .join(Line)
        .where(LinePlace.attendee_id.in_([gone.id, kept.id]), Line.speaker_id.in_([gone.id, kept.id]))
    )
    return any(session.execute(query.limit(1)).first() is not None for query in (both, each_other))


def _move_the_rest(session: Session, gone: Attendee, kept: Attendee, done: United) -> None:
    session.execute(update(LinePlace).where(LinePlace.attendee_id == gone.id).values(attendee_id=kept.id))
    session.execute(update(LineWords).where(LineWords.sender_id == gone.id).values(sender_id=kept.id))
    known = select(LineHeard.words_id).where(LineHeard.attendee_id == kept.id)
    session.execute(delete(LineHeard).where(LineHeard.attendee_id == gone.id, LineHeard.words_id.in_(known)))
    session.execute(update(LineHeard).where(LineHeard.attendee_id == gone.id).values(attendee_id=kept.id))
    session.execute(update(Line).where(Line.speaker_id == gone.id).values(speaker_id=kept.id))
    session.execute(
        delete(LinePlace).where(
            LinePlace.attendee_id == kept.id,
            LinePlace.line_id.in_(select(Line.id).where(Line.speaker_id == kept.id)),
        )
    )
    session.execute(
        update(Registration).where(Registration.attendee_id == gone.id).values(attendee_id=kept.id)
    )
    for column in (Pairing.asker_id, Pairing.attendee_id):
        session.execute(update(Pairing).where(column == gone.id).values({column: kept.id}))
    session.execute(delete(Authorization).where(Authorization.attendee_id == gone.id))
    suggestion = session.get(Suggestion, gone.id)
    if suggestion is not None:
        if suggestion.picture_key:
            done.pictures.append(suggestion.picture_key)
        session.delete(suggestion)


def _keep_apart(session: Session, kept: Attendee, done: United) -> None:
    """Those who block them, or whom they block, stand in no group with them any more."""
    for other_id in barred(session, kept.id):
        done.concerned |= lines.part(session, kept.id, other_id).concerned
