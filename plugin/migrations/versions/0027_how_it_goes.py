"""who stayed through a break, when photos came onto the wall, how many fit; and whether the host may keep somebody's"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "attendees", sa.Column("host_keeps", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("photos", sa.Column("placed_at", sa.Float()))
    op.add_column("walls", sa.Column("room", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE walls SET room = 40000 WHERE columns > 0"
    )  # about so many; with its next grid it says exactly
    op.create_table(
        "stays",
        sa.Column("break_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(10), nullable=False),
        sa.Column("came", sa.Integer(), nullable=False),
        sa.Column("stayed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["break_id"], ["breaks.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("break_id", "phase"),
    )


def downgrade() -> None:
    op.drop_table("stays")
    op.drop_column("walls", "room")
    op.drop_column("photos", "placed_at")
    op.drop_column("attendees", "host_keeps")
