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

from plugin.state.stores import NotStoredError, StorageError, Stored, reaching

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
            _write_whole(self._halves(), self._root / key, io.BytesIO(data), durable)

    def put_all(self, pictures: Mapping[str, bytes], durable: bool) -> None:
        with reaching():
            halves = self._halves()
            for key, data in pictures.items():
                _write_whole(halves, self._root / key, io.BytesIO(data), durable)

    def get(self, key: str) -> bytes:
        with self._asking(key):
            return (self._root / key).read_bytes()

    def signed_address(self, key: str) -> str | None:
        return None

    def put_file(self, key: str, source: Path) -> None:
        with reaching(), source.open("rb") as file:
            _write_whole(self._halves(), self._root / key, file, durable=True)

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

    def listing(self, folder: str) -> Iterator[Stored]:
        """A link to elsewhere is none of the store's making: rather than leave it out unsaid, it is refused."""
        waiting = [folder]
        with reaching():
            (self._root / MARK).stat()
            while waiting:
                here = waiting.pop()
                for entry in _entries(self._root / here):
                    key = f"{here}/{entry.name}" if here else entry.name
                    if entry.is_symlink():
                        raise StorageError(f"{self._root / key} is a link")
                    if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                        waiting.append(key)
                    elif entry.is_file(follow_symlinks=False) and (found := _stat(entry)):
                        yield Stored(key, found.st_size, found.st_mtime)

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


def _write_whole(halves: Path, path: Path, data: IO[bytes], durable: bool) -> None:
    """Write elsewhere in the store, flush to the disk, then rename: a reader sees the old file or the new one.

    All that is half-written lies in one folder, `halves`, so that what a killed writer leaves can be found and deleted.
    """
    descriptor, temporary = tempfile.mkstemp(dir=halves)
    try:
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(data, file, COPIED_AT_ONCE)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        _rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _rename(temporary: str, path: Path) -> None:
    """The folder is nearly always there already; asking first would take as long as writing a thumb."""
    try:
        os.replace(temporary, path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary, path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:  # deleted meanwhile
        return []


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # just renamed by its writer
        return math.inf
