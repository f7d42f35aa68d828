"""The calls by which a panel learns whose it is: a personal link, a code by mail, a device that is known already; and
the list of where somebody is known."""

import csv
import io
import time
from typing import Any

from flask import Blueprint, Response, jsonify, request
from sqlalchemy import select

from plugin.people import admission, devices, doors, links, mailing, screens
from plugin.people.admission import Arrival
from plugin.people.codes import email_digests
from plugin.people.doors import Screen
from plugin.people.links import Link
from plugin.people.refusal import Refusal
from plugin.platforms.registrations import registered
from plugin.safety import oneself
from plugin.state.doors import Door
from plugin.state.models import Assurance, Attendee, Event, Role
from plugin.state.registrations import Source
from plugin.wall import watching
from plugin.web.request.answers import as_attendee, as_event, no_store, public_address
from plugin.web.request.auth import current_attendee, current_host, current_pass
from plugin.web.request.bodies import json_object
from plugin.web.request.languages import current
from plugin.web.request.limits import (
    LOOKING,
    MAILING,
    MAILING_FROM,
    SAYING,
    TYPING,
    TYPING_FROM,
    by_token,
    limiter,
    network,
    network_of,
)
from plugin.web.request.services import services
from plugin.web.request.telling import settle, tell
from plugin.web.request.tokens import Pass
from plugin.web.views.pairing import drawn

bp = Blueprint("doors", __name__, url_prefix="/api")

MAILED, ASKED = "mailed code", "screen"  # what our seals are for
DIRECT = {"digits": 12, "email": mailing.LONGEST_ADDRESS, "code": 20}


def arrived(arrival: Arrival) -> dict[str, Any]:
    """What a panel is told that knows from now on whose it is."""
    known, attendee, event = services(), arrival.attendee, arrival.event
    return {
        "token": known.tokens.panel(Pass(event.id, attendee.id, watching.PANEL, arrival.door_id)),
        "return_key": known.tokens.return_key(attendee.id, arrival.door_id),
        "attendee": as_attendee(attendee),
        "event": as_event(event),
    }


def means_of(attendee: Attendee) -> dict[str, Any]:
    """`door`: how this panel knows its person, "" by their own identity. `mail`: whether codes by mail can be had."""
    known = services()
    door_id = current_pass().door_id
    with known.database.read() as session:
        door = session.get(Door, door_id) if door_id else None
        may_mail = bool(known.settings.smtp_url) and attendee.assurance is not Assurance.PROVED
        is_expected = may_mail and session.scalar(
            select(Source.id).where(Source.event_id == attendee.event_id).limit(1)
        )
    return {"door": door.kind.value if door is not None else "", "mail": bool(is_expected)}


def screen_of(event_id: int, wishes: dict[str, Any]) -> Screen:
    """The device that asks."""
    return Screen(
        devices.digest_of(event_id, str(wishes.get("device") or "")),
        doors.system_of(request.headers.get("User-Agent", "")),
        wishes.get("framed") is True,
    )


def screen_at(code: str, wishes: dict[str, Any]) -> Screen:
    with services().database.read() as session:
        return screen_of(admission.find_event(session, code).id, wishes)


def _text(wishes: dict[str, Any], name: str) -> str:
    return str(wishes.get(name) or "")[: DIRECT[name]]


def _code_of(event_id: int) -> str:
    with services().database.read() as session:
        return session.get_one(Event, event_id).code


# ---- the personal link ----------------------------------------------------------------------------------------------


def by_link(code: str, personal: str, wishes: dict[str, Any]) -> Arrival:
    """The person of a personal link. Raises Refusal."""
    known = services()
    found = known.tokens.read_personal_link(personal)
    if found is None:
        raise links.forged()
    guest_id, door_id = known.tokens.read_return_key(str(wishes.get("return_key") or ""))
    arrival = links.come_by_link(
        known.database,
        code,
        Link(*found),
        screen_at(code, wishes),
        _is_elsewhere,
        0 if door_id else guest_id,
    )
    known.batches.presence.back(arrival.attendee.id)
    return arrival


def back_by_door(arrival: Arrival, wishes: dict[str, Any]) -> Arrival:
    """Somebody whom their browser remembers. A personal link is open on one device at a time. Raises Refusal."""
    if not arrival.door_id:
        return arrival
    known = services()
    screen = screen_of(arrival.event.id, wishes)
    arrival = links.come_back_by_link(known.database, arrival, screen, _is_elsewhere)
    known.batches.presence.back(arrival.attendee.id)
    return arrival


def _is_elsewhere(attendee: Attendee) -> bool:
    return services().batches.presence.is_here(attendee.event_id, attendee.id, time.time())


# ---- a code by mail -------------------------------------------------------------------------------------------------


@bp.post("/me/mail")
@limiter.limit(MAILING_FROM)
@limiter.limit(MAILING, key_func=by_token)
def mail() -> Response:
    """Ask for a code. Whoever is registered gets one; the answer is the same for everybody."""
    known, attendee, wishes = services(), current_attendee(), json_object()
    if not known.settings.smtp_url:
        raise Refusal(404, "no_mail", "No codes are sent by mail here. Come in another way.")
    address = mailing.normal_address(_text(wishes, "email"))
    digests = email_digests(known.settings.secret_keys, address)
    code_id = mailing.ask(
        known.database,
        attendee.event_id,
        digests,
        current(),
        lambda session, event_id, some: registered(session, event_id, *some),
    )
    known.jobs.mail_code(code_id)
    ticket = known.tokens.seal(MAILED, {"id": code_id, "event": attendee.event_id})
    return no_store(jsonify(ticket=ticket, expires_in=int(mailing.CODE_SECONDS)))


@bp.post("/me/mail/code")
@limiter.limit(TYPING_FROM)
@limiter.limit(TYPING, key_func=by_token)
def mailed() -> Response:
    """Type the code: from now on this panel is that person's."""
    known, attendee, wishes = services(), current_attendee(), json_object()
    code_id = _mailed_code(attendee, wishes)
    secret_keys = known.settings.secret_keys
    registration = mailing.check(known.database, secret_keys, code_id, _text(wishes, "digits"))
    guest_id = attendee.id if not current_pass().door_id else 0
    arrival, united = oneself.come_by_mail(
        known.database,
        _code_of(attendee.event_id),
        registration.id,
        screen_of(attendee.event_id, wishes),
        guest_id,
    )
    settle(united)
    return no_store(jsonify(arrived(arrival)))


def _mailed_code(attendee: Attendee, wishes: dict[str, Any]) -> int:
    """The id of the code that they asked for. Raises Refusal."""
    ticket = str(wishes.get("ticket") or "")
    found = services().tokens.unseal(MAILED, ticket, int(mailing.CODE_SECONDS))
    if found is None or found["event"] != attendee.event_id:
        raise Refusal(
            422, "over_code", "This code has run out. Ask for a new one, or come in another way.", "digits"
        )
    return int(found["id"])


# ---- a screen that does not know its viewer -------------------------------------------------------------------------


@bp.post("/me/screen")
@limiter.limit(TYPING, key_func=by_token)
def ask() -> Response:
    """Show a code, by which a device that is known already says whose this screen is."""
    known, attendee, wishes = services(), current_attendee(), json_object()
    event_code = _code_of(attendee.event_id)
    asked = screens.ask(
        known.database,
        known.settings.secret_keys[0],
        attendee,
        current_pass().door_id,
        screen_of(attendee.event_id, wishes),
        network_of(event_code),
    )
    url = f"{public_address('pages.panel', code=event_code)}#pair={asked.code}"
    return no_store(
        jsonify(
            code=f"{asked.code[:3]}-{asked.code[3:]}",
            number=asked.number,
            url=url,
            qr_url=drawn(url),
            ticket=known.tokens.seal(ASKED, {"id": asked.id, "event": attendee.event_id}),
            expires_in=screens.PAIRING_SECONDS,
        )
    )


def _asked() -> dict[str, Any] | None:
    """What the ticket of a screen says that asks whose it is."""
    content = request.get_json(silent=True)
    ticket = content.get("ticket") if isinstance(content, dict) else None
    if not isinstance(ticket, str):
        return None
    return services().tokens.unseal(ASKED, ticket, screens.PAIRING_SECONDS + 60)


def _by_ticket() -> str:
    """A screen asks every other second, and a whole conference behind one address may have screens."""
    found = _asked()
    return f"screen:{found['id']}" if found is not None else network()


@bp.post("/me/screen/outcome")
@limiter.limit(LOOKING, key_func=_by_ticket)
def outcome() -> Response:
    """Whether somebody said whose this screen is; then it is that person's.

    The ticket says who asks, for the screen's own token may be of nobody any more.
    """
    known, _ = services(), json_object()
    found = _asked()
    if found is None:
        raise screens.over()
    who = screens.outcome(known.database, found["id"])
    if who is None:
        return no_store(jsonify(waiting=True))
    arrival = admission.come_back(known.database, _code_of(found["event"]), *who)
    if arrival is None:
        raise screens.over()
    return no_store(jsonify(arrived(arrival)))


@bp.post("/screens/look")
@limiter.limit(TYPING_FROM)
@limiter.limit(TYPING, key_func=by_token)
def look() -> Response:
    """What somebody sees who typed or scanned a code, before they say that the screen is theirs."""
    attendee = current_attendee()
    network = network_of(_code_of(attendee.event_id))
    return no_store(jsonify(screens.look(services().database, attendee, _digest(attendee), network)))


@bp.post("/screens/confirm")
@limiter.limit(TYPING_FROM)
@limiter.limit(TYPING, key_func=by_token)
def confirm() -> Response:
    """Say that the screen is one's own, by the number that stands on it; or, without a number, that it is not."""
    known, attendee, wishes = services(), current_attendee(), json_object()
    number = wishes.get("number")
    if number is None:
        tell([screens.refuse(known.database, attendee, _digest(attendee))])
        return no_store(jsonify(refused=True))
    if not isinstance(number, int) or isinstance(number, bool):
        raise Refusal(422, "unknown_choice", "Choose the number that the other screen shows.", "number")
    done = oneself.confirm(
        known.database,
        attendee,
        current_pass().door_id,
        _digest(attendee),
        number,
        screen_of(attendee.event_id, wishes),
        links_suffice=not known.settings.smtp_url,
    )
    settle(done.united)
    tell([done.asker_id, done.attendee_id])
    arrival = admission.come_back(known.database, _code_of(attendee.event_id), done.attendee_id, done.door_id)
    if arrival is None:
        raise screens.over()
    return no_store(jsonify(arrived(arrival)))


def _digest(attendee: Attendee) -> bytes:
    secret = services().settings.secret_keys[0]
    return screens.digest_of(secret, attendee.event_id, _text(json_object(), "code"))


# ---- where somebody is known ----------------------------------------------------------------------------------------


@bp.get("/me/doors")
@limiter.limit(LOOKING, key_func=by_token)
def listing() -> Response:
    attendee = current_attendee()
    return no_store(jsonify(doors=doors.listing(services().database, attendee, current_pass().door_id)))


@bp.delete("/me/doors/<int:door_id>")
@limiter.limit(SAYING, key_func=by_token)
def disconnect(door_id: int) -> tuple[str, int]:
    attendee = current_attendee()
    doors.disconnect(services().database, attendee, current_pass().door_id, door_id)
    tell([attendee.id])  # whichever of their panels that was, it finds out by looking
    return "", 204


# ---- the organizer's list -------------------------------------------------------------------------------------------


def _organizer() -> Attendee:
    """Whoever has these links is everybody: a co-host is not given them. Raises Refusal."""
    host = current_host()
    if host.role is not Role.HOST:
        raise Refusal(403, "not_host", "Only a host can do this.")
    return host


@bp.get("/host/registrations")
@limiter.limit(SAYING, key_func=by_token)
def registrations() -> Response:
    host = _organizer()
    query = request.args.get("q", "")[:100]
    return no_store(jsonify(links.listing(services().database, host.event_id, query)))


@bp.post("/host/registrations/links")
@limiter.limit(SAYING, key_func=by_token)
def all_links() -> Response:
    """Everybody's personal link as a table, for the organizer's mailing."""
    host = _organizer()
    known = services()
    page = public_address("pages.personal", code=_code_of(host.event_id))
    text = io.StringIO("\ufeff")  # so that spreadsheets read it as UTF-8
    text.seek(1)
    csv.writer(text).writerows(
        links.table(
            known.database,
            host.event_id,
            lambda registration_id, version: (
                f"{page}#me={known.tokens.personal_link(registration_id, version)}"
            ),
        )
    )
    return no_store(jsonify(csv=text.getvalue(), name=f"links-{_code_of(host.event_id)}.csv"))


@bp.post("/host/registrations/take-back")
@limiter.limit(SAYING, key_func=by_token)
def take_back() -> Response:
    """Take one link back, or all of them."""
    host = _organizer()
    which = json_object().get("id")
    if which is not None and (not isinstance(which, int) or isinstance(which, bool)):
        raise Refusal(404, "no_registration", "This registration is not there any more.")
    number, concerned = links.take_back(services().database, host.event_id, which)
    tell(concerned)
    return no_store(jsonify(taken_back=number))
