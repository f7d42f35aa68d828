"""what an event does with pictures that our check takes for sexual ones"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    check = sa.Column("picture_check", sa.String(20), nullable=False, server_default="off")
    op.add_column("events", check)
    op.add_column("photos", sa.Column("doubted", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("photos", "doubted")
    op.drop_column("events", "picture_check")
