"""How Alembic runs our migrations: on the connection it is handed, in one transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from db.models import ModelRecord


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=ModelRecord.metadata)
    with context.begin_transaction():
        context.run_migrations()


_run(context.config.attributes["connection"])
