"""The doctor's rounds: one look after the other, each with a line of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from requests.exceptions import RequestException

from plugin.operate.doctor import machine, outside, parts
from plugin.operate.doctor.patient import Hint, Ill, Look, Patient

WELL, HINT, ILL = "ok", "hint", "WRONG"

LOOKS: Mapping[str, Look] = {
    "versions": machine.versions,
    "settings": machine.settings,
    "data folder": machine.data_folder,
    "secret key": machine.secret_key,
    "disk": machine.disk,
    "prints": machine.prints,
    "database": parts.database,
    "schema": parts.schema,
    "known keys": parts.keys,
    "redis": parts.redis,
    "redis keeps": parts.redis_keeps,
    "redis clock": parts.redis_clock,
    "storage": parts.storage,
    "workers": parts.workers,
    **outside.LOOKS,
}


@dataclass(frozen=True)
class Finding:
    name: str
    state: str
    text: str

    def __str__(self) -> str:
        return f"{self.state:<6} {self.name:<13} {self.text}"


def look(patient: Patient) -> Iterator[Finding]:
    for name, each in LOOKS.items():
        yield _look(name, each, patient)


def _look(name: str, act: Look, patient: Patient) -> Finding:
    try:
        return Finding(name, WELL, act(patient))
    except Hint as hint:
        return Finding(name, HINT, str(hint))
    except Ill as ill:
        return Finding(name, ILL, str(ill))
    except (RequestException, OSError) as error:
        return Finding(
            name, ILL, f"It broke off: {type(error).__name__}. See what else is wrong, and look again."
        )
