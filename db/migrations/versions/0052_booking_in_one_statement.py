"""Book for the API in one statement, because each statement of a transaction costs a round trip."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0052_booking_in_one_statement.sql"


def upgrade() -> None:
    """Adds a function, and changes how another writes a time. Locks no table."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
