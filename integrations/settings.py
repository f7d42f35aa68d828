"""What an operator may set for a platform: a variable of the environment, how it is read, and what it means."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class Setting:
    """`parse` raises ValueError and says what was expected. `about` is the row of the table in README.md."""

    variable: str
    parse: Callable[[str], Any]
    default: str
    about: str


def text(value: str) -> str:
    return value.strip()


def words(value: str) -> tuple[str, ...]:
    """None, one or several, separated by white space."""
    return tuple(value.split())


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"expected {' or '.join(choices)}")
        return value

    return parse


def host_like(example: str) -> Callable[[str], str]:
    """A host name; or the whole address of a stand-in, which may speak plainly on this machine only."""

    def parse(value: str) -> str:
        if "://" not in value:
            if not HOST.fullmatch(value):
                raise ValueError(f"expected a host such as {example}")
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise ValueError(f"expected a host such as {example}")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError("expected https, except on this machine")
        return value.rstrip("/")

    return parse
