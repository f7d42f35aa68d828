"""Use cases about who hosts an event together: a host makes somebody a co-host, and takes it back.

A platform says who hosts its meetings, each time that somebody opens the panel. What a host of the event has decided
about a co-host weighs more and stays. Tokens say nothing about roles, so whatever is decided counts from the next call.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from plugin.people import doors
from plugin.people.codes import opener_digest
from plugin.people.refusal import Refusal
from plugin.people.visibility import barred, cards, in_sight
from plugin.state.db import HELD, Database
from plugin.state.folding import pattern_of
from plugin.state.models import HOSTS, Assurance, Attendee, Event, Photo, PhotoState, Role

HOST_LINK = "host-link"  # the user id of whoever sits at the desk: the link is all that is known of them
MOST_FOUND = 6
MOST_WORDS = 6


def behind_the_desk(session: Session, event_id: int) -> Sequence[int]:
    """The hosts who gave no photo, the desk's own link among them: they run the event, and are no guests of it yet."""
    gone = (PhotoState.REFUSED, PhotoState.WITHDRAWN)
    given = exists().where(Photo.attendee_id == Attendee.id, Photo.state.not_in(gone))
    query = select(Attendee.id).where(Attendee.event_id == event_id, Attendee.role.in_(HOSTS), ~given)
    return session.scalars(query).all()


def role_from(word: Role, appointed: bool | None) -> Role:
    """Somebody's role, by the platform's word and by what a host has decided about their being a co-host."""
    if appointed is None or word is Role.HOST:
        return word
    if appointed:
        return Role.CO_HOST
    return Role.ATTENDEE if word is Role.CO_HOST else word


def hosts(database: Database, host: Attendee) -> dict[str, Any]:
    """The hosts that platforms know, and whether this one decides who else is; `may_take` where they may end it."""
    with database.read() as session:
        event = session.get_one(Event, host.event_id)
        people = session.scalars(
            select(Attendee)
            .where(
                Attendee.event_id == event.id,
                Attendee.user_id != HOST_LINK,
                Attendee.role.in_(HOSTS),
                Attendee.removed_at.is_(None),
            )
            .order_by(Attendee.id)
        ).all()
    return {
        "people": [
            {
                "id": each.id,
                "name": each.name,
                "role": each.role.value,
                "is_you": each.id == host.id,
                "may_take": _objection_to_taking(event, host, each) is None,
            }
            for each in people
        ],
        "may_name": host.role is Role.HOST,
    }


def candidates(database: Database, host: Attendee, query: str) -> Sequence[dict[str, Any]]:
    """Whom this host may make a co-host, of those whose name and title contain each word; with a photo's key or None.

    Guests are not among them, because nobody vouches for them; and nobody who is out of this host's sight.
    """
    words = query.split()[:MOST_WORDS]
    if not words:
        return []
    with database.read() as session:
        people = session.scalars(
            select(Attendee)
            .where(
                Attendee.event_id == host.event_id,
                Attendee.assurance == Assurance.PROVED,
                Attendee.role.not_in(HOSTS),
                Attendee.name != "",
                Attendee.id.not_in(barred(session, host.id)),
                in_sight(),
                *(_contains(word) for word in words),
            )
            .order_by(Attendee.name, Attendee.id)
            .limit(MOST_FOUND)
        ).all()
        keys = {number: card["key"] for number, card in cards(session, [each.id for each in people]).items()}
    return [
        {"id": each.id, "name": each.name, "title": each.title, "key": keys.get(each.id)} for each in people
    ]


def _contains(word: str) -> ColumnElement[bool]:
    return Attendee.folded.like(pattern_of(word), escape="\\")


def decide(database: Database, host: Attendee, attendee_id: int, role: Any) -> None:
    """A host makes somebody a co-host, or an attendee again. Raises Refusal."""
    if role not in (Role.CO_HOST, Role.ATTENDEE):
        raise Refusal(422, "unknown_choice", "Somebody is a co-host or an attendee.", "role")
    with database.write() as session:
        event = session.get_one(Event, host.event_id)
        host = session.get_one(Attendee, host.id)  # as they are now
        if host.role is not Role.HOST:
            raise Refusal(403, "not_host", "Only a host can do this.")
        person = _person(session, event, attendee_id)
        objection = _objection_to_naming(person) if role == Role.CO_HOST else None
        objection = objection or _objection_to_taking(event, host, person)
        if objection is not None:
            raise objection
        person.appointed = role == Role.CO_HOST
        person.role = Role(role)
        doors.appoint(session, person.id, is_co_host=person.appointed)


def appoint_by_code(session: Session, attendee: Attendee) -> None:
    """Whoever has a code that a host made for them is a co-host, also where their platform says nothing about hosts.

    The host sees them among the hosts from then on, and can take it back. Raises Refusal.
    """
    person = session.get_one(Attendee, attendee.id, with_for_update=HELD)
    if person.paused_at is not None:
        raise Refusal(409, "paused", "You are paused. A host has to lift that first.")
    if person.role is not Role.HOST:
        person.appointed, person.role = True, Role.CO_HOST


def _person(session: Session, event: Event, attendee_id: int) -> Attendee:
    person = session.get(Attendee, attendee_id)
    if person is None or person.event_id != event.id or person.removed_at is not None:
        raise Refusal(404, "nobody", "This person is not here any more.")
    return person


def _objection_to_naming(person: Attendee) -> Refusal | None:
    if person.assurance is not Assurance.PROVED:
        return Refusal(403, "not_proved", "Guests cannot be hosts: nobody vouches for who they are.")
    if person.paused_at is not None:
        return Refusal(409, "paused", "This person is paused. Lift the pause first.")
    return None


def _objection_to_taking(event: Event, host: Attendee, person: Attendee) -> Refusal | None:
    """Whoever the event belongs to stays its host, so there always is one; nobody else ends another host's part."""
    is_among_hosts = person.role is Role.HOST and (is_owner(event, person) or not is_owner(event, host))
    if host.role is not Role.HOST or is_among_hosts:
        return Refusal(409, "is_host", "This person is a host, and stays one.")
    return None


def is_owner(event: Event, attendee: Attendee) -> bool:
    """Whether the event is theirs: they opened it, or they have the host's link."""
    if attendee.user_id == HOST_LINK:
        return attendee.platform == "web"
    opener = opener_digest(attendee.platform, attendee.tenant, attendee.user_id)
    return event.opener is not None and event.opener == opener and attendee.assurance is Assurance.PROVED
