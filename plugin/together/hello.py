"""Use cases of the hello: say it, see it, answer it or let it lie, talk on.

One row for a pair: a hello is open until it is answered, and nobody can knock twice. What the sender is told never
depends on whether the other has seen it or put it aside. Every refusal because of the other person is one and the
same, whether they are hidden, just looking, paused, or block you.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people import ownwords
from plugin.people.admission import attendee_of
from plugin.people.refusal import Refusal, kind_line
from plugin.people.visibility import are_barred, is_in_sight, owner_of, pair_of
from plugin.state.db import HELD, Database
from plugin.state.encounters import (
    MAXIMUM_WORDS,
    Hello,
    HelloLine,
    HelloState,
)
from plugin.state.models import Attendee, Event, EventState, Photo, PhotoState, Reachability, Wall
from plugin.together import encounter
from plugin.together.beside import in_line_together, stood_together, unanswered_in_line
from plugin.together.openers import CATALOGUE, FIRST_WORDS

SOON_SECONDS = 600.0
MOST_IN_LINE = 3  # unanswered ones to people one stood with; more wait until one is answered
IN_A_ROW = 3  # lines of one person before the other says something
BLUR = 1 << 30

WORDS_OF_OBSTACLES: dict[str, tuple[int, str]] = {
    "own": (409, "This is you."),
    "paused": (403, "You cannot write to anybody until a host has looked at what was reported."),
    "closed": (403, "This event is closed. What you have said to each other stays."),
    "hellos_off": (
        403,
        "The host has turned hellos off for now. What was said stays, and conversations go on.",
    ),
    "lines_off": (403, "The host has turned lines off for now."),
    "hidden": (403, "You are hidden. Let yourself be seen first; you find that behind your own photo."),
    "no_photo": (422, "Add your photo first: the other sees it with your hello."),
    "photo_waiting": (422, "Your photo is on its way to the wall. You can say hello once it is there."),
    "not_reachable": (403, "This person is not taking hellos at the moment."),
    "open_already": (409, "You said hello. Now it is their turn."),
    "talking": (409, "You are talking already."),
    "limit_soon": (429, "You said hello to many people. Wait a little, some will answer."),
    "limit_event": (
        429,
        "You said hello to as many people as one can here. Others can still say hello to you.",
    ),
}


@dataclass(frozen=True)
class Rules:
    """How many new hellos one person may send: in ten minutes, and in the whole event."""

    soon: int = 6
    event: int = 20

    def soon_after(self, unanswered: int) -> int:
        """Fewer for somebody to whom nobody answers."""
        if unanswered >= 0.7 * self.event:
            return 1
        return max(1, self.soon // 2) if unanswered >= 0.4 * self.event else self.soon


@dataclass(frozen=True)
class Allowance:
    """What is left of them for somebody; `again_in`: seconds until there is one again."""

    soon: int
    event: int
    again_in: float = 0.0


@dataclass(frozen=True)
class Said:
    """A line that was said. `first` is set for a new hello, `answered` when it made a hello an answered one."""

    hello_id: int
    other_id: int
    first: bool = False
    answered: bool = False


def refusal(code: str) -> Refusal:
    status, words = WORDS_OF_OBSTACLES[code]
    return Refusal(status, code, words)


def between(session: Session, one_id: int, other_id: int) -> Hello | None:
    low, high = pair_of(one_id, other_id)
    return session.scalar(select(Hello).where(Hello.low_id == low, Hello.high_id == high))


def obstacle(session: Session, me: Attendee, other: Attendee | None) -> str | None:
    """Why these two cannot begin to talk, as a key of WORDS_OF_OBSTACLES; limits and earlier hellos are left aside."""
    if other is not None and other.id == me.id:
        return "own"
    if me.paused_at is not None:
        return "paused"
    event = session.get_one(Event, me.event_id)
    if event.state is EventState.CLOSED:
        return "closed"
    if not event.hellos:
        return "hellos_off"
    if me.reachability is Reachability.HIDDEN:
        return "hidden"
    if photo := photo_obstacle(session, me):
        return photo
    reachable = other is not None and is_in_sight(other) and other.reachability is Reachability.OPEN
    if other is None or not reachable or are_barred(session, me.id, other.id):
        return "not_reachable"
    return None


def photo_obstacle(session: Session, me: Attendee) -> str | None:
    """Whether the person's photo is there to be shown."""
    states = set(session.scalars(select(Photo.state).where(Photo.attendee_id == me.id)))
    if PhotoState.PLACED in states:
        return None
    waiting = states & {PhotoState.RECEIVED, PhotoState.PREPARED, PhotoState.HELD}
    return "photo_waiting" if waiting else "no_photo"


def allowance(session: Session, rules: Rules, me: Attendee, now: float) -> Allowance:
    rows: list[Row[tuple[float, HelloState]]] = list(
        session.execute(
            select(Hello.sent_at, Hello.state)
            .where(Hello.from_id == me.id, Hello.asked_for.is_(False))
            .order_by(Hello.sent_at.desc())
        )
    )
    unanswered = sum(row.state is not HelloState.ANSWERED for row in rows)
    allowed = rules.soon_after(unanswered)
    recent = [row.sent_at for row in rows if row.sent_at > now - SOON_SECONDS]
    event = max(0, rules.event - len(rows))
    if len(recent) < allowed:
        return Allowance(min(allowed - len(recent), event), event)
    return Allowance(0, event, recent[allowed - 1] + SOON_SECONDS - now)


def limit(left: Allowance) -> str | None:
    if not left.event:
        return "limit_event"
    return None if left.soon else "limit_soon"


def say(database: Database, rules: Rules, attendee: Attendee, photo_id: int, opener: Any) -> Said:
    """Say hello to the person behind a photo. If they had said hello before, this answers it. Raises Refusal."""
    if opener not in FIRST_WORDS:
        raise Refusal(422, "unknown_opener", "Please choose one of the sentences.", "opener")
    try:
        return _say(database, rules, attendee, photo_id, opener)
    except (
        IntegrityError
    ):  # both said hello at the same moment; the other's was first, so this one answers it
        return _say(database, rules, attendee, photo_id, opener)


def _say(database: Database, rules: Rules, attendee: Attendee, photo_id: int, opener: str) -> Said:
    now = time.time()
    with database.write() as session:
        me = _locked(session, attendee)
        other = owner_of(session, me.event_id, photo_id)
        earlier = between(session, me.id, other.id) if other is not None else None
        if other is not None and earlier is not None and not are_barred(session, me.id, other.id):
            return _say_again(session, me, other, earlier, opener, photo_id, now)
        if code := obstacle(session, me, other):
            raise refusal(code)
        assert other is not None  # noqa: S101 - that would have been an obstacle
        in_line = in_line_together(session, me.id, other.id)
        if in_line and unanswered_in_line(session, me) >= MOST_IN_LINE:
            raise refusal("limit_soon")
        together = in_line or stood_together(session, me, other.id, now)
        if not together and (code := limit(allowance(session, rules, me, now))):
            raise refusal(code)
        return _begin(session, me, other, opener, photo_id, now, asked_for=together)


def _locked(session: Session, attendee: Attendee) -> Attendee:
    """The person's row, held until the end, so that two hellos at once cannot both be the last allowed one."""
    session.execute(select(Attendee.id).where(Attendee.id == attendee.id).with_for_update(**HELD))
    return attendee_of(session, attendee.id, attendee.event_id)


def _say_again(
    session: Session, me: Attendee, other: Attendee, earlier: Hello, opener: str, photo_id: int, now: float
) -> Said:
    if is_out(earlier, other):
        raise refusal("not_reachable")
    if me.paused_at is not None:
        raise refusal("paused")
    if earlier.state is HelloState.ANSWERED:
        raise refusal("talking")
    if earlier.from_id == me.id:
        raise refusal("open_already")
    return _append(session, me, earlier, now, opener=opener, photo_id=photo_id)


def _begin(
    session: Session,
    me: Attendee,
    other: Attendee,
    opener: str,
    photo_id: int | None,
    now: float,
    *,
    asked_for: bool,
) -> Said:
    low, high = pair_of(me.id, other.id)
    hello = Hello(
        event_id=me.event_id,
        low_id=low,
        high_id=high,
        from_id=me.id,
        to_id=other.id,
        asked_for=asked_for,
        blur=secrets.randbelow(BLUR),
        sent_at=now,
        touched_at=now,
    )
    session.add(hello)
    session.flush()
    session.add(HelloLine(hello_id=hello.id, sender_id=me.id, opener=opener, photo_id=photo_id, said_at=now))
    encounter.note(session, [(other.id, me.id)])
    return Said(hello.id, other.id, first=True)


def deliver(session: Session, sender: Attendee, receiver: Attendee, opener: str, now: float) -> Said:
    """A hello that the receiver has just asked for: a speaker who takes the next in line."""
    earlier = between(session, sender.id, receiver.id)
    if earlier is None:
        return _begin(session, sender, receiver, opener, None, now, asked_for=True)
    session.add(HelloLine(hello_id=earlier.id, sender_id=sender.id, opener=opener, said_at=now))
    if earlier.state is HelloState.DECLINED:
        earlier.state = HelloState.SENT
    earlier.touched_at = now
    return Said(earlier.id, receiver.id)


def answer(
    database: Database, attendee: Attendee, hello_id: int, *, opener: Any = None, words: Any = None
) -> Said:
    """Answer a hello, or go on talking: with a phrase, or in own words. Raises Refusal."""
    if (opener is None) == (words is None):
        raise Refusal(422, "empty", "Choose a sentence, or write one.", "words")
    if opener is not None and opener not in CATALOGUE:
        raise Refusal(422, "unknown_opener", "Please choose one of the sentences.", "opener")
    line = None
    if words is not None:
        line = kind_line(str(words), "words", MAXIMUM_WORDS, "Please write something.")
    now = time.time()
    with database.write() as session:
        me = _locked(session, attendee)
        hello = of_mine(session, me, hello_id)
        if me.paused_at is not None:
            raise refusal("paused")
        ownwords.refuse(session.get_one(Event, me.event_id), line or "", "words")
        if hello.state is not HelloState.ANSWERED and hello.from_id == me.id:
            raise refusal("open_already")
        if hello.state is HelloState.ANSWERED and _said_enough(session, hello, me):
            raise Refusal(429, "your_turn_is_over", "Now let the other say something.")
        return _append(session, me, hello, now, opener=opener, words=line)


def _said_enough(session: Session, hello: Hello, me: Attendee) -> bool:
    last = session.scalars(
        select(HelloLine.sender_id)
        .where(HelloLine.hello_id == hello.id)
        .order_by(HelloLine.id.desc())
        .limit(IN_A_ROW)
    ).all()
    return len(last) == IN_A_ROW and set(last) == {me.id}


def _append(
    session: Session,
    me: Attendee,
    hello: Hello,
    now: float,
    *,
    opener: str | None = None,
    photo_id: int | None = None,
    words: str | None = None,
) -> Said:
    answered = hello.state is not HelloState.ANSWERED
    if answered:
        hello.state = HelloState.ANSWERED
        move_threads(session, hello.event_id)
    hello.touched_at = now
    session.add(
        HelloLine(
            hello_id=hello.id, sender_id=me.id, opener=opener, photo_id=photo_id, words=words, said_at=now
        )
    )
    _read(session, hello, me, now)
    if answered:
        encounter.note(session, [(other_of(hello, me.id), me.id)])
    return Said(hello.id, other_of(hello, me.id), answered=answered)


def move_threads(session: Session, event_id: int) -> None:
    """The threads of the wall are not as they were."""
    session.execute(update(Wall).where(Wall.event_id == event_id).values(threads=Wall.threads + 1))


def other_of(hello: Any, attendee_id: int) -> int:
    return int(hello.high_id if hello.low_id == attendee_id else hello.low_id)


def of_mine(session: Session, me: Attendee, hello_id: int) -> Hello:
    """A hello that this person may touch. Raises Refusal (404), also for one that a block or pause hides."""
    hello = session.get(Hello, hello_id)
    if hello is None or me.id not in (hello.low_id, hello.high_id):
        raise Refusal(404, "no_hello", "This hello is not here any more.")
    other = session.get_one(Attendee, other_of(hello, me.id))
    if are_barred(session, me.id, other.id) or is_out(hello, other):
        raise Refusal(404, "no_hello", "This hello is not here any more.")
    return hello


def is_out(hello: Any, other: Any) -> bool:
    """Whether a hello is kept from somebody because of how the other stands: removed, or paused before an answer."""
    paused = other.paused_at is not None and hello.state is not HelloState.ANSWERED
    return other.removed_at is not None or (paused and hello.from_id == other.id)


def _read(session: Session, hello: Hello, me: Attendee, now: float) -> None:
    session.execute(
        update(HelloLine)
        .where(HelloLine.hello_id == hello.id, HelloLine.sender_id != me.id, HelloLine.read_at.is_(None))
        .values(read_at=now)
    )


def see(database: Database, attendee: Attendee, hello_ids: list[int]) -> int:
    """Note that the receiver has these before their eyes; how many they saw for the first time."""
    now = time.time()
    first = 0
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        mine = session.scalars(
            select(Hello).where(
                Hello.id.in_(hello_ids[:100]), or_(Hello.low_id == me.id, Hello.high_id == me.id)
            )
        )
        for hello in mine:
            _read(session, hello, me, now)
            if hello.to_id == me.id and hello.state is HelloState.SENT:
                hello.state = HelloState.SEEN
                first += 1
    return first


def decline(database: Database, attendee: Attendee, hello_id: int) -> None:
    """Put a hello aside; nobody is told. Raises Refusal."""
    with database.write() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        hello = of_mine(session, me, hello_id)
        if hello.to_id != me.id or hello.state is HelloState.ANSWERED:
            raise Refusal(409, "not_open", "Only a new hello can be put aside.")
        hello.state = HelloState.DECLINED
        _read(session, hello, me, time.time())
