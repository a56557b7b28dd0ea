"""Store which moves must still be written to a calendar."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0035_moves_in_calendars.sql"


def upgrade() -> None:
    """Adds a column that is null in all existing rows. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
