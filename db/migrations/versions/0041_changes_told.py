"""Store whether the customer is notified of a move or a cancellation."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0041_changes_told.sql"


def upgrade() -> None:
    """Adds columns without rewriting tables."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
