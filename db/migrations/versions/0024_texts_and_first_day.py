"""Add a shop's own texts by language, and the time of its last test offer."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0024_texts_and_first_day.sql"


def upgrade() -> None:
    """Adds a table and a nullable column. Rewrites no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
