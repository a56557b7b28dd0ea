"""Add pending authorizations at Square and Google, and new credentials that a task has not checked yet."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0040_calendar_authorizations.sql"


def upgrade() -> None:
    """Adds a table and an empty column. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
