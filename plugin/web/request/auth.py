"""Who asks: the panel token in the Authorization header, and nothing else."""

from dataclasses import replace

from flask import g, request

from plugin.people.admission import behind_door, who_asks
from plugin.people.refusal import Refusal
from plugin.state.models import Attendee, Role
from plugin.web.request.services import services
from plugin.web.request.tokens import Pass


def current_pass() -> Pass:
    """What the request's token grants. Raises Refusal (401)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    granted = services().tokens.read_panel(token) if scheme.lower() == "bearer" else None
    if granted is None:
        raise Refusal(401, "join_again", "Please join again.")
    if granted.door_id:
        return replace(granted, attendee_id=behind_door(services().database, granted.door_id))
    return granted


def current_attendee() -> Attendee:
    """The person who asks. Raises Refusal: 401 without a good token, 403 for a stage."""
    if "attendee" not in g:
        granted = current_pass()
        if not granted.attendee_id:
            raise Refusal(403, "stage", "A stage only shows the wall.")
        g.attendee = who_asks(services().database, granted.event_id, granted.attendee_id, granted.door_id)
        services().batches.note_here(granted.event_id, g.attendee.id)
    attendee: Attendee = g.attendee
    return attendee


def current_host() -> Attendee:
    """The person who asks, if they host the event. Raises Refusal."""
    attendee = current_attendee()
    if attendee.role not in (Role.HOST, Role.CO_HOST):
        raise Refusal(403, "not_host", "Only a host can do this.")
    return attendee


def current_naming_host() -> Attendee:
    """The person who asks, if they decide who hosts beside them: a host, and not only a co-host. Raises Refusal."""
    attendee = current_host()
    if attendee.role is not Role.HOST:
        raise Refusal(403, "not_host", "Only a host can do this.")
    return attendee


def current_organizer() -> Attendee:
    """The person who asks, if they host or organize the event. Raises Refusal."""
    attendee = current_attendee()
    if attendee.role is Role.ATTENDEE:
        raise Refusal(403, "not_host", "Only a host can do this.")
    return attendee
