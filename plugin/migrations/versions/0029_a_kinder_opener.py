"""“The same here!” fitted few stories: those who said it said that the story stayed with them"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BEFORE, NOW = "story_same", "story_stayed"
LINES = sa.table("hello_lines", sa.column("opener", sa.String))


def upgrade() -> None:
    _rename(BEFORE, NOW)


def downgrade() -> None:
    _rename(NOW, BEFORE)


def _rename(known: str, wanted: str) -> None:
    op.execute(LINES.update().where(LINES.c.opener == known).values(opener=wanted))
