"""How often somebody may ask, where asking costs or guessing pays. Counted in Redis; in memory while it is gone."""

import time
from ipaddress import IPv6Address, ip_address

from flask import Flask, request
from flask_limiter import Limiter
from limits import parse
from redis.exceptions import RedisError

from plugin.people.codes import digest, normal_code
from plugin.people.floods import network_mark
from plugin.people.refusal import Refusal
from plugin.web.request.services import services

NETWORK_BITS = 64  # whoever has one address of IPv6 has a whole network of this size


def network() -> str:
    """Where a request comes from, as it is counted: an address of IPv4, or the first half of one of IPv6."""
    text = request.remote_addr or "127.0.0.1"
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped else f"{IPv6Address(int(address) >> NETWORK_BITS << NETWORK_BITS)}/64"
    return text


def network_of(code: str) -> bytes:
    """The same as it is kept with an attendee of the event with this code."""
    return network_mark(services().settings.secret_keys[0], normal_code(code), network())


limiter = Limiter(key_func=network, in_memory_fallback_enabled=True, swallow_errors=True)

OPENING = "30 per hour"  # by one person, or from one address where nobody vouches for who it is
OPENING_TOGETHER = (
    "1000 per hour"  # from one address, behind which everybody who organizes a conference may sit
)
SENDING = "20 per minute"
LOOKING = "300 per minute"  # a person who strolls as fast as they can stays well below
WANDERING = "4 per minute"  # a panel speaks of it once
SAYING = "60 per minute"  # lines, blocks, reports; the use cases have finer limits of their own
INSTALLING = "300 per minute"  # a whole conference may sit behind one address
KEEPSAKES = "10 per minute"
PRINTS = "10 per minute"
MAILING = "10 per hour"  # codes by mail that one person asks for
MAILING_FROM = "120 per 10 minutes"  # and all behind one address
TYPING = "20 per minute"  # codes that one person types
TYPING_FROM = "600 per 10 minutes"


def init_app(app: Flask, redis_url: str) -> None:
    # The limiter has its own word for a Unix socket's address.
    app.config["RATELIMIT_STORAGE_URI"] = redis_url.replace("unix://", "redis+unix://", 1)
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_connect_timeout": 0.5, "socket_timeout": 1}
    app.config["RATELIMIT_KEY_PREFIX"] = "mosaic"
    limiter.init_app(app)


def opening_by(platform: str, tenant: str, user_id: str) -> None:
    """Count an opening of somebody whom a platform vouched for. Raises Refusal (429)."""
    if not limiter.enabled:
        return
    person = digest(f"{platform}:{tenant}:{user_id}").hex() if user_id else network()
    limit, counter = parse(OPENING), limiter.limiter
    try:
        if counter.hit(limit, "opening", person):
            return
        again_at = counter.get_window_stats(limit, "opening", person).reset_time
    except RedisError:
        return
    raise Refusal(
        429,
        "too_many_walls",
        "You have set this up very often within the last hour. Please try again later.",
        after_seconds=max(1, int(again_at - time.time())),
    )


def by_token() -> str:
    """A person's own limit, so that one sender does not use up what others behind the same address have."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    granted = services().tokens.read_panel(token)
    return f"attendee:{granted.attendee_id}" if granted else network()
