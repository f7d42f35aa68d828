"""What `mosaic backup`, `restore`, `move` and `erasures` do: settings and locks, then the work, then what to say."""

import os
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from plugin.operate.checks import migrate_database
from plugin.operate.keeping.backing_up import back_up
from plugin.operate.keeping.folder import BackupFolder, Contents
from plugin.operate.keeping.moving import move
from plugin.operate.keeping.restoring import Replay, Restored, restore
from plugin.operate.keeping.sealing import passphrase_from, unlocked
from plugin.operate.run import DEFAULT_DATA_FOLDER, only_run, prepare_environ
from plugin.operate.supervisor import StartError
from plugin.settings import Settings
from plugin.state import erasures
from plugin.state.db import Database
from plugin.state.erasures import Erased, Register

Read = Callable[[Mapping[str, str]], Settings]
Say = Callable[[str], None]

LISTED = 10
KEY_VARIABLES = ("MOSAIC_SECRET_KEY", "MOSAIC_SECRET_KEY_FILE")
WORDS = {  # of one, of several
    Erased.PERSON: ("person", "people"),
    Erased.PHOTO: ("photo", "photos"),
    Erased.EVENT: ("event", "events"),
    Erased.CONSENTS: ("consent to a platform", "consents to platforms"),
    Erased.SOURCE: ("list of registrations", "lists of registrations"),
}


def backup_command(
    environ: Mapping[str, str],
    read: Read,
    path: Path,
    passphrase_file: Path | None,
    say: Say,
    *,
    with_keys: bool,
) -> None:
    settings = read(prepare_environ(environ))
    passphrase = passphrase_from(passphrase_file, is_new=True) if with_keys else None
    made = back_up(settings, path, passphrase, say)
    for key in made.missing[:LISTED]:
        say(f"The storage does not have {key}, of which the database knows.")
    if len(made.missing) > LISTED:
        say(f"Nor {len(made.missing) - LISTED} more.")
    say(f"The backup in {path} is whole: {_amount(made.contents)}, {made.copied} files of it new.")
    if not with_keys:
        say("The secret key is not in it, and without the key nobody can use it: keep it somewhere else.")


def _amount(contents: Contents) -> str:
    return f"{sum(contents.rows.values())} rows, {len(contents.files)} files"


def restore_command(
    environ: Mapping[str, str],
    read: Read,
    path: Path,
    registers: Iterable[str],
    passphrase_file: Path | None,
    replay: Replay,
    say: Say,
    *,
    without_erasures: bool,
    with_keys: bool,
) -> None:
    data_folder = Path(environ.get("MOSAIC_DATA") or DEFAULT_DATA_FOLDER).expanduser().absolute()
    has_key = any(name in environ for name in KEY_VARIABLES) or (data_folder / "secret.key").exists()
    if with_keys:
        _bring_keys(path, data_folder, passphrase_from(passphrase_file, is_new=False), has_key=has_key)
    elif not has_key:
        raise StartError(
            "There is no secret key here, and without the one that the backup was made with nobody can use it. Copy it "
            f"to {data_folder / 'secret.key'} or to MOSAIC_SECRET_KEY, or let the backup bring it: --with-keys, if "
            "it was made so."
        )
    settings = read(prepare_environ(environ))
    with only_run(settings.data_folder):
        done = restore(settings, path, registers, replay, say, without_erasures=without_erasures)
    _tell(done, say)


def _bring_keys(path: Path, data_folder: Path, passphrase: str, *, has_key: bool) -> None:
    with BackupFolder.found(path) as folder:
        name = folder.unsealed_contents().keys
        if not name:
            raise StartError("This backup was made without the secret keys. Leave out --with-keys.")
        keys = unlocked(folder.read(name), passphrase)
        folder.contents(keys)
    file, content = data_folder / "secret.key", " ".join(keys) + "\n"
    if file.exists() and file.read_text(encoding="utf-8") == content:
        return
    if has_key:
        raise StartError(
            "There is a secret key here already. Leave out --with-keys, or take that key away first."
        )
    data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(file, "x", encoding="utf-8", opener=_private) as written:
        written.write(content)


def _tell(done: Restored, say: Say) -> None:
    if done.erased is None:
        say(
            "All was there already, and whoever was erased was erased anew: a run before was ended at its very end."
        )
        return
    erased = Counter(done.erased)
    told = ", ".join(f"{number} {WORDS[kind][number > 1]}" for kind, number in erased.items() if number)
    if done.until:
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(done.until))
        say(
            f"Erased anew, as they were after the backup: {told or 'nobody'}. The list of them was whole until {when}."
        )
    else:
        say(
            "WITHOUT a list of who was erased after the backup: they are back, and are to be erased again by hand."
        )
    say(f"Restored: {_amount(done.contents)}. `mosaic run` goes on from here; photos that waited are placed.")


def move_command(
    environ: Mapping[str, str], read: Read, to: str | None, storage: str | None, say: Say
) -> None:
    ready = prepare_environ(environ)
    settings = read(ready)
    wished = {"MOSAIC_DATABASE_URL": to, "MOSAIC_STORAGE_URL": storage}
    given = {name: value for name, value in wished.items() if value is not None}
    target = read({**ready, **given})
    with only_run(settings.data_folder):
        done = move(settings, target, say)
    for name, count in done.rows.items():
        if count.rows:
            say(f"{name:>18} {count.rows:>9}")
    say(f"Moved. From now on, on every machine: {' and '.join(given)} as you gave them here.")
    say(
        "What was here before is still here. Once all is well, delete it: who is erased from now on stays in it."
    )


def erasures_command(environ: Mapping[str, str], read: Read, path: Path, say: Say) -> None:
    settings = read(prepare_environ(environ))
    migrate_database(settings)
    database = Database(settings)
    try:
        now = time.time()
        with database.read() as session:
            register = Register(erasures.known(session).entries, now)
    finally:
        database.dispose()
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(half, "xb", opener=_private) as file:
            file.write(erasures.lines(register))
            file.flush()
            os.fsync(file.fileno())
        os.replace(half, path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise StartError(
            f"{path} cannot be written: {error.strerror}. What was there before still is."
        ) from None
    number = sum(each.kind is not Erased.BACKUP for each in register.entries.values())
    say(f"Who was erased is in {path}: {number} entries.")


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
