"""posters on paper with a title, and pages that a host shares"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prints", sa.Column("paper", sa.String(10), nullable=False, server_default=""))
    op.add_column("prints", sa.Column("titled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "recaps",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("shared_at", sa.Float(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("rooms", sa.Integer(), nullable=False),
        sa.Column("hellos", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_recaps_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_recaps")),
        sa.UniqueConstraint("key", name=op.f("uq_recaps_key")),
    )


def downgrade() -> None:
    op.drop_table("recaps")
    op.drop_column("prints", "titled")
    op.drop_column("prints", "paper")
