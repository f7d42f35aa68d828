"""ways in beside one's own identity, screens that ask whose they are, and codes that are mailed"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "doors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("role", sa.String(20), nullable=True),
        sa.Column("platform", sa.String(20), nullable=True),
        sa.Column("tenant", sa.String(100), nullable=True),
        sa.Column("user_id", sa.String(200), nullable=True),
        sa.Column("former_id", sa.Integer(), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("device", sa.LargeBinary(), nullable=True),
        sa.Column("system", sa.String(20), nullable=False),
        sa.Column("in_client", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.Float(), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        _foreign("doors", "event_id", "events"),
        _foreign("doors", "attendee_id", "attendees"),
        _foreign("doors", "parent_id", "doors"),
        _foreign("doors", "former_id", "attendees", "SET NULL"),
        _foreign("doors", "registration_id", "registrations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doors")),
        sa.UniqueConstraint(
            "event_id",
            "platform",
            "tenant",
            "user_id",
            name=op.f("uq_doors_event_id_platform_tenant_user_id"),
        ),
        sa.UniqueConstraint("former_id", name=op.f("uq_doors_former_id")),
        sqlite_autoincrement=True,
    )
    for column in ("attendee_id", "parent_id", "registration_id"):
        op.create_index(op.f(f"ix_doors_{column}"), "doors", [column])
    op.create_table(
        "pairings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=False),
        sa.Column("asker_door_id", sa.Integer(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("choices", sa.String(20), nullable=False),
        sa.Column("system", sa.String(20), nullable=False),
        sa.Column("in_client", sa.Boolean(), nullable=False),
        sa.Column("network", sa.LargeBinary(), nullable=True),
        sa.Column("device", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attendee_id", sa.Integer(), nullable=True),
        sa.Column("door_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.Float(), nullable=False),
        _foreign("pairings", "event_id", "events"),
        _foreign("pairings", "asker_id", "attendees"),
        _foreign("pairings", "asker_door_id", "doors"),
        _foreign("pairings", "attendee_id", "attendees"),
        _foreign("pairings", "door_id", "doors"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pairings")),
        sa.UniqueConstraint("digest", name=op.f("uq_pairings_digest")),
        sqlite_autoincrement=True,
    )
    for column in ("asker_id", "attendee_id", "expires_at"):
        op.create_index(op.f(f"ix_pairings_{column}"), "pairings", [column])
    op.create_table(
        "mailed_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("email_digest", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.String(5), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.Float(), nullable=False),
        sa.Column("sent_at", sa.Float(), nullable=True),
        sa.Column("used_at", sa.Float(), nullable=True),
        _foreign("mailed_codes", "event_id", "events"),
        _foreign("mailed_codes", "registration_id", "registrations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_codes")),
        sqlite_autoincrement=True,
    )
    for column in ("event_id", "registration_id", "email_digest", "asked_at"):
        op.create_index(op.f(f"ix_mailed_codes_{column}"), "mailed_codes", [column])


def _foreign(table: str, column: str, to: str, on_delete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=on_delete
    )


def downgrade() -> None:
    for table in ("mailed_codes", "pairings", "doors"):
        op.drop_table(table)
