"""The platforms there are, one line each."""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.hopin import Hopin
from integrations.platform import Platform
from integrations.teams import Teams
from integrations.web import Web
from integrations.zoom import Zoom

ADAPTERS: dict[str, type[Platform]] = {
    "web": Web,
    "zoom": Zoom,
    "teams": Teams,
    "hopin": Hopin,
}


def platforms(options: Mapping[str, Mapping[str, Any]]) -> dict[str, Platform]:
    """The platforms that `options` holds something for. One that is not set up does not exist."""
    makers: Mapping[str, Callable[..., Platform]] = ADAPTERS
    return {name: make(**options[name]) for name, make in makers.items() if name in options}
