"""Bind codes to addresses, confirm invited staff, and limit the dashboard's role to the rights that it needs."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0009_sign_in.sql"


def upgrade() -> None:
    """Adds columns to small tables, and removes the bodies of old sign-in messages."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
