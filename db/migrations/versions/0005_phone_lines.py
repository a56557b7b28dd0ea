"""Ignore trunk prefixes of phone numbers, compare numbers by phone line, and add a shop's country."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0005_phone_lines.sql"


def upgrade() -> None:
    """Reads the customers once, and writes only the rows whose phone line changes."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
