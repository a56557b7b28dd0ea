"""Add services, external ids, gaps without a cancellation, and the old times of moved appointments."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0011_services.sql"


def upgrade() -> None:
    """Adds columns without rewriting tables. The partial unique indexes are empty when they are built."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
