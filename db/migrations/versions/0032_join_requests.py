"""Add requests to join a waiting list, which are kept until the phone is verified."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0032_join_requests.sql"


def upgrade() -> None:
    """Adds a table that only the public pages and the worker use."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
