"""What an operator sets for Zoom, and what the adapter is made with from it."""

from collections.abc import Mapping
from typing import Any

from integrations.settings import Setting, host_like, one_of, text, words

IDS, SECRETS, TOKENS = "ZOOM_CLIENT_ID", "ZOOM_CLIENT_SECRET", "ZOOM_SECRET_TOKEN"
HOST, PKCE, VERIFICATION = "ZOOM_HOST", "ZOOM_PKCE", "ZOOM_VERIFICATION"

SETTINGS = (
    Setting(
        IDS,
        words,
        "",
        "Client id of the Zoom app. Several (published, development), separated by spaces: each is tried. "
        "Empty: no Zoom.",
    ),
    Setting(SECRETS, words, "", "Client secret of the Zoom app; several in the order of the ids."),
    Setting(TOKENS, words, "", "Secret token that Zoom signs its notices with; several are accepted."),
    Setting(HOST, host_like("zoom.us"), "zoom.us", "Zoom's host; zoomgov.com for the government cloud."),
    Setting(
        PKCE,
        one_of("plain", "S256"),
        "plain",
        "Method of the proof key in consents inside the Zoom client: plain or S256.",
    ),
    Setting(VERIFICATION, text, "", "Text that Zoom wants to find at /zoomverify/verifyzoom.html."),
)


def options(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `Zoom` is made with; None without credentials. Raises ValueError that names the variable."""
    if len(values[IDS]) != len(values[SECRETS]):
        raise ValueError(f"{SECRETS}: expected one secret for each of {IDS}")
    if not values[IDS]:
        return None
    if not values[TOKENS]:
        raise ValueError(f"{TOKENS} is missing: without it nobody could remove what is theirs")
    return {
        "credentials": tuple(zip(values[IDS], values[SECRETS], strict=True)),
        "secret_tokens": values[TOKENS],
        "host": values[HOST],
        "in_client_method": values[PKCE],
        "verification": values[VERIFICATION],
    }
