"""Join codes and host keys can be guessed, so wrong ones are counted: one budget for each network, whatever page they
are tried on. A guess is counted before it is looked at and given back when it was right: many at once gain nothing.

Whoever used up the budget shuts out no honest neighbour: a code that has let somebody in from this network goes on
doing so, and others are still looked at, a few a minute.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItem, parse
from redis.exceptions import RedisError

from plugin.people.codes import normal_code
from plugin.people.refusal import Refusal
from plugin.web.request.limits import limiter, network

WRONG = parse("60 per minute")
TRICKLE = parse("20 per minute")  # looked at though the budget is used up
KNOWN = parse("1 per day")  # how long it is remembered that a code was right
WRONG_STATUS = frozenset({403, 404})
WAIT_SECONDS = 5


@contextmanager
def counted(code: str) -> Iterator[None]:
    """Within it, a Refusal that says "wrong" stays counted. Raises Refusal (429) when too much was guessed."""
    place = network()
    is_known = _count(KNOWN, "known", place, normal_code(code), cost=0) > 0
    if not is_known and not _may_guess(place):
        raise Refusal(
            429,
            "too_many_guesses",
            "Too many wrong codes came from your network. Please wait a moment and try again.",
            after_seconds=WAIT_SECONDS,
        )
    try:
        yield
    except Refusal as refusal:
        if refusal.status not in WRONG_STATUS or is_known:
            _give_back(place, is_known)
        raise
    except BaseException:
        _give_back(place, is_known)
        raise
    _give_back(place, is_known)
    if not is_known:
        _count(KNOWN, "known", place, normal_code(code))


def _may_guess(place: str) -> bool:
    if _count(WRONG, "guesses", place) <= WRONG.amount:
        return True
    return _count(TRICKLE, "trickle", place) <= TRICKLE.amount


def _give_back(place: str, is_known: bool) -> None:
    if not is_known:
        _count(WRONG, "guesses", place, cost=-1)


def _count(limit: RateLimitItem, *names: str, cost: int = 1) -> int:
    """How often it happened within the limit's time, this one included; 0 while the counter is out of reach."""
    if not limiter.enabled:
        return 0
    storage = limiter.limiter.storage
    key = limit.key_for(*names)
    try:
        return int(storage.incr(key, limit.get_expiry(), amount=cost) if cost else storage.get(key))
    except RedisError:
        return 0
