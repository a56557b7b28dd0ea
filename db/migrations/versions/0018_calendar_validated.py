"""Validate the constraint on the release reasons of payments."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0018_calendar_validated.sql"


def upgrade() -> None:
    """Runs the SQL file of this revision."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
