"""Store who requested the cancellation of an unpaid appointment."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0047_cancel_requested_by.sql"


def upgrade() -> None:
    """Adds a column without a default. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
