"""`mosaic keys`: which secret keys the database was used with, what each has sealed, and how one is given up."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select, update

from plugin.people.codes import email_digest
from plugin.state import sealing
from plugin.state.db import Database
from plugin.state.fingerprints import Fingerprint, fingerprint
from plugin.state.registrations import Registration

SHOWN = 16  # characters of a fingerprint
LEAST_TYPED = 6
# What people of the service know these tables as.
CALLED = {
    "tenants": "keys of signed links",
    "attendees": "e-mail addresses and contacts",
    "hello_lines": "messages",
    "line_words": "messages in line",
    "reports": "reports",
    "installations": "tokens of connected apps",
    "authorizations": "consents under way",
    "suggestions": "suggested profiles",
    "notices": "notices of platforms",
    "sources": "places of embedded walls",
    "registrations": "registrations",
}


class KeysError(Exception):
    """That cannot be done with a key. The text says why, and what can."""


def listing(database: Database, secret_keys: Sequence[str]) -> Iterator[str]:
    counts = sealing.count(database, secret_keys)
    ours = {fingerprint(key): number for number, key in enumerate(secret_keys)}
    yield f"{'fingerprint':<{SHOWN}}  {'since':<10}  {'here':<8}  sealed texts"
    for digest, seen_at in _known(database).items():
        day = datetime.fromtimestamp(seen_at, UTC).date().isoformat()
        yield f"{digest.hex()[:SHOWN]}  {day}  {_here(ours.get(digest)):<8}  {_number(counts, ours.get(digest))}"
    for digest in ours.keys() - _known(database).keys():
        yield f"{digest.hex()[:SHOWN]}  {'new':<10}  {_here(ours[digest]):<8}  {_number(counts, ours[digest])}"
    if lost := _unreadable(counts):
        yield f"No key of this machine opens: {_told(lost)}."


def _here(number: int | None) -> str:
    return "no" if number is None else "older" if number else "newest"


def _number(counts: Mapping[str, Counter[int]], number: int | None) -> str:
    return "?" if number is None else f"{sum(each[number] for each in counts.values()):,}"


def forget(database: Database, secret_keys: Sequence[str], typed: str, *, is_sure: bool) -> str:
    """Take a lost key for given up, so that a machine with another may start; what was done. Raises KeysError."""
    digest = _meant(database, typed)
    name = digest.hex()[:SHOWN]
    if digest in {fingerprint(key) for key in secret_keys}:
        raise KeysError(
            f"This machine has the key {name}. Seal with another what it has sealed (mosaic keys reseal), take it "
            "out of MOSAIC_SECRET_KEY on all machines, and then forget it."
        )
    lost = _unreadable(sealing.count(database, secret_keys))
    if not is_sure:
        meant = (
            f"These cannot be read without it, for good: {_told(lost)}. "
            if lost
            else "Nothing is sealed with it. "
        )
        raise KeysError(
            f"{meant}Links and tokens that it signed count no more. If the key {name} is lost, or nobody uses it any "
            "more, say it again with --yes. A copy of it, in a backup or on another machine, would save all that."
        )
    with database.write_alone() as session:
        session.execute(delete(Fingerprint).where(Fingerprint.digest == digest))
    after = f"What it has sealed cannot be read: {_told(lost)}. " if lost else ""
    more = "mosaic keys reseal --empty makes room for what can be brought again. " if lost else ""
    return f"The key {name} is forgotten. {after}{more}The next start takes the key of its machine."


def _meant(database: Database, typed: str) -> bytes:
    found = [digest for digest in _known(database) if digest.hex().startswith(typed.strip().lower())]
    if len(typed.strip()) < LEAST_TYPED or len(found) != 1:
        raise KeysError(f"The database knows no key {typed!r}, or several. `mosaic keys` lists them.")
    return found[0]


def reseal(database: Database, secret_keys: Sequence[str], *, empties: bool) -> Iterator[str]:
    """Seal with the newest key of this machine what an older one has sealed."""
    done = sealing.reseal(database, secret_keys, empties=empties)
    addresses = _find_by_newest(database, secret_keys)
    yield f"Texts sealed anew with the newest key: {done.sealed:,}."
    yield f"Addresses that are found by it from now on: {addresses:,}."
    if done.unreadable:
        yield f"No key of this machine opens: {_told(done.unreadable)}."
        yield "They are empty now." if empties else "They stay as they are; --empty would make them empty."
    else:
        yield "Nothing needs an older key any more, but for links that it signed."


def _find_by_newest(database: Database, secret_keys: Sequence[str]) -> int:
    """Who is registered is found by a digest of their address, of which the key is a part. How many changed."""
    changed = 0
    for read in sealing.opened(database, secret_keys, Registration.__tablename__, "email"):
        wanted = {key: email_digest(secret_keys[0], email) for key, email in read.items()}
        with database.write() as session:
            for key, digest in wanted.items():
                is_other = Registration.email_digest != digest
                done = session.execute(
                    update(Registration).where(Registration.id == key, is_other).values(email_digest=digest)
                )
                changed += done.rowcount  # type: ignore[attr-defined]
    return changed


def _known(database: Database) -> dict[bytes, float]:
    with database.read() as session:
        rows = session.execute(select(Fingerprint.digest, Fingerprint.seen_at).order_by(Fingerprint.seen_at))
        return {row.digest: row.seen_at for row in rows}


def _unreadable(counts: Mapping[str, Counter[int]]) -> Counter[str]:
    return Counter({table: each[-1] for table, each in counts.items() if each[-1]})


def _told(lost: Counter[str]) -> str:
    return ", ".join(f"{number:,} {CALLED.get(table, table)}" for table, number in lost.items())
