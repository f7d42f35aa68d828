"""Use cases of codes by mail: whoever is registered for an event gets six digits at their address and types them.

From outside nobody learns whether an address is registered: what is asked, written and answered is the same for all,
and the mail goes out from another process. Nothing is counted by the counters that may be gone: how often somebody may
ask and guess follows from the rows.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from plugin.people.codes import keyed_digest
from plugin.people.refusal import Refusal
from plugin.state.db import Database
from plugin.state.doors import MailedCode
from plugin.state.models import Event
from plugin.state.registrations import Registration

CODE_SECONDS = 600.0
DIGITS = 6
MOST_ATTEMPTS = 5  # guesses at one code
ADDRESS_SECONDS = 3600.0
MOST_FOR_ADDRESS = 5  # codes for one address and event in that time: 25 guesses at a million numbers
MOST_IN_EVENT = 3000  # codes in an event in CODE_SECONDS: a hall full of people, not a flood of mail
KEPT_SECONDS = 86_400.0
MOST_TRIES = 4
FIRST_PAUSE_SECONDS = 5.0
LONGEST_ADDRESS = 254
AT_ONCE = 200

Registered = Callable[[Session, int, Sequence[bytes]], Registration | None]


@dataclass(frozen=True)
class Letter:
    """A code on its way. It is nowhere else in clear."""

    to: str
    digits: str
    event: str
    language: str


def normal_address(typed: str) -> str:
    """Raises Refusal (422)."""
    address = typed.strip()
    name, at, host = address.rpartition("@")
    is_odd = len(address) > LONGEST_ADDRESS or any(
        each.isspace() or not each.isprintable() for each in address
    )
    if not (name and at and "." in host.strip(".")) or is_odd:
        raise Refusal(422, "no_address", "Please type your e-mail address as you registered it.", "email")
    return address


def ask(
    database: Database, event_id: int, digests: Sequence[bytes], language: str, registered: Registered
) -> int:
    """Note that somebody wants a code; returns its id. `digests`: of the address, newest first. Raises Refusal."""
    now = time.time()
    with database.write() as session:
        session.execute(delete(MailedCode).where(MailedCode.asked_at < now - KEPT_SECONDS))
        _refuse_floods(session, event_id, digests, now)
        found = registered(session, event_id, digests)
        row = MailedCode(
            event_id=event_id,
            registration_id=found.id if found is not None else None,
            email_digest=digests[0],
            language=language,
            asked_at=now,
        )
        session.add(row)
        session.flush()
        return row.id


def _refuse_floods(session: Session, event_id: int, digests: Sequence[bytes], now: float) -> None:
    count = select(func.count()).select_from(MailedCode).where(MailedCode.event_id == event_id)
    for_address = count.where(
        MailedCode.email_digest.in_(digests), MailedCode.asked_at > now - ADDRESS_SECONDS
    )
    in_event = count.where(MailedCode.asked_at > now - CODE_SECONDS)
    if (session.scalar(for_address) or 0) >= MOST_FOR_ADDRESS or (
        session.scalar(in_event) or 0
    ) >= MOST_IN_EVENT:
        raise Refusal(
            429,
            "too_many_codes",
            "Many codes were asked for. Look through your mail, come in another way, or try again in an hour.",
        )


def check(database: Database, secret_keys: Sequence[str], code_id: int, digits: str) -> Registration:
    """Whose code it is, which is used up by this. Raises Refusal (422), the same for whatever was wrong.

    A guess is counted before it is looked at, in one statement: many at once gain nothing.
    """
    now = time.time()
    with database.write() as session:
        counted = session.execute(
            update(MailedCode)
            .where(
                MailedCode.id == code_id,
                MailedCode.attempts < MOST_ATTEMPTS,
                MailedCode.asked_at > now - CODE_SECONDS,
                MailedCode.used_at.is_(None),
            )
            .values(attempts=MailedCode.attempts + 1)
        )
        is_open = bool(counted.rowcount)  # type: ignore[attr-defined]
        row = session.get(MailedCode, code_id) if is_open else None
    typed = "".join(each for each in digits if each.isdecimal() and each.isascii())
    kept = (row.digest if row is not None else None) or bytes(32)
    guesses = [_digest(each, code_id, typed) for each in secret_keys]
    is_right = any(hmac.compare_digest(kept, guess) for guess in guesses)
    if row is None:
        raise Refusal(
            422, "over_code", "This code has run out. Ask for a new one, or come in another way.", "digits"
        )
    if not is_right:
        raise Refusal(422, "wrong_code", "This is not the code. Look at the newest mail from us.", "digits")
    return _use_up(database, code_id, now)


def _use_up(database: Database, code_id: int, now: float) -> Registration:
    with database.write() as session:
        used = session.execute(
            update(MailedCode)
            .where(MailedCode.id == code_id, MailedCode.used_at.is_(None))
            .values(used_at=now, digest=None)
        )
        row = session.get_one(MailedCode, code_id)
        registration = session.get(Registration, row.registration_id) if row.registration_id else None
        if not used.rowcount or registration is None or registration.refunded:  # type: ignore[attr-defined]
            raise Refusal(
                422,
                "over_code",
                "This code has run out. Ask for a new one, or come in another way.",
                "digits",
            )
        return registration


def _digest(secret: str, code_id: int, digits: str) -> bytes:
    return keyed_digest(secret, f"mailed code {code_id}", digits)


# ---- in the errands' process ----------------------------------------------------------------------------------------


def take_on(database: Database, secret_keys: Sequence[str], code_id: int) -> Letter | None:
    """The mail to be sent, with fresh digits: should it be sent twice, the newest counts. None where there is none."""
    digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    with database.write() as session:
        row = session.get(MailedCode, code_id)
        if row is None or row.sent_at is not None or row.used_at is not None:
            return None
        registration = session.get(Registration, row.registration_id) if row.registration_id else None
        if registration is None or registration.refunded or row.tries >= MOST_TRIES:
            return None
        row.tries += 1
        row.digest = _digest(secret_keys[0], code_id, digits)
        event = session.get_one(Event, row.event_id)
    return Letter(registration.email, digits, event.name, row.language)


def note_sent(database: Database, code_id: int) -> None:
    with database.write() as session:
        session.execute(update(MailedCode).where(MailedCode.id == code_id).values(sent_at=time.time()))


def due(database: Database, now: float) -> list[int]:
    """Codes whose mail got lost or failed, after a pause that grows with each try."""
    with database.read() as session:
        rows = session.execute(
            select(MailedCode.id, MailedCode.asked_at, MailedCode.tries)
            .where(
                MailedCode.sent_at.is_(None),
                MailedCode.registration_id.is_not(None),
                MailedCode.asked_at > now - CODE_SECONDS,
                MailedCode.tries < MOST_TRIES,
            )
            .limit(AT_ONCE)
        ).all()
    return [row.id for row in rows if row.asked_at + FIRST_PAUSE_SECONDS * 3**row.tries < now]
