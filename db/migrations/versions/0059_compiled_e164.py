"""Compute phone numbers with a function that Postgres compiles once per connection."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0059_compiled_e164.sql"


def upgrade() -> None:
    """Replaces a function by one with the same results. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
