"""Tokens of people who do not want to be known to us any more: nobody's at once, kept until the platform was told."""

import secrets
import time

from sqlalchemy import delete, select, update

from plugin.people.codes import opener_digest
from plugin.state import erasures
from plugin.state.db import Database
from plugin.state.erasures import NO_WALL, Erased
from plugin.state.models import Assurance, Attendee
from plugin.state.platform_models import Installation

GIVEN_UP = "given-up-"  # begins the user id of such tokens


def give_up(database: Database, attendee: Attendee, *, is_revocable: bool) -> list[int]:
    """The tokens of this person go; what somebody added for everybody of their tenant is not theirs alone, and stays.

    Where the platform can be told so, the tokens stay until it was, and are nobody's: the ids for that errand.
    """
    if attendee.assurance is not Assurance.PROVED:
        return []
    whose = attendee.platform, attendee.tenant, attendee.user_id
    return give_up_of(database, *whose, is_revocable=is_revocable)


def give_up_of(
    database: Database, platform: str, tenant: str, user_id: str, *, is_revocable: bool
) -> list[int]:
    """The same of somebody who is known by their identity alone."""
    with database.write() as session:
        erasures.note(session, Erased.TOKENS, NO_WALL, [opener_digest(platform, tenant, user_id).hex()])
        theirs = session.scalars(
            select(Installation).where(
                Installation.platform == platform,
                Installation.tenant == tenant,
                Installation.user_id == user_id,
                Installation.is_for_tenant.is_(False),
            )
        ).all()
        waiting = [each for each in theirs if is_revocable and each.access_token]
        for each in theirs:
            if each in waiting:
                _let_go(each)
            else:
                session.delete(each)
        return [each.id for each in waiting]


def _let_go(installation: Installation) -> None:
    installation.user_id = f"{GIVEN_UP}{secrets.token_hex(16)}"
    installation.account, installation.assertion = "", None
    installation.installed_at, installation.refreshing_until = time.time(), 0.0


def app_of(database: Database, installation_id: int) -> tuple[str, str, str] | None:
    """(platform, client id, tenant) of tokens that were given up; None where there are none any more."""
    with database.read() as session:
        found = session.get(Installation, installation_id)
        if found is None or not (found.user_id or "").startswith(GIVEN_UP):
            return None
        return found.platform, found.client_id, found.tenant


def due(database: Database, now: float) -> list[int]:
    """Tokens that were given up, of which the platform shall hear now."""
    with database.read() as session:
        query = select(Installation.id).where(
            Installation.user_id.startswith(GIVEN_UP), Installation.refreshing_until < now
        )
        return list(session.scalars(query.limit(100)))


def put_off(database: Database, installation_id: int, until: float) -> None:
    """The platform does not answer: ask again later."""
    with database.write() as session:
        session.execute(
            update(Installation).where(Installation.id == installation_id).values(refreshing_until=until)
        )


def forget_old(database: Database, before: float) -> None:
    """A platform that did not answer for so long is not told any more."""
    with database.write() as session:
        session.execute(
            delete(Installation).where(
                Installation.user_id.startswith(GIVEN_UP), Installation.installed_at < before
            )
        )
