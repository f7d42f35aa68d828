"""registrations at event platforms, and where they are read from"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What an installation, and a consent on its way to one, is for, where the platform says so.
    for name in ("installations", "authorizations"):
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("resource", sa.String(500), nullable=False, server_default=""))
    # Whether a tenant's tickets count only in the events that it was let into.
    with op.batch_alter_table("tenants") as table:
        table.add_column(sa.Column("is_bound", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "sources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("installation_id", sa.Integer(), nullable=True),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False),
        sa.Column("external_id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("place_key", sa.LargeBinary(), nullable=False),
        sa.Column("frames", sa.String(500), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("idle_pages", sa.Integer(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("newest", sa.Float(), nullable=False),
        sa.Column("read_until", sa.Float(), nullable=False),
        sa.Column("next_until", sa.Float(), nullable=False),
        sa.Column("read_at", sa.Float(), nullable=False),
        sa.Column("whole_at", sa.Float(), nullable=False),
        sa.Column("reading_until", sa.Float(), nullable=False),
        sa.Column("wanted_at", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(30), nullable=False),
        sa.Column("hook_digest", sa.LargeBinary(), nullable=True),
        sa.Column("hook_until", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_sources_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["installation_id"],
            ["installations.id"],
            name=op.f("fk_sources_installation_id_installations"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint(
            "event_id", "platform", "external_id", name=op.f("uq_sources_event_id_platform_external_id")
        ),
        sa.UniqueConstraint("hook_digest", name=op.f("uq_sources_hook_digest")),
    )
    for column in ("event_id", "installation_id", "wanted_at"):
        op.create_index(op.f(f"ix_sources_{column}"), "sources", [column])
    op.create_table(
        "registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(100), nullable=False),
        sa.Column("email_digest", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("headline", sa.LargeBinary(), nullable=False),
        sa.Column("refunded", sa.Boolean(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("link_version", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_registrations_source_id_sources"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["attendee_id"],
            ["attendees.id"],
            name=op.f("fk_registrations_attendee_id_attendees"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_registrations_source_id_external_id")),
    )
    op.create_index("ix_registrations_source_id_email_digest", "registrations", ["source_id", "email_digest"])
    op.create_index(op.f("ix_registrations_attendee_id"), "registrations", ["attendee_id"])


def downgrade() -> None:
    op.drop_table("registrations")
    op.drop_table("sources")
    with op.batch_alter_table("tenants") as table:
        table.drop_column("is_bound")
    for name in ("authorizations", "installations"):
        with op.batch_alter_table(name) as table:
            table.drop_column("resource")
