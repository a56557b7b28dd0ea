"""Fill in the shop of the services that a performer provides."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0062_services_of_performers.sql"


def upgrade() -> None:
    """Adds a trigger. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
