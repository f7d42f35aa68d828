"""Bytes by key: a folder, or an S3-compatible bucket. Keys are ours, made of plain words and random text."""

import contextlib
import io
import math
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*(\.[a-z0-9]+)?")


HALVES = ".halves"  # no key begins with a dot
COPIED_AT_ONCE = 1 << 20


class NotStoredError(KeyError):
    """There are no bytes under that key (any more)."""


class Storage:
    """A store under one fsspec address, such as `file:///srv/mosaic/files` or `s3://bucket/prefix`."""

    def __init__(self, url: str) -> None:
        self._files, self._root = fsspec.core.url_to_fs(url)
        self._is_local = isinstance(self._files, LocalFileSystem)

    def put(self, key: str, data: bytes, *, durable: bool = True) -> None:
        """Keep `data` under `key`, whole or not at all.

        Once this returns it survives a power cut, unless `durable` is off: for what can be made again.
        """
        path = self._path(key)
        if self._is_local:
            _write_whole(Path(path), Path(self._root) / HALVES, io.BytesIO(data), durable)
        else:
            self._files.pipe_file(path, data)

    def get(self, key: str) -> bytes:
        """The bytes under `key`. Raises NotStoredError."""
        try:
            data: bytes = self._files.cat_file(self._path(key))
        except FileNotFoundError:
            raise NotStoredError(key) from None
        return data

    def put_file(self, key: str, source: Path) -> None:
        """Keep a file's bytes under `key`, whole or not at all, however large it is; `source` stays."""
        path = self._path(key)
        if self._is_local:
            with source.open("rb") as file:
                _write_whole(Path(path), Path(self._root) / HALVES, file, durable=True)
        else:
            self._files.put_file(str(source), path)

    def scratch(self) -> str:
        """A folder for large files that are to be put here: on the store's own disk, where it has one."""
        if not self._is_local:
            return tempfile.gettempdir()
        folder = Path(self._root) / HALVES  # what a killed writer leaves is found there
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    def open(self, key: str) -> tuple[IO[bytes], int]:
        """The bytes under `key` as a file to read from and to close, and how many. Raises NotStoredError."""
        path = self._path(key)
        try:
            return self._files.open(path, "rb"), int(self._files.size(path))
        except FileNotFoundError:
            raise NotStoredError(key) from None

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens when there is none."""
        with contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self._path(key))

    def delete_folder(self, key: str) -> None:
        """Forget everything below `key`."""
        path = self._path(key)
        if self._files.exists(path):
            self._files.rm(path, recursive=True)

    def forget_halves(self, before: float) -> int:
        """Delete what writers that were killed left half-written before that time; returns how many."""
        if not self._is_local:
            return 0  # a bucket keeps an object whole or not at all
        folder = Path(self._root) / HALVES
        old = [path for path in folder.glob("*") if _modified(path) < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def names(self, folder: str) -> dict[str, float]:
        """The names directly in `folder`, each with the time it was written (seconds since 1970)."""
        try:
            entries: list[dict[str, Any]] = self._files.ls(self._path(folder), detail=True, refresh=True)
        except FileNotFoundError:
            return {}
        return {entry["name"].rsplit("/", 1)[-1]: _written_at(entry) for entry in entries}

    def _path(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise NotStoredError(key)
        return f"{self._root}/{key}"


def _written_at(entry: dict[str, Any]) -> float:
    written = entry.get("mtime") or entry.get("LastModified") or entry.get("created") or 0.0
    return float(written.timestamp() if hasattr(written, "timestamp") else written)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # just renamed by its writer
        return math.inf


def _write_whole(path: Path, halves: Path, data: IO[bytes], durable: bool) -> None:
    """Write elsewhere in the store, flush to the disk, then rename: a reader sees the old file or the new one.

    All that is half-written lies in one folder, so that what a killed writer leaves can be found and deleted.
    """
    for folder in (halves, path.parent):
        folder.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=halves)
    try:
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(data, file, COPIED_AT_ONCE)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
