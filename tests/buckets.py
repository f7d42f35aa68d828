"""A server on this machine that speaks as S3 does, and buckets on it."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import DomainDispatcherApplication, ThreadedMotoServer, create_backend_app
from werkzeug.serving import make_server

from plugin.settings import Settings
from plugin.state.storage import Storage

NAME = "mosaic"
KEY_ID, SECRET, REGION = "made-up", "only-for-the-tests", "eu-central-1"


@dataclass(frozen=True)
class Bucket:
    endpoint: str

    def environ(self, prefix: str) -> Mapping[str, str]:
        return {
            "MOSAIC_STORAGE_URL": f"s3://{NAME}/{prefix}",
            "MOSAIC_S3_ENDPOINT": self.endpoint,
            "MOSAIC_S3_REGION": REGION,
            "MOSAIC_S3_KEY_ID": KEY_ID,
            "MOSAIC_S3_SECRET": SECRET,
            "MOSAIC_S3_PATH_STYLE": "on",
            "MOSAIC_S3_TIMEOUT_SECONDS": "5",
        }

    def storage(self, prefix: str, name: str = NAME) -> Storage:
        where = {"MOSAIC_STORAGE_URL": f"s3://{name}/{prefix}"}
        return Storage.of(
            Settings.from_environ({"MOSAIC_SECRET_KEY": "s" * 32, **self.environ(prefix), **where})
        )

    def keys(self, prefix: str) -> list[str]:
        pages = self._s3().get_paginator("list_objects_v2").paginate(Bucket=NAME, Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]

    def make(self) -> None:
        self._s3().create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": REGION})

    def _s3(self):  # type: ignore[no-untyped-def]
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=KEY_ID,
            aws_secret_access_key=SECRET,
        )


@contextmanager
def bucket_server() -> Iterator[Bucket]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        bucket = Bucket(f"http://{host}:{port}")
        bucket.make()
        yield bucket
    finally:
        server.stop()


class Gate:
    """The same server, by another door, behind which everybody waits while it is shut. Slower than any bucket."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True)
        self.bucket = Bucket(f"http://127.0.0.1:{self._server.port}")
        self._waiting = 0
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        with self._lock:
            return self._waiting

    def _serve(self, environ: Any, start: Any) -> Iterable[bytes]:
        with self._lock:
            self._waiting += 1
        self._open.wait()
        with self._lock:
            self._waiting -= 1
        found: Iterable[bytes] = self._moto(environ, start)
        return found

    @contextmanager
    def shut(self) -> Iterator[None]:
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    @contextmanager
    def served(self) -> Iterator["Gate"]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._open.set()
            self._server.shutdown()
            thread.join()
            self._server.server_close()
