"""Several workers place: each another wall, and never two the same one."""

import threading
import time
from collections.abc import Iterator

import pytest
from redis import Redis

from plugin.state import lease
from plugin.state.lease import Lease
from plugin.state.queue import PREPARE, Jobs, connect
from tests.factories import Event, Service, work_off
from worker import jobs, placing

pytestmark = pytest.mark.both

WALL = 1


@pytest.fixture
def redis(service: Service) -> Iterator[Redis]:
    """As another worker has it."""
    with connect(service.settings.redis_url) as connection:
        yield connection


@pytest.fixture
def event(service: Service) -> Event:
    return service.open_event()


def test_a_wall_that_another_worker_places_is_left_to_it_and_asked_for_again(
    service: Service, event: Event, redis: Redis
) -> None:
    ada = event.join()
    with Jobs(redis).alone_with(WALL) as is_ours:
        assert is_ours
        ada.send()
        service.run_jobs()
        assert ada.photo()["state"] == "prepared"
    service.run_jobs()
    assert ada.photo()["state"] == "placed"


def test_walls_of_others_are_placed_meanwhile(service: Service, event: Event, redis: Redis) -> None:
    with Jobs(redis).alone_with(WALL + 1) as is_ours:
        assert is_ours
        ada = event.join()
        ada.send()
        service.run_jobs()
        assert ada.photo()["state"] == "placed"


def test_a_worker_that_was_killed_keeps_its_wall_for_a_moment_only(
    service: Service, event: Event, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "LEASE_SECONDS", 1.0)
    ada = event.join()
    ada.send()
    work_off(service.settings.redis_url, PREPARE)
    Lease(redis, WALL)._lock.acquire()  # and never a word again
    placing.bring_up_to_date(service.shop, WALL)
    assert ada.photo()["state"] == "prepared"
    while redis.exists(f"mosaic:lease:{WALL}"):
        time.sleep(0.02)
    placing.bring_up_to_date(service.shop, WALL)
    assert ada.photo()["state"] == "placed"


def test_long_work_keeps_the_lease(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.4)
    monkeypatch.setattr(lease, "RENEWED_EVERY_SECONDS", 0.05)
    renewed = threading.Event()
    with Lease(redis, WALL).taken() as is_ours:
        assert is_ours
        threading.Timer(1.0, renewed.set).start()
        renewed.wait()
        with Lease(redis, WALL).taken() as is_theirs:
            assert not is_theirs
    with Lease(redis, WALL).taken() as is_theirs:
        assert is_theirs


def test_without_redis_the_rows_decide() -> None:
    with connect("redis://127.0.0.1:1/0") as gone:
        held = Lease(gone, WALL)
        with held.taken() as is_ours:
            assert is_ours
        assert not held.was_wanted()


def test_nothing_is_bettered_on_a_wall_that_is_just_being_placed(
    service: Service, event: Event, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    bettered: list[int] = []
    monkeypatch.setattr("worker.improving.improve_wall", lambda _shop, wall_id: bettered.append(wall_id))
    with Jobs(redis).alone_with(WALL):
        jobs.improve(WALL)
    assert bettered == []
    jobs.improve(WALL)
    assert bettered == [WALL]
