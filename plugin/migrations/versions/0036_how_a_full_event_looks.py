"""what SQLite is told of a full event, so that it looks people and photos up by their ids

Without it, it takes every index for one of which ten rows share a value, and to find the cards of eight photos it went
through all photos that are on any wall. Counting again after each change of the tables, as ANALYZE does, would make the
same query quick today and slow tomorrow. PostgreSQL counts by itself.
"""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# An index's table and columns; the rows of the table, and how many share the first column, the first two, and so on.
LOOKS = {
    ("attendees", "event_id"): "10000 5000",
    ("attendees", "event_id role"): "10000 5000 1000",
    ("attendees", "event_id room"): "10000 5000 100",
    ("attendees", "event_id device"): "10000 5000 10",
    ("attendees", "event_id came_from joined_at"): "10000 5000 100 1",
    ("attendees", "event_id folded id"): "10000 5000 2 1",
    ("attendees", "event_id platform tenant user_id"): "10000 5000 2000 1000 1",
    ("attendees", "entry_digest"): "10000 2",
    ("photos", "attendee_id"): "10000 2",
    ("photos", "attendee_id idempotency_key"): "10000 2 1",
    ("photos", "key"): "10000 1",
    ("photos", "state touched_at"): "10000 1000 1",
    ("photos", "wall_id state id attendee_id folded"): "10000 5000 4000 1 1 1",
    ("photos", "wall_id state attendee_id staged whole"): "10000 5000 4000 2 1 1",
    ("placements", "photo_id"): "10000 1",
    ("placements", "wall_id cell"): "10000 5000 1",
    ("placements", "wall_id photo_id"): "10000 5000 1",
}


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    for table in sorted({table for table, _ in LOOKS}):
        connection.exec_driver_sql(f"ANALYZE {table}")  # makes the table of what is known
        connection.exec_driver_sql("DELETE FROM sqlite_stat1 WHERE tbl = ?", (table,))
        for (index,) in connection.exec_driver_sql("SELECT name FROM pragma_index_list(?)", (table,)).all():
            columns = connection.exec_driver_sql("SELECT name FROM pragma_index_info(?)", (index,)).scalars()
            if looks := LOOKS.get((table, " ".join(columns))):
                connection.exec_driver_sql("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", (table, index, looks))


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DELETE FROM sqlite_stat1")
