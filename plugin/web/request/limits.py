"""How often somebody may ask, where asking costs or guessing pays. Counted in Redis; in memory while it is gone."""

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from plugin.web.request.services import services

limiter = Limiter(key_func=get_remote_address, in_memory_fallback_enabled=True, swallow_errors=True)

JOINING = "60 per minute"  # failed ones only: a whole conference may sit behind one address
OPENING = "30 per hour"
SENDING = "20 per minute"
LOOKING = "300 per minute"  # a person who strolls as fast as they can stays well below
SAYING = "60 per minute"  # lines, blocks, reports; the use cases have finer limits of their own
INSTALLING = "300 per minute"  # a whole conference may sit behind one address
KEEPSAKES = "10 per minute"
PRINTS = "10 per minute"


def init_app(app: Flask, redis_url: str) -> None:
    # The limiter has its own word for a Unix socket's address.
    app.config["RATELIMIT_STORAGE_URI"] = redis_url.replace("unix://", "redis+unix://", 1)
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"socket_connect_timeout": 0.5, "socket_timeout": 1}
    app.config["RATELIMIT_KEY_PREFIX"] = "mosaic"
    limiter.init_app(app)


def has_failed(response: Response) -> bool:
    return response.status_code in (401, 403, 404)


def by_token() -> str:
    """A person's own limit, so that one sender does not use up what others behind the same address have."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    granted = services().tokens.read_panel(token)
    return f"attendee:{granted.attendee_id}" if granted else get_remote_address()
