"""Who is here now: whoever had a live stream or asked something in the last half minute, in any web process.

Kept in Redis, for it is worth nothing half a minute later. While Redis is gone nobody knows who is here, and for the
first half minute after it came back empty neither; callers hear that as None, so that nobody is taken for gone.
"""

import logging
from collections.abc import Iterable, Sequence, Set
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

HERE_SECONDS = 30.0
KEPT_SECONDS = 120
GATHERED_SECONDS = 7200  # longer than any break
AT_ONCE = 1000


class Presence:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def beat(self, event_id: int, attendee_ids: Iterable[int], now: float) -> bool:
        """These people of the event are here at `now` (seconds since 1970); False when Redis is gone."""
        scores: dict[Any, float] = dict.fromkeys(attendee_ids, now)
        if not scores:
            return True
        name = _name(event_id)
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.zadd(name, scores)
                pipeline.zremrangebyscore(name, "-inf", now - 2 * HERE_SECONDS)
                pipeline.expire(name, KEPT_SECONDS)
                pipeline.set(_since(event_id), now, nx=True)
                pipeline.expire(_since(event_id), KEPT_SECONDS)
                pipeline.execute()
        except RedisError as error:
            logger.warning("event %s: presence not noted: %s", event_id, type(error).__name__)
            return False
        return True

    def here(self, event_id: int, now: float) -> set[int] | None:
        """The attendees who are here; None when nobody knows."""
        try:
            since: Any = self._redis.get(_since(event_id))
            found: Any = self._redis.zrangebyscore(_name(event_id), now - HERE_SECONDS, "+inf")
        except RedisError:
            return None
        if since is None or float(since) > now - HERE_SECONDS:
            return None
        return {int(each) for each in found}

    def surely_here(self, event_id: int, now: float) -> set[int]:
        """Who has been heard of, though others may be here too; nobody while Redis is gone."""
        try:
            found: Any = self._redis.zrangebyscore(_name(event_id), now - HERE_SECONDS, "+inf")
        except RedisError:
            return set()
        return {int(each) for each in found}

    def of_these(self, event_id: int, attendee_ids: Sequence[int], now: float) -> list[int]:
        """Those among them who are here; all of them when nobody knows."""
        if not attendee_ids:
            return []
        try:
            since: Any = self._redis.get(_since(event_id))
            at: Any = self._redis.zmscore(_name(event_id), [str(each) for each in attendee_ids])
        except RedisError:
            return list(attendee_ids)
        if since is None or float(since) > now - HERE_SECONDS:
            return list(attendee_ids)
        pairs = zip(attendee_ids, at, strict=True)
        return [each for each, seen in pairs if seen is not None and seen > now - HERE_SECONDS]

    def is_here(self, event_id: int, attendee_id: int, now: float) -> bool:
        """Whether that person is known to be here; False when nobody knows."""
        try:
            at: Any = self._redis.zscore(_name(event_id), attendee_id)
            away: Any = self._redis.get(_away(attendee_id))
        except RedisError:
            return False
        return at is not None and at > now - HERE_SECONDS and away is None

    def away(self, event_id: int, attendee_id: int) -> None:
        """A panel of theirs said that it closes. Its stream is only found broken a while later."""
        self.left(event_id, attendee_id)
        try:
            self._redis.set(_away(attendee_id), 1, ex=int(HERE_SECONDS))
        except RedisError:
            logger.warning("event %s: leaving not noted", event_id)

    def back(self, attendee_id: int) -> None:
        """A panel of theirs opened."""
        with suppress(RedisError):
            self._redis.delete(_away(attendee_id))

    def count(self, event_id: int, now: float) -> int | None:
        try:
            number: Any = self._redis.zcount(_name(event_id), now - HERE_SECONDS, "+inf")
        except RedisError:
            return None
        return int(number)

    def guests(self, event_id: int, now: float, hosts: Sequence[int]) -> tuple[int, int]:
        """How many are here besides these hosts, and how many of these; nobody while Redis is gone."""
        name, since = _name(event_id), now - HERE_SECONDS
        try:
            everybody: Any = self._redis.zcount(name, since, "+inf")
            at: Any = self._redis.zmscore(name, [str(each) for each in hosts]) if hosts else []
        except RedisError:
            return 0, 0
        number = sum(seen is not None and seen >= since for seen in at)
        return max(0, int(everybody) - number), number

    def gather(self, place: str, event_id: int, now: float, without: Set[int]) -> tuple[int, int] | None:
        """Note at `place` who is here. Returns how many different people were there whenever it was called, and how
        many are now; None when nobody knows."""
        here = self.here(event_id, now)
        if here is None:
            return None
        people: list[Any] = sorted(here - without)
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for start in range(0, len(people), AT_ONCE):
                    pipeline.sadd(_gathered(place), *people[start : start + AT_ONCE])
                pipeline.expire(_gathered(place), GATHERED_SECONDS)
                pipeline.scard(_gathered(place))
                came = int(pipeline.execute()[-1])
        except RedisError:
            return None
        return came, len(people)

    def left(self, event_id: int, attendee_id: int) -> None:
        """That person is gone; should Redis not hear it, half a minute says the same."""
        try:
            self._redis.zrem(_name(event_id), attendee_id)
        except RedisError:
            logger.warning("event %s: leaving not noted", event_id)


def _name(event_id: int) -> str:
    return f"mosaic:here:{event_id}"


def _away(attendee_id: int) -> str:
    """There while somebody's last panel has just closed: what its stream still says does not count."""
    return f"mosaic:away:{attendee_id}"


def _gathered(place: str) -> str:
    return f"mosaic:gathered:{place}"


def _since(event_id: int) -> str:
    """Since when Redis has heard of everybody in the event who is here."""
    return f"mosaic:here-since:{event_id}"
