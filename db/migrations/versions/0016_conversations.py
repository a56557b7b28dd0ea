"""Add conversations, and let pages add replies."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0016_conversations.sql"


def upgrade() -> None:
    """Adds an empty column. Its partial index is empty when it is built."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
