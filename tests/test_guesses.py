"""Codes that somebody guesses: one budget for a network, and no honest neighbour is shut out."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from redis.exceptions import ConnectionError as Gone

from plugin.web.request import guesses
from tests.factories import Service, error_of

BUDGET = guesses.WRONG.amount + guesses.TRICKLE.amount
HERE, ELSEWHERE = "198.51.100.7", "198.51.100.8"


def join(service: Service, code: str, address: str = HERE, **body: Any) -> Any:
    return service.app.test_client().post(
        "/api/join", json={"code": code} | body, environ_base={"REMOTE_ADDR": address}
    )


def page(service: Service, path: str, address: str = HERE) -> int:
    return int(service.client.get(path, environ_base={"REMOTE_ADDR": address}).status_code)


def exhaust(service: Service) -> None:
    for _ in range(BUDGET):
        assert join(service, "NOSUCH").status_code == 404
    refused = join(service, "NOSUCH")
    assert (refused.status_code, error_of(refused)["code"]) == (429, "too_many_guesses")
    assert refused.headers["Retry-After"] == "5"


def test_right_codes_cost_nothing(service: Service) -> None:
    event = service.open_event(work=False)
    for _ in range(BUDGET + 10):
        assert join(service, event.code).status_code == 200


@pytest.mark.parametrize("path", ["/e/NOSUCH", "/host/NOSUCH", "/qr/NOSUCH.svg"])
def test_all_pages_share_one_budget(service: Service, path: str) -> None:
    exhaust(service)
    assert page(service, path) == 429
    assert page(service, path, ELSEWHERE) == 404


def test_guesses_at_once_do_not_slip_through(service: Service) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: join(service, "NOSUCH").status_code, range(BUDGET + 60)))
    assert answers.count(404) == BUDGET


def test_an_honest_neighbour_gets_in_all_the_same(service: Service) -> None:
    event, other = service.open_event(work=False), service.open_event(work=False)
    assert join(service, event.code).status_code == 200
    exhaust(service)
    for _ in range(5):
        assert join(service, event.code.lower()).status_code == 200
    assert page(service, f"/e/{event.code}") == 200
    assert join(service, other.code).status_code == 429  # nobody from here has used it yet
    assert join(service, other.code, ELSEWHERE).status_code == 200


def test_one_network_of_ipv6_is_one_guesser(service: Service) -> None:
    for number in range(BUDGET):
        assert join(service, "NOSUCH", f"2001:db8:1:2::{number:x}").status_code == 404
    assert join(service, "NOSUCH", "2001:db8:1:2:ffff::1").status_code == 429
    assert join(service, "NOSUCH", "2001:db8:1:3::1").status_code == 404
    assert join(service, "NOSUCH", "::ffff:198.51.100.9").status_code == 404


def test_wrong_host_keys_count_too(service: Service) -> None:
    event = service.open_event(work=False)
    for _ in range(BUDGET):
        assert join(service, event.code, host_key="guess").status_code == 403
    assert join(service, event.code, host_key="guess").status_code == 429


def test_without_redis_people_get_in(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    event = service.open_event(work=False)

    def gone(*_: Any, **__: Any) -> int:
        raise Gone

    storage = guesses.limiter.limiter.storage
    monkeypatch.setattr(storage, "incr", gone)
    monkeypatch.setattr(storage, "get", gone)
    assert join(service, event.code).status_code == 200
    assert join(service, "NOSUCH").status_code == 404
