"""Let a shop choose the pace of its offers, and store the window of each offer."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0013_pace.sql"


def upgrade() -> None:
    """Adds columns with constant defaults. Rewrites no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
