"""reports that count, budgets of an address, blocks that hold for a browser"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _switch(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def upgrade() -> None:
    # Not as a batch, which would put a new table in the place of one that others refer to.
    op.add_column("attendees", _switch("paused_by_host"))
    op.add_column("attendees", sa.Column("cleared_at", sa.Float(), nullable=True))
    op.add_column("attendees", sa.Column("came_from", sa.LargeBinary(), nullable=True))
    op.add_column("attendees", sa.Column("device", sa.LargeBinary(), nullable=True))
    op.add_column("attendees", _switch("waits"))
    op.create_index("ix_attendees_event_id_came_from", "attendees", ["event_id", "came_from", "joined_at"])
    op.create_index("ix_attendees_event_id_device", "attendees", ["event_id", "device"])
    op.add_column("photos", _switch("waits"))
    op.add_column("reports", _switch("counts"))
    # Who is paused because a host decided so; those whom reports paused still wait for a decision.
    op.execute(
        "UPDATE attendees SET paused_by_host = true WHERE paused_at IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM reports WHERE reports.reported_id = attendees.id AND reports.state = 'open')"
    )
    op.create_table(
        "waiting_devices",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], ondelete="CASCADE", name=op.f("fk_waiting_devices_event_id")
        ),
        sa.PrimaryKeyConstraint("event_id", "device", name=op.f("pk_waiting_devices")),
    )
    op.create_table(
        "encounters",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], ondelete="CASCADE", name=op.f("fk_encounters_attendee_id")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["attendees.id"], ondelete="CASCADE", name=op.f("fk_encounters_other_id")
        ),
        sa.PrimaryKeyConstraint("attendee_id", "other_id", name=op.f("pk_encounters")),
    )
    op.create_index("ix_encounters_other_id", "encounters", ["other_id"])
    _blocks(is_tie=True)


def downgrade() -> None:
    _blocks(is_tie=False)
    op.drop_table("encounters")
    op.drop_table("waiting_devices")
    op.drop_column("reports", "counts")
    op.drop_column("photos", "waits")
    op.drop_index("ix_attendees_event_id_device", "attendees")
    op.drop_index("ix_attendees_event_id_came_from", "attendees")
    for name in ("waits", "device", "came_from", "cleared_at", "paused_by_host"):
        op.drop_column("attendees", name)


def _blocks(*, is_tie: bool) -> None:
    """A block outlives the one it is about, or goes with them."""
    name = op.f("fk_blocks_blocked_id")
    if not is_tie:
        op.drop_index("ix_blocks_device", "blocks")
        op.execute("DELETE FROM blocks WHERE blocked_id IS NULL OR carried")
    with op.batch_alter_table("blocks") as table:
        table.drop_constraint(name, type_="foreignkey")
        table.alter_column("blocked_id", existing_type=sa.Integer(), nullable=is_tie)
        table.create_foreign_key(
            name, "attendees", ["blocked_id"], ["id"], ondelete="SET NULL" if is_tie else "CASCADE"
        )
        if is_tie:
            table.add_column(sa.Column("device", sa.LargeBinary(), nullable=True))
            table.add_column(_switch("carried"))
        else:
            table.drop_column("device")
            table.drop_column("carried")
    if is_tie:
        op.create_index("ix_blocks_device", "blocks", ["device"])
