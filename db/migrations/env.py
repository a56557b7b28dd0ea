"""How Alembic runs our migrations: on the connection it is handed, each in its own transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from db.models import ModelRecord


def _run(connection: Connection) -> None:
    # One failing migration leaves the ones before it in place, and their locks end early.
    context.configure(connection=connection, target_metadata=ModelRecord.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
