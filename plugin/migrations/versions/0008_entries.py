"""which start token somebody came in by; which tenants an event let in"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attendees", sa.Column("entry_digest", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_attendees_entry_digest"), "attendees", ["entry_digest"])
    op.create_table(
        "event_tenants",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_tenants_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_event_tenants_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "tenant_id", name=op.f("pk_event_tenants")),
    )


def downgrade() -> None:
    op.drop_table("event_tenants")
    op.drop_index(op.f("ix_attendees_entry_digest"), "attendees")
    op.drop_column("attendees", "entry_digest")
