"""Add the deliveries of an event only if the shop has endpoints."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0065_deliveries.sql"


def upgrade() -> None:
    """Replaces a function by one with the same results. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
