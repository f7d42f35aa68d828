"""The whole service with its photos in a bucket: under gunicorn and gevent, as an operator runs it."""

import time
from collections.abc import Callable, Iterator

import pytest

from bench.client import Server, serving
from plugin.state.storage import StorageError
from tests.browser.gathering import gather
from tests.buckets import Bucket

PREFIX = "summit"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def server(bucket: Bucket) -> Iterator[Server]:
    with serving(settings=bucket.environ(PREFIX)) as server:
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
