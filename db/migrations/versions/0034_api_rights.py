"""Let the API record another deposit after a failed deposit, and read the status of calendars."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0034_api_rights.sql"


def upgrade() -> None:
    """Grants rights. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
