"""a host's own words, trust, no new photos, and a stage that is cleared"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("own_words", sa.Text(), nullable=False, server_default=""))
    op.add_column("events", sa.Column("trusts", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("events", sa.Column("takes_photos", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column(
        "events", sa.Column("stage_cleared", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    for name in ("stage_cleared", "takes_photos", "trusts", "own_words"):
        op.drop_column("events", name)
