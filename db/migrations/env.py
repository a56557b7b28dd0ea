"""Runs our migrations with Alembic on the given connection, each in its own transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from db.models import ModelRecord


def _run(connection: Connection) -> None:
    # If one migration fails, the earlier ones stay, and their locks end early.
    context.configure(connection=connection, target_metadata=ModelRecord.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
