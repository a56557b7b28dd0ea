"""Let staff skip a customer for a slot, or choose the customer to ask next."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from db.migrations import online

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0039_slot_choices.sql"


def upgrade() -> None:
    """Builds the indexes for 0038, then adds a table."""
    online.run("0038_channels_online.sql")
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
