"""Every route and method, asked in thousands of ways by a guest, somebody with a photo, and a host: no fault of ours.

`FUZZ_REQUESTS=10000 pytest -s tests/test_fuzz.py` asks that often, and prints how often each route answered with which
status.
"""

import io
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories import Event, Person, Service, photo_bytes
from tests.mixed_cast import Mixed
from tests.test_bodies import FIELDS, ODD_VALUES, filled

pytestmark = pytest.mark.slow

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1500"))
UNAUTHORISED = {401, 403}

likely = st.sampled_from(
    [
        *(
            True,
            False,
            None,
            0,
            1,
            2,
            3,
            5,
            10,
            100,
            0.5,
            -1,
            "",
            "x",
            "open",
            "hidden",
            "looking",
            "closed",
            "ended",
        ),
        *(
            "poster",
            "timelapse",
            "pdf",
            "png",
            "jpeg",
            "reveal",
            "once",
            "none",
            "approve",
            "refuse",
            "dismiss",
            "pause",
        ),
        *(
            "coffee",
            "sunrise",
            "I bake bread",
            "ada@example.org",
            "picture",
            "words",
            "stroll",
            "csv",
            "text",
            "vcard",
        ),
        *([], [1], [1, 2, 3], ["x"], [{"id": 1, "how": "stroll"}], [{}], {"a": 1}),
    ]
)
values = likely | likely | st.sampled_from(ODD_VALUES) | st.text(max_size=40) | st.integers()
bodies = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)
queries = st.dictionaries(
    st.sampled_from(
        ["q", "ids", "since", "after", "limit", "room", "format", "code", "stage", "ticket", "lang"]
    ),
    st.text(max_size=12) | st.integers().map(str),
    max_size=3,
)
numbers = st.sampled_from([1, 1, 1, 2, 2, 3, 4, 5, 99, (1 << 53) - 1, 1 << 70]) | st.integers(0, 1 << 80)


@dataclass
class Gathering:
    service: Service
    event: Event
    people: dict[str, Person]
    answers: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    server_errors: list[str] = field(default_factory=list)

    def joined(self, who: str) -> Person:
        """Their token, or a new one where what they asked for before has cost them theirs."""
        person = self.people[who]
        if person.call("GET", "/api/me").status_code in UNAUTHORISED:
            person = self.event.host() if who == "host" else self.event.join()
            self.people[who] = person
        return person


@pytest.fixture
def gathering(mixed: Mixed, monkeypatch: pytest.MonkeyPatch) -> Gathering:
    monkeypatch.setattr("plugin.web.request.limits.limiter.enabled", False)
    service = mixed.any
    event = service.open_event()
    people = {"host": event.host(), "attendee": event.join(), "guest": event.join()}
    for number, who in enumerate(("host", "attendee")):
        people[who].send(photo_bytes(number))
    service.run_jobs()
    return Gathering(service, event, people)


def encodable(value: Any) -> str:
    """As a browser would send it in a form."""
    return str(value).encode(errors="replace").decode()


def test_nobody_can_ask_for_anything_that_breaks(gathering: Gathering) -> None:
    service = gathering.service
    routes = [
        (method, rule)
        for rule in service.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
        if rule.endpoint != "live.stream"  # its answer never ends
    ]

    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        where=st.sampled_from(routes),
        who=st.sampled_from(["host", "host", "attendee", "guest", ""]),
        number=numbers,
        word=st.sampled_from([gathering.event.code, gathering.event.code, "NOSUCH", "a" * 32])
        | st.text(min_size=1),
        body=bodies,
        query=queries,
        as_form=st.booleans(),
    )
    def ask(where: Any, who: str, number: int, word: str, body: Any, query: Any, as_form: bool) -> None:
        method, rule = where
        headers = {"Authorization": f"Bearer {gathering.joined(who).token}"} if who else {}
        options: dict[str, Any] = {"query_string": query, "headers": headers}
        if as_form and method == "POST":
            fields = {name: encodable(value) for name, value in body.items()}
            options["data"] = fields | {"photo": (io.BytesIO(photo_bytes(number % 7)), "photo.jpg")}
        elif method != "GET":
            options |= {"data": json.dumps(body), "content_type": "application/json"}
        answer = service.client.open(filled(rule, number, quote(word)), method=method, **options)
        gathering.answers[method, rule.rule, answer.status_code] += 1
        expected = (rule.rule, answer.status_code) == ("/readyz", 503)  # no workers run here
        if answer.status_code >= 500 and not expected:
            gathering.server_errors.append(f"{method} {rule.rule} {body} {query}: {answer.text[:300]}")

    ask()
    total = sum(gathering.answers.values())
    refused = sum(number for (_, _, status), number in gathering.answers.items() if status in UNAUTHORISED)
    for (method, path, status), number in sorted(gathering.answers.items(), key=lambda each: each[0][1:]):
        print(f"{number:6} {status} {method:6} {path}")
    faults = sum(number for (_, _, status), number in gathering.answers.items() if status >= 500)
    print(f"{total} requests, {refused} refused for who asked, {faults} answered with 500 or more")
    assert gathering.server_errors == []
    assert total >= REQUESTS * 0.9
    assert refused <= total / 2
