"""A store in a folder of this machine, or of a disk that several share."""

import contextlib
import io
import math
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from plugin.state.stores import NotStoredError, StorageError, reaching

HALVES = ".halves"  # no key begins with a dot
# In the root of a folder that is a store. Without it the folder is the empty place where a disk is not mounted just
# now, and must neither be written to nor believed when it says that it has no such file.
MARK = ".store"
COPIED_AT_ONCE = 1 << 20


class FolderStore:
    def __init__(self, root: Path) -> None:
        self._root = root

    def found(self) -> None:
        with reaching():
            self._root.mkdir(parents=True, exist_ok=True)
            (self._root / MARK).touch()

    def is_empty(self) -> bool:
        return not (self._root.is_dir() and any(self._root.iterdir()))

    def is_there(self) -> bool:
        try:
            return (self._root / MARK).exists()
        except OSError:
            return False

    def put(self, key: str, data: bytes, durable: bool) -> None:
        with reaching():
            self._write_whole(self._root / key, io.BytesIO(data), durable)

    def put_all(self, pictures: Mapping[str, bytes], durable: bool) -> None:
        for key, data in pictures.items():
            self.put(key, data, durable)

    def get(self, key: str) -> bytes:
        with self._asking(key):
            return (self._root / key).read_bytes()

    def put_file(self, key: str, source: Path) -> None:
        with reaching(), source.open("rb") as file:
            self._write_whole(self._root / key, file, durable=True)

    def scratch(self) -> str:
        with reaching():
            return str(self._halves())  # what a killed writer leaves is found there

    def open(self, key: str) -> tuple[IO[bytes], int]:
        with self._asking(key):
            file = (self._root / key).open("rb")
            return file, os.fstat(file.fileno()).st_size

    def delete(self, key: str) -> None:
        with contextlib.suppress(NotStoredError), self._asking(key):
            (self._root / key).unlink()

    def delete_folder(self, key: str) -> None:
        with contextlib.suppress(NotStoredError), self._asking(key):
            shutil.rmtree(self._root / key)

    def forget_halves(self, before: float) -> int:
        with reaching():
            old = [path for path in self._halves().iterdir() if _modified(path) < before]
            for path in old:
                path.unlink(missing_ok=True)
        return len(old)

    def names(self, folder: str) -> dict[str, float]:
        try:
            with self._asking(folder):
                return {path.name: _modified(path) for path in (self._root / folder).iterdir()}
        except NotStoredError:
            return {}

    @contextlib.contextmanager
    def _asking(self, key: str) -> Iterator[None]:
        """Tell a key that is not there from a store that is not there."""
        with reaching():
            try:
                yield
            except FileNotFoundError:
                if not self.is_there():
                    raise StorageError(f"the store at {self._root} is gone") from None
                raise NotStoredError(key) from None

    def _halves(self) -> Path:
        """The folder of what is being written. Raises FileNotFoundError where there is no store."""
        (self._root / MARK).stat()
        folder = self._root / HALVES
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


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # just renamed by its writer
        return math.inf
