"""What RingCentral Events tells an organizer by its REST API: organizations, their events, and who registered.

Only what the vendor's own collection of calls has (github.com/hopin-team/hopin-external-api-collection) is asked for.
Bodies are those of JSON:API: `data` with `id` and `attributes`, and `links.next` to the next page. Beyond that not all
names were confirmed, so they are read as they may be, and what is missing is empty.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from integrations.platform import Client, Listed, Part, PlatformError, Registered

LONGEST = 500


class Lists:
    """The API behind `origin`, such as https://api.events.ringcentral.com.

    `since_filter` is the name of the filter for changes, whose spelling in an address is not known; "" for none.
    `signals` and `signal_type` are what a data subscription asks for, whose names are not known either.
    """

    def __init__(
        self,
        origin: str,
        key: str = "",
        since_filter: str = "",
        signals: Sequence[str] = (),
        signal_type: str = "",
    ) -> None:
        self.key = key
        self.can_say_since = bool(since_filter)
        self._origin = origin
        self._since_filter = since_filter
        self._signals, self._signal_type = tuple(signals), signal_type

    def tenants(self, client: Client, page: str = "") -> Part[Listed]:
        return self._listed(client, page or f"{self._origin}/v1/organizations")

    def gatherings(self, client: Client, tenant: str, page: str = "") -> Part[Listed]:
        first = f"{self._origin}/v1/organizations/{quote(tenant, safe='')}/events"
        return self._listed(client, page or first)

    def registrations(
        self, client: Client, gathering: str, page: str = "", since: float = 0.0
    ) -> Part[Registered]:
        first = f"{self._origin}/v1/events/{quote(gathering, safe='')}/registrations"
        if since and self._since_filter:
            moment = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            first += f"?{urlencode({self._since_filter: moment})}"
        rows, following = self._page(client, page or first)
        return Part(tuple(_registered(each) for each in rows), following)

    def hint_to(self, client: Client, gathering: str, address: str, until: float) -> bool:
        """A data subscription: `POST /v1/events/{id}/dataSubscriptions`, with an expiry. Deliveries are not signed."""
        if not self._signals:
            return False
        configuration = {
            "url": address,
            "type": self._signal_type,
            "expiresAt": datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        attributes = {"configuration": configuration, "signals": list(self._signals)}
        client.post(
            f"{self._origin}/v1/events/{quote(gathering, safe='')}/dataSubscriptions",
            {"data": {"type": "dataSubscription", "attributes": attributes}},
        )
        return True

    def _listed(self, client: Client, address: str) -> Part[Listed]:
        rows, following = self._page(client, address)
        found = tuple(
            Listed(_text(each, "id"), _text(_attributes(each), "name"), _text(_attributes(each), "timeStart"))
            for each in rows
        )
        return Part(found, following)

    def _page(self, client: Client, address: str) -> tuple[list[Mapping[str, Any]], str]:
        """(the lines of a page, the address of the next one). Raises PlatformError."""
        if not self._is_ours(address):
            raise _odd()
        answer = client.get(address)
        rows, links = answer.get("data"), answer.get("links")
        if not isinstance(rows, list):
            raise _odd()
        told = links.get("next") if isinstance(links, Mapping) else None
        if isinstance(told, Mapping):  # JSON:API lets a link be an object
            told = told.get("href")
        following = urljoin(address, told) if isinstance(told, str) and told else ""
        if following and not self._is_ours(following):
            raise _odd()
        return [each for each in rows if isinstance(each, Mapping) and _text(each, "id")], following

    def _is_ours(self, address: str) -> bool:
        """Whether our tokens may go there: to the API's own host, and nowhere else."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        return (
            f"{parts.scheme}://{parts.netloc}" == self._origin and address.isascii() and address.isprintable()
        )


def _registered(row: Mapping[str, Any]) -> Registered:
    found = _attributes(row)
    name = f"{_text(found, 'firstName')} {_text(found, 'lastName')}".strip() or _text(found, "name")
    return Registered(
        id=_text(row, "id"),
        email=_text(found, "email"),
        name=name,
        headline=_text(found, "headline"),
        is_refunded=found.get("refunded") is True,
        changed_at=_moment(_text(found, "updatedAt")),
    )


def _attributes(row: Mapping[str, Any]) -> Mapping[str, Any]:
    found = row.get("attributes")
    return found if isinstance(found, Mapping) else {}


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return "".join(value.split("\0")).strip()[:LONGEST] if isinstance(value, str) else ""


def _moment(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _odd() -> PlatformError:
    return PlatformError(
        "garbage", "The other side said something that we do not understand.", permanent=False
    )
