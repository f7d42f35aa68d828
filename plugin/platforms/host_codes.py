"""Host codes: made at the desk of an event, typed where a meeting or a place shall show its wall, kept as digests."""

import secrets
import time

from sqlalchemy import delete
from sqlalchemy.orm import Session

from plugin.people.codes import CODE_ALPHABET, digest, normal_code
from plugin.people.refusal import Refusal
from plugin.state.db import Database
from plugin.state.models import Event
from plugin.state.platform_models import HostCode

HOST_CODE_SECONDS = 600
HOST_CODE_LENGTH = 12  # characters of 28: too many to try in ten minutes


def new_host_code(database: Database, event_id: int) -> str:
    """A code with which somebody who sets up a place or starts a meeting's wall becomes a host of the event: once."""
    now = time.time()
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(HOST_CODE_LENGTH))
    with database.write() as session:
        session.execute(delete(HostCode).where(HostCode.expires_at < now))
        session.add(HostCode(digest=digest(code), event_id=event_id, expires_at=now + HOST_CODE_SECONDS))
    return "-".join(code[at : at + 4] for at in range(0, HOST_CODE_LENGTH, 4))


def spend(session: Session, typed: str) -> Event:
    """The event whose host made this code, which is used up by it. Raises Refusal."""
    code = session.get(HostCode, digest(normal_code(typed)))
    if code is None or code.expires_at < time.time():
        raise Refusal(
            404,
            "unknown_host_code",
            "This host code does not count any more. Make a new one at the desk.",
            "host_code",
        )
    session.delete(code)
    return session.get_one(Event, code.event_id)
