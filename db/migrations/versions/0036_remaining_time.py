"""Store the end and the service of the appointment that an offer is for."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0036_remaining_time.sql"


def upgrade() -> None:
    """Adds empty columns. Rewrites no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
