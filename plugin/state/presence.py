"""Who is here now: whoever had a live stream or asked something in the last half minute, in any web process.

Kept in Redis, for it is worth nothing half a minute later. While Redis is gone nobody knows who is here, and for the
first half minute after it came back empty neither; callers hear that as None, so that nobody is taken for gone.
"""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

HERE_SECONDS = 30.0
KEPT_SECONDS = 120


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


def _since(event_id: int) -> str:
    """Since when Redis has heard of everybody in the event who is here."""
    return f"mosaic:here-since:{event_id}"
