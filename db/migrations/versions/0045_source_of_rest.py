"""Find the cancelled appointment that originally occupied the remaining time of a slot."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0045_source_of_rest.sql"


def upgrade() -> None:
    """Adds a function. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
