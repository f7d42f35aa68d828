"""tenants in identities, installations for a tenant, signing keys"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OLD, NEW = "uq_installations_platform_client_id_user_id", "uq_installations_platform_tenant_client_id_user_id"


def upgrade() -> None:
    with op.batch_alter_table("installations") as table:
        table.add_column(sa.Column("account", sa.String(100), nullable=False, server_default=""))
        table.add_column(sa.Column("is_for_tenant", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.drop_constraint(OLD, type_="unique")
        table.create_unique_constraint(NEW, ["platform", "tenant", "client_id", "user_id"])
    # What stood in `tenant` was the customer's account; the identities of that platform have no tenant.
    op.execute("UPDATE installations SET account = tenant, tenant = ''")
    op.create_table(
        "signing_keys",
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("keys", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.Float(), nullable=False),
        sa.Column("tried_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_signing_keys")),
    )


def downgrade() -> None:
    op.drop_table("signing_keys")
    op.execute("UPDATE installations SET tenant = account")
    with op.batch_alter_table("installations") as table:
        table.drop_constraint(NEW, type_="unique")
        table.create_unique_constraint(OLD, ["platform", "client_id", "user_id"])
        table.drop_column("is_for_tenant")
        table.drop_column("account")
