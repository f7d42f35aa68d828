"""breaks of single rooms; ids that people keep in links and keys are never given twice"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEPT = (
    "events",
    "attendees",
    "registrations",
)  # their ids stand in panel tokens, return keys and personal links


def upgrade() -> None:
    op.add_column("breaks", sa.Column("room", sa.String(32), server_default="", nullable=False))
    # PostgreSQL's sequences give no number twice. SQLite's tables need to be made anew for that; see plugin.state.db.
    if op.get_bind().dialect.name == "sqlite":
        for table in KEPT:
            with op.batch_alter_table(table, recreate="always", table_kwargs={"sqlite_autoincrement": True}):
                pass
    op.create_index(op.f("ix_attendees_event_id_room"), "attendees", ["event_id", "room"])


def downgrade() -> None:
    op.drop_index(op.f("ix_attendees_event_id_room"), "attendees")
    op.drop_column("breaks", "room")
