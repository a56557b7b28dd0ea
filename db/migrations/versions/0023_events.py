"""Add events, which triggers write for each change, and outgoing webhooks with their deliveries."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.migrations import online

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0023_events.sql"


def upgrade() -> None:
    """Adds tables and triggers. Earlier changes have no events."""
    online.run("0022_move_up_online.sql")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
