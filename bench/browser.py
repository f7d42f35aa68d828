"""Debian's Chromium, as the benches and the browser tests start it."""

import shutil

# No sandbox, because CI is root; the others keep it from looking for hosts that a closed network refuses.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Where Chromium is. Raises FileNotFoundError, in words."""
    path = shutil.which("chromium")
    if path is None:
        raise FileNotFoundError("Chromium is not on PATH; `make chromium` installs it on Debian")
    return path
