"""Run by Alembic: brings the database of the connection that it was handed to the wanted version."""

from __future__ import annotations

from alembic import context

from overt.store.decoy_tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,  # on SQLite too, because the transaction is begun by hand
)
context.run_migrations()
