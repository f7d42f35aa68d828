"""meetings, installations, suggested profiles and notices of platforms"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("opener", sa.LargeBinary(), nullable=True))
    op.add_column("attendees", sa.Column("title", sa.String(80), nullable=False, server_default=""))
    op.add_column("attendees", sa.Column("room", sa.String(32), nullable=False, server_default=""))
    op.create_table(
        "meetings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.String(100), nullable=False, server_default=""),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("ended_at", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_meetings_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("platform", "digest", name=op.f("uq_meetings_platform_digest")),
    )
    op.create_index(op.f("ix_meetings_event_id"), "meetings", ["event_id"])
    op.create_table(
        "installations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("client_id", sa.String(100), nullable=False),
        sa.Column("tenant", sa.String(100), nullable=False, server_default=""),
        sa.Column("user_id", sa.String(200), nullable=True),
        sa.Column("access_token", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.String(500), nullable=False, server_default=""),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("refreshing_until", sa.Float(), nullable=False, server_default="0"),
        sa.Column("installed_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installations")),
        sa.UniqueConstraint(
            "platform", "client_id", "user_id", name=op.f("uq_installations_platform_client_id_user_id")
        ),
    )
    op.create_table(
        "authorizations",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.String(100), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_authorizations_attendee_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_authorizations")),
    )
    op.create_index(op.f("ix_authorizations_expires_at"), "authorizations", ["expires_at"])
    op.create_table(
        "suggestions",
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("title", sa.LargeBinary(), nullable=True),
        sa.Column("company", sa.LargeBinary(), nullable=True),
        sa.Column("picture_key", sa.String(32), nullable=True),
        sa.Column("picture_ready", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("touched_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_suggestions_attendee_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("attendee_id", name=op.f("pk_suggestions")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(20), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("subject_digest", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("touched_at", sa.Float(), nullable=False),
        sa.Column("done_at", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("platform", "digest", name=op.f("uq_notices_platform_digest")),
    )


def downgrade() -> None:
    for table in ("notices", "suggestions", "authorizations", "installations", "meetings"):
        op.drop_table(table)
    op.drop_column("attendees", "room")
    op.drop_column("attendees", "title")
    op.drop_column("events", "opener")
