"""Add API keys, the responses stored for Idempotency-Key, and the database role of the API."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0019_api_keys.sql"


def upgrade() -> None:
    """Adds tables, a role and its rights. Reads and rewrites no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
