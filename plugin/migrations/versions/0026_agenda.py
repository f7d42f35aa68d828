"""breaks that are planned beforehand"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planned_breaks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.Float(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reveal", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_planned_breaks_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_breaks")),
    )
    op.create_index(op.f("ix_planned_breaks_begins_at"), "planned_breaks", ["begins_at"])
    op.create_index(op.f("ix_planned_breaks_event_id"), "planned_breaks", ["event_id"])


def downgrade() -> None:
    op.drop_table("planned_breaks")
