"""Photos by how often they were shown, the least first. Pure.

A bucket for each number of times. Adding, removing and counting up take constant time, and so does each step of a
walk through the photos in order, so the next stop of a stroll costs the same at ten photos and at ten thousand.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Iterator
from random import Random


class LeastSeen:
    def __init__(self) -> None:
        self._times: dict[int, int] = {}  # photo id -> how often it was shown
        self._at: dict[int, int] = {}  # photo id -> its place in its bucket
        self._buckets: dict[int, list[int]] = {}
        self._levels: list[int] = []  # the numbers that have a bucket, ascending

    def __len__(self) -> int:
        return len(self._times)

    def __contains__(self, photo_id: int) -> bool:
        return photo_id in self._times

    def __iter__(self) -> Iterator[int]:
        return iter(self._times)

    def times(self, photo_id: int) -> int:
        return self._times[photo_id]

    def put(self, photo_id: int, times: int) -> None:
        """Add a photo, or say how often it was shown in all."""
        if self._times.get(photo_id) == times:
            return
        self.remove(photo_id)
        bucket = self._buckets.get(times)
        if bucket is None:
            bucket = self._buckets[times] = []
            insort(self._levels, times)
        self._times[photo_id] = times
        self._at[photo_id] = len(bucket)
        bucket.append(photo_id)

    def shown(self, photo_id: int) -> None:
        """It was shown once more; nothing happens where it is unknown."""
        if photo_id in self._times:
            self.put(photo_id, self._times[photo_id] + 1)

    def remove(self, photo_id: int) -> None:
        times = self._times.pop(photo_id, None)
        if times is None:
            return
        bucket, at = self._buckets[times], self._at.pop(photo_id)
        last = bucket.pop()
        if last != photo_id:  # the last one takes its place
            bucket[at] = last
            self._at[last] = at
        if not bucket:
            del self._buckets[times]
            del self._levels[bisect_left(self._levels, times)]

    def in_order(self, chance: Random) -> Iterator[tuple[int, int]]:
        """(times, photo id), the least shown first, by chance among those shown equally often. Lazy.

        Within a bucket of n the walk starts anywhere and goes on by a stride without common divisor with n: it comes
        to each photo once, and neighbours in the bucket are not neighbours on the walk.
        """
        for times in list(self._levels):
            bucket = list(self._buckets[times]) if len(self._buckets[times]) < 64 else self._buckets[times]
            size = len(bucket)
            at, stride = chance.randrange(size), _stride(size, chance)
            for _ in range(size):
                yield times, bucket[at]
                at = (at + stride) % size


def _stride(size: int, chance: Random) -> int:
    for _ in range(16):
        stride = chance.randrange(1, size) if size > 1 else 1
        if math.gcd(stride, size) == 1:
            return stride
    return 1
