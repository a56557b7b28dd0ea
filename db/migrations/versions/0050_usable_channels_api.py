"""Let the API read which channels can be used, because the order of the customers depends on it."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0050_usable_channels_api.sql"


def upgrade() -> None:
    """Changes a policy and grants a right. Locks no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
