"""places that somebody sets up, host codes, grants on a person's behalf"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("installations") as table:
        table.add_column(sa.Column("assertion", sa.LargeBinary(), nullable=True))
    with op.batch_alter_table("suggestions") as table:
        table.add_column(sa.Column("consent_wanted", sa.Text(), nullable=True))
    op.create_table(
        "host_codes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_host_codes_event_id_events")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_host_codes")),
    )
    op.create_index(op.f("ix_host_codes_expires_at"), "host_codes", ["expires_at"])
    op.create_table(
        "setups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("user_id", sa.String(200), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_setups_event_id_events")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_setups_meeting_id_meetings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setups")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_setups_meeting_id")),
    )
    op.create_index(op.f("ix_setups_event_id"), "setups", ["event_id"])


def downgrade() -> None:
    op.drop_table("setups")
    op.drop_table("host_codes")
    with op.batch_alter_table("suggestions") as table:
        table.drop_column("consent_wanted")
    with op.batch_alter_table("installations") as table:
        table.drop_column("assertion")
