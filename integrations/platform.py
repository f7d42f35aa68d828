"""What a platform is to us: a few facts and methods, and the frozen values that pass between it and the service.

An adapter translates. It gets the bytes and headers of a request and decides whether to believe them: signature,
audience, expiry, tenant. It touches no database, no queue and no web framework. "Cannot do" is None.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class PlatformError(Exception):
    """A launch, notice or answer of a platform that we do not accept.

    `code` is for programs, `message` for the person who sees it. `permanent` says that trying again is useless.
    """

    def __init__(self, code: str, message: str, *, permanent: bool = True) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent


@dataclass(frozen=True)
class Request:
    """What came over the wire. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Identity:
    """A person as the platform knows them. `assurance` is `proved`, `claimed` or `guest`.

    A guest has no user id: the service gives one and the return key that goes with it.
    """

    platform: str
    tenant: str
    user_id: str
    assurance: str


@dataclass(frozen=True)
class Profile:
    """What the platform tells about the person, offered for editing and never saved unseen.

    `picture_url` is where the platform keeps their picture; only the service fetches it, see `may_fetch`.
    """

    name: str = ""
    email: str = ""
    title: str = ""
    company: str = ""
    picture_url: str = ""


@dataclass(frozen=True)
class Person:
    """Whose tokens these are, and what the platform tells about them."""

    identity: Identity
    profile: Profile


@dataclass(frozen=True)
class Meeting:
    """The place in a meeting client that a launch came from.

    `id` is the platform's own, of this one gathering; "" outside meetings. `room` is the breakout room's, "" in the
    main room. `parent_hint` is what the page says the main meeting is: nobody signed it.
    """

    id: str = ""
    kind: str = "meeting"  # meeting, webinar, panel (the client outside meetings) or chat
    room: str = ""
    parent_hint: str = ""
    signed: bool = True  # whether the platform vouches for `id`, or only the page says so


@dataclass(frozen=True)
class Launch:
    """A believed first request of a panel. `replay_key` may be used once, until `replay_until`.

    Either the platform knows the event's code, or it names a meeting and the service knows which event that is.
    `client_id` is that of our credentials which the launch was made for.
    """

    identity: Identity
    event_code: str = ""
    role: str = "attendee"
    profile: Profile = Profile()
    replay_key: str = ""
    replay_until: float = 0.0
    meeting: Meeting | None = None
    client_id: str = ""


REMOVED = "removed"  # a person removed our app: all that is theirs goes
MEETING_ENDED = "meeting_ended"
CHECK = "check"  # the platform asks whether we are there; `answer` is what it wants to hear


@dataclass(frozen=True)
class Notice:
    """A believed webhook of a platform. `replay_key` names this delivery, which may be used once."""

    kind: str
    tenant: str = ""
    user_id: str = ""
    meeting_id: str = ""
    answer: Mapping[str, str] | None = None
    replay_key: str = ""
    replay_until: float = 0.0


@dataclass(frozen=True)
class Credential:
    """A client id and its secret. An app under development has others than the published one."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class OAuth:
    """What Authlib needs to know of a platform. The first credential is the one that installs."""

    authorize_url: str
    token_url: str
    revoke_url: str
    scopes: tuple[str, ...]
    credentials: tuple[Credential, ...]
    in_client_method: str = "S256"  # the PKCE method of a consent inside the client: S256 or plain

    def credential(self, client_id: str) -> Credential | None:
        return next((each for each in self.credentials if each.client_id == client_id), None)


class Client(Protocol):
    """Speaks to the platform for one person, within stated time limits. Raises what the service understands."""

    def get(self, url: str) -> Mapping[str, Any]: ...

    def post(self, url: str, body: Mapping[str, Any]) -> Mapping[str, Any]: ...


TenantKey = Callable[[str], str | None]
"""Looks up the secret of a tenant of this platform by the tenant's external id; None when there is no such tenant."""


class Platform(Protocol):
    name: str
    frame_ancestors: tuple[str, ...]  # CSP sources that may show our page in a frame
    oauth: OAuth | None  # None where nothing is installed

    def launch(self, request: Request, tenant_key: TenantKey, now: float) -> Launch:
        """Who opens a panel, and where. Raises PlatformError."""
        ...

    def notice(self, request: Request, tenant_key: TenantKey, now: float) -> Notice | None:
        """What the platform reports; None for a platform or kind that has none. Raises PlatformError."""
        ...

    def person(self, client: Client) -> Person | None:
        """Whose tokens the client has; None where the platform does not tell. Raises PlatformError."""
        ...

    def opening_url(self, client: Client, action: str) -> str | None:
        """An address that opens our page in the platform's own client; None where there is none."""
        ...

    def may_fetch(self, url: str) -> bool:
        """Whether a picture's address is the platform's own, so that the service may go there."""
        ...

    def hello_url(self, identity: Identity) -> str | None:
        """A deep link that opens a talk with that person, for those who both agreed; None where there is none."""
        ...
