"""A believed launch, as it is kept between the request that brought it and the one that opens a wall with it.

A platform's ids of meetings and rooms are kept as hashes only.
"""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from plugin.people.codes import opener_digest


@dataclass(frozen=True)
class Entrance:
    """A believed launch, as we keep it: ids of meetings and rooms are hashes in hex, "" where there is none.

    `signed` says that the platform vouched for the meeting; without, the meeting is only what the page said, and
    nobody becomes a host by it. `installers_start`: whether somebody who added the app may start a wall here, and
    `may_start` whether anybody may.

    Where `is_place`, `meeting` is the key of a place that was set up here. `chat` is the chat around it, a hint that
    leads nobody to an event. `typed` is the join code that the person typed, "" mostly. `address` is their e-mail
    address at the platform.
    """

    platform: str
    tenant: str
    user_id: str
    assurance: str
    role: str
    kind: str
    meeting: str
    room: str
    parent: str
    code: str
    client_id: str
    signed: bool = True
    installers_start: bool = False
    may_prove_later: bool = False
    may_start: bool = False
    is_place: bool = False
    chat: str = ""
    typed: str = ""
    address: str = ""
    twin: str = ""  # the same meeting as launches of the other kind name it: signed, or not
    entry: str = ""  # names one start token, so that looking again with it makes nobody new
    attendee_id: int = 0  # whose start token it is, once they are somebody here

    def as_facts(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def opener(self) -> bytes | None:
        """What an event remembers its opener by."""
        return opener_digest(self.platform, self.tenant, self.user_id) if self.user_id else None

    @property
    def memory(self) -> str:
        """What it is remembered by which code this person typed here; "" for guests, who bring their return key."""
        here = self.meeting if self.is_place else self.chat
        return (
            hashed(self.platform, f"{self.tenant}:{self.user_id} at {here}") if self.user_id and here else ""
        )


def hashed(platform: str, external_id: str, *, signed: bool = True) -> str:
    """The hash that stands for a platform's id; "" for none. What nobody signed is another meeting than what was."""
    named = external_id if signed else f"unsigned {external_id}"
    return hashlib.sha256(f"{platform}:{named}".encode()).hexdigest() if external_id else ""
