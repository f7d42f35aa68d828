"""whether somebody is shown as being here"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not as a batch, which would put a new table in the place of one that others refer to.
    op.add_column(
        "attendees", sa.Column("shown_here", sa.Boolean(), nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    op.drop_column("attendees", "shown_here")
