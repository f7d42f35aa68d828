"""Whom the doctor looks at, and what a look may find."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from plugin.operate.valkey import SOCKET_NAME
from plugin.settings import Settings, given

DEFAULT_DATA_FOLDER = "data"
SECRET_FILE = "secret.key"  # noqa: S105 - its name, which is none


@dataclass(frozen=True)
class Patient:
    settings: Settings
    secret_file: Path | None  # None where the key stands in the environment
    ticket: str  # by which the service knows that its own operator asks
    unknown: tuple[str, ...] = ()  # variables that look like ours and are none


Look = Callable[[Patient], str]  # says what is well; raises Ill or Hint


class Ill(Exception):  # noqa: N818 - a finding
    """Something is wrong. The text says what, and what to do."""


class Hint(Exception):  # noqa: N818 - a finding
    """Nothing is wrong, or it cannot be told; the text says what could be better."""


def as_it_runs(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment as `mosaic run` completes it, but nothing is made."""
    ready = dict(environ)
    folder = Path(ready.get("MOSAIC_DATA") or DEFAULT_DATA_FOLDER).expanduser().absolute()
    ready["MOSAIC_DATA"] = str(folder)
    if "MOSAIC_SECRET_KEY" not in ready and (folder / SECRET_FILE).exists():
        ready.setdefault("MOSAIC_SECRET_KEY_FILE", str(folder / SECRET_FILE))
    if not given(ready, "REDIS_URL"):
        ready["REDIS_URL"] = f"unix://{folder / 'redis' / SOCKET_NAME}"
    if not given(ready, "MOSAIC_BASE_URL"):
        ready["MOSAIC_BASE_URL"] = f"http://127.0.0.1:{ready.get('MOSAIC_PORT') or 8000}"
    return ready


def unknown_in(environ: Mapping[str, str]) -> tuple[str, ...]:
    known = {each.metadata["variable"] for each in fields(Settings) if each.metadata}
    ours = [name for name in environ if name.startswith("MOSAIC_")]
    return tuple(sorted(name for name in ours if name.removesuffix("_FILE") not in known))


def secret_file_of(environ: Mapping[str, str]) -> Path | None:
    path = environ.get("MOSAIC_SECRET_KEY_FILE")
    return Path(path) if path and "MOSAIC_SECRET_KEY" not in environ else None
