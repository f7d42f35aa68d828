"""posters, keepsakes and time-lapses"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def _kind(*values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, length=20)


def upgrade() -> None:
    op.create_table(
        "prints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("own_photo_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("kind", _kind("poster", "keepsake", "timelapse"), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("cell_px", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=80), nullable=False),
        sa.Column("state", _kind("queued", "working", "done", "failed"), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=30), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("photo_ids", sa.LargeBinary(), nullable=False),
        sa.Column("placed", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.Column("touched_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_prints_attendee_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["wall_id"], ["walls.id"], name=op.f("fk_prints_wall_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prints")),
        sa.UniqueConstraint("key", name=op.f("uq_prints_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_prints_wall_id_state", "prints", ["wall_id", "state"])
    op.create_index(op.f("ix_prints_attendee_id"), "prints", ["attendee_id"])


def downgrade() -> None:
    op.drop_table("prints")
