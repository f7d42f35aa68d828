"""what the stage shows in each cell, where that is not what panels show"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("walls", sa.Column("stage_cells", sa.LargeBinary(), nullable=True))
    op.add_column("walls", sa.Column("stage_details", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("walls", "stage_details")
    op.drop_column("walls", "stage_cells")
