"""Live news to all open panels of this web process: one reader of the feed, one writer to all sockets.

A queue and a greenlet for each panel would cost a wake-up for each delivery. Here every panel's connection is a
socket in a set; a batch is encoded once and written to all of them without waiting. A panel whose connection cannot
take it at once is dropped; it comes back by itself and resumes from its last revision.
"""

import gc
import json
import logging
import math
import random
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import gevent
from gevent.event import Event as Signal
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from plugin.state.db import Database
from plugin.state.feed import RECENT, Feed, News
from plugin.state.logs import REQUEST
from plugin.state.measures import measures
from plugin.wall import watching
from plugin.web.live.facts import EventFacts, Facts

logger = logging.getLogger(__name__)

BATCH_SECONDS = 0.25
LOOK_SECONDS = 2.0  # how often the database is asked by itself, should news be lost or Redis gone
PING_SECONDS = 20.0
SENDS_BETWEEN_YIELDS = 256
# Tens of thousands of long-lived objects make the collector's full passes the longest pauses there are.
GC_THRESHOLDS = (200_000, 50, 1000)

NEWS_OF_PEOPLE_KEPT = 50_000
BEGINNING = 1  # the number that everybody knows up to where there was no news yet; 0 is for who knows none
ROUND_SECONDS = 60.0  # while Redis is gone, everybody is told once in so long to look for themselves
TURNS = int(ROUND_SECONDS / LOOK_SECONDS)

ENDED_A_SECOND = 250  # of each process: what others can take in beside all else
ENDING_STEP_SECONDS = 0.1

PING = b": still here\n\n"


class Connection(Protocol):
    def send(self, data: bytes, flags: int = ..., /) -> int: ...


@dataclass(eq=False)
class Listener:
    """One open panel. `closed` is set when its connection is of no more use."""

    connection: Connection
    attendee_id: int
    closed: Signal = field(default_factory=Signal)

    def send(self, data: bytes) -> None:
        """Write a whole chunk or give the panel up: half a chunk would spoil the stream."""
        try:
            sent = self.connection.send(data, socket.MSG_DONTWAIT)
        except OSError:
            sent = -1
        if sent != len(data):
            self.closed.set()


@dataclass(eq=False)
class Room:
    """All panels of one wall and audience in this process, and how far they have been told."""

    wall_id: int
    audience: str
    revision: int
    state: str
    facts: Facts | None = None
    here: tuple[int, bool] = (0, False)  # guests, and whether a host is
    listeners: set[Listener] = field(default_factory=set)


def message(event: str, data: Any) -> bytes:
    """A server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'), ensure_ascii=False)}\n\n".encode()


def chunk(data: bytes) -> bytes:
    """The data as one chunk of HTTP/1.1's chunked transfer coding (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def _is_older(facts: Facts | None, told: Facts | None) -> bool:
    """Whether the others in a room were told something that these facts do not say yet."""
    if facts is None or told is None:
        return False
    return told.looked_at > facts.looked_at and told.has_news_since(facts)


class Broadcaster:
    """Starts its greenlets when the first panel comes, so that making one does nothing."""

    def __init__(self, database: Database, feed: Feed, facts: EventFacts | None = None) -> None:
        self._database = database
        self._facts = facts
        self._feed = feed
        self._rooms: dict[tuple[int, str], Room] = {}
        self._news_of_walls: set[int] = set()
        self._news_of_attendees: set[int] = set()
        self._has_news = Signal()
        self._heard = 0  # the number of the newest news
        self._heard_since = 0  # and of that before the first that we remember
        self._news_by_attendee: dict[int, int] = {}  # the number of each one's newest
        self._redis_is_gone = True  # until it has answered
        self._looks = 0
        self._turns_left = 0  # of a round in which everybody looks, after Redis was gone
        self._started = False
        self._is_ending = False
        self.delayed = False

    def publish(self, news: News) -> None:
        """Tell every web process, this one at once should Redis be gone."""
        if not self._feed.publish(news):
            self._note(news)

    def publish_all(self, many: Sequence[News]) -> None:
        """The same of much news at once."""
        if many and not self._feed.publish_all(many):
            for news in many:
                self._note(news)

    def _note(self, news: News) -> None:
        if news.attendee_id:
            self._news_of_attendees.add(news.attendee_id)
            self._remember(news)
        else:
            self._news_of_walls.add(news.wall_id)
        self._heard = max(self._heard, news.number)
        self._has_news.set()

    def _remember(self, news: News) -> None:
        if len(self._news_by_attendee) >= NEWS_OF_PEOPLE_KEPT:
            self._news_by_attendee.clear()
            self._heard_since = self._heard
        known = self._news_by_attendee.get(news.attendee_id, 0)
        self._news_by_attendee[news.attendee_id] = max(known, news.number)

    def news_of(self, attendee_id: int, heard: int) -> tuple[int, bool | None]:
        """What is newer than number `heard` to a person who asks instead of listening.

        Gives the number up to which this answer goes, and whether something concerns only them; None while Redis is
        gone and nobody knows.
        """
        self._start()
        if self._redis_is_gone:
            return heard, None
        is_told_of_all = heard >= self._heard_since
        return max(heard, self._heard, BEGINNING), (
            not is_told_of_all or self._news_by_attendee.get(attendee_id, 0) > heard
        )

    def told(self, wall_id: int, audience: str) -> watching.Missed | None:
        """What somebody misses who knows as much as the panels that are open here: nothing. None where none is."""
        room = self._rooms.get((wall_id, audience))
        return watching.Missed(room.revision, room.state) if room is not None and room.listeners else None

    def enter(
        self,
        wall_id: int,
        audience: str,
        revision: int,
        state: str,
        listener: Listener,
        facts: Facts | None = None,
        heard: int = 0,
    ) -> bool:
        """Take a panel in that knows everything up to `revision`, and what concerns only its person up to the number
        `heard`; False when the others, or other panels of this person, were told more already.

        A panel that knows more than the others, because a change was not told yet, is welcome: it leaves out what is
        old to it. Making it wait here instead would never end, for nobody could tell the others meanwhile.
        """
        self._start()
        room = self._rooms.setdefault((wall_id, audience), Room(wall_id, audience, revision, state))
        if room.listeners and room.revision > revision:
            return False
        if room.listeners and _is_older(facts, room.facts):
            return False
        if self.news_of(listener.attendee_id, heard)[1]:
            return False
        if not room.listeners:
            room.revision, room.state, room.facts = revision, state, facts
        room.listeners.add(listener)
        measures().streams.inc()
        if self._is_ending:
            listener.closed.set()
        return True

    def leave(self, wall_id: int, audience: str, listener: Listener) -> None:
        room = self._rooms.get((wall_id, audience))
        if room is not None:
            if listener in room.listeners:
                room.listeners.discard(listener)
                measures().streams.dec()
            if not room.listeners:
                del self._rooms[wall_id, audience]

    def end_all(self, seconds: float) -> None:
        """End every stream within that time, few at once and many in turn: each panel comes back to another process."""
        self._is_ending = True
        everybody = self._everybody()
        random.shuffle(everybody)  # those of one wall do not all go first
        steps = math.ceil(min(seconds, len(everybody) / ENDED_A_SECOND) / ENDING_STEP_SECONDS)
        for step in range(steps):
            for listener in everybody[step::steps]:
                listener.closed.set()
            gevent.sleep(ENDING_STEP_SECONDS)

    def _start(self) -> None:
        if not self._started:
            self._started = True
            gc.set_threshold(*GC_THRESHOLDS)
            for loop in (self._hear, self._tell, self._look, self._ping):
                gevent.spawn(self._for_ever, loop)

    def _for_ever(self, loop: Any) -> None:
        REQUEST.set("")  # the one that happened to start it has nothing to do with what comes
        while True:
            try:
                loop()
            except (RedisError, SQLAlchemyError, OSError) as error:
                logger.warning("live %s: %s", loop.__name__, type(error).__name__)
                gevent.sleep(1)

    def _hear(self) -> None:
        """Collect news from the feed."""
        try:
            batches = self._feed.listen()
            self._begin_with(next(batches))
            self._redis_is_gone = False
            for batch in batches:
                for news in batch:
                    self._note(news)
        except RedisError:
            self._redis_is_gone = True
            self._turns_left = TURNS
            raise

    def _begin_with(self, recent: Sequence[News]) -> None:
        """Remember what was told before we listened, for those who come from another process; and tell whoever is here
        already what we have not heard ourselves."""
        before = self._heard
        for news in recent:
            if news.number > before:
                self._note(news)
            elif news.attendee_id:
                self._remember(news)
        if len(recent) >= RECENT:
            self._heard_since = max(self._heard_since, recent[0].number)

    def _tell(self) -> None:
        """Tell the panels: the first news after a quiet moment at once, then batches, never one for each photo."""
        self._has_news.wait()
        self._has_news.clear()
        began = time.monotonic()
        walls, self._news_of_walls = self._news_of_walls, set()
        attendees, self._news_of_attendees = self._news_of_attendees, set()
        for room in [room for room in self._rooms.values() if room.wall_id in walls]:
            self._bring_up_to_date(room)
        if attendees:
            me = chunk(message("me", {}))
            self._send(me, [each for each in self._everybody() if each.attendee_id in attendees])
        gevent.sleep(max(0.0, BATCH_SECONDS - (time.monotonic() - began)))

    def _look(self) -> None:
        """Find by ourselves what the feed did not tell, and whether placing is delayed."""
        gevent.sleep(LOOK_SECONDS)
        delayed = self._redis_is_gone or watching.is_delayed(self._database)
        if delayed != self.delayed:
            self.delayed = delayed
            self._send(chunk(message("status", {"delayed": delayed})), self._everybody())
        if self._rooms:
            known = watching.revisions(self._database, {wall_id for wall_id, _ in self._rooms})
            stale = {
                room.wall_id
                for room in list(self._rooms.values())
                if known.get(room.wall_id) != room.revision or self._has_missed(room)
            }
            if stale:
                self._news_of_walls |= stale
                self._has_news.set()
        if self._redis_is_gone:
            self._let_some_look_for_themselves()
        elif self._turns_left:
            self._turns_left -= 1
            self._let_some_look_for_themselves()

    def _let_some_look_for_themselves(self) -> None:
        """Another process has news of people that do not come to us: so everybody looks, a few at a time, and once more
        when Redis is back, for what was told just before."""
        self._looks += 1
        turn = [each for each in self._everybody() if each.attendee_id % TURNS == self._looks % TURNS]
        self._send(chunk(message("me", {})), [each for each in turn if each.attendee_id])

    def _ping(self) -> None:
        gevent.sleep(PING_SECONDS)
        self._send(chunk(PING), self._everybody())
        self._tell_who_is_here()

    def _bring_up_to_date(self, room: Room) -> None:
        # Both are there before the room counts as told: should one fail, it still misses all of it. And both take time,
        # in which others enter, who may know as little as the room did: they are among those who are told.
        facts = self._facts.look(self._facts.event_of(room.wall_id)) if self._facts is not None else None
        missed = watching.changes_since(self._database, room.wall_id, room.revision, room.audience)
        room.revision = missed.revision
        parts = []
        if missed.gap:
            parts.append(message("gap", {}))
        elif missed.changes:
            parts.append(message("changes", missed.as_dict()))
        if missed.state != room.state:
            room.state = missed.state
            parts.append(message("status", {"state": missed.state}))
        for listeners, news in self._news_of_the_event(room, facts):
            own = [*parts, message("status", news)] if news else parts
            if own:
                self._send(chunk(b"".join(own)), listeners)

    def _news_of_the_event(
        self, room: Room, facts: Facts | None
    ) -> list[tuple[list[Listener], dict[str, Any]]]:
        """What to tell whom about breaks, threads and lines since they were told last: the same to all, but for those
        in a breakout room that has a break of its own, or had."""
        everybody = list(room.listeners)
        before, room.facts = room.facts, facts
        if before is None or facts is None:
            return [(everybody, {})]
        apart = facts.concerned_since(before)
        told = {each: facts.news_since(before, each) for each in apart}
        together = [each for each in everybody if each.attendee_id not in apart]
        alone = [([each], told[each.attendee_id]) for each in everybody if each.attendee_id in apart]
        of_now = {"as_of": facts.as_of}
        some = [(together, facts.news_since(before)), *alone]
        return [(listeners, news | of_now if news else news) for listeners, news in some]

    def _tell_who_is_here(self) -> None:
        for room in list(self._rooms.values()):
            if self._facts is not None:
                facts = self._facts.of(self._facts.event_of(room.wall_id))
                if (facts.here, facts.hosts_here) != room.here:
                    room.here = facts.here, facts.hosts_here
                    told = message("status", {"here": facts.here, "hosts_here": facts.hosts_here})
                    self._send(chunk(told), list(room.listeners))

    def _has_missed(self, room: Room) -> bool:
        """Whether the room was not told something about the event."""
        if self._facts is None or room.facts is None:
            return False
        return _is_older(room.facts, self._facts.of(self._facts.event_of(room.wall_id)))

    def _everybody(self) -> list[Listener]:
        return [listener for room in self._rooms.values() for listener in room.listeners]

    def _send(self, data: bytes, listeners: list[Listener]) -> None:
        measures().deliveries.inc(len(listeners))
        for number, listener in enumerate(listeners, 1):
            if not listener.closed.is_set():
                listener.send(data)
            if number % SENDS_BETWEEN_YIELDS == 0:
                gevent.sleep(0)
