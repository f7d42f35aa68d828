"""A store in a bucket of S3 or of what speaks as S3 does.

boto3 waits for its sockets as the rest of the process does: under gevent everybody else goes on meanwhile.
"""

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

from plugin.state.s3 import BucketOptions, SignedAddresses, client
from plugin.state.stores import NotStoredError, StorageError, Stored, reaching

MISSING = ("NoSuchKey", "404", "NotFound")
AT_ONCE = 8  # puts of one step
READ_AT_ONCE = 1 << 20
LISTED_AT_ONCE = (
    1000  # the most that one call lists or deletes, see the API's ListObjectsV2 and DeleteObjects
)


class BucketStore:
    """`prefix` stands before every key, with its slash; "" for none."""

    def __init__(self, bucket: str, prefix: str, options: BucketOptions) -> None:
        self._bucket, self._prefix, self._options = bucket, prefix, options
        self._made: Any = None
        self._pid = 0
        self._signed = SignedAddresses(bucket, options) if options.public_url else None

    @property
    def _s3(self) -> Any:
        if self._made is None or self._pid != os.getpid():  # its connections must not cross a fork
            self._made, self._pid = client(self._options), os.getpid()
        return self._made

    def found(self) -> None:
        with reaching():
            self._s3.head_bucket(Bucket=self._bucket)

    def is_empty(self) -> bool:
        return False  # a bucket is there or not; it is no mount point

    def is_there(self) -> bool:
        try:
            self.found()
        except StorageError:
            return False
        return True

    def put(self, key: str, data: bytes, durable: bool) -> None:
        with reaching():
            self._s3.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=data)

    def put_all(self, pictures: Mapping[str, bytes], durable: bool) -> None:
        if len(pictures) < 2:
            for key, data in pictures.items():
                self.put(key, data, durable)
            return
        self._s3  # noqa: B018 - made once, before several ask for it
        with ThreadPoolExecutor(min(AT_ONCE, len(pictures))) as pool:
            list(pool.map(lambda key: self.put(key, pictures[key], durable), pictures))

    def get(self, key: str) -> bytes:
        with self._asking(key):
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + key)
            data: bytes = answer["Body"].read()
        return data

    def signed_address(self, key: str) -> str | None:
        with reaching():
            return self._signed.of(self._prefix + key) if self._signed else None

    def put_file(self, key: str, source: Path) -> None:
        from boto3.s3.transfer import TransferConfig

        alone = TransferConfig(use_threads=False)
        with reaching():
            self._s3.upload_file(str(source), self._bucket, self._prefix + key, Config=alone)

    def scratch(self) -> str:
        return tempfile.gettempdir()

    def open(self, key: str) -> tuple[IO[bytes], int]:
        with self._asking(key):
            size = int(self._s3.head_object(Bucket=self._bucket, Key=self._prefix + key)["ContentLength"])
        return io.BufferedReader(_Reader(self, key, size), READ_AT_ONCE), size

    def part(self, key: str, first: int, last: int) -> bytes:
        """The bytes from `first` to `last`, both included. Raises NotStoredError."""
        with self._asking(key):
            asked = {"Bucket": self._bucket, "Key": self._prefix + key, "Range": f"bytes={first}-{last}"}
            data: bytes = self._s3.get_object(**asked)["Body"].read()
        return data

    def delete(self, key: str) -> None:
        with reaching():
            self._s3.delete_object(Bucket=self._bucket, Key=self._prefix + key)

    def delete_folder(self, key: str) -> None:
        with reaching():
            for page in self._pages(f"{self._prefix}{key}/"):
                gone = [{"Key": each["Key"]} for each in page.get("Contents", ())]
                if not gone:
                    continue
                answer = self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": gone, "Quiet": True})
                if left := answer.get("Errors"):
                    raise StorageError(f"{len(left)} objects could not be deleted: {left[0].get('Code')}")

    def forget_halves(self, before: float) -> int:
        return 0  # a bucket keeps an object whole or not at all

    def names(self, folder: str) -> dict[str, float]:
        start = f"{self._prefix}{folder}/"
        with reaching():
            return {
                each["Key"].removeprefix(start): each["LastModified"].timestamp()
                for page in self._pages(start, Delimiter="/")
                for each in page.get("Contents", ())
            }

    def listing(self, folder: str) -> Iterator[Stored]:
        with reaching():
            for page in self._pages(f"{self._prefix}{folder}/" if folder else self._prefix):
                for each in page.get("Contents", ()):
                    key = each["Key"].removeprefix(self._prefix)
                    yield Stored(key, int(each["Size"]), each["LastModified"].timestamp())

    def _pages(self, prefix: str, **more: str) -> Iterator[dict[str, Any]]:
        pages = self._s3.get_paginator("list_objects_v2")
        size = {"PageSize": LISTED_AT_ONCE}
        yield from pages.paginate(Bucket=self._bucket, Prefix=prefix, PaginationConfig=size, **more)

    @contextlib.contextmanager
    def _asking(self, key: str) -> Iterator[None]:
        """Tell a key that is not there from a bucket that is not there."""
        from botocore.exceptions import ClientError

        with reaching():
            try:
                yield
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") in MISSING:
                    raise NotStoredError(key) from None
                raise


class _Reader(io.RawIOBase):
    """An object read in parts, from wherever a reader looks."""

    def __init__(self, store: BucketStore, key: str, size: int) -> None:
        self._store, self._key, self._size, self._at = store, key, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, into: Any) -> int:
        wanted = min(len(into), self._size - self._at)
        if wanted <= 0:
            return 0
        data = self._store.part(self._key, self._at, self._at + wanted - 1)
        into[: len(data)] = data
        self._at += len(data)
        return len(data)
