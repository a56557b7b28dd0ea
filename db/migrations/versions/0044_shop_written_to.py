"""Find the shop of a reply by the messages that were sent to the customer."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0044_shop_written_to.sql"


def upgrade() -> None:
    """Replaces a function. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
