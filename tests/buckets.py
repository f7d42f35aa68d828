"""A server on this machine that speaks as S3 does, and buckets on it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import boto3
from moto.server import ThreadedMotoServer

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
