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


def chromium(*, with_windows: bool = False) -> str:
    """Where Chromium is: without its windows, which cost a quarter of its processor time, where both are there.

    Only the one with windows reads what a profile's preferences say of sites. Raises FileNotFoundError, in words.
    """
    names = ("chromium",) if with_windows else ("chromium-headless-shell", "chromium")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise FileNotFoundError("Chromium is not on PATH; `make chromium` installs it on Debian")
    return path
