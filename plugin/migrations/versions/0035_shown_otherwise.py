"""an index by which a placing sees whose photo is to be shown otherwise, without reading any photo's row"""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_photos_shown", "photos", ["wall_id", "state", "attendee_id", "staged", "whole"])


def downgrade() -> None:
    op.drop_index("ix_photos_shown", "photos")
