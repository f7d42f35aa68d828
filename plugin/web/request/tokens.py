"""Signed texts that people carry: the panel token, the return key, the hand-over after a launch, the pairing.

None of them is a cookie: several meeting clients drop cookies inside frames. The panel token lives in the page's
memory only; it is short-lived because nothing can take it back.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itsdangerous import BadData, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer

PANEL_SECONDS = 3600
HANDOVER_SECONDS = 60
NONCE = "nonce"
HANDOVER, TOKEN = "hand-over", "token"  # of an organizer


@dataclass(frozen=True)
class Pass:
    """What a panel token says. `attendee_id` is 0 for a stage, which belongs to nobody; `door_id` for whoever came by
    their own identity."""

    event_id: int
    attendee_id: int
    audience: str
    door_id: int = 0


@dataclass(frozen=True)
class Shown:
    """A code for the phone: whose it is, what names this one, whether it is still good, and the door of the panel that
    showed it."""

    attendee_id: int
    nonce: str
    is_fresh: bool
    door_id: int = 0


class Tokens:
    def __init__(self, secret_keys: tuple[str, ...]) -> None:
        # itsdangerous signs with the last key of a list and accepts them all.
        keys = list(reversed(secret_keys))
        self._panel = URLSafeTimedSerializer(keys, salt="panel token")
        self._return = URLSafeSerializer(keys, salt="return key")
        self._handover = URLSafeTimedSerializer(keys, salt="hand-over")
        self._pairing = URLSafeTimedSerializer(keys, salt="pairing")
        self._personal = URLSafeSerializer(keys, salt="personal link")
        self._keys = keys

    def panel(self, granted: Pass) -> str:
        facts = [granted.event_id, granted.attendee_id, granted.audience]
        return str(self._panel.dumps([*facts, granted.door_id] if granted.door_id else facts))

    def read_panel(self, token: str) -> Pass | None:
        numbers = _loaded(self._panel, token, max_age=PANEL_SECONDS)
        return Pass(*numbers) if numbers else None

    def return_key(self, attendee_id: int, door_id: int = 0) -> str:
        return str(self._return.dumps([attendee_id, door_id] if door_id else attendee_id))

    def read_return_key(self, key: str) -> tuple[int, int]:
        """(the attendee, the door that they came by); zeros where it is no key of ours."""
        return _person(_loaded(self._return, key))

    def handover(self, attendee_id: int, door_id: int = 0) -> str:
        return str(self._handover.dumps([attendee_id, door_id] if door_id else attendee_id))

    def read_handover(self, token: str) -> tuple[int, int]:
        return _person(_loaded(self._handover, token, max_age=HANDOVER_SECONDS))

    def pairing(self, attendee_id: int, door_id: int = 0) -> str:
        return str(self._pairing.dumps([attendee_id, secrets.token_urlsafe(9), door_id]))

    def read_pairing(self, token: str, seconds: int) -> Shown | None:
        try:
            attendee_id, nonce, *door = self._pairing.loads(token, max_age=seconds)
            is_fresh = True
        except SignatureExpired as late:
            attendee_id, nonce, *door = self._pairing.load_payload(late.payload or b"")
            is_fresh = False
        except BadData:
            return None
        return Shown(attendee_id, nonce, is_fresh, door[0] if door else 0)

    def personal_link(self, registration_id: int, version: int) -> str:
        """The same whenever it is asked for, so that a list of links can be made again."""
        return str(self._personal.dumps([registration_id, version]))

    def read_personal_link(self, text: str) -> tuple[int, int] | None:
        """(the registration, the version of its link)."""
        found = _loaded(self._personal, text)
        return (int(found[0]), int(found[1])) if found is not None else None

    def seal(self, kind: str, facts: Mapping[str, Any]) -> str:
        """Facts that a page carries for a while. Anybody can read them; only we can make them, and no two are alike."""
        return str(self._sealing(kind).dumps({**facts, NONCE: secrets.token_urlsafe(12)}))

    def unseal(self, kind: str, text: str, seconds: int) -> dict[str, Any] | None:
        """The facts, if we sealed them as this kind within the last `seconds`."""
        found = _loaded(self._sealing(kind), text, max_age=seconds)
        if not isinstance(found, dict):
            return None
        return {name: value for name, value in found.items() if name != NONCE}

    def _sealing(self, kind: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self._keys, salt=f"sealed {kind}")


def _person(found: Any) -> tuple[int, int]:
    """(the attendee, their door or 0), as keys say it; zeros for nothing."""
    if isinstance(found, list):
        return int(found[0]), int(found[1])
    return (found, 0) if isinstance(found, int) else (0, 0)


DOCTOR, DOCTOR_SECONDS = "doctor", 300  # what the operator's command says who it is with


def organizer_kind(platform: str, what: str) -> str:
    """What is sealed for an organizer at a platform: a hand-over to their page, or the token that the page keeps."""
    return f"{platform} organizer {what}"


def _loaded(serializer: Any, text: str, **options: Any) -> Any:
    try:
        return serializer.loads(text, **options)
    except BadData:
        return None
