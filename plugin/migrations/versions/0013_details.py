"""details of photos, in echoes

Walls of before go on as they are; in a quiet moment the details of their photos are made, and their echoes bettered.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "walls": (
            sa.Column("details", sa.LargeBinary(), nullable=True),
            sa.Column("whole_wished", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.false()),
        ),
        "attendees": (sa.Column("only_whole", sa.Boolean(), nullable=False, server_default=sa.false()),),
        "photos": (
            sa.Column("details", sa.LargeBinary(), nullable=True),
            sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.false()),
        ),
    }


def upgrade() -> None:
    for table, added in columns().items():
        for column in added:
            op.add_column(table, column)
    op.execute("UPDATE walls SET improvable = true WHERE columns > 0")


def downgrade() -> None:
    for table, added in columns().items():
        for column in added:
            op.drop_column(table, column.name)
