"""Add the wording of texts by language, and the time of a shop's test offer."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0024_texts_and_first_day.sql"


def upgrade() -> None:
    """A new table and a nullable column: no row is rewritten."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
