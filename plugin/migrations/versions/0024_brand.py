"""an event's own look: its accent colour and its logo"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("events", sa.Column("accent", sa.String(7), nullable=False, server_default=""))
    op.add_column("events", sa.Column("logo", sa.String(32), nullable=False, server_default=""))
    op.add_column("events", sa.Column("logo_ground", sa.String(10), nullable=False, server_default=""))
    op.add_column("events", sa.Column("logo_wished", sa.String(100)))
    op.add_column("events", sa.Column("logo_refusal", sa.String(30)))


def downgrade() -> None:
    for name in ("logo_refusal", "logo_wished", "logo_ground", "logo", "accent"):
        op.drop_column("events", name)
