"""the reveal"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = ("reveal_wished", "revealed")


def upgrade() -> None:
    # Columns are added in place: making the table anew, as batches do on SQLite, breaks what refers to its rows.
    for name in COLUMNS:
        op.add_column("walls", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for name in reversed(COLUMNS):
        op.drop_column("walls", name)
