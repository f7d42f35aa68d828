"""Bytes by key: a folder, or an S3-compatible bucket. Keys are ours, made of plain words and random text.

That a key is not there and that the whole store is not there are told apart: the first is an answer, the second passes.
"""

import contextlib
import io
import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*(\.[a-z0-9]+)?")

HALVES = ".halves"  # no key begins with a dot
# In the root of a folder that is a store. Without it the folder is the empty place where a disk is not mounted just
# now, and must neither be written to nor believed when it says that it has no such file.
MARK = ".store"
FOLDER = "file://"
COPIED_AT_ONCE = 1 << 20


class NotStoredError(KeyError):
    """There are no bytes under that key (any more)."""


class StorageError(OSError):
    """The store could not be reached, or is full: whoever tries again later may have better luck."""


class Storage:
    """A store under one fsspec address, such as `file:///srv/mosaic/files` or `s3://bucket/prefix`.

    All that use it may raise StorageError.
    """

    def __init__(self, url: str) -> None:
        if url.startswith(
            FOLDER
        ):  # taken as it is: a folder's name may hold what means something in an address
            self._files, self._root = LocalFileSystem(), url.removeprefix(FOLDER).rstrip("/")
        else:
            self._files, self._root = fsspec.core.url_to_fs(url)
        self._is_local = isinstance(self._files, LocalFileSystem)

    def found(self) -> None:
        """Make a folder the store that it is from now on. For the start of the service, never for later."""
        if self._is_local:
            with _reaching():
                Path(self._root).mkdir(parents=True, exist_ok=True)
                (Path(self._root) / MARK).touch()

    def is_empty(self) -> bool:
        """Whether this is a folder in which nothing was ever kept, or nothing at all."""
        root = Path(self._root)
        return self._is_local and not (root.is_dir() and any(root.iterdir()))

    def is_there(self) -> bool:
        """Whether the store can be reached now."""
        try:
            with _reaching():
                found: bool = self._files.exists(f"{self._root}/{MARK}")
        except StorageError:
            return False
        return found or not self._is_local  # a bucket is there when it answers

    def put(self, key: str, data: bytes, *, durable: bool = True) -> None:
        """Keep `data` under `key`, whole or not at all.

        Once this returns it survives a power cut, unless `durable` is off: for what can be made again.
        """
        path = self._path(key)
        with _reaching():
            if self._is_local:
                self._write_whole(Path(path), io.BytesIO(data), durable)
            else:
                self._files.pipe_file(path, data)

    def get(self, key: str) -> bytes:
        """The bytes under `key`. Raises NotStoredError."""
        path = self._path(key)
        with self._asking(key):
            data: bytes = self._files.cat_file(path)
        return data

    def put_file(self, key: str, source: Path) -> None:
        """Keep a file's bytes under `key`, whole or not at all, however large it is; `source` stays."""
        path = self._path(key)
        with _reaching():
            if self._is_local:
                with source.open("rb") as file:
                    self._write_whole(Path(path), file, durable=True)
            else:
                self._files.put_file(str(source), path)

    def scratch(self) -> str:
        """A folder for large files that are to be put here: on the store's own disk, where it has one."""
        if not self._is_local:
            return tempfile.gettempdir()
        with _reaching():
            return str(self._halves())  # what a killed writer leaves is found there

    def open(self, key: str) -> tuple[IO[bytes], int]:
        """The bytes under `key` as a file to read from and to close, and how many. Raises NotStoredError."""
        path = self._path(key)
        with self._asking(key):
            return self._files.open(path, "rb"), int(self._files.size(path))

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens when there is none."""
        path = self._path(key)
        with contextlib.suppress(NotStoredError), self._asking(key):
            self._files.rm_file(path)

    def delete_folder(self, key: str) -> None:
        """Forget everything below `key`."""
        path = self._path(key)
        with contextlib.suppress(NotStoredError), self._asking(key):
            self._files.rm(path, recursive=True)

    def forget_halves(self, before: float) -> int:
        """Delete what writers that were killed left half-written before that time; returns how many."""
        if not self._is_local:
            return 0  # a bucket keeps an object whole or not at all
        with _reaching():
            old = [path for path in self._halves().iterdir() if _modified(path) < before]
            for path in old:
                path.unlink(missing_ok=True)
        return len(old)

    def names(self, folder: str) -> dict[str, float]:
        """The names directly in `folder`, each with the time it was written (seconds since 1970)."""
        path = self._path(folder)
        try:
            with self._asking(folder):
                entries: list[dict[str, Any]] = self._files.ls(path, detail=True, refresh=True)
        except NotStoredError:
            return {}
        return {entry["name"].rsplit("/", 1)[-1]: _written_at(entry) for entry in entries}

    def _path(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise NotStoredError(key)
        return f"{self._root}/{key}"

    @contextlib.contextmanager
    def _asking(self, key: str) -> Iterator[None]:
        """Tell a key that is not there from a store that is not there."""
        with _reaching():
            try:
                yield
            except FileNotFoundError:
                if self._is_local and not self.is_there():
                    raise StorageError(f"the store at {self._root} is gone") from None
                raise NotStoredError(key) from None

    def _halves(self) -> Path:
        """The folder of what is being written. Raises FileNotFoundError where there is no store."""
        root = Path(self._root)
        (root / MARK).stat()
        folder = root / HALVES
        folder.mkdir(exist_ok=True)
        return folder

    def _write_whole(self, path: Path, data: IO[bytes], durable: bool) -> None:
        """Write elsewhere in the store, flush to the disk, then rename: a reader sees the old file or the new one.

        All that is half-written lies in one folder, so that what a killed writer leaves can be found and deleted.
        """
        descriptor, temporary = tempfile.mkstemp(dir=self._halves())
        try:
            with os.fdopen(descriptor, "wb") as file:
                shutil.copyfileobj(data, file, COPIED_AT_ONCE)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    """Whatever else goes wrong with a store, on any kind of it, is the store's."""
    try:
        yield
    except (NotStoredError, StorageError, MemoryError):
        raise
    except Exception as error:
        raise StorageError(str(error) or type(error).__name__) from error


def _written_at(entry: dict[str, Any]) -> float:
    written = entry.get("mtime") or entry.get("LastModified") or entry.get("created") or 0.0
    return float(written.timestamp() if hasattr(written, "timestamp") else written)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # just renamed by its writer
        return math.inf
