"""What a storage is made of: a folder, or a bucket. Both keep bytes under a path that the storage has checked."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol


class NotStoredError(KeyError):
    """There are no bytes under that key (any more)."""


class StorageError(OSError):
    """The store could not be reached, or is full: whoever tries again later may have better luck."""


@dataclass(frozen=True)
class Stored:
    """A file as a listing has it. `written_at`: seconds since 1970, by the store's own clock."""

    key: str
    size: int
    written_at: float


class Store(Protocol):
    """Any of its methods may raise StorageError; reading what is not there raises NotStoredError."""

    def found(self) -> None:
        """Make an empty place the store that it is from now on, or see that it is there."""

    def is_empty(self) -> bool:
        """Whether nothing was ever kept here, as far as that can be told at once."""

    def is_there(self) -> bool: ...

    def put(self, key: str, data: bytes, durable: bool) -> None: ...

    def put_all(self, pictures: Mapping[str, bytes], durable: bool) -> None: ...

    def get(self, key: str) -> bytes: ...

    def signed_address(self, key: str) -> str | None: ...

    def put_file(self, key: str, source: Path) -> None: ...

    def scratch(self) -> str: ...

    def open(self, key: str) -> tuple[IO[bytes], int]: ...

    def delete(self, key: str) -> None: ...

    def delete_folder(self, key: str) -> None: ...

    def forget_halves(self, before: float) -> int: ...

    def names(self, folder: str) -> dict[str, float]: ...

    def listing(self, folder: str) -> Iterator[Stored]: ...


@contextlib.contextmanager
def reaching() -> Iterator[None]:
    """Whatever else goes wrong with a store, on any kind of it, is the store's."""
    try:
        yield
    except (NotStoredError, StorageError, MemoryError):
        raise
    except Exception as error:
        raise StorageError(str(error) or type(error).__name__) from error
