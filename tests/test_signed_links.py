"""The page about signed links says what is so: its examples work, its claims are those that are looked at."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integrations.web import OPTIONAL_TEXTS, REQUIRED_TEXTS, TICKET_SECONDS
from tests.factories import Service

GUIDE = (Path(__file__).parent.parent / "docs/signed-links.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```(python|sh)\n(.*?)```", GUIDE, re.S))


def made(language: str, **environ: str) -> str:
    command = {"python": [sys.executable, "-c"], "sh": ["sh", "-c"]}[language]
    done = subprocess.run(
        [*command, EXAMPLES[language]], env=os.environ | environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(("language", "name"), [("python", "Ada Lovelace"), ("sh", "Ben Bitdiddle")])
def test_an_example_lets_somebody_in_with_their_name(service: Service, language: str, name: str) -> None:
    event = service.open_event(work=False)
    key = event.host().call("POST", "/api/host/signing-key", json={}).json
    link = made(language, KID=key["kid"], KEY=key["key"], CODE=event.code, BASE="https://mosaic.example.org")
    answer = service.client.get(link.removeprefix("https://mosaic.example.org"))
    assert answer.status_code == 303, answer.text
    handover = answer.headers["Location"].partition("#launch=")[2]
    attendee: Any = service.client.post("/api/join", json={"code": event.code, "launch": handover}).json[
        "attendee"
    ]
    assert (attendee["name"], attendee["assurance"], attendee["role"]) == (name, "proved", "attendee")
    again = service.client.get(link.removeprefix("https://mosaic.example.org"))
    assert again.status_code == 401


def test_every_claim_stands_in_the_table_with_its_length() -> None:
    rows = dict(re.findall(r"^\| claim(?:, optional)? \| `(\w+)` \| (.*) \|$", GUIDE, re.M))
    assert set(rows) == {*REQUIRED_TEXTS, *OPTIONAL_TEXTS, "aud", "exp", "nbf"}
    for claim, longest in (REQUIRED_TEXTS | OPTIONAL_TEXTS).items():
        if claim not in ("code", "role"):
            assert f"at most {longest} characters" in rows[claim]
    assert f"{TICKET_SECONDS} seconds" in rows["exp"]
