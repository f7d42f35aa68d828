"""The live stream: server-sent events over the panel's own fetch, written by the broadcaster."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request

from plugin.people.refusal import Refusal
from plugin.wall import watching
from plugin.web.live.broadcast import Broadcaster, Listener, message
from plugin.web.request.answers import whole_number
from plugin.web.request.auth import current_pass
from plugin.web.request.services import Services, services
from plugin.web.request.tokens import Pass

bp = Blueprint("live", __name__, url_prefix="/api")

SOCKET = "gunicorn.socket"


@bp.get("/live")
def stream() -> Response:
    granted = current_pass()
    known = services()
    connection: Any = request.environ.get(SOCKET)
    if connection is None:
        raise Refusal(
            501, "no_stream", "This server cannot stream; the panel asks from time to time instead."
        )
    wall_id, revision = watching.revision_of(known.database, granted.event_id)
    since = whole_number("since", revision)
    # gevent's socket waits inside send; the real one underneath answers at once, which the broadcaster needs.
    listener = Listener(getattr(connection, "_sock", connection), granted.attendee_id)
    response = Response(_events(known, granted, wall_id, since, listener), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _events(known: Services, granted: Pass, wall_id: int, since: int, listener: Listener) -> Iterator[bytes]:
    """First what the panel missed, then hand its socket to the broadcaster and sleep until it is of no more use."""
    batches, delayed = known.batches, known.broadcaster.delayed
    while True:
        facts = known.facts.look(granted.event_id)
        yield message("status", {"delayed": delayed} | facts.as_dict())
        missed = watching.changes_since(known.database, wall_id, since, granted.audience)
        if missed.gap:
            yield message("gap", {})
        elif missed.changes:
            yield message("changes", missed.as_dict())
        since = missed.revision
        if known.broadcaster.enter(wall_id, granted.audience, since, missed.state, listener, facts):
            break
    if granted.attendee_id:
        batches.watch(granted.event_id, granted.attendee_id)
    try:
        yield from _until_closed(known.broadcaster, wall_id, granted.audience, listener)
    finally:
        if granted.attendee_id:
            batches.unwatch(granted.event_id, granted.attendee_id)


def _until_closed(
    broadcaster: Broadcaster, wall_id: int, audience: str, listener: Listener
) -> Iterator[bytes]:
    try:
        listener.closed.wait()
    finally:
        broadcaster.leave(wall_id, audience, listener)
    # The stream ends without its last chunk: the panel sees a broken connection and comes back.
    yield from ()
