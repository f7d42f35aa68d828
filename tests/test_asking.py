"""How often somebody may ask: counted for the person where there is one, else for the network they come from."""

import secrets

import pytest
from flask import Flask

from plugin.web.request import limits
from tests.factories import Service


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("a socket", "a socket"),
        (None, "127.0.0.1"),
    ],
)
def test_a_network_is_an_address_or_the_first_half_of_one(address: str | None, counted_as: str) -> None:
    with Flask("nothing").test_request_context(environ_base={"REMOTE_ADDR": address} if address else {}):
        assert limits.network() == counted_as


@pytest.mark.parametrize(
    ("times", "path"), [(20, "/api/me/pairing"), (60, "/api/block"), (300, "/api/hellos/seen")]
)
def test_each_person_may_ask_so_often_in_a_minute_whoever_sits_beside_them(
    service: Service, times: int, path: str
) -> None:
    event = service.open_event(work=False)
    ada, ben = event.join(), event.join()
    answers = [ada.call("POST", path, json={"ids": []}).status_code for _ in range(times + 1)]
    assert (answers.count(429), answers[-1]) == (1, 429)
    assert ben.call("POST", path, json={"ids": []}).status_code != 429


def test_without_a_good_token_the_network_is_counted(service: Service) -> None:
    def ask(address: str) -> int:
        headers = {"Authorization": f"Bearer {secrets.token_hex(8)}"}
        place = {"REMOTE_ADDR": address}
        return service.client.post("/api/block", headers=headers, environ_overrides=place).status_code

    assert {ask("198.51.100.7") for _ in range(60)} == {401}
    assert ask("198.51.100.7") == 429
    assert ask("198.51.100.8") == 401


def test_while_redis_is_gone_asking_is_counted_in_memory(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = service.open_event(work=False).join()

    def gone(*_: object, **__: object) -> int:
        raise ConnectionError("Redis is gone")

    monkeypatch.setattr(limits.limiter, "_storage_dead", False)  # and again after this test
    monkeypatch.setattr(type(limits.limiter.storage), "incr", gone)
    answers = [ada.call("POST", "/api/block", json={}).status_code for _ in range(61)]
    assert answers.count(429) == 1


def test_counters_stand_under_our_name_and_nobody_waits_long_for_them(service: Service) -> None:
    service.open_event(work=False).join().call("POST", "/api/block", json={})
    counters = [key.decode() for key in service.shop.jobs._redis.keys("LIMITS*attendee*")]
    assert counters
    assert all("/mosaic/" in key for key in counters)
    waits = limits.limiter.storage.storage.connection_pool.connection_kwargs  # type: ignore[attr-defined]
    assert 0 < waits["socket_connect_timeout"] <= waits["socket_timeout"] <= 2


def test_starting_coffee_breaks_is_for_people_and_not_for_scripts(service: Service) -> None:
    form = {"name": "Summit", "target_name": "coffee"}
    answers = [service.client.post("/api/events", data=form).status_code for _ in range(31)]
    assert (answers.count(201), answers[-1]) == (30, 429)
