"""Add the waiting list, and the settings for the waiting list, for move-ups and for the channels of offers."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.migrations import online

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0015_waitlist.sql"


def upgrade() -> None:
    """Rewrites only `shops`, which is small, to add the tokens."""
    online.run("0014_refunds_online.sql")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
