"""The live stream: server-sent events over the panel's own fetch, written by the broadcaster."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from plugin.people.refusal import Refusal
from plugin.wall import watching
from plugin.wall.watching import Missed
from plugin.web.live.broadcast import Broadcaster, Listener, message
from plugin.web.live.facts import Facts
from plugin.web.request.answers import whole_number
from plugin.web.request.auth import current_pass
from plugin.web.request.services import Services, services
from plugin.web.request.tokens import Pass
from plugin.web.views import doctor

bp = Blueprint("live", __name__, url_prefix="/api")

SOCKET = "gunicorn.socket"


@bp.get("/live")
def stream() -> Response:
    if doctor.is_doctor():
        return doctor.stream()
    granted = current_pass()
    known = services()
    listener = _listener(granted)
    since = whole_number("since", 0) if "since" in request.args else None
    watched = _Watched(known.facts.wall_of(granted.event_id), granted, whole_number("heard", 0))
    first = _first(known, watched, since)
    response = Response(_events(known, watched, *first, listener), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _listener(granted: Pass) -> Listener:
    """The connection of this request. Raises Refusal where the server has none to give."""
    connection: Any = request.environ.get(SOCKET)
    if connection is None:
        raise Refusal(
            501, "no_stream", "This server cannot stream; the panel asks from time to time instead."
        )
    # gevent's socket waits inside send; the real one underneath answers at once, which the broadcaster needs.
    return Listener(getattr(connection, "_sock", connection), granted.attendee_id)


@dataclass(frozen=True)
class _Watched:
    wall_id: int
    by: Pass
    heard: int  # up to which number they know what concerns only them; 0 for who has just come, and will ask


def _first(known: Services, watched: _Watched, since: int | None) -> tuple[Facts, Missed]:
    """How things stand, and what the panel missed.

    In a rush nobody asks the database: who comes knows no less than those whom the broadcaster tells everything.
    """
    facts = known.facts.of(watched.by.event_id)
    missed = known.broadcaster.told(watched.wall_id, watched.by.audience)
    if missed is None or since not in (None, missed.revision):
        missed = watching.changes_since(known.database, watched.wall_id, since, watched.by.audience)
    return facts, missed


def _events(
    known: Services, watched: _Watched, facts: Facts, missed: Missed, listener: Listener
) -> Iterator[bytes]:
    """First what the panel missed, then hand its socket to the broadcaster and sleep until it is of no more use."""
    granted, wall_id, broadcaster = watched.by, watched.wall_id, known.broadcaster
    heard = watched.heard
    while True:
        known_up_to = heard
        heard, me = broadcaster.news_of(granted.attendee_id, known_up_to)
        if me and known_up_to:
            yield message("me", {})
        yield message(
            "status", {"delayed": broadcaster.delayed, "heard": heard} | facts.as_dict(granted.attendee_id)
        )
        if missed.gap:
            yield message("gap", {})
        elif missed.changes:
            yield message("changes", missed.as_dict())
        if broadcaster.enter(
            wall_id, granted.audience, missed.revision, missed.state, listener, facts, heard
        ):
            break
        facts = known.facts.look(granted.event_id)
        missed = watching.changes_since(known.database, wall_id, missed.revision, granted.audience)
    if granted.attendee_id:
        known.batches.watch(granted.event_id, granted.attendee_id)
    try:
        yield from _until_closed(broadcaster, wall_id, granted.audience, listener)
    finally:
        if granted.attendee_id:
            known.batches.unwatch(granted.event_id, granted.attendee_id)


def _until_closed(
    broadcaster: Broadcaster, wall_id: int, audience: str, listener: Listener
) -> Iterator[bytes]:
    try:
        listener.closed.wait()
    finally:
        broadcaster.leave(wall_id, audience, listener)
    # The stream ends without its last chunk: the panel sees a broken connection and comes back.
    yield from ()
