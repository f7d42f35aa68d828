"""Join codes and host keys can be guessed, so wrong ones are counted: one budget for each network, whatever page they
are tried on. A guess is counted before it is looked at and given back when it was right: many at once gain nothing.

Whoever used up the budget shuts out no honest neighbour: a code that has let somebody in from this network goes on
doing so, and others are still looked at, a few a minute.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import g
from limits import RateLimitItem, parse
from redis.exceptions import RedisError

from plugin.people.codes import normal_code
from plugin.people.refusal import Refusal
from plugin.web.request.limits import limiter, network
from plugin.web.request.services import services

WRONG = parse("60 per minute")
TRICKLE = parse("20 per minute")  # looked at though the budget is used up
RIGHT = parse("1 per day")  # how long it is remembered that a code was right
WRONG_STATUS = frozenset({403, 404})
WAIT_SECONDS = 5
MOST_REMEMBERED = 50_000


@contextmanager
def counted(code: str) -> Iterator[None]:
    """Within it, a Refusal that says "wrong" stays counted. Raises Refusal (429) when too much was guessed."""
    place, code = network(), normal_code(code)
    if _was_right(place, code):
        yield
        return
    if not _may_guess(place):
        raise Refusal(
            429,
            "too_many_guesses",
            "Too many wrong codes came from your network. Please wait a moment and try again.",
            after_seconds=WAIT_SECONDS,
        )
    try:
        yield
    except BaseException as error:
        if not (isinstance(error, Refusal) and error.status in WRONG_STATUS):
            _count(WRONG, "guesses", place, cost=-1)
        raise
    _count(WRONG, "guesses", place, cost=-1)
    _count(RIGHT, "right", place, code)
    _remember(place, code)


def _was_right(place: str, code: str) -> bool:
    """Whether this code has let somebody in from here: this process may know, and else what all of them count."""
    if services().right_codes.get((place, code), 0.0) > time.monotonic():
        return True
    is_known = _count(RIGHT, "right", place, code, cost=0) > 0
    if is_known:
        _remember(place, code)
    return is_known


def _remember(place: str, code: str) -> None:
    known = services().right_codes
    if len(known) >= MOST_REMEMBERED:
        known.clear()
    known[place, code] = time.monotonic() + RIGHT.get_expiry()


def _may_guess(place: str) -> bool:
    if _count(WRONG, "guesses", place) <= WRONG.amount:
        return True
    return _count(TRICKLE, "trickle", place) <= TRICKLE.amount


def _count(limit: RateLimitItem, *names: str, cost: int = 1) -> int:
    """How often it happened within the limit's time, this one included; 0 while the counter is out of reach."""
    if not limiter.enabled or "counter_is_gone" in g:
        return 0
    storage = limiter.limiter.storage
    key = limit.key_for(*names)
    try:
        return int(storage.incr(key, limit.get_expiry(), amount=cost) if cost else storage.get(key))
    except RedisError:
        g.counter_is_gone = True  # one wait for it in a request is enough
        return 0
