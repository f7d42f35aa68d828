"""What a platform is to us: a few facts and methods, and the frozen values that pass between it and the service.

An adapter translates. It gets the bytes and headers of a request and decides whether to believe them: signature,
audience, expiry, tenant. It touches no database, no queue and no web framework. "Cannot do" is None.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from integrations.settings import Setting

NOTHING: Mapping[str, str] = MappingProxyType({})
T = TypeVar("T")


class PlatformError(Exception):
    """A launch, notice or answer of a platform that we do not accept, or an answer that it did not give.

    `code` is for programs, `message` for the person who sees it. `permanent` says that trying again is useless;
    otherwise it may be tried after `after_seconds`.
    """

    def __init__(
        self, code: str, message: str, *, permanent: bool = True, after_seconds: float = 0.0
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.permanent = permanent
        self.after_seconds = after_seconds


class PackageError(Exception):
    """What a store wants to have cannot be made. The text says why."""


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

    A guest has no user id: the service gives one and the return key that goes with it. Where user ids are unique
    across a platform's tenants, and its proofs do not all name the tenant, `tenant` is "" in every identity.
    """

    platform: str
    tenant: str
    user_id: str
    assurance: str


@dataclass(frozen=True)
class Profile:
    """What the platform tells about the person, offered for editing and never saved unseen.

    `picture_url` is where the platform keeps their picture; only the service fetches it, see `may_fetch`. One that
    `picture_is_private` is shown to nobody but them, and fetched with their token.
    """

    name: str = ""
    email: str = ""
    title: str = ""
    company: str = ""
    picture_url: str = ""
    picture_is_private: bool = False


@dataclass(frozen=True)
class Person:
    """Whose tokens these are, and what the platform tells about them. `account` is the customer's, for the operator."""

    identity: Identity
    profile: Profile
    account: str = ""


@dataclass(frozen=True)
class Meeting:
    """The place in a meeting client that a launch came from.

    `id` is the platform's own, of this one gathering; "" outside meetings. `room` is the breakout room's, "" in the
    main room. `parent_hint` is what the page says the main meeting is: nobody signed it. What nobody signed is never
    the same meeting as one with the same id that the platform vouched for.

    `is_place` says that `id` is no id of the platform's, but the key of a place that somebody set up here: the service
    made it, and nobody has it who was not led there. `chat_hint` is the chat that the page says it is in. It opens
    nothing: by it a later save finds that an earlier one was here, and somebody's own join code is remembered.
    """

    id: str = ""
    kind: str = "meeting"  # meeting, webinar, panel (the client outside meetings) or chat
    room: str = ""
    parent_hint: str = ""
    signed: bool = True  # whether the platform vouches for `id`, or only the page says so
    is_place: bool = False
    chat_hint: str = ""


@dataclass(frozen=True)
class Launch:
    """A believed first request of a panel. `replay_key` may be used once, until `replay_until`.

    Either the platform knows the event's code, or it names a meeting and the service knows which event that is.
    `client_id` is that of our credentials which the launch was made for. `may_prove_later` says that somebody is a
    guest only because the platform's signing keys could not be had: the panel tries again by itself.

    `role` is "" where the platform does not tell it: then the one that they have with us stays. `may_start` says that
    somebody may start a wall here, whoever they are. `assertion` is what proved them, where the platform gives tokens
    for it, so that the service can speak for them.
    """

    identity: Identity
    event_code: str = ""
    role: str = "attendee"
    profile: Profile = Profile()
    replay_key: str = ""
    replay_until: float = 0.0
    meeting: Meeting | None = None
    client_id: str = ""
    may_prove_later: bool = False
    may_start: bool = False
    assertion: str = field(default="", repr=False)


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
    """What Authlib needs to know of a platform. The first credential is the one that installs.

    `in_client_method` is the proof key's method (RFC 7636: S256 or plain) of a consent inside the platform's client;
    None where the client asks for none. `is_for_tenant` says that an admin's consent counts for everybody there.

    `{tenant}` in an address stands for the tenant's id. `revoke_url` is "" where tokens cannot be given back. Where the
    client shows the consent in a window that begins and ends at pages of ours (`has_popup`), nobody adds the app in a
    browser. `on_behalf_scopes` are asked for with a launch's assertion (RFC 7523); none where that is not done.

    `resource_parameter` is the name under which the platform tells our install address what the consent shall be for,
    and wants to hear it again with everything that we ask for (RFC 8707); "" where there is none. `told_in` says
    where the token's address looks for what it is told.
    """

    authorize_url: str
    token_url: str
    revoke_url: str
    scopes: tuple[str, ...]
    credentials: tuple[Credential, ...]
    in_client_method: str | None = None
    is_for_tenant: bool = False
    has_popup: bool = False
    on_behalf_scopes: tuple[str, ...] = ()
    is_secret_in_form: bool = False  # the client secret goes into the form, not into a header
    resource_parameter: str = ""
    names_scopes: bool = (
        False  # asked for in a browser too: else the app's registration says what is asked for
    )
    has_proof_key: bool = True  # in a browser (RFC 7636)
    told_in: str = "form"  # or "query"; "either": in the form first

    def credential(self, client_id: str) -> Credential | None:
        return next((each for each in self.credentials if each.client_id == client_id), None)


class Client(Protocol):
    """Speaks to the platform for one person, within stated time limits. Raises what the service understands."""

    tenant: str  # the one whose address gave the token; "" where all tenants have the same

    def get(self, url: str) -> Mapping[str, Any]: ...

    def post(self, url: str, body: Mapping[str, Any]) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Listed:
    """A tenant, or a gathering of one, as the platform's lists have it. `begins` is for people, "" if unknown."""

    id: str
    name: str
    begins: str = ""


@dataclass(frozen=True)
class Registered:
    """Somebody who registered for a gathering. `changed_at` is by the platform's clock, 0 where it does not tell."""

    id: str
    email: str
    name: str = ""
    headline: str = ""
    is_refunded: bool = False
    changed_at: float = 0.0


@dataclass(frozen=True)
class Part(Generic[T]):
    """A page of a list. `next` is what the following one is asked for with, "" at the end."""

    items: tuple[T, ...]
    next: str = ""


class Gatherings(Protocol):
    """What an event platform tells its organizers: their gatherings, and who registered. All raise PlatformError.

    `page` is "" for the first page of a list, else what the one before gave as `next`: it may have been outside, so
    the adapter looks whether it is the platform's.
    """

    key: str  # of the operator's own tenant; "" for none
    can_say_since: bool  # whether registrations can be asked for by their change

    def tenants(self, client: Client, page: str = "") -> Part[Listed]: ...

    def gatherings(self, client: Client, tenant: str, page: str = "") -> Part[Listed]: ...

    def registrations(
        self, client: Client, gathering: str, page: str = "", since: float = 0.0
    ) -> Part[Registered]:
        """Those that changed `since` then, where the platform can be asked so; and perhaps others."""
        ...

    def hint_to(self, client: Client, gathering: str, address: str, until: float) -> bool:
        """Have the platform send something to this address whenever registrations change; False where it does not."""
        ...


@dataclass(frozen=True)
class File:
    """A small text that a platform wants to find at an address of ours, such as a proof that the domain is ours."""

    path: str
    content: str
    content_type: str = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Option:
    """An option of `mosaic package NAME` beside --base-url and --output. `name` is the argument of `make`."""

    name: str
    about: str
    is_required: bool = False


@dataclass(frozen=True)
class Package:
    """What the platform's store wants to have. `make(base_url, pictures_url="", **options)` gives its bytes or raises
    PackageError. `pictures_url`: where browsers get the pictures, if not from the service."""

    about: str
    file_name: str
    make: Callable[..., bytes]
    guide: str  # the document that says what to do with it
    options: tuple[Option, ...] = ()


class Trust(Protocol):
    """What the service knows that a proof can be checked with."""

    def tenant_keys(self, tenant: str) -> Sequence[str]:
        """The secrets of a tenant of this platform, by the tenant's external id: one, or two while they are changed.

        None when there is no such tenant.
        """
        ...

    def signing_keys(self, url: str, wanted: str = "") -> Mapping[str, Mapping[str, Any]]:
        """The platform's public keys (RFC 7517, section 5) by key id, from `url`; {} when none can be had.

        Asks the platform again when `wanted` is not among them, but never more than once a minute.
        """
        ...


class Platform(Protocol):
    """An adapter. What is true whatever the settings stands at its class."""

    name: str
    title: ClassVar[str]  # as people know it; "" where there is no client to name
    settings: ClassVar[Sequence[Setting]]
    package: ClassVar[Package | None]
    pages: ClassVar[Mapping[str, str]]  # our address below /<name>/ -> the template in templates/<name>/
    has_client: ClassVar[bool]  # whether panels open inside a client of the platform, each with a launch
    has_notices: ClassVar[bool]  # whether the platform reports anything
    has_places: ClassVar[bool]  # whether somebody sets up a place for the panel before it opens there
    has_organizers: ClassVar[bool]  # whether an organizer does so on a page of ours, with `gatherings`
    opens_web_pages: ClassVar[
        bool
    ]  # whether its frames lead on to pages for everybody, such as a wall by its code
    # The kinds of place in which somebody who added the app may start a wall without being host there.
    installers_start_in: ClassVar[frozenset[str]]
    frame_ancestors: tuple[str, ...]  # CSP sources that may show our page in a frame
    oauth: OAuth | None  # None where nothing is installed
    gatherings: Gatherings | None  # None where no organizers have lists of who registered
    files: tuple[File, ...]
    for_browser: Mapping[str, str]  # what its browser half is told, no secrets; {base_url} is our own address

    @staticmethod
    def options(values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What the adapter is made with, from the values of `settings` by variable; None where it is not set up.

        Raises ValueError that names the variable.
        """
        ...

    def launch(self, request: Request, trust: Trust, now: float) -> Launch:
        """Who opens a panel, and where. Raises PlatformError."""
        ...

    def notice(self, request: Request, trust: Trust, now: float) -> Notice | None:
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

    def hello_url(self, identity: Identity, address: str) -> str | None:
        """A deep link that opens a talk with that person, for those who both agreed; None where there is none.

        `address` is what the platform told as their e-mail address, "" where it told none.
        """
        ...
