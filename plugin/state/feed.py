"""Tell web processes that something changed, and hear it: one short Redis stream.

An entry says only which wall has news, or which attendee. What the news is, each web process reads in the database,
once for all its panels; so a lost entry costs a moment, never a change, and no name or story is ever in Redis.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

STREAM = "mosaic:feed"
ENTRIES_KEPT = 10_000
WAIT_MILLISECONDS = 2_000
SEQUENCE_BITS = 10
RECENT = 2_000


@dataclass(frozen=True)
class News:
    """`attendee_id` is 0 when the news is for everybody who watches the wall.

    `number` grows with each news that was heard, and is the same in all processes; 0 for one that is only here.
    """

    wall_id: int
    attendee_id: int = 0
    number: int = 0


class Feed:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def publish(self, news: News) -> bool:
        """Send the news; False when Redis is gone (the web processes then look by themselves)."""
        try:
            self._redis.xadd(
                STREAM,
                {"wall": news.wall_id, "attendee": news.attendee_id},
                maxlen=ENTRIES_KEPT,
                approximate=True,
            )
        except RedisError as error:
            logger.warning("wall %s: news not published: %s", news.wall_id, type(error).__name__)
            return False
        return True

    def publish_all(self, many: Sequence[News]) -> bool:
        """Send much news at once; False when Redis is gone."""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for news in many:
                    entry: Any = {"wall": news.wall_id, "attendee": news.attendee_id}
                    pipeline.xadd(STREAM, entry, maxlen=ENTRIES_KEPT, approximate=True)
                pipeline.execute()
        except RedisError as error:
            logger.warning("%s news not published: %s", len(many), type(error).__name__)
            return False
        return True

    def listen(self) -> Iterator[list[News]]:
        """News from now on, in batches; an empty batch when nothing came for a while. Raises RedisError.

        The first batch is not new: the last RECENT that there were before.
        """
        recent: Any = self._redis.xrevrange(STREAM, count=RECENT)
        last = recent[0][0] if recent else b"0-0"
        yield _news(reversed(recent))
        while True:
            answer: Any = self._redis.xread({STREAM: last}, block=WAIT_MILLISECONDS)
            streams = (
                answer.values() if isinstance(answer, dict) else [entries for _, entries in answer or []]
            )
            entries = [entry for stream in streams for entry in _flat(stream)]
            if entries:
                last = entries[-1][0]
            yield _news(entries)


def _news(entries: Iterable[Any]) -> list[News]:
    return [News(int(values[b"wall"]), int(values[b"attendee"]), _number(name)) for name, values in entries]


def _number(name: bytes) -> int:
    """An entry's name is `milliseconds-sequence`: one whole number that JSON can carry."""
    milliseconds, _, sequence = name.partition(b"-")
    return (int(milliseconds) << SEQUENCE_BITS) + min(int(sequence), (1 << SEQUENCE_BITS) - 1)


def _flat(stream: Any) -> list[Any]:
    """RESP3 answers nest the entries of a stream one list deeper than RESP2 does."""
    return stream[0] if stream and isinstance(stream[0], list) else stream
