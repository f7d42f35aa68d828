"""What a person sees of their own hellos and of the people they met, and the file to take along. Nothing of others'."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from plugin.people.admission import attendee_of
from plugin.people.refusal import Refusal
from plugin.people.visibility import are_barred, barred, cards, is_in_sight, owner_of
from plugin.state.db import Database
from plugin.state.encounters import Hello, HelloLine, HelloState, Met
from plugin.state.models import Attendee, Photo, PhotoState
from plugin.together.hello import (
    IN_A_ROW,
    WORDS_OF_OBSTACLES,
    Rules,
    allowance,
    between,
    is_out,
    limit,
    obstacle,
    other_of,
)
from plugin.together.openers import answers_for, openers_for, text_of
from plugin.together.takealong import FILES, Row

HELLOS_SHOWN = 300
UNANSWERED_AT_ONCE = 10  # more at a time are a flood, whoever sends them
LEFT_ALONE_SECONDS = 600.0  # a hello that was seen so long ago makes room for the next one
LINES_SHOWN = 200  # the newest of each hello
MET_SHOWN = 300
GONE = "…"  # stands for a story that was taken back

DeepLink = Callable[[Attendee], str | None]
Talk = dict[str, Any]


def no_link(_person: Attendee) -> str | None:
    return None


def way_in(
    database: Database, rules: Rules, attendee: Attendee, photo_id: int, deep_link: DeepLink = no_link
) -> dict[str, Any]:
    """Whether this person can say hello to the one behind a photo, with which openers, or why not."""
    now = time.time()
    with database.read() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        other = owner_of(session, me.event_id, photo_id)
        photo = session.get(Photo, photo_id)
        earlier = _earlier(session, me, other)
        if earlier is not None:
            talk = _views(session, me, [earlier], now, deep_link)[0]
            why = _why_again(me, earlier)
            return _way(why, hello=talk) | (_openers(photo) if why is None else {})
        why = obstacle(session, me, other)
        left = allowance(session, rules, me, now)
        why = why or limit(left)
        found = _way(why, again_in=left.again_in if why == "limit_soon" else 0)
        return found | (_openers(photo) if why in (None, "limit_soon") else {})


def _earlier(session: Session, me: Attendee, other: Attendee | None) -> Hello | None:
    if other is None or are_barred(session, me.id, other.id):
        return None
    earlier = between(session, me.id, other.id)
    return None if earlier is None or is_out(earlier, other) or is_aside(earlier, me.id) else earlier


def is_aside(hello: Any, attendee_id: int) -> bool:
    """Whether this person has put the hello aside: it is gone from their sight."""
    return hello.state is HelloState.DECLINED and hello.to_id == attendee_id


def _why_again(me: Attendee, earlier: Hello) -> str | None:
    if earlier.state is HelloState.ANSWERED:
        return "talking"
    return "open_already" if earlier.from_id == me.id else "paused" if me.paused_at is not None else None


def _way(why: str | None, *, hello: Talk | None = None, again_in: float = 0) -> dict[str, Any]:
    return {
        "can": why is None,
        "why": why,
        "message": WORDS_OF_OBSTACLES[why][1] if why else "",
        "again_in": round(again_in),
        "openers": [],
        "hello": hello,
    }


def _openers(photo: Photo | None) -> dict[str, Any]:
    if photo is None:
        return {}
    ids = openers_for(photo.id, photo.story, photo.prompt)
    return {"openers": [text_of(each, photo.story, photo.prompt) for each in ids]}


def overview(
    database: Database, rules: Rules, attendee: Attendee, deep_link: DeepLink = no_link
) -> dict[str, Any]:
    """All hellos of a person, newest first, the people they stood in line with, and what they may still send."""
    now = time.time()
    with database.read() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        hellos = _visible(session, me)
        left = allowance(session, rules, me, now)
        views = _views(session, me, hellos, now, deep_link)
        return {
            "hellos": views,
            "met": _met(session, me, now),
            "unread": sum(view["unread"] for view in views),
            "left": {"soon": left.soon, "event": left.event, "again_in": round(left.again_in)},
            "paused": me.paused_at is not None,
            "contact": me.contact or "",
        }


def one(database: Database, attendee: Attendee, hello_id: int, deep_link: DeepLink = no_link) -> Talk:
    """One hello as this person sees it. Raises Refusal (404)."""
    with database.read() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        hello = session.get(Hello, hello_id)
        if hello is None or me.id not in (hello.low_id, hello.high_id):
            raise Refusal(404, "no_hello", "This hello is not here any more.")
        return _views(session, me, [hello], time.time(), deep_link)[0]


def unread(database: Database, attendee_id: int) -> int:
    """How many lines wait to be read."""
    with database.read() as session:
        me = session.get(Attendee, attendee_id)
        if me is None:
            return 0
        rows = session.execute(
            select(HelloLine.hello_id, func.count())
            .join(Hello)
            .where(_is_of(me.id), HelloLine.sender_id != me.id, HelloLine.read_at.is_(None))
            .group_by(HelloLine.hello_id)
        )
        waiting: dict[int, int] = dict(iter(rows))
        if not waiting:
            return 0
        return sum(waiting.get(hello.id, 0) for hello in _visible(session, me))


def _is_of(attendee_id: int) -> Any:
    return or_(Hello.low_id == attendee_id, Hello.high_id == attendee_id)


def _visible(session: Session, me: Attendee) -> list[Hello]:
    rows = session.execute(
        select(Hello, Attendee.id, Attendee.paused_at, Attendee.removed_at)
        .join(
            Attendee,
            and_(Attendee.id != me.id, or_(Attendee.id == Hello.low_id, Attendee.id == Hello.high_id)),
        )
        .where(_is_of(me.id))
        .order_by(Hello.touched_at.desc())
        .limit(HELLOS_SHOWN)
    ).all()
    out = barred(session, me.id)
    found = [
        row.Hello
        for row in rows
        if other_of(row.Hello, me.id) not in out
        and not is_out(row.Hello, row)
        and not is_aside(row.Hello, me.id)
    ]
    later = _for_later(session, me, found)
    return [hello for hello in found if hello.id not in later]


def _for_later(session: Session, me: Attendee, hellos: list[Hello]) -> set[int]:
    """Those of many unanswered hellos that wait until the ones before them were answered, put aside or left alone.

    What was said in line together is never among them.
    """
    unanswered = sorted(
        hello.id
        for hello in hellos
        if hello.to_id == me.id and hello.state is not HelloState.ANSWERED and not hello.asked_for
    )
    if len(unanswered) <= UNANSWERED_AT_ONCE:
        return set()
    left_alone = set(
        session.scalars(
            select(HelloLine.hello_id)
            .join(Hello)
            .where(_is_of(me.id), HelloLine.read_at < time.time() - LEFT_ALONE_SECONDS)
        )
    )
    open_ones = [hello_id for hello_id in unanswered if hello_id not in left_alone]
    return set(open_ones[UNANSWERED_AT_ONCE:])


def _views(
    session: Session, me: Attendee, hellos: list[Hello], now: float, deep_link: DeepLink
) -> list[Talk]:
    others = {hello.id: other_of(hello, me.id) for hello in hellos}
    people = cards(session, [me.id, *others.values()])
    lines = _lines(session, [hello.id for hello in hellos])
    photos = _photos(session, lines)
    rows = {
        each.id: each for each in session.scalars(select(Attendee).where(Attendee.id.in_(others.values())))
    }
    views = []
    for hello in hellos:
        own, other = lines.get(hello.id, []), others[hello.id]
        seen = {
            "person": _person(people[other], hello, rows[other]),
            "photos": [people[me.id]["id"], people[other]["id"]],
            "lines": [_line(line, me, photos, now) for line in own[-LINES_SHOWN:]],
            "contact": _contact(hello, me, rows[other], deep_link),
            "ago": round(now - hello.touched_at),
        }
        views.append(_standing(hello, me, own) | seen)
    return views


def _standing(hello: Hello, me: Attendee, own: list[HelloLine]) -> Talk:
    """How it stands, and what this person can do now."""
    can = _can(hello, me, own)
    return {
        "id": hello.id,
        "mine": hello.from_id == me.id,
        "state": _state(hello, me),
        "unread": sum(line.sender_id != me.id and line.read_at is None for line in own),
        "can": can,
        "phrases": [text_of(each) for each in answers_for(hello.id)] if can["answer"] else [],
    }


def _person(card: dict[str, Any], hello: Hello, other: Attendee) -> dict[str, Any]:
    """Somebody who hid themselves is known to those with whom they have talked."""
    if hello.state is HelloState.ANSWERED or is_in_sight(other):
        return card
    return card | {"name": "", "title": "", "story": "", "prompt": "", "hidden": True}


def _state(hello: Hello, me: Attendee) -> str:
    if hello.state is HelloState.ANSWERED:
        return "answered"
    if hello.from_id == me.id:
        return "sent"  # whatever the other did with it
    return "new" if hello.state is HelloState.SENT else hello.state.value


def _lines(session: Session, hello_ids: list[int]) -> dict[int, list[HelloLine]]:
    found: dict[int, list[HelloLine]] = {}
    query = select(HelloLine).where(HelloLine.hello_id.in_(hello_ids)).order_by(HelloLine.id)
    for line in session.scalars(query):
        found.setdefault(line.hello_id, []).append(line)
    return found


def _photos(session: Session, lines: dict[int, list[HelloLine]]) -> dict[int, Photo]:
    wanted = {line.photo_id for some in lines.values() for line in some if line.photo_id is not None}
    query = select(Photo).where(Photo.id.in_(wanted), Photo.state == PhotoState.PLACED)
    return {photo.id: photo for photo in session.scalars(query)}


def _line(line: HelloLine, me: Attendee, photos: dict[int, Photo], now: float) -> dict[str, Any]:
    return {
        "id": line.id,
        "mine": line.sender_id == me.id,
        "ago": round(now - line.said_at),
    } | said(line, photos)


def said(line: HelloLine, photos: dict[int, Photo]) -> dict[str, Any]:
    """The text of a line. A story that an opener quotes is looked up now, so erasing it reaches the quotes."""
    if line.opener is None:
        return {"opener": None, "parameters": {}, "text": line.words or ""}
    photo = photos.get(line.photo_id or 0)
    return text_of(line.opener, photo.story if photo else GONE, photo.prompt if photo else GONE)


def _can(hello: Hello, me: Attendee, lines: list[HelloLine]) -> dict[str, bool]:
    answered = hello.state is HelloState.ANSWERED
    enough = answered and [line.sender_id for line in lines[-IN_A_ROW:]] == [me.id] * IN_A_ROW
    answer = me.paused_at is None and not enough and (answered or hello.to_id == me.id)
    return {
        "answer": answer,
        "words": answer,
        "decline": not answered and hello.to_id == me.id,
        "share": answered and me.paused_at is None,
    }


def _contact(hello: Hello, me: Attendee, other: Attendee, deep_link: DeepLink) -> dict[str, Any]:
    mine, theirs = hello.from_shares, hello.to_shares
    if hello.from_id != me.id:
        mine, theirs = theirs, mine
    both = mine and theirs
    return {
        "mine": mine,
        "theirs": theirs,
        "line": (other.contact or None) if both else None,
        "url": deep_link(other) if both and other.platform == me.platform else None,
    }


def _met(session: Session, me: Attendee, now: float) -> list[dict[str, Any]]:
    """Those who stood in line with this person and are still to be seen, the last one first."""
    rows = session.execute(
        select(Met.low_id, Met.high_id, Met.kind, Met.met_at)
        .where(or_(Met.low_id == me.id, Met.high_id == me.id))
        .order_by(Met.met_at.desc())
        .limit(MET_SHOWN)
    ).all()
    ids = [other_of(row, me.id) for row in rows]
    seen = {
        each.id for each in session.scalars(select(Attendee).where(Attendee.id.in_(ids))) if is_in_sight(each)
    } - barred(session, me.id)
    people = cards(session, seen)
    how = {"break": "line", "speaker": "speaker"}
    return [
        {"person": people[other], "how": how[row.kind.value], "ago": round(now - row.met_at)}
        for other, row in zip(ids, rows, strict=True)
        if other in people
    ]


# ---- the file to take along ---------------------------------------------------------------------------------------


def take_along(
    database: Database, attendee: Attendee, form: str, deep_link: DeepLink = no_link
) -> tuple[str, str, str]:
    """(file name, media type, text) of those with whom both shared contact. Raises Refusal."""
    if form not in FILES:
        raise Refusal(422, "unknown_choice", "The file can be csv, vcard or text.", "format")
    with database.read() as session:
        me = attendee_of(session, attendee.id, attendee.event_id)
        views = _views(session, me, _visible(session, me), time.time(), deep_link)
    shared = [view for view in views if view["contact"]["mine"] and view["contact"]["theirs"]]
    if not shared:
        raise Refusal(404, "nobody", "There is nobody yet with whom you both shared contact details.")
    name, kind, text_of_all = FILES[form]
    return name, kind, text_of_all([_row(view) for view in shared])


def _row(view: Talk) -> Row:
    person, contact = view["person"], view["contact"]
    return person["name"], person["title"], contact["line"] or "", contact["url"] or ""
