"""Use cases about tenants that send their people with signed tickets: their keys, and which events they host.

A key is changed in two steps, so that no ticket fails: a new one is made while the old one still counts, and once it is
in use everywhere, the old one is given up.
"""

import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from plugin.people.admission import find_event
from plugin.people.codes import digest
from plugin.people.refusal import Refusal
from plugin.state.db import Database
from plugin.state.models import EventTenant, Tenant

PLATFORM = "web"  # where tickets open
MOST_KEYS = 2
SHORT_NAME = re.compile(r"[a-z0-9-]{1,100}")  # as tickets may name one


@dataclass(frozen=True)
class Keys:
    """What may be told of a tenant's keys: the `kid` of its tickets, and how many keys count."""

    kid: str
    number: int


def let_in(database: Database, platform: str, external_id: str, code: str) -> None:
    """Let a tenant's hosts host an event. Raises Refusal."""
    with database.write() as session:
        event = find_event(session, code)
        tenant = _tenant(session, external_id, platform)
        session.merge(EventTenant(event_id=event.id, tenant_id=tenant.id))


def tenant_keys(database: Database, platform: str, external_id: str) -> Sequence[str]:
    """The keys that its tickets may be signed with, newest first; none where there is no such tenant."""
    with database.read() as session:
        found = session.scalar(
            select(Tenant.ticket_key).where(Tenant.platform == platform, Tenant.external_id == external_id)
        )
    return (found or "").splitlines()


def add_tenant(database: Database, external_id: str, name: str) -> str:
    """Make a tenant of the web platform and return the key that signs its tickets; it is shown this once.

    Raises Refusal.
    """
    if not SHORT_NAME.fullmatch(external_id):
        raise Refusal(
            422, "bad_tenant", "A short name has small letters from a to z, digits and dashes.", "external_id"
        )
    key = _new_key()
    try:
        with database.write() as session:
            session.add(Tenant(platform=PLATFORM, external_id=external_id, name=name, ticket_key=key))
    except IntegrityError:
        raise Refusal(
            409, "tenant_exists", "There is a tenant %(tenant)s already.", tenant=external_id
        ) from None
    return key


def short_name(name: str) -> str:
    """A name of an organization as tickets name it; "" where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:100]


def keys_of(database: Database, external_id: str) -> Keys:
    return Keys(external_id, len(tenant_keys(database, PLATFORM, external_id)))


def new_key(database: Database, external_id: str) -> str:
    """Another key for its tickets; the one before counts still, older ones do not. Raises Refusal."""
    with database.write() as session:
        return _with_new_key(_tenant(session, external_id))


def new_key_for(database: Database, external_id: str, name: str, event_ids: Iterable[int]) -> str:
    """The same for somebody who hosts these events, as a tenant of their own that counts nowhere else."""
    with database.write() as session:
        try:
            tenant = _tenant(session, external_id)
        except Refusal:
            tenant = Tenant(platform=PLATFORM, external_id=external_id, name=name, is_bound=True)
            session.add(tenant)
            session.flush()
        for each in event_ids:
            session.merge(EventTenant(event_id=each, tenant_id=tenant.id))
        return _with_new_key(tenant)


def kid_of(platform: str, tenant: str, user_id: str = "") -> str:
    """Which tickets are those of an organization at a platform, or of one person there."""
    whose = f"{platform}:{tenant}:{user_id}" if user_id else f"{platform}:{tenant}"
    return f"organizer-{digest(whose).hex()[:16]}"


def let_in_own(session: Session, external_id: str, event_id: int) -> None:
    """Somebody who has keys of their own hosts one event more."""
    tenant_id = session.scalar(
        select(Tenant.id).where(Tenant.platform == PLATFORM, Tenant.external_id == external_id)
    )
    if tenant_id is not None:
        session.merge(EventTenant(event_id=event_id, tenant_id=tenant_id))


def give_up_old_keys(database: Database, external_id: str) -> None:
    """Only the newest key counts from now on."""
    with database.write() as session:
        tenant = _tenant(session, external_id)
        tenant.ticket_key = "\n".join((tenant.ticket_key or "").splitlines()[:1])


def give_up_keys(database: Database, external_id: str) -> None:
    """No ticket of theirs counts any more."""
    with database.write() as session:
        tenant = session.scalar(
            select(Tenant).where(Tenant.platform == PLATFORM, Tenant.external_id == external_id)
        )
        if tenant is not None:
            tenant.ticket_key = None


def _tenant(session: Session, external_id: str, platform: str = PLATFORM) -> Tenant:
    tenant = session.scalar(
        select(Tenant).where(Tenant.platform == platform, Tenant.external_id == external_id)
    )
    if tenant is None:
        raise Refusal(404, "unknown_tenant", "There is no tenant %(tenant)s.", tenant=external_id)
    return tenant


def _with_new_key(tenant: Tenant) -> str:
    key = _new_key()
    tenant.ticket_key = "\n".join([key, *(tenant.ticket_key or "").splitlines()][:MOST_KEYS])
    return key


def _new_key() -> str:
    return secrets.token_urlsafe(32)
