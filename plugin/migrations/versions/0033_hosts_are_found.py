"""an index by which the few hosts of a large event are found"""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_attendees_event_id_role", "attendees", ["event_id", "role"])


def downgrade() -> None:
    op.drop_index("ix_attendees_event_id_role", "attendees")
