"""End waiting-list entries as fulfilled when their customer is booked."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0026_waitlist_ends.sql"


def upgrade() -> None:
    """Adds a trigger, which does nothing for customers without an entry."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
