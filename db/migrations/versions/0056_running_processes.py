"""Add a row for each process, which shows that it is running."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0056_running_processes.sql"


def upgrade() -> None:
    """Adds a table, which locks nothing."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
