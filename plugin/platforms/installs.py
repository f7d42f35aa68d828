"""Use cases about consents: ask for one, take the answer, keep its tokens fresh, give them back.

A refresh token may be spent once. Whoever wants to spend it takes a lease on its row first, in a transaction of its
own, so that no lock is held while the platform answers; everybody else waits for what the holder brings. A holder that
died leaves a lease that runs out.
"""

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from integrations.platform import Person, PlatformError
from plugin.people.codes import digest
from plugin.platforms import calls
from plugin.platforms.calls import App, ConsentWantedError, Grant
from plugin.platforms.http import too_slow
from plugin.state.db import Database
from plugin.state.models import Attendee
from plugin.state.platform_models import Authorization, Installation
from plugin.state.registrations import Source

logger = logging.getLogger(__name__)

CONSENT_SECONDS = 600
EARLY_SECONDS = 60.0  # a token that is about to expire is as good as expired
LEASE_SECONDS = 15.0  # longer than the platform's answer may take
LOOK_SECONDS = 0.1
FOR_EVER = 1e11  # of keys that do not run out


@dataclass(frozen=True)
class Consent:
    """A consent that is being asked for. The page or the browser carries `state`; the verifier stays here."""

    state: str
    verifier: str
    client_id: str
    attendee_id: int | None
    resource: str = ""


def begin(
    database: Database,
    client_id: str,
    attendee_id: int | None = None,
    prefix: str = "",
    resource: str = "",
) -> Consent:
    """Note that somebody is asked. `attendee_id` is the panel's person; None when the app is added in a browser."""
    state = f"{prefix}{secrets.token_urlsafe(32)}"
    consent = Consent(state, calls.new_verifier(), client_id, attendee_id, resource)
    now = time.time()
    with database.write() as session:
        session.execute(delete(Authorization).where(Authorization.expires_at < now))
        session.add(
            Authorization(
                digest=digest(consent.state),
                attendee_id=attendee_id,
                client_id=client_id,
                resource=resource,
                verifier=consent.verifier,
                expires_at=now + CONSENT_SECONDS,
            )
        )
    return consent


def finish(database: Database, state: str, attendee_id: int | None = None) -> Consent | None:
    """The consent that this state stands for, once; None when it is unknown, too old, or somebody else's."""
    with database.write() as session:
        found = session.get(Authorization, digest(state))
        if found is None or found.attendee_id != attendee_id:
            return None
        session.delete(found)
        if found.expires_at < time.time():
            return None
        return Consent(state, found.verifier, found.client_id, found.attendee_id, found.resource)


def keep(database: Database, app: App, grant: Grant, person: Person | None) -> int:
    """Keep a person's tokens in place of those they gave before. Returns the installation's id.

    `person` is None while the platform has not told whose they are.
    """
    with database.write() as session:
        known = _of_owner(session, app.client_id, person) if person is not None else None
        installation = known or Installation(
            platform=app.platform, client_id=app.client_id, tenant=app.tenant, installed_at=time.time()
        )
        installation.is_for_tenant, installation.resource = app.is_for_tenant, app.resource
        if person is not None:
            _name(installation, person)
        _put(installation, grant)
        session.add(installation)
        session.flush()
        _take_over_sources(session, installation)
        return installation.id


def forget_assertions(database: Database, before: float) -> None:
    """What proved somebody so long ago gives no tokens any more."""
    with database.write() as session:
        session.execute(
            delete(Installation).where(
                Installation.assertion.is_not(None), Installation.installed_at < before
            )
        )


def keep_key(database: Database, platform: str, key: str, person: Person) -> int:
    """Keep a key of the platform's API that an organizer gave, in place of the one before. Returns the id."""
    with database.write() as session:
        known = _of_owner(session, "", person)
        installation = known or Installation(platform=platform, client_id="", installed_at=time.time())
        installation.is_for_tenant = True
        _name(installation, person)
        _put(installation, Grant(key, "", "", FOR_EVER))
        session.add(installation)
        session.flush()
        _take_over_sources(session, installation)
        return installation.id


def _take_over_sources(session: Session, installation: Installation) -> None:
    """What they had before their tokens ended is theirs again, and what they chose unnamed has their name now."""
    if installation.user_id is None:
        return
    mine = update(Source).where(Source.platform == installation.platform)
    lost = mine.where(Source.installation_id.is_(None), Source.owner == installation.user_id)
    session.execute(lost.values(installation_id=installation.id, wanted_at=time.time(), attempts=0))
    own = mine.where(Source.installation_id == installation.id)
    session.execute(own.values(owner=installation.user_id))


def outdate(database: Database, installation_id: int, access_token: str) -> bool:
    """The platform does not take this token though its time is not over. Whether another one may be had."""
    with database.write() as session:
        installation = session.get(Installation, installation_id)
        if installation is None or not installation.client_id:
            return False
        if installation.access_token == access_token:  # else somebody has brought another one meanwhile
            installation.expires_at = 0.0
        return True


def _of_owner(session: Session, client_id: str, person: Person) -> Installation | None:
    return session.scalar(
        select(Installation).where(
            Installation.platform == person.identity.platform,
            Installation.tenant == person.identity.tenant,
            Installation.client_id == client_id,
            Installation.user_id == person.identity.user_id,
        )
    )


def _name(installation: Installation, person: Person) -> None:
    installation.user_id, installation.tenant = person.identity.user_id, person.identity.tenant
    installation.account = person.account


def of_person(platform: str, tenant: str, user_id: str) -> ColumnElement[bool]:
    """The condition on Installation: this person added our app, or somebody did for everybody of their tenant."""
    for_all = and_(
        Installation.is_for_tenant, Installation.tenant == tenant, Installation.user_id.is_not(None)
    )
    own = and_(Installation.tenant == tenant, Installation.user_id == user_id)
    return and_(Installation.platform == platform, or_(own, for_all))


def _put(installation: Installation, grant: Grant) -> None:
    installation.access_token = grant.access_token
    installation.refresh_token = grant.refresh_token
    installation.scopes = grant.scopes
    installation.expires_at = grant.expires_at
    installation.refreshing_until = 0.0
    if grant.refresh_token:  # else what proved them is all that there is to ask with again
        installation.assertion = None


def name_owner(database: Database, installation_id: int, person: Person) -> None:
    """Note whose tokens these are, in place of older ones of the same person."""
    with database.write() as session:
        installation = session.get(Installation, installation_id)
        if installation is None:
            return
        known = _of_owner(session, installation.client_id, person)
        if known is not None and known.id != installation.id:
            theirs = update(Source).where(Source.installation_id == known.id)
            session.execute(theirs.values(installation_id=installation.id))
            session.delete(known)
            session.flush()
        _name(installation, person)
        session.flush()
        _take_over_sources(session, installation)


def tenant_of(database: Database, installation_id: int) -> str:
    """Whose addresses its tokens come from; "" where it is gone."""
    with database.read() as session:
        found = session.get(Installation, installation_id)
        return found.tenant if found is not None else ""


def client_of(database: Database, installation_id: int) -> str:
    """Which of our credentials its tokens belong to; "" for a key of the platform's API, and where it is gone."""
    with database.read() as session:
        found = session.get(Installation, installation_id)
        return found.client_id if found is not None else ""


def platform_of(database: Database, installation_id: int) -> str | None:
    """The platform of an installation whose owner is not known yet; None when there is nothing to ask."""
    with database.read() as session:
        found = session.get(Installation, installation_id)
        return found.platform if found is not None and found.user_id is None else None


def installation_of(database: Database, attendee: Attendee) -> int | None:
    """The newest installation of this person, if they have one."""
    with database.read() as session:
        return session.scalar(
            select(Installation.id)
            .where(
                Installation.platform == attendee.platform,
                Installation.tenant == attendee.tenant,
                Installation.user_id == attendee.user_id,
            )
            .order_by(Installation.id.desc())
            .limit(1)
        )


AppOf = Callable[[str, str], App | None]


def access_token(database: Database, installation_id: int, app_of: AppOf) -> str | None:
    """A token that works now, refreshed when needed; None when the consent does not count any more.

    `app_of` finds our credential by its client id and the tenant that is asked. Raises PlatformError when the platform
    gives none just now, ConsentWantedError when it gives none before they agree.
    """
    give_up = time.monotonic() + LEASE_SECONDS
    while True:
        with database.read() as session:
            installation = session.get(Installation, installation_id)
        if installation is None:
            return None
        if installation.expires_at > time.time() + EARLY_SECONDS:
            return installation.access_token
        if _lease(database, installation):
            return _refreshed(database, installation, app_of)
        if time.monotonic() > give_up:
            raise too_slow()
        time.sleep(LOOK_SECONDS)


def _lease(database: Database, installation: Installation) -> bool:
    """Whether the refresh token as we read it is ours to spend."""
    now = time.time()
    with database.write() as session:
        taken = session.execute(
            update(Installation)
            .where(
                Installation.id == installation.id,
                Installation.refreshing_until < now,
                # Somebody may have brought new tokens since we looked.
                Installation.expires_at == installation.expires_at,
            )
            .values(refreshing_until=now + LEASE_SECONDS)
        )
        return bool(taken.rowcount)  # type: ignore[attr-defined]


def _refreshed(database: Database, installation: Installation, app_of: AppOf) -> str | None:
    app = app_of(installation.client_id, installation.tenant)
    if app is None:  # the operator took this credential out
        _release(database, installation.id)
        return None
    app = replace(app, resource=installation.resource)
    try:
        if installation.assertion is not None:
            grant = calls.on_behalf(app, installation.assertion)
        else:
            grant = calls.refresh(app, installation.refresh_token)
    except PlatformError as error:
        if not error.permanent or isinstance(error, ConsentWantedError):
            _release(database, installation.id)
            raise
        logger.info("installation %s: the consent does not count any more", installation.id)
        remove(database, installation.id)
        return None
    with database.write() as session:
        row = session.get(Installation, installation.id)
        if row is not None:  # else they removed the app meanwhile
            _put(row, grant)
    return grant.access_token


def _release(database: Database, installation_id: int) -> None:
    with database.write() as session:
        session.execute(
            update(Installation).where(Installation.id == installation_id).values(refreshing_until=0.0)
        )


def remove(database: Database, installation_id: int) -> None:
    with database.write() as session:
        session.execute(delete(Installation).where(Installation.id == installation_id))


def unnamed(database: Database, before: float) -> list[int]:
    """Installations, made before that time, whose owner the platform has not told."""
    with database.read() as session:
        query = select(Installation.id).where(
            Installation.user_id.is_(None), Installation.installed_at < before
        )
        return list(session.scalars(query.limit(100)))


def forget_unnamed(database: Database, before: float) -> None:
    """Tokens that nobody can be found for are of no use to anybody."""
    with database.write() as session:
        session.execute(
            delete(Installation).where(Installation.user_id.is_(None), Installation.installed_at < before)
        )
