"""Accept rows that other tools insert with few columns."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0004_plain_rows.sql"


def upgrade() -> None:
    """Reads the audit log once to validate a constraint. This blocks writes to the log."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
