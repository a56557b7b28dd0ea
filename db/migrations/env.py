"""Runs the migrations with Alembic on the given connection, each in its own transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from db.models import ModelRecord


def _run(connection: Connection) -> None:
    # If a migration fails, the earlier ones remain applied. Each migration releases its locks when it ends.
    context.configure(connection=connection, target_metadata=ModelRecord.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
