"""What an operator sets for RingCentral Events, and what the adapter is made with from it.

What was not confirmed by the vendor (docs/hopin/README.md has the list) is one of these settings, or works either way.
"""

from collections.abc import Mapping
from typing import Any

from integrations.settings import HOST, Setting, host_like, one_of, text, words

ID, SECRET, KEY = "HOPIN_CLIENT_ID", "HOPIN_CLIENT_SECRET", "HOPIN_API_KEY"
WEB, API, FRAMES = "HOPIN_HOST", "HOPIN_API_HOST", "HOPIN_FRAMES"
TOLD_IN, PKCE = "HOPIN_TOKEN_FIELDS", "HOPIN_PKCE"
SINCE, SIGNALS, SIGNAL_TYPE = "HOPIN_SINCE_FILTER", "HOPIN_SIGNALS", "HOPIN_SIGNAL_TYPE"


EXAMPLE = "events.example.org"


def hosts(value: str) -> tuple[str, ...]:
    """Host names, which may begin with *. for everything below; or the whole address of a stand-in on this machine."""
    found = words(value)
    for each in found:
        if "://" in each:
            host_like(EXAMPLE)(each)
        elif not HOST.fullmatch(each.removeprefix("*.")):
            raise ValueError(f"expected hosts such as {EXAMPLE}")
    return found


SETTINGS = (
    Setting(ID, text, "", "Client id of the app at RingCentral Events. Empty: organizers bring API keys."),
    Setting(SECRET, text, "", "Its client secret."),
    Setting(
        KEY,
        text,
        "",
        "API key of one's own organization there; `mosaic tenant organize hopin` gives its page. "
        "Neither id nor key: no RingCentral Events.",
    ),
    Setting(
        WEB,
        host_like("events.ringcentral.com"),
        "events.ringcentral.com",
        "Where organizers agree; hopin.com once.",
    ),
    Setting(
        API,
        host_like("api.events.ringcentral.com"),
        "api.events.ringcentral.com",
        "Host of its API; api.hopin.com once.",
    ),
    Setting(
        FRAMES,
        hosts,
        "events.ringcentral.com *.events.ringcentral.com",
        "Hosts whose pages may show the wall. Organizers add hosts for their own wall on their page.",
    ),
    Setting(
        TOLD_IN,
        one_of("form", "query", "either"),
        "either",
        "Where its token address wants to be told things: form, query, or either, the form first.",
    ),
    Setting(
        PKCE, one_of("none", "S256"), "none", "Proof key in consents, where it knows them: none or S256."
    ),
    Setting(
        SINCE,
        text,
        "",
        "Name of the filter by which registrations are asked for by their change, such as filter[updatedAt][gte]. "
        "Empty: each reading goes through all.",
    ),
    Setting(
        SIGNALS,
        words,
        "",
        "Names of the signals of a data subscription that says when registrations change. Empty: none is made.",
    ),
    Setting(SIGNAL_TYPE, text, "webhook", "Type in the configuration of such a subscription."),
)


def options(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `Hopin` is made with; None without an id and without a key. Raises ValueError that names the variable."""
    if bool(values[ID]) != bool(values[SECRET]):
        raise ValueError(f"{SECRET if values[ID] else ID} is missing")
    if not values[ID] and not values[KEY]:
        return None
    return {
        "client_id": values[ID],
        "client_secret": values[SECRET],
        "key": values[KEY],
        "host": values[WEB],
        "api_host": values[API],
        "frames": values[FRAMES],
        "told_in": values[TOLD_IN],
        "has_proof_key": values[PKCE] == "S256",
        "since_filter": values[SINCE],
        "signals": values[SIGNALS],
        "signal_type": values[SIGNAL_TYPE],
    }
