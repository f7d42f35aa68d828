"""The whole service with its photos in a bucket: under gunicorn and gevent, as an operator runs it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from bench.client import HOST, Caller, Server, join, serving
from plugin.state.storage import StorageError
from tests.browser.gathering import gather
from tests.buckets import Bucket, Gate
from tests.factories import photo_bytes

PREFIX = "summit"
PATIENCE_SECONDS = 60
PEOPLE = 30


@pytest.fixture(scope="module")
def gate(bucket: Bucket) -> Iterator[Gate]:
    """Another door to the same bucket, which can be shut."""
    with Gate().served() as gate:
        yield gate


@pytest.fixture(scope="module")
def server(gate: Gate) -> Iterator[Server]:
    with serving(settings={**gate.bucket.environ(PREFIX), "MOSAIC_S3_TIMEOUT_SECONDS": "30"}) as server:
        yield server


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


@pytest.mark.slow
def test_photos_are_sent_placed_shown_and_erased_with_a_bucket(server: Server, bucket: Bucket) -> None:
    with gather(server, "Ada", "Ben", "Cleo") as gathering:
        ada = gathering.guests["Ada"]
        wall = ada.caller.get("/api/wall")
        assert wall["count"] == 3
        kept = bucket.keys(f"{PREFIX}/photos/")
        assert len(kept) == 3 * 4  # each one's master and three squares
        assert not bucket.keys(f"{PREFIX}/uploads/")
        ada.caller.call("DELETE", "/api/me")
        until(lambda: len(bucket.keys(f"{PREFIX}/photos/")) == 2 * 4)


def send(server: Server, token: str, number: int) -> tuple[int, str]:
    """Send a photo, the same with each try; the status, and when to try again."""
    answer = requests.post(
        f"http://{HOST}:{server.port}/api/photos",
        data={"name": f"Ada {number}", "story": "I bake bread at night"},
        files={"photo": ("photo.jpg", photo_bytes(number), "image/jpeg")},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"the-key-of-{number}"},
        timeout=2 * PATIENCE_SECONDS,
    )
    return answer.status_code, answer.headers.get("Retry-After", "")


@pytest.mark.slow
def test_while_the_bucket_is_slow_only_those_wait_whose_photos_it_takes(server: Server, gate: Gate) -> None:
    with gather(server, "Ada") as gathering, Caller(server.port) as caller:
        tokens = []
        for _ in range(PEOPLE):
            join(caller, gathering.code)
            tokens.append(caller.token)
        with ThreadPoolExecutor(PEOPLE) as people:
            with gate.shut():
                sending = [people.submit(send, server, token, number) for number, token in enumerate(tokens)]
                until(lambda: gate.waiting >= PEOPLE)
                ada = gathering.guests["Ada"].caller
                for path in ("/healthz", "/api/wall", "/api/me", "/api/people", "/api/hellos", "/api/break"):
                    assert ada.get(path)
                join(caller, gathering.code)
                assert not any(each.done() for each in sending)  # all of that was answered meanwhile
            answers = [each.result() for each in sending]
        assert {status for status, _ in answers} <= {202, 503}
        assert all(int(after) > 0 for status, after in answers if status == 503)
        again = [send(server, token, number)[0] for number, token in enumerate(tokens)]
        assert again == [202] * PEOPLE
        until(lambda: ada.get("/api/wall")["count"] == 1 + PEOPLE)


def test_a_bucket_that_is_not_there_is_told_at_the_start(bucket: Bucket) -> None:
    storage = bucket.storage("x")
    assert storage.is_there()
    nowhere = bucket.storage("x", "nobodys")
    assert not nowhere.is_there()
    with pytest.raises(StorageError):
        nowhere.found()


def test_a_bucket_that_is_gone_is_no_missing_photo(bucket: Bucket) -> None:
    gone = Bucket("http://127.0.0.1:1").storage("x")
    assert not gone.is_there()
    with pytest.raises(StorageError):
        gone.get("photos/abc/64.jpg")
