"""Let a shop choose the pace of its offers, and store the window that an offer is made with."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0012_pace.sql"


def upgrade() -> None:
    """Constant defaults: no row is rewritten."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
