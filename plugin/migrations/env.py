"""Alembic's way in: `plugin.db.migrate` hands it an open connection."""

from alembic import context

import plugin.encounters  # noqa: F401 - its tables
from plugin.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
