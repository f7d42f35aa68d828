"""Codes that somebody guesses: one budget for a network, and no honest neighbour is shut out."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as Gone

from plugin.web.request import guesses, limits
from plugin.web.request.limits import WANDERING, network
from plugin.web.request.services import EXTENSION
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


def test_a_newcomer_with_a_right_code_gets_in_after_the_wait_that_they_were_told(service: Service) -> None:
    """A few are looked at in each minute, whoever guessed in the last one."""
    event = service.open_event(work=False)
    exhaust(service)
    assert join(service, event.code).status_code == 429
    storage = guesses.limiter.limiter.storage
    for name, limit in (("guesses", guesses.WRONG), ("trickle", guesses.TRICKLE)):
        assert 0 < storage.get_expiry(limit.key_for(name, guesses_of(service))) - time.time() <= 60
    storage.clear(guesses.TRICKLE.key_for("trickle", guesses_of(service)))  # what the end of its minute does
    assert join(service, event.code).status_code == 200


def guesses_of(service: Service) -> str:
    """What stands for this network among the counters."""
    with service.app.test_request_context(environ_base={"REMOTE_ADDR": HERE}):
        return network()


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


def test_a_spent_code_of_a_phone_is_no_guess(service: Service) -> None:
    event = service.open_event(work=False)
    shown = event.join().call("POST", "/api/me/pairing", json={}).json["url"].partition("#launch=")[2]
    assert join(service, event.code, ELSEWHERE, launch=shown).status_code == 200
    for _ in range(BUDGET + 1):
        assert join(service, event.code, launch=shown).status_code == 410
    exhaust(service)  # and gives nobody more of them


def counting(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the counters in Redis are asked from now on."""
    asked: list[str] = []
    storage = guesses.limiter.limiter.storage
    for name in ("incr", "get"):
        plainly = getattr(storage, name)
        monkeypatch.setattr(
            storage,
            name,
            lambda *given, ask=plainly, **more: (asked.append(given[0]), ask(*given, **more))[1],
        )
    return asked


def about_codes(asked: list[str]) -> list[str]:
    return [key for key in asked if "guesses" in key or "right" in key or "trickle" in key]


def test_a_right_code_is_remembered_by_each_process(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = service.open_event(work=False)
    assert join(service, event.code).status_code == 200
    asked = counting(monkeypatch)
    assert join(service, event.code).status_code == 200
    assert about_codes(asked) == []
    exhaust(service)
    service.app.extensions[EXTENSION].right_codes.clear()  # another process, which has not seen it yet
    asked.clear()
    assert join(service, event.code).status_code == 200
    assert len(about_codes(asked)) == 1
    assert join(service, event.code).status_code == 200
    assert len(about_codes(asked)) == 1


def test_only_so_many_right_codes_are_remembered(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "MOST_REMEMBERED", 2)
    for _ in range(3):
        event = service.open_event(work=False)
        assert join(service, event.code).status_code == 200
        assert 0 < len(service.app.extensions[EXTENSION].right_codes) <= 2


def test_without_redis_people_get_in(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    event = service.open_event(work=False)
    tries = []

    def gone(*_: Any, **__: Any) -> int:
        tries.append(1)
        raise Gone

    with monkeypatch.context() as outage:
        for name in ("incr", "get"):
            outage.setattr(guesses.limiter.limiter.storage, name, gone)
        assert join(service, event.code).status_code == 200
        assert len(tries) == 1  # each try is a wait
        assert join(service, "NOSUCH").status_code == 404
    exhaust(service)  # nothing wrong was taken for right meanwhile


def test_without_redis_each_process_counts_for_itself(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = service.open_event(work=False).join()

    def gone(*_: Any, **__: Any) -> int:
        raise Gone

    storage = guesses.limiter.limiter.storage
    for name, does in (("incr", gone), ("get", gone), ("check", lambda: False)):
        monkeypatch.setattr(storage, name, does)
    monkeypatch.setattr(guesses.limiter, "_storage_dead", False)  # and it is not, for the next test
    times = int(WANDERING.split()[0]) + 1
    answers = [person.call("POST", "/api/wandered", json={"photos": []}).status_code for _ in range(times)]
    assert answers[-1] == 429
    assert 429 not in answers[:-1]


def test_a_redis_that_hangs_holds_nobody_for_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = Flask("silent")
        limits.init_app(app, f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        app.add_url_rule("/", view_func=limits.limiter.limit("1 per day")(lambda: "here"))
        began = time.monotonic()
        answer = app.test_client().get("/")
    assert answer.text == "here"
    assert time.monotonic() - began < 8  # left to itself, redis waits for ten seconds
