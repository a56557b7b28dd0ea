"""Let pages connect, pause, sync and disconnect calendars."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.migrations import online

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0030_calendar_pages.sql"


def upgrade() -> None:
    """Adds grants and policies. Reads no rows."""
    online.run("0029_offer_links_online.sql")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
