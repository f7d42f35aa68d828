"""the reveal as a moment, and what people were asked about prints

The keepsake's question now names the poster, the film and the page too: who said yes to the old one is asked again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_attendees = sa.table(
    "attendees", sa.column("in_keepsake", sa.Boolean()), sa.column("keepsake_terms", sa.Integer())
)


def upgrade() -> None:
    op.create_table(
        "reveals",
        sa.Column("wall_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.Float(), nullable=True),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("rooms", sa.Integer(), nullable=False),
        sa.Column("hellos", sa.Integer(), nullable=False),
        sa.Column("rehearsed", sa.LargeBinary(), nullable=True),
        sa.Column("rehearsed_as", sa.String(80), nullable=False),
        sa.Column("preview_wished", sa.Boolean(), nullable=False),
        sa.Column("preview", sa.String(80), nullable=True),
        sa.ForeignKeyConstraint(
            ["wall_id"], ["walls.id"], name=op.f("fk_reveals_wall_id_walls"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("wall_id", name=op.f("pk_reveals")),
    )
    op.add_column("attendees", sa.Column("keepsake_terms", sa.Integer(), nullable=False, server_default="0"))
    agreed = sa.update(_attendees).where(_attendees.c.in_keepsake)
    op.execute(agreed.values(keepsake_terms=1, in_keepsake=False))


def downgrade() -> None:
    op.execute(sa.update(_attendees).where(_attendees.c.keepsake_terms == 1).values(in_keepsake=True))
    op.drop_column("attendees", "keepsake_terms")
    op.drop_table("reveals")
