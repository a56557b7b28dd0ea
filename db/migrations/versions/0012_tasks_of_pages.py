"""Add a separate policy for each task that a page is allowed to add."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.migrations import online

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0012_tasks_of_pages.sql"


def upgrade() -> None:
    """Replaces policies. Reads no rows."""
    online.run("0011_services_online.sql")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
