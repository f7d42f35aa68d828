"""How a coffee break went: who met, who was seen, what the abuser got."""

import statistics
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from bench.coffee import Run
from bench.world import World
from plugin.state.encounters import (
    Exposure,
    Hello,
    HelloState,
    LineHeard,
    LineWords,
    Met,
)
from plugin.state.models import Attendee
from plugin.together import linewords


def gini(values: list[int]) -> float:
    """0 when all are equal, 1 when one has everything."""
    ordered, total = sorted(values), sum(values)
    if not total:
        return 0.0
    weighted = sum(rank * value for rank, value in enumerate(ordered, 1))
    return 2 * weighted / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


def judge(run: Run) -> dict[str, Any]:
    world = run.world
    people = [human for human in run.people if human.member is not None]
    honest = [human for human in people if human.kind != "abuser"]
    photo_ids = [human.member.photo_id for human in people if human.member]
    bad = [human.member.attendee_id for human in people if human.kind == "abuser" and human.member]
    with world.database.read() as session:
        shown: dict[int, int] = dict(iter(session.execute(select(Exposure.photo_id, Exposure.shown))))
        rows = session.execute(select(Hello.from_id, Hello.to_id, Hello.state)).all()
        paused = set(session.scalars(select(Attendee.id).where(Attendee.paused_at.is_not(None))))
        met = session.scalars(select(Met.times)).all()
    early = [human.member.photo_id for human in honest if human.arrives < 0.6 * run.length and human.member]
    sent = Counter(row.from_id for row in rows if row.from_id in bad)
    unanswered = Counter(
        row.from_id for row in rows if row.from_id in bad and row.state is not HelloState.ANSWERED
    )
    firsts = [human.first_hello for human in honest if human.first_hello is not None]
    wanted = [human for human in honest if human.is_in_line and human.member]
    together = [human for human in wanted if human.member and world.in_line[human.member.attendee_id]]
    talk = _talked(world, {human.member.attendee_id for human in honest if human.member}, set(bad))
    stood = [len(talk.with_whom[human.member.attendee_id]) for human in together if human.member]
    still = _still_visible(world, run, paused & set(bad))
    return {
        "people": len(honest),
        "abuser's accounts": len(bad),
        "opens": run.opens,
        "opens a head": run.opens / len(people),
        "never opened after as many opens as photos": sum(wait > 1 for wait in run.waits)
        + sum(run.opens - came > run.settled for came in run.came_at.values()),
        "longest wait for a first look, opens a photo": max(run.waits),
        "never opened at the end": sum(not shown.get(photo_id) for photo_id in photo_ids),
        "Gini of opens": round(gini([shown.get(photo_id, 0) for photo_id in early]), 3),
        "hellos sent a head": sum(row.from_id not in bad for row in rows) / len(honest),
        "answered, share": sum(row.state is HelloState.ANSWERED for row in rows if row.from_id not in bad)
        / max(1, sum(row.from_id not in bad for row in rows)),
        "had a hello, share": len(firsts) / len(honest),
        "median seconds to the first hello": statistics.median(firsts) if firsts else 0.0,
        "got in line, share": len(wanted) / len(honest),
        "of those stood with somebody": len(together) / max(1, len(wanted)),
        "people a group": world.stood / max(1, world.groups),
        "pairs that met": len(met),
        "repeated pairs while somebody was unmet": world.repeats,
        "exchanged words in line with a stranger, share of all": sum(map(bool, stood)) / len(honest),
        "the same of those who stood with somebody": sum(map(bool, stood)) / max(1, len(stood)),
        "people talked to in line, median of those": statistics.median(stood) if stood else 0,
        "words said in line a head": talk.said / max(1, len(stood)),
        "blocked pairs in one group": world.blocked_together,
        f"abuser's words in line that one person saw, most (limit {MOST_OF_ABUSER})": talk.most_of_abuser,
        "people who saw an abuser's words in line, most of one account": talk.most_reached,
        "abuser's hellos delivered, most of one account": max(sent.values(), default=0),
        "the same, of those that nobody answered": max(unanswered.values(), default=0),
        "abuser's hellos delivered, all accounts": sum(sent.values()),
        "accounts out of sight after two reports": len(paused & set(bad)),
        "their hellos still seen": still,
    }


@dataclass
class Talked:
    """What was said in line. `with_whom`: whom each honest person said something to and heard something from."""

    with_whom: dict[int, set[int]]
    said: int
    most_of_abuser: int
    most_reached: int


# In a turn somebody hears at most this of one person: eight words a minute, in the minute and a half that it has.
MOST_OF_ABUSER = 2 * linewords.SAID_SOON


def _talked(world: World, honest: set[int], bad: set[int]) -> Talked:
    """Read before the words are deleted, which is when the farewell is over."""
    with world.database.read() as session:
        rows = session.execute(
            select(LineWords.group_no, LineWords.sender_id, LineHeard.attendee_id).join(
                LineHeard, LineHeard.words_id == LineWords.id
            )
        ).all()
        said = session.scalars(select(LineWords.sender_id)).all()
    heard = {(row.sender_id, row.attendee_id) for row in rows}
    of_abusers = Counter(
        (row.group_no, row.sender_id, row.attendee_id) for row in rows if row.sender_id in bad
    )
    reached = Counter(sender for sender, hearer in heard if sender in bad)
    return Talked(
        with_whom={
            each: {other for other in honest if (each, other) in heard and (other, each) in heard}
            for each in honest
        },
        said=sum(sender in honest for sender in said),
        most_of_abuser=max(of_abusers.values(), default=0),
        most_reached=max(reached.values(), default=0),
    )


def _still_visible(world: World, run: Run, paused: set[int]) -> int:
    """How many hellos of paused accounts that nobody answered are still in somebody's list."""
    with world.database.read() as session:
        receivers = set(
            session.scalars(
                select(Hello.to_id).where(Hello.from_id.in_(paused), Hello.state != HelloState.ANSWERED)
            )
        )
    photos = {
        human.member.photo_id for human in run.people if human.member and human.member.attendee_id in paused
    }
    found = 0
    for human in run.people:
        if human.member and human.member.attendee_id in receivers and human.door:
            world.news.add(human.member.attendee_id)
            found += sum(
                not each["mine"] and each["state"] != "answered" and each["person"]["id"] in photos
                for each in human.door.hellos()
            )
    return found
