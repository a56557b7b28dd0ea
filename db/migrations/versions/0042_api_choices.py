"""Let the API skip a customer for a slot, or choose the customer to ask next."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0042_api_choices.sql"


def upgrade() -> None:
    """Adds a policy. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
