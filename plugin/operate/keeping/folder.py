"""A folder that holds a backup: what was copied, each file under the hash of what is in it, and one file that lists it.

No name from a backup ever becomes a path here, a file is opened only if it is a plain one, and what is read is what was
written or is refused. The list is put in place last: until then, the backup that was there before is the one that
counts, whole as it was.
"""

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from plugin.operate.keeping.sealing import is_sealed_by, seal
from plugin.operate.supervisor import StartError
from plugin.state.storage import StorageError

FORMAT = 1
LIST, OBJECTS, LOCK = "backup.json", "objects", "lock"
HALF = ".half-"
OURS = {LIST, OBJECTS, LOCK}
READ_AT_ONCE = 1 << 20
LARGEST_LIST = 1 << 30
HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Piece:
    """A file of the storage as the backup has it. `written_at` and `size` tell whether it is still the same there."""

    hash: str
    size: int
    written_at: float


@dataclass(frozen=True)
class Contents:
    """What a backup holds. `database`: the hash of an SQLite file; `keys`: of the sealed keys, or ""."""

    number: str
    made_at: float
    version: str
    schema: str
    database: str
    rows: Mapping[str, int]
    files: Mapping[str, Piece]
    keys: str = ""
    format: int = FORMAT

    @property
    def hashes(self) -> set[str]:
        every = {self.database, *(piece.hash for piece in self.files.values())}
        return every | {self.keys} if self.keys else every

    def as_bytes(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_object(cls, found: dict[str, Any]) -> Self:
        """Raises ValueError, TypeError, KeyError."""
        files = {key: Piece(**piece) for key, piece in found["files"].items()}
        contents = cls(**found | {"files": files})
        if contents.format != FORMAT or not all(HASH.fullmatch(each) for each in contents.hashes):
            raise ValueError("not a list of ours")
        return contents


@dataclass
class BackupFolder:
    """An open backup. All of it is this user's alone."""

    path: Path
    _objects: int = field(default=-1, repr=False)

    @classmethod
    @contextlib.contextmanager
    def made(cls, path: Path) -> Iterator[Self]:
        """For writing: an empty folder or one that was written before, nobody else's meanwhile. Raises StartError."""
        with refusing(path):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            strange = {each.name for each in path.iterdir() if not each.name.startswith(HALF)} - OURS
            if strange and not (path / LIST).exists():
                raise StartError(
                    f"{path} holds something else, such as {min(strange)}. Choose an empty folder for the backup."
                )
            path.chmod(0o700)
            (path / OBJECTS).mkdir(mode=0o700, exist_ok=True)
            with _locked(path / LOCK), cls._opened(path) as folder:
                yield folder

    @classmethod
    @contextlib.contextmanager
    def found(cls, path: Path) -> Iterator[Self]:
        """For reading. Raises StartError."""
        if not (path / LIST).is_file():
            raise StartError(f"There is no backup in {path}: its {LIST} is missing.")
        with refusing(path), cls._opened(path) as folder:
            yield folder

    @classmethod
    @contextlib.contextmanager
    def _opened(cls, path: Path) -> Iterator[Self]:
        objects = os.open(path / OBJECTS, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            yield cls(path, objects)
        finally:
            os.close(objects)

    # ---- the list -----------------------------------------------------------------------------------------------

    def contents(self, secret_keys: Sequence[str]) -> Contents:
        """What is in it, if it was made with one of these keys. Raises StartError."""
        found, content, sealed = self._listed()
        if not is_sealed_by(secret_keys, content, sealed):
            raise StartError(
                f"The backup in {self.path} was made with another secret key than there is here, or somebody changed "
                "it. Copy the key of the machine that made it to secret.key of the data folder or to "
                "MOSAIC_SECRET_KEY, or let the backup bring it: --with-keys, if it was made so."
            )
        return found

    def unsealed_contents(self) -> Contents:
        """The same, which nobody vouches for: to find the keys with which to look properly. Raises StartError."""
        return self._listed()[0]

    def _listed(self) -> tuple[Contents, bytes, str]:
        try:
            with _plain(
                str(self.path / LIST), None, StartError(f"{self.path / LIST} is no plain file.")
            ) as file:
                whole = json.loads(file.read(LARGEST_LIST))
            contents = Contents.from_object(whole["contents"])
            return contents, contents.as_bytes(), str(whole["seal"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise StartError(f"The list of the backup, {self.path / LIST}, cannot be read.") from None

    def commit(self, contents: Contents, secret_key: str) -> None:
        """From now on the folder holds this, and nothing else."""
        os.sync()  # all that the list names is on the disk before the list
        content = contents.as_bytes()
        whole = b'{"seal":"' + seal(secret_key, content).encode() + b'","contents":' + content + b"}\n"
        half = self.path / f"{OBJECTS}/{HALF}{secrets.token_hex(8)}"
        with open(half, "xb", opener=_private) as file:
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, self.path / LIST)
        os.sync()
        self._forget_all_but(contents.hashes)

    def _forget_all_but(self, hashes: set[str]) -> None:
        for name in os.listdir(self._objects):
            if name not in hashes:
                os.unlink(name, dir_fd=self._objects)

    # ---- what it lists ------------------------------------------------------------------------------------------

    def holds(self, piece: Piece) -> bool:
        """Whether there is something of that size under that hash."""
        try:
            found = os.stat(piece.hash, dir_fd=self._objects, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size == piece.size

    def add(self, source: IO[bytes]) -> tuple[str, int]:
        """Copy it in; (its hash, how many bytes)."""
        half, hashed, size = f"{HALF}{secrets.token_hex(8)}", hashlib.sha256(), 0
        try:
            with open(half, "xb", opener=self._beside) as file:
                while data := source.read(READ_AT_ONCE):
                    hashed.update(data)
                    file.write(data)
                    size += len(data)
            os.replace(half, hashed.hexdigest(), src_dir_fd=self._objects, dst_dir_fd=self._objects)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(half, dir_fd=self._objects)
            raise
        return hashed.hexdigest(), size

    def read(self, name: str) -> bytes:
        """What is under a hash, all of it. Raises StartError where it is not what was put there."""
        with self.open(name) as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() != name:
            raise self._damaged(name)
        return data

    def check(self, name: str) -> int:
        """See that what is under a hash is what was put there; how many bytes it is. Raises StartError."""
        hashed, size = hashlib.sha256(), 0
        with self.open(name) as file:
            while data := file.read(READ_AT_ONCE):
                hashed.update(data)
                size += len(data)
        if hashed.hexdigest() != name:
            raise self._damaged(name)
        return size

    def open(self, name: str) -> IO[bytes]:
        """What is under a hash. Raises StartError."""
        return _plain(name, self._objects, self._damaged(name))

    def _beside(self, name: str, flags: int) -> int:
        return os.open(name, flags, 0o600, dir_fd=self._objects)

    def _damaged(self, name: str) -> StartError:
        return StartError(
            f"{self.path / OBJECTS / name} is missing or is not what was backed up. Nothing was restored from it: "
            "take another copy of this backup, or an older one."
        )


def _plain(name: str, folder: int | None, refusal: StartError) -> IO[bytes]:
    """A plain file: no link to another one, and nothing that one could wait at."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOENT):
            raise refusal from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise refusal
    return os.fdopen(descriptor, "rb")


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with open(path, "ab", opener=_private) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"Another backup into {path.parent} is under way.") from None
        yield


@contextlib.contextmanager
def refusing(path: Path) -> Iterator[None]:
    """What the disk of a backup does not do, in words."""
    try:
        yield
    except StorageError:  # another place
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StartError(
                f"The disk of {path} is full. A backup that was there before is whole, as it was. Make room and run "
                "it again: it goes on with what it has copied."
            ) from error
        raise StartError(f"The folder {path} cannot be used: {error.strerror or error}.") from error
