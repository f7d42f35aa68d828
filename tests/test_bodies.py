"""Whatever somebody sends, wherever they send it: an answer in words, and never a fault of ours."""

import json
import logging
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.routing import Rule

from tests.factories import Event, Person, Service, error_of, photo_bytes
from tests.mixed_cast import Mixed

HUGE = 1 << 70
ODD_VALUES: list[Any] = [
    [],
    [[]],
    {},
    {"x": {"y": []}},
    "\ud800",
    "a\0b",
    HUGE,
    -HUGE,
    1e300,
    float("nan"),
    True,
    None,
    5,
    "",
    "x" * 5000,
]
FIELDS = [
    "code", "name", "title", "prompt", "credits", "state", "reviewed", "story", "contact",
    "reachability", "stage_public", "on_stage", "photo", "photo_id", "ids", "seen", "from", "opened", "opener",
    "words", "decision", "reason", "note", "paused", "attendee", "minutes", "start_in", "extend",
    "start_now", "kind", "form", "cell_px", "tint", "revealed", "host_key", "launch", "return_key",
    "stage", "context", "hints", "start_token", "earlier_code", "host_code", "target_name", "approve", "refuse",
    "event", "client_id", "token", "tab", "wish", "room", "chat", "key", "registration", "payload",
]  # fmt: skip
ODD_BODIES = [
    b"",
    b"\xff\xfe",
    b"[]",
    b'"text"',
    b"null",
    b"{" * 100_000,
    b"[" * 30_000 + b"]" * 30_000,
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b'{"code": "\\ud800"}',
    json.dumps({"code": "x" * 60_000}).encode(),
]


def filled(rule: Rule, number: int, word: str) -> str:
    path = rule.rule
    for name in rule.arguments:
        converter = "int:" if f"<int:{name}>" in path else "path:" if f"<path:{name}>" in path else ""
        path = path.replace(f"<{converter}{name}>", str(number) if converter == "int:" else word)
    return path


def routes(service: Service) -> list[tuple[str, Rule]]:
    return [
        (method, rule)
        for rule in service.app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
        if rule.rule not in ("/api/live", "/readyz")  # one never ends, the other misses the workers
    ]


@pytest.fixture
def service(mixed: Mixed) -> Service:
    """With the routes of every platform."""
    return mixed.any


@pytest.fixture
def gathering(service: Service, monkeypatch: pytest.MonkeyPatch) -> tuple[Event, list[Person]]:
    """An event with a host, somebody with a photo, and a guest without one."""
    monkeypatch.setattr("plugin.web.request.limits.limiter.enabled", False)
    event = service.open_event()
    ada, ben = event.join(), event.join()
    ada.send(photo_bytes(1))
    service.run_jobs()
    return event, [event.host(), ada, ben]


def test_no_route_stumbles_over_a_body(service: Service, gathering: tuple[Event, list[Person]]) -> None:
    _, people = gathering
    for method, rule in routes(service):
        if method == "GET":
            continue
        for body in ODD_BODIES:
            headers = {"Authorization": f"Bearer {people[0].token}", "Content-Type": "application/json"}
            answer = service.client.open(filled(rule, 1, "x"), method=method, data=body, headers=headers)
            assert answer.status_code < 500, (method, rule.rule, body[:40], answer.text)


def test_no_route_stumbles_over_a_value(service: Service, gathering: tuple[Event, list[Person]]) -> None:
    _, people = gathering
    for method, rule in routes(service):
        if method == "GET" or method == "DELETE":
            continue
        for value in ODD_VALUES:
            body = dict.fromkeys(FIELDS, value)
            for person in people:
                answer = service.client.open(
                    filled(rule, 1, "x"),
                    method=method,
                    data=json.dumps(body).encode(),
                    headers={"Authorization": f"Bearer {person.token}", "Content-Type": "application/json"},
                )
                assert answer.status_code < 500, (method, rule.rule, value, answer.text)


@pytest.mark.parametrize("number", [0, (1 << 53) - 1, 1 << 53, 1 << 63, 1 << 64, 10**30])
def test_no_address_stumbles_over_a_number(
    service: Service, gathering: tuple[Event, list[Person]], number: int
) -> None:
    _, people = gathering
    for method, rule in routes(service):
        headers = {"Authorization": f"Bearer {people[0].token}"}
        answer = service.client.open(filled(rule, number, "x"), method=method, json={}, headers=headers)
        assert answer.status_code < 500, (method, rule.rule, answer.text)


@pytest.mark.parametrize("odd", ["%00", "%ff%fe", "%ED%A0%80", "9" * 400, "-1", "1e9", "%25", "' OR 1=1"])
def test_no_address_stumbles_over_a_word(
    service: Service, gathering: tuple[Event, list[Person]], odd: str
) -> None:
    _, people = gathering
    names = (
        "q",
        "ids",
        "since",
        "after",
        "limit",
        "room",
        "format",
        "code",
        "ticket",
        "lang",
        "stage",
        "state",
    )
    query = "&".join(f"{name}={odd}" for name in names)
    for method, rule in routes(service):
        headers = {"Authorization": f"Bearer {people[0].token}"}
        path = filled(rule, 1, odd if "?" not in odd else "x")
        answer = service.client.open(f"{path}?{query}", method=method, headers=headers)
        assert answer.status_code < 500, (method, rule.rule, answer.text)


def test_a_form_with_a_text_that_no_database_takes_is_refused_with_its_field(service: Service) -> None:
    ada = service.open_event().join()
    answer = ada.send(photo_bytes(1), ok=False, story="a\0b")
    assert (answer.status_code, error_of(answer)["field"]) == (422, "story")


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b"])
def test_a_text_that_some_database_does_not_take_is_refused_whatever_this_one_does(
    service: Service, odd: str
) -> None:
    ada = service.open_event(work=False).join()
    answer = ada.call(
        "PATCH", "/api/me", data=json.dumps({"title": odd}).encode(), content_type="application/json"
    )
    assert (answer.status_code, error_of(answer)["field"]) == (422, "title")
    assert ada.call("GET", "/api/people?q=a%00b").status_code == 422


@pytest.mark.parametrize("path", ["/api/join", "/api/me", "/api/hellos", "/api/host/state"])
def test_only_a_photo_may_be_large(service: Service, path: str) -> None:
    ada = service.open_event(work=False).join()
    body = json.dumps({"code": "x" * 100_000}).encode()
    headers = {"Authorization": f"Bearer {ada.token}", "Content-Type": "application/json"}
    method = "PATCH" if path == "/api/me" else "POST"
    answer = service.client.open(path, method=method, data=body, headers=headers)
    assert answer.status_code in (403, 413)
    multipart = service.client.open(path, method=method, data={"code": "x" * 100_000}, headers={})
    assert multipart.status_code in (401, 413, 422)


def test_an_error_of_the_database_never_shows_what_somebody_said(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    database = service.shop.database
    with caplog.at_level(logging.DEBUG), pytest.raises(SQLAlchemyError) as raised, database.read() as session:
        session.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "my secret story"})
    assert "my secret story" not in str(raised.value)
