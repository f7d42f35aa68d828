"""`mosaic move`: the whole service to another database, another storage, or both, and back, while nobody uses it.

Files go first and are compared, and may go in several tries; the rows then go in one. What was there before stays as it
is: it is the operator's to delete.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plugin.operate.checks import found_storage, migrate_database
from plugin.operate.keeping import places, rows
from plugin.operate.keeping.places import reaching
from plugin.operate.keeping.rows import Count
from plugin.operate.supervisor import StartError
from plugin.settings import Settings
from plugin.state.db import Database, url_of
from plugin.state.keys import UNFINISHED
from plugin.state.storage import Storage


@dataclass(frozen=True)
class Moved:
    """What is at the new place; nothing where that side stayed where it is."""

    rows: Mapping[str, Count]
    files: int


def move(settings: Settings, target: Settings, say: Callable[[str], None]) -> Moved:
    """Copy everything to where `target` says. Raises StartError; then it is run again and goes on."""
    moves_rows = url_of(settings) != url_of(target)
    moves_files = settings.resolved_storage_url != target.resolved_storage_url
    if not moves_rows and not moves_files:
        raise StartError("Everything is there already. Say where it is to go: --to, --storage or both.")
    migrate_database(settings)
    found_storage(settings)
    source, there = Database(settings), Database(target)
    try:
        places.refuse_users(source)
        is_over = moves_rows and moves_files and _was_cut_off_last(settings, target, source, there)
        if moves_rows and not is_over:
            places.empty_database(target)
        files = _move_files(settings, target, say) if moves_files else 0
        counts = _move_rows(source, there, say) if moves_rows and not is_over else {}
    finally:
        source.dispose()
        there.dispose()
    if moves_files:
        with reaching(target):
            places.release(Storage.of(target))
    return Moved(counts, files)


def _move_files(settings: Settings, target: Settings, say: Callable[[str], None]) -> int:
    here, there = Storage.of(settings), Storage.of(target)
    with reaching(target):
        places.claim(there, _errand(settings))
        sizes = {each.key: each.size for each in here.listing() if each.key != UNFINISHED}
        hashes = places.fill(here, there, sizes, say)
        places.drop_others(there, hashes)
    say(f"{len(hashes)} files are there, each as it is here.")
    return len(hashes)


def _errand(settings: Settings) -> str:
    """The same at each try, and without a password."""
    where = f"{url_of(settings).render_as_string()} {settings.resolved_storage_url}"
    return f"a move from {hashlib.blake2b(where.encode(), digest_size=8).hexdigest()}"


def _was_cut_off_last(settings: Settings, target: Settings, source: Database, there: Database) -> bool:
    """Whether a try before brought all rows over, and was ended before it could say so."""
    with reaching(target):
        storage = Storage.of(target)
        if not storage.is_there() or places.errand_of(storage) != _errand(settings):
            return False
    try:
        with source.read() as here, there.read() as session:
            return bool(rows.schema_of(session.connection())) and all(
                rows.counted(here.connection(), each) == rows.counted(session.connection(), each)
                for each in rows.tables()
            )
    finally:
        there.dispose()  # else it would be taken for a user of the database


def _move_rows(source: Database, there: Database, say: Callable[[str], None]) -> dict[str, Count]:
    with source.read() as here, there.write() as session:
        return rows.carry_over(here.connection(), session.connection(), say)
