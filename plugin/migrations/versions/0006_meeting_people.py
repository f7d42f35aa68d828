"""hellos, coffee breaks, lines, blocks, reports, exposures and counts"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "breaks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("begins_at", sa.Float(), nullable=False),
        sa.Column("pour", sa.Integer(), nullable=False),
        sa.Column("stroll", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_breaks_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaks")),
    )
    op.create_index(op.f("ix_breaks_event_id"), "breaks", ["event_id"], unique=False)
    op.create_table(
        "counts",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_counts_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "name", "detail", name=op.f("pk_counts")),
    )
    op.create_table(
        "blocks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("blocker_id", sa.Integer(), nullable=False),
        sa.Column("blocked_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blocked_id"], ["attendees.id"], name=op.f("fk_blocks_blocked_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["blocker_id"], ["attendees.id"], name=op.f("fk_blocks_blocker_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint("blocker_id", "blocked_id", name=op.f("uq_blocks_blocker_id_blocked_id")),
    )
    op.create_index(op.f("ix_blocks_blocked_id"), "blocks", ["blocked_id"], unique=False)
    op.create_table(
        "hellos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("low_id", sa.Integer(), nullable=False),
        sa.Column("high_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_for", sa.Boolean(), nullable=False),
        sa.Column("from_shares", sa.Boolean(), nullable=False),
        sa.Column("to_shares", sa.Boolean(), nullable=False),
        sa.Column("blur", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.Float(), nullable=False),
        sa.Column("touched_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_hellos_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["from_id"], ["attendees.id"], name=op.f("fk_hellos_from_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["high_id"], ["attendees.id"], name=op.f("fk_hellos_high_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["low_id"], ["attendees.id"], name=op.f("fk_hellos_low_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["attendees.id"], name=op.f("fk_hellos_to_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hellos")),
        sa.UniqueConstraint("low_id", "high_id", name=op.f("uq_hellos_low_id_high_id")),
    )
    op.create_index("ix_hellos_event_id_state", "hellos", ["event_id", "state"], unique=False)
    op.create_index("ix_hellos_from_id_sent_at", "hellos", ["from_id", "sent_at"], unique=False)
    op.create_index(op.f("ix_hellos_high_id"), "hellos", ["high_id"], unique=False)
    op.create_index(op.f("ix_hellos_to_id"), "hellos", ["to_id"], unique=False)
    op.create_table(
        "lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("speaker_id", sa.Integer(), nullable=True),
        sa.Column("break_id", sa.Integer(), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("moves_at", sa.Float(), nullable=False),
        sa.Column("looked_at", sa.Float(), nullable=False),
        sa.Column("closed_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["break_id"], ["breaks.id"], name=op.f("fk_lines_break_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_lines_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"], ["attendees.id"], name=op.f("fk_lines_speaker_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lines")),
        sa.UniqueConstraint("break_id", name=op.f("uq_lines_break_id")),
    )
    op.create_index(op.f("ix_lines_event_id"), "lines", ["event_id"], unique=False)
    op.create_index(op.f("ix_lines_speaker_id"), "lines", ["speaker_id"], unique=False)
    op.create_table(
        "met",
        sa.Column("low_id", sa.Integer(), nullable=False),
        sa.Column("high_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("met_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_met_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["high_id"], ["attendees.id"], name=op.f("fk_met_high_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["low_id"], ["attendees.id"], name=op.f("fk_met_low_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("low_id", "high_id", name=op.f("pk_met")),
    )
    op.create_index(op.f("ix_met_event_id"), "met", ["event_id"], unique=False)
    op.create_index(op.f("ix_met_high_id"), "met", ["high_id"], unique=False)
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=True),
        sa.Column("reported_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("picture_key", sa.String(length=32), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_reports_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reported_id"], ["attendees.id"], name=op.f("fk_reports_reported_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["attendees.id"], name=op.f("fk_reports_reporter_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index("ix_reports_event_id_state", "reports", ["event_id", "state"], unique=False)
    op.create_index(op.f("ix_reports_reported_id"), "reports", ["reported_id"], unique=False)
    op.create_index(op.f("ix_reports_reporter_id"), "reports", ["reporter_id"], unique=False)
    op.create_table(
        "exposures",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_exposures_photo_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["wall_id"], ["walls.id"], name=op.f("fk_exposures_wall_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_exposures")),
    )
    op.create_index("ix_exposures_wall_id_changed_at", "exposures", ["wall_id", "changed_at"], unique=False)
    op.create_table(
        "hello_lines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hello_id", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=False),
        sa.Column("opener", sa.String(length=40), nullable=True),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("said_at", sa.Float(), nullable=False),
        sa.Column("read_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["hello_id"], ["hellos.id"], name=op.f("fk_hello_lines_hello_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_hello_lines_photo_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["attendees.id"], name=op.f("fk_hello_lines_sender_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hello_lines")),
    )
    op.create_index(op.f("ix_hello_lines_hello_id"), "hello_lines", ["hello_id"], unique=False)
    op.create_index(op.f("ix_hello_lines_photo_id"), "hello_lines", ["photo_id"], unique=False)
    op.create_index(op.f("ix_hello_lines_sender_id"), "hello_lines", ["sender_id"], unique=False)
    op.create_table(
        "line_places",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("joined_at", sa.Float(), nullable=False),
        sa.Column("group_no", sa.Integer(), nullable=True),
        sa.Column("opener", sa.String(length=40), nullable=True),
        sa.Column("called_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_line_places_attendee_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["lines.id"], name=op.f("fk_line_places_line_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("line_id", "attendee_id", name=op.f("pk_line_places")),
    )
    op.create_index(op.f("ix_line_places_attendee_id"), "line_places", ["attendee_id"], unique=False)
    op.add_column("attendees", sa.Column("contact", sa.LargeBinary(), nullable=True))
    op.add_column("attendees", sa.Column("greeter", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("attendees", sa.Column("paused_at", sa.Float(), nullable=True))
    op.add_column("attendees", sa.Column("removed_at", sa.Float(), nullable=True))
    op.add_column("walls", sa.Column("threads", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("walls", "threads")
    op.drop_column("attendees", "removed_at")
    op.drop_column("attendees", "paused_at")
    op.drop_column("attendees", "greeter")
    op.drop_column("attendees", "contact")
    op.drop_index(op.f("ix_line_places_attendee_id"), table_name="line_places")
    op.drop_table("line_places")
    op.drop_index(op.f("ix_hello_lines_sender_id"), table_name="hello_lines")
    op.drop_index(op.f("ix_hello_lines_photo_id"), table_name="hello_lines")
    op.drop_index(op.f("ix_hello_lines_hello_id"), table_name="hello_lines")
    op.drop_table("hello_lines")
    op.drop_index("ix_exposures_wall_id_changed_at", table_name="exposures")
    op.drop_table("exposures")
    op.drop_index(op.f("ix_reports_reporter_id"), table_name="reports")
    op.drop_index(op.f("ix_reports_reported_id"), table_name="reports")
    op.drop_index("ix_reports_event_id_state", table_name="reports")
    op.drop_table("reports")
    op.drop_index(op.f("ix_met_high_id"), table_name="met")
    op.drop_index(op.f("ix_met_event_id"), table_name="met")
    op.drop_table("met")
    op.drop_index(op.f("ix_lines_speaker_id"), table_name="lines")
    op.drop_index(op.f("ix_lines_event_id"), table_name="lines")
    op.drop_table("lines")
    op.drop_index(op.f("ix_hellos_to_id"), table_name="hellos")
    op.drop_index(op.f("ix_hellos_high_id"), table_name="hellos")
    op.drop_index("ix_hellos_from_id_sent_at", table_name="hellos")
    op.drop_index("ix_hellos_event_id_state", table_name="hellos")
    op.drop_table("hellos")
    op.drop_index(op.f("ix_blocks_blocked_id"), table_name="blocks")
    op.drop_table("blocks")
    op.drop_table("counts")
    op.drop_index(op.f("ix_breaks_event_id"), table_name="breaks")
    op.drop_table("breaks")
