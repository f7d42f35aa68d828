"""what hosts decided, to be looked up and taken back, and their own notice"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("notice", sa.String(200), nullable=False, server_default=""))
    op.add_column("events", sa.Column("notice_url", sa.String(300), nullable=False, server_default=""))
    op.add_column("photos", sa.Column("agreed", sa.Text()))
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=True),
        sa.Column("about_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("undone_at", sa.Float(), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_decisions_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["host_id"], ["attendees.id"], name=op.f("fk_decisions_host_id_attendees"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["attendees.id"], name=op.f("fk_decisions_about_id_attendees"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"],
            ["attendees.id"],
            name=op.f("fk_decisions_undone_by_attendees"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_decisions_event_id_id", "decisions", ["event_id", "id"])
    op.create_index(op.f("ix_decisions_host_id"), "decisions", ["host_id"])
    op.create_index(op.f("ix_decisions_about_id"), "decisions", ["about_id"])
    op.create_index(op.f("ix_decisions_undone_by"), "decisions", ["undone_by"])


def downgrade() -> None:
    op.drop_table("decisions")
    op.drop_column("photos", "agreed")
    op.drop_column("events", "notice_url")
    op.drop_column("events", "notice")
