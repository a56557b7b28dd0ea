"""Register periodic jobs that have never run, so that they can become overdue."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0003_expected_jobs.sql"


def upgrade() -> None:
    """Changes a column of a table that has only a few rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
