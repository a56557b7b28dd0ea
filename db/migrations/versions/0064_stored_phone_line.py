"""Store `customers.phone_e164` with a trigger, so that only a change of the number computes it."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0064_stored_phone_line.sql"


def upgrade() -> None:
    """Waits for running transactions on `customers`. Reads and rewrites no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
