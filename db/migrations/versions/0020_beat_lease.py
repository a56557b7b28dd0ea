"""Add a lease that only one of several beat processes can hold."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0020_beat_lease.sql"


def upgrade() -> None:
    """Adds a table. Locks no other table."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
