"""What proofs of platforms are checked with: tenants' secrets, and the platforms' public signing keys.

Signing keys are kept in the database, so that a restart while the platform is silent shuts nobody out. All processes
together ask an address at most once a minute, however many unknown key ids somebody sends, and a request waits at most
a second for the answer: after that it goes on with the keys that there were, or with none.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from integrations.platform import PlatformError
from plugin.people.tenants import tenant_keys
from plugin.platforms.calls import get_json
from plugin.state.db import Database
from plugin.state.platform_models import SigningKeySet

logger = logging.getLogger(__name__)

FRESH_SECONDS = 6 * 3600.0  # after that the platform is asked again; the old keys serve meanwhile
KEPT_SECONDS = 14 * 86_400.0  # keys that nobody confirmed for so long prove nothing any more
PAUSE_SECONDS = 60.0  # between two questions to one address, from all processes together
WAIT_SECONDS = 1.0  # the longest that a request waits for new keys
LOOK_SECONDS = 0.05
MOST_KEYS = 100
MOST_ADDRESSES = 50

Keys = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class _Known:
    """As the database has it. Times are in seconds since 1970, 0 for never."""

    keys: Keys
    fetched_at: float = 0.0
    tried_at: float = 0.0

    def has(self, wanted: str, now: float) -> bool:
        """Whether nobody has to be asked."""
        return self.fetched_at > now - FRESH_SECONDS and (not wanted or wanted in self.keys)


class SigningKeys:
    """The public keys behind addresses, shared by all platforms of a process."""

    def __init__(self, database: Database, fetch: Callable[[str], Mapping[str, Any]] = get_json) -> None:
        self._database = database
        self._fetch = fetch
        self._memory: dict[str, _Known] = {}

    def of(self, url: str, wanted: str = "") -> Keys:
        """The keys by id; {} when there are none. See `integrations.platform.Trust`."""
        now = time.time()
        known = self._memory.get(url)
        if known is None or not known.has(wanted, now):
            known = self._look(url)
        if not known.has(wanted, now) and self._may_ask(url, known, now):
            threading.Thread(target=self._ask, args=(url,), daemon=True).start()
            known = self._wait(url, known)
        elif not known.keys and known.tried_at > now - WAIT_SECONDS:  # somebody has just asked
            known = self._wait(url, known)
        return known.keys if known.fetched_at > now - KEPT_SECONDS else {}

    def _look(self, url: str) -> _Known:
        with self._database.read() as session:
            row = session.get(SigningKeySet, url)
        if row is None:
            return _Known({})
        known = _Known(json.loads(row.keys), row.fetched_at, row.tried_at)
        if len(self._memory) >= MOST_ADDRESSES:
            self._memory.clear()
        self._memory[url] = known
        return known

    def _may_ask(self, url: str, known: _Known, now: float) -> bool:
        """Whether it is this process's turn; the row says so to all of them."""
        if known.tried_at > now - PAUSE_SECONDS:
            return False
        try:
            with self._database.write() as session:
                if session.get(SigningKeySet, url) is None:
                    session.add(SigningKeySet(url=url, tried_at=now))
                    return True
                turn = update(SigningKeySet).where(
                    SigningKeySet.url == url, SigningKeySet.tried_at <= now - PAUSE_SECONDS
                )
                return bool(session.execute(turn.values(tried_at=now)).rowcount)  # type: ignore[attr-defined]
        except IntegrityError:  # another process was there first
            return False

    def _ask(self, url: str) -> None:
        try:
            keys = understood(self._fetch(url))
        except PlatformError as error:
            logger.warning("signing keys: %s", error.code)
            return
        with self._database.write() as session:
            row = session.get_one(SigningKeySet, url)
            row.keys, row.fetched_at = json.dumps(keys), time.time()

    def _wait(self, url: str, before: _Known) -> _Known:
        give_up = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < give_up:
            time.sleep(LOOK_SECONDS)
            known = self._look(url)
            if known.fetched_at > before.fetched_at:
                return known
        return before


def understood(answer: Mapping[str, Any]) -> Keys:
    """The keys of a JSON Web Key Set (RFC 7517, section 5) by id. Raises PlatformError for anything else."""
    keys = answer.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= MOST_KEYS:
        raise PlatformError("garbage", "These are no signing keys.", permanent=False)
    found = {
        key["kid"]: key
        for key in keys
        if isinstance(key, dict) and isinstance(key.get("kid"), str) and key.get("use", "sig") == "sig"
    }
    if not found:
        raise PlatformError("garbage", "These are no signing keys.", permanent=False)
    return found


@dataclass(frozen=True)
class Trust:
    """What one platform's adapter may check proofs with."""

    database: Database
    keys: SigningKeys
    platform: str

    def tenant_keys(self, tenant: str) -> Sequence[str]:
        return tenant_keys(self.database, self.platform, tenant)

    def signing_keys(self, url: str, wanted: str = "") -> Keys:
        return self.keys.of(url, wanted)
