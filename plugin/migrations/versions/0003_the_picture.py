"""the picture: replacing and preparing targets, tint, each photo once, undoing a finish, improving"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _columns() -> list["sa.Column[Any]"]:
    return [
        sa.Column("target_wished", sa.String(100), nullable=True),
        sa.Column("target_opened", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("target_used", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("target_revision", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("target_drawing", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("prepared_wished", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("prepared", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("tint_wished", sa.Integer(), nullable=False, server_default="20"),
        sa.Column("tints", sa.LargeBinary(), nullable=True),
        sa.Column("once_wished", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("once", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("reveal_on_close", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("improvable", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("changed_at", sa.Float(), nullable=False, server_default="0"),
    ]


def upgrade() -> None:
    for column in _columns():
        op.add_column("walls", column)
    walls = sa.table(
        "walls",
        *(
            sa.column(name)
            for name in ("target_wished", "target_source", "target_refusal", "tint_wished", "tint", "columns")
        ),
    )
    op.execute(walls.update().values(tint_wished=walls.c.tint))
    unopened = (walls.c.columns == 0) & walls.c.target_refusal.is_(None)
    op.execute(walls.update().where(unopened).values(target_wished=walls.c.target_source))


def downgrade() -> None:
    for column in reversed(_columns()):
        op.drop_column("walls", column.name)
