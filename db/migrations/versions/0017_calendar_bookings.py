"""Mirror the bookings of connected calendars, and write bookings to the calendars."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.migrations import online

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0017_calendar_bookings.sql"


def upgrade() -> None:
    """Runs the SQL file of this revision."""
    online.run("0016_conversations_online.sql")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
