"""Find the shop of a reply by its channel and by any form of the sender's number."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql" / "0061_shop_of_a_reply.sql"


def upgrade() -> None:
    """Adds one function and replaces another. Reads no rows."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(SQL.read_text("utf-8"))
