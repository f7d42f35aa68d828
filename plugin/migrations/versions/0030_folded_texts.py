"""names, titles and stories as they are searched, beside them"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from plugin.state.folding import folded

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

AT_ONCE = 1000

attendees = sa.table("attendees", *(sa.column(name) for name in ("id", "name", "title", "folded")))
photos = sa.table("photos", *(sa.column(name) for name in ("id", "story", "folded")))


def upgrade() -> None:
    for table in ("attendees", "photos"):
        op.add_column(table, sa.Column("folded", sa.Text(), server_default="", nullable=False))
    _fill(attendees, lambda row: f"{row.name}\n{row.title}")
    _fill(photos, lambda row: row.story)
    op.create_index("ix_attendees_search", "attendees", ["event_id", "folded", "id"])
    op.create_index("ix_photos_search", "photos", ["wall_id", "state", "id", "attendee_id", "folded"])
    op.drop_index("ix_photos_wall_id_state", "photos")


def _fill(table: sa.TableClause, text_of: Callable[[Any], str]) -> None:
    connection = op.get_bind()
    filling = sa.update(table).where(table.c.id == sa.bindparam("row")).values(folded=sa.bindparam("text"))
    last = 0
    while rows := connection.execute(
        sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(AT_ONCE)
    ).all():
        connection.execute(filling, [{"row": row.id, "text": folded(text_of(row))} for row in rows])
        last = rows[-1].id


def downgrade() -> None:
    op.create_index("ix_photos_wall_id_state", "photos", ["wall_id", "state"])
    op.drop_index("ix_photos_search", "photos")
    op.drop_index("ix_attendees_search", "attendees")
    for table in ("photos", "attendees"):
        op.drop_column(table, "folded")
