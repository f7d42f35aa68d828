"""the event's language, and whether people may say hello and stand in line"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("language", sa.String(8), nullable=False, server_default=""))
    op.add_column("events", sa.Column("hellos", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("events", sa.Column("lines", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("events", "lines")
    op.drop_column("events", "hellos")
    op.drop_column("events", "language")
