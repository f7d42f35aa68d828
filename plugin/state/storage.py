"""Bytes by key: a folder, or an S3-compatible bucket. Keys are ours, made of plain words and random text.

That a key is not there and that the whole store is not there are told apart: the first is an answer, the second passes.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Self

from plugin.settings import Settings
from plugin.state.bucket import BucketStore
from plugin.state.folder import FolderStore
from plugin.state.s3 import BucketOptions
from plugin.state.stores import NotStoredError, StorageError, Store, Stored

__all__ = ["NotStoredError", "Storage", "StorageError", "Stored"]

KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*(\.[a-z0-9]+)?")

FOLDER, BUCKET = "file://", "s3://"


class Storage:
    """A store at an address, such as `file:///srv/mosaic/files` or `s3://bucket/prefix`.

    All that use it may raise StorageError.
    """

    def __init__(self, url: str, options: BucketOptions | None = None) -> None:
        self._store = _store(url, options or BucketOptions())

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(
            settings.resolved_storage_url,
            BucketOptions(
                settings.s3_endpoint,
                settings.s3_region,
                settings.s3_key_id,
                settings.s3_secret,
                settings.s3_path_style,
                settings.s3_timeout_seconds,
                settings.s3_tries,
                settings.s3_public_url,
            ),
        )

    def found(self) -> None:
        """Make a folder the store that it is from now on; see that a bucket can be reached. For the start of the
        service, never for later."""
        self._store.found()

    def is_empty(self) -> bool:
        """Whether this is a folder in which nothing was ever kept, or nothing at all."""
        return self._store.is_empty()

    def is_there(self) -> bool:
        """Whether the store can be reached now."""
        return self._store.is_there()

    def put(self, key: str, data: bytes, *, durable: bool = True) -> None:
        """Keep `data` under `key`, whole or not at all.

        Once this returns it survives a power cut, unless `durable` is off: for what can be made again.
        """
        self._store.put(_checked(key), data, durable)

    def put_all(self, pictures: Mapping[str, bytes], *, durable: bool = True) -> None:
        """Keep several, beside each other where the store is far away. One may be kept when another fails."""
        self._store.put_all({_checked(key): data for key, data in pictures.items()}, durable)

    def get(self, key: str) -> bytes:
        """The bytes under `key`. Raises NotStoredError."""
        return self._store.get(_checked(key))

    def signed_address(self, key: str) -> str | None:
        """Where browsers get a picture without us in the next minutes, be it there or not; None where they do not."""
        return self._store.signed_address(_checked(key))

    def put_file(self, key: str, source: Path) -> None:
        """Keep a file's bytes under `key`, whole or not at all, however large it is; `source` stays."""
        self._store.put_file(_checked(key), source)

    def scratch(self) -> str:
        """A folder for large files that are to be put here: on the store's own disk, where it has one."""
        return self._store.scratch()

    def open(self, key: str) -> tuple[IO[bytes], int]:
        """The bytes under `key` as a file to read from and to close, and how many. Raises NotStoredError."""
        return self._store.open(_checked(key))

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens when there is none."""
        self._store.delete(_checked(key))

    def delete_folder(self, key: str) -> None:
        """Forget everything below `key`."""
        self._store.delete_folder(_checked(key))

    def forget_halves(self, before: float) -> int:
        """Delete what writers that were killed left half-written before that time; returns how many."""
        return self._store.forget_halves(before)

    def names(self, folder: str) -> dict[str, float]:
        """The names directly in `folder`, each with the time it was written (seconds since 1970)."""
        return self._store.names(_checked(folder))

    def listing(self, folder: str = "") -> Iterator[Stored]:
        """Every file below `folder`, or of the whole storage, that goes by a key of ours."""
        listed = self._store.listing(_checked(folder) if folder else "")
        return (each for each in listed if KEY.fullmatch(each.key))


def _checked(key: str) -> str:
    if not KEY.fullmatch(key):
        raise NotStoredError(key)
    return key


def _store(url: str, options: BucketOptions) -> Store:
    if url.startswith(FOLDER):  # taken as it is: a folder's name may hold what means something in an address
        return FolderStore(Path(url.removeprefix(FOLDER).rstrip("/")))
    bucket, _, prefix = url.removeprefix(BUCKET).strip("/").partition("/")
    return BucketStore(bucket, f"{prefix}/" if prefix else "", options)
