"""Pictures that browsers get from the bucket itself, each by an address that works for a while."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from integrations.registry import ADAPTERS
from plugin.settings import Settings, SettingsError
from plugin.state.s3 import KEPT_SECONDS, LIVES_SECONDS
from plugin.state.storage import Storage
from tests.buckets import NAME, Bucket
from tests.factories import Service, environ_for, photo_bytes
from tests.test_leaving import magenta, shows_magenta

PREFIX = "signed"
AMAZON = "https://mosaic.s3.eu-central-1.amazonaws.com"
SECONDS = 20
GONE = (403, 404)  # which of them is the server's choice


@pytest.fixture
def environ(bucket: Bucket) -> Mapping[str, str]:
    return {**bucket.environ(PREFIX), "MOSAIC_S3_PUBLIC_URL": f"{bucket.endpoint}/{NAME}"}


@pytest.fixture
def settings(settings: Settings, environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in environ.items():  # the workers' own look at the environment
        monkeypatch.setenv(name, value)
    return Settings.from_environ(
        {**environ_for(settings), "MOSAIC_PHOTOS_AT_ONCE": "1000", **environ}, ADAPTERS
    )


def signed(service: Service, path: str) -> str:
    answer = service.client.get(path)
    assert answer.status_code == 302, answer.text
    assert answer.headers["Cache-Control"] == f"private, max-age={KEPT_SECONDS}"
    return str(answer.headers["Location"])


def pictures(bucket: Bucket) -> Iterator[str]:
    """Where we serve each picture that the bucket has and that people may see."""
    for key in bucket.keys(f"{PREFIX}/"):
        path = key.removeprefix(PREFIX)
        if path.endswith(".jpg") and "/master" not in path and "/target-original" not in path:
            yield f"/media{path}"


def test_browsers_may_go_there_and_after_an_erasure_no_address_that_was_given_shows_anything(
    service: Service, bucket: Bucket
) -> None:
    event = service.open_event(target_name="coffee")
    event.join().send(photo_bytes("green"))
    ada = event.join()
    ada.send(magenta(), on_stage="1")
    service.run_jobs()
    given = {path: signed(service, path) for path in pictures(bucket)}
    showing = {path: address for path, address in given.items() if shows_magenta(fetched(address))}
    assert len(showing) > 5  # three squares of her own, and the wall's pictures
    policy = service.client.get(f"/w/{event.code}").headers["Content-Security-Policy"]
    rules = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    for address in given.values():
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        assert origin in rules["img-src"].split()
        assert origin in rules["connect-src"].split()
        assert origin not in rules["script-src"]
    assert ada.call("DELETE", "/api/me").status_code < 300
    service.run_jobs()
    for path, address in showing.items():
        for each in (address, signed(service, path)):
            assert requests.get(each, timeout=SECONDS).status_code in GONE, path


def fetched(address: str) -> bytes:
    got = requests.get(address, timeout=SECONDS)
    assert (got.status_code, got.headers["Content-Type"]) == (200, "image/jpeg"), address
    assert got.headers["Cache-Control"].startswith("private")
    assert parse_qs(urlsplit(address).query)["X-Amz-Expires"] == [str(LIVES_SECONDS)]
    return got.content


def test_all_who_ask_for_a_picture_at_once_get_the_same_address(service: Service) -> None:
    path = f"/media/photos/{'0' * 32}/64.jpg"
    assert signed(service, path) == signed(service, path)
    assert signed(service, path) != signed(service, path.replace("64", "128"))


def test_what_is_looked_at_each_time_still_comes_from_us(service: Service) -> None:
    for path in ("prints", "reports", "suggestions"):
        assert service.client.get(f"/media/{path}/{'0' * 32}.jpg").status_code != 302


def made(**more: str) -> Settings:
    where = {"MOSAIC_STORAGE_URL": "s3://mosaic/photos", "MOSAIC_S3_KEY_ID": "a", "MOSAIC_S3_SECRET": "b"}
    return Settings.from_environ({"MOSAIC_SECRET_KEY": "s" * 32, **where, **more})


@pytest.mark.parametrize(
    ("public", "begin"),
    [
        (AMAZON, f"{AMAZON}/photos/a"),
        ("https://s3.example.org/mosaic", "https://s3.example.org/mosaic/photos/a"),
    ],
)
def test_the_buckets_name_stands_in_the_host_or_in_the_path(public: str, begin: str) -> None:
    settings = made(
        MOSAIC_S3_PUBLIC_URL=public, MOSAIC_S3_ENDPOINT="http://s3:7070", MOSAIC_S3_REGION="eu-central-1"
    )
    address = Storage.of(settings).signed_address("a/b.jpg")
    assert address is not None
    assert address.startswith(f"{begin}/b.jpg?")
    assert address.startswith(settings.pictures_origin)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"MOSAIC_S3_PUBLIC_URL": AMAZON, "MOSAIC_STORAGE_URL": ""}, "names no bucket"),
        ({"MOSAIC_S3_PUBLIC_URL": "https://s3.example.org"}, "the bucket's name, mosaic"),
        ({"MOSAIC_S3_PUBLIC_URL": "https://s3.example.org/other"}, "the bucket's name, mosaic"),
        (
            {
                "MOSAIC_S3_PUBLIC_URL": "http://s3.example.org/mosaic",
                "MOSAIC_BASE_URL": "https://mosaic.example.org",
            },
            "https only",
        ),
    ],
)
def test_an_address_at_which_no_browser_finds_the_bucket_stops_the_start(
    more: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        made(**more)


def test_a_folder_gives_no_addresses(tmp_path: Path) -> None:
    assert Storage(f"file://{tmp_path}").signed_address("a/b.jpg") is None
