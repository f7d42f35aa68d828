"""Alembic's way in: `plugin.state.db.migrate` hands it an open connection."""

from alembic import context

import plugin.state.agenda
import plugin.state.decisions
import plugin.state.doors
import plugin.state.encounters
import plugin.state.erasures
import plugin.state.fingerprints
import plugin.state.finish
import plugin.state.models
import plugin.state.platform_models
import plugin.state.registrations  # noqa: F401 - its tables
from plugin.state.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
