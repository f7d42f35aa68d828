"""The platforms there are, one line each."""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.platform import Platform
from integrations.web import Web
from integrations.zoom import Zoom

ADAPTERS: dict[str, Callable[..., Platform]] = {
    "web": Web,
    "zoom": Zoom,
}


def platforms(options: Mapping[str, Mapping[str, Any]]) -> dict[str, Platform]:
    """The platforms that `options` holds something for. One without credentials does not exist."""
    return {name: adapter(**options[name]) for name, adapter in ADAPTERS.items() if name in options}
