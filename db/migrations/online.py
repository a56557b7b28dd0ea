"""Runs statements that must not block a large table in a repeatable migration, each in its own transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from alembic import op
from sqlalchemy import Connection, text

FOLDER = Path(__file__).parent / "sql"
INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\w+)")
IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def run(file: str) -> None:
    """Runs the statements of `sql/<file>` one by one, outside the transaction of this migration.

    If the migration is interrupted, it must be run again. The repeated run keeps complete indexes, and rebuilds
    incomplete indexes, which Postgres has marked as invalid.
    """
    with op.get_context().autocommit_block():
        for statement in statements((FOLDER / file).read_text("utf-8")):
            _run(op.get_bind(), statement)


def statements(sql: str) -> Iterator[str]:
    """Returns the statements of a file without comments. A statement must not contain a semicolon."""
    for part in re.sub(r"--[^\n]*", "", sql).split(";"):
        if statement := " ".join(part.split()):
            yield statement


def _run(connection: Connection, statement: str) -> None:
    found = INDEX.match(statement)
    if found:
        valid = connection.execute(IS_VALID, {"name": found[1]}).scalar()
        if valid:
            return
        if valid is False:
            connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {found[1]}")
    connection.exec_driver_sql(statement)
