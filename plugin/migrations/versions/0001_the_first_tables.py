"""the first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("ticket_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.UniqueConstraint("platform", "external_id", name=op.f("uq_tenants_platform_external_id")),
    )
    op.create_table(
        "used_tickets",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_tickets")),
    )
    with op.batch_alter_table("used_tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_tickets_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("prompt", sa.String(length=140), nullable=False),
        sa.Column("credits", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closed", name="eventstate", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("host_key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_events_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("code", name=op.f("uq_events_code")),
    )
    op.create_table(
        "attendees",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("tenant", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.String(length=200), nullable=False),
        sa.Column(
            "assurance",
            sa.Enum("proved", "claimed", "guest", name="assurance", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum("host", "co_host", "organizer", "attendee", name="role", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column(
            "reachability",
            sa.Enum("open", "looking", "hidden", name="reachability", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("on_stage", sa.Boolean(), nullable=False),
        sa.Column("in_keepsake", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_attendees_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendees")),
        sa.UniqueConstraint(
            "event_id",
            "platform",
            "tenant",
            "user_id",
            name=op.f("uq_attendees_event_id_platform_tenant_user_id"),
        ),
    )
    with op.batch_alter_table("attendees", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attendees_event_id"), ["event_id"], unique=False)

    op.create_table(
        "walls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("media_key", sa.String(length=32), nullable=False),
        sa.Column("target_source", sa.String(length=100), nullable=False),
        sa.Column("target_refusal", sa.String(length=30), nullable=True),
        sa.Column("tint", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("overview_revision", sa.Integer(), nullable=False),
        sa.Column("overview_cell_px", sa.Integer(), nullable=False),
        sa.Column("levels", sa.Text(), nullable=False),
        sa.Column("tiles", sa.LargeBinary(), nullable=False),
        sa.Column("tiles_pending", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_walls_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walls")),
        sa.UniqueConstraint("event_id", name=op.f("uq_walls_event_id")),
        sa.UniqueConstraint("media_key", name=op.f("uq_walls_media_key")),
    )
    op.create_table(
        "changes",
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["wall_id"], ["walls.id"], name=op.f("fk_changes_wall_id")),
        sa.PrimaryKeyConstraint("wall_id", "revision", name=op.f("pk_changes")),
    )
    op.create_table(
        "photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "prepared",
                "held",
                "placed",
                "refused",
                "withdrawn",
                name="photostate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("refusal", sa.String(length=30), nullable=True),
        sa.Column("story", sa.String(length=140), nullable=False),
        sa.Column("prompt", sa.String(length=140), nullable=False),
        sa.Column("crop_x", sa.Float(), nullable=True),
        sa.Column("crop_y", sa.Float(), nullable=True),
        sa.Column("descriptor", sa.LargeBinary(), nullable=True),
        sa.Column("staged", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("touched_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["attendee_id"], ["attendees.id"], name=op.f("fk_photos_attendee_id")),
        sa.ForeignKeyConstraint(["wall_id"], ["walls.id"], name=op.f("fk_photos_wall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint(
            "attendee_id", "idempotency_key", name=op.f("uq_photos_attendee_id_idempotency_key")
        ),
        sa.UniqueConstraint("key", name=op.f("uq_photos_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photos_attendee_id"), ["attendee_id"], unique=False)
        batch_op.create_index("ix_photos_state_touched_at", ["state", "touched_at"], unique=False)
        batch_op.create_index("ix_photos_wall_id_state", ["wall_id", "state"], unique=False)

    op.create_table(
        "placements",
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("cell", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("cell >= 0", name=op.f("ck_placements_cell_not_negative")),
        sa.ForeignKeyConstraint(["photo_id"], ["photos.id"], name=op.f("fk_placements_photo_id")),
        sa.ForeignKeyConstraint(["wall_id"], ["walls.id"], name=op.f("fk_placements_wall_id")),
        sa.PrimaryKeyConstraint("wall_id", "cell", name=op.f("pk_placements")),
        sa.UniqueConstraint("wall_id", "photo_id", name=op.f("uq_placements_wall_id_photo_id")),
    )
    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_placements_photo_id"), ["photo_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("placements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_placements_photo_id"))

    op.drop_table("placements")
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.drop_index("ix_photos_wall_id_state")
        batch_op.drop_index("ix_photos_state_touched_at")
        batch_op.drop_index(batch_op.f("ix_photos_attendee_id"))

    op.drop_table("photos")
    op.drop_table("changes")
    op.drop_table("walls")
    with op.batch_alter_table("attendees", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attendees_event_id"))

    op.drop_table("attendees")
    op.drop_table("events")
    with op.batch_alter_table("used_tickets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_used_tickets_expires_at"))

    op.drop_table("used_tickets")
    op.drop_table("tenants")
