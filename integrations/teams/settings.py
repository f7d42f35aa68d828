"""What an operator sets for Teams, and what the adapter is made with from it."""

from collections.abc import Mapping
from typing import Any

from integrations.settings import HOST, Setting, host_like, text, words
from integrations.teams.tokens import GUID

ID, SECRET, APP, TENANTS = "TEAMS_CLIENT_ID", "TEAMS_CLIENT_SECRET", "TEAMS_APP_ID", "TEAMS_TENANTS"
FRAMES, LOGIN, GRAPH, CHATS = "TEAMS_FRAMES", "TEAMS_LOGIN_HOST", "TEAMS_GRAPH_HOST", "TEAMS_HOST"


def guid(value: str) -> str:
    """An id as Microsoft writes it, or nothing."""
    found = value.strip().lower()
    if found and not GUID.fullmatch(found):
        raise ValueError("expected an id such as 8c7f7e0a-2f5a-4a53-8d4b-7c1f0e6e9b22")
    return found


def guids(value: str) -> tuple[str, ...]:
    return tuple(guid(each) for each in value.split())


def hosts(value: str) -> tuple[str, ...]:
    """Host names, which may begin with *. for everything below."""
    found = words(value)
    for each in found:
        if not HOST.fullmatch(each.removeprefix("*.")):
            raise ValueError("expected hosts such as teams.live.com")
    return found


SETTINGS = (
    Setting(ID, guid, "", "Application (client) id of the registration in Entra. Empty: no Teams."),
    Setting(SECRET, text, "", "Its client secret."),
    Setting(APP, guid, "", "Id of the app in Teams, for links to the tab. Empty: none."),
    Setting(TENANTS, guids, "", "Ids of the tenants whose people are let in. Empty: everybody's."),
    Setting(
        FRAMES,
        hosts,
        "",
        "More hosts that may show the panel: teams.live.com for Teams at home, *.teams.microsoft.us.",
    ),
    Setting(
        LOGIN,
        host_like("login.microsoftonline.com"),
        "login.microsoftonline.com",
        "Where tenants sign tokens; another one in clouds of governments.",
    ),
    Setting(
        GRAPH,
        host_like("graph.microsoft.com"),
        "graph.microsoft.com",
        "Microsoft Graph's host; another one in clouds of governments.",
    ),
    Setting(
        CHATS,
        host_like("teams.microsoft.com"),
        "teams.microsoft.com",
        "The host that links to chats lead to.",
    ),
)


def options(values: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `Teams` is made with; None without an id. Raises ValueError that names the variable."""
    if not values[ID]:
        if values[SECRET]:
            raise ValueError(f"{ID} is missing")
        return None
    if not values[SECRET]:
        raise ValueError(f"{SECRET} is missing")
    return {
        "client_id": values[ID],
        "client_secret": values[SECRET],
        "app_id": values[APP],
        "tenants": frozenset(values[TENANTS]),
        "frames": values[FRAMES],
        "login_host": values[LOGIN],
        "graph_host": values[GRAPH],
        "chat_host": values[CHATS],
    }
