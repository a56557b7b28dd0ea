"""Add full and partial refunds that a shop makes."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0014_refunds.sql"


def upgrade() -> None:
    """Adds a column with a constant default, and updates only refunded payments."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
