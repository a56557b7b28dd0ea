"""Add a table with a row for each running process."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0056_running_processes.sql"


def upgrade() -> None:
    """Adds a table. Locks no other table."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
