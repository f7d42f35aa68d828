"""what hosts decide about co-hosts"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not as a batch, which would put a new table in the place of one that others refer to.
    op.add_column("attendees", sa.Column("appointed", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("attendees", "appointed")
