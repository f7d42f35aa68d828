"""what people in line say to each other, and who of them would like to stay together"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lines", sa.Column("groups", sa.Integer(), server_default="0", nullable=False))
    op.add_column("line_places", sa.Column("stays", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "line_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("group_no", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Boolean(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("said_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["lines.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sender_id"], ["attendees.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_line_words_line_id_group_no", "line_words", ["line_id", "group_no"])
    op.create_index(op.f("ix_line_words_sender_id"), "line_words", ["sender_id"])
    op.create_table(
        "line_heard",
        sa.Column("words_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["words_id"], ["line_words.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("words_id", "attendee_id"),
    )
    op.create_index(op.f("ix_line_heard_attendee_id"), "line_heard", ["attendee_id"])


def downgrade() -> None:
    op.drop_table("line_heard")
    op.drop_table("line_words")
    op.drop_column("line_places", "stays")
    op.drop_column("lines", "groups")
