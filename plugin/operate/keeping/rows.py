"""All rows of a database carried over to another one, whichever kind the two are, as they are: what is sealed stays so.

They go table by table, those that others refer to first, in one transaction of the target: it has all of them or none.
Then both sides are counted and compared.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Enum,
    LargeBinary,
    MetaData,
    String,
    Table,
    column,
    delete,
    func,
    insert,
    select,
    table,
    text,
    update,
)
from sqlalchemy.types import TypeEngine

from plugin.operate.supervisor import StartError
from plugin.state import (
    agenda,
    decisions,
    doors,
    encounters,
    erasures,
    finish,
    platform_models,
    registrations,
)
from plugin.state.base import Base, EncryptedText
from plugin.state.fingerprints import Fingerprint

TABLES_OF = (agenda, decisions, doors, encounters, erasures, finish, platform_models, registrations)
AT_ONCE = 1000
STREAMED = {"yield_per": AT_ONCE}  # not all of a table in memory
LARGEST_ID = 2**31 - 1


@dataclass(frozen=True)
class Count:
    """What a table holds: how many rows, and a digest of them that their order does not change."""

    rows: int
    digest: str


def tables() -> list[Table]:
    """Every table, those that others refer to first, with its columns as the database has them."""
    metadata = MetaData()
    return [
        Table(each.name, metadata, *(Column(field.name, _plain(field.type)) for field in each.columns))
        for each in Base.metadata.sorted_tables
    ]


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """What a column holds, without what we make of it."""
    if isinstance(kind, EncryptedText):
        return LargeBinary()
    return String() if isinstance(kind, Enum) else kind


def schema_of(connection: Connection) -> str:
    """The step of the migrations that a database is at; "" for an empty one."""
    if not connection.dialect.has_table(connection, "alembic_version"):
        return ""
    return str(connection.scalar(select(column("version_num")).select_from(table("alembic_version"))) or "")


def newest_schema() -> str:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    from plugin.state.db import MIGRATIONS

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return str(ScriptDirectory.from_config(config).get_current_head())


def is_empty(connection: Connection) -> bool:
    """Whether nobody has used the database so far. A start alone leaves its key's fingerprint there."""
    counts = (
        connection.scalar(select(func.count()).select_from(each))
        for each in tables()
        if each.name != Fingerprint.__tablename__
    )
    return not any(counts)


def row_counts(connection: Connection) -> dict[str, int]:
    return {
        each.name: int(connection.scalar(select(func.count()).select_from(each)) or 0) for each in tables()
    }


def counted(connection: Connection, rows: Table) -> Count:
    number, total = 0, 0
    with connection.execute(select(rows), execution_options=STREAMED) as found:
        for row in found:
            number += 1
            total += int.from_bytes(hashlib.blake2b(repr(tuple(row)).encode(), digest_size=16).digest())
    return Count(number, f"{total % 2**128:032x}")


def carry_over(source: Connection, target: Connection, say: Callable[[str], None]) -> dict[str, Count]:
    """Put every row of one database into the other, empty one, and compare. What each table holds. Raises StartError.

    Nothing is kept unless the caller commits.
    """
    target.execute(delete(Fingerprint))  # of a start without anything else
    for each in tables():
        for batch in _batches(source, each):
            _put(target, each, batch)
        _tie(source, target, each)
    counts = {each.name: _compared(source, target, each) for each in tables()}
    _set_sequences(target, {name: last_given(source, name) for name in _numbered()})
    say(
        f"{sum(each.rows for each in counts.values())} rows in {len(counts)} tables are the same on both sides."
    )
    return counts


def _batches(source: Connection, rows: Table) -> Iterator[list[dict[str, Any]]]:
    with source.execute(select(rows), execution_options=STREAMED) as found:
        for batch in found.mappings().partitions(AT_ONCE):
            yield [dict(row) for row in batch]


def _put(target: Connection, rows: Table, batch: list[dict[str, Any]]) -> None:
    """Rows that refer to others of their own table do so afterwards: those may still be to come."""
    loose = dict.fromkeys(_own_ties(rows.name))
    target.execute(insert(rows), [each | loose for each in batch])


def _tie(source: Connection, target: Connection, rows: Table) -> None:
    for name in _own_ties(rows.name):
        tied = select(rows.c.id, rows.c[name]).where(rows.c[name].is_not(None))
        for row in source.execute(tied).all():
            target.execute(update(rows).where(rows.c.id == row.id).values({name: row[1]}))


def _own_ties(name: str) -> list[str]:
    columns = Base.metadata.tables[name].columns
    return [each.name for each in columns if any(key.column.table.name == name for key in each.foreign_keys)]


def _compared(source: Connection, target: Connection, rows: Table) -> Count:
    here, there = counted(source, rows), counted(target, rows)
    if here != there:
        raise StartError(
            f"The table {rows.name} came over with {there.rows} of {here.rows} rows as they were. Nothing was kept "
            "of it there, and nothing was changed here."
        )
    return here


# ---- numbers that are given -----------------------------------------------------------------------------------------


def _numbered() -> list[str]:
    """Tables whose rows are numbered by the database."""
    return [
        each.name
        for each in Base.metadata.sorted_tables
        if each.autoincrement_column is not None and not each.autoincrement_column.foreign_keys
    ]


def once_only() -> list[str]:
    """Those among them that promise to give no number twice, for browsers and files remember it."""
    options = {each.name: each.dialect_options["sqlite"] for each in Base.metadata.sorted_tables}
    return [name for name in _numbered() if options[name]["autoincrement"]]


def last_given(connection: Connection, name: str) -> int:
    """The last number that the database gave in a table, should its row have gone, too."""
    highest = int(connection.scalar(select(func.max(column("id"))).select_from(table(name))) or 0)
    if connection.dialect.name == "sqlite":
        known = "SELECT seq FROM sqlite_sequence WHERE name = :name"
        return max(highest, int(connection.scalar(text(known), {"name": name}) or 0))
    asked = text("SELECT pg_get_serial_sequence(:name, 'id')")
    sequence = connection.scalar(asked, {"name": name})
    given = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608 - its own word
    return max(highest, int(given.last_value) if given.is_called else 0)


def _set_sequences(connection: Connection, last: Mapping[str, int]) -> None:
    for name, number in last.items():
        set_last_given(connection, name, number)


def set_last_given(connection: Connection, name: str, number: int) -> None:
    """Let the database go on after that number."""
    number = min(number, LARGEST_ID - 1)
    if connection.dialect.name == "sqlite":
        if name in once_only():
            connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
            values = {"name": name, "number": number}
            connection.execute(text("INSERT INTO sqlite_sequence VALUES (:name, :number)"), values)
        return
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": name})
    if number:
        connection.execute(
            text("SELECT setval(:sequence, :number)"), {"sequence": sequence, "number": number}
        )
