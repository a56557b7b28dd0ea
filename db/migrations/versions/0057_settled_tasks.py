"""Store settled tasks in one table per day, so that the clean-up can drop whole tables."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0057_settled_tasks.sql"


def upgrade() -> None:
    """Adds an empty table. Tasks that are already settled stay until their retention period is over."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
