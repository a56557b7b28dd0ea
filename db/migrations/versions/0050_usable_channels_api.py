"""Let the API read which channels can be used: who is asked next depends on it."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0050_usable_channels_api.sql"


def upgrade() -> None:
    """Adds a policy and a right, without a lock on rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
