"""Add notes and tags for appointments and customers, and an index for the calendar."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0021_notes.sql"


def upgrade() -> None:
    """Adds columns without rewriting tables, and builds an index on a table of moderate size."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
