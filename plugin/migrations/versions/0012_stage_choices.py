"""what people say about the stage, and whether it is recorded or public

Until now the stage showed only those who had said yes, with their names. Whoever had not stays off it until they do.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "events", sa.Column("stage_public", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("attendees", sa.Column("stage", sa.String(20), nullable=False, server_default="no"))
    op.add_column(
        "attendees", sa.Column("stage_public", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    attendees = sa.table(
        "attendees",
        sa.column("on_stage", sa.Boolean()),
        sa.column("stage", sa.String()),
        sa.column("stage_public", sa.Boolean()),
    )
    # They were asked about "on stage and in recordings".
    op.execute(sa.update(attendees).where(attendees.c.on_stage).values(stage="named", stage_public=True))
    op.drop_column("attendees", "on_stage")


def downgrade() -> None:
    op.add_column("attendees", sa.Column("on_stage", sa.Boolean(), nullable=False, server_default=sa.false()))
    attendees = sa.table("attendees", sa.column("on_stage", sa.Boolean()), sa.column("stage", sa.String()))
    op.execute(sa.update(attendees).where(attendees.c.stage == "named").values(on_stage=True))
    op.drop_column("attendees", "stage")
    op.drop_column("attendees", "stage_public")
    op.drop_column("events", "stage_public")
